//! A file system in memory, shared by simulated processes.
//!
//! A [`MemDisk`] is a disk and the kernel above it; [`MemDisk::process`] starts a process on it, and what
//! that process sees is a [`MemVfs`]. Locks exclude between open files as they do between real processes, a
//! process can be killed between any two calls, and nothing depends on the real clock or on real luck.
//!
//! Every call passes one door (`door.rs`): is the process alive? count it, apply it to the world in one
//! step, return. A gate (`gate.rs`) may stand before it, and say that the call fails (`fault.rs`). The rest is the world: what a disk, an inode and an open file are (`world.rs`), and what
//! each group of calls does to them (`dirs.rs`, `names.rs`, `files.rs`, `locks.rs`).

mod counts;
mod dirs;
mod disk;
mod door;
mod fault;
mod files;
#[cfg(feature = "sim")]
mod fingerprint;
mod gate;
mod journal;
mod locks;
mod names;
mod op;
#[cfg(feature = "sim")]
mod power;
mod profile;
mod table;
mod world;

pub use counts::CallCounts;
pub use disk::{MemDir, MemDisk, MemFile, MemVfs};
pub use fault::{Fault, Placement};
pub use gate::{Failure, Free, Gate};
pub use op::OpKind;
#[cfg(feature = "sim")]
pub use power::{Data, Journaled, Names, Persistence};
pub use profile::{Locks, Profile};
#[cfg(feature = "sim")]
pub(crate) use {gate::sealed, op::Ret, world::Errno};
