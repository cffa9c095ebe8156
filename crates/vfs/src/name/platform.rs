//! What a name is to the system: the one difference between systems outside of the real back end.

#[cfg(unix)]
pub(super) use as_bytes::{Stored, from_encoded_bytes, refusal};
#[cfg(not(unix))]
pub(super) use as_text::{Stored, from_encoded_bytes, refusal};

/// Why most of what is no name is none.
const NOT_ONE: &str = "it is not a single file name";

#[cfg(unix)]
mod as_bytes {
    use std::ffi::OsStr;
    use std::hash::{Hash, Hasher};
    use std::os::unix::ffi::OsStrExt;

    use smallvec::SmallVec;

    /// A directory is listed with one name after the other: those as long as a session's, or as compilers give
    /// their files, are kept in place.
    #[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
    pub(in super::super) struct Stored(SmallVec<[u8; 48]>);

    impl Hash for Stored {
        /// As elsewhere: what is hashed does not depend on how names are kept.
        fn hash<H: Hasher>(&self, state: &mut H) {
            self.as_os_str().hash(state);
        }
    }

    impl Stored {
        pub(in super::super) fn new(name: &OsStr) -> Self {
            Self(SmallVec::from_slice(name.as_bytes()))
        }

        pub(in super::super) fn as_os_str(&self) -> &OsStr {
            OsStr::from_bytes(&self.0)
        }
    }

    pub(in super::super) fn refusal(name: &OsStr) -> Option<&'static str> {
        let bytes = name.as_bytes();
        let is_one =
            !matches!(bytes, b"" | b"." | b"..") && !bytes.contains(&b'/') && !bytes.contains(&0);
        (!is_one).then_some(super::NOT_ONE)
    }

    pub(in super::super) fn from_encoded_bytes(bytes: &[u8]) -> Option<&OsStr> {
        Some(OsStr::from_bytes(bytes))
    }
}

#[cfg(not(unix))]
mod as_text {
    use std::ffi::OsStr;
    use std::sync::Arc;

    #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub(in super::super) struct Stored(Arc<OsStr>);

    impl Stored {
        pub(in super::super) fn new(name: &OsStr) -> Self {
            Self(name.into())
        }

        pub(in super::super) fn as_os_str(&self) -> &OsStr {
            &self.0
        }
    }

    /// The kernel takes more names than programs can use: what is refused here would be a device, another file, or a part of one
    /// to them.
    pub(in super::super) fn refusal(name: &OsStr) -> Option<&'static str> {
        let text = name.as_encoded_bytes();
        match text {
            b"" | b"." | b".." => return Some(super::NOT_ONE),
            [.., b'.' | b' '] => return Some("Windows drops dots and spaces at the end of a name"),
            _ => {}
        }
        if text.iter().any(|byte| matches!(byte, b'/' | b'\\' | 0)) {
            return Some(super::NOT_ONE);
        }
        if text.iter().any(|byte| *byte < b' ' || b"<>:\"|?*".contains(byte)) {
            return Some("it has a character that Windows has in no name");
        }
        let stem = name.to_str()?.split('.').next().unwrap_or_default();
        is_device(stem.trim_end()).then_some("Windows has a device of this name")
    }

    /// With whatever ending, and in any spelling.
    fn is_device(stem: &str) -> bool {
        let stem = stem.to_ascii_uppercase();
        let is_port = |kind| {
            let number = stem.strip_prefix(kind).map(|rest| rest.chars().collect::<Vec<_>>());
            matches!(number.as_deref(), Some(['0'..='9' | '\u{b9}' | '\u{b2}' | '\u{b3}']))
        };
        matches!(&*stem, "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$")
            || is_port("COM")
            || is_port("LPT")
    }

    pub(in super::super) fn from_encoded_bytes(bytes: &[u8]) -> Option<&OsStr> {
        Some(std::str::from_utf8(bytes).ok()?.as_ref())
    }
}
