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
    /// [`NameError`] if the text is empty, is `.` or `..`, or holds a separator or a NUL byte; on Windows also if it is the
    /// name of a device, ends with a dot or a space, or holds a character that no name has there.
    pub fn new(name: impl AsRef<OsStr>) -> Result<Self, NameError> {
        let name = name.as_ref();
        match platform::refusal(name) {
            None => Ok(Self(Stored::new(name))),
            Some(why) => Err(NameError { name: name.into(), why }),
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

/// The text is not one path component, or none that the system has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name:?} cannot be a name: {why}")]
pub struct NameError {
    name: OsString,
    why: &'static str,
}

impl NameError {
    pub(crate) fn why(&self) -> &'static str {
        self.why
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_single_components_are_names() {
        for good in ["a", "s-x", "a b", "-", ".a", "con-1", "com10"] {
            assert_eq!(Name::new(good).unwrap().to_str(), Some(good));
        }
        for bad in ["", ".", "..", "/", "a/", "a/b", "/a", "./a", "a\0b"] {
            assert!(Name::new(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    #[cfg(unix)]
    fn other_systems_take_what_windows_refuses() {
        for good in ["...", " ", "con", "a:b", "a.", "a\\b"] {
            assert_eq!(Name::new(good).unwrap().to_str(), Some(good));
        }
    }

    #[test]
    #[cfg(windows)]
    fn what_programs_cannot_use_is_refused_with_a_reason() {
        for device in ["con", "NUL", "aux.txt", "Com1", "lpt\u{b2}.a.b", "nul .x", "conin$"] {
            let refused = Name::new(device).unwrap_err().to_string();
            assert!(refused.ends_with(": Windows has a device of this name"), "{refused}");
        }
        for (bad, why) in
            [("a.", "dots and spaces"), ("a ", "dots and spaces"), ("a:b", "character")]
        {
            let refused = Name::new(bad).unwrap_err().to_string();
            assert!(refused.contains(why), "{refused}");
        }
        assert!(Name::new("a\\b").is_err());
    }
}
