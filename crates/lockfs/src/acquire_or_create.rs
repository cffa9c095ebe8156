//! The lock of a name, whether its file is there or not.

use std::io::{Error as IoError, ErrorKind};
use std::time::Duration;

use incrdir_vfs::{Error as CallError, LockKind, Name, Vfs};

use crate::{Acquire, Create, Error, Lock, create_unborn, observe, try_acquire};

/// How often one try looks for the file again that somebody else has just made or removed.
const ATTEMPTS: usize = 8;

/// The first pause between two tries, and the longest one.
const PAUSES: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(100));

/// Takes the exclusive lock of the file `name` of `dir`, making an empty file if there is none, and waits for it
/// for up to `patience`. `None` if other processes held it all the time.
///
/// With a patience of zero there is one try, and no waiting. Otherwise the pauses between tries begin with a
/// millisecond, double up to 100 milliseconds, and add up to `patience`; the time that the tries take is not counted, and
/// no clock is asked. Several processes that wait get the lock in no particular order.
///
/// The file is not removed when the lock is given up, and need not be: an empty file that nobody has locked is as good
/// as none. To remove it, use [`Lock::remove`], which is safe while others wait for it.
///
/// While the file is being made, there is a moment in which it is not locked yet. That does no harm to processes that
/// only exclude each other. Where an unlocked file means that its owner has died, use [`create_locked`](crate::create_locked).
///
/// ```
/// use std::time::Duration;
///
/// use incrdir_lockfs::acquire_or_create;
/// use incrdir_vfs::{CapVfs, Name};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let tmp = tempfile::tempdir()?;
/// let (vfs, dir) = CapVfs::open_ambient_dir(tmp.path())?;
/// let name = Name::new("downloads.lock")?;
///
/// let lock = acquire_or_create(&vfs, &dir, &name, Duration::from_secs(5))?.expect("nobody else is here");
/// assert!(acquire_or_create(&vfs, &dir, &name, Duration::ZERO)?.is_none());
/// lock.release()?;
/// assert!(acquire_or_create(&vfs, &dir, &name, Duration::ZERO)?.is_some());
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// [`Error::Unsupported`] where the file system has no locks, [`Error::NotAFile`] for anything but a regular file (links
/// are not followed), [`Error::Io`] for a call that failed, and with `Interrupted` if [`Vfs::is_stopped`] between two tries.
pub fn acquire_or_create<V: Vfs>(
    vfs: &V,
    dir: &V::Dir,
    name: &Name,
    patience: Duration,
) -> Result<Option<Lock<V>>, Error> {
    let _span = observe::acquire(vfs, dir, name, patience);
    let (mut pause, longest) = PAUSES;
    let mut left = patience;
    loop {
        if let Some(lock) = try_once(vfs, dir, name)? {
            return Ok(Some(lock));
        }
        if left.is_zero() {
            return Ok(None);
        }
        if vfs.is_stopped() {
            let why = IoError::new(ErrorKind::Interrupted, "told to stop");
            return Err(CallError::new("wait for lock", vfs.path(dir).join(name), why).into());
        }
        pause = pause.min(left);
        observe::pause(pause);
        vfs.pause(pause);
        left -= pause;
        pause = (pause * 2).min(longest);
    }
}

fn try_once<V: Vfs>(vfs: &V, dir: &V::Dir, name: &Name) -> Result<Option<Lock<V>>, Error> {
    for _ in 0..ATTEMPTS {
        match try_acquire(vfs, dir, name, LockKind::Exclusive)? {
            Acquire::Locked(lock) => return Ok(Some(lock)),
            Acquire::Busy => return Ok(None),
            Acquire::NotFound => {}
        }
        match create_unborn(vfs, dir, name, LockKind::Exclusive)? {
            Create::Locked(lock) => return Ok(Some(lock)),
            // Somebody else has made it, or has removed ours, in between.
            Create::Taken => {}
        }
    }
    Ok(None)
}
