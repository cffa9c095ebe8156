//! The directory name of a unit.

use alloc::borrow::ToOwned;
use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use crate::{NameError, base36};

/// The directory name of a unit, one namespace of sessions: `{name}-{id}`.
///
/// The id is the last 13 characters, so that the name may contain dashes itself.
///
/// ```
/// use incrdir_naming::UnitName;
///
/// # fn main() -> Result<(), incrdir_naming::NameError> {
/// let unit = UnitName::new("my-crate", 36)?;
/// assert_eq!(unit.to_string(), "my-crate-0000000000010");
/// assert_eq!(UnitName::parse(b"my-crate-0000000000010"), Some(unit));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnitName {
    name: String,
    id: u64,
}

/// What Linux, macOS and Windows allow for one component, the strictest of them.
const MAX_BYTES: usize = 255;
const ID_AND_DASH_BYTES: usize = base36::U64_WIDTH + 1;
/// What Windows refuses in a name, and separators anywhere.
const FORBIDDEN: &[char] = &['/', '\\', '<', '>', ':', '"', '|', '?', '*'];

impl UnitName {
    /// Makes a unit's name.
    ///
    /// # Errors
    ///
    /// [`NameError`] if the name is empty, is longer than 241 bytes, or holds a control character or one
    /// of `/ \ < > : " | ? *`, which not every system can store.
    pub fn new(name: &str, id: u64) -> Result<Self, NameError> {
        if name.is_empty() {
            return Err(NameError::EmptyUnit);
        }
        if name.len() > MAX_BYTES - ID_AND_DASH_BYTES {
            return Err(NameError::UnitTooLong { bytes: name.len() });
        }
        match name.chars().find(|c| c.is_control() || FORBIDDEN.contains(c)) {
            Some(character) => Err(NameError::ForbiddenCharacter { character }),
            None => Ok(Self { name: name.to_owned(), id }),
        }
    }

    /// Reads a directory name, as `OsStr::as_encoded_bytes` gives it; `None` means that it is foreign.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let (rest, id) = bytes.split_last_chunk::<{ base36::U64_WIDTH }>()?;
        let name = core::str::from_utf8(rest.strip_suffix(b"-")?).ok()?;
        let id = u64::try_from(base36::parse(id)?).ok()?;
        Self::new(name, id).ok()
    }

    /// The name without the id.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The id.
    pub fn id(&self) -> u64 {
        self.id
    }
}

impl fmt::Display for UnitName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.name, base36::padded(self.id, base36::U64_WIDTH))
    }
}

impl FromStr for UnitName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        Self::parse(text.as_bytes()).ok_or_else(|| NameError::malformed(text, "a unit name"))
    }
}
