//! The calls of `Vfs`: each is packed, sent through the door and unpacked.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::door::Door;
use super::op::{Fd, Op, Ret};
use super::{MemDir, MemFile, MemVfs};
use crate::{
    Access, DirStat, Entry, Extended, FsInfo, Handle, LockKind, Name, Owner, Process, Space, Stat,
    TryLock, Vfs,
};

/// Sends a call through the door and takes what comes out of it apart.
macro_rules! call {
    ($vfs:expr, $op:expr, $ret:pat => $value:expr) => {
        match $vfs.door.call($op) {
            Ok($ret) => Ok($value),
            Ok(_) => unreachable!("BUG: the door returned something else"),
            Err(errno) => Err(io::Error::from(errno)),
        }
    };
    ($vfs:expr, $op:expr) => {
        call!($vfs, $op, Ret::Unit => ())
    };
}

/// A process that makes calls after it was killed.
const NOBODY: Process =
    Process { pid: 0, host: String::new(), user: None, namespace: None, started: None };

fn fd<D: Door>(of: Handle<'_, MemVfs<D>>) -> Fd {
    match of {
        Handle::File(file) => file.handle.fd,
        Handle::Dir(dir) => dir.handle.fd,
    }
}

impl<D: Door> MemVfs<D> {
    /// Opens a file that has the permissions of another, which may not let its owner write.
    fn open_clone(&self, dir: &MemDir<D>, name: &Name) -> io::Result<MemFile<D>> {
        match self.open_file(dir, name, Access::ReadWrite) {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {}
            opened => return opened,
        }
        let mode = self.stat(dir, name)?.mode;
        self.set_mode_of(dir, name, mode | 0o600)?;
        self.open_file(dir, name, Access::ReadWrite)
    }

    /// Stores bytes through a shared mapping of a file that is open for reading and writing. It makes the file no longer:
    /// what is beyond its end is lost. It moves the file's times only where those tell all.
    ///
    /// # Errors
    ///
    /// `PermissionDenied` if the file is open for reading only: it could not have been mapped so.
    pub fn store(&self, file: &MemFile<D>, offset: u64, bytes: &[u8]) -> io::Result<()> {
        call!(self, Op::Store { file: file.handle.fd, offset, bytes: bytes.into() })
    }
}

impl<D: Door> Vfs for MemVfs<D> {
    type Dir = MemDir<D>;
    type File = MemFile<D>;

    fn open_dir(&self, dir: &MemDir<D>, name: &Name) -> io::Result<MemDir<D>> {
        let handle = call!(self, Op::OpenDir { dir: dir.handle.fd, name: name.clone() }, Ret::Open(fd) => self.handle(fd))?;
        Ok(MemDir { handle, path: dir.path.join(name) })
    }

    fn create_dir(&self, dir: &MemDir<D>, name: &Name) -> io::Result<()> {
        call!(self, Op::CreateDir { dir: dir.handle.fd, name: name.clone() })
    }

    fn remove_dir(&self, dir: &MemDir<D>, name: &Name) -> io::Result<()> {
        call!(self, Op::RemoveDir { dir: dir.handle.fd, name: name.clone() })
    }

    fn list(&self, dir: &MemDir<D>) -> io::Result<Vec<io::Result<Entry>>> {
        match self.door.call(Op::List { dir: dir.handle.fd })? {
            Ret::Entries(entries) => Ok(entries.iter().cloned().map(Ok).collect()),
            Ret::SomeEntries(entries, errno) => {
                let error = Err(io::Error::from(errno));
                Ok(entries.iter().cloned().map(Ok).chain([error]).collect())
            }
            _ => unreachable!("BUG: the door returned something else"),
        }
    }

    fn set_dir_mode(&self, dir: &MemDir<D>, mode: u32) -> io::Result<()> {
        call!(self, Op::SetDirMode { dir: dir.handle.fd, mode })
    }

    fn set_mode_of(&self, dir: &MemDir<D>, name: &Name, mode: u32) -> io::Result<()> {
        call!(self, Op::SetModeOf { dir: dir.handle.fd, name: name.clone(), mode })
    }

    fn stat_dir(&self, dir: &MemDir<D>) -> io::Result<DirStat> {
        call!(self, Op::StatDir { dir: dir.handle.fd }, Ret::DirStat(stat) => stat)
    }

    fn set_dir_mtime(&self, dir: &MemDir<D>, mtime: SystemTime) -> io::Result<()> {
        call!(self, Op::SetDirMtime { dir: dir.handle.fd, mtime })
    }

    fn sync_dir(&self, dir: &MemDir<D>) -> io::Result<()> {
        call!(self, Op::SyncDir { dir: dir.handle.fd })
    }

    fn path<'a>(&self, dir: &'a MemDir<D>) -> &'a Path {
        dir.path()
    }

    fn stat(&self, dir: &MemDir<D>, name: &Name) -> io::Result<Stat> {
        call!(self, Op::Stat { dir: dir.handle.fd, name: name.clone() }, Ret::Stat(stat) => stat)
    }

    fn rename(
        &self,
        from_dir: &MemDir<D>,
        from: &Name,
        to_dir: &MemDir<D>,
        to: &Name,
    ) -> io::Result<()> {
        let (from_dir, to_dir) = (from_dir.handle.fd, to_dir.handle.fd);
        call!(self, Op::Rename { from_dir, from: from.clone(), to_dir, to: to.clone() })
    }

    fn rename_new(
        &self,
        from_dir: &MemDir<D>,
        from: &Name,
        to_dir: &MemDir<D>,
        to: &Name,
    ) -> io::Result<()> {
        let (from_dir, to_dir) = (from_dir.handle.fd, to_dir.handle.fd);
        call!(self, Op::RenameNew { from_dir, from: from.clone(), to_dir, to: to.clone() })
    }

    fn hard_link(
        &self,
        from_dir: &MemDir<D>,
        from: &Name,
        to_dir: &MemDir<D>,
        to: &Name,
    ) -> io::Result<()> {
        let (from_dir, to_dir) = (from_dir.handle.fd, to_dir.handle.fd);
        call!(self, Op::HardLink { from_dir, from: from.clone(), to_dir, to: to.clone() })
    }

    fn remove_file(&self, dir: &MemDir<D>, name: &Name) -> io::Result<()> {
        call!(self, Op::RemoveFile { dir: dir.handle.fd, name: name.clone() })
    }

    fn read_link(&self, dir: &MemDir<D>, name: &Name) -> io::Result<OsString> {
        call!(self, Op::ReadLink { dir: dir.handle.fd, name: name.clone() }, Ret::Target(target) => target)
    }

    fn symlink(&self, target: &OsString, dir: &MemDir<D>, name: &Name) -> io::Result<()> {
        call!(self, Op::Symlink { target: target.clone(), dir: dir.handle.fd, name: name.clone() })
    }

    fn create_file(&self, dir: &MemDir<D>, name: &Name) -> io::Result<MemFile<D>> {
        let op = Op::CreateFile { dir: dir.handle.fd, name: name.clone() };
        call!(self, op, Ret::Open(fd) => MemFile { handle: self.handle(fd) })
    }

    fn open_file(&self, dir: &MemDir<D>, name: &Name, access: Access) -> io::Result<MemFile<D>> {
        let op = Op::OpenFile { dir: dir.handle.fd, name: name.clone(), access };
        call!(self, op, Ret::Open(fd) => MemFile { handle: self.handle(fd) })
    }

    fn read(&self, file: &MemFile<D>, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let op = Op::Read { file: file.handle.fd, offset, len: buf.len() };
        call!(self, op, Ret::Content(content) => {
            buf[..content.len()].copy_from_slice(&content);
            content.len()
        })
    }

    fn write_at(&self, file: &MemFile<D>, offset: u64, bytes: &[u8]) -> io::Result<()> {
        call!(self, Op::WriteAt { file: file.handle.fd, offset, bytes: bytes.into() })
    }

    fn copy(&self, from: &MemFile<D>, to: &MemFile<D>) -> io::Result<u64> {
        let op = Op::Copy { from: from.handle.fd, to: to.handle.fd };
        call!(self, op, Ret::Bytes(bytes) => bytes)
    }

    /// Each of the system's calls is one here: what dies in between leaves what it would leave there.
    fn clone_file(
        &self,
        from: &MemFile<D>,
        dir: &MemDir<D>,
        name: &Name,
    ) -> io::Result<MemFile<D>> {
        let from = from.handle.fd;
        let op = Op::CloneFile { from, dir: dir.handle.fd, name: name.clone() };
        let made = match self.door.call(op)? {
            // An empty file.
            Ret::Open(fd) => {
                let file = MemFile { handle: self.handle(fd) };
                call!(self, Op::Share { from, to: fd }).map(|()| file)
            }
            // A clone.
            Ret::Unit => self.open_clone(dir, name),
            _ => unreachable!("BUG: the door returned something else"),
        };
        made.map_err(|refused| match self.remove_file(dir, name) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => error,
            _ => refused,
        })
    }

    fn stat_file(&self, file: &MemFile<D>) -> io::Result<Stat> {
        call!(self, Op::StatFile { file: file.handle.fd }, Ret::Stat(stat) => stat)
    }

    fn set_mode(&self, file: &MemFile<D>, mode: u32) -> io::Result<()> {
        call!(self, Op::SetMode { file: file.handle.fd, mode })
    }

    fn set_mtime(&self, file: &MemFile<D>, mtime: SystemTime) -> io::Result<()> {
        call!(self, Op::SetMtime { file: file.handle.fd, mtime })
    }

    fn set_owner(&self, of: Handle<'_, Self>, owner: Owner) -> io::Result<()> {
        call!(self, Op::SetOwner { of: fd(of), owner })
    }

    fn extended(&self, of: Handle<'_, Self>) -> io::Result<Vec<Extended>> {
        call!(self, Op::Extended { of: fd(of) }, Ret::Extended(extended) => extended)
    }

    fn set_extended(&self, of: Handle<'_, Self>, attribute: &Extended) -> io::Result<()> {
        call!(self, Op::SetExtended { of: fd(of), attribute: attribute.clone() })
    }

    fn remove_extended(&self, of: Handle<'_, Self>, name: &OsString) -> io::Result<()> {
        call!(self, Op::RemoveExtended { of: fd(of), name: name.clone() })
    }

    fn sync_file(&self, file: &MemFile<D>) -> io::Result<()> {
        call!(self, Op::SyncFile { file: file.handle.fd })
    }

    fn try_lock(&self, file: &MemFile<D>, kind: LockKind) -> io::Result<TryLock> {
        call!(self, Op::TryLock { file: file.handle.fd, kind }, Ret::Lock(lock) => lock)
    }

    fn unlock(&self, file: &MemFile<D>) -> io::Result<()> {
        call!(self, Op::Unlock { file: file.handle.fd })
    }

    fn fs_info(&self, dir: &MemDir<D>) -> io::Result<FsInfo> {
        call!(self, Op::FsInfo { dir: dir.handle.fd }, Ret::FsInfo(info) => info)
    }

    fn space(&self, dir: &MemDir<D>) -> io::Result<Space> {
        call!(self, Op::Space { dir: dir.handle.fd }, Ret::Space(space) => space)
    }

    fn now(&self) -> SystemTime {
        let now = call!(self, Op::Now, Ret::Time(now) => now);
        // To a process that was killed, it does not matter what time it is.
        now.unwrap_or(SystemTime::UNIX_EPOCH)
    }

    fn pause(&self, duration: Duration) {
        let _: io::Result<()> = call!(self, Op::Pause { duration });
    }

    fn is_stopped(&self) -> bool {
        // A decorator may say otherwise.
        false
    }

    fn random(&self) -> u32 {
        call!(self, Op::Random, Ret::Number(number) => number).unwrap_or(0)
    }

    fn boot_id(&self) -> Option<u128> {
        call!(self, Op::BootId, Ret::BootId(id) => id).unwrap_or(None)
    }

    fn is_alive(&self, process: &Process) -> Option<bool> {
        let process = process.clone();
        call!(self, Op::IsAlive { process }, Ret::Alive(is_alive) => is_alive).unwrap_or(None)
    }

    fn process_of(&self, pid: u32) -> Process {
        let process = call!(self, Op::ProcessOf { pid }, Ret::Process(process) => process);
        process.unwrap_or(NOBODY)
    }

    fn process(&self) -> Process {
        let process = call!(self, Op::Process, Ret::Process(process) => process);
        process.unwrap_or(NOBODY)
    }
}
