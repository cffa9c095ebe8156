//! Which function makes which call.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime};

use super::{
    CapDir, CapVfs, attributes, clone, content, copy, extended, fs_info, list, lock, machine,
    names, pool, process, space, stat,
};
use crate::{
    Access, DirStat, Entry, Extended, FsInfo, Handle, LockKind, Name, Owner, Process, Space, Stat,
    Step, TryLock, Vfs,
};

impl Vfs for CapVfs {
    type Dir = CapDir;
    type File = File;

    fn open_dir(&self, dir: &CapDir, name: &Name) -> io::Result<CapDir> {
        Self::open_dir_at(dir, name)
    }

    fn create_dir(&self, dir: &CapDir, name: &Name) -> io::Result<()> {
        names::create_dir(dir, name)
    }

    fn remove_dir(&self, dir: &CapDir, name: &Name) -> io::Result<()> {
        names::remove_dir(dir, name)
    }

    fn list(&self, dir: &CapDir) -> io::Result<Vec<io::Result<Entry>>> {
        list::list(dir)
    }

    fn set_dir_mode(&self, dir: &CapDir, mode: u32) -> io::Result<()> {
        attributes::set_dir_mode(dir, mode)
    }

    fn set_mode_of(&self, dir: &CapDir, name: &Name, mode: u32) -> io::Result<()> {
        attributes::set_mode_of(dir, name, mode)
    }

    fn stat_dir(&self, dir: &CapDir) -> io::Result<DirStat> {
        stat::stat_dir(dir)
    }

    fn set_dir_mtime(&self, dir: &CapDir, mtime: SystemTime) -> io::Result<()> {
        attributes::set_dir_mtime(dir, mtime)
    }

    fn sync_dir(&self, dir: &CapDir) -> io::Result<()> {
        attributes::sync_dir(dir)
    }

    fn path<'a>(&self, dir: &'a CapDir) -> &'a Path {
        dir.path()
    }

    fn stat(&self, dir: &CapDir, name: &Name) -> io::Result<Stat> {
        stat::stat(dir, name)
    }

    fn rename(&self, from_dir: &CapDir, from: &Name, to_dir: &CapDir, to: &Name) -> io::Result<()> {
        names::rename(from_dir, from, to_dir, to)
    }

    fn rename_new(
        &self,
        from_dir: &CapDir,
        from: &Name,
        to_dir: &CapDir,
        to: &Name,
    ) -> io::Result<()> {
        names::rename_new(from_dir, from, to_dir, to)
    }

    fn hard_link(
        &self,
        from_dir: &CapDir,
        from: &Name,
        to_dir: &CapDir,
        to: &Name,
    ) -> io::Result<()> {
        names::hard_link(from_dir, from, to_dir, to)
    }

    fn remove_file(&self, dir: &CapDir, name: &Name) -> io::Result<()> {
        names::remove_file(dir, name)
    }

    fn read_link(&self, dir: &CapDir, name: &Name) -> io::Result<OsString> {
        names::read_link(dir, name)
    }

    fn symlink(&self, target: &OsString, dir: &CapDir, name: &Name) -> io::Result<()> {
        names::symlink(target, dir, name)
    }

    fn create_file(&self, dir: &CapDir, name: &Name) -> io::Result<File> {
        Self::create_file_at(dir, name)
    }

    fn open_file(&self, dir: &CapDir, name: &Name, access: Access) -> io::Result<File> {
        Self::open_file_at(dir, name, access)
    }

    fn read(&self, file: &File, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        content::read(file, offset, buf)
    }

    fn write_at(&self, file: &File, offset: u64, bytes: &[u8]) -> io::Result<()> {
        content::write_at(file, offset, bytes)
    }

    fn copy(&self, from: &File, to: &File) -> io::Result<u64> {
        copy::copy(from, to, &|| self.is_stopped())
    }

    fn clone_file(&self, from: &File, dir: &CapDir, name: &Name) -> io::Result<File> {
        clone::clone_file(from, dir, name)
    }

    fn stat_file(&self, file: &File) -> io::Result<Stat> {
        stat::stat_file(file)
    }

    fn set_mode(&self, file: &File, mode: u32) -> io::Result<()> {
        attributes::set_mode(file, mode)
    }

    fn set_mtime(&self, file: &File, mtime: SystemTime) -> io::Result<()> {
        attributes::set_mtime(file, mtime)
    }

    fn set_owner(&self, of: Handle<'_, Self>, owner: Owner) -> io::Result<()> {
        attributes::set_owner(of, owner)
    }

    fn extended(&self, of: Handle<'_, Self>) -> io::Result<Vec<Extended>> {
        extended::extended(of)
    }

    fn set_extended(&self, of: Handle<'_, Self>, attribute: &Extended) -> io::Result<()> {
        extended::set_extended(of, attribute)
    }

    fn remove_extended(&self, of: Handle<'_, Self>, name: &OsString) -> io::Result<()> {
        extended::remove_extended(of, name)
    }

    fn sync_file(&self, file: &File) -> io::Result<()> {
        attributes::sync_file(file)
    }

    fn try_lock(&self, file: &File, kind: LockKind) -> io::Result<TryLock> {
        lock::try_lock(file, kind)
    }

    fn unlock(&self, file: &File) -> io::Result<()> {
        lock::unlock(file)
    }

    fn fs_info(&self, dir: &CapDir) -> io::Result<FsInfo> {
        fs_info::fs_info(dir)
    }

    fn space(&self, dir: &CapDir) -> io::Result<Space> {
        space::space(dir)
    }

    fn now(&self) -> SystemTime {
        machine::now()
    }

    fn pause(&self, duration: Duration) {
        machine::pause(duration);
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn step(&self, step: Step) {
        self.listener.tell(step);
    }

    fn for_all<const N: usize, J: Send, T: Send>(
        &self,
        dirs: [&CapDir; N],
        jobs: Vec<J>,
        work: impl Fn(&Self, [&CapDir; N], J) -> T + Sync,
    ) -> Vec<T> {
        pool::for_all(jobs, |job| work(self, dirs, job))
    }

    fn random(&self) -> u32 {
        machine::random()
    }

    fn boot_id(&self) -> Option<u128> {
        *self.boot_id.get_or_init(machine::boot_id)
    }

    fn process(&self) -> Process {
        process::process()
    }

    fn process_of(&self, pid: u32) -> Process {
        process::process_of(pid)
    }

    fn is_alive(&self, process: &Process) -> Option<bool> {
        process::is_alive(process)
    }
}
