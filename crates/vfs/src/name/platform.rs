//! Which bytes are a name: the one difference between systems outside of the real back end.

use std::ffi::OsStr;

#[cfg(unix)]
pub(super) fn from_encoded_bytes(bytes: &[u8]) -> Option<&OsStr> {
    Some(std::os::unix::ffi::OsStrExt::from_bytes(bytes))
}

#[cfg(not(unix))]
pub(super) fn from_encoded_bytes(bytes: &[u8]) -> Option<&OsStr> {
    Some(std::str::from_utf8(bytes).ok()?.as_ref())
}
