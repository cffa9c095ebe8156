//! The table of system calls.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::{
    Access, DirStat, Entry, Extended, FileKind, FsInfo, LockKind, Name, Owner, Process, Space,
    Stat, Step, TryLock,
};

/// A file system, a clock and a source of randomness, as a table of system calls.
///
/// Each method is one call of the operating system ([`list`](Self::list), [`read`](Self::read),
/// [`write_at`](Self::write_at) and [`copy`](Self::copy) may take several), so that a protocol's calls can
/// be counted, interrupted and made to fail one by one. Nothing follows a symbolic link, and nothing blocks but
/// [`pause`](Self::pause). What takes several calls, such as reading a whole file by its path, is in
/// [`VfsExt`](crate::VfsExt).
///
/// A handle goes on denoting what it opened when the name is renamed or removed. Every call on a name in a
/// directory that has itself been removed fails with `NotFound`; a listing of it may also be empty.
///
/// # Errors
///
/// Methods return plain [`io::Error`]s. Where the text of a method names an [`io::ErrorKind`], an
/// implementation must use it; anything else may come with whatever kind the system gives. Names that do
/// not exist are `NotFound` everywhere. What the file system cannot do at all is `Unsupported`.
///
/// # Implementing it
///
/// The methods without a default are the core, which every implementation writes. What a file system may lack (links,
/// clones, permissions, owners, extended attributes, renaming without replacing, syncing a directory) has a default
/// that says that it is lacking, and so has what may not be known. `check::contract` (feature `unstable-check`) holds an
/// implementation to all of this, and returns what it found to be lacking: a method that was forgotten is in that list.
///
/// Later versions may add methods, each with a default that is safe for implementations that do not know of it: a call
/// fails with `Unsupported`, a question is answered with "not known", and what only tells something does nothing. What can
/// be composed of these methods is added to [`VfsExt`](crate::VfsExt) instead.
///
/// A decorator has to pass on the methods with a default, too, or else it hides what the file system below can do. The
/// compiler does not find one that was forgotten, but `check::not_passed_on` does: call it in a test of each decorator.
/// [`for_all`](Self::for_all) is the exception: whoever keeps its default is as right, and only slower.
pub trait Vfs: Clone {
    /// An open directory.
    type Dir;
    /// An open file. Dropping it closes it, which releases its lock unless another process inherited the
    /// open file: see [`unlock`](Self::unlock).
    type File;

    // ---- directories ----

    /// Opens a directory. A link or anything else under the name is `NotADirectory`; one on which something is mounted,
    /// another directory perhaps, is `CrossesDevices`.
    fn open_dir(&self, dir: &Self::Dir, name: &Name) -> io::Result<Self::Dir>;

    /// Makes a directory. A name that exists, whatever it is, is `AlreadyExists`.
    fn create_dir(&self, dir: &Self::Dir, name: &Name) -> io::Result<()>;

    /// Removes an empty directory. `DirectoryNotEmpty`; `ResourceBusy` if something is mounted on it; `NotADirectory` for anything else, links included.
    fn remove_dir(&self, dir: &Self::Dir, name: &Name) -> io::Result<()>;

    /// Lists a directory from its beginning, without `.` and `..`, in no particular order.
    ///
    /// A listing is not a snapshot: a name that is made, renamed or removed meanwhile may be missing, or
    /// show under both names. An entry that cannot be read is an error in its place.
    fn list(&self, dir: &Self::Dir) -> io::Result<Vec<io::Result<Entry>>>;

    /// Sets the permission bits of an open directory. `Unsupported` or `PermissionDenied` where the file
    /// system keeps none.
    fn set_dir_mode(&self, dir: &Self::Dir, mode: u32) -> io::Result<()> {
        let _ = (dir, mode);
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Sets the permission bits of what has a name, also of what may not be opened. A link is not followed, and has none:
    /// `Unsupported` or `InvalidInput`, as for whatever keeps none. `CrossesDevices` if something is mounted there.
    fn set_mode_of(&self, dir: &Self::Dir, name: &Name, mode: u32) -> io::Result<()> {
        let _ = (dir, name, mode);
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Looks at an open directory.
    fn stat_dir(&self, dir: &Self::Dir) -> io::Result<DirStat>;

    /// Sets the time of the last change of an open directory's names, as precisely as the file system keeps it.
    fn set_dir_mtime(&self, dir: &Self::Dir, mtime: SystemTime) -> io::Result<()>;

    /// Makes the names in a directory durable. `Unsupported` where a directory cannot be synced.
    fn sync_dir(&self, dir: &Self::Dir) -> io::Result<()> {
        let _ = dir;
        Err(io::ErrorKind::Unsupported.into())
    }

    /// The path this directory was opened by: for messages and for handing to other programs, never used
    /// for access. No system call.
    fn path<'a>(&self, dir: &'a Self::Dir) -> &'a Path;

    // ---- names ----

    /// Looks at a name. A link is looked at, not followed.
    fn stat(&self, dir: &Self::Dir, name: &Name) -> io::Result<Stat>;

    /// Renames, replacing a file by a file and an empty directory by a directory. A directory over one that
    /// is not empty is `DirectoryNotEmpty` or `AlreadyExists`. `ResourceBusy` where the system refuses as
    /// long as anything below is open.
    fn rename(
        &self,
        from_dir: &Self::Dir,
        from: &Name,
        to_dir: &Self::Dir,
        to: &Name,
    ) -> io::Result<()>;

    /// Renames and refuses to replace: a target that exists is `AlreadyExists`.
    /// `Unsupported` where the file system cannot.
    fn rename_new(
        &self,
        from_dir: &Self::Dir,
        from: &Name,
        to_dir: &Self::Dir,
        to: &Name,
    ) -> io::Result<()> {
        let _ = (from_dir, from, to_dir, to);
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Gives a file another name. `AlreadyExists`; `TooManyLinks` when this one file has as many as it can;
    /// `CrossesDevices`; `Unsupported` or `PermissionDenied` where the file system has no hard links.
    fn hard_link(
        &self,
        from_dir: &Self::Dir,
        from: &Name,
        to_dir: &Self::Dir,
        to: &Name,
    ) -> io::Result<()> {
        let _ = (to_dir, to);
        self.stat(from_dir, from)?;
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Removes a name that is not a directory's; of a link, the link. A directory is `IsADirectory`.
    fn remove_file(&self, dir: &Self::Dir, name: &Name) -> io::Result<()>;

    /// Reads where a symbolic link points. Anything else under the name is `InvalidInput`.
    fn read_link(&self, dir: &Self::Dir, name: &Name) -> io::Result<OsString> {
        // Where there are no links, whatever is there is none.
        self.stat(dir, name)?;
        Err(io::ErrorKind::InvalidInput.into())
    }

    /// Makes a symbolic link. `AlreadyExists`; `Unsupported` or `PermissionDenied` where there are none.
    fn symlink(&self, target: &OsString, dir: &Self::Dir, name: &Name) -> io::Result<()> {
        let _ = (target, dir, name);
        Err(io::ErrorKind::Unsupported.into())
    }

    // ---- files ----

    /// Makes a file, open for reading and writing, with the permissions the process gives to new files.
    /// A name that exists, whatever it is, is `AlreadyExists`.
    fn create_file(&self, dir: &Self::Dir, name: &Name) -> io::Result<Self::File>;

    /// Opens a file that exists. A link is `InvalidInput`, a directory `InvalidInput` or `IsADirectory`,
    /// but some systems open one for reading; a file on which another is mounted is `CrossesDevices`. Opening a pipe does not wait for its other end. Ask
    /// [`stat_file`](Self::stat_file) what was opened.
    fn open_file(&self, dir: &Self::Dir, name: &Name, access: Access) -> io::Result<Self::File>;

    /// Reads from `offset` until `buf` is full or the file ends; returns the bytes read.
    fn read(&self, file: &Self::File, offset: u64, buf: &mut [u8]) -> io::Result<usize>;

    /// Writes all of `bytes` at `offset`, extending the file where needed.
    fn write_at(&self, file: &Self::File, offset: u64, bytes: &[u8]) -> io::Result<()>;

    /// Copies the whole content of `from` into the empty file `to`, holes as holes where they can be told; returns
    /// the length copied, which is less than that of `from` only if `from` was changed meanwhile. `Interrupted` if it
    /// was to stop: see [`is_stopped`](Self::is_stopped).
    fn copy(&self, from: &Self::File, to: &Self::File) -> io::Result<u64>;

    /// Makes a file that shares the content of `from`, so that neither sees the other's later changes, open for reading
    /// and writing. A name that exists, whatever it is, is `AlreadyExists`. `Unsupported` or `CrossesDevices` where the file
    /// system cannot: then no name was made.
    ///
    /// Besides the content it has what any new file has or what `from` has, as the system does it: Linux fills a file that
    /// was made before, macOS copies permissions, times and extended attributes along. Whoever wants to have one of the two
    /// sets it.
    fn clone_file(
        &self,
        from: &Self::File,
        dir: &Self::Dir,
        name: &Name,
    ) -> io::Result<Self::File> {
        let _ = (from, dir, name);
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Looks at an open file.
    fn stat_file(&self, file: &Self::File) -> io::Result<Stat>;

    /// Sets the permission bits. `Unsupported` or `PermissionDenied` where the file system keeps none.
    fn set_mode(&self, file: &Self::File, mode: u32) -> io::Result<()> {
        let _ = (file, mode);
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Sets the time of the last change of the content, as precisely as the file system keeps it.
    fn set_mtime(&self, file: &Self::File, mtime: SystemTime) -> io::Result<()>;

    /// Gives a file or directory to another owner. `PermissionDenied` if the caller may not; `Unsupported` where there
    /// are no owners. The bits that let others act as the owner are cleared by it.
    fn set_owner(&self, of: Handle<'_, Self>, owner: Owner) -> io::Result<()> {
        let _ = (of, owner);
        Err(io::ErrorKind::Unsupported.into())
    }

    /// All extended attributes that the caller can see, sorted by name, but for those that the system keeps for
    /// itself: labels and signatures, which are not the content's. Empty where there are none.
    fn extended(&self, of: Handle<'_, Self>) -> io::Result<Vec<Extended>> {
        let _ = of;
        Ok(Vec::new())
    }

    /// Sets an extended attribute. `Unsupported` or `PermissionDenied` where there are none or this one is not the
    /// caller's to set.
    fn set_extended(&self, of: Handle<'_, Self>, attribute: &Extended) -> io::Result<()> {
        let _ = (of, attribute);
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Removes an extended attribute. One that is not there is as good as removed.
    fn remove_extended(&self, of: Handle<'_, Self>, name: &OsString) -> io::Result<()> {
        let _ = (of, name);
        Ok(())
    }

    /// Makes the content and length of a file durable.
    fn sync_file(&self, file: &Self::File) -> io::Result<()>;

    /// Tries to lock an open file, without waiting. `Unsupported` where the file system has no locks.
    ///
    /// Locks belong to the open file (`flock(2)`, `LockFileEx`): a second open of the same file by the same
    /// process is excluded like anybody else. A file that already holds a lock must not be locked again;
    /// changing a lock's kind may drop it.
    fn try_lock(&self, file: &Self::File, kind: LockKind) -> io::Result<TryLock>;

    /// Releases the lock of an open file, also for processes that inherited the open file.
    fn unlock(&self, file: &Self::File) -> io::Result<()>;

    /// Tells about the file system under a directory.
    fn fs_info(&self, dir: &Self::Dir) -> io::Result<FsInfo>;

    /// Tells how much room the file system under a directory has. `Unsupported` where that is not known.
    fn space(&self, dir: &Self::Dir) -> io::Result<Space> {
        let _ = dir;
        Err(io::ErrorKind::Unsupported.into())
    }

    // ---- the rest of the world ----

    /// The wall clock. It may jump, also backwards.
    fn now(&self) -> SystemTime;

    /// Waits.
    fn pause(&self, duration: Duration);

    /// Whether the work that is going on is to stop. Work that takes long asks between its steps, and
    /// [`copy`](Self::copy) while it copies: it fails with `Interrupted` then. No system call.
    fn is_stopped(&self) -> bool {
        false
    }

    /// Reports a step of work that takes long, for a display of its progress. No system call; does nothing by default. It
    /// must not panic, and does not end the work: [`is_stopped`](Self::is_stopped) does. Where several threads work, a step
    /// may be reported after a later one.
    fn step(&self, step: Step) {
        let _ = step;
    }

    /// Does `work` for each of the jobs, with this file system and these directories, and returns what came of them in the
    /// order of the jobs.
    ///
    /// They may be done in any order and several at the same time, by threads that have all ended when this returns. So
    /// what `work` needs is handed to it, and [`step`](Self::step) may be called by several of them. By default they are
    /// done one after the other, in their order.
    fn for_all<const N: usize, J: Send, T: Send>(
        &self,
        dirs: [&Self::Dir; N],
        jobs: Vec<J>,
        work: impl Fn(&Self, [&Self::Dir; N], J) -> T + Sync,
    ) -> Vec<T> {
        jobs.into_iter().map(|job| work(self, dirs, job)).collect()
    }

    /// A random number, all 32 bits of it.
    fn random(&self) -> u32;

    /// A number that changes with every start of the machine, where there is one.
    fn boot_id(&self) -> Option<u128> {
        None
    }

    /// The process that makes the calls.
    fn process(&self) -> Process;

    /// The process with this id in the caller's namespace, a child of the caller for example, as others know it. Asks
    /// nothing about whether it is there.
    fn process_of(&self, pid: u32) -> Process;

    /// Whether a process that ran under this kernel is alive. `None`: that cannot be told, because it is of another
    /// namespace, or nothing tells of which.
    ///
    /// One with its id that was started at another time is another one. If it is not known when it was started, one that
    /// has its id is taken for it. If its namespace is not known, too, one that has its id may be it, and none that has
    /// says nothing.
    fn is_alive(&self, process: &Process) -> Option<bool>;
}

/// The kind a listing shows, or what a look says where it shows none.
///
/// # Errors
///
/// As [`Vfs::stat`].
pub fn kind_of<V: Vfs>(vfs: &V, dir: &V::Dir, entry: &Entry) -> io::Result<FileKind> {
    match entry.kind {
        Some(kind) => Ok(kind),
        None => Ok(vfs.stat(dir, &entry.name)?.kind),
    }
}

/// Whether a name is one that a file system gives to a file which is removed while it is open
/// ([`FsInfo::renames_removed`]): `.nfs` and 24 hexadecimal digits (the Linux NFS client), `.fuse_hidden` and 16
/// (libfuse), or `.nt_removed` and 16 ([`CapVfs`](crate::CapVfs) on Windows, where the file system does not do it). It goes when the file is closed, and nobody knows the file by it.
pub fn is_transient(name: &Name) -> bool {
    let bytes = name.as_os_str().as_encoded_bytes();
    [(&b".nfs"[..], 24), (b".fuse_hidden", 16), (b".nt_removed", 16)].into_iter().any(
        |(prefix, digits)| {
            bytes
                .strip_prefix(prefix)
                .is_some_and(|rest| rest.len() == digits && rest.iter().all(u8::is_ascii_hexdigit))
        },
    )
}

/// An open file or directory, for the calls that both have.
#[derive(Debug)]
// Exhaustive: whoever implements `Vfs` has to know every one.
pub enum Handle<'a, V: Vfs> {
    /// A file.
    File(&'a V::File),
    /// A directory.
    Dir(&'a V::Dir),
}

impl<V: Vfs> Clone for Handle<'_, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<V: Vfs> Copy for Handle<'_, V> {}
