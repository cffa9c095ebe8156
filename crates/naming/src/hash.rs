//! The content hash in a published session's name.

use core::fmt;

use crate::base36;

/// The content hash that the writer gave a published session.
///
/// No decision depends on it. A hash that was read from a name keeps its spelling: the
/// canonical one has 25 digits, old compilers wrote up to 13 without padding. Hashes of one value in two
/// spellings are not equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash {
    value: u128,
    width: u8,
}

impl Hash {
    /// Makes a hash in its canonical spelling.
    pub fn new(value: u128) -> Self {
        Self { value, width: base36::U128_WIDTH as u8 }
    }

    /// The number.
    pub fn value(self) -> u128 {
        self.value
    }

    pub(crate) fn parse(digits: &[u8]) -> Option<Self> {
        match digits.len() {
            1..=base36::U64_WIDTH | base36::U128_WIDTH => {
                Some(Self { value: base36::parse(digits)?, width: digits.len() as u8 })
            }
            _ => None,
        }
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        base36::padded(self.value, self.width.into()).fmt(f)
    }
}
