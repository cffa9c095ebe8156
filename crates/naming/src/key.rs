//! What identifies a session in its unit.

use core::fmt;

use crate::{Timestamp, base36};

/// Time stamp and random number: the identity of a session in its unit.
///
/// A session keeps its key for life, and its lock file has the same one. Keys order by time, then by
/// random number, so that two sessions of the same microsecond have an order too.
///
/// A key that was read from a name keeps its spelling. Old compilers wrote the random number without
/// padding; the lock of their session `s-…-1-…` is `s-…-1.lock`, and `s-…-01.lock` belongs to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    timestamp: Timestamp,
    rand: u32,
    rand_width: u8,
}

impl Key {
    /// Makes a key in its canonical spelling.
    pub fn new(timestamp: Timestamp, rand: u32) -> Self {
        Self { timestamp, rand, rand_width: base36::U32_WIDTH as u8 }
    }

    /// When the session began, or later where the clock went back.
    pub fn timestamp(self) -> Timestamp {
        self.timestamp
    }

    /// The random number.
    pub fn rand(self) -> u32 {
        self.rand
    }

    pub(crate) fn parse(timestamp: &[u8], rand: &[u8]) -> Option<Self> {
        if rand.len() > base36::U32_WIDTH {
            return None;
        }
        Some(Self {
            timestamp: Timestamp::parse(timestamp)?,
            rand: u32::try_from(base36::parse(rand)?).ok()?,
            rand_width: rand.len() as u8,
        })
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rand = base36::padded(self.rand, self.rand_width.into());
        write!(f, "{}-{rand}", self.timestamp)
    }
}
