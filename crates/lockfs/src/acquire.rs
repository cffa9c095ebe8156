//! A lock counts only after the check (L1).

use std::io::ErrorKind;

use incrdir_vfs::{Access, FileId, FileKind, LockKind, Name, Stat, TryLock, Vfs, failed};

use crate::error::lock_failed;
use crate::{Error, Lock, observe};

/// How often a lock file may be replaced under our hands before we call it busy.
const ATTEMPTS: usize = 8;

/// The outcome of an attempt to acquire a lock.
#[derive(Debug)]
#[must_use = "a lock that is busy is not an error"]
// Exhaustive: whoever asks has to decide about each answer.
pub enum Acquire<V: Vfs> {
    /// The lock of the name is held.
    Locked(Lock<V>),
    /// Another process holds it, or the file was replaced again and again.
    Busy,
    /// There is no such lock file.
    NotFound,
}

/// Tries to lock the file `name` of `dir`, and checks that what was locked is what the name shows.
///
/// A shared lock opens the file for reading only, so it works on a read-only medium and on files of other users.
///
/// # Errors
///
/// [`Error::Unsupported`] where the file system has no locks, [`Error::NotAFile`] for anything but a
/// regular file (links are not followed), [`Error::Io`] for a call that failed.
pub fn try_acquire<V: Vfs>(
    vfs: &V,
    dir: &V::Dir,
    name: &Name,
    kind: LockKind,
) -> Result<Acquire<V>, Error> {
    let acquired = lock_and_check(vfs, dir, name, kind);
    match &acquired {
        Ok(Acquire::Busy) => observe::busy(vfs, dir, name, kind),
        Ok(Acquire::NotFound) => observe::not_found(vfs, dir, name),
        Ok(Acquire::Locked(_)) | Err(_) => {}
    }
    acquired
}

fn lock_and_check<V: Vfs>(
    vfs: &V,
    dir: &V::Dir,
    name: &Name,
    kind: LockKind,
) -> Result<Acquire<V>, Error> {
    let access = match kind {
        LockKind::Shared => Access::Read,
        LockKind::Exclusive => Access::ReadWrite,
    };
    for _ in 0..ATTEMPTS {
        let file = match vfs.open_file(dir, name, access) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Acquire::NotFound),
            Err(error)
                if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::IsADirectory) =>
            {
                return Err(Error::NotAFile { path: vfs.path(dir).join(name) });
            }
            Err(error) => return Err(failed(vfs, "open lock file", dir, name)(error).into()),
        };
        match vfs.try_lock(&file, kind).map_err(lock_failed(vfs, dir, name))? {
            TryLock::Busy => return Ok(Acquire::Busy),
            TryLock::Locked => {}
        }
        let stat = match vfs.stat_file(&file) {
            Ok(stat) => stat,
            // Some network mounts look at a file by its name, which is gone: the file is not its any more.
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(failed(vfs, "look at lock file", dir, name)(error).into()),
        };
        if stat.kind != FileKind::File {
            return Err(Error::NotAFile { path: vfs.path(dir).join(name) });
        }
        let lock = Lock::new(vfs, file, kind, stat.id, stat.len).seen_changed(stat.mtime);
        if stat.links > 0 && name_shows(vfs, dir, name, stat.id)? {
            return Ok(Acquire::Locked(lock));
        }
        // The file we hold is not the lock of this name any more.
        observe::replaced(vfs, dir, name);
        let _ = lock.release();
    }
    Ok(Acquire::Busy)
}

/// Whether the name is this file's now.
pub(crate) fn name_shows<V: Vfs>(
    vfs: &V,
    dir: &V::Dir,
    name: &Name,
    id: FileId,
) -> Result<bool, Error> {
    Ok(shown_by(vfs, dir, name, id)?.is_some())
}

/// What the name shows, if it is this file's now.
pub(crate) fn shown_by<V: Vfs>(
    vfs: &V,
    dir: &V::Dir,
    name: &Name,
    id: FileId,
) -> Result<Option<Stat>, Error> {
    match vfs.stat(dir, name) {
        Ok(stat) => Ok((stat.id == id).then_some(stat)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(vfs, "look at lock file", dir, name)(error).into()),
    }
}
