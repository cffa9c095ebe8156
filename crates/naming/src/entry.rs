//! Names of our entries in a unit.

use core::fmt;
use core::str::FromStr;

use crate::{Key, NameError, SessionName, State, base36};

/// The name of an entry of ours in a unit's directory.
///
/// Every file name means at most one thing, and [`EntryName::classify`] and `Display` are exact inverses:
/// what was classified prints as the very bytes it was read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
// Exhaustive: whoever deletes by name has to decide about every kind of name, so a new one has to break the build.
pub enum EntryName {
    /// A session's directory: `s-{time}-{random}-working` or `s-{time}-{random}-{hash}`.
    Session(SessionName),
    /// A session's lock file: `s-{time}-{random}.lock`.
    Lock(Key),
    /// A lock file before it gets its final name: `l-{time}-{random}`.
    Birth(Key),
    /// A condemned directory: `d-{time}-{random}`, then `-{n}` unless the number is 0.
    Tombstone(Key, u32),
    /// A session that failed its check: `q-{time}-{random}`.
    Quarantined(Key),
    /// The lock file of a quarantined session: `q-{time}-{random}.lock`.
    QuarantineLock(Key),
    /// A pin: while this file exists, no collector of ours deletes the session. `p-{time}-{random}`.
    Pin(Key),
    /// The pin of the unit: while this file exists, neither age nor size makes a collector of ours delete what the retention of
    /// the unit keeps. `p-unit`.
    UnitPin,
}

/// The whole name of the pin of a unit.
const UNIT_PIN: &str = "p-unit";

impl EntryName {
    /// Reads a file name, as [`OsStr::as_encoded_bytes`] gives it; `None` means that it is foreign.
    ///
    /// A foreign name is one that does not parse completely. It belongs to another program: neither open
    /// nor delete what has it.
    ///
    /// ```
    /// use incrdir_naming::EntryName;
    ///
    /// let lock = EntryName::classify(b"s-hce0fdbqzv-1.lock").expect("a lock file");
    /// assert!(matches!(lock, EntryName::Lock(_)));
    /// assert_eq!(lock.to_string(), "s-hce0fdbqzv-1.lock");
    ///
    /// assert_eq!(EntryName::classify(b"s-notes"), None);
    /// assert_eq!(EntryName::classify(b"s-hce0fdbqzv-1.lock.gz"), None);
    /// ```
    ///
    /// [`OsStr::as_encoded_bytes`]: https://doc.rust-lang.org/std/ffi/struct.OsStr.html#method.as_encoded_bytes
    pub fn classify(name: &[u8]) -> Option<Self> {
        if name == UNIT_PIN.as_bytes() {
            return Some(Self::UnitPin);
        }
        let (&[kind, b'-'], rest) = name.split_first_chunk()? else { return None };
        let (stem, is_lock) = match rest.strip_suffix(b".lock") {
            Some(stem) => (stem, true),
            None => (rest, false),
        };
        let mut fields = stem.splitn(3, |&byte| byte == b'-');
        let key = Key::parse(fields.next()?, fields.next()?)?;
        match (kind, fields.next(), is_lock) {
            (b's', Some(state), false) => {
                Some(Self::Session(SessionName { key, state: State::parse(state)? }))
            }
            (b's', None, true) => Some(Self::Lock(key)),
            (b'l', None, false) => Some(Self::Birth(key)),
            (b'd', None, false) => Some(Self::Tombstone(key, 0)),
            (b'd', Some(number), false) => Some(Self::Tombstone(key, parse_number(number)?)),
            (b'q', None, false) => Some(Self::Quarantined(key)),
            (b'q', None, true) => Some(Self::QuarantineLock(key)),
            (b'p', None, false) => Some(Self::Pin(key)),
            _ => None,
        }
    }

    /// The identity of the session that this belongs to. `None`: it belongs to the unit.
    pub fn key(self) -> Option<Key> {
        match self {
            Self::Session(name) => Some(name.key),
            Self::UnitPin => None,
            Self::Lock(key)
            | Self::Birth(key)
            | Self::Tombstone(key, _)
            | Self::Quarantined(key)
            | Self::QuarantineLock(key)
            | Self::Pin(key) => Some(key),
        }
    }
}

/// A tombstone's number has one spelling, without leading zeros; 0 itself is the absence of the suffix.
fn parse_number(digits: &[u8]) -> Option<u32> {
    if digits.first() == Some(&b'0') {
        return None;
    }
    u32::try_from(base36::parse(digits)?).ok()
}

impl fmt::Display for EntryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Session(name) => name.fmt(f),
            Self::Lock(key) => write!(f, "s-{key}.lock"),
            Self::Birth(key) => write!(f, "l-{key}"),
            Self::Tombstone(key, 0) => write!(f, "d-{key}"),
            Self::Tombstone(key, number) => write!(f, "d-{key}-{}", base36::padded(*number, 1)),
            Self::Quarantined(key) => write!(f, "q-{key}"),
            Self::QuarantineLock(key) => write!(f, "q-{key}.lock"),
            Self::Pin(key) => write!(f, "p-{key}"),
            Self::UnitPin => f.write_str(UNIT_PIN),
        }
    }
}

impl FromStr for EntryName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        Self::classify(text.as_bytes())
            .ok_or_else(|| NameError::malformed(text, "the name of anything in a unit"))
    }
}

impl From<SessionName> for EntryName {
    fn from(name: SessionName) -> Self {
        Self::Session(name)
    }
}

impl FromStr for SessionName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        match EntryName::classify(text.as_bytes()) {
            Some(EntryName::Session(name)) => Ok(name),
            _ => Err(NameError::malformed(text, "a session name")),
        }
    }
}
