//! What goes wrong with sessions.

use std::io;
use std::path::PathBuf;

use incrdir_naming::TimestampError;

use crate::seed::MAX_DEPTH;

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
    /// for one with too many files.
    pub fn kind(&self) -> io::ErrorKind {
        match self {
            Self::Lock(error) => error.kind(),
            Self::Io(error) => error.kind(),
            Self::Timestamp { .. } => io::ErrorKind::InvalidData,
            Self::Contended { .. } => io::ErrorKind::ResourceBusy,
            Self::NoTombstone { .. } => io::ErrorKind::AlreadyExists,
            Self::TooDeep { .. } => io::ErrorKind::InvalidInput,
            Self::TooMany { .. } => io::ErrorKind::FileTooLarge,
        }
    }
}

impl From<Error> for io::Error {
    /// Keeps the kind of the cause.
    fn from(error: Error) -> Self {
        Self::new(error.kind(), error)
    }
}
