//! What becomes of a disk from outside: no process makes a call for it, no permission is asked for, nothing is counted.
//!
//! Trees are copied, moved and removed as people do it while nobody looks; file systems are mounted again, and machines
//! started again.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::time::Duration;

use super::MemDisk;
use super::errno::Errno;
use super::inode::{Inode, InodeId, Node, ROOT};
use super::times::cut;
use super::world::{FIRST_MOUNT, World};
use crate::{FileKind, Name};

// Exhaustive: what archives keep, in steps.
/// What a copy of a tree keeps. Everything in it is new: it has other inode numbers, and was made and changed just now,
/// for no call can say otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Keep {
    /// Times, owners, permissions and extended attributes, as `cp -a` and `rsync -aX` do.
    Times,
    /// Times in whole seconds, owners and permissions, as archives of `tar` and `zip` have them.
    Seconds,
    /// Permissions, as `cp -r` does.
    Nothing,
}

impl MemDisk {
    /// Makes an empty directory the root of another device in the same mount, as a subvolume of btrfs is: nothing can be
    /// renamed or linked into it or out of it, and its inode numbers are counted on their own, from the same start.
    ///
    /// # Errors
    ///
    /// `NotFound`; `NotADirectory`; `DirectoryNotEmpty`; `ResourceBusy` if somebody has it open.
    pub fn subvolume<'n>(&self, path: impl IntoIterator<Item = &'n Name>) -> io::Result<()> {
        self.happen(|world| {
            let (dir, name) = world.place(path)?;
            let id = world.lookup(dir, name)?;
            let inode = world.inode(id);
            match &inode.node {
                Node::Dir { entries, .. } if entries.is_empty() && !world.is_open(id) => {}
                Node::Dir { entries, .. } if entries.is_empty() => {
                    return Err(ErrorKind::ResourceBusy.into());
                }
                Node::Dir { .. } => return Err(ErrorKind::DirectoryNotEmpty.into()),
                _ => return Err(ErrorKind::NotADirectory.into()),
            }
            world.devices += 1;
            let root = world.make_root(world.devices, dir);
            world.unlink(dir, name);
            world.link(dir, name, root);
            Ok(())
        })
    }

    /// Copies a file, a link or a directory with all that is below it to a name that is free. `keep_links`: whether what
    /// has several names in it is one file in the copy, too (`cp -a`), or as many as it has names (`cp -r`).
    ///
    /// # Errors
    ///
    /// `NotFound`; `AlreadyExists`; `InvalidInput` for a directory into itself; `StorageFull`, with a part of it copied.
    pub fn copy_tree<'n>(
        &self,
        from: impl IntoIterator<Item = &'n Name>,
        to: impl IntoIterator<Item = &'n Name>,
        keep: Keep,
        keep_links: bool,
    ) -> io::Result<()> {
        self.happen(|world| {
            let from = world.walk(from)?;
            let (dir, name) = world.place(to)?;
            let dir = world.vacancy_in(dir, name)?;
            if world.is_below(dir, from) {
                return Err(ErrorKind::InvalidInput.into());
            }
            let mut copied = keep_links.then(BTreeMap::new);
            world.copy_below(from, dir, name, keep, &mut copied)
        })
    }

    /// Removes a file, a link or a directory with all that is below it. What is open stays until it is closed.
    ///
    /// # Errors
    ///
    /// `NotFound`.
    pub fn remove_tree<'n>(&self, path: impl IntoIterator<Item = &'n Name>) -> io::Result<()> {
        self.happen(|world| {
            let (dir, name) = world.place(path)?;
            world.lookup(dir, name)?;
            world.remove_below(dir, name);
            Ok(())
        })
    }

    /// Mounts a file or a directory under another name as well (`mount --bind`), over what that name shows.
    ///
    /// # Errors
    ///
    /// `NotFound`; `NotADirectory` for a directory over anything else, or the other way round.
    pub fn mount<'n>(
        &self,
        what: impl IntoIterator<Item = &'n Name>,
        over: impl IntoIterator<Item = &'n Name>,
    ) -> io::Result<()> {
        self.happen(|world| {
            let what = world.walk(what)?;
            let (dir, name) = world.place(over)?;
            let covered = world.lookup(dir, name)?;
            if (world.stat(what).kind == FileKind::Dir)
                != (world.stat(covered).kind == FileKind::Dir)
            {
                return Err(ErrorKind::NotADirectory.into());
            }
            let name = world.key(name).into_owned();
            world.mounted.insert((dir, name), what);
            Ok(())
        })
    }

    /// Takes away what is mounted under a name.
    ///
    /// # Errors
    ///
    /// `NotFound`; `InvalidInput` if nothing is.
    pub fn unmount<'n>(&self, path: impl IntoIterator<Item = &'n Name>) -> io::Result<()> {
        self.happen(|world| {
            let (dir, name) = world.place(path)?;
            let place = (dir, world.key(name).into_owned());
            world.mounted.remove(&place).map(drop).ok_or(Errno::Kind(ErrorKind::InvalidInput))
        })
    }

    /// Renames a file, a link or a directory.
    ///
    /// # Errors
    ///
    /// As [`Vfs::rename`](crate::Vfs::rename).
    pub fn rename_tree<'n>(
        &self,
        from: impl IntoIterator<Item = &'n Name>,
        to: impl IntoIterator<Item = &'n Name>,
    ) -> io::Result<()> {
        self.happen(|world| {
            let ((from_dir, from), (to_dir, to)) = (world.place(from)?, world.place(to)?);
            world.rename_in(from_dir, from, to_dir, to)
        })
    }

    /// Writes into a file through a shared mapping that somebody has of it: see [`MemVfs::store`](super::MemVfs::store).
    ///
    /// # Errors
    ///
    /// `NotFound`; `InvalidInput` for what is no file.
    pub fn store<'n>(
        &self,
        path: impl IntoIterator<Item = &'n Name>,
        offset: u64,
        bytes: &[u8],
    ) -> io::Result<()> {
        self.happen(|world| {
            let id = world.walk(path)?;
            world.store_into(id, offset, bytes)
        })
    }

    /// Mounts it again, as after a disk was pulled and plugged in with nothing lost: the machine has run all the time.
    /// What processes have open they keep. Where inode numbers or times do not last, those of all the rest are others.
    pub fn remount(&self) {
        let mut world = self.world();
        world.version += 1;
        world.mount += 1;
        world.read_again();
    }

    /// Stops the machine properly and starts it again: no process is left, the boot id is new, and mounts are counted
    /// from the first one. What was on the disk stays, as it does when it is mounted again.
    pub fn restart(&self) {
        let mut world = self.world();
        world.stop();
        world.boot_id = world.boot_id.map(|id| id + 1);
        world.mount = FIRST_MOUNT;
        world.read_again();
    }

    fn happen(&self, act: impl FnOnce(&mut World) -> Result<(), Errno>) -> io::Result<()> {
        let mut world = self.world();
        world.version += 1;
        Ok(act(&mut world)?)
    }
}

impl World {
    /// What stands under a path of names below the root.
    fn walk<'n>(&self, path: impl IntoIterator<Item = &'n Name>) -> Result<InodeId, Errno> {
        path.into_iter().try_fold(ROOT, |dir, name| match &self.inode(dir).node {
            Node::Dir { .. } => self.lookup(dir, name),
            _ => Err(ErrorKind::NotADirectory.into()),
        })
    }

    /// The directory that the last name of a path is in, and that name.
    fn place<'n>(
        &self,
        path: impl IntoIterator<Item = &'n Name>,
    ) -> Result<(InodeId, &'n Name), Errno> {
        let path: Vec<&Name> = path.into_iter().collect();
        // The root is in nothing.
        let (name, above) = path.split_last().ok_or(Errno::Kind(ErrorKind::InvalidInput))?;
        let dir = self.walk(above.iter().copied())?;
        match &self.inode(dir).node {
            Node::Dir { .. } => Ok((dir, name)),
            _ => Err(ErrorKind::NotADirectory.into()),
        }
    }

    /// `copied`: what was copied of files that may have other names, where those are kept.
    fn copy_below(
        &mut self,
        from: InodeId,
        dir: InodeId,
        name: &Name,
        keep: Keep,
        copied: &mut Option<BTreeMap<InodeId, InodeId>>,
    ) -> Result<(), Errno> {
        if let Some(copy) = copied.as_ref().and_then(|copied| copied.get(&from)) {
            self.link(dir, name, *copy);
            return Ok(());
        }
        let source = self.inode(from).clone();
        let node = match &source.node {
            Node::Dir { .. } => Node::Dir { entries: BTreeMap::new(), parent: dir },
            Node::Symlink(target) => Node::Symlink(target.clone()),
            Node::File(content) => {
                let bytes = self.bytes + content.len() as u64;
                if bytes > self.profile.capacity {
                    return Err(ErrorKind::StorageFull.into());
                }
                self.bytes = bytes;
                Node::File(Arc::clone(content))
            }
        };
        let copy = self.make_inode(None, dir, node, source.mode);
        self.link(dir, name, copy);
        if let Node::Dir { entries, .. } = &source.node {
            for (key, entry) in entries.iter().filter(|(_, entry)| !entry.is_pending) {
                let name = entry.spelled.as_deref().unwrap_or(key);
                self.copy_below(entry.inode, copy, name, keep, copied)?;
            }
        } else if let Some(copied) = copied {
            copied.insert(from, copy);
        }
        // Last, for what is made in a directory moves its times.
        self.keep(copy, &source, keep);
        Ok(())
    }

    fn keep(&mut self, copy: InodeId, source: &Inode, keep: Keep) {
        let mtime = match keep {
            Keep::Times => source.mtime,
            Keep::Seconds => cut(source.mtime, Duration::from_secs(1)),
            Keep::Nothing => return,
        };
        self.inode_mut(copy).owner = source.owner;
        if keep == Keep::Times {
            self.inode_mut(copy).extended.clone_from(&source.extended);
        }
        self.set_mtime(copy, mtime);
    }

    fn remove_below(&mut self, dir: InodeId, name: &Name) {
        let Some(id) = self.find(dir, name) else { return };
        if let Node::Dir { entries, .. } = &self.inode(id).node {
            let below: Vec<Name> = entries.keys().cloned().collect();
            below.iter().for_each(|name| self.remove_below(id, name));
        }
        self.unlink(dir, name);
    }

    /// What comes of it that nothing is remembered but what is on the medium.
    pub(super) fn read_again(&mut self) {
        self.deal_numbers_again();
        self.read_times_again();
    }
}
