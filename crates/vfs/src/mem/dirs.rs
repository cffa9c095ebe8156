//! What calls on directories do.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::ErrorKind;
use std::sync::Arc;

use super::errno::Errno;
use super::inode::{DirEntry, InodeId, Node};
use super::journal::Effect;
use super::op::Fd;
use super::open_files::hash_of;
use super::process::{Ofd, OfdId, ProcId};
use super::world::World;
use super::{Accents, RemoveOpen, accents};
use crate::{Access, Entry, FileKind, Name};

impl World {
    /// The inode of an open directory. One that has been removed is no place for names any more.
    pub(super) fn dir(&self, ofd: OfdId) -> Result<InodeId, Errno> {
        let id = self.ofd(ofd).inode;
        if self.links(id) == 0 { Err(ErrorKind::NotFound.into()) } else { Ok(id) }
    }

    pub(super) fn entries(&self, dir: InodeId) -> &BTreeMap<Name, DirEntry> {
        match &self.inode(dir).node {
            Node::Dir { entries, .. } => entries,
            _ => unreachable!("BUG: only directories are opened as directories"),
        }
    }

    fn entries_mut(&mut self, dir: InodeId) -> &mut BTreeMap<Name, DirEntry> {
        match &mut self.inode_mut(dir).node {
            Node::Dir { entries, .. } => entries,
            _ => unreachable!("BUG: only directories are opened as directories"),
        }
    }

    /// How a name is found.
    pub(super) fn key<'a>(&self, name: &'a Name) -> Cow<'a, Name> {
        let name = match self.profile.accents {
            Accents::Distinct => Cow::Borrowed(name),
            Accents::Alike | Accents::Apart => accents::apart(name),
        };
        if !self.profile.folds_case {
            return name;
        }
        let folded: OsString = name.as_os_str().to_ascii_lowercase();
        Cow::Owned(Name::new(folded).expect("BUG: folding adds no separator"))
    }

    /// How a name is kept and listed.
    fn kept<'a>(&self, name: &'a Name) -> Cow<'a, Name> {
        match self.profile.accents {
            Accents::Distinct | Accents::Alike => Cow::Borrowed(name),
            Accents::Apart => accents::apart(name),
        }
    }

    pub(super) fn find(&self, dir: InodeId, name: &Name) -> Option<InodeId> {
        Some(self.entries(dir).get(self.key(name).as_ref())?.inode)
    }

    pub(super) fn lookup(&self, dir: InodeId, name: &Name) -> Result<InodeId, Errno> {
        match self.entries(dir).get(self.key(name).as_ref()) {
            None => Err(ErrorKind::NotFound.into()),
            Some(entry) if entry.is_pending => Err(ErrorKind::PermissionDenied.into()),
            Some(entry) => Ok(entry.inode),
        }
    }

    /// What is mounted under a name.
    pub(super) fn mounted_at(&self, dir: InodeId, name: &Name) -> Option<InodeId> {
        // Most worlds have none.
        let is_none = self.mounted.is_empty();
        (!is_none).then(|| self.mounted.get(&(dir, self.key(name).into_owned())).copied()).flatten()
    }

    /// Nothing that is mounted is entered.
    pub(super) fn stay_in_mount(&self, dir: InodeId, name: &Name) -> Result<(), Errno> {
        self.mounted_at(dir, name).map_or(Ok(()), |_| Err(Errno::Mounted))
    }

    /// A name under which something is mounted stays.
    pub(super) fn spare_mount(&self, dir: InodeId, name: &Name) -> Result<(), Errno> {
        self.mounted_at(dir, name).map_or(Ok(()), |_| Err(ErrorKind::ResourceBusy.into()))
    }

    /// Gives an inode a name that is free.
    pub(super) fn link(&mut self, dir: InodeId, name: &Name, inode: InodeId) {
        let (key, kept) = (self.key(name).into_owned(), self.kept(name));
        let spelled = (key != *kept).then(|| Arc::new(kept.clone().into_owned()));
        self.note_touched(dir, &kept, inode);
        let entry = DirEntry { inode, spelled, is_pending: false };
        self.entries_mut(dir).insert(key.clone(), entry.clone());
        self.inode_mut(inode).links += 1;
        if let Node::Dir { parent, .. } = &mut self.inode_mut(inode).node {
            *parent = dir;
        }
        self.touch_names(dir);
        self.touch(inode, false);
        self.note_name(dir, &key, inode, Some(entry));
    }

    pub(super) fn unlink(&mut self, dir: InodeId, name: &Name) {
        let key = self.key(name).into_owned();
        if let Some(entry) = self.entries_mut(dir).remove(&key) {
            self.note_touched(dir, entry.spelled.as_deref().unwrap_or(&key), entry.inode);
            self.inode_mut(entry.inode).links -= 1;
            self.touch_names(dir);
            self.touch(entry.inode, false);
            self.note_name(dir, &key, entry.inode, None);
            self.free_if_unused(entry.inode);
        }
    }

    pub(super) fn writable(&self) -> Result<(), Errno> {
        if self.profile.read_only { Err(ErrorKind::ReadOnlyFilesystem.into()) } else { Ok(()) }
    }

    /// A directory that can take a new name, and the name is free.
    pub(super) fn vacancy(&self, dir: OfdId, name: &Name) -> Result<InodeId, Errno> {
        self.vacancy_in(self.dir(dir)?, name)
    }

    pub(super) fn vacancy_in(&self, dir: InodeId, name: &Name) -> Result<InodeId, Errno> {
        if name.as_os_str().len() > self.profile.max_name {
            return Err(ErrorKind::InvalidFilename.into());
        }
        match self.lookup(dir, name) {
            Ok(_) => return Err(ErrorKind::AlreadyExists.into()),
            Err(Errno::Kind(ErrorKind::NotFound)) => {}
            Err(errno) => return Err(errno),
        }
        self.writable()?;
        Ok(dir)
    }

    pub(super) fn open_dir(&mut self, proc: ProcId, dir: OfdId, name: &Name) -> Result<Fd, Errno> {
        let dir = self.dir(dir)?;
        let id = self.lookup(dir, name)?;
        self.stay_in_mount(dir, name)?;
        match self.inode(id).node {
            Node::Dir { .. } => {
                self.may_open(proc, id, Access::Read)?;
                self.open(proc, id, Access::Read)
            }
            _ => Err(ErrorKind::NotADirectory.into()),
        }
    }

    pub(super) fn create_dir(
        &mut self,
        proc: ProcId,
        dir: OfdId,
        name: &Name,
    ) -> Result<(), Errno> {
        let dir = self.vacancy(dir, name)?;
        self.spare_inode()?;
        let node = Node::Dir { entries: BTreeMap::new(), parent: dir };
        let inode = self.make_inode(Some(proc), dir, node, 0o755);
        self.link(dir, name, inode);
        Ok(())
    }

    pub(super) fn remove_dir(
        &mut self,
        proc: ProcId,
        dir: OfdId,
        name: &Name,
    ) -> Result<(), Errno> {
        let dir = self.dir(dir)?;
        let id = self.lookup(dir, name)?;
        match &self.inode(id).node {
            Node::Dir { entries, .. } if entries.is_empty() => {}
            Node::Dir { .. } => return Err(ErrorKind::DirectoryNotEmpty.into()),
            _ => return Err(ErrorKind::NotADirectory.into()),
        }
        self.spare_mount(dir, name)?;
        self.writable()?;
        self.remove_name(proc, dir, name)
    }

    /// One that has been removed has nothing in it, and says so.
    pub(super) fn list(&self, dir: OfdId) -> Result<Arc<[Entry]>, Errno> {
        let dir = self.ofd(dir).inode;
        let list = |(key, entry): (&Name, &DirEntry)| {
            self.entry(entry.spelled.as_deref().unwrap_or(key), entry.inode)
        };
        Ok(self.entries(dir).iter().map(list).collect())
    }

    /// What a listing shows of a name.
    fn entry(&self, name: &Name, inode: InodeId) -> Entry {
        let stat = self.stat(inode);
        let inode =
            if self.profile.listed_inodes_are_true { stat.id.inode } else { u64::from(u32::MAX) };
        let kind = self.profile.lists_kinds.then_some(stat.kind);
        Entry { name: name.clone(), kind, inode }
    }

    /// Takes a name away from what somebody may have open: where the name stays until then, it goes later.
    pub(super) fn remove_name(
        &mut self,
        proc: ProcId,
        dir: InodeId,
        name: &Name,
    ) -> Result<(), Errno> {
        let inode = self.lookup(dir, name)?;
        // What counts is who has it open by this name, as far as this host knows.
        let (host, by) = (self.procs[proc].host, Some((dir, hash_of(name))));
        let is_it = |ofd: &Ofd| ofd.inode == inode && ofd.by == by && ofd.host == host;
        let is_dir = self.stat(inode).kind == FileKind::Dir;
        // A directory has one name.
        let is_open = match is_dir {
            true => self.is_open(inode),
            false => self.ofds.iter().flatten().any(is_it),
        };
        if !is_open {
            self.unlink(dir, name);
            return Ok(());
        }
        let key = self.key(name).into_owned();
        match self.profile.remove_open {
            RemoveOpen::Gone => self.unlink(dir, name),
            RemoveOpen::Renamed if is_dir => self.unlink(dir, name),
            RemoveOpen::Pending => {
                if let Some(entry) = self.entries_mut(dir).get_mut(&key) {
                    entry.is_pending = true;
                }
                self.inode_mut(inode).pending.push((dir, key));
            }
            RemoveOpen::Renamed => {
                let hidden = self.transient_name(dir, inode);
                // Held by whoever has it open, so it is not freed in between.
                self.unlink(dir, name);
                self.link(dir, &hidden, inode);
                self.inode_mut(inode).pending.push((dir, hidden));
            }
        }
        Ok(())
    }

    /// As the Linux client of NFS makes it: the file's number, and which one it is.
    fn transient_name(&self, dir: InodeId, inode: InodeId) -> Name {
        let number = self.inode(inode).number;
        let names = (0_u32..).map(|nth| format!(".nfs{number:016x}{nth:08x}"));
        let mut names = names.map(|name| Name::new(name).expect("BUG: letters and digits"));
        let free = names.find(|name| self.find(dir, name).is_none());
        free.expect("BUG: a file has not as many names")
    }

    /// Nobody has it open any more: what was removed is gone.
    pub(super) fn finish_removal(&mut self, inode: InodeId) {
        // Mostly nothing was, and the inode stays what others share.
        if self.inode(inode).pending.is_empty() || self.is_open(inode) {
            return;
        }
        for (dir, name) in std::mem::take(&mut self.inode_mut(inode).pending) {
            let is_there = self.inodes[dir as usize].is_some();
            if is_there && self.find(dir, &name) == Some(inode) {
                // Held meanwhile: the caller frees it.
                self.held = Some(inode);
                self.version += 1;
                self.unlink(dir, &name);
                self.held = None;
            }
        }
    }

    /// Opens a listing: what is made or removed from now on may show in it or not.
    #[cfg(feature = "unstable-explore")]
    pub(super) fn open_listing(&mut self, proc: ProcId, dir: OfdId) {
        let dir = self.ofd(dir).inode;
        self.streams.push(super::process::Stream { proc, dir, touched: BTreeMap::new() });
    }

    /// Reads the listing that the process has opened. `shows` decides about each name that was touched.
    #[cfg(feature = "unstable-explore")]
    pub(super) fn read_listing(
        &mut self,
        proc: ProcId,
        dir: OfdId,
        mut shows: impl FnMut() -> bool,
    ) -> Result<Arc<[Entry]>, Errno> {
        let position = self.streams.iter().position(|stream| stream.proc == proc);
        let stream = self.streams.remove(position.expect("BUG: a listing is opened first"));
        let entries = self.list(dir)?;
        if stream.touched.is_empty() {
            return Ok(entries);
        }
        let untouched = entries.iter().filter(|entry| !stream.touched.contains_key(&entry.name));
        let touched = stream.touched.values().filter(|_| shows());
        let mut shown: Vec<Entry> = untouched.chain(touched).cloned().collect();
        // As all listings are: the order says nothing about what happened meanwhile.
        shown.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(shown.into())
    }

    /// Whether a listing that the process has opened may show one thing or another.
    #[cfg(feature = "unstable-explore")]
    pub fn is_listing(&self, proc: ProcId) -> Option<bool> {
        let stream = self.streams.iter().find(|stream| stream.proc == proc)?;
        Some(!stream.touched.is_empty())
    }

    fn note_touched(&mut self, dir: InodeId, name: &Name, inode: InodeId) {
        if self.streams.iter().any(|stream| stream.dir == dir) {
            let entry = self.entry(name, inode);
            for stream in self.streams.iter_mut().filter(|stream| stream.dir == dir) {
                stream.touched.insert(name.clone(), entry.clone());
            }
        }
    }

    pub(super) fn sync_dir(&mut self, dir: OfdId) -> Result<(), Errno> {
        if !self.profile.syncs_dirs {
            return Err(ErrorKind::Unsupported.into());
        }
        let inode = self.ofd(dir).inode;
        if self.fails_to_sync() {
            return Err(Errno::Other("EIO"));
        }
        self.note(|| Effect::SyncDir(inode));
        Ok(())
    }
}
