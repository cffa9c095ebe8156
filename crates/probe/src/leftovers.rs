//! What probes have left that were killed.
//!
//! It is removed once its lock file is older than a day, says that it is a probe's, is this user's, and could be locked. The same
//! user's must be the directory: otherwise somebody who may rename things here could have theirs removed by another user's
//! probe.

use std::time::Duration;

use incrdir_lockfs::{Acquire, try_acquire};
use incrdir_vfs::{LockKind, Name, Stat, Vfs};

use crate::scratch::{CONTENT, remove_dir, scratch_of};

/// Long enough for every probe that is at work, whatever holds it up.
const AGE: Duration = Duration::from_secs(24 * 60 * 60);

/// Removes what can be removed, and says how much that was. What cannot is left to the next probe.
pub(crate) fn remove_leftovers<V: Vfs>(vfs: &V, dir: &V::Dir) -> usize {
    let Ok(entries) = vfs.list(dir) else { return 0 };
    let locks = entries.into_iter().flatten().map(|entry| entry.name);
    let leftovers = locks.filter_map(|lock| Some((scratch_of(&lock)?, lock)));
    leftovers.filter(|(scratch, lock)| remove(vfs, dir, scratch, lock).is_some()).count()
}

fn remove<V: Vfs>(vfs: &V, dir: &V::Dir, scratch: &Name, lock: &Name) -> Option<()> {
    let user = vfs.process().user;
    let is_own = |stat: &Stat| stat.owner.map(|owner| owner.user) == user;
    let is_old = |stat: &Stat| vfs.now().duration_since(stat.mtime).is_ok_and(|age| age >= AGE);
    vfs.stat(dir, lock).ok().filter(|stat| is_own(stat) && is_old(stat))?;
    let Ok(Acquire::Locked(held)) = try_acquire(vfs, dir, lock, LockKind::Exclusive) else {
        return None;
    };
    let content = held.read(CONTENT.len()).ok()?;
    // A disk that was full took no content. Then nothing says whose a directory is.
    if content != CONTENT && !(content.is_empty() && vfs.stat(dir, scratch).is_err()) {
        return None;
    }
    if let Ok(opened) = vfs.open_dir(dir, scratch) {
        let own = vfs.stat_dir(&opened).is_ok_and(|told| is_own(&told.stat));
        if !own || remove_dir(vfs, dir, scratch, opened).is_err() {
            return None;
        }
    }
    held.remove(dir, lock).ok()
}
