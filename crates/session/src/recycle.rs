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
//! both lists say has one content, and is still as the spare's list says: nobody else has a name for it, and its
//! length, mtime and ctime are those recorded, the latter old enough when they were that a later change would show.
//! Where ctimes mean nothing, the spare's copy is read, and must have the digest recorded.
//!
//! A published session is not modified by this: it stops being published in R2, under its exclusive lock,
//! exactly as if it were collected. A death after R2 leaves what a death after B6 leaves, and perhaps the
//! spare's lock file without a session.
//!
//! Nothing here makes a session fail: whatever goes wrong, it is seeded from nothing.

use std::io::ErrorKind;
use std::time::Duration;

use incrdir_lockfs::{Acquire, Lock, try_acquire};
use incrdir_naming::{EntryName, Key, SessionName};
use incrdir_vfs::{Entry, FileId, FileKind, FsInfo, LockKind, Name, Vfs, failed, kind_of};

use crate::compare::{Comparison, Difference, Late, Other, Same};
use crate::condemn::rename_dir_new;
use crate::list::{Item, List};
use crate::record::{list_of, read_all};
use crate::seed::{Pair, Seeder};
use crate::survey::{Copied, Copies};
use crate::trust::digest_of;
use crate::{Error, SeedError, SeedMode, Seeded, Unit, remove_tree, vfs_name};

/// A change within one step of the kernel's clock after another leaves the same ctime. Steps are of 1 to 10 ms.
const CLOCK_STEP: Duration = Duration::from_millis(20);

/// A published session that has been made into a working one.
pub(crate) struct Spare<V: Vfs> {
    pub(crate) dir: V::Dir,
    pub(crate) id: FileId,
    /// What it held, where that is needed to tell what is the same.
    list: Option<List>,
    difference: Difference,
}

/// A source, and how it is to be taken over.
pub(crate) struct Wish<'a, V: Vfs> {
    pub(crate) from: &'a V::Dir,
    pub(crate) list: &'a List,
    pub(crate) mode: SeedMode,
    pub(crate) info: &'a FsInfo,
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
    let taken = compared(unit, spare, &lock, wish).and_then(|(list, difference)| {
        let is_safe = !wish.list.durability.is_promise() || unit.sync().is_ok();
        let id = is_safe.then(|| rename_spare(unit, spare, key)).flatten()?;
        Some((id, list, difference))
    });
    let Some((id, list, difference)) = taken else {
        let _ = lock.release();
        return Ok(None);
    };
    let_go(unit, lock, &lock_name);
    let name = vfs_name(key.working());
    let dir = vfs.open_dir(&unit.dir, &name).map_err(failed(vfs, "open", &unit.dir, &name))?;
    Ok(Some(Spare { dir, id, list, difference }))
}

/// R1, with the lock held.
fn compared<V: Vfs>(
    unit: &Unit<V>,
    spare: SessionName,
    lock: &Lock<V>,
    wish: &Wish<'_, V>,
) -> Option<(Option<List>, Difference)> {
    let list = match wish.mode {
        SeedMode::Link => None,
        // Without it, nothing could be told to be the same.
        _ => Some(read_all(lock).ok().and_then(list_of).filter(|list| list.is_of(spare))?),
    };
    let dir = unit.vfs.open_dir(&unit.dir, &vfs_name(spare)).ok()?;
    let comparison = Comparison { vfs: &unit.vfs, list: wish.list, same: wish.same(list.as_ref()) };
    let difference = comparison.directory(&Late::Open(wish.from), &dir, 0, Some(0)).ok()?;
    Some((list, difference))
}

/// R2. The identity of the directory, if it is under its new name.
fn rename_spare<V: Vfs>(unit: &Unit<V>, spare: SessionName, key: Key) -> Option<FileId> {
    let (from, to) = (vfs_name(spare), vfs_name(key.working()));
    let before = unit.vfs.stat(&unit.dir, &from).ok()?;
    if before.kind != FileKind::Dir {
        return None;
    }
    let renamed = rename_dir_new(unit, &from, &to).is_ok()
        || unit.vfs.stat(&unit.dir, &to).is_ok_and(|now| now.id == before.id);
    renamed.then_some(before.id)
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
    let difference = std::mem::take(&mut spare.difference);
    let seeder = Seeder::new(vfs, wish.mode, wish.list);
    let mut reconciler = Reconciler { seeder, same: wish.same(spare.list.as_ref()) };
    reconciler.directory(&mut Pair::new(wish.from, &spare.dir, 0), difference)?;
    Ok((reconciler.seeder.done, reconciler.seeder.copied))
}

impl<V: Vfs> Wish<'_, V> {
    fn same<'a>(&self, spare: Option<&'a List>) -> Same<'a> {
        match spare {
            None => Same::File { trusts_listings: self.info.listed_inodes_are_true },
            Some(spare) => Same::Content { spare, trusts_ctimes: self.info.ids_outlive_boots },
        }
    }
}

struct Reconciler<'a, V: Vfs> {
    seeder: Seeder<'a, V>,
    same: Same<'a>,
}

impl<V: Vfs> Reconciler<'_, V> {
    fn directory(
        &mut self,
        pair: &mut Pair<'_, V>,
        mut difference: Difference,
    ) -> Result<(), SeedError> {
        let list = self.seeder.list;
        self.seeder.done.recycled += difference.same;
        for Other { found, wanted, known } in difference.other {
            match wanted {
                None => self.remove(pair.to, &found)?,
                Some(wanted) => {
                    let below = difference.below.remove(&found.name);
                    self.settle(pair, wanted, &found, known, below)?;
                }
            }
        }
        for number in difference.missing {
            self.seeder.entry(pair, number, &list.block(pair.block)[number])?;
        }
        Ok(())
    }

    /// One name that is in both.
    fn settle(
        &mut self,
        pair: &mut Pair<'_, V>,
        wanted: usize,
        found: &Entry,
        known: Option<usize>,
        below: Option<Difference>,
    ) -> Result<(), SeedError> {
        let vfs = self.seeder.vfs;
        let item = self.seeder.list.item(wanted);
        let kind =
            kind_of(vfs, pair.to, found).map_err(failed(vfs, "look at", pair.to, &found.name))?;
        match (self.seeder.list.kind(item), kind, below) {
            (FileKind::File, FileKind::File, _) if self.is_same(pair, wanted, found, known)? => {
                self.seeder.done.recycled += 1;
                Ok(())
            }
            (FileKind::Symlink, FileKind::Symlink, _) if self.point_alike(pair, found)? => {
                self.seeder.done.symlinks += 1;
                Ok(())
            }
            (FileKind::Dir, FileKind::Dir, Some(below)) => {
                self.sub_directory(pair, &found.name, item, below)
            }
            _ => {
                self.remove(pair.to, found)?;
                let number = wanted - self.seeder.list.first_of(pair.block);
                self.seeder.entry(pair, number, item)
            }
        }
    }

    fn point_alike(&self, pair: &Pair<'_, V>, entry: &Entry) -> Result<bool, SeedError> {
        let vfs = self.seeder.vfs;
        let target = |dir| {
            vfs.read_link(dir, &entry.name).map_err(failed(vfs, "read link", dir, &entry.name))
        };
        Ok(target(pair.from)? == target(pair.to)?)
    }

    fn is_same(
        &mut self,
        pair: &mut Pair<'_, V>,
        wanted: usize,
        found: &Entry,
        known: Option<usize>,
    ) -> Result<bool, SeedError> {
        let list = self.seeder.list;
        let (spare, trusts_ctimes) = match self.same {
            Same::File { trusts_listings: true } => {
                return Ok(list.item(wanted).inode == found.inode);
            }
            Same::File { trusts_listings: false } => return Ok(self.is_one_file(pair, found)?),
            Same::Content { spare, trusts_ctimes } => (spare, trusts_ctimes),
        };
        let content = self.same.content(list, wanted, known);
        let Some((content, known)) = content.zip(known) else { return Ok(false) };
        let (vfs, name) = (self.seeder.vfs, &found.name);
        let stat = vfs.stat(pair.to, name).map_err(failed(vfs, "look at", pair.to, name))?;
        let recorded = spare.listed(spare.item(known));
        if stat.links != 1 || stat.len != recorded.len || Some(stat.mtime) != recorded.mtime {
            return Ok(false);
        }
        let is_untouched = match (recorded.ctime, recorded.digest) {
            (Some(ctime), _) if trusts_ctimes => {
                let settles = ctime.checked_add(CLOCK_STEP);
                let is_settled = settles.is_some_and(|settles| settles <= spare.written);
                stat.id.inode == recorded.inode && stat.ctime == Some(ctime) && is_settled
            }
            (_, Some(digest)) => digest_of(vfs, pair.to, name)? == digest,
            _ => false,
        };
        if is_untouched {
            let copied = Copied {
                content,
                len: stat.len,
                mtime: stat.mtime,
                ctime: stat.ctime,
                is_synced: recorded.is_synced,
            };
            self.seeder.copied.insert(stat.id.inode, copied);
        }
        Ok(is_untouched)
    }

    fn is_one_file(&self, pair: &Pair<'_, V>, entry: &Entry) -> Result<bool, incrdir_vfs::Error> {
        let (vfs, name) = (self.seeder.vfs, &entry.name);
        let id = |dir| {
            vfs.stat(dir, name).map(|stat| stat.id).map_err(failed(vfs, "look at", dir, name))
        };
        Ok(id(pair.from)? == id(pair.to)?)
    }

    fn sub_directory(
        &mut self,
        pair: &mut Pair<'_, V>,
        name: &Name,
        wanted: &Item,
        below: Difference,
    ) -> Result<(), SeedError> {
        let vfs = self.seeder.vfs;
        let mode_in = |dir: &V::Dir| {
            vfs.stat(dir, name).map(|stat| stat.mode).map_err(failed(vfs, "look at", dir, name))
        };
        let mode = mode_in(pair.from)?;
        if below.is_none() && mode_in(pair.to)? == mode {
            self.seeder.done.recycled += below.same;
            self.seeder.done.directories += 1;
            return Ok(());
        }
        let source = vfs.open_dir(pair.from, name).map_err(failed(vfs, "open", pair.from, name))?;
        let target = vfs.open_dir(pair.to, name).map_err(failed(vfs, "open", pair.to, name))?;
        if let Some(block) = wanted.block() {
            self.directory(&mut Pair::new(&source, &target, block), below)?;
        }
        self.seeder.finish_directory(&target, pair, name, mode)
    }

    fn remove(&mut self, dir: &V::Dir, entry: &Entry) -> Result<(), SeedError> {
        let vfs = self.seeder.vfs;
        let name = &entry.name;
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
