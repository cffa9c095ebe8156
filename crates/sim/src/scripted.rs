//! A file system with a script: any other one, whose clock, luck and failures a test decides.
//!
//! The hook runs before every call. It can let the call through, make it fail, or do something else to the
//! same disk first, as another process would at that very moment.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use incrdir_vfs::{
    Access, DirStat, Entry, Extended, FsInfo, Handle, LockKind, Name, Owner, Process, Space, Stat,
    Step, TryLock, Vfs,
};

/// Called before every call with its name and the first name it takes. An error makes the call fail.
pub type Hook = Box<dyn FnMut(&'static str, Option<&Name>) -> io::Result<()>>;

/// Decides about single entries of listings: an error takes the entry's place.
pub type ListingHook = Box<dyn FnMut(&Name) -> io::Result<()>>;

/// A [`Vfs`] that does what `inner` does, unless its script says otherwise.
#[derive(Clone)]
pub struct Scripted<V> {
    inner: V,
    script: Rc<Script>,
}

#[derive(Default)]
struct Script {
    clock: RefCell<Option<SystemTime>>,
    random: RefCell<VecDeque<u32>>,
    hook: RefCell<Option<Hook>>,
    listing: RefCell<Option<ListingHook>>,
    copy_limit: Cell<Option<u64>>,
    boot_id: Cell<Option<u128>>,
    mount: Cell<Option<u64>>,
    calls: RefCell<Vec<&'static str>>,
    /// Calls that are left until it is to stop.
    stops_in: Cell<Option<usize>>,
}

impl<V: Vfs> Scripted<V> {
    /// Wraps a file system. Nothing is different yet.
    pub fn new(inner: V) -> Self {
        Self { inner, script: Rc::default() }
    }

    /// The file system underneath.
    pub fn inner(&self) -> &V {
        &self.inner
    }

    /// Stops the clock at this time.
    pub fn set_clock(&self, now: SystemTime) {
        *self.script.clock.borrow_mut() = Some(now);
    }

    /// Says that the machine has been started again.
    pub fn set_boot_id(&self, boot_id: u128) {
        self.script.boot_id.set(Some(boot_id));
    }

    /// Says that the file system has been mounted again.
    pub fn set_mount(&self, mount: u64) {
        self.script.mount.set(Some(mount));
    }

    /// Decides the next draws.
    pub fn force_random(&self, draws: impl IntoIterator<Item = u32>) {
        self.script.random.borrow_mut().extend(draws);
    }

    /// Runs `hook` before every call from now on.
    pub fn hook(&self, hook: impl FnMut(&'static str, Option<&Name>) -> io::Result<()> + 'static) {
        *self.script.hook.borrow_mut() = Some(Box::new(hook));
    }

    /// Makes single entries of listings fail from now on.
    pub fn hook_listing(&self, hook: impl FnMut(&Name) -> io::Result<()> + 'static) {
        *self.script.listing.borrow_mut() = Some(Box::new(hook));
    }

    /// Makes copies claim success after this many bytes from now on.
    pub fn cut_copies(&self, bytes: u64) {
        self.script.copy_limit.set(Some(bytes));
    }

    /// Tells whoever asks to stop, after this many calls from now on.
    pub fn stop_after(&self, calls: usize) {
        self.script.stops_in.set(Some(calls));
    }

    /// Forgets both hooks.
    pub fn unhook(&self) {
        *self.script.hook.borrow_mut() = None;
        *self.script.listing.borrow_mut() = None;
    }

    /// The calls so far, and forgets them.
    pub fn take_calls(&self) -> Vec<&'static str> {
        self.script.calls.take()
    }

    fn call<'a>(&self, op: &'static str, name: impl Into<Option<&'a Name>>) -> io::Result<&V> {
        self.script.calls.borrow_mut().push(op);
        self.script.stops_in.update(|left| left.map(|left| left.saturating_sub(1)));
        // Taken out while it runs, so that it may itself call and be replaced.
        let hook = self.script.hook.borrow_mut().take();
        if let Some(mut hook) = hook {
            let result = hook(op, name.into());
            self.script.hook.borrow_mut().get_or_insert(hook);
            result?;
        }
        Ok(&self.inner)
    }
}

impl<V> fmt::Debug for Scripted<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scripted")
    }
}

impl<V: Vfs> Vfs for Scripted<V> {
    type Dir = V::Dir;
    type File = V::File;

    fn open_dir(&self, dir: &V::Dir, name: &Name) -> io::Result<V::Dir> {
        self.call("open_dir", name)?.open_dir(dir, name)
    }
    fn create_dir(&self, dir: &V::Dir, name: &Name) -> io::Result<()> {
        self.call("create_dir", name)?.create_dir(dir, name)
    }
    fn remove_dir(&self, dir: &V::Dir, name: &Name) -> io::Result<()> {
        self.call("remove_dir", name)?.remove_dir(dir, name)
    }
    fn list(&self, dir: &V::Dir) -> io::Result<Vec<io::Result<Entry>>> {
        let mut entries = self.call("list", None)?.list(dir)?;
        if let Some(hook) = self.script.listing.borrow_mut().as_mut() {
            for entry in &mut entries {
                if let Ok(Entry { name, .. }) = entry
                    && let Err(error) = hook(name)
                {
                    *entry = Err(error);
                }
            }
        }
        Ok(entries)
    }
    fn set_dir_mode(&self, dir: &V::Dir, mode: u32) -> io::Result<()> {
        self.call("set_dir_mode", None)?.set_dir_mode(dir, mode)
    }
    fn set_mode_of(&self, dir: &V::Dir, name: &Name, mode: u32) -> io::Result<()> {
        self.call("set_mode_of", Some(name))?.set_mode_of(dir, name, mode)
    }
    fn stat_dir(&self, dir: &V::Dir) -> io::Result<DirStat> {
        let mut told = self.call("stat_dir", None)?.stat_dir(dir)?;
        told.mount = self.script.mount.get().or(told.mount);
        Ok(told)
    }
    fn set_dir_mtime(&self, dir: &V::Dir, mtime: SystemTime) -> io::Result<()> {
        self.call("set_dir_mtime", None)?.set_dir_mtime(dir, mtime)
    }
    fn sync_dir(&self, dir: &V::Dir) -> io::Result<()> {
        self.call("sync_dir", None)?.sync_dir(dir)
    }
    fn path<'a>(&self, dir: &'a V::Dir) -> &'a Path {
        self.inner.path(dir)
    }
    fn stat(&self, dir: &V::Dir, name: &Name) -> io::Result<Stat> {
        self.call("stat", name)?.stat(dir, name)
    }
    fn rename(&self, from_dir: &V::Dir, from: &Name, to_dir: &V::Dir, to: &Name) -> io::Result<()> {
        self.call("rename", from)?.rename(from_dir, from, to_dir, to)
    }
    fn rename_new(
        &self,
        from_dir: &V::Dir,
        from: &Name,
        to_dir: &V::Dir,
        to: &Name,
    ) -> io::Result<()> {
        self.call("rename_new", from)?.rename_new(from_dir, from, to_dir, to)
    }
    fn hard_link(
        &self,
        from_dir: &V::Dir,
        from: &Name,
        to_dir: &V::Dir,
        to: &Name,
    ) -> io::Result<()> {
        self.call("hard_link", from)?.hard_link(from_dir, from, to_dir, to)
    }
    fn remove_file(&self, dir: &V::Dir, name: &Name) -> io::Result<()> {
        self.call("remove_file", name)?.remove_file(dir, name)
    }
    fn read_link(&self, dir: &V::Dir, name: &Name) -> io::Result<OsString> {
        self.call("read_link", name)?.read_link(dir, name)
    }
    fn symlink(&self, target: &OsString, dir: &V::Dir, name: &Name) -> io::Result<()> {
        self.call("symlink", name)?.symlink(target, dir, name)
    }
    fn create_file(&self, dir: &V::Dir, name: &Name) -> io::Result<V::File> {
        self.call("create_file", name)?.create_file(dir, name)
    }
    fn open_file(&self, dir: &V::Dir, name: &Name, access: Access) -> io::Result<V::File> {
        let op = match access {
            Access::Read => "open_file",
            Access::ReadWrite => "open_file_rw",
        };
        self.call(op, name)?.open_file(dir, name, access)
    }
    fn read(&self, file: &V::File, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        self.call("read", None)?.read(file, offset, buf)
    }
    fn write_at(&self, file: &V::File, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.call("write_at", None)?.write_at(file, offset, bytes)
    }
    fn copy(&self, from: &V::File, to: &V::File) -> io::Result<u64> {
        let inner = self.call("copy", None)?;
        let Some(limit) = self.script.copy_limit.get() else { return inner.copy(from, to) };
        let mut bytes = vec![0; usize::try_from(limit).unwrap_or(usize::MAX)];
        let read = inner.read(from, 0, &mut bytes)?;
        inner.write_at(to, 0, &bytes[..read])?;
        Ok(read as u64)
    }
    fn clone_file(&self, from: &V::File, dir: &V::Dir, name: &Name) -> io::Result<V::File> {
        self.call("clone_file", name)?.clone_file(from, dir, name)
    }
    fn stat_file(&self, file: &V::File) -> io::Result<Stat> {
        self.call("stat_file", None)?.stat_file(file)
    }
    fn set_mode(&self, file: &V::File, mode: u32) -> io::Result<()> {
        self.call("set_mode", None)?.set_mode(file, mode)
    }
    fn set_mtime(&self, file: &V::File, mtime: SystemTime) -> io::Result<()> {
        self.call("set_mtime", None)?.set_mtime(file, mtime)
    }
    fn set_owner(&self, of: Handle<'_, Self>, owner: Owner) -> io::Result<()> {
        self.call("set_owner", None)?.set_owner(inner(of), owner)
    }
    fn extended(&self, of: Handle<'_, Self>) -> io::Result<Vec<Extended>> {
        self.call("extended", None)?.extended(inner(of))
    }
    fn set_extended(&self, of: Handle<'_, Self>, attribute: &Extended) -> io::Result<()> {
        self.call("set_extended", None)?.set_extended(inner(of), attribute)
    }
    fn remove_extended(&self, of: Handle<'_, Self>, name: &OsString) -> io::Result<()> {
        self.call("remove_extended", None)?.remove_extended(inner(of), name)
    }
    fn sync_file(&self, file: &V::File) -> io::Result<()> {
        self.call("sync_file", None)?.sync_file(file)
    }
    fn try_lock(&self, file: &V::File, kind: LockKind) -> io::Result<TryLock> {
        self.call("try_lock", None)?.try_lock(file, kind)
    }
    fn unlock(&self, file: &V::File) -> io::Result<()> {
        self.call("unlock", None)?.unlock(file)
    }
    fn fs_info(&self, dir: &V::Dir) -> io::Result<FsInfo> {
        self.call("fs_info", None)?.fs_info(dir)
    }
    fn space(&self, dir: &V::Dir) -> io::Result<Space> {
        self.call("space", None)?.space(dir)
    }
    fn now(&self) -> SystemTime {
        self.script.clock.borrow().unwrap_or_else(|| self.inner.now())
    }
    fn pause(&self, duration: Duration) {
        self.inner.pause(duration);
    }
    fn is_stopped(&self) -> bool {
        self.script.stops_in.get() == Some(0)
    }
    fn step(&self, step: Step) {
        self.inner.step(step);
    }
    fn random(&self) -> u32 {
        self.script.random.borrow_mut().pop_front().unwrap_or_else(|| self.inner.random())
    }
    fn boot_id(&self) -> Option<u128> {
        self.script.boot_id.get().or_else(|| self.inner.boot_id())
    }
    fn is_alive(&self, process: &Process) -> Option<bool> {
        self.inner.is_alive(process)
    }
    fn process_of(&self, pid: u32) -> Process {
        self.inner.process_of(pid)
    }
    fn process(&self) -> Process {
        self.inner.process()
    }
}

/// The handle as the file system below has it: they are the same.
fn inner<V: Vfs>(of: Handle<'_, Scripted<V>>) -> Handle<'_, V> {
    match of {
        Handle::File(file) => Handle::File(file),
        Handle::Dir(dir) => Handle::Dir(dir),
    }
}
