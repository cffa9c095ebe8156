//! What is on a disk: inodes, and what a directory has.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::sync::Arc;
use std::time::SystemTime;

use crate::{FileId, Name, Owner};

pub(super) type InodeId = u64;

pub(super) const ROOT: InodeId = 0;

/// The user who may give files away.
pub const SUPERUSER: Owner = Owner { user: 0, group: 0 };

#[derive(Debug, Clone)]
pub(super) struct Inode {
    pub(super) device: u64,
    /// What is shown as its inode number.
    pub(super) number: u64,
    pub(super) node: Node,
    pub(super) links: u64,
    pub(super) mode: u32,
    pub(super) owner: Owner,
    pub(super) extended: BTreeMap<OsString, Vec<u8>>,
    pub(super) born: SystemTime,
    pub(super) mtime: SystemTime,
    pub(super) ctime: SystemTime,
    /// Whether somebody has looked at its times since they moved, where that matters.
    pub(super) is_seen: bool,
    /// How often its content was written, by anybody: two contents with one number and one count of writes are
    /// one, and what was written over with the same bytes shows all the same.
    pub(super) writes: u64,
    /// Whether it came with the disk, on a file system of layers.
    pub(super) is_lower: bool,
    /// The names that it had when they were removed while open, as far as those stay until it is closed.
    pub(super) pending: Vec<(InodeId, Name)>,
}

/// What a content takes: its blocks that are not holes.
pub(super) fn allocated(content: &[u8]) -> u64 {
    const BLOCK: usize = 4096;
    let blocks = content.chunks(BLOCK).filter(|block| block.iter().any(|byte| *byte != 0));
    (blocks.count() * BLOCK) as u64
}

#[derive(Debug, Clone)]
pub(super) enum Node {
    File(Arc<Vec<u8>>),
    Dir { entries: BTreeMap<Name, DirEntry>, parent: InodeId },
    Symlink(OsString),
}

#[derive(Debug, Clone)]
pub(super) struct DirEntry {
    pub(super) inode: InodeId,
    /// As it was spelled first, where that is not how it is found.
    pub(super) spelled: Option<Arc<Name>>,
    /// It was removed while somebody had it open, and goes when that is closed.
    pub(super) is_pending: bool,
}

impl Inode {
    /// How others know it.
    pub(super) fn shown_as(&self) -> FileId {
        FileId { device: self.device, inode: self.number }
    }
}
