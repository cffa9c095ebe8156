//! Names of objects.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A BLAKE3 digest.
pub(crate) type Digest = [u8; 32];

/// The name of an object: what is in it, and a random number, so that no name is ever given twice.
///
/// An object that was deleted never comes back under its old name: a deletion that is carried out late meets nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
// Exhaustive: the format of the name has these two parts.
pub struct ObjectName {
    /// The BLAKE3 digest of what is in it, decompressed.
    pub digest: Digest,
    /// Drawn by its writer.
    pub random: u64,
}

const DIGITS: usize = 64;

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.digest.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        write!(f, "-{:016x}", self.random)
    }
}

impl FromStr for ObjectName {
    type Err = ObjectNameError;

    fn from_str(text: &str) -> Result<Self, ObjectNameError> {
        let parsed = || {
            let (digits, random) = text.split_at_checked(DIGITS)?;
            let random = random.strip_prefix('-').filter(|random| random.len() == 16)?;
            let mut digest = [0; 32];
            for (byte, pair) in digest.iter_mut().zip(digits.as_bytes().chunks(2)) {
                *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
            }
            let name = Self { digest, random: u64::from_str_radix(random, 16).ok()? };
            // One spelling only: no signs, no capitals.
            (name.to_string() == text).then_some(name)
        };
        parsed().ok_or(ObjectNameError)
    }
}

/// The text is not the name of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the name of an object")]
pub struct ObjectNameError;
