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

/// What holds no lock has none afterwards.
pub(super) fn unlock(file: &File) -> io::Result<()> {
    // Windows says the one, Wine the other.
    const ERROR_NOT_LOCKED: i32 = 158;
    const ERROR_LOCK_VIOLATION: i32 = 33;
    match retry(|| FileExt::unlock(file)) {
        Err(error)
            if cfg!(windows)
                && matches!(
                    error.raw_os_error(),
                    Some(ERROR_NOT_LOCKED | ERROR_LOCK_VIOLATION)
                ) =>
        {
            Ok(())
        }
        unlocked => unlocked,
    }
}
