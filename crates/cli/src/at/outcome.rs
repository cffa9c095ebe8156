//! What came of the attempt to show CMD its session in a namespace.

use std::io;

use crate::failure::Failure;

/// Of doing it for trial, before a session is begun.
pub(super) enum Rehearsal {
    /// It works, and if so, in a user namespace.
    Works { by_user: bool },
    /// There are no namespaces to be had, and why.
    Unavailable(String),
    /// Who has PATH.
    Busy(String),
    /// It was killed, so that nothing is known.
    Killed,
}

/// Of a program that could not be run.
pub(crate) enum NotRun {
    /// It could not be executed.
    Program(io::Error),
    /// It could not be shown its session where it was asked for.
    Place(Failure),
}

impl From<io::Error> for NotRun {
    fn from(error: io::Error) -> Self {
        Self::Program(error)
    }
}
