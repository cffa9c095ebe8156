//! What a listing of a unit shows.
//!
//! A listing only nominates (L2): a name may be missing from it or stand there twice. Everything that acts
//! on a catalog looks again, under the session's lock.

use std::collections::BTreeMap;
use std::io;

use incrdir_naming::{EntryName, Hash, Key, SessionName, Timestamp};
use incrdir_vfs::{Entry, FileKind, Name};

/// The entries of one unit, sorted by what they are.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Catalog {
    /// What belongs to sessions, oldest first: by time stamp, then by random number.
    pub sessions: BTreeMap<Key, Traces>,
    /// Lock files that were being born.
    pub births: Vec<Key>,
    /// Directories already condemned.
    pub tombstones: Vec<EntryName>,
    /// Sessions that failed their check, and their lock files.
    pub quarantined: Vec<EntryName>,
    /// Pins of sessions, and of the unit.
    pub pins: Vec<EntryName>,
    /// Names that are not ours: never opened, never removed.
    pub foreign: Vec<Name>,
    /// Entries that could not be read. While there are any, the absence of a name means nothing.
    pub errors: Vec<io::Error>,
}

/// What a listing shows of one session.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Traces {
    /// Its lock file.
    pub lock: bool,
    /// Its working directory.
    pub working: bool,
    /// Its published directory. More than one only if somebody copied it by hand.
    pub published: Vec<Hash>,
}

impl Catalog {
    /// Sorts a listing. A name of ours on something of the wrong kind, such as a link, is foreign.
    pub fn new(entries: Vec<io::Result<Entry>>) -> Self {
        let mut catalog = Self::default();
        for entry in entries {
            match entry {
                Ok(entry) => catalog.add(entry),
                Err(error) => catalog.errors.push(error),
            }
        }
        catalog
    }

    /// Which name of ours an entry has. `None`: it is foreign.
    pub fn recognise(entry: &Entry) -> Option<EntryName> {
        EntryName::classify(entry.name.as_os_str().as_encoded_bytes())
            .filter(|name| entry.kind.is_none_or(|kind| kind == kind_of(name)))
    }

    fn add(&mut self, entry: Entry) {
        match Self::recognise(&entry) {
            Some(EntryName::Session(session)) => {
                let found = self.sessions.entry(session.key).or_default();
                match session.state {
                    incrdir_naming::State::Working => found.working = true,
                    incrdir_naming::State::Published(hash) => found.published.push(hash),
                }
            }
            Some(EntryName::Lock(key)) => self.sessions.entry(key).or_default().lock = true,
            Some(EntryName::Birth(key)) => self.births.push(key),
            Some(name @ EntryName::Tombstone(..)) => self.tombstones.push(name),
            Some(name @ (EntryName::Quarantined(_) | EntryName::QuarantineLock(_))) => {
                self.quarantined.push(name);
            }
            Some(name @ (EntryName::Pin(_) | EntryName::UnitPin)) => self.pins.push(name),
            None => self.foreign.push(entry.name),
        }
    }

    /// The published sessions, newest first.
    pub fn published(&self) -> impl Iterator<Item = SessionName> {
        self.sessions
            .iter()
            .rev()
            .flat_map(|(key, found)| found.published.iter().map(|hash| key.published(*hash)))
    }

    /// Whether there is anything of ours.
    pub fn holds_ours(&self) -> bool {
        let Self { sessions, births, tombstones, quarantined, pins, .. } = self;
        !(sessions.is_empty()
            && births.is_empty()
            && tombstones.is_empty()
            && quarantined.is_empty()
            && pins.is_empty())
    }

    /// The greatest time stamp of anything of ours.
    pub fn newest_timestamp(&self) -> Option<Timestamp> {
        let sessions = self.sessions.keys().next_back().copied();
        let births = self.births.iter().copied();
        sessions.into_iter().chain(births).map(Key::timestamp).max()
    }
}

/// What stands behind a name of ours.
fn kind_of(name: &EntryName) -> FileKind {
    match name {
        EntryName::Session(_) | EntryName::Tombstone(..) | EntryName::Quarantined(_) => {
            FileKind::Dir
        }
        EntryName::Lock(_)
        | EntryName::Birth(_)
        | EntryName::QuarantineLock(_)
        | EntryName::Pin(_)
        | EntryName::UnitPin => FileKind::File,
    }
}
