//! Why a call fails.

use std::io::{self, ErrorKind};

/// Why a call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Errno {
    /// As the standard library names it.
    Kind(ErrorKind),
    /// The process is dead.
    Killed,
    /// There are no descriptors left.
    TooManyOpenFiles,
    /// Something is mounted under the name.
    Mounted,
    /// One that the standard library has no kind for, by its name.
    Other(&'static str),
}

impl From<ErrorKind> for Errno {
    fn from(kind: ErrorKind) -> Self {
        Self::Kind(kind)
    }
}

impl From<Errno> for io::Error {
    fn from(errno: Errno) -> Self {
        match errno {
            Errno::Kind(kind) => kind.into(),
            Errno::Killed => Self::other("the process was killed"),
            Errno::Mounted => crate::error::mounted(),
            Errno::TooManyOpenFiles => Self::other("too many open files"),
            Errno::Other(name) => Self::other(name),
        }
    }
}
