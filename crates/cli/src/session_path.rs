//! From what was given on the command line to the one session that is meant.
//!
//! A session is given by its path, of which the end may be missing, as long as only one session begins so: `root/unit/s-hf1`. The path of a unit stands for its newest published
//! session. A root does as well, if only one of its units has such a session.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use incrdir_naming::{EntryName, SessionName, UnitName};
use incrdir_session::{Catalog, Unit};
use incrdir_vfs::CapVfs;

use crate::failure::Failure;
use crate::peek::entries_of;
use crate::place::{self, Place};

/// How many sessions are named that a beginning may stand for.
const NAMED: usize = 3;

/// The end of a name that was cut on a terminal.
const ELLIPSIS: char = '…';

/// A session, and where it is.
pub(crate) struct Meant {
    pub(crate) place: Place,
    pub(crate) unit: Unit<CapVfs>,
    /// A session, or a quarantined one.
    pub(crate) entry: EntryName,
    /// Whether its lock file was listed.
    pub(crate) has_lock: bool,
}

impl Meant {
    /// From now on, what takes long here stops when this is set.
    pub(crate) fn stopped_by(self, stop: &Arc<AtomicBool>) -> Self {
        Self { place: self.place.stopped_by(stop), ..self }
    }

    /// Its path, for people.
    pub(crate) fn path(&self) -> PathBuf {
        self.unit.path().join(self.entry.to_string())
    }

    /// Its name, if it is published.
    pub(crate) fn published(&self) -> Option<SessionName> {
        match self.entry {
            EntryName::Session(session) if session.is_published() => Some(session),
            _ => None,
        }
    }
}

/// Finds the session. `name`: its name or the beginning of it, in the unit or root at `path`.
///
/// # Errors
///
/// If there is none, or there are several.
pub(crate) fn find(path: &Path, name: Option<&str>) -> Result<Meant, Failure> {
    match (name, split(path)) {
        (Some(name), _) => named(path, name),
        (None, Some((parent, name))) => named(&parent, &name),
        (None, None) => newest(path),
    }
}

/// Whether a path is one of a session, or the beginning of one.
pub(crate) fn is_of_session(path: &Path) -> bool {
    split(path).is_some()
}

/// The directory and the beginning of a name, if a path is one of a session: it has the form of its name, or there is nothing at it.
fn split(path: &Path) -> Option<(PathBuf, String)> {
    let name = path.file_name()?;
    let is_name = EntryName::classify(name.as_encoded_bytes()).is_some();
    if !is_name && path.symlink_metadata().is_ok() {
        return None;
    }
    let text = name.to_str().filter(|name| name.starts_with("s-") || name.starts_with("q-"))?;
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    Some((parent.unwrap_or(Path::new(".")).into(), text.into()))
}

fn named(path: &Path, name: &str) -> Result<Meant, Failure> {
    let place = place::open(path, None)?;
    let beginning = name.trim_end_matches(ELLIPSIS);
    let beginning = beginning.strip_suffix(".lock").unwrap_or(beginning);
    let mut found: Vec<(UnitName, EntryName, bool)> = Vec::new();
    let mut unreadable = None;
    for unit in units(&place)? {
        match listed(&place, &unit) {
            Ok(Some((_, catalog))) => {
                let sessions = sessions(&catalog).into_iter();
                let begun = sessions.filter(|(entry, _)| entry.to_string().starts_with(beginning));
                found.extend(begun.map(|(entry, has_lock)| (unit.clone(), entry, has_lock)));
            }
            Ok(None) => {}
            Err(error) => unreadable = Some(error),
        }
    }
    let whole = found.iter().position(|(_, entry, _)| entry.to_string() == beginning);
    let one = whole.or((found.len() == 1).then_some(0)).map(|at| found.swap_remove(at));
    if let Some((unit, entry, has_lock)) = one {
        let opened = Unit::open(&place.vfs, &place.root, &unit)?;
        let unit = opened.ok_or_else(|| none(path, name))?;
        return Ok(Meant { place, unit, entry, has_lock });
    }
    match (found.is_empty(), unreadable) {
        (true, Some(error)) => Err(error),
        (true, None) => Err(none(path, name)),
        (false, _) => Err(several(name, &found)),
    }
}

/// The one unit, and the newest session that is published in it.
fn newest(path: &Path) -> Result<Meant, Failure> {
    let place = place::open(path, None)?;
    let mut found = Vec::new();
    for name in units(&place)? {
        if let Some((unit, catalog)) = listed(&place, &name)?
            && let Some(session) = catalog.published().next()
        {
            let has_lock = catalog.sessions.get(&session.key).is_some_and(|found| found.lock);
            found.push((unit, session.into(), has_lock));
        }
    }
    let (count, path) = (found.len(), path.display());
    match found.pop() {
        Some((unit, entry, has_lock)) if count == 1 => Ok(Meant { place, unit, entry, has_lock }),
        Some(_) => Err(format!(
            "`{path}` holds {count} units; give the directory of one of them, or of a session (`incrdir ls {path}`)"
        )
        .into()),
        None => Err(format!("nothing is published in `{path}`").into()),
    }
}

fn units(place: &Place) -> Result<Vec<UnitName>, Failure> {
    match &place.units {
        Some(units) => Ok(units.clone()),
        None => Ok(place::units(&place.vfs, &place.root)?.0),
    }
}

fn listed(place: &Place, unit: &UnitName) -> Result<Option<(Unit<CapVfs>, Catalog)>, Failure> {
    let Some(unit) = Unit::open(&place.vfs, &place.root, unit)? else { return Ok(None) };
    let catalog = unit.list()?;
    Ok(Some((unit, catalog)))
}

/// All sessions of a unit, and whether they have lock files.
fn sessions(catalog: &Catalog) -> Vec<(EntryName, bool)> {
    let mut sessions = Vec::new();
    for (key, found) in &catalog.sessions {
        let entries = entries_of(*key, found).into_iter();
        let is_session = |entry: &EntryName| matches!(entry, EntryName::Session(_));
        sessions.extend(entries.filter(is_session).map(|entry| (entry, found.lock)));
    }
    let quarantined = catalog.quarantined.iter().filter_map(|entry| match entry {
        EntryName::Quarantined(key) => {
            Some((*entry, catalog.quarantined.contains(&EntryName::QuarantineLock(*key))))
        }
        _ => None,
    });
    sessions.extend(quarantined);
    sessions
}

fn none(path: &Path, name: &str) -> Failure {
    let path = path.display();
    format!(
        "there is no session `{name}` in `{path}`; it may have been collected, and `incrdir ls -l {path}` lists those there are"
    )
    .into()
}

fn several(name: &str, found: &[(UnitName, EntryName, bool)]) -> Failure {
    let mut named: Vec<_> =
        found.iter().take(NAMED).map(|(unit, entry, _)| format!("{unit}/{entry}")).collect();
    if found.len() > NAMED {
        named.push(format!("{} more", found.len() - NAMED));
    }
    format!("`{name}` may be {}; give more of the name, or the unit's directory", named.join(", "))
        .into()
}
