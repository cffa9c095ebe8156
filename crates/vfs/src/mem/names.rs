//! What calls on names do.

use std::ffi::{OsStr, OsString};
use std::io::ErrorKind;

use super::RemoveOpen;
use super::errno::Errno;
use super::inode::{DirEntry, InodeId, Node, ROOT};
use super::process::{OfdId, ProcId};
use super::world::World;
use crate::{FileKind, Name, Stat};

impl World {
    pub(super) fn stat_name(&mut self, dir: OfdId, name: &Name) -> Result<Stat, Errno> {
        let dir = self.dir(dir)?;
        let below = self.lookup(dir, name)?;
        let mounted = self.mounted_at(dir, name);
        Ok(Stat { is_mount: mounted.is_some(), ..self.show(mounted.unwrap_or(below)) })
    }

    pub(super) fn rename(
        &mut self,
        from_dir: OfdId,
        from: &Name,
        to_dir: OfdId,
        to: &Name,
    ) -> Result<(), Errno> {
        self.rename_in(self.dir(from_dir)?, from, self.dir(to_dir)?, to)
    }

    pub(super) fn rename_in(
        &mut self,
        from_dir: InodeId,
        from: &Name,
        to_dir: InodeId,
        to: &Name,
    ) -> Result<(), Errno> {
        let id = self.lookup(from_dir, from)?;
        self.spare_mount(from_dir, from)?;
        self.spare_mount(to_dir, to)?;
        self.stay_on_device(from_dir, to_dir)?;
        if to.as_os_str().len() > self.profile.max_name {
            return Err(ErrorKind::InvalidFilename.into());
        }
        self.refuse_cycle(id, to_dir)?;
        let is_dir = self.stat(id).kind == FileKind::Dir;
        let replaced = match self.lookup(to_dir, to) {
            Err(Errno::Kind(ErrorKind::NotFound)) => None,
            found => Some(found?),
        };
        if replaced == Some(id) {
            // Two names of one file: nothing happens, and both stay (POSIX).
            return Ok(());
        }
        if let Some(replaced) = replaced {
            // What it stands in has something in it, whatever it is itself.
            if self.is_below(from_dir, replaced) {
                return Err(ErrorKind::DirectoryNotEmpty.into());
            }
            match (&self.inode(replaced).node, is_dir) {
                (Node::Dir { entries, .. }, true) if entries.is_empty() => {}
                (Node::Dir { .. }, true) => return Err(ErrorKind::DirectoryNotEmpty.into()),
                (Node::Dir { .. }, false) => return Err(ErrorKind::IsADirectory.into()),
                (_, true) => return Err(ErrorKind::NotADirectory.into()),
                (_, false) => {}
            }
        }
        self.writable()?;
        self.may_move(id)?;
        if let Some(replaced) = replaced
            && self.is_open(replaced)
            && self.profile.remove_open == RemoveOpen::Pending
        {
            return Err(ErrorKind::PermissionDenied.into());
        }
        // What was replaced goes in the same step as its name becomes another's.
        let journal = self.journal.take();
        self.unlink(to_dir, to);
        self.journal = journal;
        self.move_name(id, from_dir, from, to_dir, to);
        Ok(())
    }

    pub(super) fn rename_new(
        &mut self,
        from_dir: OfdId,
        from: &Name,
        to_dir: OfdId,
        to: &Name,
    ) -> Result<(), Errno> {
        if !self.profile.rename_new {
            return Err(ErrorKind::Unsupported.into());
        }
        let dir = self.dir(from_dir)?;
        let id = self.lookup(dir, from)?;
        let to_dir = self.vacancy(to_dir, to)?;
        self.spare_mount(dir, from)?;
        self.stay_on_device(dir, to_dir)?;
        self.refuse_cycle(id, to_dir)?;
        self.may_move(id)?;
        self.move_name(id, dir, from, to_dir, to);
        Ok(())
    }

    /// Whether this file system renames it: a directory below which something is open, or one of a lower layer.
    fn may_move(&self, id: InodeId) -> Result<(), Errno> {
        if self.stat(id).kind != FileKind::Dir {
            return Ok(());
        }
        if self.profile.has_layers && self.inode(id).is_lower {
            return Err(ErrorKind::CrossesDevices.into());
        }
        if !self.profile.renames_open && (self.is_open(id) || self.has_open_below(id)) {
            return Err(ErrorKind::ResourceBusy.into());
        }
        Ok(())
    }

    fn has_open_below(&self, dir: InodeId) -> bool {
        let Node::Dir { entries, .. } = &self.inode(dir).node else { return false };
        let is_open =
            |entry: &DirEntry| self.is_open(entry.inode) || self.has_open_below(entry.inode);
        entries.values().any(is_open)
    }

    fn move_name(
        &mut self,
        id: InodeId,
        from_dir: InodeId,
        from: &Name,
        to_dir: InodeId,
        to: &Name,
    ) {
        // Held meanwhile, so that it is not freed between its two names.
        self.held = Some(id);
        self.unlink(from_dir, from);
        self.link(to_dir, to, id);
        self.join_names();
        self.held = None;
    }

    /// A name cannot go to another device than that which it is on.
    fn stay_on_device(&self, from_dir: InodeId, to_dir: InodeId) -> Result<(), Errno> {
        if self.inode(from_dir).device == self.inode(to_dir).device {
            Ok(())
        } else {
            Err(ErrorKind::CrossesDevices.into())
        }
    }

    /// A directory cannot be moved into itself.
    fn refuse_cycle(&self, moved: InodeId, into: InodeId) -> Result<(), Errno> {
        if self.is_below(into, moved) { Err(ErrorKind::InvalidInput.into()) } else { Ok(()) }
    }

    /// Whether a directory is another one, or stands in it.
    pub(super) fn is_below(&self, mut dir: InodeId, other: InodeId) -> bool {
        loop {
            if dir == other {
                return true;
            }
            match &self.inode(dir).node {
                Node::Dir { parent, .. } if dir != ROOT => dir = *parent,
                _ => return false,
            }
        }
    }

    pub(super) fn hard_link(
        &mut self,
        from_dir: OfdId,
        from: &Name,
        to_dir: OfdId,
        to: &Name,
    ) -> Result<(), Errno> {
        let from_dir = self.dir(from_dir)?;
        let id = self.lookup(from_dir, from)?;
        self.stay_in_mount(from_dir, from)?;
        let to_dir = self.vacancy(to_dir, to)?;
        let inode = self.inode(id);
        if inode.device != self.inode(to_dir).device {
            return Err(ErrorKind::CrossesDevices.into());
        }
        if self.profile.max_links == 0 || matches!(inode.node, Node::Dir { .. }) {
            return Err(ErrorKind::PermissionDenied.into());
        }
        if inode.links >= self.profile.max_links {
            return Err(ErrorKind::TooManyLinks.into());
        }
        if self.profile.links_are_files {
            let (node, mode) = (inode.node.clone(), inode.mode);
            if let Node::File(content) = &node {
                self.bytes += content.len() as u64;
            }
            let twin = self.make_inode(None, to_dir, node, mode);
            self.link(to_dir, to, twin);
            return Ok(());
        }
        self.link(to_dir, to, id);
        Ok(())
    }

    pub(super) fn remove_file(
        &mut self,
        proc: ProcId,
        dir: OfdId,
        name: &Name,
    ) -> Result<(), Errno> {
        let dir = self.dir(dir)?;
        if let Node::Dir { .. } = self.inode(self.lookup(dir, name)?).node {
            return Err(ErrorKind::IsADirectory.into());
        }
        self.spare_mount(dir, name)?;
        self.writable()?;
        self.remove_name(proc, dir, name)
    }

    pub(super) fn read_link(&self, dir: OfdId, name: &Name) -> Result<OsString, Errno> {
        match &self.inode(self.lookup(self.dir(dir)?, name)?).node {
            Node::Symlink(target) => Ok(target.clone()),
            _ => Err(ErrorKind::InvalidInput.into()),
        }
    }

    pub(super) fn symlink(
        &mut self,
        proc: ProcId,
        target: &OsStr,
        dir: OfdId,
        name: &Name,
    ) -> Result<(), Errno> {
        let dir = self.vacancy(dir, name)?;
        if !self.profile.symlinks {
            return Err(ErrorKind::PermissionDenied.into());
        }
        self.spare_inode()?;
        let inode = self.make_inode(Some(proc), dir, Node::Symlink(target.into()), 0o777);
        self.link(dir, name, inode);
        Ok(())
    }
}
