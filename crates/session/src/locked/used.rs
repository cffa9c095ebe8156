//! When a unit was last used, which is when somebody last began from it or read it.
//!
//! Whoever publishes leaves a newer time stamp. Whoever only reads, or begins and publishes nothing, sets the mtime of the lock
//! file that it holds, once in an hour: the look that checks the lock shows whether that is due, so that a session that is used all the time costs
//! nothing. Nobody compares the time of a published session's lock file with anything else.

use std::io::ErrorKind;
use std::time::{Duration, SystemTime};

use incrdir_lockfs::Lock;
use incrdir_naming::EntryName;
use incrdir_vfs::{Vfs, failed};

use crate::{Catalog, Error, Unit, vfs_name};

/// How precisely it is known when something was used.
const PRECISION: Duration = Duration::from_secs(60 * 60);

/// A time that is further ahead than this is of a clock that was wrong.
const FAR_AHEAD: Duration = Duration::from_secs(24 * 60 * 60);

/// Notes that the session whose lock is held is used. On a read-only medium, or as somebody else's guest, that is not
/// possible and changes nothing else.
pub(crate) fn note_use<V: Vfs>(vfs: &V, lock: &Lock<V>, now: SystemTime) {
    let is_recent = match (lock.changed(), now) {
        (None, _) => true,
        (Some(then), now) => match now.duration_since(then) {
            Ok(age) => age < PRECISION,
            Err(ahead) => ahead.duration() <= FAR_AHEAD,
        },
    };
    if !is_recent {
        let _ = vfs.set_mtime(lock.file(), now);
    }
}

/// Whether the session whose lock is held was used since `then`, by its lock file. `then`: as [`last_use`] told it.
pub fn is_used_since<V: Vfs>(lock: &Lock<V>, then: Option<SystemTime>, now: SystemTime) -> bool {
    lock.changed().filter(|time| is_told(*time, now)) > then
}

/// Whether a time says something: one of a clock that was wrong does not.
fn is_told(time: SystemTime, now: SystemTime) -> bool {
    now.checked_add(FAR_AHEAD).is_none_or(|limit| time <= limit)
}

/// When the unit that `catalog` shows was last used, to the hour: the latest time stamp of a session, or the latest mtime of the
/// lock file of a published one. A time that is more than a day ahead of `now` is of a clock that was wrong, and counts for nothing. `None`:
/// there is no session, or no time that says anything.
///
/// # Errors
///
/// If a lock file cannot be looked at.
pub fn last_use<V: Vfs>(
    unit: &Unit<V>,
    catalog: &Catalog,
    now: SystemTime,
) -> Result<Option<SystemTime>, Error> {
    let mut times: Vec<SystemTime> =
        catalog.sessions.keys().map(|key| key.timestamp().to_system_time()).collect();
    for session in catalog.published() {
        let name = vfs_name(EntryName::Lock(session.key));
        match unit.vfs.stat(&unit.dir, &name) {
            Ok(stat) => times.push(stat.mtime),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(failed(&unit.vfs, "look at", &unit.dir, &name)(error).into()),
        }
    }
    Ok(times.into_iter().filter(|time| is_told(*time, now)).max())
}
