//! The scratch directory: `.incrdir-probe.` and eight hexadecimal digits, with a lock file beside it.
//!
//! 1. Make the lock file, lock it, and write into it whose it is.
//! 2. Make the directory.
//! 3. Afterwards, remove what is in the directory, the directory, and then the lock file.
//!
//! A death after 1 leaves the lock file, after 2 the directory too. No directory is ever there without its lock file, but
//! where there are no locks.

use std::io::ErrorKind;

use incrdir_lockfs::{Create, Error as LockError, Lock, create_unborn};
use incrdir_vfs::{LockKind, Name, Vfs, failed};

use crate::bench::{clear, name};
use crate::trial::Trial;

const PREFIX: &str = ".incrdir-probe.";
const LOCK: &str = ".lock";
/// What the lock file of a probe begins with.
pub(crate) const CONTENT: &[u8] = b"incrdir-probe 1\n";
/// How deep trials nest their directories in it.
pub(crate) const DEPTH: usize = 3;
/// How many names are tried.
const ATTEMPTS: usize = 8;
/// How often something that is not empty yet is tried again: over FUSE and NFS, what was removed while it was open goes when
/// its closing has been heard of.
const REMOVALS: usize = 10;
const PAUSE: std::time::Duration = std::time::Duration::from_millis(20);

/// A scratch directory of this process.
pub(crate) struct Scratch<V: Vfs> {
    pub(crate) name: Name,
    pub(crate) dir: V::Dir,
    /// `None`: there are no locks.
    lock: Option<Lock<V>>,
}

impl<V: Vfs> Scratch<V> {
    pub(crate) fn make(vfs: &V, dir: &V::Dir) -> Trial<Self> {
        for _ in 0..ATTEMPTS {
            let stem = format!("{PREFIX}{:08x}", vfs.random());
            let (scratch, lock_name) = (name(&stem), name(&format!("{stem}{LOCK}")));
            let lock = match create_unborn(vfs, dir, &lock_name, LockKind::Exclusive) {
                Ok(Create::Locked(lock)) => Some(lock),
                Ok(Create::Taken) => continue,
                Err(LockError::Unsupported { .. }) => None,
                Err(LockError::Io(error)) => return Err(error.into()),
                Err(error) => {
                    let path = vfs.path(dir).join(&lock_name);
                    return Err(incrdir_vfs::Error::new("create", path, error.into()).into());
                }
            };
            let lock = lock.map(|mut lock| {
                // A disk that is full takes no content, and something can be found out all the same.
                let _ = lock.append(CONTENT);
                lock
            });
            let made = vfs.create_dir(dir, &scratch);
            let is_made = made.is_ok();
            let opened = made.and_then(|()| vfs.open_dir(dir, &scratch));
            let error = match opened {
                Ok(opened) => return Ok(Self { name: scratch, dir: opened, lock }),
                Err(error) => error,
            };
            if is_made {
                let _ = vfs.remove_dir(dir, &scratch);
            }
            if let Some(lock) = lock {
                let _ = lock.remove(dir, &lock_name);
            }
            if error.kind() != ErrorKind::AlreadyExists {
                return Err(failed(vfs, "create directory", dir, &scratch)(error).into());
            }
        }
        let path = vfs.path(dir).join(format!("{PREFIX}*"));
        let taken = ErrorKind::AlreadyExists.into();
        Err(incrdir_vfs::Error::new("create directory", path, taken).into())
    }

    /// Removes it with all that is in it.
    pub(crate) fn remove(self, vfs: &V, dir: &V::Dir) -> Result<(), incrdir_vfs::Error> {
        let Self { name: scratch, dir: opened, lock } = self;
        let removed = remove_dir(vfs, dir, &scratch, opened);
        match lock {
            // What is left has its lock file as long as it is there.
            Some(lock) if removed.is_ok() => lock.remove(dir, &lock_of(&scratch)),
            _ => removed,
        }
    }
}

/// Removes a scratch directory and what is in it.
pub(crate) fn remove_dir<V: Vfs>(
    vfs: &V,
    dir: &V::Dir,
    scratch: &Name,
    opened: V::Dir,
) -> Result<(), incrdir_vfs::Error> {
    let is_gone = || vfs.stat(dir, scratch).is_err_and(|error| error.kind() == ErrorKind::NotFound);
    for _ in 0..REMOVALS {
        clear(vfs, &opened, DEPTH);
        match vfs.remove_dir(dir, scratch) {
            Ok(()) => return Ok(()),
            Err(error) if error.kind() == ErrorKind::DirectoryNotEmpty => vfs.pause(PAUSE),
            // Network file systems say so of what they have done when the reply was lost.
            Err(error) if error.kind() == ErrorKind::NotFound && is_gone() => return Ok(()),
            // Some systems do not remove what is open.
            Err(_) => break,
        }
    }
    drop(opened);
    vfs.remove_dir(dir, scratch).map_err(failed(vfs, "remove", dir, scratch))
}

fn lock_of(scratch: &Name) -> Name {
    name(&format!("{scratch}{LOCK}"))
}

/// The scratch directory that belongs to a lock file of this name. `None`: it is no lock file of a probe.
pub(crate) fn scratch_of(lock: &Name) -> Option<Name> {
    let stem = lock.as_os_str().to_str()?.strip_suffix(LOCK)?;
    let digits = stem.strip_prefix(PREFIX)?;
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    (digits.len() == 8 && digits.bytes().all(is_digit)).then(|| name(stem))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_exact_names_are_ours() {
        let of = |lock: &str| scratch_of(&name(lock)).map(|name| name.to_string());
        assert_eq!(of(".incrdir-probe.0123abcd.lock").as_deref(), Some(".incrdir-probe.0123abcd"));
        for foreign in [
            ".incrdir-probe.0123abcd",
            ".incrdir-probe.0123abc.lock",
            ".incrdir-probe.0123ABCD.lock",
            ".incrdir-probe.0123abcg.lock",
            "incrdir-probe.0123abcd.lock",
            ".incrdir-probe.0123abcd.lock~",
        ] {
            assert_eq!(of(foreign), None, "{foreign}");
        }
    }
}
