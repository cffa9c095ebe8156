//! Processes, and what they have open.

use std::collections::BTreeMap;

use super::inode::InodeId;
use super::made::Made;
use crate::{Access, Entry, LockKind, Name, Owner};

pub(super) type OfdId = usize;

/// The number of a process.
pub type ProcId = usize;

#[derive(Debug, Clone)]
pub(super) struct Proc {
    pub(super) is_dead: bool,
    /// It has nothing more to do, and is not alive for others.
    pub(super) has_ended: bool,
    pub(super) host: u32,
    /// Of its id.
    pub(super) namespace: u64,
    pub(super) pid: u32,
    /// How many were started before it.
    pub(super) started: u64,
    /// Whose it is.
    pub(super) owner: Owner,
    pub(super) draws: u64,
    pub(super) made: Made,
    /// How often it looked at the clock.
    pub(super) looks: u32,
    pub(super) fds: Vec<Option<OfdId>>,
}

/// A listing between its opening and its reading, and the names that were made or removed since: each of
/// those may show or not (POSIX leaves it open).
#[derive(Debug, Clone)]
pub(super) struct Stream {
    pub(super) proc: ProcId,
    pub(super) dir: InodeId,
    pub(super) touched: BTreeMap<Name, Entry>,
}

/// An open file *description*: what a lock belongs to, and what processes share when they inherit it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ofd {
    pub(super) inode: InodeId,
    pub(super) access: Access,
    pub(super) lock: Option<LockKind>,
    /// How many descriptors there are of it. None is left of one whose lock outlives its process.
    pub(super) refs: u32,
    /// Where it was opened.
    pub(super) host: u32,
    /// By which name: the directory, and a hash of the name in it.
    pub(super) by: Option<(InodeId, u64)>,
}
