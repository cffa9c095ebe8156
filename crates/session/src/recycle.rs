//! B6, the cheap way: make the new working session out of the spare.
//!
//! The spare, a published session older than the source, already is the source except for what changed in
//! between. With the source held, and so never in its way:
//!
//! 1. R1: the exclusive lock of the spare (L1); its identity, and for copies its list.
//! 2. R2: if the source was published with a promise (`Consistent` or `Durable`), sync the unit: a power loss that took
//!    the source's name and kept what was done to the spare would leave neither. If that fails, this is not done.
//!    Then rename the spare to the new session's working name without replacing. If that reports an error, the
//!    identity under the new name tells whether it was done all the same.
//! 3. R3: remove the spare's lock file and release it. From here on it is a working session like any other.
//! 4. R4: list it, and compare it with what the source holds by its record (or by listings, if it has none).
//!    What is the same stays; relink or copy what differs, remove what is gone, link or copy what is new.
//!
//! For links, the same is what has one file id under one name in both: the spare was published while the file
//! was the source's too or before, and keeps it, so nobody else can have been given its id. For copies it is what both lists say
//! has one content, and is still as the spare's list says: nobody else has a name for it, and its length,
//! mtime and ctime are those recorded, the latter old enough when they were that a later change would show.
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

use crate::condemn::rename_dir_new;
use crate::list::{Item, List, Pairing};
use crate::record::{list_of, read_all};
use crate::seed::{Pair, Seeder};
use crate::survey::{Copied, Copies, content_of};
use crate::tree;
use crate::trust::digest_of;
use crate::{Durability, Error, SeedError, SeedMode, Seeded, Unit, remove_tree, vfs_name};

/// A change within one step of the kernel's clock after another leaves the same ctime. Steps are of 1 to 10 ms.
const CLOCK_STEP: Duration = Duration::from_millis(20);

/// A published session that has been made into a working one.
pub(crate) struct Spare<V: Vfs> {
    pub(crate) dir: V::Dir,
    pub(crate) id: FileId,
    /// What it held, where that is needed to tell what is the same.
    list: Option<List>,
}

/// R1 to R3. `None`: the spare cannot be had, and is as it was.
///
/// # Errors
///
/// If it is taken and cannot be used: its directory stands under the new name.
pub(crate) fn take_spare<V: Vfs>(
    unit: &Unit<V>,
    spare: SessionName,
    key: Key,
    mode: SeedMode,
    of_source: Durability,
) -> Result<Option<Spare<V>>, Error> {
    let vfs = &unit.vfs;
    let lock_name = vfs_name(EntryName::Lock(spare.key));
    let Ok(Acquire::Locked(lock)) = try_acquire(vfs, &unit.dir, &lock_name, LockKind::Exclusive)
    else {
        return Ok(None);
    };
    let list = match mode {
        SeedMode::Link => None,
        _ => match read_all(&lock).ok().and_then(list_of) {
            Some(list) if list.is_of(spare) => Some(list),
            // Nothing of it could be told to be the same.
            _ => {
                let _ = lock.release();
                return Ok(None);
            }
        },
    };
    let is_safe = !of_source.is_promise() || unit.sync().is_ok();
    let Some(id) = is_safe.then(|| rename_spare(unit, spare, key)).flatten() else {
        let _ = lock.release();
        return Ok(None);
    };
    let_go(unit, lock, &lock_name);
    let name = vfs_name(key.working());
    let dir = vfs.open_dir(&unit.dir, &name).map_err(failed(vfs, "open", &unit.dir, &name))?;
    Ok(Some(Spare { dir, id, list }))
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
    from: &V::Dir,
    spare: &Spare<V>,
    list: &List,
    mode: SeedMode,
    info: &FsInfo,
) -> Result<(Seeded, Copies), SeedError> {
    let same = match &spare.list {
        None => Same::File { trusts_listings: info.listed_inodes_are_true },
        Some(list) => Same::Content { spare: list, trusts_ctimes: info.ids_outlive_boots },
    };
    let mut reconciler = Reconciler { seeder: Seeder::new(vfs, mode, list), same };
    reconciler.directory(&mut Pair::new(from, &spare.dir, 0), Some(0))?;
    Ok((reconciler.seeder.done, reconciler.seeder.copied))
}

/// By what a file of the spare is told to be a file of the source.
#[derive(Clone, Copy)]
enum Same<'a> {
    /// By file id. They are on one file system, because one was renamed next to the other.
    File {
        /// Whether two entries of listings with one inode number are one file.
        trusts_listings: bool,
    },
    /// By what both lists say of their content.
    Content {
        spare: &'a List,
        /// Whether a ctime is moved by every change.
        trusts_ctimes: bool,
    },
}

struct Reconciler<'a, V: Vfs> {
    seeder: Seeder<'a, V>,
    same: Same<'a>,
}

impl<V: Vfs> Reconciler<'_, V> {
    /// `block` is the spare's, in its own list.
    fn directory(&mut self, pair: &mut Pair<'_, V>, block: Option<usize>) -> Result<(), SeedError> {
        let (vfs, list) = (self.seeder.vfs, self.seeder.list);
        let items = list.block(pair.block);
        let mut wanted = Pairing::new(list, pair.block);
        let mut known = match self.same {
            Same::Content { spare, .. } => block.map(|block| (block, Pairing::new(spare, block))),
            Same::File { .. } => None,
        };
        let mut is_there = vec![false; items.len()];
        for found in tree::list(vfs, pair.to)? {
            let Some((number, item)) = wanted.find(&found) else {
                self.remove(pair.to, &found)?;
                continue;
            };
            let known = known.as_mut().and_then(|(block, pairing)| {
                pairing.find(&found).map(|(number, item)| (*block, number, item))
            });
            is_there[number] = true;
            if !self.is_plainly_same(item, &found) {
                self.settle(pair, (number, item), &found, known)?;
            }
        }
        for (number, item) in items.iter().enumerate().filter(|(number, _)| !is_there[*number]) {
            self.seeder.entry(pair, number, item)?;
        }
        Ok(())
    }

    /// Whether the listing tells that it is one file: that, and only that, takes no call.
    fn is_plainly_same(&mut self, wanted: &Item, found: &Entry) -> bool {
        let is_same = matches!(self.same, Same::File { trusts_listings: true })
            && wanted.inode == found.inode
            && wanted.is_file()
            && found.kind == Some(FileKind::File);
        self.seeder.done.recycled += u64::from(is_same);
        is_same
    }

    /// One name that is in both.
    fn settle(
        &mut self,
        pair: &mut Pair<'_, V>,
        (number, wanted): (usize, &Item),
        found: &Entry,
        known: Option<(usize, usize, &Item)>,
    ) -> Result<(), SeedError> {
        let vfs = self.seeder.vfs;
        let kind =
            kind_of(vfs, pair.to, found).map_err(failed(vfs, "look at", pair.to, &found.name))?;
        match (self.seeder.list.kind(wanted), kind) {
            (FileKind::File, FileKind::File)
                if self.is_same(pair, (number, wanted), found, known)? =>
            {
                self.seeder.done.recycled += 1;
                Ok(())
            }
            (FileKind::Symlink, FileKind::Symlink) if self.point_alike(pair, found)? => {
                self.seeder.done.symlinks += 1;
                Ok(())
            }
            (FileKind::Dir, FileKind::Dir) => {
                let block = known.and_then(|(.., item)| item.block());
                self.sub_directory(pair, &found.name, wanted, block)
            }
            _ => {
                self.remove(pair.to, found)?;
                self.seeder.entry(pair, number, wanted)
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
        (wanted, item_wanted): (usize, &Item),
        found: &Entry,
        known: Option<(usize, usize, &Item)>,
    ) -> Result<bool, SeedError> {
        let list = self.seeder.list;
        let (spare, trusts_ctimes) = match self.same {
            Same::File { trusts_listings: true } => return Ok(item_wanted.inode == found.inode),
            Same::File { trusts_listings: false } => return Ok(self.is_one_file(pair, found)?),
            Same::Content { spare, trusts_ctimes } => (spare, trusts_ctimes),
        };
        let Some((block, number, item)) = known else { return Ok(false) };
        let content = content_of(spare, spare.first_of(block) + number, item);
        let source_content = content_of(list, list.first_of(pair.block) + wanted, item_wanted);
        if !list.is_recorded || source_content != content {
            return Ok(false);
        }
        let (vfs, name) = (self.seeder.vfs, &found.name);
        let stat = vfs.stat(pair.to, name).map_err(failed(vfs, "look at", pair.to, name))?;
        let recorded = spare.listed(item);
        if stat.links != 1 || stat.len != recorded.len || Some(stat.mtime) != recorded.mtime {
            return Ok(false);
        }
        let is_untouched = match (recorded.ctime, recorded.digest) {
            (Some(ctime), _) if trusts_ctimes => {
                let is_settled = ctime + CLOCK_STEP <= spare.written;
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
        block: Option<usize>,
    ) -> Result<(), SeedError> {
        let vfs = self.seeder.vfs;
        let source = vfs.open_dir(pair.from, name).map_err(failed(vfs, "open", pair.from, name))?;
        let target = vfs.open_dir(pair.to, name).map_err(failed(vfs, "open", pair.to, name))?;
        let mode = vfs.stat(pair.from, name).map_err(failed(vfs, "look at", pair.from, name))?.mode;
        if let Some(of_source) = wanted.block() {
            self.directory(&mut Pair::new(&source, &target, of_source), block)?;
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
