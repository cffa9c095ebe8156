//! B6, the cheap way: make the new working session out of the spare.
//!
//! The spare, a published session older than the source, already is the source except for what changed in
//! between. With the source held, and so never in its way:
//!
//! 1. R1: the exclusive lock of the spare (L1); its identity and its list. Compare it with the source
//!    (`compare.rs`), and see that all that would have to be taken from the source is there. If not, the spare is
//!    released as it was: it may be the next source.
//! 2. R2: if the source was published with a promise (`Consistent` or `Durable`), sync the unit: a power loss that took
//!    the source's name and kept what was done to the spare would leave neither. If that fails, this is not done.
//!    Then rename the spare to the new session's working name without replacing. If that reports an error, the
//!    identity under the new name tells whether it was done all the same.
//! 3. R3: remove the spare's lock file and release it. From here on it is a working session like any other.
//! 4. R4: what is the same stays; relink or copy what differs, remove what is gone, link or copy what is new.
//!
//! For links, the same is what has one file id under one name in both: the spare was published while the file
//! was the source's too or before, and keeps it, so nobody else can have been given its id. For copies it is what
//! both lists say has one content, and is untouched since the spare was published (`evidence.rs`). The spare must be the
//! tree that its record is of. So the session is what one that is made anew would be.
//!
//! Not made into another are a session that is pinned, one in whose files somebody may still be writing, and any at all if the
//! source began
//! cold for want of something better: the spare may be the last that is not.
//!
//! A published session is not modified by this: it stops being published in R2, under its exclusive lock,
//! exactly as if it were collected. A death after R2 leaves what a death after B6 leaves, and perhaps the
//! spare's lock file without a session.
//!
//! Nothing here makes a session fail: whatever goes wrong, it is seeded from nothing.

use incrdir_lockfs::{Acquire, Lock, try_acquire};
use incrdir_naming::{EntryName, Key, SessionName};
use incrdir_record::List;
use incrdir_vfs::{DirStat, FileId, FsInfo, LockKind, Name, Vfs, failed};

use crate::fill::compare::{Comparison, Differences, Same};
use crate::fill::known_spare::{Knowledge, KnownSpare, knowledge_of};
use crate::locked::condemn::rename_apart;
use crate::trust::evidence::Clock;
use crate::{Durability, Error, SeedMode, Unit, pin, vfs_name};

/// A published session that has been made into a working one.
pub(crate) struct Spare<V: Vfs> {
    pub(crate) dir: V::Dir,
    pub(crate) seen: DirStat,
    pub(crate) known: Option<KnownSpare>,
    pub(crate) differences: Differences,
}

/// A source, and how it is to be taken over.
pub(crate) struct Wish<'a, V: Vfs> {
    pub(crate) from: &'a V::Dir,
    pub(crate) list: &'a List,
    /// What the source's writer promised of it.
    pub(crate) durability: Durability,
    /// The one that the source is on.
    pub(crate) device: u64,
    pub(crate) mode: SeedMode,
    pub(crate) info: &'a FsInfo,
    pub(crate) clock: Clock,
}

/// R1 to R3. `None`: the spare is not available, or would be of no use, and is as it was.
///
/// # Errors
///
/// If it is taken and cannot be used: its directory stands under the new name.
pub(crate) fn take_spare<V: Vfs>(
    unit: &Unit<V>,
    spare: SessionName,
    key: Key,
    wish: &Wish<'_, V>,
) -> Result<Option<Spare<V>>, Error> {
    let vfs = &unit.vfs;
    let lock_name = vfs_name(EntryName::Lock(spare.key));
    let Ok(Acquire::Locked(lock)) = try_acquire(vfs, &unit.dir, &lock_name, LockKind::Exclusive)
    else {
        return Ok(None);
    };
    // A pin is set under the session's lock: if there was one before we had it, this shows it.
    let is_pinned = pin::is_there(unit, EntryName::Pin(spare.key)).unwrap_or(true);
    let compared = if is_pinned { None } else { compared(unit, spare, &lock, wish) };
    let Some(Compared { seen, known, differences }) = compared else {
        let _ = lock.release();
        return Ok(None);
    };
    let is_source_durable = !wish.durability.is_promise() || unit.sync().is_ok();
    // R2: where this succeeds, the spare is a published session no more.
    if !is_source_durable || !rename_spare(unit, spare, key, seen.stat.id) {
        let _ = lock.release();
        return Ok(None);
    }
    let_go(unit, lock, &lock_name);
    let name = vfs_name(key.working());
    let dir = vfs.open_dir(&unit.dir, &name).map_err(failed(vfs, "open", &unit.dir, &name))?;
    Ok(Some(Spare { dir, seen, known, differences }))
}

/// A spare that can be used.
struct Compared {
    seen: DirStat,
    known: Option<KnownSpare>,
    differences: Differences,
}

/// R1, with the lock held.
fn compared<V: Vfs>(
    unit: &Unit<V>,
    spare: SessionName,
    lock: &Lock<V>,
    wish: &Wish<'_, V>,
) -> Option<Compared> {
    let vfs = &unit.vfs;
    let dir = vfs.open_dir(&unit.dir, &vfs_name(spare)).ok()?;
    let seen = vfs.stat_dir(&dir).ok()?;
    if seen.stat.id.device != wish.device {
        return None;
    }
    let known = match knowledge_of(vfs, spare, lock, &seen, wish.mode, (wish.info, wish.clock)) {
        Knowledge::Unfit => return None,
        Knowledge::Listings => None,
        Knowledge::Recorded(known) => Some(*known),
    };
    let comparison = Comparison {
        vfs,
        list: wish.list,
        same: wish.same(),
        spare: known.as_ref(),
        device: wish.device,
    };
    let differences = comparison.all(wish.from, &dir).ok()?;
    Some(Compared { seen, known, differences })
}

/// R2. Whether the directory is under its new name.
fn rename_spare<V: Vfs>(unit: &Unit<V>, spare: SessionName, key: Key, id: FileId) -> bool {
    let (from, to) = (vfs_name(spare), vfs_name(key.working()));
    rename_apart(unit, &from, &to).is_ok()
        || unit.vfs.stat(&unit.dir, &to).is_ok_and(|now| now.id == id)
}

/// R3. A lock file that cannot be removed is an orphan, and the next collection's.
fn let_go<V: Vfs>(unit: &Unit<V>, lock: Lock<V>, lock_name: &Name) {
    let _ = lock.remove(&unit.dir, lock_name);
}

impl<V: Vfs> Wish<'_, V> {
    pub(crate) fn same(&self) -> Same {
        match self.mode {
            SeedMode::Link => Same::File { trusts_listings: self.info.listed_inodes_are_true },
            _ => Same::Content,
        }
    }
}
