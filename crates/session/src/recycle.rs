//! B6, the cheap way: make the new working session out of the spare.
//!
//! The spare, a published session older than the source, already is the source except for what changed in
//! between. With the source held, and so never in its way:
//!
//! 1. R1: the exclusive lock of the spare (L1); its identity, and for copies its list. Compare it with the source
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
//! Not made into another are a session in whose files somebody may still be writing, and any at all if the source began
//! cold for want of something better: the spare may be the last that is not.
//!
//! A published session is not modified by this: it stops being published in R2, under its exclusive lock,
//! exactly as if it were collected. A death after R2 leaves what a death after B6 leaves, and perhaps the
//! spare's lock file without a session.
//!
//! Nothing here makes a session fail: whatever goes wrong, it is seeded from nothing.

use std::io::ErrorKind;

use incrdir_lockfs::{Acquire, Lock, try_acquire};
use incrdir_naming::{EntryName, Key, SessionName};
use incrdir_vfs::{
    DirStat, Entry, FileId, FileKind, FsInfo, Handle, LockKind, Name, Vfs, failed, kind_of,
};

use crate::attributes::{Attributes, Plain};
use crate::compare::{Comparison, Difference, Differences, Other, Same, untouched};
use crate::condemn::rename_apart;
use crate::evidence::{Clock, Known, Shown, is_untouched};
use crate::list::List;
use crate::record::{Written, read_all};
use crate::seed::{Pair, Seeder};
use crate::stop::go_on;
use crate::survey::{Copied, Copies};
use crate::trail::Way;
use crate::trust::digest_of;
use crate::{Error, Record, SeedError, SeedMode, Seeded, Unit, remove_tree, vfs_name};

/// A published session that has been made into a working one.
pub(crate) struct Spare<V: Vfs> {
    pub(crate) dir: V::Dir,
    pub(crate) seen: DirStat,
    known: Option<KnownSpare>,
    differences: Differences,
}

/// What is known of a spare, where that is needed to tell what is the same.
struct KnownSpare {
    list: List,
    /// As it was when the spare was published.
    clock: Clock,
}

/// A source, and how it is to be taken over.
pub(crate) struct Wish<'a, V: Vfs> {
    pub(crate) from: &'a V::Dir,
    pub(crate) list: &'a List,
    /// The one that the source is on.
    pub(crate) device: u64,
    pub(crate) mode: SeedMode,
    pub(crate) info: &'a FsInfo,
    pub(crate) clock: Clock,
    pub(crate) plain: Plain,
}

/// R1 to R3. `None`: the spare cannot be had, or would be of no use, and is as it was.
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
    let taken = compared(unit, spare, &lock, wish).and_then(|compared| {
        let is_safe = !wish.list.durability.is_promise() || unit.sync().is_ok();
        (is_safe && rename_spare(unit, spare, key, compared.seen.stat.id)).then_some(compared)
    });
    let Some(Compared { seen, known, differences }) = taken else {
        let _ = lock.release();
        return Ok(None);
    };
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
    let known = match wish.mode {
        SeedMode::Link if Record::read(lock).ok()?.is_watched => return None,
        SeedMode::Link => None,
        // Without it, nothing could be told to be the same.
        _ => Some(known_spare(vfs, spare, lock, &seen, wish)?),
    };
    let comparison =
        Comparison { vfs, list: wish.list, same: wish.same(known.as_ref()), device: wish.device };
    let differences = comparison.all(wish.from, &dir).ok()?;
    Some(Compared { seen, known, differences })
}

/// What the record says of the spare, if it is the tree that the record is of and nobody writes into it.
fn known_spare<V: Vfs>(
    vfs: &V,
    spare: SessionName,
    lock: &Lock<V>,
    seen: &DirStat,
    wish: &Wish<'_, V>,
) -> Option<KnownSpare> {
    let Written { list, place, seal, is_watched, reason, .. } =
        Written::decode(read_all(lock).ok()?);
    let (list, place) = (list.filter(|list| list.is_of(spare))?, place?);
    let ids_last = || Ok::<_, ()>(wish.info.ids_last);
    let is_the_tree = place.standing(vfs, seen, seal, ids_last).ok()?.is_the_tree();
    let clock = wish.clock.with_step(place.step);
    (is_the_tree && !is_watched && reason.is_none()).then_some(KnownSpare { list, clock })
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

/// R4. On any error the spare is incomplete and must not be used.
pub(crate) fn reconcile<V: Vfs>(
    vfs: &V,
    spare: &mut Spare<V>,
    wish: &Wish<'_, V>,
) -> Result<(Seeded, Copies), SeedError> {
    let differences = std::mem::take(&mut spare.differences);
    let seeder = Seeder::with(vfs, wish.mode, wish.list, wish.plain);
    let mut reconciler = Reconciler { seeder, same: wish.same(spare.known.as_ref()) };
    reconciler.all(&mut Pair::new(vfs, wish.from, &spare.dir), differences)?;
    Ok((reconciler.seeder.done, reconciler.seeder.copied))
}

impl<V: Vfs> Wish<'_, V> {
    fn same<'a>(&self, spare: Option<&'a KnownSpare>) -> Same<'a> {
        match spare {
            None => Same::File { trusts_listings: self.info.listed_inodes_are_true },
            Some(KnownSpare { list, clock }) => Same::Content { spare: list, clock: *clock },
        }
    }
}

struct Reconciler<'a, V: Vfs> {
    seeder: Seeder<'a, V>,
    same: Same<'a>,
}

/// A directory that is being made like the source's.
struct Work {
    difference: Difference,
    /// Directories in it that are still to be done, the next one last: names and numbers of their differences.
    below: Vec<(Name, usize)>,
    /// Whether something in it was made or removed, which moves its time.
    is_changed: bool,
}

impl<V: Vfs> Reconciler<'_, V> {
    fn all(
        &mut self,
        pair: &mut Pair<'_, V>,
        mut differences: Differences,
    ) -> Result<(), SeedError> {
        let untouched = untouched(&differences);
        let mut take = |number: usize| std::mem::take(&mut differences[number]);
        let mut works = vec![self.directory(pair, take(0))?];
        while let Some(work) = works.last_mut() {
            match work.below.pop() {
                Some((_, number)) if untouched[number].is_some() => {
                    let (files, directories) = untouched[number].unwrap_or_default();
                    self.seeder.done.recycled += files;
                    self.seeder.done.directories += directories;
                }
                Some((name, number)) => {
                    pair.enter(name);
                    let work = self.directory(pair, take(number))?;
                    works.push(work);
                }
                None => {
                    if let Some(seen) = work.difference.seen {
                        if work.is_changed || work.difference.has_other_attributes {
                            self.finish_directory(pair, &seen)?;
                        }
                        self.seeder.done.directories += 1;
                        pair.leave();
                    }
                    works.pop();
                }
            }
        }
        Ok(())
    }

    /// Does all that is to be done to a directory but in those below it.
    fn directory(
        &mut self,
        pair: &mut Pair<'_, V>,
        mut difference: Difference,
    ) -> Result<Work, SeedError> {
        pair.ready()?;
        self.seeder.done.recycled += difference.same;
        let mut below = Vec::new();
        let is_here = difference.is_here;
        let mut is_changed = !difference.missing.is_empty();
        for other in difference.other.drain(..) {
            match other {
                Other { found, below: Some(number), .. } => below.push((found.name, number)),
                Other { found, wanted: None, .. } => {
                    self.remove(pair, &found)?;
                    is_changed = true;
                }
                Other { found, wanted: Some(wanted), known, .. } => {
                    is_changed |= self.settle(pair, wanted, &found, known, is_here)?;
                }
            }
        }
        for number in difference.missing.drain(..) {
            self.seeder.entry(pair, number)?;
        }
        below.reverse();
        Ok(Work { difference, below, is_changed })
    }

    /// One name that is in both, and not a directory in both. Returns whether it had to be made anew.
    fn settle(
        &mut self,
        pair: &mut Pair<'_, V>,
        wanted: usize,
        found: &Entry,
        known: Option<usize>,
        is_here: bool,
    ) -> Result<bool, SeedError> {
        let vfs = self.seeder.vfs;
        let item = self.seeder.list.item(wanted);
        pair.ready()?;
        go_on(vfs, pair.from.here()?)?;
        let to = pair.to.here()?;
        let kind = kind_of(vfs, to, found).map_err(failed(vfs, "look at", to, &found.name))?;
        match (self.seeder.list.kind(item), kind) {
            (FileKind::File, FileKind::File)
                if self.is_same(pair, wanted, found, known, is_here)? =>
            {
                self.seeder.done.recycled += 1;
                Ok(false)
            }
            (FileKind::Symlink, FileKind::Symlink) if self.point_alike(pair, found)? => {
                self.seeder.done.symlinks += 1;
                Ok(false)
            }
            _ => {
                self.remove(pair, found)?;
                self.seeder.entry(pair, wanted)?;
                Ok(true)
            }
        }
    }

    fn point_alike(&self, pair: &mut Pair<'_, V>, entry: &Entry) -> Result<bool, SeedError> {
        let vfs = self.seeder.vfs;
        let target = |dir| {
            vfs.read_link(dir, &entry.name).map_err(failed(vfs, "read link", dir, &entry.name))
        };
        Ok(target(pair.from.here()?)? == target(pair.to.here()?)?)
    }

    fn is_same(
        &mut self,
        pair: &mut Pair<'_, V>,
        wanted: usize,
        found: &Entry,
        known: Option<usize>,
        is_here: bool,
    ) -> Result<bool, SeedError> {
        let list = self.seeder.list;
        let (spare, clock) = match self.same {
            Same::File { trusts_listings: true } if is_here => {
                return Ok(list.item(wanted).is_inode(found.inode));
            }
            Same::File { .. } => return Ok(self.is_one_file(pair, found)?),
            Same::Content { .. } if !is_here => return Ok(false),
            Same::Content { spare, clock } => (spare, clock),
        };
        let content = self.same.content(list, wanted, known);
        let Some((content, number)) = content.zip(known) else { return Ok(false) };
        let (vfs, name) = (self.seeder.vfs, &found.name);
        let to = pair.to.here()?;
        let stat = vfs.stat(to, name).map_err(failed(vfs, "look at", to, name))?;
        let recorded = spare.listed(spare.item(number));
        let Some(shown) = Shown::recorded(&recorded) else { return Ok(false) };
        let known = Known { shown, look: spare.written, digest: recorded.digest };
        let is_untouched = is_untouched(clock, &known, &stat, None, || digest_of(vfs, to, name))?;
        if is_untouched {
            let digest = recorded.digest;
            let copied = Copied { content, shown, digest, is_synced: recorded.is_synced };
            self.seeder.copied.insert(stat.id.inode, copied);
        }
        Ok(is_untouched)
    }

    fn is_one_file(
        &self,
        pair: &mut Pair<'_, V>,
        entry: &Entry,
    ) -> Result<bool, incrdir_vfs::Error> {
        let (vfs, name) = (self.seeder.vfs, &entry.name);
        let id = |dir| {
            vfs.stat(dir, name).map(|stat| stat.id).map_err(failed(vfs, "look at", dir, name))
        };
        Ok(id(pair.from.here()?)? == id(pair.to.here()?)?)
    }

    /// Gives a directory what the source's has. It had what was `seen`, but for the time, which our changes moved.
    fn finish_directory(
        &mut self,
        pair: &mut Pair<'_, V>,
        seen: &DirStat,
    ) -> Result<(), SeedError> {
        let vfs = self.seeder.vfs;
        pair.ready()?;
        let (source, of_source) = pair.from.look()?;
        let look = |error| incrdir_vfs::Error::new("look at", vfs.path(source), error);
        let stat = match of_source {
            Some(of_source) => of_source.stat,
            None => vfs.stat_dir(source).map_err(look)?.stat,
        };
        let attributes = Attributes::of(vfs, Handle::Dir(source), &stat).map_err(look)?;
        let target = pair.to.here()?;
        let set = |error| incrdir_vfs::Error::new("set attributes of", vfs.path(target), error);
        attributes.strip(vfs, Handle::Dir(target)).map_err(set)?;
        let given = attributes.give(vfs, Handle::Dir(target), &Plain::of(&seen.stat));
        if let Some(lost) = given.map_err(set)?.why {
            self.seeder.done.attributes_lost.get_or_insert_with(|| set(lost));
        }
        Ok(())
    }

    fn remove(&mut self, pair: &mut Pair<'_, V>, entry: &Entry) -> Result<(), SeedError> {
        let vfs = self.seeder.vfs;
        let (dir, name) = (pair.to.here()?, &entry.name);
        go_on(vfs, dir)?;
        let kind = kind_of(vfs, dir, entry).map_err(failed(vfs, "look at", dir, name))?;
        let removed = match kind {
            FileKind::Dir => {
                let removed = remove_tree(vfs, dir, name);
                removed.errors.into_iter().next().map_or(Ok(()), Err)
            }
            _ => match vfs.remove_file(dir, name) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    Err(failed(vfs, "remove", dir, name)(error))
                }
                _ => Ok(()),
            },
        };
        Ok(removed?)
    }
}
