//! An open directory.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use cap_std::fs::Dir;

/// An open directory of the real file system, and the path it was opened by.
#[derive(Debug)]
pub struct CapDir {
    pub(super) dir: Dir,
    pub(super) path: PathBuf,
    /// Held during a listing, which may move the position of the handle.
    pub(super) listing: Mutex<Listing>,
}

/// What is known of how a handle can be listed.
#[cfg(any(target_os = "linux", target_os = "android"))]
#[derive(Debug, Default)]
pub(super) struct Listing {
    pub(super) was_listed: bool,
    /// Whether it can be read again from its beginning, once that was asked.
    pub(super) sets_back: Option<bool>,
}

/// Nothing is to be known.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
#[derive(Debug, Default)]
pub(super) struct Listing;

impl CapDir {
    /// Notes whether it can be read again from its beginning.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub(super) fn note(&self, sets_back: bool) {
        self.listing.lock().unwrap_or_else(std::sync::PoisonError::into_inner).sets_back =
            Some(sets_back);
    }

    /// The path it was opened by.
    pub fn path(&self) -> &Path {
        &self.path
    }
}
