//! The outcome of a trial.

use std::io::{self, ErrorKind};

/// What was found, or why it was not.
pub type Trial<T = bool> = Result<T, Untried>;

/// Why something was not found out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Untried {
    /// A call failed, in a way that says nothing about what was to be found out.
    #[error(transparent)]
    Failed(#[from] incrdir_vfs::Error),
    /// The file system does not tell.
    #[error("the file system does not tell")]
    NotTold,
    /// There is no scratch directory to try it in.
    #[error("nothing can be made here to try it with")]
    NoScratch,
    /// The probe was told to stop before: see [`Vfs::is_stopped`](incrdir_vfs::Vfs::is_stopped).
    #[error("interrupted before")]
    Stopped,
    /// What would show it is lacking.
    #[error("it takes {0}, which are lacking")]
    Lacking(&'static str),
    /// Whoever was asked did not answer.
    #[error("nobody answers")]
    NoAnswer(#[source] io::Error),
}

impl Untried {
    /// The kind of the cause; `Other` where no call failed.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Failed(error) => error.kind(),
            Self::NoAnswer(error) => error.kind(),
            Self::Stopped => ErrorKind::Interrupted,
            _ => ErrorKind::Other,
        }
    }
}

/// What file systems say to what they do not have.
pub(crate) fn is_lacking(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::Unsupported | ErrorKind::PermissionDenied)
}
