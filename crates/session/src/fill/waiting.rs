//! B5 and B6, ahead of time: take over a session that was filled before anybody wanted it (`warm.rs`).
//!
//! It is a working session whose record says that it is a finished copy of its source, and waits. Its lock is free.
//!
//! 1. G4: lock the waiting session, shared to look at it (C3), then exclusively. It must be filled from the newest published session, as this one is to be, and since
//!    the machine was started. Then hold that published session (L1), and see that it shows what it showed when the other one was
//!    filled from it: its directory, and the length of its record, to which everything is appended that anybody has to say of it.
//! 2. G5: see that the directory of the waiting session is in the mount in which it was filled, and as it was then. So must every
//!    directory in it be (E5), and, if its files are its own, every file (E2). One that is not is condemned (C5).
//! 3. G6: rename its directory to the new session's working name, as R2, and see that it is that directory and that no name in it
//!    changed meanwhile; then remove its lock file, as R3. The list of its files is read from that when the new session is published.
//!
//! Where its directory is all there is, and all files are the source's own, this takes as many calls for a hundred thousand files as
//! for one. Nothing of it makes a session fail: what cannot be taken over is left to B5.

use std::collections::BTreeMap;
use std::time::SystemTime;

use incrdir_lockfs::{Acquire, Lock, try_acquire};
use incrdir_naming::{EntryName, Key, SessionName};
use incrdir_record::{List, Record, Waiting};
use incrdir_vfs::{DirStat, LockKind, Vfs};

use crate::fill::basis::{Basis, Copies};
use crate::fill::ground::Ground;
use crate::fill::recall::{Unread, know, read_list};
use crate::fill::take::discard;
use crate::locked::condemn::rename_apart;
use crate::locked::hold::{Held, hold};
use crate::locked::used::note_use;
use crate::trust::audit::has_dead_linker;
use crate::trust::standing::{Numbers, Standing, standing_of};
use crate::trust::untouched::Tree;
use crate::{BeginOptions, Catalog, SeedMode, Unit, condemn, observe, read_record, vfs_name};

/// A session that waited, under its new name.
pub(crate) struct TakenOver<V: Vfs> {
    pub(crate) session: SessionName,
    pub(crate) source: SessionName,
    pub(crate) dir: V::Dir,
    pub(crate) seen: DirStat,
    pub(crate) basis: Basis,
    pub(crate) unread: Option<Unread<V>>,
    pub(crate) since_cold: Option<u8>,
}

/// The newest published session of a unit for which another one waits, by the record of that.
pub fn waits_for<V: Vfs>(vfs: &V, record: &Record) -> Option<SessionName> {
    let Waiting { place, .. } = record.waiting?;
    // What was written before the machine was restarted may be lost.
    let is_one_boot = place.boot_id.is_some() && place.boot_id == vfs.boot_id();
    record.origin.as_ref().filter(|_| is_one_boot && record.reason.is_none())?.source
}

/// The keys of the working sessions that are newer than all published ones, newest first: what waits is among them.
fn candidates(catalog: &Catalog) -> impl Iterator<Item = Key> {
    let newest_first = catalog.sessions.iter().rev();
    newest_first
        .take_while(|(_, found)| found.published.is_empty())
        .filter(|(_, found)| found.working && found.lock)
        .map(|(key, _)| *key)
}

/// G4 to G6. `None`: nothing waits that can be taken over.
pub(crate) fn take_waiting<V: Vfs>(
    unit: &Unit<V>,
    (key, now): (Key, SystemTime),
    options: &BeginOptions,
    catalog: &Catalog,
    ground: &Ground,
) -> Option<TakenOver<V>> {
    let wanted = Wanted::of(unit, options, catalog, ground)?;
    let (found, looked) = wanted.find(catalog, now)?;
    if has_dead_linker(unit, catalog, Some(found.key)) {
        // What it wrote through its links, it may have written into this one.
        let _ = found.lock.release();
        return None;
    }
    wanted.take(key, found, looked)
}

/// The session that waits already for whoever begins with these options.
pub(crate) fn find_waiting<V: Vfs>(
    unit: &Unit<V>,
    options: &BeginOptions,
    catalog: &Catalog,
    ground: &Ground,
) -> Option<SessionName> {
    let (found, _) = Wanted::of(unit, options, catalog, ground)?.find(catalog, unit.vfs.now())?;
    let _ = found.lock.release();
    Some(found.key.working())
}

/// What a session is to be that can be taken over.
struct Wanted<'a, V: Vfs> {
    unit: &'a Unit<V>,
    options: &'a BeginOptions,
    ground: &'a Ground,
    /// The newest published session.
    source: SessionName,
}

/// A session that waits and is filled as it is to be, under its exclusive lock.
struct Found<V: Vfs> {
    key: Key,
    lock: Lock<V>,
    waiting: Waiting,
    since_cold: Option<u8>,
}

/// What looking at it gave: its directory, and its list if that had to be read.
struct Looked {
    seen: DirStat,
    list: Option<List>,
}

/// Why a session that waits is not taken.
enum Unfit {
    /// It may be another one's.
    Stays,
    /// It is not what it was, or what it was filled from is not.
    Spoiled,
}

impl<'a, V: Vfs> Wanted<'a, V> {
    /// `None`: whoever begins so takes none over.
    fn of(
        unit: &'a Unit<V>,
        options: &'a BeginOptions,
        catalog: &Catalog,
        ground: &'a Ground,
    ) -> Option<Self> {
        let is_any = options.seed != SeedMode::None && options.only.is_none();
        if !is_any || !ground.info.locks_exclude_all || !catalog.errors.is_empty() {
            return None;
        }
        let source = catalog.published().next()?;
        let is_refused = options.refused.contains(&source);
        (!is_refused).then_some(Self { unit, options, ground, source })
    }

    /// G4 and G5. One that is spoiled is condemned.
    fn find(&self, catalog: &Catalog, now: SystemTime) -> Option<(Found<V>, Looked)> {
        let found = candidates(catalog).find_map(|key| self.lock(key))?;
        let held = hold(self.unit, self.source).ok()?;
        note_use(&self.unit.vfs, &held.lock, now);
        let looked = self.look(&found, &held);
        let _ = held.lock.release();
        match looked {
            Ok(looked) => return Some((found, looked)),
            Err(Unfit::Stays) => drop(found.lock.release()),
            Err(Unfit::Spoiled) => {
                let session = found.key.working();
                observe::waiting_is_spoiled(session);
                // The tree is left to a collection: whoever begins does not wait for that.
                let _ = condemn(self.unit, session, found.lock);
            }
        }
        None
    }

    /// G4: locks one that is filled as this one is to be. Under a shared lock first, as collections do (C3): it may have been
    /// published since it was listed, and an exclusive one would shut its readers out.
    fn lock(&self, key: Key) -> Option<Found<V>> {
        let lock = self.acquire(key, LockKind::Shared)?;
        let record = read_record(&lock);
        let _ = lock.release();
        let record = record.ok()?;
        let waiting = record.waiting?;
        if waits_for(&self.unit.vfs, &record) != Some(self.source) || !self.is_alike(&record) {
            return None;
        }
        let lock = self.acquire(key, LockKind::Exclusive)?;
        let since_cold = record.origin.and_then(|origin| origin.since_cold);
        Some(Found { key, lock, waiting, since_cold })
    }

    fn acquire(&self, key: Key, kind: LockKind) -> Option<Lock<V>> {
        let Unit { vfs, dir, .. } = self.unit;
        match try_acquire(vfs, dir, &vfs_name(EntryName::Lock(key)), kind) {
            Ok(Acquire::Locked(lock)) => Some(lock),
            _ => None,
        }
    }

    fn is_alike(&self, record: &Record) -> bool {
        record.origin.as_ref().is_some_and(|origin| {
            origin.mode == self.options.seed
                && origin.unit.is_none()
                && origin.patterns == self.options.selection.patterns()
        })
    }

    /// G4 and G5: whether it and its source are what they were.
    fn look(&self, found: &Found<V>, held: &Held<V>) -> Result<Looked, Unfit> {
        let Unit { vfs, dir: unit, .. } = self.unit;
        let Found { key, lock, waiting, .. } = found;
        let source = vfs.stat_dir(&held.dir).map_err(|_| Unfit::Stays)?.stat;
        let is_source_alike = source.id.inode == waiting.source.inode
            && source.ctime == Some(waiting.source.ctime)
            && held.lock.len() == waiting.source.record;
        if !is_source_alike {
            return Err(Unfit::Spoiled);
        }
        let dir = vfs.open_dir(unit, &vfs_name(key.working())).map_err(|_| Unfit::Stays)?;
        let seen = vfs.stat_dir(&dir).map_err(|_| Unfit::Stays)?;
        let numbers = || Ok::<_, ()>(Numbers::of(&self.ground.info));
        match standing_of(&waiting.place, vfs, &seen, Some(waiting.seal), numbers) {
            Ok(Standing::Same) => {}
            Ok(Standing::Touched) => return Err(Unfit::Spoiled),
            // In another mount it may be what it was.
            _ => return Err(Unfit::Stays),
        }
        if waiting.is_flat {
            return Ok(Looked { seen, list: None });
        }
        let list = read_list(lock, *key).ok_or(Unfit::Spoiled)?;
        let clock = self.ground.clock.with_step(waiting.place.step);
        let tree = Tree { vfs, list: &list, clock, mode: self.options.seed, top: &seen };
        match tree.is_as_recorded(&dir) {
            Ok(true) => Ok(Looked { seen, list: Some(list) }),
            Ok(false) => Err(Unfit::Spoiled),
            Err(()) => Err(Unfit::Stays),
        }
    }

    /// G6.
    fn take(&self, key: Key, found: Found<V>, looked: Looked) -> Option<TakenOver<V>> {
        let Unit { vfs, dir: unit, .. } = self.unit;
        let Found { key: taken, lock, waiting, since_cold } = found;
        let Looked { seen, list } = looked;
        let (from, to) = (vfs_name(taken.working()), vfs_name(key.working()));
        let renamed = rename_apart(self.unit, &from, &to);
        let opened = vfs.open_dir(unit, &to).and_then(|dir| Ok((vfs.stat_dir(&dir)?, dir)));
        let is_it = |now: &DirStat| now.stat.id == seen.stat.id;
        let (now, dir) = match opened {
            Ok((now, dir)) if is_it(&now) => (now, dir),
            _ => {
                // Something of ours may stand there that is of no use.
                if renamed.is_ok() {
                    discard(self.unit, key);
                }
                let _ = lock.release();
                return None;
            }
        };
        let lock_name = vfs_name(EntryName::Lock(taken));
        let _ = lock.remove_name(unit, &lock_name);
        // Being renamed does not move its mtime.
        if now.stat.mtime != seen.stat.mtime {
            drop(dir);
            discard(self.unit, key);
            return None;
        }
        observe::taken_over(taken.working());
        let Ground { info, clock, .. } = self.ground.clone();
        let mut basis = Basis {
            list: None,
            copied: Copies::new(),
            intact: BTreeMap::new(),
            handed_over: vfs.now(),
            clock: clock.with_step(clock.step.max(waiting.place.step)),
            info,
            source: Some(waiting.source),
        };
        let unread = match list {
            Some(list) => {
                know(&mut basis, list, self.options.seed);
                None
            }
            None => Some(Unread { key: taken, lock }),
        };
        let (session, source) = (taken.working(), self.source);
        Some(TakenOver { session, source, dir, seen: now, basis, unread, since_cold })
    }
}
