//! What was done to the disk, in order, so that it can be done again in part: for power losses.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::sync::Arc;
use std::time::SystemTime;

use super::inode::{DirEntry, Inode, InodeId};
use crate::{Name, Owner};

/// One thing that a power loss may take or leave.
#[derive(Debug, Clone)]
pub(super) enum Effect {
    /// An inode was made. It is on the disk as soon as a name of it is.
    Make { inode: InodeId, made: Arc<Inode> },
    /// Names in directories: one for most calls, two for a rename.
    Names(Vec<NameChange>),
    /// The content of a file, from `offset` on.
    Data { inode: InodeId, offset: usize, bytes: Arc<[u8]> },
    /// A file's whole content was replaced at once (copied or cloned).
    Content { inode: InodeId, content: Arc<Vec<u8>> },
    /// A file's content was changed, or somebody set attributes. They are taken for durable, the times too: what a
    /// loss leaves looks right then.
    Attributes { inode: InodeId, now: Arc<Attributes> },
    /// All that was done to a file's content until now is durable.
    SyncFile(InodeId),
    /// That failed: what was done to a file's content until now will not become durable by syncing it again, for the
    /// kernel takes it for clean (Rebello and others, *Can Applications Recover from fsync Failures?*, 2020).
    SyncFailed(InodeId),
    /// All that was done to a directory's names until now is durable.
    SyncDir(InodeId),
}

/// A name that stands for something else, or for nothing, from now on.
#[derive(Debug, Clone)]
pub(super) struct NameChange {
    pub(super) dir: InodeId,
    pub(super) name: Name,
    pub(super) to: Option<DirEntry>,
    /// What the change of a name does to times is on the disk together with it: the directory's, and the ctime of what
    /// has the name or had it.
    pub(super) dir_time: SystemTime,
    pub(super) of: InodeId,
    pub(super) ctime: SystemTime,
}

/// What is kept of an inode besides its content and names.
#[derive(Debug, Hash)]
pub(super) struct Attributes {
    pub(super) mode: u32,
    pub(super) owner: Owner,
    pub(super) extended: BTreeMap<OsString, Vec<u8>>,
    pub(super) mtime: SystemTime,
    pub(super) ctime: SystemTime,
}

/// Everything since a moment at which all was durable.
#[derive(Debug, Clone)]
pub(super) struct Journal<W> {
    pub(super) base: Arc<W>,
    pub(super) effects: Vec<Effect>,
    /// Whether it was begun anew at the last commit of names before the power goes.
    #[cfg(feature = "unstable-explore")]
    pub(super) is_committed: bool,
    /// Under which model the power may go, if it is known: then what is lost alike is one.
    #[cfg(feature = "unstable-explore")]
    pub(super) model: Option<super::Persistence>,
    /// What tells it from others under that model, as long as that is known.
    #[cfg(feature = "unstable-explore")]
    pub(super) print: Option<u128>,
}

impl Effect {
    /// Adds what tells it from others.
    #[cfg(feature = "unstable-explore")]
    pub(super) fn hash(&self, hasher: &mut impl std::hash::Hasher) {
        use std::hash::Hash;
        std::mem::discriminant(self).hash(hasher);
        match self {
            Self::Make { inode, made } => (inode, made.shown_as()).hash(hasher),
            Self::Names(changes) => {
                for NameChange { dir, name, to, dir_time, of, ctime } in changes {
                    (dir, name, to.as_ref().map(|to| to.inode)).hash(hasher);
                    (dir_time, of, ctime).hash(hasher);
                }
            }
            Self::Data { inode, offset, bytes } => (inode, offset, bytes).hash(hasher),
            Self::Content { inode, content } => (inode, content).hash(hasher),
            Self::Attributes { inode, now } => (inode, now).hash(hasher),
            Self::SyncFile(inode) | Self::SyncFailed(inode) | Self::SyncDir(inode) => {
                inode.hash(hasher);
            }
        }
    }
}
