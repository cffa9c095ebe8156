//! What goes wrong with sessions, and why one is not used.
//!
//! These types are in one file because they contain each other: an error may be that a session was rejected, and a session
//! may be rejected because of an error.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::{fmt, io};

use incrdir_naming::{EntryName, SessionName, TimestampError, UnitName};
use incrdir_record::MAX_DEPTH;

/// A session, or a look at one, failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A lock file could not be made, opened or locked; `Unsupported` where there are no locks.
    #[error(transparent)]
    Lock(#[from] incrdir_lockfs::Error),
    /// A call failed.
    #[error(transparent)]
    Io(#[from] incrdir_vfs::Error),
    /// The clock is out of what names can hold.
    #[error("cannot name a new session in `{}`", unit.display())]
    Timestamp {
        /// The unit.
        unit: PathBuf,
        /// What is wrong with the clock.
        source: TimestampError,
    },
    /// Every name was taken, or the unit was removed, again and again.
    #[error(
        "cannot begin a session in `{}`: it was removed, or its names were taken, {attempts} times in a row; \
         is something else deleting this directory?",
        unit.display()
    )]
    Contended {
        /// The unit.
        unit: PathBuf,
        /// How often it was tried.
        attempts: usize,
    },
    /// No free name was left for a tombstone.
    #[error("cannot condemn `{}`: all of its tombstone names are taken; collect this unit", path.display())]
    NoTombstone {
        /// The session.
        path: PathBuf,
    },
    /// A session that others are to start from was not available, and that is not its own fault: the disk is full perhaps, or
    /// there are too few descriptors. A new session would start from an older one, or from nothing.
    #[error(
        "cannot start from {session}; free what is missing and try again, or choose to start without it (`--or-cold`)"
    )]
    Source {
        /// Which.
        session: SessionName,
        /// Why.
        source: Box<Rejection>,
        /// The kind of the cause.
        kind: io::ErrorKind,
    },
    /// The one session that was to be started from ([`BeginOptions::only`](crate::BeginOptions::only)) cannot be used.
    #[error("cannot start from `{}`", path.display())]
    NotThisOne {
        /// Where it is, or was.
        path: PathBuf,
        /// Why.
        source: Box<Rejection>,
    },
    /// The directory of a session was replaced by something that cannot be published in its place.
    #[error(
        "`{}` is not the directory that the session was begun with, but {found}; change what is in the directory, or \
         put a directory of your own in its place",
        path.display()
    )]
    Replaced {
        /// The session.
        path: PathBuf,
        /// What has its name now.
        found: &'static str,
    },
    /// Something else than a directory has the name of a unit.
    #[error("cannot open unit `{}`: it is {found}", path.display())]
    NotAUnit {
        /// The unit.
        path: PathBuf,
        /// What has its name, and what to do.
        found: &'static str,
    },
    /// On this file system, where case does not count, a unit has the same name in another spelling.
    #[error(
        "`{}` is the unit `{listed}` here, because this file system takes both for one name; use that spelling, or \
         another name",
        path.display()
    )]
    Spelling {
        /// The unit, as it was asked for.
        path: PathBuf,
        /// As it is listed.
        listed: String,
    },
    /// An audit by length and time was asked for where those do not show every change.
    #[error(
        "cannot audit `{}` by attributes: on {fs} a file can change without its times; record digests and audit those \
         (`--digests --audit digests`)",
        unit.display()
    )]
    BlindAudit {
        /// The unit.
        unit: PathBuf,
        /// The file system.
        fs: String,
    },
    /// Directories are nested too deep to be taken over.
    #[error("`{}` is nested deeper than {MAX_DEPTH} directories", path.display())]
    TooDeep {
        /// The directory that was one too many.
        path: PathBuf,
    },
    /// There are too many files to be recorded.
    #[error("the list of files of `{}` takes more than 256 MiB; publish it without a record", path.display())]
    TooMany {
        /// The session.
        path: PathBuf,
    },
}

impl Error {
    /// The kind of the cause. `InvalidData` for a stamp out of range, `ResourceBusy` for contention,
    /// `AlreadyExists` where no tombstone name is left, `InvalidInput` for a tree too deep, `FileTooLarge`
    /// for one with too many files, `NotADirectory` for a session that was replaced and for
    /// what is not a unit, `AlreadyExists` for a unit of
    /// another spelling, `Unsupported` for a blind audit.
    /// Of a session that was wanted: `ResourceBusy` if it is in use, `NotFound` if it is gone, `InvalidData`
    /// if it is not what was published.
    pub fn kind(&self) -> io::ErrorKind {
        match self {
            Self::Lock(error) => error.kind(),
            Self::Io(error) => error.kind(),
            Self::Timestamp { .. } => io::ErrorKind::InvalidData,
            Self::Contended { .. } => io::ErrorKind::ResourceBusy,
            Self::NoTombstone { .. } => io::ErrorKind::AlreadyExists,
            Self::TooDeep { .. } => io::ErrorKind::InvalidInput,
            Self::TooMany { .. } => io::ErrorKind::FileTooLarge,
            Self::Source { kind, .. } => *kind,
            Self::Replaced { .. } | Self::NotAUnit { .. } => io::ErrorKind::NotADirectory,
            Self::NotThisOne { source, .. } => source.kind(),
            Self::Spelling { .. } => io::ErrorKind::AlreadyExists,
            Self::BlindAudit { .. } => io::ErrorKind::Unsupported,
        }
    }
}

impl From<Error> for io::Error {
    /// Keeps the kind of the cause.
    fn from(error: Error) -> Self {
        Self::new(error.kind(), error)
    }
}

/// A published session that was seen and not used.
#[derive(Debug)]
#[non_exhaustive]
pub struct Rejected {
    /// Which.
    pub session: SessionName,
    /// The unit that it is in, if that is not the one that was asked for.
    pub unit: Option<UnitName>,
    /// Why.
    pub why: Rejection,
}

/// Why a published session was not used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Rejection {
    /// Its lock is held exclusively: it is being published or collected.
    #[error("in use")]
    Busy,
    /// It was collected after it had been listed.
    #[error("collected meanwhile")]
    Gone,
    /// It could not be locked or opened.
    #[error(transparent)]
    Unavailable(#[from] Error),
    /// It is not what was published, or nothing can tell.
    #[error("it is not what was published{}", told(quarantine))]
    Untrusted {
        /// What is wrong.
        #[source]
        why: Box<Distrust>,
        /// What happened to it, if it is damaged.
        quarantine: Option<Box<Quarantine>>,
    },
    /// The caller does not want it ([`BeginOptions::refused`](crate::BeginOptions::refused)).
    #[error("refused by the caller")]
    Refused,
    /// Its files could not be taken over.
    #[error(transparent)]
    Seed(#[from] SeedError),
}

impl Rejection {
    /// The kind of the cause, for a caller who wants this session and no other.
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Busy => ErrorKind::ResourceBusy,
            Self::Gone => ErrorKind::NotFound,
            Self::Unavailable(error) => error.kind(),
            Self::Seed(SeedError::Io(error)) => error.kind(),
            Self::Refused => ErrorKind::InvalidInput,
            Self::Untrusted { .. } | Self::Seed(_) => {
                self.failure().unwrap_or(ErrorKind::InvalidData)
            }
        }
    }

    /// The kind of what kept a session from being used that is not the session's own fault: a session that is begun without it loses
    /// it for no reason.
    pub(crate) fn failure(&self) -> Option<ErrorKind> {
        let kind = match self {
            Self::Unavailable(error) => error.kind(),
            Self::Seed(SeedError::Io(error)) => error.kind(),
            Self::Untrusted { why, .. } => match &**why {
                Distrust::Io(error) => error.kind(),
                Distrust::Listing(error) => error.kind(),
                _ => return None,
            },
            _ => return None,
        };
        // What it should hold is not there (on a network file system, deleted on another host), or is something else than
        // what its record says.
        let is_its_own = matches!(
            kind,
            ErrorKind::NotFound
                | ErrorKind::StaleNetworkFileHandle
                | ErrorKind::AlreadyExists
                | ErrorKind::NotADirectory
                | ErrorKind::IsADirectory
                | ErrorKind::InvalidInput
                | ErrorKind::InvalidData
                | ErrorKind::InvalidFilename
        );
        (!is_its_own).then_some(kind)
    }
}

/// What is said of a quarantine behind its reason.
fn told(quarantine: &Option<Box<Quarantine>>) -> String {
    match quarantine.as_deref() {
        Some(Quarantine::Done(name)) => format!("; quarantined as {name}"),
        Some(Quarantine::InPlace) => {
            "; it cannot be renamed here, so its record says that nobody is to use it".into()
        }
        Some(Quarantine::Busy) => "; left where it is, because it is in use".into(),
        Some(Quarantine::Failed(error)) => format!("; it could not be quarantined: {error}"),
        Some(Quarantine::Changed) | None => String::new(),
    }
}

/// Why a published session is not used, although it is available.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Distrust {
    /// It has no record, and that was not accepted.
    #[error("it has no record of its files")]
    Unrecorded,
    /// Its record was written by a newer version.
    #[error(
        "its record has version {version}, which this program does not know; update the program"
    )]
    Newer {
        /// The version.
        version: u8,
    },
    /// Its record is cut short, damaged, or another session's.
    #[error("its record is {what}")]
    BadRecord {
        /// In which way.
        what: &'static str,
    },
    /// It was found damaged, or is being deleted, and could not be renamed: its record says that nobody is to use it.
    #[error("its record says that it is not to be used: {reason}")]
    Forbidden {
        /// Why.
        reason: String,
    },
    /// It is not what its record says.
    #[error("`{}` {mismatch}", path.display())]
    Mismatch {
        /// The file, below the session.
        path: PathBuf,
        /// What is wrong with it.
        mismatch: Mismatch,
    },
    /// It is a copy, or that cannot be told, and it is not what its record says. It is left alone.
    #[error(
        "it was copied or restored after it had been published, and `{}` {mismatch}; \
         `incrdir verify --accept-moved` takes it as it is",
        path.display()
    )]
    Moved {
        /// The file, below the session.
        path: PathBuf,
        /// What is different.
        mismatch: Mismatch,
    },
    /// The machine was rebooted since, or the file system mounted, and this file system tells nothing that could be
    /// relied on.
    #[error(
        "the machine was rebooted or the file system mounted since, and without digests nothing tells whether files \
         on {fs} are whole"
    )]
    Unknowable {
        /// The file system.
        fs: String,
    },
    /// Its record says that there is something that is not available.
    #[error(transparent)]
    Lacking(SeedError),
    /// It could not be looked at.
    #[error(transparent)]
    Io(#[from] incrdir_vfs::Error),
    /// It could not be listed.
    #[error(transparent)]
    Listing(#[from] Error),
}

/// How something differs from its record.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mismatch {
    /// It is not there.
    Missing,
    /// It is there and not in the record.
    Extra,
    /// It is something else, a directory perhaps.
    Kind,
    /// It has another length.
    Length {
        /// What the record says.
        recorded: u64,
        /// What it has.
        found: u64,
    },
    /// It was written to at another time.
    Time,
    /// It is another file.
    File,
    /// It has another content.
    Content,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("is missing"),
            Self::Extra => f.write_str("is not in its record"),
            Self::Kind => f.write_str("is of another kind than recorded"),
            Self::Length { recorded, found } => {
                write!(f, "has {found} bytes where {recorded} are recorded")
            }
            Self::Time => f.write_str("was written to after it had been recorded"),
            Self::File => f.write_str("is another file than the one recorded"),
            Self::Content => f.write_str("has another content than recorded"),
        }
    }
}

impl Distrust {
    /// Whether the session is known to be damaged, and not only unknown.
    pub fn is_damage(&self) -> bool {
        matches!(self, Self::Mismatch { .. } | Self::BadRecord { .. } | Self::Lacking(_))
    }
}

/// A source could not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SeedError {
    /// A call failed.
    #[error(transparent)]
    Io(#[from] incrdir_vfs::Error),
    /// Clones were asked for and are not available.
    #[error("{cause}; use the seed mode `auto` to copy instead")]
    CannotClone {
        /// What failed.
        cause: incrdir_vfs::Error,
    },
    /// A file gave fewer bytes than it has.
    #[error("copied {copied} of {len} bytes of `{}`", path.display())]
    Short {
        /// The file.
        path: PathBuf,
        /// Bytes copied.
        copied: u64,
        /// Bytes it has.
        len: u64,
    },
    /// Somebody else took it meanwhile, because locks do not exclude everybody here.
    #[error(
        "{session} was taken by somebody else: locks do not keep everybody out on this file system"
    )]
    Overtaken {
        /// The source.
        session: SessionName,
    },
    /// The record has a name that this platform cannot spell.
    #[error("`{}` has an entry that cannot be named here: {name:?}", dir.display())]
    Unspeakable {
        /// The directory.
        dir: PathBuf,
        /// The name, as far as it can be shown.
        name: String,
    },
}

impl SeedError {
    /// Whether something that should be there is not.
    pub(crate) fn is_missing(&self) -> bool {
        matches!(self, Self::Io(error) if error.kind() == ErrorKind::NotFound)
    }
}

// Exhaustive: whoever reports one says what happened to the session.
/// What happened to a session that failed its check.
#[derive(Debug)]
pub enum Quarantine {
    /// It has this name now, and its record says why.
    Done(EntryName),
    /// It cannot be renamed on this file system. Its record says why nobody is to use it, and it is collected as any other.
    InPlace,
    /// Somebody holds it: it is still there, and is not used.
    Busy,
    /// It passed when it was checked again, or is gone.
    Changed,
    /// It could not be checked again or renamed, and is still there.
    Failed(Error),
}
