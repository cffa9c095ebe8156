//! What goes wrong with sessions.

use std::io;
use std::path::PathBuf;

use incrdir_naming::{SessionName, TimestampError};

use crate::Rejection;
use crate::trail::MAX_DEPTH;

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
    /// A session that others are to start from could not be had, and that is not its own fault: the disk is full perhaps, or
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
    /// for one with too many files, `NotADirectory` for a session that was replaced, `AlreadyExists` for a unit of
    /// another spelling, `Unsupported` for a blind audit.
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
            Self::Replaced { .. } => io::ErrorKind::NotADirectory,
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
