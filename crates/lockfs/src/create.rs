//! A lock file that is born locked (B4).

use std::io::ErrorKind;

use incrdir_vfs::{LockKind, Name, TryLock, Vfs, failed};

use crate::acquire::{name_shows, shown_by};
use crate::error::lock_failed;
use crate::{Error, Lock, observe};

/// The outcome of an attempt to make a lock file.
#[derive(Debug)]
#[must_use = "a name that was taken is not an error"]
// Exhaustive: whoever asks has to decide about each answer.
pub enum Create<V: Vfs> {
    /// The lock file is there and its lock is held.
    Locked(Lock<V>),
    /// The name existed, or another process took the file first: choose another name.
    Taken,
}

/// How lock files are made in a directory. Kept from one attempt to the next, so that a way that does not work is not
/// tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Way {
    /// Under another name, then renamed: born locked.
    #[default]
    Born,
    /// Under its own name, where no rename refuses to replace.
    Directly,
}

/// Makes the lock file `name`, exclusively locked and with `content` in it from the first moment at which
/// it can be seen.
///
/// 1. Create the file `birth` exclusively.
/// 2. Lock it.
/// 3. Write the content.
/// 4. Look at it, and rename it to `name`, refusing to replace.
/// 5. Check that `name` is our file: another process could have removed and made `birth` in between. The two looks show
///    how fine the times of this file system are.
///
/// Where the file system has no rename that refuses to replace (network file systems, FUSE), `name` is made directly, as
/// by [`create_unborn`], and `way` says so from then on: there is a moment at which it exists, empty and not locked. Not by
/// a link: over FUSE, two names of one file are two files to the kernel, each with a lock of its own, and the lock of one
/// keeps nobody out of the other.
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
    way: &mut Way,
) -> Result<Create<V>, Error> {
    let created = create_born(vfs, dir, birth, name, content, way);
    tell_taken(vfs, dir, name, &created);
    created
}

fn create_born<V: Vfs>(
    vfs: &V,
    dir: &V::Dir,
    birth: &Name,
    name: &Name,
    content: &[u8],
    way: &mut Way,
) -> Result<Create<V>, Error> {
    if *way == Way::Directly {
        return create_directly(vfs, dir, name, content);
    }
    let mut lock = match create_and_lock(vfs, dir, birth, LockKind::Exclusive)? {
        Create::Locked(lock) => with_content(vfs, dir, birth, lock, content)?,
        Create::Taken => return Ok(Create::Taken),
    };
    let written = vfs.stat_file(lock.file()).ok().and_then(|stat| stat.ctime);
    match vfs.rename_new(dir, birth, dir, name) {
        Ok(()) => match shown_by(vfs, dir, name, lock.id()) {
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
        Err(error) if error.kind() == ErrorKind::Unsupported => {
            let _ = lock.remove(dir, birth);
            *way = Way::Directly;
            observe::made_directly(vfs, dir, name);
            create_directly(vfs, dir, name, content)
        }
        Err(error) => {
            // A network file system may report a failure of what it has done.
            if matches!(name_shows(vfs, dir, name, lock.id()), Ok(true)) {
                observe::renamed_all_the_same(vfs, dir, name, &error);
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
    let created = create_checked(vfs, dir, name, kind);
    tell_taken(vfs, dir, name, &created);
    created
}

fn create_checked<V: Vfs>(
    vfs: &V,
    dir: &V::Dir,
    name: &Name,
    kind: LockKind,
) -> Result<Create<V>, Error> {
    let lock = match create_and_lock(vfs, dir, name, kind)? {
        Create::Locked(lock) => lock,
        Create::Taken => return Ok(Create::Taken),
    };
    match name_shows(vfs, dir, name, lock.id()) {
        Ok(true) => Ok(Create::Locked(lock)),
        Ok(false) => Ok(Create::Taken),
        Err(error) => {
            let _ = lock.remove(dir, name);
            Err(error)
        }
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
    let stat = match vfs.stat_file(&file) {
        Ok(stat) => stat,
        // Looked at by a name that is gone.
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Create::Taken),
        Err(error) => return Err(failed(vfs, "look at lock file", dir, name)(error).into()),
    };
    let locked = vfs.try_lock(&file, kind);
    let lock = Lock::new(vfs, file, kind, stat.id, stat.len);
    match locked {
        Ok(TryLock::Locked) => {}
        // Somebody found it first and will see that it belongs to nobody.
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
    match create_checked(vfs, dir, name, LockKind::Exclusive)? {
        Create::Locked(lock) => Ok(Create::Locked(with_content(vfs, dir, name, lock, content)?)),
        Create::Taken => Ok(Create::Taken),
    }
}

fn tell_taken<V: Vfs>(vfs: &V, dir: &V::Dir, name: &Name, created: &Result<Create<V>, Error>) {
    if matches!(created, Ok(Create::Taken)) {
        observe::taken(vfs, dir, name);
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
