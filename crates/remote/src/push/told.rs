//! How a session is pushed, and what is told of it.

use std::collections::BTreeSet;

/// How a session is pushed.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct PushOptions {
    /// Name and version of the program, for people.
    pub program: String,
    /// How hard to compress: 1 to 19, zstd's levels. Default: 3.
    pub level: i32,
    /// Keys of objects that are not relied upon, because a pull has found them damaged ([`Unfit::Damaged`](crate::Unfit::Damaged)): what is in them is
    /// sent anew. Default: none.
    pub damaged: BTreeSet<String>,
}

impl PushOptions {
    /// The defaults.
    pub fn new(program: impl Into<String>) -> Self {
        Self { program: program.into(), level: 3, damaged: BTreeSet::new() }
    }

    /// Sets [`level`](Self::level).
    pub fn level(self, level: i32) -> Self {
        Self { level: level.clamp(1, 19), ..self }
    }

    /// Sets [`damaged`](Self::damaged).
    pub fn damaged(self, damaged: BTreeSet<String>) -> Self {
        Self { damaged, ..self }
    }
}

// Exhaustive: it was there, or it is now.
/// What came of a push.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pushed {
    /// The session was there already.
    Before,
    /// It is there now.
    Now(Sent),
}

/// What was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Sent {
    /// Files in the session.
    pub files: u64,
    /// How many of them were in the store already.
    pub known: u64,
    /// Objects that were sent.
    pub objects: u64,
    /// Bytes that were sent, compressed, the manifest included.
    pub bytes: u64,
    /// Bytes that these were before they were compressed.
    pub whole: u64,
}

/// How far a push or a pull has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Moved {
    /// Bytes of files that were dealt with.
    pub done: u64,
    /// Bytes of files that are to be sent or fetched.
    pub total: u64,
}
