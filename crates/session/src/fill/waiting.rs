//! B5 and B6, ahead of time: take over a session that was filled before anybody wanted it (`warm.rs`).
//!
//! It is a working session whose record says that it is a finished copy of its source, and waits. Its lock is free.
//!
//! 1. G4: hold the newest published session (L1), and see that it shows what it showed when the other one was filled from it: its
//!    directory, and the length of its record, to which everything is appended that anybody has to say of it.
//! 2. G5: lock the waiting session exclusively. It must be filled as this one is to be. It must be in the mount in which it was
//!    filled, in the same run of the machine, and its directory as it was then. So must every directory in it (E5), and, if its files
//!    are its own, every file (E2). One that is not is condemned (C5).
//! 3. G6: rename its directory to the new session's working name, as R2, and see that it is that directory and that no name in it
//!    changed meanwhile; then remove its lock file, as R3. The list of its files is read from that when the new session is published.
//!
//! Where its directory is all there is, and all files are the source's own, this takes as many calls for a hundred thousand files as
//! for one. Nothing of it makes a session fail: what cannot be taken over is left to B5.

use std::collections::BTreeMap;
use std::time::SystemTime;

use incrdir_lockfs::{Acquire, Lock, try_acquire};
use incrdir_naming::{EntryName, Key, SessionName};
use incrdir_record::{Kind, List, Record, Waiting, Whole};
use incrdir_vfs::{DirStat, LockKind, Vfs};

use crate::fill::basis::{Basis, Copied, Copies};
use crate::fill::ground::Ground;
use crate::fill::known_spare::Intact;
use crate::fill::take::discard;
use crate::locked::condemn::rename_apart;
use crate::locked::hold::{Held, hold};
use crate::locked::used::note_use;
use crate::record::{name_of, read_all};
use crate::stop::go_on;
use crate::tree::trail::Trail;
use crate::tree::ways::{Place, Ways};
use crate::trust::audit::has_dead_linker;
use crate::trust::evidence::{Clock, Known, Shown, ShownDir, is_untouched};
use crate::trust::standing::{Standing, standing_of};
use crate::{BeginOptions, Catalog, SeedMode, Unit, condemn, observe, read_record, vfs_name};

/// A job looks at so many directories and files.
const JOB: usize = 256;

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

/// The lock file of a session that was taken over. It has lost its name.
pub(crate) struct Unread<V: Vfs> {
    key: Key,
    lock: Lock<V>,
}

impl<V: Vfs> Unread<V> {
    /// Reads what is in the session. What cannot be read is not known: then everything is looked at.
    pub(crate) fn recall(self, mode: SeedMode, basis: &mut Basis) {
        match read_list(&self.lock, self.key) {
            Some(list) => know(basis, list, mode),
            None => basis.forget(),
        }
    }
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
    let candidates: Vec<Key> = candidates(catalog).collect();
    if candidates.is_empty() {
        return None;
    }
    let held = hold(unit, wanted.source).ok()?;
    note_use(&unit.vfs, &held.lock, now);
    let taken = candidates.into_iter().find_map(|candidate| {
        let (found, lock) = wanted.found(candidate, &held)?;
        if has_dead_linker(unit, catalog, Some(candidate)) {
            // What it wrote through its links, it may have written into this one.
            let _ = lock.release();
            return None;
        }
        wanted.take(key, candidate, found, lock)
    });
    let _ = held.lock.release();
    taken
}

/// The session that waits already for whoever begins with these options.
pub(crate) fn find_waiting<V: Vfs>(
    unit: &Unit<V>,
    options: &BeginOptions,
    catalog: &Catalog,
    ground: &Ground,
) -> Option<SessionName> {
    let wanted = Wanted::of(unit, options, catalog, ground)?;
    let held = hold(unit, wanted.source).ok()?;
    let waiting = candidates(catalog).find(|candidate| {
        let found = wanted.found(*candidate, &held);
        found.is_some_and(|(_, lock)| lock.release().is_ok())
    });
    let _ = held.lock.release();
    waiting.map(Key::working)
}

/// What a session is to be that can be taken over.
struct Wanted<'a, V: Vfs> {
    unit: &'a Unit<V>,
    options: &'a BeginOptions,
    ground: &'a Ground,
    /// The newest published session.
    source: SessionName,
}

/// A session that waits and is as it was when it was filled.
struct Found {
    waiting: Waiting,
    seen: DirStat,
    since_cold: Option<u8>,
    /// Its list, if that had to be read.
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

    /// G5, and what is left of G4. With the lock of the one that was found.
    fn found(&self, key: Key, held: &Held<V>) -> Option<(Found, Lock<V>)> {
        let Unit { vfs, dir, .. } = self.unit;
        let name = vfs_name(EntryName::Lock(key));
        // An empty one may be rustc's, which dies when somebody else has locked it.
        vfs.stat(dir, &name).ok().filter(|stat| stat.len > 0)?;
        let acquired = try_acquire(vfs, dir, &name, LockKind::Exclusive);
        let Ok(Acquire::Locked(lock)) = acquired else { return None };
        match self.look(key, &lock, held) {
            Ok(found) => return Some((found, lock)),
            Err(Unfit::Stays) => drop(lock.release()),
            Err(Unfit::Spoiled) => {
                observe::waiting_is_spoiled(key.working());
                // The tree is left to a collection: whoever begins does not wait for that.
                let _ = condemn(self.unit, key.working(), lock);
            }
        }
        None
    }

    fn look(&self, key: Key, lock: &Lock<V>, held: &Held<V>) -> Result<Found, Unfit> {
        let Unit { vfs, dir: unit, .. } = self.unit;
        let record = read_record(lock).map_err(|_| Unfit::Stays)?;
        let waiting = record.waiting.ok_or(Unfit::Stays)?;
        let origin = record.origin.as_ref().ok_or(Unfit::Stays)?;
        let is_alike = origin.mode == self.options.seed
            && origin.unit.is_none()
            && origin.patterns == self.options.selection.patterns();
        if waits_for(vfs, &record) != Some(self.source) || !is_alike {
            return Err(Unfit::Stays);
        }
        let source = vfs.stat_dir(&held.dir).map_err(|_| Unfit::Stays)?.stat;
        let is_source_alike = source.id.inode == waiting.source.inode
            && source.ctime == Some(waiting.source.ctime)
            && held.lock.len() == waiting.source.record;
        if !is_source_alike {
            return Err(Unfit::Spoiled);
        }
        let dir = vfs.open_dir(unit, &vfs_name(key.working())).map_err(|_| Unfit::Stays)?;
        let seen = vfs.stat_dir(&dir).map_err(|_| Unfit::Stays)?;
        match standing_of(&waiting.place, vfs, &seen, Some(waiting.seal), || Ok::<_, ()>(false)) {
            Ok(Standing::Same) => {}
            Ok(Standing::Touched) => return Err(Unfit::Spoiled),
            // In another mount it may be what it was.
            _ => return Err(Unfit::Stays),
        }
        let since_cold = origin.since_cold;
        if waiting.is_flat {
            return Ok(Found { waiting, seen, since_cold, list: None });
        }
        let list = read_list(lock, key).ok_or(Unfit::Spoiled)?;
        let clock = self.ground.clock.with_step(waiting.place.step);
        let tree = Tree { vfs, list: &list, clock, mode: origin.mode, top: &seen };
        match tree.is_as_recorded(&dir) {
            Ok(true) => Ok(Found { waiting, seen, since_cold, list: Some(list) }),
            Ok(false) => Err(Unfit::Spoiled),
            Err(()) => Err(Unfit::Stays),
        }
    }

    /// G6.
    fn take(&self, key: Key, taken: Key, found: Found, lock: Lock<V>) -> Option<TakenOver<V>> {
        let Unit { vfs, dir: unit, .. } = self.unit;
        let Found { waiting, seen, since_cold, list } = found;
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

fn read_list<V: Vfs>(lock: &Lock<V>, key: Key) -> Option<List> {
    Whole::decode(read_all(lock).ok()?).list.filter(|list| list.key() == key)
}

/// What the list of a session that waited says of the files in it. They are what they were when it was written, or looks show
/// what is not.
fn know(basis: &mut Basis, list: List, mode: SeedMode) {
    for number in 0..list.len() {
        let item = list.item(number);
        match (item.block(), item.kind()) {
            (Some(block), _) => {
                let listed = list.listed(item);
                let shown = ShownDir::recorded(basis.clock, &listed, list.written());
                let is_synced = listed.is_synced;
                let intact = shown.map(|shown| Intact { block, shown, is_synced });
                basis.intact.extend(intact.map(|intact| (block, intact)));
            }
            (None, Kind::File) if mode != SeedMode::Link => {
                let listed = list.listed(item);
                let copied = Shown::recorded(&listed).map(|shown| Copied {
                    content: list.content(number),
                    shown,
                    digest: listed.digest,
                    is_synced: listed.is_synced,
                });
                basis.copied.extend(copied.map(|copied| (listed.inode, copied)));
            }
            _ => {}
        }
    }
    basis.handed_over = list.written();
    basis.list = Some(list);
}

/// What is in a session that waits, and what can be told of it.
pub(crate) struct Tree<'a, V: Vfs> {
    pub(crate) vfs: &'a V,
    pub(crate) list: &'a List,
    pub(crate) clock: Clock,
    pub(crate) mode: SeedMode,
    pub(crate) top: &'a DirStat,
}

impl<V: Vfs> Tree<'_, V> {
    /// Whether looks can show that it is still what it is. The looks at its top are another's.
    pub(crate) fn can_be_known(&self) -> bool {
        (0..self.list.len()).all(|number| {
            let item = self.list.item(number);
            let listed = self.list.listed(item);
            let look = self.list.written();
            match (item.kind(), self.mode) {
                (Kind::Dir, _) => ShownDir::recorded(self.clock, &listed, look).is_some(),
                (Kind::File, SeedMode::Link) => listed.is_inherited,
                (Kind::File, _) => Shown::recorded(&listed)
                    .is_some_and(|shown| self.clock.tells_content(shown.ctime(), look)),
                // A symbolic link cannot be changed, only replaced: its directory shows that.
                _ => true,
            }
        })
    }

    /// Whether its top shows all that may change in it.
    pub(crate) fn is_flat(&self) -> bool {
        let mut items = (0..self.list.len()).map(|number| self.list.item(number).kind());
        items.all(|kind| kind != Kind::Dir && (kind != Kind::File || self.mode == SeedMode::Link))
    }

    /// G5, below its top: by several threads where there is much.
    fn is_as_recorded(&self, dir: &V::Dir) -> Result<bool, ()> {
        let Self { vfs, list, .. } = *self;
        let mut ways = Ways::below(Vec::new());
        let mut looks: Vec<(Place, usize)> = Vec::new();
        let mut blocks = vec![(0, None)];
        while let Some((block, place)) = blocks.pop() {
            for (item, number) in list.block(block).iter().zip(list.first_of(block)..) {
                let below = item.block().zip(name_of(list, item));
                blocks.extend(below.map(|(below, name)| (below, ways.add(place, name))));
                let is_own = item.kind() == Kind::File && self.mode != SeedMode::Link;
                if is_own || item.block().is_some() {
                    looks.push((place, number));
                }
            }
        }
        let jobs = looks.chunks(JOB).collect();
        let (list, clock, device) = (self.list, self.clock, self.top.stat.id.device);
        let verdicts = vfs.for_all([dir], jobs, |vfs, [dir], looks: &[(Place, usize)]| {
            let mut trail = Trail::in_private(vfs, dir);
            let mut here = None;
            for (place, number) in looks {
                go_on(vfs, dir).map_err(drop)?;
                if here != Some(*place) {
                    trail.go(&ways.way(*place));
                    here = Some(*place);
                }
                let item = list.item(*number);
                let name = name_of(list, item).ok_or(())?;
                let Ok(dir) = trail.here() else { return Ok(false) };
                let Ok(now) = vfs.stat(dir, &name) else { return Ok(false) };
                let listed = list.listed(item);
                let is_it = match item.kind() {
                    Kind::Dir => ShownDir::recorded(clock, &listed, list.written())
                        .is_some_and(|then| then.is_shown_by(&now)),
                    _ => Shown::recorded(&listed).is_some_and(|shown| {
                        let known = Known { shown, look: list.written(), digest: None };
                        !now.is_mount
                            && is_untouched(clock, &known, &now, None, || Err(())) == Ok(true)
                    }),
                };
                if !is_it || now.id.device != device {
                    return Ok(false);
                }
            }
            Ok(true)
        });
        verdicts.into_iter().try_fold(true, |all, verdict| Ok(all && verdict?))
    }
}
