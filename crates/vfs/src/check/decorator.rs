//! A file system that only notes which of its methods were called.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use crate::{
    Access, DirStat, Entry, Extended, FsInfo, Handle, LockKind, Name, Owner, Process, Space, Stat,
    Step, TryLock, Vfs, Work,
};

/// The methods of [`Vfs`] that have a default and that a decorator does not pass on to the file system below.
///
/// `decorate` is given that file system and a directory of it, and returns the decorator and the directory as the decorator
/// has it. It opens directories and makes files; every other call fails.
///
/// A decorator that answers something itself on purpose is in the list, too: compare it with what is meant.
///
/// ```
/// use incrdir_vfs::check::not_passed_on;
///
/// // Instead of the file system itself, return your decorator around it.
/// assert_eq!(not_passed_on(|spy, dir| (spy, dir)), [""; 0]);
/// ```
///
/// # Panics
///
/// If the decorator fails to open a directory and to make a file.
pub fn not_passed_on<W: Vfs>(decorate: impl FnOnce(Spy, ()) -> (W, W::Dir)) -> Vec<&'static str> {
    let spy = Spy::default();
    let (vfs, dir) = decorate(spy.clone(), ());
    call_all(&vfs, &dir);
    let called = spy.called.borrow();
    DEFAULTED.iter().copied().filter(|name| !called.contains(name)).collect()
}

/// Every method that has a default, but for [`Vfs::for_all`], whose default is right for every decorator.
pub const DEFAULTED: [&str; 17] = [
    "set_dir_mode",
    "set_mode_of",
    "sync_dir",
    "rename_new",
    "hard_link",
    "read_link",
    "symlink",
    "clone_file",
    "set_mode",
    "set_owner",
    "extended",
    "set_extended",
    "remove_extended",
    "space",
    "is_stopped",
    "step",
    "boot_id",
];

/// Calls each of them. What they answer does not matter.
fn call_all<V: Vfs>(vfs: &V, dir: &V::Dir) {
    let name = super::name("name");
    let file = vfs.create_file(dir, &name).expect("the decorator makes a file");
    let of = Handle::File(&file);
    let attribute = Extended::new("user.name", b"value");
    let _ = vfs.set_dir_mode(dir, 0o700);
    let _ = vfs.set_mode_of(dir, &name, 0o600);
    let _ = vfs.sync_dir(dir);
    let _ = vfs.rename_new(dir, &name, dir, &name);
    let _ = vfs.hard_link(dir, &name, dir, &name);
    let _ = vfs.read_link(dir, &name);
    let _ = vfs.symlink(&OsString::from("target"), dir, &name);
    let _ = vfs.clone_file(&file, dir, &name);
    let _ = vfs.set_mode(&file, 0o600);
    let _ = vfs.set_owner(of, Owner::new(0, 0));
    let _ = vfs.extended(of);
    let _ = vfs.set_extended(of, &attribute);
    let _ = vfs.remove_extended(of, &attribute.name);
    let _ = vfs.space(dir);
    let _ = vfs.is_stopped();
    vfs.step(Step::new(Work::Seed, 1));
    let _ = vfs.boot_id();
}

/// What [`not_passed_on`] gives a decorator to decorate.
#[derive(Debug, Clone, Default)]
pub struct Spy {
    called: Rc<RefCell<BTreeSet<&'static str>>>,
}

impl Spy {
    fn note<T>(&self, name: &'static str, answer: T) -> T {
        self.called.borrow_mut().insert(name);
        answer
    }
}

fn nothing<T>() -> io::Result<T> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Methods that are noted, each with its answer.
macro_rules! noted {
    ($($name:ident($($taken:ty),*) -> $returned:ty = $answer:expr;)*) => {
        $(fn $name(&self, $(_: $taken),*) -> $returned {
            self.note(stringify!($name), $answer)
        })*
    };
}

/// The core: a decorator that forgets one of these does not compile.
macro_rules! answered {
    ($($name:ident($($taken:ty),*) -> $returned:ty = $answer:expr;)*) => {
        $(fn $name(&self, $(_: $taken),*) -> $returned {
            $answer
        })*
    };
}

impl Vfs for Spy {
    type Dir = ();
    type File = ();

    noted! {
        set_dir_mode(&(), u32) -> io::Result<()> = nothing();
        set_mode_of(&(), &Name, u32) -> io::Result<()> = nothing();
        sync_dir(&()) -> io::Result<()> = nothing();
        rename_new(&(), &Name, &(), &Name) -> io::Result<()> = nothing();
        hard_link(&(), &Name, &(), &Name) -> io::Result<()> = nothing();
        read_link(&(), &Name) -> io::Result<OsString> = nothing();
        symlink(&OsString, &(), &Name) -> io::Result<()> = nothing();
        clone_file(&(), &(), &Name) -> io::Result<()> = nothing();
        set_mode(&(), u32) -> io::Result<()> = nothing();
        set_owner(Handle<'_, Self>, Owner) -> io::Result<()> = nothing();
        extended(Handle<'_, Self>) -> io::Result<Vec<Extended>> = nothing();
        set_extended(Handle<'_, Self>, &Extended) -> io::Result<()> = nothing();
        remove_extended(Handle<'_, Self>, &OsString) -> io::Result<()> = nothing();
        space(&()) -> io::Result<Space> = nothing();
        is_stopped() -> bool = false;
        step(Step) -> () = ();
        boot_id() -> Option<u128> = None;
    }

    answered! {
        open_dir(&(), &Name) -> io::Result<()> = Ok(());
        create_dir(&(), &Name) -> io::Result<()> = nothing();
        remove_dir(&(), &Name) -> io::Result<()> = nothing();
        list(&()) -> io::Result<Vec<io::Result<Entry>>> = nothing();
        stat_dir(&()) -> io::Result<DirStat> = nothing();
        set_dir_mtime(&(), SystemTime) -> io::Result<()> = nothing();
        stat(&(), &Name) -> io::Result<Stat> = nothing();
        rename(&(), &Name, &(), &Name) -> io::Result<()> = nothing();
        remove_file(&(), &Name) -> io::Result<()> = nothing();
        create_file(&(), &Name) -> io::Result<()> = Ok(());
        open_file(&(), &Name, Access) -> io::Result<()> = Ok(());
        read(&(), u64, &mut [u8]) -> io::Result<usize> = nothing();
        write_at(&(), u64, &[u8]) -> io::Result<()> = nothing();
        copy(&(), &()) -> io::Result<u64> = nothing();
        stat_file(&()) -> io::Result<Stat> = nothing();
        set_mtime(&(), SystemTime) -> io::Result<()> = nothing();
        sync_file(&()) -> io::Result<()> = nothing();
        try_lock(&(), LockKind) -> io::Result<TryLock> = nothing();
        unlock(&()) -> io::Result<()> = nothing();
        fs_info(&()) -> io::Result<FsInfo> = nothing();
        now() -> SystemTime = SystemTime::UNIX_EPOCH;
        pause(Duration) -> () = ();
        random() -> u32 = 0;
        is_alive(&Process) -> Option<bool> = None;
        process() -> Process = Process::new(0, "spy");
        process_of(u32) -> Process = Process::new(0, "spy");
    }

    fn path<'a>(&self, _: &'a ()) -> &'a Path {
        Path::new("spy")
    }
}
