//! Calls as values: what goes through the door, and what comes out.

use std::ffi::OsString;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::errno::Errno;
use crate::{
    Access, DirStat, Entry, Extended, FsInfo, LockKind, Name, Owner, Process, Space, Stat, TryLock,
};

/// A descriptor: the number by which a process knows something that it has open. The lowest that is free, as
/// POSIX has it, so that it follows from what the process itself has done.
pub type Fd = u32;

/// A call on its way through the door.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "each is the method of its name, with its arguments")]
#[non_exhaustive]
pub enum Op {
    /// Opens the root: no call of [`Vfs`](crate::Vfs), and not counted.
    Root,
    OpenDir {
        dir: Fd,
        name: Name,
    },
    CreateDir {
        dir: Fd,
        name: Name,
    },
    RemoveDir {
        dir: Fd,
        name: Name,
    },
    List {
        dir: Fd,
    },
    SetDirMode {
        dir: Fd,
        mode: u32,
    },
    SetModeOf {
        dir: Fd,
        name: Name,
        mode: u32,
    },
    StatDir {
        dir: Fd,
    },
    SetDirMtime {
        dir: Fd,
        mtime: SystemTime,
    },
    SyncDir {
        dir: Fd,
    },
    Stat {
        dir: Fd,
        name: Name,
    },
    Rename {
        from_dir: Fd,
        from: Name,
        to_dir: Fd,
        to: Name,
    },
    RenameNew {
        from_dir: Fd,
        from: Name,
        to_dir: Fd,
        to: Name,
    },
    HardLink {
        from_dir: Fd,
        from: Name,
        to_dir: Fd,
        to: Name,
    },
    RemoveFile {
        dir: Fd,
        name: Name,
    },
    ReadLink {
        dir: Fd,
        name: Name,
    },
    Symlink {
        target: OsString,
        dir: Fd,
        name: Name,
    },
    CreateFile {
        dir: Fd,
        name: Name,
    },
    OpenFile {
        dir: Fd,
        name: Name,
        access: Access,
    },
    Read {
        file: Fd,
        offset: u64,
        len: usize,
    },
    WriteAt {
        file: Fd,
        offset: u64,
        bytes: Arc<[u8]>,
    },
    /// A store through a shared mapping: no call, but others see what it does.
    Store {
        file: Fd,
        offset: u64,
        bytes: Arc<[u8]>,
    },
    Copy {
        from: Fd,
        to: Fd,
    },
    /// Makes a clone, or the file that is to be one: see [`Clones`](super::Clones).
    CloneFile {
        from: Fd,
        dir: Fd,
        name: Name,
    },
    /// Makes an empty file a clone.
    Share {
        from: Fd,
        to: Fd,
    },
    StatFile {
        file: Fd,
    },
    SetMode {
        file: Fd,
        mode: u32,
    },
    SetMtime {
        file: Fd,
        mtime: SystemTime,
    },
    SetOwner {
        of: Fd,
        owner: Owner,
    },
    Extended {
        of: Fd,
    },
    SetExtended {
        of: Fd,
        attribute: Extended,
    },
    RemoveExtended {
        of: Fd,
        name: OsString,
    },
    SyncFile {
        file: Fd,
    },
    TryLock {
        file: Fd,
        kind: LockKind,
    },
    Unlock {
        file: Fd,
    },
    FsInfo {
        dir: Fd,
    },
    Space {
        dir: Fd,
    },
    Now,
    Pause {
        duration: Duration,
    },
    Random,
    BootId,
    Process,
    ProcessOf {
        pid: u32,
    },
    IsAlive {
        process: Process,
    },
}

impl Op {
    /// The name that it is about: of two, the one that is made.
    #[cfg(feature = "unstable-explore")]
    pub fn name(&self) -> Option<&Name> {
        match self {
            Op::OpenDir { name, .. }
            | Op::CreateDir { name, .. }
            | Op::RemoveDir { name, .. }
            | Op::SetModeOf { name, .. }
            | Op::Stat { name, .. }
            | Op::RemoveFile { name, .. }
            | Op::ReadLink { name, .. }
            | Op::Symlink { name, .. }
            | Op::CreateFile { name, .. }
            | Op::CloneFile { name, .. }
            | Op::OpenFile { name, .. }
            | Op::Rename { to: name, .. }
            | Op::RenameNew { to: name, .. }
            | Op::HardLink { to: name, .. } => Some(name),
            _ => None,
        }
    }
}

/// What comes out.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "each is what methods return")]
#[non_exhaustive]
pub enum Ret {
    Unit,
    Open(Fd),
    Entries(Arc<[Entry]>),
    /// A listing that failed before its end.
    SomeEntries(Arc<[Entry]>, Errno),
    Stat(Stat),
    DirStat(DirStat),
    Extended(Vec<Extended>),
    Target(OsString),
    Bytes(u64),
    /// What was read.
    Content(Arc<[u8]>),
    Lock(TryLock),
    FsInfo(FsInfo),
    Space(Space),
    Time(SystemTime),
    Number(u32),
    BootId(Option<u128>),
    Process(Process),
    Alive(Option<bool>),
}

/// What a call returns.
pub type Answer = Result<Ret, Errno>;

macro_rules! kinds {
    ($($kind:ident),* $(,)?) => {
        /// The kinds of calls: one for each method of [`Vfs`](crate::Vfs) but `path`, which is none; what `clone_file` does
        /// besides where it is more than one call (`Share`); and a store through a shared mapping
        /// ([`MemVfs::store`](super::MemVfs::store)), which is counted among them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "each is the method of its name")]
        #[non_exhaustive]
        pub enum OpKind { $($kind),* }

        impl OpKind {
            /// All of them, in the order of the trait.
            pub const ALL: [Self; [$(Self::$kind),*].len()] = [$(Self::$kind),*];
        }

        impl Op {
            /// What kind of call it is.
            pub fn kind(&self) -> OpKind {
                match self {
                    $(Op::$kind { .. } => OpKind::$kind,)*
                    // Never counted, and it cannot fail.
                    Op::Root => OpKind::Process,
                }
            }
        }
    };
}

kinds! {
    OpenDir, CreateDir, RemoveDir, List, SetDirMode, SetModeOf, StatDir, SetDirMtime, SyncDir, Stat, Rename, RenameNew,
    HardLink, RemoveFile, ReadLink, Symlink, CreateFile, OpenFile, Read, WriteAt, Store, Copy, CloneFile,
    Share, StatFile, SetMode, SetMtime, SetOwner, Extended, SetExtended, RemoveExtended, SyncFile, TryLock, Unlock,
    FsInfo, Space, Now, Pause, Random, BootId, Process, ProcessOf, IsAlive,
}

impl OpKind {
    /// Whether others could see that it was made.
    #[cfg(feature = "unstable-explore")]
    pub(super) fn changes_something(self) -> bool {
        !matches!(
            self,
            Self::OpenDir
                | Self::List
                | Self::Stat
                | Self::StatDir
                | Self::Extended
                | Self::ReadLink
                | Self::OpenFile
                | Self::Read
                | Self::StatFile
                | Self::FsInfo
                | Self::Space
        ) && self.is_file_system()
    }

    /// Whether it is a call on the file system.
    pub fn is_file_system(self) -> bool {
        self < Self::Now
    }
}
