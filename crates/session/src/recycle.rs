//! B6, the cheap way: make the new working session out of the spare.
//!
//! The spare, a published session older than the source, already is the source except for what changed in
//! between. With the source held, and so never in its way:
//!
//! 1. R1: the exclusive lock of the spare (L1); its identity.
//! 2. R2: rename it to the new session's working name without replacing. If that reports an error, the
//!    identity under the new name tells whether it was done all the same.
//! 3. R3: remove the spare's lock file and release it. From here on it is a working session like any other.
//! 4. R4: list both directories; a name with one file id in both is one file; relink what differs, remove
//!    what is gone, link what is new.
//!
//! A published session is not modified by this: it stops being published in R2, under its exclusive lock,
//! exactly as if it were collected. A death after R2 leaves what a death after B6 leaves, and perhaps the
//! spare's lock file without a session.
//!
//! Nothing here makes a session fail: whatever goes wrong, it is seeded by linking.

use std::collections::BTreeMap;
use std::io::ErrorKind;

use incrdir_lockfs::{Acquire, Lock, try_acquire};
use incrdir_naming::{EntryName, Key, SessionName};
use incrdir_vfs::{Entry, FileId, FileKind, LockKind, Name, Vfs, failed, kind_of};

use crate::condemn::rename_dir_new;
use crate::seed::{MAX_DEPTH, Pair, Seeder};
use crate::{Error, SeedError, SeedMode, Seeded, Unit, remove_tree, vfs_name};

/// R1 to R3. `None`: the spare cannot be had, and is as it was.
///
/// # Errors
///
/// If it is taken and cannot be used: its directory stands under the new name.
pub(crate) fn take_spare<V: Vfs>(
    unit: &Unit<V>,
    spare: SessionName,
    key: Key,
) -> Result<Option<(V::Dir, FileId)>, Error> {
    let vfs = &unit.vfs;
    let lock_name = vfs_name(EntryName::Lock(spare.key));
    let Ok(Acquire::Locked(lock)) = try_acquire(vfs, &unit.dir, &lock_name, LockKind::Exclusive)
    else {
        return Ok(None);
    };
    let Some(id) = rename_spare(unit, spare, key) else {
        let _ = lock.release();
        return Ok(None);
    };
    let_go(unit, lock, &lock_name);
    let name = vfs_name(key.working());
    let dir = vfs.open_dir(&unit.dir, &name).map_err(failed(vfs, "open", &unit.dir, &name))?;
    Ok(Some((dir, id)))
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

/// R4. On any error `to` is incomplete and must not be used.
pub(crate) fn reconcile<V: Vfs>(vfs: &V, from: &V::Dir, to: &V::Dir) -> Result<Seeded, SeedError> {
    let info = vfs
        .fs_info(to)
        .map_err(|error| incrdir_vfs::Error::new("ask about", vfs.path(to), error))?;
    let mut reconciler = Reconciler {
        seeder: Seeder { vfs, mode: SeedMode::Link, done: Seeded::default() },
        trusts_listings: info.listed_inodes_are_true,
    };
    reconciler.directory(from, to, 0)?;
    Ok(reconciler.seeder.done)
}

struct Reconciler<'a, V: Vfs> {
    seeder: Seeder<'a, V>,
    /// Whether two entries of listings with one inode number are one file. They are on one file system,
    /// because one was renamed next to the other.
    trusts_listings: bool,
}

impl<V: Vfs> Reconciler<'_, V> {
    fn directory(&mut self, from: &V::Dir, to: &V::Dir, depth: usize) -> Result<(), SeedError> {
        let vfs = self.seeder.vfs;
        if depth > MAX_DEPTH {
            return Err(SeedError::TooDeep { path: vfs.path(from).into() });
        }
        let mut pair = Pair::new(from, to);
        let (rest, mut there) = self.unequal(listing(vfs, from)?, listing(vfs, to)?);
        for wanted in rest {
            match there.remove(&wanted.name) {
                None => self.seeder.entry(&mut pair, &wanted, depth)?,
                Some(found) => self.settle(&mut pair, &wanted, &found, depth)?,
            }
        }
        there.values().try_for_each(|gone| self.remove(to, gone))
    }

    /// What is not one file under one name by the word of both listings: that, and only that, is looked at
    /// one by one. Numbers are compared before names, because they are short.
    fn unequal(
        &mut self,
        wanted: Vec<Entry>,
        mut there: Vec<Entry>,
    ) -> (Vec<Entry>, BTreeMap<Name, Entry>) {
        let mut rest = Vec::new();
        let mut is_kept = vec![false; there.len()];
        there.sort_unstable_by_key(|entry| entry.inode);
        for entry in wanted {
            let first = there.partition_point(|found| found.inode < entry.inode);
            let same = there[first..].iter().take_while(|found| found.inode == entry.inode);
            let same = same.map(|found| &found.name).position(|name| *name == entry.name);
            match same {
                Some(nth) if self.trusts_listings && entry.kind == Some(FileKind::File) => {
                    is_kept[first + nth] = true;
                    self.seeder.done.recycled += 1;
                }
                _ => rest.push(entry),
            }
        }
        let others = there.into_iter().zip(is_kept).filter(|(_, is_kept)| !is_kept);
        (rest, others.map(|(entry, _)| (entry.name.clone(), entry)).collect())
    }

    /// One name that is in both.
    fn settle(
        &mut self,
        pair: &mut Pair<'_, V>,
        wanted: &Entry,
        found: &Entry,
        depth: usize,
    ) -> Result<(), SeedError> {
        let vfs = self.seeder.vfs;
        let look = |dir, entry: &Entry| {
            kind_of(vfs, dir, entry).map_err(failed(vfs, "look at", dir, &entry.name))
        };
        match (look(pair.from, wanted)?, look(pair.to, found)?) {
            (FileKind::File, FileKind::File) if self.is_one_file(pair, wanted, found)? => {
                self.seeder.done.recycled += 1;
                Ok(())
            }
            (FileKind::Symlink, FileKind::Symlink) if self.point_alike(pair, wanted)? => {
                self.seeder.done.symlinks += 1;
                Ok(())
            }
            (FileKind::Dir, FileKind::Dir) => self.sub_directory(pair, &wanted.name, depth),
            _ => {
                self.remove(pair.to, found)?;
                self.seeder.entry(pair, wanted, depth)
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

    fn is_one_file(
        &self,
        pair: &Pair<'_, V>,
        wanted: &Entry,
        found: &Entry,
    ) -> Result<bool, SeedError> {
        if self.trusts_listings {
            return Ok(wanted.inode == found.inode);
        }
        let vfs = self.seeder.vfs;
        let id = |dir, name: &Name| {
            vfs.stat(dir, name).map(|stat| stat.id).map_err(failed(vfs, "look at", dir, name))
        };
        Ok(id(pair.from, &wanted.name)? == id(pair.to, &found.name)?)
    }

    fn sub_directory(
        &mut self,
        pair: &Pair<'_, V>,
        name: &Name,
        depth: usize,
    ) -> Result<(), SeedError> {
        let vfs = self.seeder.vfs;
        let source = vfs.open_dir(pair.from, name).map_err(failed(vfs, "open", pair.from, name))?;
        let target = vfs.open_dir(pair.to, name).map_err(failed(vfs, "open", pair.to, name))?;
        let mode = vfs.stat(pair.from, name).map_err(failed(vfs, "look at", pair.from, name))?.mode;
        self.directory(&source, &target, depth + 1)?;
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

fn listing<V: Vfs>(vfs: &V, dir: &V::Dir) -> Result<Vec<Entry>, SeedError> {
    let failed = |error| incrdir_vfs::Error::new("list", vfs.path(dir), error);
    let entries = vfs.list(dir).map_err(failed)?.into_iter();
    Ok(entries.collect::<Result<_, _>>().map_err(failed)?)
}
