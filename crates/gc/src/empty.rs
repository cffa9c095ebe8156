//! V4: units in which nothing is left.

use incrdir_lockfs::{Acquire, Lock, try_acquire};
use incrdir_naming::UnitName;
use incrdir_session::{Unit, vfs_name};
use incrdir_vfs::{LockKind, Name, Vfs};

use crate::{Collected, Fate};

/// What to do with the directory of a unit in which nothing is left.
#[derive(Debug)]
// Exhaustive: a way of doing it safely, or not at all.
pub enum EmptyUnits<'a, V: Vfs> {
    /// Remove it: who begins a session there at this moment makes it again.
    Remove,
    /// Remove it while all of these lock files are held that there are, and leave it if there is none or one is in use: rustc fails
    /// if its unit vanishes before it has made its lock file, and cargo holds some of [`CARGO_LOCKS`] while it runs rustc.
    Under(&'a V::Dir, &'a [Name]),
    /// Leave it.
    Keep,
}

/// What cargo locks beside `incremental` while it runs rustc: the first since ever, the second since 1.97, with which the first
/// may be shared only.
pub const CARGO_LOCKS: [&str; 2] = [".cargo-lock", ".cargo-build-lock"];

/// Whether a directory is removed. It is only if it is empty, whatever happens meanwhile: the system sees to that.
pub(crate) fn remove_if_empty<V: Vfs>(
    vfs: &V,
    root: &V::Dir,
    how: &EmptyUnits<'_, V>,
    name: &UnitName,
) -> bool {
    let is_empty = || {
        let unit = Unit::open(vfs, root, name).ok().flatten()?;
        let catalog = unit.list().ok()?;
        Some(!catalog.holds_ours() && catalog.foreign.is_empty() && catalog.errors.is_empty())
    };
    if is_empty() != Some(true) {
        return false;
    }
    let remove = || vfs.remove_dir(root, &vfs_name(name)).is_ok();
    match how {
        EmptyUnits::Keep => false,
        EmptyUnits::Remove => remove(),
        EmptyUnits::Under(dir, names) => match all_locks(vfs, dir, names) {
            Some(locks) => {
                let removed = remove();
                for lock in locks {
                    let _ = lock.release();
                }
                removed
            }
            None => false,
        },
    }
}

/// The locks of those files that there are. `None`: there is none, or one is in use.
fn all_locks<V: Vfs>(vfs: &V, dir: &V::Dir, names: &[Name]) -> Option<Vec<Lock<V>>> {
    let mut locks = Vec::new();
    for name in names {
        match try_acquire(vfs, dir, name, LockKind::Exclusive) {
            Ok(Acquire::Locked(lock)) => locks.push(lock),
            Ok(Acquire::NotFound) => {}
            Ok(Acquire::Busy) | Err(_) => return None,
        }
    }
    (!locks.is_empty()).then_some(locks)
}

pub(crate) fn would_be_empty<V: Vfs>(report: &Collected, how: &EmptyUnits<'_, V>) -> bool {
    let all_go = report.disposals.iter().all(|disposal| matches!(disposal.fate, Fate::Removed(_)));
    all_go
        && report.foreign.is_empty()
        && report.listing_errors.is_empty()
        && !matches!(how, EmptyUnits::Keep)
}
