//! Whether somebody wrote into a published session through a hard link.
//!
//! A file that is linked into a working session *is* the published one. A program that writes in place
//! changes what has been published, and whatever shares the file. Its length or time is then not what the
//! record says (not its ctime: every link moves that).

use std::io::ErrorKind;
use std::time::Duration;

use incrdir_lockfs::{Acquire, Lock, try_acquire};
use incrdir_naming::{EntryName, Key};
use incrdir_record::Record;
use incrdir_vfs::{LockKind, Vfs};

use crate::observe;
use crate::stop::go_on;
use crate::trust::quarantine::{Damaged, Inspection, inspect, quarantine};
use crate::{
    Catalog, Distrust, Error, Liveness, Quarantine, Rejected, Rejection, Scrutiny, SeedMode, Unit,
    liveness, read_record, vfs_name,
};

/// What an audit of a unit found.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Audited {
    /// Sessions that are not what was published.
    pub damaged: Vec<Damaged>,
    /// Sessions that could not be looked at.
    pub skipped: Vec<Rejected>,
}

impl Audited {
    /// Whether nothing damaged is left where somebody could start from it.
    pub fn is_settled(&self) -> bool {
        let is_settled = |damaged: &Damaged| {
            matches!(
                damaged.quarantine,
                Quarantine::Done(_) | Quarantine::InPlace | Quarantine::Changed
            )
        };
        // One that is gone, or is being collected or recycled, is not a source any more.
        let is_gone = |skipped: &Rejected| matches!(skipped.why, Rejection::Gone);
        self.damaged.iter().all(is_settled) && self.skipped.iter().all(is_gone)
    }
}

/// Compares all published sessions of a unit with their records, and quarantines those that differ.
///
/// # Errors
///
/// If the unit cannot be listed.
pub fn audit<V: Vfs>(unit: &Unit<V>, scrutiny: Scrutiny) -> Result<Audited, Error> {
    let span = observe::audit(unit.name(), scrutiny);
    let mut audited = Audited::default();
    for session in unit.list()?.published() {
        go_on(&unit.vfs, &unit.dir)?;
        match inspect(unit, session, scrutiny) {
            Inspection::Distrusted(why) if why.is_damage() => {
                let quarantine = quarantine(unit, session, scrutiny);
                audited.damaged.push(Damaged { session, why, quarantine });
            }
            Inspection::Unavailable(why) => {
                audited.skipped.push(Rejected { session, unit: None, why })
            }
            Inspection::Distrusted(why @ (Distrust::Io(_) | Distrust::Listing(_))) => {
                let why = Rejection::Untrusted { why: why.into(), quarantine: None };
                audited.skipped.push(Rejected { session, unit: None, why });
            }
            Inspection::Sound(_) | Inspection::Unrecorded | Inspection::Distrusted(_) => {}
        }
    }
    observe::audited(&span, audited.damaged.len(), audited.skipped.len());
    Ok(audited)
}

/// Whether a writer died that had linked files of a published session: nobody asked it what it wrote. `ours`: a working session
/// whose lock the caller holds.
pub(crate) fn has_dead_linker<V: Vfs>(
    unit: &Unit<V>,
    catalog: &Catalog,
    ours: Option<Key>,
) -> bool {
    let working = catalog.sessions.iter().filter(|(_, found)| found.working && found.lock);
    let mut others = working.map(|(key, _)| *key).filter(|key| Some(*key) != ours);
    others.any(|key| is_dead_linker(unit, key))
}

fn is_dead_linker<V: Vfs>(unit: &Unit<V>, key: Key) -> bool {
    let lock_name = vfs_name(EntryName::Lock(key));
    // An empty one is rustc's, which is not to be opened before the grace, and only replaces files.
    match unit.vfs.stat(&unit.dir, &lock_name) {
        Ok(stat) if stat.len > 0 => {}
        Ok(_) => return false,
        Err(error) => return error.kind() != ErrorKind::NotFound,
    }
    match try_acquire(&unit.vfs, &unit.dir, &lock_name, LockKind::Shared) {
        Ok(Acquire::Locked(lock)) => {
            // What is not known may be dead: looking too closely costs time.
            let is_alive = || {
                let record = read_record(&lock).unwrap_or_default();
                let liveness = liveness(unit, &lock, &record, &unit.fs_info()?, Duration::MAX);
                Ok::<_, Error>(liveness? == Liveness::Alive)
            };
            let is_dead_linker = has_linked(&lock) && !is_alive().unwrap_or(false);
            let _ = lock.release();
            is_dead_linker
        }
        Ok(Acquire::Busy | Acquire::NotFound) => false,
        // Looking too closely costs time, not looking may cost the truth.
        Err(_) => true,
    }
}

/// Whether the session of a lock that is held was seeded with links, and handed to a program. One that cannot be read may have
/// been.
pub fn has_linked<V: Vfs>(lock: &Lock<V>) -> bool {
    match read_record(lock) {
        Ok(Record { waiting: Some(_), .. }) => false,
        Ok(record) => record
            .origin
            .is_some_and(|origin| origin.mode == SeedMode::Link && origin.source.is_some()),
        Err(_) => lock.len() > 0,
    }
}
