//! The directory name of a session.

use core::fmt;

use crate::{Hash, Key};

/// Whether a session is still being written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
// Exhaustive: the format of the name knows these two.
pub enum State {
    /// Private to its writer.
    Working,
    /// Complete, with this content hash.
    Published(Hash),
}

impl State {
    /// `working` also reads as an old hash of seven digits, but never is one.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        match bytes {
            b"working" => Some(Self::Working),
            hash => Hash::parse(hash).map(Self::Published),
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Working => f.write_str("working"),
            Self::Published(hash) => hash.fmt(f),
        }
    }
}

/// The directory name of a session: `s-{time}-{random}-working` or `s-{time}-{random}-{hash}`.
///
/// ```
/// use incrdir_naming::{Hash, Key, SessionName, Timestamp};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let key = Key::new(Timestamp::from_micros(1_761_470_609_925_739)?, 1);
/// assert_eq!(key.working().to_string(), "s-hce0fdbqzv-0000001-working");
///
/// let published = key.published(Hash::new(36));
/// assert_eq!(published.to_string(), "s-hce0fdbqzv-0000001-0000000000000000000000010");
/// assert_eq!(published.to_string().parse::<SessionName>()?, published);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
// Exhaustive: the format of the name has these two parts.
pub struct SessionName {
    /// The session's identity.
    pub key: Key,
    /// Whether it is still being written.
    pub state: State,
}

impl SessionName {
    /// Whether the session is complete.
    pub fn is_published(&self) -> bool {
        matches!(self.state, State::Published(_))
    }
}

impl fmt::Display for SessionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s-{}-{}", self.key, self.state)
    }
}

impl Key {
    /// The name of the session while it is being written.
    pub fn working(self) -> SessionName {
        SessionName { key: self, state: State::Working }
    }

    /// The name of the session once it is published with this content hash.
    pub fn published(self, hash: Hash) -> SessionName {
        SessionName { key: self, state: State::Published(hash) }
    }
}
