//! C7: a published session whose lock file is gone gets a new one.
//!
//! Archives, ignore rules and people lose lock files. The session is complete all the same, so it is
//! adopted by whoever meets it first. The new lock file is never renamed onto the name, where it could
//! replace one that somebody holds, and it is only ever held shared, so nobody is shut out.

use std::io::ErrorKind;

use incrdir_lockfs::{Create, create_unborn};
use incrdir_naming::{EntryName, SessionName};
use incrdir_vfs::{FileKind, LockKind, Vfs, failed};

use crate::{Error, Unit, observe, vfs_name};

// Exhaustive: it is there, or it is not.
/// What happened to an adoption.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Adopted {
    /// The session has a lock file, ours or somebody else's.
    Done,
    /// There is no such session any more.
    Gone,
}

/// Gives a published session a lock file if it has none.
///
/// 1. See that its directory is there.
/// 2. Create the lock file exclusively; one that exists is as good.
/// 3. Lock it shared.
/// 4. Look for the directory again: gone means that a collector was faster, and the new lock file with
///    nothing to guard is removed.
///
/// # Errors
///
/// As [`create_unborn`] and [`Vfs::stat`]; on a read-only cache it cannot be done.
pub fn adopt<V: Vfs>(unit: &Unit<V>, session: SessionName) -> Result<Adopted, Error> {
    if !is_there(unit, session)? {
        return Ok(Adopted::Gone);
    }
    let lock_name = vfs_name(EntryName::Lock(session.key));
    let lock = match create_unborn(&unit.vfs, &unit.dir, &lock_name, LockKind::Shared)? {
        Create::Locked(lock) => lock,
        Create::Taken => return Ok(Adopted::Done),
    };
    match is_there(unit, session) {
        Ok(true) => {
            observe::lock_file_lost(session);
            let _ = lock.release();
            Ok(Adopted::Done)
        }
        Ok(false) => {
            lock.remove(&unit.dir, &lock_name)?;
            Ok(Adopted::Gone)
        }
        Err(error) => Err(error),
    }
}

fn is_there<V: Vfs>(unit: &Unit<V>, session: SessionName) -> Result<bool, Error> {
    let entry = vfs_name(session);
    match unit.vfs.stat(&unit.dir, &entry) {
        Ok(stat) => Ok(stat.kind == FileKind::Dir),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(failed(&unit.vfs, "look at", &unit.dir, &entry)(error).into()),
    }
}
