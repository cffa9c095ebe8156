//! Others who try to take a lock: a probe itself is one process.

use std::fmt;
use std::io;

use incrdir_vfs::{Name, TryLock};

/// Who is asked.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Who {
    /// Another process that uses the same directory.
    Process,
    /// A process that comes to it another way, with a path of its own.
    Way(String),
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Process => f.write_str("another process"),
            Self::Way(at) => write!(f, "a process that comes through `{at}`"),
        }
    }
}

/// Where a witness is to try: the file `file` in the directory `scratch` of the directory that is probed.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Ask<'a> {
    /// The scratch directory.
    pub scratch: &'a Name,
    /// The directory in it.
    pub dir: &'a Name,
    /// The lock file in that.
    pub file: &'a Name,
}

/// Somebody who tries to take an exclusive lock without waiting, and gives it up again at once.
pub struct Witness<'a> {
    pub(crate) who: Who,
    pub(crate) try_lock: Box<dyn FnMut(Ask<'_>) -> io::Result<TryLock> + 'a>,
}

impl<'a> Witness<'a> {
    /// Somebody who is asked by this function. `NotFound` from it says that the file is not there: then the way leads to
    /// another directory, and says nothing.
    pub fn new(who: Who, try_lock: impl FnMut(Ask<'_>) -> io::Result<TryLock> + 'a) -> Self {
        Self { who, try_lock: Box::new(try_lock) }
    }
}

impl fmt::Debug for Witness<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Witness").field(&self.who).finish()
    }
}
