//! Holds a published session by a shared lock, so that nobody collects it.

use std::io::ErrorKind;

use incrdir_lockfs::{Acquire, Lock, try_acquire};
use incrdir_naming::{EntryName, SessionName};
use incrdir_vfs::{LockKind, Vfs, failed};

use crate::{Adopted, Error, Rejection, Unit, adopt, vfs_name};

/// A published session, held by a shared lock.
pub(crate) struct Held<V: Vfs> {
    pub(crate) name: SessionName,
    pub(crate) dir: V::Dir,
    pub(crate) lock: Lock<V>,
}

/// Takes the shared lock of a published session and opens its directory.
pub(crate) fn hold<V: Vfs>(unit: &Unit<V>, name: SessionName) -> Result<Held<V>, Rejection> {
    let lock = match acquire_shared(unit, name)? {
        Acquire::Locked(lock) => lock,
        Acquire::Busy => return Err(Rejection::Busy),
        Acquire::NotFound => match adopt(unit, name)? {
            Adopted::Gone => return Err(Rejection::Gone),
            Adopted::Done => match acquire_shared(unit, name)? {
                Acquire::Locked(lock) => lock,
                Acquire::Busy => return Err(Rejection::Busy),
                Acquire::NotFound => return Err(Rejection::Gone),
            },
        },
    };
    let entry = vfs_name(name);
    match unit.vfs.open_dir(&unit.dir, &entry) {
        Ok(dir) => Ok(Held { name, dir, lock }),
        Err(error) => {
            let _ = lock.release();
            match error.kind() {
                ErrorKind::NotFound => Err(Rejection::Gone),
                _ => Err(Error::from(failed(&unit.vfs, "open", &unit.dir, &entry)(error)).into()),
            }
        }
    }
}

fn acquire_shared<V: Vfs>(unit: &Unit<V>, name: SessionName) -> Result<Acquire<V>, Error> {
    let lock_name = vfs_name(EntryName::Lock(name.key));
    Ok(try_acquire(&unit.vfs, &unit.dir, &lock_name, LockKind::Shared)?)
}
