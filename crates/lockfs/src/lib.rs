//! Lock files that can be trusted.
//!
//! A lock file guards something else: a session, a socket, a download. Two mistakes with them are common. The file is
//! removed and made again between one process's *open* and its *lock*, and then two processes hold "the" lock, on two
//! inodes. And between *making* the file and *locking* it there is a moment in which it looks like the leftover of a
//! process that died. The functions of this crate make neither, on any [`Vfs`](incrdir_vfs::Vfs):
//!
//! | function | use it |
//! | --- | --- |
//! | [`acquire_or_create`] | to exclude other processes by a lock file that may not exist yet, waiting for a limited time |
//! | [`try_acquire`] | to lock a file only if it exists, shared or exclusively, without waiting |
//! | [`create_locked`] | to make a lock file that is never seen unlocked while its maker lives, with content in it |
//! | [`create_unborn`] | to make an empty lock file under its own name and lock it |
//!
//! # When not to use it
//!
//! - To exclude the threads of one process, use a mutex.
//! - Across machines, use a service made for it. On network and virtual machine mounts a lock may exclude nobody else
//!   although taking it succeeds: [`FsInfo::locks_exclude_all`](incrdir_vfs::FsInfo::locks_exclude_all).
//! - Locks are advisory: programs that do not ask for them are not kept out.
//!
//! # Example
//!
//! ```
//! use std::time::Duration;
//!
//! use incrdir_lockfs::acquire_or_create;
//! use incrdir_vfs::{CapVfs, Name};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let tmp = tempfile::tempdir()?;
//! # let path = tmp.path();
//! let (vfs, dir) = CapVfs::open_ambient_dir(path)?;
//! let name = Name::new("downloads.lock")?;
//!
//! match acquire_or_create(&vfs, &dir, &name, Duration::from_secs(5))? {
//!     Some(lock) => {
//!         // … work that no other process may do at the same time …
//!         lock.release()?;
//!     }
//!     None => eprintln!("another process is at work"),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # How it works
//!
//! - [`try_acquire`] opens the file, locks it without waiting, and then compares: the inode that is locked must be the
//!   one that the name shows now, and it must still have a name. Otherwise it closes the file and starts again. A
//!   [`Lock`] is therefore the lock of the *name*, and remains so as long as every process that removes the file holds
//!   its exclusive lock, acquired in this way, too. jj and gitoxide check their lock files in the same way.
//! - [`create_locked`] makes the file under another name, locks it there, and renames it.
//!
//! The operating system releases the lock of a process that dies. A death inside [`create_locked`] leaves the temporary
//! name or the lock file itself, unlocked.
//!
//! # Errors
//!
//! That another process holds the lock, has removed the file or took the name first is an answer ([`Acquire`],
//! [`Create`]). An [`Error`] is a surprise: it names the path, its cause is its
//! [`source`](std::error::Error::source), and [`Error::kind`] says which it is.
//!
//! ```
//! use std::io::ErrorKind;
//! use std::time::Duration;
//!
//! # use incrdir_lockfs::acquire_or_create;
//! # use incrdir_vfs::{CapVfs, Name};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let tmp = tempfile::tempdir()?;
//! # let (vfs, dir) = CapVfs::open_ambient_dir(tmp.path())?;
//! std::fs::create_dir(tmp.path().join("a.lock"))?;
//! let error = acquire_or_create(&vfs, &dir, &Name::new("a.lock")?, Duration::ZERO).unwrap_err();
//! assert_eq!(error.kind(), ErrorKind::InvalidInput);
//! assert!(error.to_string().ends_with("is not a regular file, so it cannot be a lock file; remove it by hand"));
//! # Ok(())
//! # }
//! ```
//!
//! # What it tells
//!
//! Locks that are busy, races that were lost and waiting are told to a subscriber of [`tracing`], at the level `debug`; whoever sets
//! none pays nothing. The crate prints nothing.
//!
//! # Where next
//!
//! incrdir-session keeps one such file for each session and writes a record into it; its protocol shows how to delete
//! what a lock file guards. incrdir-explore tests code that uses this crate under every interleaving and every death.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod acquire;
mod acquire_or_create;
mod create;
mod error;
mod lock;
mod observe;

pub use acquire::{Acquire, try_acquire};
pub use acquire_or_create::acquire_or_create;
pub use create::{Create, Way, create_locked, create_unborn};
pub use error::Error;
pub use lock::Lock;

/// Compiles the example of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
