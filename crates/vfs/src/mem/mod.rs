//! A file system in memory, shared by simulated processes.
//!
//! A [`MemDisk`] is a disk and the kernel above it; [`MemDisk::process`] starts a process on it, and what
//! that process sees is a [`MemVfs`]. Locks exclude between open files as they do between real processes, a
//! process can be killed between any two calls, and nothing depends on the real clock or on real luck.
//!
//! A call is a value (`op.rs`) and passes one door (`door.rs`): is the process alive? count it, apply it to the
//! world in one step, return. The world is a value too: what a disk, an inode and an open file are
//! (`world.rs`, `open_files.rs`), and what each group of calls does to them (`dirs.rs`, `names.rs`, `files.rs`, `attributes.rs`,
//! `locks.rs`). What a file system can do is data (`profile.rs`), and so is how calls fail on it (`fault.rs`).
//!
//! What else becomes of real disks happens to them from outside, and no process makes a call for it: their trees are
//! copied, moved and mounted again (`outside.rs`), and the power goes (`power_loss/`).

mod accents;
mod attributes;
mod calls;
mod counts;
#[cfg(feature = "unstable-explore")]
mod digest;
mod dirs;
mod disk;
mod door;
mod errno;
mod fault;
mod files;
#[cfg(feature = "unstable-explore")]
mod fingerprint;
#[cfg(feature = "unstable-explore")]
mod for_explorer;
mod inode;
#[cfg_attr(
    not(feature = "unstable-explore"),
    allow(dead_code, reason = "only power losses look into it")
)]
mod journal;
#[cfg_attr(
    not(feature = "unstable-explore"),
    allow(dead_code, reason = "only power losses look into it")
)]
mod journaling;
mod locks;
mod look;
mod made;
mod names;
mod numbers;
mod op;
mod open_files;
mod outside;
#[cfg(feature = "unstable-explore")]
mod power_loss;
#[cfg(feature = "unstable-explore")]
mod prints;
mod process;
mod profile;
mod shared;
mod space;
#[cfg(feature = "unstable-explore")]
mod tell;
mod times;
mod world;

pub use counts::CallCounts;
pub use disk::{Direct, MemDir, MemDisk, MemFile, MemVfs};
pub use door::Door;
pub(crate) use errno::Errno;
pub use fault::{Fault, Placement};
pub use look::{Look, Seen};
pub use op::OpKind;
pub use outside::Keep;
#[cfg(feature = "unstable-explore")]
pub use power_loss::{Data, Journaled, Loss, Names, Persistence};
pub use profile::{Accents, Clones, Locks, Owners, Profile, RemoveOpen, Ticks};

#[cfg(feature = "unstable-explore")]
pub mod internals {
    pub use super::digest::Digest;
    pub use super::door::sealed::Sealed;
    pub use super::errno::Errno;
    pub use super::inode::SUPERUSER;
    pub use super::op::{Answer, Fd, Op, Ret};
    pub use super::process::ProcId;
    pub use super::world::World;
}
