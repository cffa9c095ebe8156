//! What goes wrong with lock files, apart from being busy.

use std::io;
use std::path::PathBuf;

use incrdir_vfs::{Name, Vfs};

/// A surprise while locking.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file system under the lock file has no locks, or its lock service is down.
    #[error(
        "cannot lock `{}`: the file system ({fs}) has no working file locks; \
         put the cache on a local file system, or give every process a directory of its own",
        path.display()
    )]
    #[non_exhaustive]
    Unsupported {
        /// The lock file.
        path: PathBuf,
        /// The file system's name.
        fs: String,
        /// What the system said.
        source: io::Error,
    },
    /// Something that is not a regular file stands under the name of a lock file.
    #[error("`{}` is not a regular file, so it cannot be a lock file; remove it by hand", path.display())]
    #[non_exhaustive]
    NotAFile {
        /// What was found.
        path: PathBuf,
    },
    /// A call failed.
    #[error(transparent)]
    Io(#[from] incrdir_vfs::Error),
}

impl Error {
    /// The kind of the cause; `Unsupported` where there are no locks, `InvalidInput` for what is no file.
    pub fn kind(&self) -> io::ErrorKind {
        match self {
            Self::Unsupported { .. } => io::ErrorKind::Unsupported,
            Self::NotAFile { .. } => io::ErrorKind::InvalidInput,
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

/// For `map_err` of a lock attempt: says so where there are no locks at all.
pub(crate) fn lock_failed<'a, V: Vfs>(
    vfs: &'a V,
    dir: &'a V::Dir,
    name: &'a Name,
) -> impl FnOnce(io::Error) -> Error + 'a {
    move |source| {
        let path = vfs.path(dir).join(name);
        if source.kind() == io::ErrorKind::Unsupported {
            let fs =
                vfs.fs_info(dir).map_or_else(|_| "unknown".into(), |info| info.name.into_owned());
            Error::Unsupported { path, fs, source }
        } else {
            incrdir_vfs::Error::new("lock", path, source).into()
        }
    }
}
