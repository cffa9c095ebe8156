//! What comes of filling a session ahead of time.

use incrdir_naming::SessionName;

use crate::Begun;

// Exhaustive: there is one, or there is none.
/// What came of filling a session ahead of time.
#[derive(Debug)]
pub enum Warmed {
    /// One was filled, and waits under this name.
    Now(SessionName, Box<Begun>),
    /// One was waiting already.
    Before(SessionName),
    /// None waits: whoever begins next fills its session itself.
    Not(Unwarmed),
}

/// Why no session was filled ahead of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unwarmed {
    /// The unit has nothing to start from, or nothing is to be started from.
    #[error("there is no published session to fill one from")]
    NothingPublished,
    /// Locks may not exclude everybody there, so a session whose lock is free may be somebody's.
    #[error("locks may not exclude everybody on this file system")]
    Locks,
    /// What changes in a session while it waits would not show: the times of files or directories do not tell it, the time at which a
    /// directory was made, the number of the mount or the boot id is missing, or a file that was to be linked had to be copied.
    #[error("on this file system nothing shows whether a session changes while it waits")]
    Unproven,
    /// The newest session has no record of its files.
    #[error("the newest session has no record of its files")]
    Unrecorded,
    /// The session that it was filled from was copied or restored, and is recorded anew when the next one is published.
    #[error(
        "the newest session was copied or restored, and the next one to be published settles that"
    )]
    Moved,
}
