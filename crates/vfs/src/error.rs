//! An operation that failed, and on what.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::{Name, Vfs};

/// A call that failed: which one, on which path, and why.
///
/// The cause is the [`source`](std::error::Error::source), so it is not repeated in the text.
#[derive(Debug, thiserror::Error)]
#[error("cannot {operation} `{}`", path.display())]
pub struct Error {
    operation: &'static str,
    path: PathBuf,
    source: io::Error,
}

impl Error {
    /// Names the operation (as a verb: `open directory`) and the path it was tried on.
    pub fn new(operation: &'static str, path: impl Into<PathBuf>, source: io::Error) -> Self {
        Self { operation, path: path.into(), source }
    }

    /// The operation, as a verb.
    pub fn operation(&self) -> &'static str {
        self.operation
    }

    /// The path it was tried on.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The kind of the cause.
    pub fn kind(&self) -> io::ErrorKind {
        self.source.kind()
    }
}

impl From<Error> for io::Error {
    /// Keeps the kind of the cause.
    fn from(error: Error) -> Self {
        Self::new(error.kind(), error)
    }
}

/// An error with all its causes, in one line: for messages, and for what is told of errors that nobody is given. A cause that
/// only repeats the end of what is before it is left out.
#[derive(Debug, Clone, Copy)]
// Exhaustive: whoever shows an error makes one.
pub struct Chain<'a>(pub &'a (dyn std::error::Error + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = self.0.to_string();
        for cause in std::iter::successors(self.0.source(), |cause| cause.source()) {
            let said = cause.to_string();
            if !text.ends_with(&said) {
                text.push_str(": ");
                text.push_str(&said);
            }
        }
        f.write_str(&text)
    }
}

/// What is said of a name under which something is mounted: `CrossesDevices`, with the remedy.
pub fn mounted() -> io::Error {
    let what = "something is mounted there, and no mount is entered; unmount it and try again";
    io::Error::new(io::ErrorKind::CrossesDevices, what)
}

/// For `map_err`: says which operation failed on which name of which directory.
pub fn failed<'a, V: Vfs>(
    vfs: &'a V,
    operation: &'static str,
    dir: &'a V::Dir,
    name: &'a Name,
) -> impl FnOnce(io::Error) -> Error + 'a {
    move |source| Error::new(operation, vfs.path(dir).join(name), source)
}
