//! Locks of open files, by fs4: `flock(2)` on Unix, `LockFileEx` on Windows.

use std::fs::File;
use std::io::{self, ErrorKind};

use fs4::{FileExt, TryLockError};

use super::errno::{retry, unsupported_if_unknown};
use crate::{LockKind, TryLock};

/// The calls are spelled out because `File` has methods of the same names.
pub(super) fn try_lock(file: &File, kind: LockKind) -> io::Result<TryLock> {
    loop {
        let locked = match kind {
            LockKind::Shared => FileExt::try_lock_shared(file),
            LockKind::Exclusive => FileExt::try_lock(file),
        };
        return match locked {
            Ok(()) => Ok(TryLock::Locked),
            Err(TryLockError::WouldBlock) => Ok(TryLock::Busy),
            Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Interrupted => continue,
            Err(TryLockError::Error(error)) => Err(unsupported_if_unknown(error)),
        };
    }
}

/// One that holds no lock has none afterwards, too.
pub(super) fn unlock(file: &File) -> io::Result<()> {
    const ERROR_NOT_LOCKED: i32 = 158;
    match retry(|| FileExt::unlock(file)) {
        Err(error) if cfg!(windows) && error.raw_os_error() == Some(ERROR_NOT_LOCKED) => Ok(()),
        unlocked => unlocked,
    }
}
