//! What calls on files do.

use std::io::ErrorKind;
use std::sync::Arc;

use super::Clones;
use super::errno::Errno;
use super::inode::{Inode, InodeId, Node, SUPERUSER};
use super::journal::Effect;
use super::op::Fd;
use super::process::{OfdId, ProcId};
use super::world::World;
use crate::{Access, Name};

/// Set-user-id and set-group-id.
const ACT_AS_OWNER: u32 = 0o6000;

impl World {
    pub(super) fn create_file(
        &mut self,
        proc: ProcId,
        dir: OfdId,
        name: &Name,
    ) -> Result<Fd, Errno> {
        let dir = self.vacancy(dir, name)?;
        self.spare_inode()?;
        let inode = self.make_inode(Some(proc), dir, Node::File(Arc::default()), 0o644);
        let opened = self.open(proc, inode, Access::ReadWrite);
        match opened {
            Ok(fd) => {
                self.link(dir, name, inode);
                self.opened_by(proc, fd, dir, name);
            }
            Err(_) => self.free_if_unused(inode),
        }
        opened
    }

    pub(super) fn open_file(
        &mut self,
        proc: ProcId,
        dir: OfdId,
        name: &Name,
        access: Access,
    ) -> Result<Fd, Errno> {
        let dir = self.dir(dir)?;
        let mut id = self.lookup(dir, name)?;
        self.stay_in_mount(dir, name)?;
        match self.inode(id).node {
            Node::File(_) => {}
            Node::Dir { .. } => return Err(ErrorKind::IsADirectory.into()),
            Node::Symlink(_) => return Err(ErrorKind::InvalidInput.into()),
        }
        self.may_open(proc, id, access)?;
        if access == Access::ReadWrite {
            self.writable()?;
            if self.profile.has_layers && self.inode(id).is_lower {
                id = self.copy_up(proc, dir, name, id);
            }
        }
        let fd = self.open(proc, id, access)?;
        self.opened_by(proc, fd, dir, name);
        Ok(fd)
    }

    /// Puts a copy in the upper layer in the place of a file of a lower one, with that name only.
    fn copy_up(&mut self, proc: ProcId, dir: InodeId, name: &Name, lower: InodeId) -> InodeId {
        let Inode { mode, mtime, owner, extended, node, .. } = self.inode(lower).clone();
        if let Node::File(content) = &node {
            self.bytes += content.len() as u64;
        }
        let upper = self.make_inode(Some(proc), dir, node, mode);
        let inode = self.inode_mut(upper);
        (inode.mtime, inode.owner, inode.extended) = (mtime, owner, extended);
        self.note_attributes(upper);
        self.unlink(dir, name);
        self.link(dir, name, upper);
        upper
    }

    pub(super) fn content(&self, file: OfdId) -> &Arc<Vec<u8>> {
        match &self.inode(self.ofd(file).inode).node {
            Node::File(content) => content,
            _ => unreachable!("BUG: only files are opened as files"),
        }
    }

    pub(super) fn read(&self, file: OfdId, offset: u64, len: usize) -> Result<Arc<[u8]>, Errno> {
        self.admits(file, false)?;
        let content = self.content(file);
        let from = usize::try_from(offset).unwrap_or(usize::MAX).min(content.len());
        let len = len.min(content.len() - from);
        Ok(content[from..from + len].into())
    }

    pub(super) fn write_at(&mut self, file: OfdId, offset: u64, bytes: &[u8]) -> Result<(), Errno> {
        self.admits(file, true)?;
        let too_large = |_| Errno::Kind(ErrorKind::FileTooLarge);
        let from = usize::try_from(offset).map_err(too_large)?;
        let end = from.checked_add(bytes.len()).ok_or(Errno::Kind(ErrorKind::FileTooLarge))?;
        if bytes.is_empty() {
            return Ok(());
        }
        let mut content = Arc::clone(self.content(file));
        let len = content.len().max(end);
        self.reserve(file, len as u64)?;
        // Let go of the inode's own reference, so that the bytes are changed in place.
        self.put(file, Arc::default());
        let buffer = Arc::make_mut(&mut content);
        buffer.resize(len, 0);
        buffer[from..end].copy_from_slice(bytes);
        self.put(file, content);
        let inode = self.ofd(file).inode;
        self.note(|| Effect::Data { inode, offset: from, bytes: bytes.into() });
        Ok(())
    }

    /// What a store through a shared mapping does: `file` was opened for both.
    pub(super) fn store(&mut self, file: OfdId, offset: u64, bytes: &[u8]) -> Result<(), Errno> {
        if self.ofd(file).access == Access::Read {
            return Err(ErrorKind::PermissionDenied.into());
        }
        self.store_into(self.ofd(file).inode, offset, bytes)
    }

    /// A mapping does not make a file longer: what is stored beyond its end is lost.
    pub(super) fn store_into(
        &mut self,
        id: InodeId,
        offset: u64,
        bytes: &[u8],
    ) -> Result<(), Errno> {
        self.writable()?;
        let tells_all = self.profile.times_tell_all;
        let inode = self.inode_mut(id);
        let Node::File(content) = &mut inode.node else {
            return Err(ErrorKind::InvalidInput.into());
        };
        let offset = usize::try_from(offset).unwrap_or(usize::MAX).min(content.len());
        let bytes = &bytes[..bytes.len().min(content.len() - offset)];
        if bytes.is_empty() {
            return Ok(());
        }
        Arc::make_mut(content)[offset..offset + bytes.len()].copy_from_slice(bytes);
        if tells_all {
            self.touch(id, true);
        } else {
            inode.writes += 1;
        }
        self.note(|| Effect::Data { inode: id, offset, bytes: bytes.into() });
        Ok(())
    }

    pub(super) fn sync_file(&mut self, file: OfdId) -> Result<(), Errno> {
        let inode = self.ofd(file).inode;
        if self.fails_to_sync() {
            self.note(|| Effect::SyncFailed(inode));
            return Err(Errno::Other("EIO"));
        }
        self.note(|| Effect::SyncFile(inode));
        Ok(())
    }

    /// Takes the whole content of another file.
    pub(super) fn copy(&mut self, from: OfdId, to: OfdId) -> Result<u64, Errno> {
        self.admits(from, false)?;
        let content = Arc::clone(self.content(from));
        self.replace_content(to, content)
    }

    /// Takes the first half of it.
    #[cfg(feature = "unstable-explore")]
    pub(super) fn copy_half(&mut self, from: OfdId, to: OfdId) -> Result<u64, Errno> {
        let content = self.content(from);
        let half = Arc::new(content[..content.len() / 2].to_vec());
        self.replace_content(to, half)
    }

    fn replace_content(&mut self, to: OfdId, content: Arc<Vec<u8>>) -> Result<u64, Errno> {
        let len = content.len() as u64;
        self.reserve(to, len)?;
        self.put(to, Arc::clone(&content));
        let inode = self.ofd(to).inode;
        self.note(|| Effect::Content { inode, content });
        Ok(len)
    }

    /// Makes an empty file a clone, as Linux does it.
    pub(super) fn share(&mut self, from: OfdId, to: OfdId) -> Result<(), Errno> {
        if self.profile.clones != Clones::IntoFile {
            return Err(ErrorKind::Unsupported.into());
        }
        let device_of = |file| self.inode(self.ofd(file).inode).device;
        if device_of(from) != device_of(to) {
            return Err(ErrorKind::CrossesDevices.into());
        }
        self.copy(from, to).map(drop)
    }

    /// Makes a clone under a new name, as macOS does it: with all that the original has, but for its owner, whom only the
    /// superuser may give it, and for what lets others act as the owner.
    pub(super) fn clone_as(
        &mut self,
        proc: ProcId,
        from: OfdId,
        dir: OfdId,
        name: &Name,
    ) -> Result<(), Errno> {
        let dir = self.vacancy(dir, name)?;
        self.admits(from, false)?;
        let Inode { device, mode, owner, extended, mtime, node, .. } =
            self.inode(self.ofd(from).inode).clone();
        if device != self.inode(dir).device {
            return Err(ErrorKind::CrossesDevices.into());
        }
        self.spare_inode()?;
        self.take_room(self.content(from).len() as u64)?;
        let clone = self.make_inode(Some(proc), dir, node, mode & !ACT_AS_OWNER);
        let is_superuser = self.procs[proc].owner.user == SUPERUSER.user;
        let inode = self.inode_mut(clone);
        (inode.mtime, inode.extended) = (mtime, extended);
        if is_superuser {
            inode.owner = owner;
        }
        self.note_attributes(clone);
        self.link(dir, name, clone);
        Ok(())
    }

    /// Accounts for a file's new length, if it may be written and there is room for it.
    fn reserve(&mut self, file: OfdId, len: u64) -> Result<(), Errno> {
        self.writable()?;
        if self.ofd(file).access == Access::Read {
            return Err(Errno::Other("opened for reading only"));
        }
        let had = self.content(file).len() as u64;
        self.bytes -= had;
        let taken = self.take_room(len);
        if taken.is_err() {
            self.bytes += had;
        }
        taken
    }

    /// Accounts for so much more content, if there is room for it.
    fn take_room(&mut self, len: u64) -> Result<(), Errno> {
        match self.bytes.checked_add(len) {
            Some(bytes) if bytes <= self.profile.capacity => {
                self.bytes = bytes;
                Ok(())
            }
            _ => Err(ErrorKind::StorageFull.into()),
        }
    }

    fn put(&mut self, file: OfdId, content: Arc<Vec<u8>>) {
        let id = self.ofd(file).inode;
        self.inode_mut(id).node = Node::File(content);
        self.touch(id, true);
    }
}
