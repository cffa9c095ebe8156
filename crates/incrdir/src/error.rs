//! What goes wrong.

use std::io;
use std::path::PathBuf;

use incrdir_naming::NameError;
use incrdir_session::Stranger;

/// Something could not be done. The text says what and where; why is its [`source`](std::error::Error::source):
///
/// ```
/// use std::error::Error;
///
/// let error = incrdir::Cache::open("/dev/null/cache").unwrap_err();
/// let mut text = error.to_string();
/// let mut cause = error.source();
/// while let Some(error) = cause {
///     text += &format!(": {error}");
///     cause = error.source();
/// }
/// assert!(text.starts_with("cannot create cache `/dev/null/cache`"), "{text}");
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The root of a cache is something else than a directory.
    #[error("cannot use `{}` as a cache: it is not a directory; give one, or a new name in a directory", path.display())]
    NotADirectory {
        /// The root.
        path: PathBuf,
    },
    /// The root of a cache is a symbolic link to nothing.
    #[error(
        "cannot use `{}` as a cache: it is a symbolic link that leads to no directory; make that, or remove the link",
        path.display()
    )]
    LeadsNowhere {
        /// The root.
        path: PathBuf,
    },
    /// The directory in which the root of a cache is to be made is missing.
    #[error("cannot create cache `{}`: its parent does not exist; make that first", path.display())]
    NoParent {
        /// The root.
        path: PathBuf,
    },
    /// The root of a cache could not be made.
    #[error("cannot create cache `{}`", path.display())]
    Create {
        /// The root.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The name of the root could not be made durable, and durability was asked for.
    #[error("cannot sync `{}`, which holds the new cache", parent.display())]
    SyncParent {
        /// The directory that holds the root.
        parent: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The root of a cache could not be opened.
    #[error("cannot open cache `{}`", path.display())]
    Open {
        /// The root.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The root or a unit is in the hands of somebody else: see [`Trust`](crate::Trust).
    #[error(
        "`{}` {stranger}, so that others could make this program write elsewhere with your rights; {}",
        path.display(),
        remedy(*stranger)
    )]
    Stranger {
        /// The directory.
        path: PathBuf,
        /// In whose hands.
        stranger: Stranger,
    },
    /// A pattern of [`exclude`](crate::Begin::exclude) or [`include`](crate::Begin::include) cannot be used.
    #[error(transparent)]
    Pattern(#[from] incrdir_session::PatternError),
    /// A unit cannot have this name.
    #[error("cannot use {name:?} as the name of a unit")]
    UnitName {
        /// The name.
        name: String,
        /// Why.
        source: NameError,
    },
    /// A path in a session is not one.
    #[error(transparent)]
    Path(#[from] incrdir_vfs::RelPathError),
    /// A session could not be begun, read or changed.
    #[error(transparent)]
    Session(#[from] incrdir_session::Error),
    /// A session could not be published as it was to be. It has been abandoned: to keep it, take it out of the
    /// [`PublishError`](crate::PublishError).
    #[error("{text}")]
    Publish {
        /// What could not be done, and where.
        text: String,
        /// Why.
        source: incrdir_session::Error,
    },
    /// A call failed.
    #[error(transparent)]
    Io(#[from] incrdir_vfs::Error),
}

fn remedy(stranger: Stranger) -> String {
    match stranger {
        Stranger::Owner(user) => format!("trust user {user}, or use a directory of your own"),
        _ => "take that right away (`chmod go-w`), share it with the sticky bit (`chmod +t`), or trust everybody".into(),
    }
}

impl Error {
    /// The kind of the cause. `NotADirectory`, `NotFound`, `PermissionDenied` for a stranger's directory, `InvalidInput` for a
    /// name that is none.
    pub fn kind(&self) -> io::ErrorKind {
        match self {
            Self::NotADirectory { .. } => io::ErrorKind::NotADirectory,
            Self::NoParent { .. } | Self::LeadsNowhere { .. } => io::ErrorKind::NotFound,
            Self::Create { source, .. }
            | Self::SyncParent { source, .. }
            | Self::Open { source, .. } => source.kind(),
            Self::Stranger { .. } => io::ErrorKind::PermissionDenied,
            Self::UnitName { .. } | Self::Pattern(_) | Self::Path(_) => io::ErrorKind::InvalidInput,
            Self::Session(error) | Self::Publish { source: error, .. } => error.kind(),
            Self::Io(error) => error.kind(),
        }
    }
}

impl From<Error> for io::Error {
    /// Keeps the kind of the cause.
    fn from(error: Error) -> Self {
        Self::new(error.kind(), error)
    }
}
