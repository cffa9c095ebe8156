//! The table itself: each call is packed, sent through the door and unpacked.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::gate::Gate;
use super::op::{Op, Ret};
use super::{MemDir, MemFile, MemVfs};
use crate::{Access, Entry, FsInfo, LockKind, Name, Process, Stat, TryLock, Vfs};

/// Sends a call through the door and takes what comes out of it apart.
macro_rules! call {
    ($vfs:expr, $op:expr, $ret:pat => $value:expr) => {
        match $vfs.door($op) {
            Ok($ret) => Ok($value),
            Ok(_) => unreachable!("BUG: the door returned something else"),
            Err(errno) => Err(io::Error::from(errno)),
        }
    };
    ($vfs:expr, $op:expr) => {
        call!($vfs, $op, Ret::Unit => ())
    };
}

impl<G: Gate> Vfs for MemVfs<G> {
    type Dir = MemDir;
    type File = MemFile;

    fn open_dir(&self, dir: &MemDir, name: &Name) -> io::Result<MemDir> {
        let handle = call!(self, Op::OpenDir { dir: dir.handle.ofd, name }, Ret::Open(ofd) => self.handle(ofd))?;
        Ok(MemDir { handle, path: dir.path.join(name) })
    }

    fn create_dir(&self, dir: &MemDir, name: &Name) -> io::Result<()> {
        call!(self, Op::CreateDir { dir: dir.handle.ofd, name })
    }

    fn remove_dir(&self, dir: &MemDir, name: &Name) -> io::Result<()> {
        call!(self, Op::RemoveDir { dir: dir.handle.ofd, name })
    }

    fn list(&self, dir: &MemDir) -> io::Result<Vec<io::Result<Entry>>> {
        match self.door(Op::List { dir: dir.handle.ofd })? {
            Ret::Entries(entries) => Ok(entries.into_iter().map(Ok).collect()),
            Ret::SomeEntries(entries, errno) => {
                let error = Err(io::Error::from(errno));
                Ok(entries.into_iter().map(Ok).chain([error]).collect())
            }
            _ => unreachable!("BUG: the door returned something else"),
        }
    }

    fn set_dir_mode(&self, dir: &MemDir, mode: u32) -> io::Result<()> {
        call!(self, Op::SetDirMode { dir: dir.handle.ofd, mode })
    }

    fn sync_dir(&self, dir: &MemDir) -> io::Result<()> {
        call!(self, Op::SyncDir { dir: dir.handle.ofd })
    }

    fn path<'a>(&self, dir: &'a MemDir) -> &'a Path {
        dir.path()
    }

    fn stat(&self, dir: &MemDir, name: &Name) -> io::Result<Stat> {
        call!(self, Op::Stat { dir: dir.handle.ofd, name }, Ret::Stat(stat) => stat)
    }

    fn rename(&self, from_dir: &MemDir, from: &Name, to_dir: &MemDir, to: &Name) -> io::Result<()> {
        let (from_dir, to_dir) = (from_dir.handle.ofd, to_dir.handle.ofd);
        call!(self, Op::Rename { from_dir, from, to_dir, to })
    }

    fn rename_new(
        &self,
        from_dir: &MemDir,
        from: &Name,
        to_dir: &MemDir,
        to: &Name,
    ) -> io::Result<()> {
        let (from_dir, to_dir) = (from_dir.handle.ofd, to_dir.handle.ofd);
        call!(self, Op::RenameNew { from_dir, from, to_dir, to })
    }

    fn hard_link(
        &self,
        from_dir: &MemDir,
        from: &Name,
        to_dir: &MemDir,
        to: &Name,
    ) -> io::Result<()> {
        let (from_dir, to_dir) = (from_dir.handle.ofd, to_dir.handle.ofd);
        call!(self, Op::HardLink { from_dir, from, to_dir, to })
    }

    fn remove_file(&self, dir: &MemDir, name: &Name) -> io::Result<()> {
        call!(self, Op::RemoveFile { dir: dir.handle.ofd, name })
    }

    fn read_link(&self, dir: &MemDir, name: &Name) -> io::Result<OsString> {
        call!(self, Op::ReadLink { dir: dir.handle.ofd, name }, Ret::Target(target) => target)
    }

    fn symlink(&self, target: &OsString, dir: &MemDir, name: &Name) -> io::Result<()> {
        call!(self, Op::Symlink { target, dir: dir.handle.ofd, name })
    }

    fn create_file(&self, dir: &MemDir, name: &Name) -> io::Result<MemFile> {
        let op = Op::CreateFile { dir: dir.handle.ofd, name };
        call!(self, op, Ret::Open(ofd) => MemFile { handle: self.handle(ofd) })
    }

    fn open_file(&self, dir: &MemDir, name: &Name, access: Access) -> io::Result<MemFile> {
        let op = Op::OpenFile { dir: dir.handle.ofd, name, access };
        call!(self, op, Ret::Open(ofd) => MemFile { handle: self.handle(ofd) })
    }

    fn read(&self, file: &MemFile, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let op = Op::Read { file: file.handle.ofd, offset, buf };
        call!(self, op, Ret::Read(read, _) => read)
    }

    fn write_at(&self, file: &MemFile, offset: u64, bytes: &[u8]) -> io::Result<()> {
        call!(self, Op::WriteAt { file: file.handle.ofd, offset, bytes })
    }

    fn copy(&self, from: &MemFile, to: &MemFile) -> io::Result<u64> {
        let op = Op::Copy { from: from.handle.ofd, to: to.handle.ofd };
        call!(self, op, Ret::Bytes(bytes) => bytes)
    }

    fn clone_file(&self, from: &MemFile, to: &MemFile) -> io::Result<()> {
        call!(self, Op::CloneFile { from: from.handle.ofd, to: to.handle.ofd })
    }

    fn stat_file(&self, file: &MemFile) -> io::Result<Stat> {
        call!(self, Op::StatFile { file: file.handle.ofd }, Ret::Stat(stat) => stat)
    }

    fn set_mode(&self, file: &MemFile, mode: u32) -> io::Result<()> {
        call!(self, Op::SetMode { file: file.handle.ofd, mode })
    }

    fn set_mtime(&self, file: &MemFile, mtime: SystemTime) -> io::Result<()> {
        call!(self, Op::SetMtime { file: file.handle.ofd, mtime })
    }

    fn sync_file(&self, file: &MemFile) -> io::Result<()> {
        call!(self, Op::SyncFile { file: file.handle.ofd })
    }

    fn try_lock(&self, file: &MemFile, kind: LockKind) -> io::Result<TryLock> {
        call!(self, Op::TryLock { file: file.handle.ofd, kind }, Ret::Lock(lock) => lock)
    }

    fn unlock(&self, file: &MemFile) -> io::Result<()> {
        call!(self, Op::Unlock { file: file.handle.ofd })
    }

    fn fs_info(&self, dir: &MemDir) -> io::Result<FsInfo> {
        call!(self, Op::FsInfo { dir: dir.handle.ofd }, Ret::FsInfo(info) => info)
    }

    fn now(&self) -> SystemTime {
        let now = call!(self, Op::Now, Ret::Time(now) => now);
        // To a process that was killed, it does not matter what time it is.
        now.unwrap_or(SystemTime::UNIX_EPOCH)
    }

    fn pause(&self, duration: Duration) {
        let _: io::Result<()> = call!(self, Op::Pause { duration });
    }

    fn random(&self) -> u32 {
        call!(self, Op::Random, Ret::Number(number) => number).unwrap_or(0)
    }

    fn boot_id(&self) -> Option<u128> {
        call!(self, Op::BootId, Ret::BootId(id) => id).unwrap_or(None)
    }

    fn is_alive(&self, pid: u32) -> Option<bool> {
        call!(self, Op::IsAlive { pid }, Ret::Alive(is_alive) => is_alive).ok()
    }

    fn process(&self) -> Process {
        let process = call!(self, Op::Process, Ret::Process(process) => process);
        process.unwrap_or(Process { pid: 0, host: String::new() })
    }
}
