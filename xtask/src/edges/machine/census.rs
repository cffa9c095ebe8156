//! What is there, counted without incrdir: names, blocks and times.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Below this, paths are no longer those of caches.
const DEPTH: usize = 16;

/// A published session.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Session {
    pub(super) unit: PathBuf,
    pub(super) dir: PathBuf,
    pub(super) lock: PathBuf,
}

/// The published sessions of a root, oldest first.
pub(super) fn published(root: &Path) -> Vec<Session> {
    let units = children(root).into_iter().filter(|unit| !unit.is_symlink());
    let mut sessions: Vec<Session> = units.flat_map(|unit| published_of(&unit)).collect();
    sessions.sort_by_key(|session| (name(&session.dir), session.dir.clone()));
    sessions
}

/// The published sessions of a unit, oldest first.
pub(super) fn published_of(unit: &Path) -> Vec<Session> {
    let mut sessions: Vec<Session> = children(unit)
        .into_iter()
        .filter_map(|dir| {
            let name = name(&dir);
            begun(&name)?;
            let (key, state) = name.rsplit_once('-')?;
            let lock = unit.join(format!("{key}.lock"));
            (state != "working").then(|| Session { unit: unit.into(), dir: dir.clone(), lock })
        })
        .collect();
    sessions.sort();
    sessions
}

/// When a session was begun, by the name of its directory: `s-{time}-{random}-{state}`.
fn begun(name: &str) -> Option<SystemTime> {
    let mut parts = name.split('-');
    let ("s", time, Some(_), Some(_), None) =
        (parts.next()?, parts.next()?, parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    let micros = u64::from_str_radix(time, 36).ok().filter(|_| time.len() == 10)?;
    UNIX_EPOCH.checked_add(Duration::from_micros(micros))
}

/// What is in a tree, as blocks take it, each file once.
#[derive(Default)]
pub(super) struct Census {
    /// Of sessions, whatever their state.
    pub(super) sessions: u64,
    /// Of sessions that were begun before the moment, files from before it.
    pub(super) older: u64,
    /// Of all files that were made since the moment.
    pub(super) made_since: u64,
}

pub(super) fn census(top: &Path, moment: SystemTime) -> Census {
    let mut files = BTreeMap::new();
    walk(top, None, DEPTH, &mut |path, session| {
        let Ok(found) = std::fs::symlink_metadata(path) else { return };
        if found.is_dir() {
            return;
        }
        let is_older = found.created().is_ok_and(|made| made < moment);
        let is_of_older = session.is_some_and(|begun| begun < moment);
        let known: &mut (u64, bool, bool, bool) =
            files.entry((found.dev(), found.ino())).or_default();
        known.0 = found.blocks() * 512;
        known.1 |= session.is_some();
        known.2 |= is_of_older && is_older;
        known.3 |= !is_older;
    });
    let mut census = Census::default();
    for (bytes, is_of_session, is_older, is_new) in files.into_values() {
        census.sessions += if is_of_session { bytes } else { 0 };
        census.older += if is_older { bytes } else { 0 };
        census.made_since += if is_new { bytes } else { 0 };
    }
    census
}

/// Tells of each entry, and when the session was begun that it is in. Tombstones count as sessions from the time in their name.
fn walk(
    dir: &Path,
    session: Option<SystemTime>,
    depth: usize,
    tell: &mut dyn FnMut(&Path, Option<SystemTime>),
) {
    for child in children(dir) {
        tell(&child, session);
        let name = name(&child);
        let of_unit = || begun(&name).or_else(|| condemned(&name));
        let session = session.or_else(of_unit);
        if depth > 0 && std::fs::symlink_metadata(&child).is_ok_and(|found| found.is_dir()) {
            walk(&child, session, depth - 1, tell);
        }
    }
}

fn condemned(name: &str) -> Option<SystemTime> {
    let rest = name.strip_prefix("d-").or_else(|| name.strip_prefix("q-"))?;
    let key = rest.split('-').take(2).collect::<Vec<_>>().join("-");
    begun(&format!("s-{key}-x"))
}

/// What a directory holds; nothing if it is none, or gone meanwhile.
pub(super) fn children(dir: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir).into_iter().flatten();
    entries.filter_map(|entry| Some(entry.ok()?.path())).collect()
}

pub(super) fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Names, lengths and file ids.
pub(super) type Content = Vec<(String, u64, u64)>;

/// Of what a directory holds.
pub(super) fn content(dir: &Path) -> Content {
    let look = |path: PathBuf| {
        let found = std::fs::symlink_metadata(&path).ok()?;
        Some((name(&path), found.len(), found.ino()))
    };
    let mut all: Vec<_> = children(dir).into_iter().filter_map(look).collect();
    all.sort();
    all
}
