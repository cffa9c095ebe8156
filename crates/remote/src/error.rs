//! What can go wrong.

use std::io;

use incrdir_vfs::RelPath;

use crate::{ScopeError, SealError, StoreError};

/// A push, a pull or a collection failed. What was done until then harms nobody: a later collection removes it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A call of the store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The object that was to be made is there and has another content, although its name was drawn at random.
    #[error(
        "`{key}` is in the store already, with another content: somebody writes there who does not know incrdir"
    )]
    Taken {
        /// Its key.
        key: String,
    },
    /// The store's clock could not be told.
    #[error(
        "the store does not list `{key}`, which was just written: it cannot be said what time it is there"
    )]
    NoClock {
        /// The key that shows the time.
        key: String,
    },
    /// A file of the session is not what was published.
    #[error("`{path}` is not what was published: run `incrdir verify` on the cache")]
    Changed {
        /// Its path below the session.
        path: RelPath,
    },
    /// Something in the session cannot be sent.
    #[error("`{path}` cannot be sent: {why}")]
    Unsendable {
        /// Its path below the session.
        path: String,
        /// Why.
        why: &'static str,
    },
    /// The session has no record, so nothing tells what is in it.
    #[error(
        "the session has no list of its files, so nothing tells whether it is whole: publish it with incrdir"
    )]
    Unrecorded,
    /// The session has more files than a manifest can name.
    #[error(
        "the session has too many files: one that can be pulled has at most 1,048,576 files and directories, 256 MiB of paths, and a manifest of 64 MiB"
    )]
    TooManyFiles,
    /// The push took longer than half of the grace, again and again.
    #[error(
        "the push took longer than half of the grace, {rounds} times: the store is too slow for so much"
    )]
    TooSlow {
        /// How often it was begun.
        rounds: usize,
    },
    /// A collection deleted objects meanwhile that the push relied on, so its manifest was taken back.
    #[error(
        "a collection was faster: what the session relies on is being deleted, and it was taken back; push again"
    )]
    Overtaken,
    /// A manifest cannot be read, so it cannot be told which objects it names.
    #[error("nothing was deleted: `{key}` cannot be read, so nothing tells which objects it needs")]
    Unreadable {
        /// Its key.
        key: String,
        /// Why.
        source: SealError,
    },
    /// More would be deleted than the caller allows.
    #[error(
        "nothing was deleted: {percent} % of what is stored would be, and at most {allowed} % may be"
    )]
    TooMuch {
        /// Of the bytes in the store.
        percent: u64,
        /// The most that may be deleted.
        allowed: u8,
    },
    /// A file could not be read or written.
    #[error(transparent)]
    Io(#[from] incrdir_vfs::Error),
    /// The session could not be begun or published.
    #[error(transparent)]
    Session(#[from] incrdir_session::Error),
}

impl Error {
    /// The kind of the cause.
    pub fn kind(&self) -> io::ErrorKind {
        match self {
            Self::Store(error) => error.kind(),
            Self::Io(error) => error.kind(),
            Self::Session(error) => error.kind(),
            Self::Taken { .. } => io::ErrorKind::AlreadyExists,
            Self::Changed { .. } | Self::Unrecorded | Self::Unreadable { .. } => {
                io::ErrorKind::InvalidData
            }
            Self::Unsendable { .. } | Self::TooManyFiles => io::ErrorKind::Unsupported,
            Self::TooSlow { .. } => io::ErrorKind::TimedOut,
            _ => io::ErrorKind::Other,
        }
    }
}

/// Why what a manifest says is refused: nothing of it is written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Hostile {
    /// It is no manifest that can be read.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// A name that cannot be one.
    #[error("it has the name {0:?}, which leads elsewhere or cannot be a name here")]
    Name(String),
    /// One name twice, or more names than a directory has.
    #[error("it has the name {0:?} twice in one directory")]
    Twice(String),
    /// Directories without end.
    #[error("its directory {0:?} is nested too deep")]
    Deep(String),
    /// Long names of directories with very many files in them.
    #[error("its paths have together more than 256 MiB")]
    Paths,
    /// A link that leads out of the session, or may.
    #[error("its link {path:?} is refused: {why}")]
    Link {
        /// Its path.
        path: String,
        /// Why.
        why: &'static str,
    },
    /// Lengths that do not agree with each other.
    #[error("the lengths of {0:?} contradict each other")]
    Lengths(String),
    /// An object that is larger than any may be, or empty, or nowhere.
    #[error("its object {0} has an impossible length or place")]
    Object(String),
    /// A scope that is none.
    #[error(transparent)]
    Scope(ScopeError),
    /// More bytes than the caller takes.
    #[error("its files have {bytes} bytes, and at most {limit} are taken")]
    TooLarge {
        /// How many.
        bytes: u64,
        /// How many are taken.
        limit: u64,
    },
}

/// Why a session that is listed in the store is not pulled: an older one is tried then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Unfit {
    /// Nobody whom the caller trusts has signed it.
    #[error("it is not signed by a key that is trusted")]
    Unsigned,
    /// What its manifest says is refused.
    #[error(transparent)]
    Hostile(#[from] Hostile),
    /// It is said to be of the day after tomorrow: whatever is begun here from now on would seem older.
    #[error("it is more than a day ahead of the clock here: one of the two clocks is wrong")]
    Ahead,
    /// It was here, and was found to be bad: it is quarantined.
    #[error("it is quarantined here, because a program or a check found it to be bad")]
    PutAway,
    /// Its manifest was gone before it could be read.
    #[error("it was collected meanwhile")]
    Gone,
    /// An object that it needs is not there.
    #[error("`{0}` is missing")]
    Missing(String),
    /// An object does not hold what its name says.
    #[error("`{0}` is damaged: it does not hold what its name says")]
    Damaged(String),
    /// A file is not what the manifest says.
    #[error("`{0}` has another content than its manifest says")]
    Wrong(RelPath),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The session could not be made here.
    #[error(transparent)]
    Here(Box<Error>),
}
