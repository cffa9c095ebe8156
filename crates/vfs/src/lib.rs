//! A file system as a trait of single system calls.
//!
//! Code that keeps its state in files is only as correct as the calls it makes, their order, and what it does when one of
//! them fails. This crate makes those calls visible: [`Vfs`] has one method for each of them, and code that is generic
//! over it reaches the file system, the clock and randomness in no other way. The same code then runs
//!
//! - on a real directory, through [`CapVfs`] (feature `cap`, on by default), and
//! - in memory, through [`MemVfs`] (feature `mem`), where several simulated processes share one disk, any of them can be
//!   killed, and calls can be counted and made to fail.
//!
//! Every operation takes an open directory ([`Vfs::Dir`]) and one path component ([`Name`]) and follows no symbolic
//! link, so a link that somebody plants on the way redirects nothing.
//!
//! # When not to use it
//!
//! - A program that reads and writes files, and whose files only one process uses, is well served by `std::fs`; one that
//!   only wants to stay below a directory, by cap-std.
//! - Everything blocks. In an asynchronous program, call it from a thread for blocking work.
//! - There are no memory maps, no watching for changes and no streams: only what protocols of files, locks and renames
//!   need.
//!
//! # Example
//!
#![cfg_attr(feature = "cap", doc = "```")]
#![cfg_attr(not(feature = "cap"), doc = "```ignore")]
//! use incrdir_vfs::{CapVfs, LockKind, Name, RelPath, TryLock, Vfs, VfsExt};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let tmp = tempfile::tempdir()?;
//! # let path = tmp.path();
//! let (vfs, root) = CapVfs::open_ambient_dir(path)?; // takes a path of the system
//! let name = Name::new("state.lock")?;
//!
//! // One system call each:
//! let file = vfs.create_file(&root, &name)?; // fails if the name exists
//! assert_eq!(vfs.try_lock(&file, LockKind::Exclusive)?, TryLock::Locked);
//! vfs.write_at(&file, 0, b"mine")?;
//! assert_eq!(vfs.stat(&root, &name)?.len, 4);
//!
//! // Several, for convenience:
//! vfs.write_file(&root, &RelPath::new("jobs/1/input")?, b"data")?;
//! # Ok(())
//! # }
//! ```
//!
//! # Errors
//!
//! The methods of [`Vfs`] return [`std::io::Error`], whose kinds are part of the trait's contract. What takes several
//! calls returns [`Error`], which names the operation and the path; the cause is its
//! [`source`](std::error::Error::source) and is not repeated in its text. So print the whole chain, with [`Chain`], or with
//! `{error:#}` of `anyhow` or `eyre`:
//!
#![cfg_attr(feature = "cap", doc = "```")]
#![cfg_attr(not(feature = "cap"), doc = "```ignore")]
//! use incrdir_vfs::Chain;
//!
//! # use incrdir_vfs::{CapVfs, RelPath, VfsExt};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let tmp = tempfile::tempdir()?;
//! # let path = tmp.path();
//! # let (vfs, root) = CapVfs::open_ambient_dir(path)?;
//! let error = vfs.read_file(&root, &RelPath::new("jobs/1/input")?, 1 << 20).unwrap_err();
//! let text = Chain(&error).to_string();
//! // cannot open directory `…/jobs`: No such file or directory (os error 2)
//! assert!(text.starts_with("cannot open directory `") && text.contains("jobs`: "), "{text}");
//! # Ok(())
//! # }
//! ```
//!
//! # Where next
//!
//! - [`VfsExt`]: whole files and directories by their paths.
//! - [`Vfs`]: the calls, and how to implement the trait for a back end or a decorator of your own.
//!   `check::contract` (feature `unstable-check`) tests it.
//! - [`CapVfs::on_step`]: progress and cancellation.
//! - incrdir-lockfs: lock files that can be trusted, on any `Vfs`.
//! - incrdir-explore: runs programs in memory under every interleaving of their calls, every death, every failure of a
//!   call and every loss of power.
//!
//! # Features
//!
//! - `cap` (default): [`CapVfs`].
//! - `mem`: [`MemVfs`].
//! - `unstable-check`: the contract as a test, exempt from semantic versioning.
//! - `unstable-explore`: what incrdir-explore needs, exempt from semantic versioning.

#![cfg_attr(docsrs, feature(doc_cfg))]

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
pub use error::{Chain, Error, failed, mounted};
pub use ext::VfsExt;
#[cfg(feature = "mem")]
pub use mem::{
    Accents, CallCounts, Clones, Direct, Door, Fault, Keep, Locks, Look, MemDir, MemDisk, MemFile,
    MemVfs, OpKind, Owners, Placement, Profile, RemoveOpen, Seen, Ticks,
};
#[cfg(feature = "unstable-explore")]
pub use mem::{Data, Journaled, Loss, Names, Persistence};
pub use name::{Name, NameError};
pub use rel_path::{RelPath, RelPathError};
pub use step::{Step, Work};
pub use types::{
    Access, DirStat, Entry, Extended, FileId, FileKind, FsInfo, LockKind, Owner, Process, Space,
    Stat, TryLock,
};
pub use vfs::{Handle, Vfs, is_transient, kind_of};

/// Compiles the example of the README.
#[cfg(all(doctest, feature = "cap"))]
#[doc = include_str!("../README.md")]
pub struct Readme;
