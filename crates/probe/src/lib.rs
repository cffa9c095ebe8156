//! What a file system can do for a cache, found out by trying.
//!
//! [`probe`] examines the file system under a directory: what it calls itself and what is known of it
//! ([`FsInfo`](incrdir_vfs::FsInfo)), how much room it has, and what works. It tries things in a scratch directory of its own
//! and touches nothing else. [`Findings`] are what it found; [`Findings::verdict`] says in words what follows for a cache.
//!
//! ```
//! use incrdir_probe::{Options, Verdict, probe};
//! use incrdir_vfs::CapVfs;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let tmp = tempfile::tempdir()?;
//! let (vfs, dir) = CapVfs::open_ambient_dir(tmp.path())?;
//! let findings = probe(&vfs, &dir, Options::default());
//! match findings.verdict() {
//!     Verdict::Unusable(why) => eprintln!("no cache here: {why}"),
//!     verdict => println!("{verdict}; hard links: {:?}", findings.hard_links.as_ref().ok()),
//! }
//! # assert!(findings.names.is_ok(), "{findings:?}");
//! # Ok(())
//! # }
//! ```
//!
//! # What is left behind
//!
//! Nothing, unless the process is killed. The scratch directory is called `.incrdir-probe.` and eight hexadecimal digits, and
//! beside it there is a lock file of that name with `.lock`, which the process holds locked. The next probe removes both once they
//! are older than a day, if it can take the lock and they are the same user's. On a file system without locks there is no lock
//! file, and what a killed probe leaves there has to be removed by hand.
//!
//! # What cannot be found out
//!
//! That locks exclude everybody: two processes on one machine may exclude each other although one on another machine is not
//! excluded. Where the type of the file system does not promise it, and no device of this machine is below it, the verdict is
//! [`Verdict::LocksUntrusted`], whatever the trials showed. Whether inode numbers and times are the same after the next mount is
//! not tried either: see [`FsInfo::ids_last`](incrdir_vfs::FsInfo::ids_last).

#![cfg_attr(docsrs, feature(doc_cfg))]

mod bench;
mod findings;
mod options;
mod trial;
mod witness;

mod attributes;
mod files;
mod listing;
mod locks;
mod names;
mod times;

mod leftovers;
mod observe;
mod scratch;

mod probe;
mod verdict;

pub use findings::{Findings, Locks, Names};
pub use locks::Exclusion;
pub use options::{Mount, Options};
pub use probe::probe;
pub use trial::{Trial, Untried};
pub use verdict::{Doubt, Obstacle, Verdict};
pub use witness::{Ask, Who, Witness};

/// Compiles the example of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
