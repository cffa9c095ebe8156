//! B4: a lock file that is born locked.

use std::io::{self, ErrorKind};

use incrdir_vfs::{Access, LockKind, Name, TryLock, Vfs, failed};

use crate::acquire::{name_shows, shown_by};
use crate::error::lock_failed;
use crate::{Error, Lock};

/// What became of an attempt to make a lock file.
#[derive(Debug)]
#[must_use = "a name that was taken is not an error"]
pub enum Create<V: Vfs> {
    /// The lock file is there and its lock is held.
    Locked(Lock<V>),
    /// The name existed, or somebody else took the file first: choose another name.
    Taken,
}

/// Makes the lock file `name`, exclusively locked and with `content` in it from the first moment at which
/// it can be seen.
///
/// 1. Create the file `birth` exclusively.
/// 2. Lock it.
/// 3. Write the content.
/// 4. Look at it, and rename it to `name`, refusing to replace; by link and unlink where there is no such rename.
/// 5. Check that `name` is our file: another process could have removed and made `birth` in between. The two looks show
///    how fine the times of this file system are.
///
/// By link, the lock is taken once more through `name`, and if that succeeds, it is the one that counts.
///
/// Where the file system has neither that rename nor links, `name` is made directly, as by
/// [`create_unborn`]: then there is a moment at which it exists and is not locked.
///
/// # Errors
///
/// [`Error::Unsupported`] where the file system has no locks, [`Error::Io`] for a call that failed. What
/// was made is removed again.
pub fn create_locked<V: Vfs>(
    vfs: &V,
    dir: &V::Dir,
    birth: &Name,
    name: &Name,
    content: &[u8],
) -> Result<Create<V>, Error> {
    let mut lock = match create_and_lock(vfs, dir, birth, LockKind::Exclusive)? {
        Create::Locked(lock) => with_content(vfs, dir, birth, lock, content)?,
        Create::Taken => return Ok(Create::Taken),
    };
    let written = vfs.stat_file(lock.file()).ok().and_then(|stat| stat.ctime);
    match rename_new_or_link(vfs, dir, birth, name) {
        Ok(By::Link) => lock_by_name(vfs, dir, name, lock),
        Ok(By::Rename) => match shown_by(vfs, dir, name, lock.id()) {
            Ok(Some(stat)) => {
                lock.compare_ctimes(written, stat.ctime);
                Ok(Create::Locked(lock))
            }
            Ok(None) => Ok(Create::Taken),
            Err(error) => {
                let _ = lock.remove(dir, name);
                Err(error)
            }
        },
        Err(error) if cannot_rename(error.kind()) => {
            let _ = lock.remove(dir, birth);
            create_directly(vfs, dir, name, content)
        }
        Err(error) => {
            // A network file system may report a failure of what it has done.
            if matches!(name_shows(vfs, dir, name, lock.id()), Ok(true)) {
                return Ok(Create::Locked(lock));
            }
            let lost_race = matches!(error.kind(), ErrorKind::AlreadyExists | ErrorKind::NotFound);
            let error = failed(vfs, "rename lock file", dir, birth)(error);
            let _ = lock.remove(dir, birth);
            if lost_race { Ok(Create::Taken) } else { Err(error.into()) }
        }
    }
}

/// Makes the lock file `name` under its own name, locks it, and checks that the name is still our file:
/// in between, it can be seen unlocked, locked by others, and removed.
///
/// # Errors
///
/// As [`create_locked`].
pub fn create_unborn<V: Vfs>(
    vfs: &V,
    dir: &V::Dir,
    name: &Name,
    kind: LockKind,
) -> Result<Create<V>, Error> {
    match create_and_lock(vfs, dir, name, kind)? {
        Create::Locked(lock) if name_shows(vfs, dir, name, lock.id())? => Ok(Create::Locked(lock)),
        _ => Ok(Create::Taken),
    }
}

/// Creates exclusively and locks: the check of L1 is the caller's.
fn create_and_lock<V: Vfs>(
    vfs: &V,
    dir: &V::Dir,
    name: &Name,
    kind: LockKind,
) -> Result<Create<V>, Error> {
    let file = match vfs.create_file(dir, name) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(Create::Taken),
        Err(error) => return Err(failed(vfs, "create lock file", dir, name)(error).into()),
    };
    let stat = vfs.stat_file(&file).map_err(failed(vfs, "look at lock file", dir, name))?;
    let locked = vfs.try_lock(&file, kind);
    let lock = Lock::new(vfs, file, kind, stat.id, stat.len);
    match locked {
        Ok(TryLock::Locked) => {}
        // Somebody found it first and will see that it is nobody's.
        Ok(TryLock::Busy) => return Ok(Create::Taken),
        Err(error) => {
            let error = lock_failed(vfs, dir, name)(error);
            let _ = lock.remove(dir, name);
            return Err(error);
        }
    }
    Ok(Create::Locked(lock))
}

fn create_directly<V: Vfs>(
    vfs: &V,
    dir: &V::Dir,
    name: &Name,
    content: &[u8],
) -> Result<Create<V>, Error> {
    match create_unborn(vfs, dir, name, LockKind::Exclusive)? {
        Create::Locked(lock) => Ok(Create::Locked(with_content(vfs, dir, name, lock, content)?)),
        Create::Taken => Ok(Create::Taken),
    }
}

/// Writes the content of a lock file that has just been made, or removes it again.
fn with_content<V: Vfs>(
    vfs: &V,
    dir: &V::Dir,
    name: &Name,
    mut lock: Lock<V>,
    content: &[u8],
) -> Result<Lock<V>, Error> {
    match lock.append(content) {
        Ok(()) => Ok(lock),
        Err(error) => {
            let error = failed(vfs, "write lock file", dir, name)(error);
            let _ = lock.remove(dir, name);
            Err(error.into())
        }
    }
}

/// How a lock file got its name.
enum By {
    Rename,
    Link,
}

/// Some file systems (those over FUSE that know files by their paths) take two names of one file for two files, each
/// with locks and a length of its own. There, the lock of the name is another one, and is free.
fn lock_by_name<V: Vfs>(
    vfs: &V,
    dir: &V::Dir,
    name: &Name,
    lock: Lock<V>,
) -> Result<Create<V>, Error> {
    if !name_shows(vfs, dir, name, lock.id())? {
        return Ok(Create::Taken);
    }
    let file = match vfs.open_file(dir, name, Access::ReadWrite) {
        Ok(file) => file,
        Err(error) => {
            let error = failed(vfs, "open lock file", dir, name)(error);
            let _ = lock.remove(dir, name);
            return Err(error.into());
        }
    };
    match vfs.try_lock(&file, LockKind::Exclusive) {
        Ok(TryLock::Locked) => {
            let (id, len) = (lock.id(), lock.len());
            // Of the two, only this one is in the way of whoever opens the name.
            let _ = lock.release();
            Ok(Create::Locked(Lock::new(vfs, file, LockKind::Exclusive, id, len)))
        }
        // Whoever holds it is the lock that we have.
        Ok(TryLock::Busy) => Ok(Create::Locked(lock)),
        Err(error) => {
            let error = lock_failed(vfs, dir, name)(error);
            let _ = lock.remove(dir, name);
            Err(error)
        }
    }
}

fn rename_new_or_link<V: Vfs>(vfs: &V, dir: &V::Dir, from: &Name, to: &Name) -> io::Result<By> {
    match vfs.rename_new(dir, from, dir, to) {
        Err(error) if error.kind() == ErrorKind::Unsupported => {
            vfs.hard_link(dir, from, dir, to)?;
            match vfs.remove_file(dir, from) {
                Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
                _ => Ok(By::Link),
            }
        }
        result => result.map(|()| By::Rename),
    }
}

/// What a file system without hard links says to one (FAT says that it is not permitted).
fn cannot_rename(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::Unsupported | ErrorKind::PermissionDenied)
}
