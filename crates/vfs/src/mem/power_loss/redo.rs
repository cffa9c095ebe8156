//! Doing again what was done to a disk, in part.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::images::Kept;
use super::models::Loss;
use crate::mem::inode::{Inode, InodeId, Node, ROOT};
use crate::mem::journal::{Effect, NameChange};
use crate::mem::world::{FIRST_MOUNT, World};

impl World {
    /// Ends all that was there but for what is on the disk. Nobody lives on, and nobody who is started later makes files
    /// with numbers that are there already.
    pub(in crate::mem) fn start_after(&mut self, now: &World, loss: Loss) {
        self.ofds.clear();
        self.streams.clear();
        self.prints = None;
        (self.clock, self.floor) = (now.clock, now.floor);
        (self.made, self.devices) = (now.made.clone(), now.devices);
        self.mounted.clear();
        self.procs.clone_from(&now.procs);
        for proc in self.procs.iter_mut() {
            proc.is_dead = true;
            proc.fds.clear();
        }
        (self.boot_id, self.mount) = match loss {
            Loss::Power => (now.boot_id.map(|id| id + 1), FIRST_MOUNT),
            Loss::Device => (now.boot_id, now.mount + 1),
        };
    }

    /// Makes an inode, without names and content, or sets its attributes. Names and content come separately.
    pub(in crate::mem) fn do_again(&mut self, effect: &Effect) {
        match effect {
            Effect::Make { inode, made } => {
                let len = self.inodes.len().max(*inode as usize + 1);
                self.inodes.resize(len, None);
                self.inodes[*inode as usize] = Some(Arc::clone(made));
            }
            Effect::Attributes { inode, now } if self.inodes[*inode as usize].is_some() => {
                let inode = self.inode_mut(*inode);
                (inode.mode, inode.owner) = (now.mode, now.owner);
                inode.extended.clone_from(&now.extended);
                (inode.mtime, inode.ctime) = (now.mtime, now.ctime);
            }
            _ => {}
        }
    }

    pub(in crate::mem) fn set_name(&mut self, change: &NameChange) {
        if self.inodes[change.dir as usize].is_none() {
            return;
        }
        let dir = self.inode_mut(change.dir);
        let Node::Dir { entries, .. } = &mut dir.node else { return };
        match &change.to {
            Some(entry) => drop(entries.insert(change.name.clone(), entry.clone())),
            None => drop(entries.remove(&change.name)),
        }
        (dir.mtime, dir.ctime) = (change.dir_time, change.dir_time);
        if self.inodes[change.of as usize].is_some() {
            self.inode_mut(change.of).ctime = change.ctime;
        }
    }

    /// Counts links anew, frees what has none, and says what is left.
    pub(in crate::mem) fn drop_unreachable(&mut self) -> BTreeSet<InodeId> {
        let mut links: BTreeMap<InodeId, u64> = BTreeMap::from([(ROOT, 1)]);
        let mut pending = vec![ROOT];
        while let Some(dir) = pending.pop() {
            let Node::Dir { entries, .. } = &self.inode(dir).node else { continue };
            let below: Vec<InodeId> = entries.values().map(|entry| entry.inode).collect();
            for inode in below {
                *links.entry(inode).or_default() += 1;
                if let Node::Dir { parent, .. } = &mut self.inode_mut(inode).node {
                    *parent = dir;
                    // A directory that a half-done rename left under two names is looked into once.
                    if links[&inode] == 1 {
                        pending.push(inode);
                    }
                }
            }
        }
        for (id, slot) in self.inodes.iter_mut().enumerate() {
            match (links.get(&(id as InodeId)), slot.as_mut().map(Arc::make_mut)) {
                (Some(count), Some(inode)) => inode.links = *count,
                _ => *slot = None,
            }
        }
        links.into_keys().collect()
    }

    pub(super) fn write_again(&mut self, effect: &Effect, kept: Kept) {
        let (id, offset, bytes): (_, usize, &[u8]) = match effect {
            Effect::Data { inode, offset, bytes } => (*inode, *offset, bytes),
            Effect::Content { inode, content } => (*inode, 0, content),
            _ => unreachable!("BUG: only writes are done again"),
        };
        let Node::File(content) = &mut self.inode_mut(id).node else { return };
        let content = Arc::make_mut(content);
        let survives = match kept {
            Kept::Nothing => return,
            Kept::Whole | Kept::Zeros => bytes.len(),
            Kept::Half => bytes.len() / 2,
        };
        if survives == 0 {
            return;
        }
        let end = offset + survives;
        content.resize(content.len().max(end), 0);
        match kept {
            Kept::Zeros => content[offset..end].fill(0),
            _ => content[offset..end].copy_from_slice(&bytes[..survives]),
        }
    }

    /// The path of an inode below a directory.
    pub(in crate::mem) fn path_of(&self, dir: InodeId, wanted: InodeId) -> Option<String> {
        if dir == wanted {
            return Some("/".into());
        }
        let Node::Dir { entries, .. } = &self.inode(dir).node else { return None };
        entries.iter().find_map(|(name, entry)| {
            let below = self.path_of(entry.inode, wanted)?;
            Some(format!("/{name}{}", below.trim_end_matches('/')))
        })
    }

    pub(in crate::mem) fn count_bytes(&mut self) {
        let len = |inode: &Inode| match &inode.node {
            Node::File(content) => content.len() as u64,
            _ => 0,
        };
        self.bytes = self.inodes.iter().flatten().map(|inode| len(inode)).sum();
    }
}
