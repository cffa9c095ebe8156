//! One path component.

mod platform;

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::Path;

use platform::Stored;

/// One path component: never empty, never `.` or `..`, no separator in it.
///
/// It holds whatever the operating system allows in a name, not only UTF-8. One of up to 48 bytes takes no
/// memory of its own where names are bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(Stored);

impl Name {
    /// Makes a name of one component.
    ///
    /// # Errors
    ///
    /// [`NameError`] if the text is empty, is `.` or `..`, or holds a separator or a NUL byte.
    pub fn new(name: impl AsRef<OsStr>) -> Result<Self, NameError> {
        let name = name.as_ref();
        if platform::is_component(name) {
            Ok(Self(Stored::new(name)))
        } else {
            Err(NameError { name: name.into() })
        }
    }

    /// Makes a name of the bytes that [`OsStr::as_encoded_bytes`] gave for one, on this platform. `None`: they
    /// are none, or cannot be turned back here (outside Unix only UTF-8 can).
    pub fn from_encoded_bytes(bytes: &[u8]) -> Option<Self> {
        Self::new(platform::from_encoded_bytes(bytes)?).ok()
    }

    /// The name as the operating system spells it.
    pub fn as_os_str(&self) -> &OsStr {
        self.0.as_os_str()
    }

    /// The name as text, or `None` where it is not UTF-8.
    pub fn to_str(&self) -> Option<&str> {
        self.as_os_str().to_str()
    }
}

impl AsRef<Path> for Name {
    fn as_ref(&self) -> &Path {
        Path::new(self.as_os_str())
    }
}

impl AsRef<OsStr> for Name {
    fn as_ref(&self) -> &OsStr {
        self.as_os_str()
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_os_str().display().fmt(f)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_os_str().fmt(f)
    }
}

/// The text is not one path component.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name:?} is not a single file name")]
pub struct NameError {
    name: OsString,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_single_components_are_names() {
        for good in ["a", "s-x", "...", " ", "a b", "-"] {
            assert_eq!(Name::new(good).unwrap().to_str(), Some(good));
        }
        for bad in ["", ".", "..", "/", "a/", "a/b", "/a", "./a", "a\0b"] {
            assert!(Name::new(bad).is_err(), "{bad:?}");
        }
    }
}
