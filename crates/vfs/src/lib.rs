//! A file system as a trait of single system calls.
//!
//! A protocol that keeps its state in files is only as correct as the calls it makes, their order, and what
//! it does when one of them fails. This crate makes those calls visible: [`Vfs`] has one method for each of
//! them, and nothing else reaches the file system, the clock or randomness. The same protocol code then runs
//!
//! - on a real directory, through [`CapVfs`] (feature `cap`, on by default), and
//! - in memory, through [`MemVfs`] (feature `mem`), where several simulated processes share one disk and
//!   any of them can be killed.
//!
//! What an implementation owes its users is written down once, as code: [`check::contract`] (feature
//! `unstable-check`) runs on both, and on any that you bring.
//!
//! The world in memory can be searched: `incrdir-explore` runs programs under every interleaving of their calls, every death,
//! every failure of a call and every loss of power.
//!
//! # A tour
//!
//! A [`Name`] is one path component. A [`Dir`](Vfs::Dir) is an open directory and a [`File`](Vfs::File) an
//! open file; every operation takes a handle and a name, never a path, so nothing can be redirected by a
//! link planted on the way. [`Stat`] and [`Entry`] are what a look at a name and at a directory return.
//!
#![cfg_attr(feature = "cap", doc = "```")]
#![cfg_attr(not(feature = "cap"), doc = "```ignore")]
//! use incrdir_vfs::{CapVfs, LockKind, Name, TryLock, Vfs};
//!
//! # fn main() -> std::io::Result<()> {
//! # let tmp = tempfile::tempdir()?;
//! # let path = tmp.path();
//! let (vfs, root) = CapVfs::open_ambient_dir(path)?;
//! let name = Name::new("state.lock").expect("one component");
//!
//! let file = vfs.create_file(&root, &name)?; // fails if the name exists
//! assert_eq!(vfs.try_lock(&file, LockKind::Exclusive)?, TryLock::Locked);
//! vfs.write_at(&file, 0, b"mine")?;
//! assert_eq!(vfs.stat(&root, &name)?.len, 4);
//! # Ok(())
//! # }
//! ```

mod error;
mod ext;
mod name;
mod rel_path;
mod step;
mod types;
mod vfs;

#[cfg(feature = "cap")]
mod cap;
#[cfg(feature = "unstable-check")]
pub mod check;
#[cfg(feature = "mem")]
#[allow(unreachable_pub, reason = "incrdir-explore reaches some of it, through a feature")]
mod mem;

/// What incrdir-explore asks of the file system in memory besides calls. Exempt from semver.
#[cfg(feature = "unstable-explore")]
#[doc(hidden)]
pub mod internals {
    pub use crate::mem::internals::*;
}

#[cfg(feature = "cap")]
pub use cap::{CapDir, CapVfs};
pub use error::{Error, failed, mounted};
pub use ext::VfsExt;
#[cfg(feature = "mem")]
pub use mem::{
    CallCounts, Direct, Door, Fault, Keep, Locks, Look, MemDir, MemDisk, MemFile, MemVfs, OpKind,
    Owners, Placement, Profile, RemoveOpen, Seen, Ticks,
};
#[cfg(feature = "unstable-explore")]
pub use mem::{Data, Journaled, Loss, Names, Persistence};
pub use name::{Name, NameError};
pub use rel_path::{RelPath, RelPathError};
pub use step::{Step, Work};
pub use types::{
    Access, DirStat, Entry, Extended, FileId, FileKind, FsInfo, Handle, LockKind, Owner, Process,
    Stat, TryLock,
};
pub use vfs::{Vfs, is_transient, kind_of};
