//! The directory name of a unit.

use alloc::borrow::ToOwned;
use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use crate::{NameError, base36};

/// The directory name of a unit, one namespace of sessions: `{name}-{id}`.
///
/// The id is what comes after the last dash, so that the name may contain dashes itself. It is written with 13 digits. Old
/// compilers wrote it without padding, and an id that was read from a name keeps its spelling: to them,
/// `regex-3w5e11264sgs` and `regex-03w5e11264sgs` are two directories.
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
    id_width: u8,
}

/// The longest name that Linux, macOS and Windows all allow.
const MAX_BYTES: usize = 255;
const DASH_BYTES: usize = 1;
/// What Windows refuses in a name, and separators anywhere.
const FORBIDDEN: &[char] = &['/', '\\', '<', '>', ':', '"', '|', '?', '*'];

impl UnitName {
    /// Makes a unit's name.
    ///
    /// # Errors
    ///
    /// [`NameError`] if the name is empty, is longer than 241 bytes, holds a control character or one of
    /// `/ \ < > : " | ? *`, which not every system can store, or begins with the name of a device of Windows and a dot.
    pub fn new(name: &str, id: u64) -> Result<Self, NameError> {
        Self::spelled(name, id, base36::U64_WIDTH)
    }

    /// Reads a directory name, as `OsStr::as_encoded_bytes` gives it; `None` means that it is foreign.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let dash = bytes.iter().rposition(|byte| *byte == b'-')?;
        let (name, digits) = (&bytes[..dash], &bytes[dash + DASH_BYTES..]);
        if digits.len() > base36::U64_WIDTH {
            return None;
        }
        let id = u64::try_from(base36::parse(digits)?).ok()?;
        Self::spelled(core::str::from_utf8(name).ok()?, id, digits.len()).ok()
    }

    fn spelled(name: &str, id: u64, id_width: usize) -> Result<Self, NameError> {
        if name.is_empty() {
            return Err(NameError::EmptyUnit);
        }
        if name.len() > MAX_BYTES - DASH_BYTES - id_width {
            return Err(NameError::UnitTooLong { bytes: name.len() });
        }
        if let Some(character) = name.chars().find(|c| c.is_control() || FORBIDDEN.contains(c)) {
            return Err(NameError::ForbiddenCharacter { character });
        }
        // Without a dot, the id follows, and it is none.
        match name.split_once('.') {
            Some((stem, _)) if is_device(stem.trim_end()) => {
                Err(NameError::Device { device: stem.to_owned() })
            }
            _ => Ok(Self { name: name.to_owned(), id, id_width: id_width as u8 }),
        }
    }

    /// Whether the id has all of its 13 digits. A name without them may have nothing to do with units (`my-project`); the
    /// content of the directory shows it.
    pub fn is_canonical(&self) -> bool {
        usize::from(self.id_width) == base36::U64_WIDTH
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

/// Whether Windows takes a file of this name, or whose name has this before its first dot, for a device: `con`, `lpt1`.
pub fn is_device(stem: &str) -> bool {
    let is = |device: &str| stem.eq_ignore_ascii_case(device);
    let is_port = |kind: &str| {
        let mut rest = stem.chars().skip(kind.len());
        stem.get(..kind.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(kind))
            && matches!(rest.next(), Some('0'..='9' | '\u{b9}' | '\u{b2}' | '\u{b3}'))
            && rest.next().is_none()
    };
    ["con", "prn", "aux", "nul", "conin$", "conout$"].into_iter().any(is)
        || is_port("com")
        || is_port("lpt")
}

impl fmt::Display for UnitName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.name, base36::padded(self.id, self.id_width.into()))
    }
}

impl FromStr for UnitName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        Self::parse(text.as_bytes()).ok_or_else(|| NameError::malformed(text, "a unit name"))
    }
}
