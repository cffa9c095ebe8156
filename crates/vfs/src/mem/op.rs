//! The calls, as data: what goes in at the door and what comes out.

use std::ffi::{OsStr, OsString};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::world::{Errno, OfdId};
use crate::{Access, Entry, FsInfo, LockKind, Name, Process, Stat, TryLock};

/// A call on its way through the door. Handles are open file descriptions.
pub(super) enum Op<'a> {
    OpenDir {
        dir: OfdId,
        name: &'a Name,
    },
    CreateDir {
        dir: OfdId,
        name: &'a Name,
    },
    RemoveDir {
        dir: OfdId,
        name: &'a Name,
    },
    List {
        dir: OfdId,
    },
    /// The first step of a listing that takes two.
    OpenListing {
        dir: OfdId,
    },
    SetDirMode {
        dir: OfdId,
        mode: u32,
    },
    SyncDir {
        dir: OfdId,
    },
    Stat {
        dir: OfdId,
        name: &'a Name,
    },
    Rename {
        from_dir: OfdId,
        from: &'a Name,
        to_dir: OfdId,
        to: &'a Name,
    },
    RenameNew {
        from_dir: OfdId,
        from: &'a Name,
        to_dir: OfdId,
        to: &'a Name,
    },
    HardLink {
        from_dir: OfdId,
        from: &'a Name,
        to_dir: OfdId,
        to: &'a Name,
    },
    RemoveFile {
        dir: OfdId,
        name: &'a Name,
    },
    ReadLink {
        dir: OfdId,
        name: &'a Name,
    },
    Symlink {
        target: &'a OsStr,
        dir: OfdId,
        name: &'a Name,
    },
    CreateFile {
        dir: OfdId,
        name: &'a Name,
    },
    OpenFile {
        dir: OfdId,
        name: &'a Name,
        access: Access,
    },
    Read {
        file: OfdId,
        offset: u64,
        buf: &'a mut [u8],
    },
    WriteAt {
        file: OfdId,
        offset: u64,
        bytes: &'a [u8],
    },
    Copy {
        from: OfdId,
        to: OfdId,
    },
    CloneFile {
        from: OfdId,
        to: OfdId,
    },
    StatFile {
        file: OfdId,
    },
    SetMode {
        file: OfdId,
        mode: u32,
    },
    SetMtime {
        file: OfdId,
        mtime: SystemTime,
    },
    SyncFile {
        file: OfdId,
    },
    TryLock {
        file: OfdId,
        kind: LockKind,
    },
    Unlock {
        file: OfdId,
    },
    FsInfo {
        dir: OfdId,
    },
    Now,
    Pause {
        duration: Duration,
    },
    Random,
    BootId,
    Process,
    IsAlive {
        pid: u32,
    },
}

impl Op<'_> {
    /// The call for people: what is done, and to which name.
    #[cfg(feature = "sim")]
    pub(super) fn describe(&self) -> String {
        let kind = self.kind();
        match self {
            Op::OpenListing { .. } => "List (opens)".into(),
            Op::OpenDir { name, .. }
            | Op::CreateDir { name, .. }
            | Op::RemoveDir { name, .. }
            | Op::Stat { name, .. }
            | Op::RemoveFile { name, .. }
            | Op::ReadLink { name, .. }
            | Op::Symlink { name, .. }
            | Op::CreateFile { name, .. }
            | Op::OpenFile { name, .. } => format!("{kind:?} {name}"),
            Op::Rename { from, to, .. }
            | Op::RenameNew { from, to, .. }
            | Op::HardLink { from, to, .. } => format!("{kind:?} {from} -> {to}"),
            Op::TryLock { kind: lock, .. } => format!("{kind:?} {lock:?}"),
            _ => format!("{kind:?}"),
        }
    }
}

/// What comes out.
pub(crate) enum Ret {
    Unit,
    Open(OfdId),
    Entries(Vec<Entry>),
    /// A listing that failed before its end.
    SomeEntries(Vec<Entry>, Errno),
    Stat(Stat),
    Target(OsString),
    Bytes(u64),
    /// How much was read, and the whole content that it was read from.
    Read(usize, Arc<Vec<u8>>),
    Lock(TryLock),
    FsInfo(FsInfo),
    Time(SystemTime),
    Number(u32),
    BootId(Option<u128>),
    Process(Process),
    Alive(bool),
}

/// What a process learns from it: not which descriptor it got, because that depends on what others have open.
#[cfg(feature = "sim")]
impl std::hash::Hash for Ret {
    fn hash<H: std::hash::Hasher>(&self, hasher: &mut H) {
        std::mem::discriminant(self).hash(hasher);
        match self {
            Self::Unit | Self::Open(_) => {}
            Self::Entries(entries) => entries.hash(hasher),
            Self::SomeEntries(entries, errno) => (entries, errno).hash(hasher),
            Self::Stat(stat) => stat.hash(hasher),
            Self::Target(target) => target.hash(hasher),
            Self::Bytes(bytes) => bytes.hash(hasher),
            Self::Read(read, content) => (read, content).hash(hasher),
            Self::Lock(lock) => lock.hash(hasher),
            Self::FsInfo(info) => info.hash(hasher),
            Self::Time(time) => time.hash(hasher),
            Self::Number(number) => number.hash(hasher),
            Self::BootId(id) => id.hash(hasher),
            Self::Process(process) => process.hash(hasher),
            Self::Alive(is_alive) => is_alive.hash(hasher),
        }
    }
}

#[cfg(feature = "sim")]
impl Ret {
    /// What came out, for people.
    pub(crate) fn describe(result: &Result<Self, Errno>) -> String {
        let names = |entries: &[Entry]| {
            let names: Vec<_> = entries.iter().map(|entry| entry.name.to_string()).collect();
            names.join(" ")
        };
        match result {
            Ok(Self::Entries(entries)) => format!("[{}]", names(entries)),
            Ok(Self::SomeEntries(entries, errno)) => format!("[{}] {errno:?}", names(entries)),
            Ok(Self::Lock(lock)) => format!("{lock:?}"),
            Ok(Self::Bytes(bytes)) => format!("{bytes} bytes"),
            Ok(_) => "ok".into(),
            Err(Errno::Kind(kind)) => format!("{kind:?}"),
            Err(errno) => format!("{errno:?}"),
        }
    }
}

macro_rules! kinds {
    ($($kind:ident),* $(,)?) => {
        /// The kinds of calls: one for each method of [`Vfs`](crate::Vfs) but `path`, which is none.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "each is the method of its name")]
        pub enum OpKind { $($kind),* }

        impl OpKind {
            /// All of them, in the order of the trait.
            pub const ALL: [Self; [$(Self::$kind),*].len()] = [$(Self::$kind),*];
        }

        impl Op<'_> {
            pub(super) fn kind(&self) -> OpKind {
                match self {
                    $(Op::$kind { .. } => OpKind::$kind,)*
                    Op::OpenListing { .. } => OpKind::List,
                }
            }
        }
    };
}

kinds! {
    OpenDir, CreateDir, RemoveDir, List, SetDirMode, SyncDir, Stat, Rename, RenameNew, HardLink, RemoveFile,
    ReadLink, Symlink, CreateFile, OpenFile, Read, WriteAt, Copy, CloneFile, StatFile, SetMode, SetMtime,
    SyncFile, TryLock, Unlock, FsInfo, Now, Pause, Random, BootId, Process, IsAlive,
}

impl OpKind {
    /// Whether others could see that it was made.
    pub(super) fn changes_something(self) -> bool {
        !matches!(
            self,
            Self::OpenDir
                | Self::List
                | Self::Stat
                | Self::ReadLink
                | Self::OpenFile
                | Self::Read
                | Self::StatFile
                | Self::FsInfo
        ) && self.is_file_system()
    }

    /// Whether it is a call on the file system.
    pub fn is_file_system(self) -> bool {
        self < Self::Now
    }
}
