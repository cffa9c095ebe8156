//! What the calls of [`Vfs`](crate::Vfs) take and return.

use std::borrow::Cow;
use std::ffi::OsString;
use std::time::{Duration, SystemTime};

use crate::Name;

/// How a file is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
// Exhaustive: whoever implements `Vfs` has to know every one.
pub enum Access {
    /// For reading only: works on a read-only medium and on files of other users.
    Read,
    /// For reading and writing.
    ReadWrite,
}

/// Which lock to take on an open file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
// Exhaustive: whoever implements `Vfs` has to know every one.
pub enum LockKind {
    /// Any number of holders, as long as nobody holds it exclusively.
    Shared,
    /// One holder.
    Exclusive,
}

/// The outcome of an attempt to lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[must_use = "a lock that is busy is not an error"]
// Exhaustive: a lock is held or it is not.
pub enum TryLock {
    /// The open file holds the lock now.
    Locked,
    /// Another open file holds a lock that excludes it.
    Busy,
}

/// What stands behind a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
// Exhaustive: `Other` is all that may be added.
pub enum FileKind {
    /// A regular file.
    File,
    /// A directory.
    Dir,
    /// A symbolic link.
    Symlink,
    /// Anything else: pipe, socket, device.
    Other,
}

/// Identity of a file or directory for as long as it exists or is held open.
///
/// Equal ids mean the same inode only if both were read from calls that look at the inode itself
/// ([`stat`](crate::Vfs::stat), [`stat_file`](crate::Vfs::stat_file)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct FileId {
    /// The file system.
    pub device: u64,
    /// The inode in it.
    pub inode: u64,
}

impl FileId {
    /// Names the inode with this number on this device.
    pub const fn new(device: u64, inode: u64) -> Self {
        Self { device, inode }
    }
}

/// What is known about a file, a directory or a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Stat {
    /// What it is.
    pub kind: FileKind,
    /// Identity.
    pub id: FileId,
    /// Length in bytes.
    pub len: u64,
    /// Bytes that it takes on the medium, as far as the file system says: holes take none. What is shared with a clone
    /// counts for both.
    pub allocated: u64,
    /// Number of names; 0 once the last one is gone.
    pub links: u64,
    /// Whether something is mounted under this name: then the rest is about that, and not about what the directory has.
    /// Only a look at a name tells.
    pub is_mount: bool,
    /// Permission bits as `chmod` takes them, `0o7777` at most.
    pub mode: u32,
    /// Whose it is, where the system has owners.
    pub owner: Option<Owner>,
    /// Time of the last change of the content.
    pub mtime: SystemTime,
    /// Time of the last change of anything, where the system keeps one.
    pub ctime: Option<SystemTime>,
}

impl Stat {
    /// Describes something with one name of which only these properties are known: it takes `len` bytes on the medium,
    /// has no permission bits and no owner. Set the other fields where the system tells them.
    ///
    /// ```
    /// use std::time::SystemTime;
    ///
    /// use incrdir_vfs::{FileId, FileKind, Stat};
    ///
    /// let mut stat = Stat::new(FileKind::File, FileId::new(1, 42), 4096, SystemTime::UNIX_EPOCH);
    /// stat.mode = 0o644;
    /// assert_eq!((stat.allocated, stat.links, stat.owner), (4096, 1, None));
    /// ```
    pub const fn new(kind: FileKind, id: FileId, len: u64, mtime: SystemTime) -> Self {
        Self {
            kind,
            id,
            len,
            allocated: len,
            links: 1,
            is_mount: false,
            mode: 0,
            owner: None,
            mtime,
            ctime: None,
        }
    }
}

/// User and group of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Owner {
    /// The user's number.
    pub user: u32,
    /// The group's number.
    pub group: u32,
}

impl Owner {
    /// Names the user and the group with these numbers.
    pub const fn new(user: u32, group: u32) -> Self {
        Self { user, group }
    }
}

/// What is known about an open directory: what identifies it, besides what every look says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct DirStat {
    /// What every look says.
    pub stat: Stat,
    /// When it was made, where the file system keeps that. No call can set it, so a copy of the directory has
    /// another one.
    pub born: Option<SystemTime>,
    /// The mount that it was opened in, by a number that no other mount has until the machine is started again.
    /// `None` where there is no such number. What a mount was told to write may be lost when it ends.
    pub mount: Option<u64>,
}

impl DirStat {
    /// Describes a directory of which neither the time of its creation nor the mount is known.
    pub const fn new(stat: Stat) -> Self {
        Self { stat, born: None, mount: None }
    }
}

/// An attribute that is kept under a name of its own: an access control list, a capability, a label.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Extended {
    /// Its name, as the system spells it.
    pub name: OsString,
    /// Its value.
    pub value: Vec<u8>,
}

impl Extended {
    /// The attribute with this name and value.
    pub fn new(name: impl Into<OsString>, value: impl Into<Vec<u8>>) -> Self {
        Self { name: name.into(), value: value.into() }
    }
}

/// One entry of a listing.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Entry {
    /// Its name.
    pub name: Name,
    /// What it is, where the listing says so.
    pub kind: Option<FileKind>,
    /// The inode number that the listing shows. Some file systems show numbers that mean nothing:
    /// see [`FsInfo::listed_inodes_are_true`].
    pub inode: u64,
}

impl Entry {
    /// The entry with this name. `kind` is `None` where the listing does not say it.
    pub const fn new(name: Name, kind: Option<FileKind>, inode: u64) -> Self {
        Self { name, kind, inode }
    }
}

/// What is known about the file system under a directory.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct FsInfo {
    /// Its usual name (`ext4`, `nfs`), or its magic number in hexadecimal where it has none here.
    pub name: Cow<'static, str>,
    /// Whether the inode numbers of a listing identify files on this file system.
    pub listed_inodes_are_true: bool,
    /// Whether a file keeps its inode number for as long as it exists, also when the file system is mounted
    /// again. Where that is not known: no.
    pub ids_last: bool,
    /// Whether the inode number of what was removed is given to nothing else, so that it tells a directory from every copy of
    /// it without the time at which it was made. Where that is not known: no.
    pub ids_given_once: bool,
    /// Whether a file keeps its times likewise, exactly. Where that is not known: no.
    pub times_last: bool,
    /// The steps in which times are kept, as far as it is known; the clock that they are taken from may have
    /// coarser ones.
    pub time_step: Duration,
    /// Whether every change of a file's content moves its times. On some file systems a store through a shared
    /// mapping does not. Where that is not known: no.
    pub times_tell_all: bool,
    /// Whether every change of the names in a directory moves its ctime, and whoever looks sees that at once. Where that is
    /// not known: no.
    pub names_move_times: bool,
    /// Whether a file that is removed while it is open gets another name here until it is closed: see
    /// [`is_transient`](crate::is_transient).
    pub renames_removed: bool,
    /// Whether a lock excludes all other processes that can reach the file. On network and virtual machine mounts two may
    /// hold one lock, and tests of it pass all the same. Where that is not known: no.
    pub locks_exclude_all: bool,
}

impl FsInfo {
    /// Describes a file system of which only the name is known: every promise is `false`, and times are kept to the
    /// nanosecond. Set the fields that are known.
    pub fn new(name: impl Into<Cow<'static, str>>) -> Self {
        Self {
            name: name.into(),
            listed_inodes_are_true: false,
            ids_last: false,
            ids_given_once: false,
            times_last: false,
            time_step: Duration::from_nanos(1),
            times_tell_all: false,
            names_move_times: false,
            renames_removed: false,
            locks_exclude_all: false,
        }
    }
}

/// How much room a file system has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Space {
    /// Bytes that it holds in all.
    pub bytes: u64,
    /// Bytes that are free for who has no privileges. A quota may allow less.
    pub available_bytes: u64,
    /// Files and directories that it holds in all, where their number is limited.
    pub inodes: Option<u64>,
    /// How many more may be made by who has no privileges.
    pub available_inodes: Option<u64>,
}

impl Space {
    /// Describes a file system on which the number of files is not limited.
    pub const fn new(bytes: u64, available_bytes: u64) -> Self {
        Self { bytes, available_bytes, inodes: None, available_inodes: None }
    }
}

/// A process, as others know it. A number alone is not enough: it means another process in each namespace, and it is given
/// again.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Process {
    /// Process id on its host, in its namespace.
    pub pid: u32,
    /// The host's name.
    pub host: String,
    /// The user as whom it makes its calls, where the system has users.
    pub user: Option<u32>,
    /// Which namespace that is, by a number that no other one has at the same time under the same kernel; 0 where there
    /// are no namespaces. `None`: that cannot be told.
    pub namespace: Option<u64>,
    /// When it was started, in some unit of the kernel's: two processes with one id have different ones. `None`: that
    /// cannot be told.
    pub started: Option<u64>,
}

impl Process {
    /// Names the process with this id on this host, of which no more is known.
    pub fn new(pid: u32, host: impl Into<String>) -> Self {
        Self { pid, host: host.into(), user: None, namespace: None, started: None }
    }
}
