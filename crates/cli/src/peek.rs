//! A look at a session that disturbs nobody.
//!
//! It takes a shared lock, which excludes those who would delete the session and nobody else, and writes nothing. A lock file that rustc may just have created is not opened
//! at all: rustc would find it locked.

use std::io::ErrorKind;
use std::time::{Duration, SystemTime};

use incrdir_gc::{USUAL_GRACE, is_past};
use incrdir_lockfs::{Acquire, Lock, try_acquire};
use incrdir_naming::{EntryName, Key, SessionName, State};
use incrdir_session::{Liveness, Traces, Unit, liveness, read_record, vfs_name};
use incrdir_vfs::{CapVfs, LockKind, Vfs};

use crate::failure::Failure;

/// How long a session that may be alive on another host is spared, where locks do not exclude everybody.
const PATIENCE: Duration = Duration::from_secs(24 * 60 * 60);

/// What a look at an entry shows.
pub(crate) struct Peeked {
    /// One of the states that the README lists.
    pub(crate) state: &'static str,
    /// `None`: it cannot be known without shutting others out.
    pub(crate) in_use: Option<bool>,
    /// Its lock, held shared, if it was to be had: its record is in there.
    pub(crate) lock: Option<Lock<CapVfs>>,
}

/// The sessions behind one key. What has no directory is a lock file.
pub(crate) fn entries_of(key: Key, found: &Traces) -> Vec<EntryName> {
    if !found.published.is_empty() {
        return found.published.iter().map(|hash| key.published(*hash).into()).collect();
    }
    if found.working {
        return vec![key.working().into()];
    }
    vec![EntryName::Lock(key)]
}

/// What the lock of a session tells.
enum Probe {
    /// Not opened, because rustc may just have created it.
    Young,
    Busy,
    Free(Lock<CapVfs>, Liveness),
    /// Free, and its record says that it waits to be taken over.
    Waits(Lock<CapVfs>),
    NoLock,
    Unreadable,
}

/// Looks at an entry of a unit. `has_lock`: whether its lock file was listed.
///
/// # Errors
///
/// If the lock file cannot be opened, locked or read.
pub(crate) fn peek(
    unit: &Unit<CapVfs>,
    name: EntryName,
    has_lock: bool,
) -> Result<Peeked, Failure> {
    let probe = match name {
        EntryName::Session(SessionName { key, state }) if has_lock => match state {
            State::Published(_) => probe_published(unit, EntryName::Lock(key))?,
            State::Working => probe_working(unit, key)?,
        },
        EntryName::Lock(key) => probe_working(unit, key)?,
        // Its reason is only for people: without it there is less to say.
        EntryName::Quarantined(key) if has_lock => {
            probe_published(unit, EntryName::QuarantineLock(key)).unwrap_or(Probe::NoLock)
        }
        _ => Probe::NoLock,
    };
    let (state, in_use) = state_of(name, &probe);
    let lock = match probe {
        Probe::Free(lock, _) | Probe::Waits(lock) => Some(lock),
        _ => None,
    };
    Ok(Peeked { state, in_use, lock })
}

impl Peeked {
    /// What is known of an entry whose lock could not be looked at.
    pub(crate) fn unreadable(name: EntryName) -> Self {
        let (state, in_use) = state_of(name, &Probe::Unreadable);
        Self { state, in_use, lock: None }
    }
}

fn state_of(name: EntryName, probe: &Probe) -> (&'static str, Option<bool>) {
    match (name, probe) {
        (EntryName::Session(SessionName { state: State::Published(_), .. }), Probe::Busy) => {
            ("published", Some(true))
        }
        (EntryName::Session(SessionName { state: State::Published(_), .. }), _) => {
            ("published", None)
        }
        (EntryName::Session(_) | EntryName::Lock(_), Probe::Young) => ("young", None),
        (EntryName::Session(_), Probe::Busy | Probe::Free(_, Liveness::Alive)) => {
            ("live", Some(true))
        }
        (EntryName::Session(_), Probe::Waits(_)) => ("waiting", Some(false)),
        (EntryName::Session(_), Probe::Free(_, Liveness::Dead)) => ("dead", Some(false)),
        (EntryName::Session(_), Probe::NoLock) => ("no lock", None),
        (EntryName::Lock(_), Probe::Busy | Probe::Free(_, Liveness::Alive)) => {
            ("starting", Some(true))
        }
        (EntryName::Lock(_), Probe::Free(_, Liveness::Dead) | Probe::Waits(_)) => {
            ("orphan lock", Some(false))
        }
        (EntryName::Session(_) | EntryName::Lock(_), _) => ("unknown", None),
        (EntryName::Birth(_), _) => ("birth", None),
        (EntryName::Tombstone(..), _) => ("tombstone", Some(false)),
        (EntryName::Quarantined(_), _) => ("quarantined", Some(false)),
        (EntryName::QuarantineLock(_), _) => ("quarantine lock", Some(false)),
        (EntryName::Pin(_) | EntryName::UnitPin, _) => ("pin", None),
    }
}

/// What is published was locked long ago, and is complete whatever became of who wrote it.
fn probe_published(unit: &Unit<CapVfs>, lock: EntryName) -> Result<Probe, Failure> {
    Ok(match try_acquire(unit.vfs(), unit.dir(), &vfs_name(lock), LockKind::Shared)? {
        Acquire::Busy => Probe::Busy,
        Acquire::NotFound => Probe::NoLock,
        Acquire::Locked(lock) => Probe::Free(lock, Liveness::Dead),
    })
}

fn probe_working(unit: &Unit<CapVfs>, key: Key) -> Result<Probe, Failure> {
    let (vfs, name) = (unit.vfs(), vfs_name(EntryName::Lock(key)));
    match vfs.stat(unit.dir(), &name) {
        Ok(stat) if stat.len == 0 => {
            let now = vfs.now();
            // rustc locks a moment after creating: younger lock files of its are not opened.
            let is_old = |then: SystemTime| is_past(then, now, USUAL_GRACE);
            if !is_old(stat.mtime) || !is_old(key.timestamp().to_system_time()) {
                return Ok(Probe::Young);
            }
        }
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Probe::NoLock),
        Err(error) => return Err(error.into()),
    }
    match try_acquire(vfs, unit.dir(), &name, LockKind::Shared)? {
        Acquire::Busy => Ok(Probe::Busy),
        Acquire::NotFound => Ok(Probe::NoLock),
        Acquire::Locked(lock) => {
            let record = read_record(&lock).map_err(|error| {
                incrdir_vfs::Error::new("read a lock file of", unit.path(), error)
            })?;
            let liveness = liveness(unit, &lock, &record, &unit.fs_info()?, PATIENCE)?;
            Ok(match (liveness, record.waiting) {
                (Liveness::Dead, Some(_)) => Probe::Waits(lock),
                _ => Probe::Free(lock, liveness),
            })
        }
    }
}
