//! A session that failed its check is put where nobody starts from it, and somebody can look at it.
//!
//! 1. Q1: the exclusive lock. Somebody holds it: it stays where it is, and whoever meets it next tries again.
//! 2. Q2: check again under it: what failed may have been a deletion that went on. Not if a program that started from it says that
//!    it is bad: there the record is no evidence.
//! 3. Q3: write the reason into the record.
//! 4. Q4: rename the directory to `q-…`, then the lock file to `q-….lock`, and release it.
//!
//! The directory goes first: a published session without a lock file would be adopted. A death in between
//! leaves a quarantined session whose reason goes with its lock file.

use std::io::ErrorKind;
use std::path::PathBuf;

use incrdir_lockfs::{Acquire, Lock, try_acquire};
use incrdir_naming::{EntryName, SessionName};
use incrdir_record::{Kind, List};
use incrdir_vfs::{LockKind, Vfs, failed};

use crate::locked::condemn::rename_apart;
use crate::locked::hold::{Held, hold};
use crate::observe::{self, report};
use crate::record::forbid;
use crate::trust::check::{Trusted, trust};
use crate::trust::standing::Standing;
use crate::{Distrust, Error, Quarantine, Rejection, Scrutiny, Unit, Unrecorded, vfs_name};

/// A published session that is not what was published.
#[derive(Debug)]
#[non_exhaustive]
pub struct Damaged {
    /// Which.
    pub session: SessionName,
    /// What is wrong with it.
    pub why: Distrust,
    /// What happened to it.
    pub quarantine: Quarantine,
}

// Exhaustive: a verdict is acted on, each one otherwise.
/// What an inspection of a published session found.
#[derive(Debug)]
pub enum Inspection {
    /// It is what was published.
    Sound(Sound),
    /// It has no record to compare it with.
    Unrecorded,
    /// It is not what was published, or nothing can tell.
    Distrusted(Distrust),
    /// It was not available: in use, gone, or an error.
    Unavailable(Rejection),
}

/// What a sound session holds.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sound {
    /// Files, directories and links, as recorded.
    pub entries: u64,
    /// Files whose contents can be compared, because their digests were recorded.
    pub digests: u64,
    /// Files in it that were not published with it, below its directory: the first few.
    pub extra: Vec<PathBuf>,
    /// Whether it was copied or restored after it had been published, or that cannot be told: then it is sound as far as
    /// lengths, times and digests tell.
    pub is_moved: bool,
}

fn digests_of(list: &List) -> u64 {
    let is_compared = |number: &usize| {
        let item = list.item(*number);
        item.kind() == Kind::File && item.has_digest()
    };
    (0..list.len()).filter(is_compared).count() as u64
}

/// Compares a published session with its record, holding it shared meanwhile.
pub fn inspect<V: Vfs>(unit: &Unit<V>, session: SessionName, scrutiny: Scrutiny) -> Inspection {
    let Held { dir, lock, .. } = match hold(unit, session) {
        Ok(source) => source,
        Err(why) => return Inspection::Unavailable(why),
    };
    let inspection = compared(unit, session, &lock, &dir, scrutiny);
    let _ = lock.release();
    inspection
}

/// The same of a session whose lock the caller holds. It never makes the lock file of one that has lost it, and so writes nothing.
pub fn inspect_held<V: Vfs>(
    unit: &Unit<V>,
    session: SessionName,
    lock: &Lock<V>,
    scrutiny: Scrutiny,
) -> Inspection {
    let name = vfs_name(session);
    match unit.vfs.open_dir(&unit.dir, &name) {
        Ok(dir) => compared(unit, session, lock, &dir, scrutiny),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Inspection::Unavailable(Rejection::Gone)
        }
        Err(error) => {
            let error = Error::from(failed(&unit.vfs, "open", &unit.dir, &name)(error));
            Inspection::Unavailable(error.into())
        }
    }
}

fn compared<V: Vfs>(
    unit: &Unit<V>,
    session: SessionName,
    lock: &Lock<V>,
    dir: &V::Dir,
    scrutiny: Scrutiny,
) -> Inspection {
    match trust(&unit.vfs, session, lock, dir, Unrecorded::Accept, scrutiny) {
        Ok(Some(Trusted { list, extra, standing, .. })) => Inspection::Sound(Sound {
            entries: list.len() as u64,
            digests: digests_of(&list),
            extra,
            is_moved: standing == Standing::Moved,
        }),
        Ok(None) => Inspection::Unrecorded,
        Err(why) => {
            if why.is_damage() {
                observe::damaged(unit.name(), session, &why);
            }
            Inspection::Distrusted(why)
        }
    }
}

/// Q1 to Q4, if it fails its check under the exclusive lock too.
pub fn quarantine<V: Vfs>(unit: &Unit<V>, session: SessionName, scrutiny: Scrutiny) -> Quarantine {
    let found = |lock: &Lock<V>, dir: &V::Dir| match trust(
        &unit.vfs,
        session,
        lock,
        dir,
        Unrecorded::Accept,
        scrutiny,
    ) {
        Err(why) if why.is_damage() => Ok(Some(why.to_string())),
        Err(Distrust::Io(error)) => Err(error.into()),
        Err(Distrust::Listing(error)) => Err(error),
        Ok(_) | Err(_) => Ok(None),
    };
    quarantine_if(unit, session, found)
}

/// Q1, Q3 and Q4 of a session that is what was published and yet bad, because a program that started from it says so, for this reason.
/// [`Quarantine::Changed`]: it is gone.
pub fn quarantine_for<V: Vfs>(unit: &Unit<V>, session: SessionName, reason: &str) -> Quarantine {
    let found = |_: &Lock<V>, _: &V::Dir| Ok(Some(reason.into()));
    quarantine_if(unit, session, found)
}

/// `found`: why it is to be quarantined, asked under its lock; `None`: it is not.
fn quarantine_if<V: Vfs>(
    unit: &Unit<V>,
    session: SessionName,
    found: impl FnOnce(&Lock<V>, &V::Dir) -> Result<Option<String>, Error>,
) -> Quarantine {
    let span = observe::quarantine(unit.name(), session);
    let quarantine = try_quarantine(unit, session, found).unwrap_or_else(Quarantine::Failed);
    report::quarantine(&span, &quarantine);
    quarantine
}

fn try_quarantine<V: Vfs>(
    unit: &Unit<V>,
    session: SessionName,
    found: impl FnOnce(&Lock<V>, &V::Dir) -> Result<Option<String>, Error>,
) -> Result<Quarantine, Error> {
    let (vfs, name) = (&unit.vfs, vfs_name(session));
    let lock_name = vfs_name(EntryName::Lock(session.key));
    let mut lock = match try_acquire(vfs, &unit.dir, &lock_name, LockKind::Exclusive)? {
        Acquire::Locked(lock) => lock,
        Acquire::Busy => return Ok(Quarantine::Busy),
        Acquire::NotFound => return Ok(Quarantine::Changed),
    };
    let dir = match vfs.open_dir(&unit.dir, &name) {
        Ok(dir) => dir,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let _ = lock.release();
            return Ok(Quarantine::Changed);
        }
        Err(error) => return Err(failed(vfs, "open", &unit.dir, &name)(error).into()),
    };
    let Some(why) = found(&lock, &dir)? else {
        let _ = lock.release();
        return Ok(Quarantine::Changed);
    };
    // Some platforms do not rename a directory that is open.
    drop(dir);
    // The reason is for people: without room for it, what is damaged is quarantined all the same.
    let is_noted = forbid(&mut lock, &why).is_ok();
    observe::quarantines(session, &why);
    let quarantined = EntryName::Quarantined(session.key);
    match rename_apart(unit, &name, &vfs_name(quarantined)) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::CrossesDevices && is_noted => {
            let _ = lock.release();
            return Ok(Quarantine::InPlace);
        }
        Err(error) => return Err(failed(vfs, "quarantine", &unit.dir, &name)(error).into()),
    }
    let forbid = vfs_name(EntryName::QuarantineLock(session.key));
    // Else it is a lock file without a session, which the next collection removes.
    let _ = rename_apart(unit, &lock_name, &forbid);
    let _ = lock.release();
    Ok(Quarantine::Done(quarantined))
}
