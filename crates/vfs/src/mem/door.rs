//! The one door: every call of every process passes here.

use std::borrow::Cow;

use super::errno::Errno;
use super::inode::ROOT;
use super::op::{Answer, Fd, Op, Ret};
use super::process::ProcId;
use super::world::World;
use super::{Clones, RemoveOpen};
use crate::{Access, FsInfo};

/// Where a process makes its calls: at a disk itself, or in the simulated world, which holds each call up until
/// it is the process's turn.
///
/// Sealed: what comes out of the door is nobody's but the world's.
pub trait Door: Clone + sealed::Sealed {
    /// Makes a call.
    #[doc(hidden)]
    #[allow(private_interfaces, reason = "the trait is sealed")]
    fn call(&self, op: Op) -> Answer;

    /// Closes a descriptor.
    #[doc(hidden)]
    fn close(&self, fd: Fd);
}

pub mod sealed {
    /// What makes a trait ours.
    pub trait Sealed {}
}

impl World {
    /// One call of one process, in one step.
    pub fn door(&mut self, proc: ProcId, op: &Op) -> Answer {
        self.door_missing(proc, op, false)
    }

    /// The same; `misses`: whether an attempt to lock overlooks a holder.
    pub fn door_missing(&mut self, proc: ProcId, op: &Op, misses: bool) -> Answer {
        if self.procs[proc].is_dead {
            return Err(Errno::Killed);
        }
        if *op == Op::Root {
            return Ok(Ret::Open(self.open(proc, ROOT, Access::Read)?));
        }
        self.counts.add(op.kind());
        let result = self.apply(proc, op, misses);
        #[cfg(feature = "unstable-explore")]
        {
            self.version += u64::from(result.is_ok() && op.kind().changes_something());
        }
        result
    }

    fn apply(&mut self, proc: ProcId, op: &Op, misses: bool) -> Answer {
        let at = |world: &Self, fd: Fd| world.ofd_of(proc, fd);
        Ok(match op {
            Op::Root => unreachable!("BUG: the root is opened before"),
            Op::OpenDir { dir, name } => Ret::Open(self.open_dir(proc, at(self, *dir), name)?),
            Op::CreateDir { dir, name } => unit(self.create_dir(proc, at(self, *dir), name)?),
            Op::RemoveDir { dir, name } => unit(self.remove_dir(proc, at(self, *dir), name)?),
            Op::List { dir } => Ret::Entries(self.list(at(self, *dir))?),
            Op::SetModeOf { dir, name, mode } => {
                unit(self.set_mode_of(at(self, *dir), name, *mode)?)
            }
            Op::SetDirMode { dir, mode } => unit(self.set_mode(at(self, *dir), *mode)?),
            Op::StatDir { dir } => Ret::DirStat(self.stat_dir(at(self, *dir))),
            Op::SetDirMtime { dir, mtime } => unit(self.set_time(at(self, *dir), *mtime)?),
            Op::SyncDir { dir } => unit(self.sync_dir(at(self, *dir))?),
            Op::Stat { dir, name } => Ret::Stat(self.stat_name(at(self, *dir), name)?),
            Op::Rename { from_dir, from, to_dir, to } => {
                unit(self.rename(at(self, *from_dir), from, at(self, *to_dir), to)?)
            }
            Op::RenameNew { from_dir, from, to_dir, to } => {
                unit(self.rename_new(at(self, *from_dir), from, at(self, *to_dir), to)?)
            }
            Op::HardLink { from_dir, from, to_dir, to } => {
                unit(self.hard_link(at(self, *from_dir), from, at(self, *to_dir), to)?)
            }
            Op::RemoveFile { dir, name } => unit(self.remove_file(proc, at(self, *dir), name)?),
            Op::ReadLink { dir, name } => Ret::Target(self.read_link(at(self, *dir), name)?),
            Op::Symlink { target, dir, name } => {
                unit(self.symlink(proc, target, at(self, *dir), name)?)
            }
            Op::CreateFile { dir, name } => {
                Ret::Open(self.create_file(proc, at(self, *dir), name)?)
            }
            Op::OpenFile { dir, name, access } => {
                Ret::Open(self.open_file(proc, at(self, *dir), name, *access)?)
            }
            Op::Read { file, offset, len } => {
                Ret::Content(self.read(at(self, *file), *offset, *len)?)
            }
            Op::WriteAt { file, offset, bytes } => {
                unit(self.write_at(at(self, *file), *offset, bytes)?)
            }
            Op::Store { file, offset, bytes } => {
                unit(self.store(at(self, *file), *offset, bytes)?)
            }
            Op::Copy { from, to } => Ret::Bytes(self.copy(at(self, *from), at(self, *to))?),
            Op::CloneFile { from, dir, name } => match self.profile.clones {
                Clones::AsName => {
                    unit(self.clone_as(proc, at(self, *from), at(self, *dir), name)?)
                }
                Clones::No | Clones::IntoFile => {
                    Ret::Open(self.create_file(proc, at(self, *dir), name)?)
                }
            },
            Op::Share { from, to } => unit(self.share(at(self, *from), at(self, *to))?),
            Op::StatFile { file } => Ret::Stat(self.show(self.ofd(at(self, *file)).inode)),
            Op::SetMode { file, mode } => unit(self.set_mode(at(self, *file), *mode)?),
            Op::SetMtime { file, mtime } => unit(self.set_time(at(self, *file), *mtime)?),
            Op::SetOwner { of, owner } => unit(self.set_owner(proc, at(self, *of), *owner)?),
            Op::Extended { of } => Ret::Extended(self.extended(at(self, *of))),
            Op::SetExtended { of, attribute } => unit(self.set_extended(at(self, *of), attribute)?),
            Op::RemoveExtended { of, name } => unit(self.remove_extended(at(self, *of), name)?),
            Op::SyncFile { file } => unit(self.sync_file(at(self, *file))?),
            Op::TryLock { file, kind } => {
                Ret::Lock(self.try_lock(at(self, *file), *kind, misses)?)
            }
            Op::Unlock { file } => {
                self.unlock(at(self, *file));
                Ret::Unit
            }
            Op::FsInfo { dir } => {
                self.ofd(at(self, *dir));
                Ret::FsInfo(FsInfo {
                    name: Cow::Borrowed(self.profile.name),
                    listed_inodes_are_true: self.profile.listed_inodes_are_true,
                    ids_last: self.profile.ids_last,
                    ids_given_once: self.profile.ids_given_once,
                    times_last: self.profile.times_last,
                    time_step: self.profile.time_step,
                    times_tell_all: self.profile.times_tell_all,
                    names_move_times: self.profile.names_move_times,
                    renames_removed: self.profile.remove_open == RemoveOpen::Renamed,
                    locks_exclude_all: self.profile.locks_exclude_all(),
                })
            }
            Op::Space { dir } => {
                self.ofd(at(self, *dir));
                Ret::Space(self.space())
            }
            Op::Now => Ret::Time(self.now(proc)),
            Op::Pause { duration } => {
                self.clock += *duration;
                Ret::Unit
            }
            Op::Random => Ret::Number(self.random(proc)),
            Op::BootId => Ret::BootId(self.boot_id),
            Op::Process => Ret::Process(self.known_as(proc)),
            Op::ProcessOf { pid } => Ret::Process(self.with_id(proc, *pid)),
            Op::IsAlive { process } => Ret::Alive(self.is_alive(proc, process)),
        })
    }
}

fn unit((): ()) -> Ret {
    Ret::Unit
}
