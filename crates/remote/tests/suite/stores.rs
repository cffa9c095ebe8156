//! Stores to test.

use std::time::SystemTime;

use incrdir_remote::{Objects, Store};
use tempfile::TempDir;

/// The URL of a store to test as well.
const GIVEN: &str = "INCRDIR_TEST_STORE";

/// A store of a test's own: nobody else is there, and nothing was before.
pub(crate) struct Place {
    pub(crate) store: Objects,
    /// By which other processes open it, unless it is in memory.
    #[cfg_attr(windows, expect(dead_code, reason = "the storm is for Unix"))]
    pub(crate) url: Option<String>,
    /// Goes with this value.
    _dir: Option<TempDir>,
}

pub(crate) fn memory() -> Place {
    Place { store: Objects::memory().unwrap(), url: None, _dir: None }
}

pub(crate) fn directory() -> Place {
    let dir = tempfile::tempdir().unwrap();
    // With three slashes, also before a drive of Windows.
    let path = dir.path().display().to_string().replace('\\', "/");
    let url = format!("file:///{}", path.trim_start_matches('/'));
    Place { store: Objects::open(&url).unwrap(), url: Some(url), _dir: Some(dir) }
}

/// A prefix in the store that the environment names.
pub(crate) fn given() -> Option<Place> {
    let Ok(url) = std::env::var(GIVEN) else {
        println!("NOT RUN: {GIVEN} names no store");
        return None;
    };
    let random = Objects::memory().unwrap().random();
    let url = format!("{}/{random:016x}", url.trim_end_matches('/'));
    Some(Place { store: Objects::open(&url).unwrap(), url: Some(url), _dir: None })
}

/// The keys of everything that is there, but for the clocks, which every operation sets.
pub(crate) fn keys(store: &Objects) -> Vec<String> {
    let listed = store.list("1/").unwrap().into_iter().map(|stored| stored.key);
    let mut keys: Vec<_> = listed.filter(|key| !key.starts_with("1/t/")).collect();
    keys.sort();
    keys
}

/// Those of everything that is there, with its length and when it was made.
pub(crate) fn everything(store: &Objects) -> Vec<(String, u64, SystemTime)> {
    let listed = store.list("1/").unwrap().into_iter();
    let mut all: Vec<_> = listed
        .filter(|stored| !stored.key.starts_with("1/t/"))
        .map(|stored| (stored.key, stored.len, stored.modified))
        .collect();
    all.sort();
    all
}
