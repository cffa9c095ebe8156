//! What a file system can do, as data.

use std::time::Duration;

/// Which locks a file system has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Locks {
    /// One per open file, as `flock(2)` and `LockFileEx` have them.
    PerOpenFile,
    /// Those that exclude on one host only, as some network mounts have them.
    PerHost,
    /// Those that are always granted, as some virtual machine mounts have them.
    AlwaysGranted,
    /// None: every attempt is `Unsupported`.
    Unsupported,
}

/// What a file system can do. Change single fields of [`posix`](Self::posix) or [`fat`](Self::fat).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Its name in [`FsInfo`](crate::FsInfo).
    pub name: &'static str,
    /// Names a file may have; 0: there are no hard links (`PermissionDenied`, as FAT says it).
    pub max_links: u64,
    /// Whether files can be cloned.
    pub clones: bool,
    /// Whether there are symbolic links (else `PermissionDenied`).
    pub symlinks: bool,
    /// Whether there are permission bits (else `PermissionDenied`).
    pub modes: bool,
    /// Whether it can refuse to replace when it renames (else `Unsupported`).
    pub rename_new: bool,
    /// Whether `A` and `a` are one name. The spelling is kept.
    pub folds_case: bool,
    /// Steps in which times are kept.
    pub time_step: Duration,
    /// Bytes a name may have.
    pub max_name: usize,
    /// Whether the inode numbers of a listing are true; else every entry has the same.
    pub listed_inodes_are_true: bool,
    /// Whether inode numbers, times and ctimes can be relied on after the machine was started again.
    pub ids_outlive_boots: bool,
    /// Which locks there are.
    pub locks: Locks,
    /// Whether nothing can be changed (`ReadOnlyFilesystem`).
    pub read_only: bool,
    /// Bytes of content that fit on it (else `StorageFull`).
    pub capacity: u64,
    /// Files and directories that one process may have open.
    pub fd_limit: usize,
}

impl Profile {
    /// A local file system as Linux has them: all but clones.
    pub const fn posix() -> Self {
        Self {
            name: "mem-posix",
            max_links: 65_000,
            clones: false,
            symlinks: true,
            modes: true,
            rename_new: true,
            folds_case: false,
            time_step: Duration::from_nanos(1),
            max_name: 255,
            listed_inodes_are_true: true,
            ids_outlive_boots: true,
            locks: Locks::PerOpenFile,
            read_only: false,
            capacity: u64::MAX,
            fd_limit: 1024,
        }
    }

    /// A FAT-like one: no links of either kind, no permissions, one case, times of two seconds.
    pub const fn fat() -> Self {
        Self {
            name: "mem-fat",
            max_links: 0,
            symlinks: false,
            modes: false,
            folds_case: true,
            time_step: Duration::from_secs(2),
            listed_inodes_are_true: false,
            ids_outlive_boots: false,
            ..Self::posix()
        }
    }
}
