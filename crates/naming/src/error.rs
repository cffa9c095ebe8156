//! Text that is not one of our names.

use alloc::borrow::ToOwned;
use alloc::string::String;

/// Text that is not the name it was meant to be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// The text does not parse completely.
    #[error("{text:?} is not {expected}")]
    #[non_exhaustive]
    Malformed {
        /// The text.
        text: String,
        /// What it was meant to be, with its article.
        expected: &'static str,
    },
    /// The name of a unit is empty.
    #[error("the name of a unit must not be empty")]
    EmptyUnit,
    /// The name of a unit leaves no room for its id.
    #[error("the name of a unit has {bytes} bytes and may have 241: shorten it")]
    #[non_exhaustive]
    UnitTooLong {
        /// Its length in bytes.
        bytes: usize,
    },
    /// The name of a unit holds a character that not every system can store.
    #[error("the name of a unit must not contain {character:?}: replace it")]
    #[non_exhaustive]
    ForbiddenCharacter {
        /// The first such character.
        character: char,
    },
    /// The name of a unit is that of a device on Windows, with an ending.
    #[error(
        "the name of a unit must not begin with `{device}.`, which is a device on Windows: choose another one"
    )]
    #[non_exhaustive]
    Device {
        /// The device, as it was spelled.
        device: String,
    },
}

impl NameError {
    pub(crate) fn malformed(text: &str, expected: &'static str) -> Self {
        Self::Malformed { text: text.to_owned(), expected }
    }
}
