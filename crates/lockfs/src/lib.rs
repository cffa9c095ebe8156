//! Lock files that can be trusted.
//!
//! A lock file guards something else: a session, a socket, a download. Two things go wrong with them in
//! practice. The file is removed and made again between somebody's *open* and somebody's *lock*, and then
//! two processes hold "the" lock, on two inodes. And between *making* the file and *locking* it there is a
//! moment in which it looks like the leftover of a dead process.
//!
//! # The two steps
//!
//! - **L1**, [`try_acquire`]: open, lock without waiting, then compare: the inode that is locked must be the
//!   one that the name shows now, and it must still have a name. Else close and start again. Who holds a
//!   [`Lock`] holds the lock of the *name*, and goes on holding it as long as everybody who removes the
//!   file holds its lock, exclusively and checked, too. The check is that of lock files in jj and gitoxide.
//! - **B4**, [`create_locked`]: the file is made under another name, locked there, and renamed. Under its
//!   own name it is never seen unlocked while its maker lives.
//!
//! # Who may die where
//!
//! The operating system releases the lock of a process that dies. A death inside [`create_locked`] leaves
//! the birth name or the lock file itself, unlocked: both dead at first sight, because nobody holds their lock.
//!
//! # Busy is a value
//!
//! Nothing here waits. That another process holds the lock, has removed the file or took the name first is
//! an answer ([`Acquire`], [`Create`]); an [`Error`] is a surprise.

mod acquire;
mod acquire_or_create;
mod create;
mod error;
mod lock;

pub use acquire::{Acquire, try_acquire};
pub use acquire_or_create::acquire_or_create;
pub use create::{Create, Way, create_locked, create_unborn};
pub use error::Error;
pub use lock::Lock;
