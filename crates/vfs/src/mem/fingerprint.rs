//! What two states of the world have in common when the same can happen from both.
//!
//! Inodes are hashed under the numbers that are shown of them, and each on its own: a sum over all of them is
//! the disk, and only what was changed is hashed again. Neither the order in which things were made nor the
//! numbers of inodes in memory are part of a state. What a process knows is a function of what its calls
//! returned, which the simulated world hashes itself.

use std::hash::{Hash, Hasher};

use super::digest::Digest;
use super::inode::{InodeId, Node};
use super::prints::Prints;
use super::process::{Ofd, ProcId};
use super::world::World;

impl World {
    /// Grows whenever something changes that others could see.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// A fingerprint of the disk, of what is open on it, and of the clock.
    pub fn fingerprint(&mut self) -> u128 {
        let mut hasher = Digest::new();
        hasher.write_u128(self.fingerprint_of_disk());
        self.hash_processes(None, &mut hasher);
        hasher.done()
    }

    /// That part of it which is not of single processes.
    pub fn fingerprint_of_disk(&mut self) -> u128 {
        let mut prints = self.prints.take().unwrap_or_default();
        if prints.of.is_empty() {
            prints.dirty = (0..self.inodes.len() as InodeId).collect();
        }
        if !prints.dirty.is_empty() {
            let Prints { of, sum, dirty } = &mut *prints;
            of.resize(self.inodes.len(), 0);
            for id in dirty.drain(..) {
                let now = self.print(id);
                let before = std::mem::replace(&mut of[id as usize], now);
                *sum = sum.wrapping_sub(before).wrapping_add(now);
            }
        }
        let mut hasher = Digest::new();
        hasher.write_u128(prints.sum);
        self.prints = Some(prints);
        self.clock.hash(&mut hasher);
        // One that the clock has passed decides nothing any more.
        self.floor.filter(|floor| *floor > self.clock).hash(&mut hasher);
        (&self.made, self.devices).hash(&mut hasher);
        for ((dir, name), inode) in &self.mounted {
            (self.inode(*dir).shown_as(), name, self.inode(*inode).shown_as()).hash(&mut hasher);
        }
        (self.boot_id, self.mount, self.ticks, self.forced_draws.len()).hash(&mut hasher);
        // Locks that have outlived their processes.
        let lingering = self.ofds.iter().flatten().filter(|ofd| ofd.refs == 0);
        let lingering = lingering.map(|ofd| {
            let mut hasher = Digest::new();
            (ofd.lock, self.inode(ofd.inode).shown_as(), ofd.host).hash(&mut hasher);
            hasher.done()
        });
        hasher.write_u128(lingering.fold(0_u128, u128::wrapping_add));
        hasher.write_u128(self.pending());
        hasher.done()
    }

    /// The rest of it, but for what goes with a process that dies now, and is missed by nobody.
    pub fn hash_processes(&self, dying: Option<ProcId>, hasher: &mut Digest) {
        for (number, proc) in self.procs.iter().enumerate() {
            let dies = dying == Some(number);
            let is_over = proc.is_dead || proc.has_ended || dies;
            hasher.write_u8(u8::from(is_over));
            if !is_over {
                (proc.owner, proc.draws, &proc.made, proc.looks).hash(hasher);
            }
            for id in proc.fds.iter().flatten() {
                let ofd = self.ofd(*id);
                if dies && !self.is_missed(ofd) {
                    continue;
                }
                let inode = self.inode(ofd.inode).shown_as();
                (number, ofd.access, ofd.lock, inode).hash(hasher);
            }
        }
        for stream in self.streams.iter().filter(|stream| dying != Some(stream.proc)) {
            (stream.proc, self.inode(stream.dir).shown_as(), &stream.touched).hash(hasher);
        }
    }

    /// Whether closing it may change something for others.
    fn is_missed(&self, ofd: &Ofd) -> bool {
        let inode = self.inode(ofd.inode);
        ofd.lock.is_some() || inode.links == 0 || !inode.pending.is_empty()
    }

    /// A fingerprint of all that decides what a loss of power leaves now.
    pub fn losing(&mut self) -> u128 {
        let mut hasher = Digest::new();
        hasher.write_u128(self.pending());
        (self.clock, self.floor, &self.made, self.devices, self.boot_id).hash(&mut hasher);
        (self.mount, self.procs.len()).hash(&mut hasher);
        hasher.done()
    }

    /// A fingerprint of what was done and may be lost.
    fn pending(&mut self) -> u128 {
        let Some(mut journal) = self.journal.take() else { return 0 };
        let print = journal.print.unwrap_or_else(|| match &journal.model {
            Some(model) if journal.is_committed => {
                self.print_since_commit(&journal.base, &journal.effects, model)
            }
            Some(model) => self.print_journal(&journal.base, &journal.effects, model),
            None => {
                let mut hasher = Digest::new();
                // Of the disk it was begun on all prints are known.
                hasher.write_u128(journal.base.prints.as_ref().map_or(0, |prints| prints.sum));
                journal.effects.iter().for_each(|effect| effect.hash(&mut hasher));
                hasher.done()
            }
        });
        journal.print = Some(print);
        self.journal = Some(journal);
        print
    }

    fn print(&self, id: InodeId) -> u128 {
        let Some(inode) = &self.inodes[id as usize] else { return 0 };
        let mut hasher = Digest::new();
        (inode.shown_as(), inode.links, inode.mode, inode.mtime, inode.ctime).hash(&mut hasher);
        (inode.owner, &inode.extended, inode.is_seen).hash(&mut hasher);
        match &inode.node {
            Node::File(content) => (0_u8, content, inode.writes).hash(&mut hasher),
            Node::Dir { entries, .. } => {
                (1_u8, self.born(id)).hash(&mut hasher);
                for (name, entry) in entries {
                    let inode = self.inodes[entry.inode as usize].as_ref();
                    (name, inode.map(|inode| inode.shown_as()), entry.is_pending).hash(&mut hasher);
                }
            }
            Node::Symlink(target) => (2_u8, target).hash(&mut hasher),
        }
        hasher.done()
    }
}
