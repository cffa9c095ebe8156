//! What a name is to the system: the one difference between systems outside of the real back end.

#[cfg(unix)]
pub(super) use as_bytes::{Stored, from_encoded_bytes, is_component};
#[cfg(not(unix))]
pub(super) use as_text::{Stored, from_encoded_bytes, is_component};

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

    pub(in super::super) fn is_component(name: &OsStr) -> bool {
        let bytes = name.as_bytes();
        !matches!(bytes, b"" | b"." | b"..") && !bytes.contains(&b'/') && !bytes.contains(&0)
    }

    pub(in super::super) fn from_encoded_bytes(bytes: &[u8]) -> Option<&OsStr> {
        Some(OsStr::from_bytes(bytes))
    }
}

#[cfg(not(unix))]
mod as_text {
    use std::ffi::OsStr;
    use std::path::{Component, Path};
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

    pub(in super::super) fn is_component(name: &OsStr) -> bool {
        let mut components = Path::new(name).components();
        let is_one = matches!(
            (components.next(), components.next()),
            (Some(Component::Normal(only)), None) if only == name
        );
        is_one && !name.as_encoded_bytes().contains(&0)
    }

    pub(in super::super) fn from_encoded_bytes(bytes: &[u8]) -> Option<&OsStr> {
        Some(std::str::from_utf8(bytes).ok()?.as_ref())
    }
}
