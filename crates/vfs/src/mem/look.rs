//! A look at a disk from outside: what oracles see. It makes no calls and changes nothing.

use std::time::SystemTime;

use super::MemDisk;
use super::inode::{InodeId, Node, ROOT};
use super::world::World;
use crate::{LockKind, Name, Stat};

/// A disk as it is at one moment.
#[derive(Debug, Clone, Copy)]
pub struct Look<'a>(&'a World);

/// A file, a directory or a link on it.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    world: &'a World,
    id: InodeId,
}

impl<'a> Look<'a> {
    /// At this world.
    #[doc(hidden)]
    pub fn new(world: &'a World) -> Self {
        Self(world)
    }

    /// The root.
    pub fn root(self) -> Seen<'a> {
        Seen { world: self.0, id: ROOT }
    }

    /// What stands under a path of names below the root.
    pub fn at<'n>(self, path: impl IntoIterator<Item = &'n Name>) -> Option<Seen<'a>> {
        path.into_iter().try_fold(self.root(), |dir, name| dir.get(name))
    }

    /// What the clock shows, if nobody has set it since.
    pub fn clock(self) -> SystemTime {
        self.0.clock
    }

    /// Descriptors that are open now, of all processes.
    pub fn open_handles(self) -> usize {
        self.0.procs.iter().map(|proc| proc.fds.iter().flatten().count()).sum()
    }

    /// A disk of its own in this state, without processes and what they have open, for code that makes calls.
    pub fn to_disk(self) -> MemDisk {
        let mut world = self.0.clone();
        for proc in 0..world.procs.len() {
            world.kill(proc);
        }
        MemDisk::of(world)
    }
}

impl<'a> Seen<'a> {
    /// What a call would say of it.
    pub fn stat(self) -> Stat {
        self.world.stat(self.id)
    }

    /// What a directory has, sorted by name; nothing of anything else. A name that was removed and only stays until it is
    /// closed is gone.
    pub fn entries(self) -> impl Iterator<Item = (&'a Name, Self)> {
        let entries = match &self.world.inode(self.id).node {
            Node::Dir { entries, .. } => Some(entries),
            _ => None,
        };
        let world = self.world;
        let seen = move |id| Self { world, id };
        entries
            .into_iter()
            .flatten()
            .filter(|(_, entry)| !entry.is_pending)
            .map(move |(name, entry)| (entry.spelled.as_deref().unwrap_or(name), seen(entry.inode)))
    }

    /// What a directory has under a name that is not gone.
    pub fn get(self, name: &Name) -> Option<Self> {
        match &self.world.inode(self.id).node {
            Node::Dir { .. } => {
                let id = self.world.lookup(self.id, name).ok()?;
                Some(Self { world: self.world, id })
            }
            _ => None,
        }
    }

    /// The content of a file.
    pub fn content(self) -> Option<&'a [u8]> {
        match &self.world.inode(self.id).node {
            Node::File(content) => Some(content),
            _ => None,
        }
    }

    /// Where a link points.
    pub fn target(self) -> Option<&'a std::ffi::OsStr> {
        match &self.world.inode(self.id).node {
            Node::Symlink(target) => Some(target),
            _ => None,
        }
    }

    /// When a directory was made, where that is kept. No call shows it of anything else, so that states which are one
    /// but for it are one.
    pub fn born(self) -> Option<SystemTime> {
        self.world.born(self.id)
    }

    /// The extended attributes that it has, sorted by name.
    pub fn extended(self) -> impl Iterator<Item = (&'a std::ffi::OsStr, &'a [u8])> {
        let extended = &self.world.inode(self.id).extended;
        extended.iter().map(|(name, value)| (name.as_os_str(), value.as_slice()))
    }

    /// How often its content was written: what was written over with the same bytes shows here.
    pub fn writes(self) -> u64 {
        self.world.inode(self.id).writes
    }

    /// Whether a lock of this kind, wanted now, would find nobody in its way.
    pub fn can_be_locked(self, kind: LockKind) -> bool {
        let holders = self.world.ofds.iter().flatten().filter(|ofd| ofd.inode == self.id);
        let is_in_the_way = |held| held == LockKind::Exclusive || kind == LockKind::Exclusive;
        !holders.filter_map(|ofd| ofd.lock).any(is_in_the_way)
    }
}

impl MemDisk {
    /// Looks at it as it is now.
    pub fn look<T>(&self, look: impl FnOnce(Look<'_>) -> T) -> T {
        look(Look::new(&self.world()))
    }
}
