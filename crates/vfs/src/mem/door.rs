//! The one door: every call of every process passes here.

use std::borrow::Cow;
use std::sync::Arc;

use super::Locks;
use super::journal::Effect;
use super::op::{Op, Ret};
use super::world::{Errno, OfdId, Proc, ProcId, World};
use crate::{FsInfo, Process};

impl World {
    /// One call of one process, in one step.
    pub(super) fn door(&mut self, proc: ProcId, op: Op<'_>) -> Result<Ret, Errno> {
        if self.procs[proc].is_dead {
            return Err(Errno::Killed);
        }
        let kind = op.kind();
        self.counts.add(kind);
        let result = self.apply(proc, op);
        self.version += u64::from(result.is_ok() && kind.changes_something());
        result
    }

    /// The second step of a listing that takes two.
    pub(super) fn read_listing_of(
        &mut self,
        proc: ProcId,
        dir: OfdId,
        shows: impl FnMut() -> bool,
    ) -> Result<Ret, Errno> {
        if self.procs[proc].is_dead {
            return Err(Errno::Killed);
        }
        Ok(Ret::Entries(self.read_listing(proc, dir, shows)?))
    }

    fn apply(&mut self, proc: ProcId, op: Op<'_>) -> Result<Ret, Errno> {
        Ok(match op {
            Op::OpenDir { dir, name } => Ret::Open(self.open_dir(proc, dir, name)?),
            Op::CreateDir { dir, name } => unit(self.create_dir(proc, dir, name)?),
            Op::RemoveDir { dir, name } => unit(self.remove_dir(dir, name)?),
            Op::List { dir } => Ret::Entries(self.list(dir)?),
            Op::OpenListing { dir } => unit(self.open_listing(proc, dir)?),
            Op::SetDirMode { dir, mode } => unit(self.set_mode(dir, mode)?),
            Op::SyncDir { dir } => {
                let inode = self.ofd(dir).inode;
                self.note(|| Effect::SyncDir(inode));
                Ret::Unit
            }
            Op::Stat { dir, name } => Ret::Stat(self.stat_name(dir, name)?),
            Op::Rename { from_dir, from, to_dir, to } => {
                unit(self.rename(from_dir, from, to_dir, to)?)
            }
            Op::RenameNew { from_dir, from, to_dir, to } => {
                unit(self.rename_new(from_dir, from, to_dir, to)?)
            }
            Op::HardLink { from_dir, from, to_dir, to } => {
                unit(self.hard_link(from_dir, from, to_dir, to)?)
            }
            Op::RemoveFile { dir, name } => unit(self.remove_file(dir, name)?),
            Op::ReadLink { dir, name } => Ret::Target(self.read_link(dir, name)?),
            Op::Symlink { target, dir, name } => unit(self.symlink(proc, target, dir, name)?),
            Op::CreateFile { dir, name } => Ret::Open(self.create_file(proc, dir, name)?),
            Op::OpenFile { dir, name, access } => {
                Ret::Open(self.open_file(proc, dir, name, access)?)
            }
            Op::Read { file, offset, buf } => {
                Ret::Read(self.read(file, offset, buf), Arc::clone(self.content(file)))
            }
            Op::WriteAt { file, offset, bytes } => unit(self.write_at(file, offset, bytes)?),
            Op::Copy { from, to } => Ret::Bytes(self.copy(from, to)?),
            Op::CloneFile { from, to } => unit(self.clone_file(from, to)?),
            Op::StatFile { file } => Ret::Stat(self.stat(self.ofd(file).inode)),
            Op::SetMode { file, mode } => unit(self.set_mode(file, mode)?),
            Op::SetMtime { file, mtime } => unit(self.set_mtime(file, mtime)?),
            Op::SyncFile { file } => {
                let inode = self.ofd(file).inode;
                self.note(|| Effect::SyncFile(inode));
                Ret::Unit
            }
            Op::TryLock { file, kind } => Ret::Lock(self.try_lock(file, kind)?),
            Op::Unlock { file } => {
                self.unlock(file);
                Ret::Unit
            }
            Op::FsInfo { dir } => {
                self.ofd(dir);
                Ret::FsInfo(FsInfo {
                    name: Cow::Borrowed(self.profile.name),
                    listed_inodes_are_true: self.profile.listed_inodes_are_true,
                    ids_outlive_boots: self.profile.ids_outlive_boots,
                    locks_exclude_all: self.profile.locks == Locks::PerOpenFile,
                })
            }
            Op::Now => Ret::Time(self.now()),
            Op::Pause { duration } => {
                self.clock += duration;
                Ret::Unit
            }
            Op::Random => Ret::Number(self.random(proc)),
            Op::BootId => Ret::BootId(self.boot_id),
            Op::Process => {
                let host = match self.procs[proc].host {
                    0 => "mem".into(),
                    other => format!("mem-{other}"),
                };
                Ret::Process(Process { pid: proc as u32 + 1, host })
            }
            Op::IsAlive { pid } => {
                let there = (pid as usize).checked_sub(1).and_then(|index| self.procs.get(index));
                let host = self.procs[proc].host;
                let is_alive =
                    |there: &Proc| !there.is_dead && !there.has_ended && there.host == host;
                Ret::Alive(there.is_some_and(is_alive))
            }
        })
    }
}

fn unit((): ()) -> Ret {
    Ret::Unit
}
