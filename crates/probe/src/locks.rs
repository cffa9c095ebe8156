//! Locks: who is kept out by one.

use std::fmt;
use std::io::ErrorKind;

use incrdir_vfs::{Access, LockKind, Name, TryLock, Vfs, failed};

use crate::bench::{Bench, name};
use crate::trial::Trial;
use crate::{Ask, Untried, Witness};

/// What came of it when somebody tried to take a lock that was held, and tried again when it was not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Exclusion {
    /// They were kept out, and then let in.
    Excludes,
    /// Both held it at one time.
    BothHold,
    /// They were kept out although nobody held it any more.
    NeverFree,
    /// There are no locks.
    NoLocks,
}

impl fmt::Display for Exclusion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Excludes => "excluded",
            Self::BothHold => "not excluded",
            Self::NeverFree => "kept out also of what is free",
            Self::NoLocks => "there are no locks",
        })
    }
}

/// An attempt that is no failure where there are no locks.
fn try_lock<V: Vfs>(
    bench: &Bench<'_, V>,
    file: &V::File,
    kind: LockKind,
    name: &Name,
) -> Trial<Option<TryLock>> {
    match bench.vfs.try_lock(file, kind) {
        Ok(tried) => Ok(Some(tried)),
        Err(error) if error.kind() == ErrorKind::Unsupported => Ok(None),
        Err(error) => Err(failed(bench.vfs, "lock", bench.dir, name)(error).into()),
    }
}

/// Two opens of one file in one process.
pub(crate) fn two_descriptors<V: Vfs>(bench: &Bench<'_, V>) -> Trial<Exclusion> {
    let lock = name("lock");
    let first = bench.create(&lock)?;
    for wanted in [LockKind::Shared, LockKind::Exclusive] {
        match try_lock(bench, &first, LockKind::Exclusive, &lock)? {
            None => return Ok(Exclusion::NoLocks),
            Some(TryLock::Busy) => return Ok(Exclusion::NeverFree),
            Some(TryLock::Locked) => {}
        }
        let second = bench.open(&lock, Access::ReadWrite)?;
        if try_lock(bench, &second, wanted, &lock)? != Some(TryLock::Busy) {
            return Ok(Exclusion::BothHold);
        }
        bench.vfs.unlock(&first).map_err(bench.no("unlock", &lock))?;
        if try_lock(bench, &second, wanted, &lock)? != Some(TryLock::Locked) {
            return Ok(Exclusion::NeverFree);
        }
        bench.vfs.unlock(&second).map_err(bench.no("unlock", &lock))?;
    }
    Ok(Exclusion::Excludes)
}

/// Whether several can hold a shared lock on a file that they have opened for reading only, and none an exclusive one
/// meanwhile.
pub(crate) fn shared_by_readers<V: Vfs>(bench: &Bench<'_, V>) -> Trial {
    let lock = name("lock");
    let writer = bench.create(&lock)?;
    let (one, other) = (bench.open(&lock, Access::Read)?, bench.open(&lock, Access::Read)?);
    for reader in [&one, &other] {
        if try_lock(bench, reader, LockKind::Shared, &lock)? != Some(TryLock::Locked) {
            return Ok(false);
        }
    }
    Ok(try_lock(bench, &writer, LockKind::Exclusive, &lock)? == Some(TryLock::Busy))
}

/// Whether a lock on a file keeps those out who open it by another name: it does not where two names are two files to the
/// kernel.
pub(crate) fn by_another_name<V: Vfs>(bench: &Bench<'_, V>) -> Trial<Exclusion> {
    let (lock, other) = (name("lock"), name("other"));
    let first = bench.create(&lock)?;
    match bench.vfs.hard_link(bench.dir, &lock, bench.dir, &other) {
        Ok(()) => {}
        Err(error) if crate::trial::is_lacking(error.kind()) => {
            return Err(Untried::Lacking("hard links"));
        }
        Err(error) => return Err(failed(bench.vfs, "link", bench.dir, &lock)(error).into()),
    }
    let second = bench.open(&other, Access::ReadWrite)?;
    match try_lock(bench, &first, LockKind::Exclusive, &lock)? {
        None => return Ok(Exclusion::NoLocks),
        Some(TryLock::Busy) => return Ok(Exclusion::NeverFree),
        Some(TryLock::Locked) => {}
    }
    Ok(match try_lock(bench, &second, LockKind::Exclusive, &other)? {
        Some(TryLock::Busy) => Exclusion::Excludes,
        _ => Exclusion::BothHold,
    })
}

/// A lock that this process holds, and somebody who is asked. `scratch`, `dir`: where that is for them.
pub(crate) fn by_witness<V: Vfs>(
    bench: &Bench<'_, V>,
    witness: &mut Witness<'_>,
    scratch: &Name,
    dir: &Name,
) -> Trial<Exclusion> {
    let lock = name("lock");
    let file = bench.create(&lock)?;
    match try_lock(bench, &file, LockKind::Exclusive, &lock)? {
        None => return Ok(Exclusion::NoLocks),
        Some(TryLock::Busy) => return Ok(Exclusion::NeverFree),
        Some(TryLock::Locked) => {}
    }
    let ask = Ask { scratch, dir, file: &lock };
    let no_locks = |error: &std::io::Error| error.kind() == ErrorKind::Unsupported;
    match (witness.try_lock)(ask) {
        Ok(TryLock::Busy) => {}
        Ok(TryLock::Locked) => return Ok(Exclusion::BothHold),
        // Who has no locks at all is not kept out by ours.
        Err(error) if no_locks(&error) => return Ok(Exclusion::BothHold),
        Err(error) => return Err(Untried::NoAnswer(error)),
    }
    bench.vfs.unlock(&file).map_err(bench.no("unlock", &lock))?;
    match (witness.try_lock)(ask) {
        Ok(TryLock::Locked) => Ok(Exclusion::Excludes),
        Ok(TryLock::Busy) => Ok(Exclusion::NeverFree),
        Err(error) => Err(Untried::NoAnswer(error)),
    }
}
