//! What a file system can do, as data.

use std::time::Duration;

use super::{Fault, OpKind, Placement};

/// Which locks a file system has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Locks {
    /// One per open file, as `flock(2)` and `LockFileEx` have them.
    PerOpenFile,
    /// Those that exclude on one host only, as some network mounts have them.
    PerHost,
    /// Those that are always granted, as some virtual machine mounts have them.
    AlwaysGranted,
    /// Those that mostly exclude: in the simulated world an attempt may overlook a holder, else none does.
    Sometimes,
    /// None: every attempt is `Unsupported`.
    Unsupported,
}

/// How the clock of a disk in memory goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Ticks {
    /// By a microsecond each time that anybody looks at it.
    Shared,
    /// For each process by a microsecond each time that it looks at it; for the disk not at all. So what a process
    /// sees says nothing about when others looked, and fewer states are different.
    Own,
    /// Not at all.
    Never,
}

/// What becomes of a file or directory that is removed while somebody has it open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RemoveOpen {
    /// Its name is gone at once.
    Gone,
    /// Its name stays until it is closed, and so does the directory that the name is in; whoever uses it meanwhile is refused
    /// (`PermissionDenied`). It counts as having no name.
    Pending,
    /// A file gets another name, `.nfs…`, until it is closed; a directory is gone at once.
    Renamed,
}

/// Whether files can be cloned, and by which call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Clones {
    /// None can: a new file cannot be filled, and is removed again.
    No,
    /// One that was made before is filled, as on Linux.
    IntoFile,
    /// The call makes the name, and gives the clone all that the original has, as on macOS.
    AsName,
}

/// What becomes of the two ways in which Unicode spells a letter with an accent: as one character, and as the letter and the
/// accent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Accents {
    /// They are two names.
    Distinct,
    /// They are one name, which is listed as it was given (APFS).
    Alike,
    /// They are one name, which is listed with letter and accent, however it was given (HFS+).
    Apart,
}

/// Whose files are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Owners {
    /// Of who made them, until they are given to somebody.
    Kept,
    /// Of who has mounted it, user 0, as Linux shows FAT.
    OfTheMount,
    /// Nobody's: the system knows no owners.
    None,
}

/// What a file system can do. Change single fields of one of those that are here.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Profile {
    /// Its name in [`FsInfo`](crate::FsInfo).
    pub name: &'static str,
    /// Names a file may have; 0: there are no hard links (`PermissionDenied`, as FAT says it).
    pub max_links: u64,
    /// Whether a link is a file of its own to the kernel, with an inode number and a lock of its own, as over FUSE where the
    /// server knows files by their paths. Here, its content is that of the other file when it was linked.
    pub links_are_files: bool,
    /// Whether files can be cloned, and how.
    pub clones: Clones,
    /// Whether there are symbolic links (else `PermissionDenied`).
    pub symlinks: bool,
    /// Whether there are permission bits (else `PermissionDenied`).
    pub modes: bool,
    /// Whether it can refuse to replace when it renames (else `Unsupported`).
    pub rename_new: bool,
    /// Whether a directory can be renamed while it, or something below it, is open (else `ResourceBusy`).
    pub renames_open: bool,
    /// Whether what came with the disk is a layer below: its directories cannot be renamed
    /// (`CrossesDevices`), and a file of it becomes another one when it is opened for writing.
    pub has_layers: bool,
    /// What becomes of a file that is removed while somebody has it open.
    pub remove_open: RemoveOpen,
    /// Whether `A` and `a` are one name. The spelling is kept.
    pub folds_case: bool,
    /// Whether the ways of spelling a letter with an accent are one name.
    pub accents: Accents,
    /// Steps in which times are kept.
    pub time_step: Duration,
    /// By how many seconds the clock of each host is ahead of that of the host before it; the disk has that of the
    /// first one.
    pub clock_skew: i32,
    /// Bytes a name may have.
    pub max_name: usize,
    /// Whether a listing says what its entries are.
    pub lists_kinds: bool,
    /// Whether the inode numbers of a listing are true; else every entry has the same.
    pub listed_inodes_are_true: bool,
    /// Whether files keep their inode numbers when it is mounted again. Otherwise they get those of others.
    pub ids_last: bool,
    /// Whether it says that no number is given again.
    pub ids_given_once: bool,
    /// Whether they keep their times. Otherwise those are cut to whole seconds.
    pub times_last: bool,
    /// Whether every change of a content moves the times. Otherwise a store through a shared mapping does not.
    pub times_tell_all: bool,
    /// Whether every change of the names in a directory moves its times. Otherwise none does.
    pub names_move_times: bool,
    /// Whether a change gets a later ctime than the one before if somebody has looked in between, however soon it
    /// comes. Otherwise two changes within one step of the clock have one ctime.
    pub fine_times: bool,
    /// Whether it is kept when something was made.
    pub keeps_birth: bool,
    /// Whether the inode number of what was removed is given again: a new file gets the lowest that is free.
    pub reuses_numbers: bool,
    /// Whether mounts have numbers.
    pub numbers_mounts: bool,
    /// Whose files are.
    pub owners: Owners,
    /// Whether there are extended attributes (else `Unsupported`).
    pub extended: bool,
    /// Which locks there are.
    pub locks: Locks,
    /// Whether a lock keeps others from reading and writing.
    pub locks_are_mandatory: bool,
    /// Whether the lock of a process that was killed outlives it for a while.
    pub locks_linger: bool,
    /// Whether a directory can be synced (else `Unsupported`).
    pub syncs_dirs: bool,
    /// Ways in which calls can fail here, besides those of [`Fault::of`].
    pub faults: &'static [(OpKind, Fault)],
    /// Whether nothing can be changed (`ReadOnlyFilesystem`).
    pub read_only: bool,
    /// Bytes of content that fit on it (else `StorageFull`).
    pub capacity: u64,
    /// Files, directories and links that it may have, the root included (else `StorageFull`).
    pub max_inodes: u64,
    /// Files and directories that one process may have open.
    pub fd_limit: usize,
}

macro_rules! setters {
    ($($field:ident: $type:ty),* $(,)?) => {
        /// A profile is changed field by field.
        impl Profile {$(
            #[doc = concat!("Sets [`", stringify!($field), "`](Self#structfield.", stringify!($field), ").")]
            #[must_use]
            pub fn $field(self, $field: $type) -> Self {
                Self { $field, ..self }
            }
        )*}
    };
}

setters!(
    name: &'static str,
    max_links: u64,
    links_are_files: bool,
    clones: Clones,
    symlinks: bool,
    modes: bool,
    rename_new: bool,
    renames_open: bool,
    has_layers: bool,
    remove_open: RemoveOpen,
    folds_case: bool,
    accents: Accents,
    time_step: Duration,
    clock_skew: i32,
    max_name: usize,
    lists_kinds: bool,
    listed_inodes_are_true: bool,
    ids_last: bool,
    ids_given_once: bool,
    times_last: bool,
    times_tell_all: bool,
    names_move_times: bool,
    fine_times: bool,
    keeps_birth: bool,
    reuses_numbers: bool,
    numbers_mounts: bool,
    owners: Owners,
    extended: bool,
    locks: Locks,
    locks_are_mandatory: bool,
    locks_linger: bool,
    syncs_dirs: bool,
    faults: &'static [(OpKind, Fault)],
    read_only: bool,
    capacity: u64,
    max_inodes: u64,
    fd_limit: usize,
);

const fn fault(errno: &'static str, placement: Placement) -> Fault {
    Fault { errno, placement }
}

/// A reply was lost, the request was sent again, and what answers is the second time; or the file was replaced
/// on another host.
const NETWORK_FAULTS: &[(OpKind, Fault)] = &[
    (OpKind::RemoveFile, fault("ESTALE", Placement::NotDone)),
    (OpKind::Stat, fault("ESTALE", Placement::NotDone)),
    (OpKind::OpenFile, fault("ESTALE", Placement::NotDone)),
    (OpKind::OpenDir, fault("ESTALE", Placement::NotDone)),
    (OpKind::List, fault("ESTALE", Placement::NotDone)),
    (OpKind::WriteAt, fault("EDQUOT", Placement::NotDone)),
];

/// Somebody, an indexer perhaps, has it open without sharing it.
const SHARING_FAULTS: &[(OpKind, Fault)] = &[
    (OpKind::OpenFile, fault("EBUSY", Placement::NotDone)),
    (OpKind::OpenDir, fault("EBUSY", Placement::NotDone)),
    (OpKind::HardLink, fault("EACCES", Placement::NotDone)),
];

/// What is passed to another machine's kernel and back.
const PASSED_FAULTS: &[(OpKind, Fault)] = &[
    (OpKind::CreateDir, fault("EIO", Placement::Done)),
    (OpKind::CreateFile, fault("EIO", Placement::Done)),
    (OpKind::SetMode, fault("EIO", Placement::Done)),
];

impl Profile {
    /// A local file system as Linux has them: all but clones.
    pub const fn posix() -> Self {
        Self {
            name: "mem-posix",
            max_links: 65_000,
            links_are_files: false,
            clones: Clones::No,
            symlinks: true,
            modes: true,
            rename_new: true,
            renames_open: true,
            has_layers: false,
            remove_open: RemoveOpen::Gone,
            folds_case: false,
            accents: Accents::Distinct,
            time_step: Duration::from_nanos(1),
            clock_skew: 0,
            max_name: 255,
            lists_kinds: true,
            listed_inodes_are_true: true,
            ids_last: true,
            ids_given_once: false,
            times_last: true,
            times_tell_all: true,
            names_move_times: true,
            fine_times: false,
            keeps_birth: true,
            reuses_numbers: false,
            numbers_mounts: true,
            owners: Owners::Kept,
            extended: true,
            locks: Locks::PerOpenFile,
            locks_are_mandatory: false,
            locks_linger: false,
            syncs_dirs: true,
            faults: &[],
            read_only: false,
            capacity: u64::MAX,
            max_inodes: u64::MAX,
            fd_limit: 1024,
        }
    }

    /// The same as close to ext4 as it gets: fine times, and numbers that are given again.
    pub const fn ext4() -> Self {
        Self { name: "mem-ext4", fine_times: true, reuses_numbers: true, ..Self::posix() }
    }

    /// One with small inodes: no room for more than seconds, and for when something was made.
    pub const fn ext3() -> Self {
        Self {
            name: "mem-ext3",
            time_step: Duration::from_secs(1),
            fine_times: false,
            keeps_birth: false,
            ..Self::ext4()
        }
    }

    /// One that is gone when the machine stops.
    pub const fn tmpfs() -> Self {
        Self {
            name: "mem-tmpfs",
            ids_last: false,
            times_last: false,
            times_tell_all: false,
            names_move_times: true,
            ..Self::posix()
        }
    }

    /// A FAT-like one: no links of either kind, no permissions, no owners, one case, times of two seconds.
    pub const fn fat() -> Self {
        Self {
            name: "mem-fat",
            max_links: 0,
            symlinks: false,
            modes: false,
            folds_case: true,
            time_step: Duration::from_secs(2),
            listed_inodes_are_true: false,
            ids_last: false,
            times_last: false,
            times_tell_all: false,
            names_move_times: false,
            owners: Owners::None,
            extended: false,
            ..Self::posix()
        }
    }

    /// One over FUSE that knows files by their paths, as sshfs and bindfs do: no rename that refuses to replace, and two
    /// names of a file are two files to the kernel. Its locks exclude whoever has the same mount.
    pub const fn fuse() -> Self {
        Self {
            name: "mem-fuse",
            rename_new: false,
            links_are_files: true,
            locks: Locks::PerHost,
            listed_inodes_are_true: false,
            ids_last: false,
            times_last: false,
            times_tell_all: false,
            names_move_times: false,
            keeps_birth: false,
            ..Self::posix()
        }
    }

    /// A network mount: no rename that refuses to replace, listings that tell little, files that get another
    /// name when they are removed while open, hosts with clocks of their own. Its locks exclude everybody.
    pub const fn nfs() -> Self {
        Self {
            name: "mem-nfs",
            rename_new: false,
            remove_open: RemoveOpen::Renamed,
            clock_skew: 40,
            lists_kinds: false,
            listed_inodes_are_true: false,
            ids_last: false,
            times_last: false,
            times_tell_all: false,
            names_move_times: false,
            keeps_birth: false,
            extended: false,
            faults: NETWORK_FAULTS,
            ..Self::posix()
        }
    }

    /// The same with locks that exclude on one host only.
    pub const fn nfs_with_local_locks() -> Self {
        Self { name: "mem-nfs-local-locks", locks: Locks::PerHost, ..Self::nfs() }
    }

    /// The same with locks that are always granted.
    pub const fn nfs_with_lying_locks() -> Self {
        Self { name: "mem-nfs-lying-locks", locks: Locks::AlwaysGranted, ..Self::nfs() }
    }

    /// One as Windows has it: what is open cannot be renamed or quite removed, locks are mandatory and linger,
    /// names have one case, directories cannot be synced, and when one was made says nothing.
    pub const fn windows() -> Self {
        Self {
            name: "mem-windows",
            max_links: 1023,
            modes: false,
            renames_open: false,
            remove_open: RemoveOpen::Pending,
            folds_case: true,
            time_step: Duration::from_nanos(100),
            ids_given_once: true,
            times_tell_all: false,
            names_move_times: false,
            keeps_birth: false,
            numbers_mounts: false,
            owners: Owners::None,
            extended: false,
            locks_are_mandatory: true,
            locks_linger: true,
            syncs_dirs: false,
            faults: SHARING_FAULTS,
            ..Self::posix()
        }
    }

    /// One as macOS has it: names of one case and of one spelling of accents, both kept as they were given; clones under new
    /// names; mounts without numbers.
    pub const fn apfs() -> Self {
        Self {
            name: "mem-apfs",
            clones: Clones::AsName,
            folds_case: true,
            accents: Accents::Alike,
            listed_inodes_are_true: false,
            ids_given_once: true,
            times_tell_all: false,
            names_move_times: false,
            keeps_birth: false,
            numbers_mounts: false,
            ..Self::posix()
        }
    }

    /// The one before it: names are listed with letters and accents apart, times are whole seconds, and nothing is cloned.
    pub const fn hfs() -> Self {
        Self {
            name: "mem-hfs",
            clones: Clones::No,
            accents: Accents::Apart,
            time_step: Duration::from_secs(1),
            ids_given_once: false,
            ..Self::apfs()
        }
    }

    /// A directory of the host in a virtual machine: locks that exclude mostly, errors of what was done.
    pub const fn virtiofs() -> Self {
        Self {
            name: "mem-virtiofs",
            lists_kinds: false,
            listed_inodes_are_true: false,
            ids_last: false,
            times_last: false,
            times_tell_all: false,
            names_move_times: false,
            locks: Locks::Sometimes,
            faults: PASSED_FAULTS,
            ..Self::posix()
        }
    }

    /// A writable layer above others: what came with them cannot be renamed, and becomes another file when it
    /// is opened for writing.
    pub const fn overlay() -> Self {
        Self {
            name: "mem-overlay",
            has_layers: true,
            listed_inodes_are_true: false,
            ids_last: false,
            times_last: false,
            times_tell_all: false,
            names_move_times: false,
            ..Self::posix()
        }
    }

    /// All that are here.
    pub const ALL: [Self; 11] = [
        Self::posix(),
        Self::tmpfs(),
        Self::fat(),
        Self::nfs(),
        Self::nfs_with_local_locks(),
        Self::nfs_with_lying_locks(),
        Self::windows(),
        Self::apfs(),
        Self::hfs(),
        Self::virtiofs(),
        Self::overlay(),
    ];

    /// Whether a lock that is granted keeps everybody else out.
    pub const fn locks_exclude_all(&self) -> bool {
        matches!(self.locks, Locks::PerOpenFile) && !self.has_layers
    }

    /// The ways in which a call of this kind can fail here.
    pub fn faults_of(&self, kind: OpKind) -> impl Iterator<Item = Fault> {
        let own = self.faults.iter().filter(move |(failing, _)| *failing == kind);
        Fault::of(kind).iter().copied().chain(own.map(|(_, fault)| *fault))
    }
}
