//! What calls on directories do.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::ErrorKind;

use super::world::{DirEntry, Errno, InodeId, Node, OfdId, ProcId, Stream, World};
use crate::{Access, Entry, Name};

impl World {
    /// The inode of an open directory. One that has been removed is no place for names any more.
    pub(super) fn dir(&self, ofd: OfdId) -> Result<InodeId, Errno> {
        let id = self.ofd(ofd).inode;
        if self.inode(id).links == 0 { Err(ErrorKind::NotFound.into()) } else { Ok(id) }
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
        if !self.profile.folds_case {
            return Cow::Borrowed(name);
        }
        let folded: OsString = name.as_os_str().to_ascii_lowercase();
        Cow::Owned(Name::new(folded).expect("BUG: folding adds no separator"))
    }

    pub(super) fn find(&self, dir: InodeId, name: &Name) -> Option<InodeId> {
        Some(self.entries(dir).get(self.key(name).as_ref())?.inode)
    }

    pub(super) fn lookup(&self, dir: InodeId, name: &Name) -> Result<InodeId, Errno> {
        self.find(dir, name).ok_or(Errno::Kind(ErrorKind::NotFound))
    }

    /// Gives an inode a name that is free.
    pub(super) fn link(&mut self, dir: InodeId, name: &Name, inode: InodeId) {
        let key = self.key(name).into_owned();
        let spelled = (key != *name).then(|| name.clone());
        self.note_touched(dir, name, inode);
        let entry = DirEntry { inode, spelled };
        self.note_name(dir, &key, Some(entry.clone()));
        self.entries_mut(dir).insert(key, entry);
        self.inode_mut(inode).links += 1;
        if let Node::Dir { parent, .. } = &mut self.inode_mut(inode).node {
            *parent = dir;
        }
        self.touch(dir, true);
        self.touch(inode, false);
    }

    pub(super) fn unlink(&mut self, dir: InodeId, name: &Name) {
        let key = self.key(name).into_owned();
        if let Some(entry) = self.entries_mut(dir).remove(&key) {
            self.note_touched(dir, name, entry.inode);
            self.note_name(dir, &key, None);
            self.inode_mut(entry.inode).links -= 1;
            self.touch(dir, true);
            self.touch(entry.inode, false);
            self.free_if_unused(entry.inode);
        }
    }

    pub(super) fn writable(&self) -> Result<(), Errno> {
        if self.profile.read_only { Err(ErrorKind::ReadOnlyFilesystem.into()) } else { Ok(()) }
    }

    /// A directory that can take a new name, and the name is free.
    pub(super) fn vacancy(&self, dir: OfdId, name: &Name) -> Result<InodeId, Errno> {
        let dir = self.dir(dir)?;
        if name.as_os_str().len() > self.profile.max_name {
            return Err(ErrorKind::InvalidFilename.into());
        }
        if self.find(dir, name).is_some() {
            return Err(ErrorKind::AlreadyExists.into());
        }
        self.writable()?;
        Ok(dir)
    }

    pub(super) fn open_dir(
        &mut self,
        proc: ProcId,
        dir: OfdId,
        name: &Name,
    ) -> Result<OfdId, Errno> {
        let id = self.lookup(self.dir(dir)?, name)?;
        match self.inode(id).node {
            Node::Dir { .. } => self.open(proc, id, Access::Read),
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
        let node = Node::Dir { entries: BTreeMap::new(), parent: dir };
        let inode = self.make_inode(proc, node, 0o755);
        self.link(dir, name, inode);
        Ok(())
    }

    pub(super) fn remove_dir(&mut self, dir: OfdId, name: &Name) -> Result<(), Errno> {
        let dir = self.dir(dir)?;
        let id = self.lookup(dir, name)?;
        match &self.inode(id).node {
            Node::Dir { entries, .. } if entries.is_empty() => {}
            Node::Dir { .. } => return Err(ErrorKind::DirectoryNotEmpty.into()),
            _ => return Err(ErrorKind::NotADirectory.into()),
        }
        self.writable()?;
        self.unlink(dir, name);
        Ok(())
    }

    /// One that has been removed has nothing in it, and says so.
    pub(super) fn list(&self, dir: OfdId) -> Result<Vec<Entry>, Errno> {
        let dir = self.ofd(dir).inode;
        let list = |(key, entry): (&Name, &DirEntry)| {
            self.entry(entry.spelled.as_ref().unwrap_or(key), entry.inode)
        };
        Ok(self.entries(dir).iter().map(list).collect())
    }

    /// What a listing shows of a name.
    fn entry(&self, name: &Name, inode: InodeId) -> Entry {
        let stat = self.stat(inode);
        let inode =
            if self.profile.listed_inodes_are_true { stat.id.inode } else { u64::from(u32::MAX) };
        Entry { name: name.clone(), kind: Some(stat.kind), inode }
    }

    /// Opens a listing: what is made or removed from now on may show in it or not.
    pub(super) fn open_listing(&mut self, proc: ProcId, dir: OfdId) -> Result<(), Errno> {
        let dir = self.ofd(dir).inode;
        self.streams.push(Stream { proc, dir, touched: BTreeMap::new() });
        Ok(())
    }

    /// Reads the listing that the process has opened. `shows` decides about each name that was touched.
    pub(super) fn read_listing(
        &mut self,
        proc: ProcId,
        dir: OfdId,
        mut shows: impl FnMut() -> bool,
    ) -> Result<Vec<Entry>, Errno> {
        let position = self.streams.iter().position(|stream| stream.proc == proc);
        let stream = self.streams.remove(position.expect("BUG: a listing is opened first"));
        let mut entries = self.list(dir)?;
        entries.retain(|entry| !stream.touched.contains_key(&entry.name));
        entries.extend(stream.touched.into_values().filter(|_| shows()));
        Ok(entries)
    }

    fn note_touched(&mut self, dir: InodeId, name: &Name, inode: InodeId) {
        if self.streams.iter().any(|stream| stream.dir == dir) {
            let entry = self.entry(name, inode);
            for stream in self.streams.iter_mut().filter(|stream| stream.dir == dir) {
                stream.touched.insert(name.clone(), entry.clone());
            }
        }
    }

    pub(super) fn set_mode(&mut self, ofd: OfdId, mode: u32) -> Result<(), Errno> {
        self.writable()?;
        if !self.profile.modes {
            return Err(ErrorKind::PermissionDenied.into());
        }
        let id = self.ofd(ofd).inode;
        self.inode_mut(id).mode = mode & 0o7777;
        self.touch(id, false);
        Ok(())
    }
}
