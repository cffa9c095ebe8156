//! C5: from a session to a tombstone.
//!
//! Only with the lock of this session: the name of its lock file shows the file that is locked. An exclusive lock of
//! something else excludes nobody from it. Under the exclusive lock, in this order: the directory gets a name that no reader accepts, the lock file
//! is removed, the lock is released. Whoever dies in between leaves a tombstone with or without a lock file
//! beside it, and the next collection recognises both. The tree is deleted last, by [`remove_tree`], when
//! nobody can take it for a session any more.
//!
//! Where a directory cannot be renamed (`CrossesDevices`: one of a lower layer of an overlay, one under another project's
//! quota; `StorageFull`: on a full XFS), it is deleted where it stands, under the lock. The record says so first, and a
//! session whose record gives a reason is not used; the lock file goes last, so that whoever dies in between leaves what
//! the next one can lock.
//!
//! [`remove_tree`]: crate::remove_tree

use std::io::{self, ErrorKind};

use incrdir_lockfs::Lock;
use incrdir_naming::{EntryName, Key, SessionName};
use incrdir_vfs::{LockKind, Name, Vfs, failed};

use crate::record::forbid;
use crate::{Error, Removed, Unit, observe, remove_tree, vfs_name};

/// How many tombstones one session may leave: crashes between two collections.
const MAX_TOMBSTONES: u32 = 64;

// Exhaustive: whoever condemns has to deal with each of them.
/// What happened to a session that was condemned.
#[derive(Debug)]
#[must_use = "the tombstone is still to be removed"]
pub enum Condemned {
    /// Its directory has this name now and belongs to nobody.
    Tombstone(EntryName),
    /// It could not be renamed, so it was deleted where it stood. What could not be deleted keeps its lock file.
    InPlace(Removed),
    /// There was no such directory. Its lock file was left as it is.
    NotThere,
    /// The lock is not the one of this session, or not any more. Nothing was touched.
    NotLocked,
}

/// Condemns a session whose exclusive lock is held, and gives the lock up. A lock of anything else condemns nothing.
///
/// # Errors
///
/// If the directory could not be renamed, nothing has changed and the lock is released. If the lock file
/// could not be removed, the session is a tombstone all the same, and its lock file an orphan.
///
/// # Panics
///
/// If the lock is a shared one.
pub fn condemn<V: Vfs>(
    unit: &Unit<V>,
    session: SessionName,
    lock: Lock<V>,
) -> Result<Condemned, Error> {
    condemn_as(unit, &vfs_name(session), session.key, &vfs_name(EntryName::Lock(session.key)), lock)
}

/// Condemns a quarantined session; its exclusive lock is that of `q-….lock`. Where there is no such lock file, none is
/// needed: it belongs to nobody.
///
/// # Errors
///
/// As [`condemn`].
///
/// # Panics
///
/// If the lock is a shared one.
pub fn condemn_quarantined<V: Vfs>(
    unit: &Unit<V>,
    key: Key,
    lock: Option<Lock<V>>,
) -> Result<Condemned, Error> {
    let name = vfs_name(EntryName::Quarantined(key));
    let lock_name = vfs_name(EntryName::QuarantineLock(key));
    match lock {
        Some(lock) => condemn_as(unit, &name, key, &lock_name, lock),
        None => match unit.vfs.stat(&unit.dir, &lock_name) {
            Err(error) if error.kind() == ErrorKind::NotFound => bury(unit, &name, key),
            Ok(_) => Ok(Condemned::NotLocked),
            Err(error) => Err(failed(&unit.vfs, "look at", &unit.dir, &lock_name)(error).into()),
        },
    }
}

fn condemn_as<V: Vfs>(
    unit: &Unit<V>,
    from: &Name,
    key: Key,
    lock_name: &Name,
    lock: Lock<V>,
) -> Result<Condemned, Error> {
    assert_eq!(lock.kind(), LockKind::Exclusive, "BUG: condemned under a shared lock");
    let condemned = match lock.is_of(&unit.dir, lock_name) {
        Ok(true) => bury(unit, from, key),
        Ok(false) => Ok(Condemned::NotLocked),
        Err(error) => Err(error.into()),
    };
    if matches!(&condemned, Err(error) if cannot_be_renamed(error)) {
        return delete_in_place(unit, from, lock_name, lock);
    }
    match condemned {
        Ok(Condemned::Tombstone(_)) => lock.remove(&unit.dir, lock_name)?,
        Ok(Condemned::InPlace(_) | Condemned::NotThere | Condemned::NotLocked) | Err(_) => {
            let _ = lock.release();
        }
    }
    condemned
}

/// Whether it fails for the place that the directory is in, and deleting does not.
fn cannot_be_renamed(error: &Error) -> bool {
    use ErrorKind::{CrossesDevices, QuotaExceeded, StorageFull};
    matches!(error.kind(), CrossesDevices | QuotaExceeded | StorageFull)
}

fn delete_in_place<V: Vfs>(
    unit: &Unit<V>,
    from: &Name,
    lock_name: &Name,
    mut lock: Lock<V>,
) -> Result<Condemned, Error> {
    observe::deletes_in_place(from);
    let noted = forbid(&mut lock, "it cannot be renamed here and was being deleted");
    if let Err(error) = noted {
        let _ = lock.release();
        return Err(failed(&unit.vfs, "write lock file", &unit.dir, lock_name)(error).into());
    }
    let removed = remove_tree(&unit.vfs, &unit.dir, from);
    match removed.failures {
        0 => lock.remove(&unit.dir, lock_name)?,
        _ => drop(lock.release()),
    }
    Ok(Condemned::InPlace(removed))
}

/// Renames a directory to a tombstone of its session.
pub(crate) fn bury<V: Vfs>(unit: &Unit<V>, from: &Name, key: Key) -> Result<Condemned, Error> {
    for n in 0..MAX_TOMBSTONES {
        let tombstone = EntryName::Tombstone(key, n);
        match rename_apart(unit, from, &vfs_name(tombstone)) {
            Ok(()) => return Ok(Condemned::Tombstone(tombstone)),
            Err(error) => match error.kind() {
                ErrorKind::NotFound => return Ok(Condemned::NotThere),
                ErrorKind::AlreadyExists | ErrorKind::DirectoryNotEmpty => {}
                _ => return Err(failed(&unit.vfs, "rename", &unit.dir, from)(error).into()),
            },
        }
    }
    Err(Error::NoTombstone { path: unit.path().join(from) })
}

/// Renames a directory or a lock file of the unit to a name that only the holder of this session's lock makes.
///
/// Where the file system cannot refuse to replace, a plain rename still refuses every directory that is not empty.
pub(crate) fn rename_apart<V: Vfs>(unit: &Unit<V>, from: &Name, to: &Name) -> io::Result<()> {
    match unit.vfs.rename_new(&unit.dir, from, &unit.dir, to) {
        Err(error) if error.kind() == ErrorKind::Unsupported => {
            observe::replacing_rename(to);
            unit.vfs.rename(&unit.dir, from, &unit.dir, to)
        }
        result => result,
    }
}
