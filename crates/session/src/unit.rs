//! B1: the unit, opened once.
//!
//! All calls of a session go through this handle (L6). If the unit is removed and made again meanwhile,
//! they fail with `NotFound` instead of landing in a directory that knows nothing of them.

use std::io::{self, ErrorKind};
use std::path::Path;

use incrdir_naming::{EntryName, UnitName};
use incrdir_vfs::{Entry, FileKind, FsInfo, Name, Vfs, failed, kind_of};

use crate::spelling::{composed, folded, turned};
use crate::{Catalog, Error, tree, vfs_name};

/// An open unit: the directory that holds the sessions of one name.
pub struct Unit<V: Vfs> {
    pub(crate) vfs: V,
    pub(crate) dir: V::Dir,
    name: UnitName,
}

impl<V: Vfs> Unit<V> {
    /// Opens the unit `name` of `root`, or says that there is none.
    ///
    /// # Errors
    ///
    /// [`Error::NotAUnit`] if something else has the name, a symbolic link included; [`Error::Spelling`] if the unit is listed
    /// in another spelling; else as [`Vfs::open_dir`].
    pub fn open(vfs: &V, root: &V::Dir, name: &UnitName) -> Result<Option<Self>, Error> {
        let entry = vfs_name(name);
        match vfs.open_dir(root, &entry) {
            Ok(dir) => {
                is_spelled_so(vfs, root, &entry, &dir)?;
                Ok(Some(Self { vfs: vfs.clone(), dir, name: name.clone() }))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(match what_else(vfs, root, &entry, &error) {
                Some(found) => Error::NotAUnit { path: vfs.path(root).join(&entry), found },
                None => failed(vfs, "open unit", root, &entry)(error).into(),
            }),
        }
    }

    /// Opens the unit, making it if it is missing. `None`: it was made and removed again at once.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open) and [`Vfs::create_dir`].
    pub(crate) fn open_or_create(
        vfs: &V,
        root: &V::Dir,
        name: &UnitName,
    ) -> Result<Option<Self>, Error> {
        if let Some(unit) = Self::open(vfs, root, name)? {
            return Ok(Some(unit));
        }
        let entry = vfs_name(name);
        match vfs.create_dir(root, &entry) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(failed(vfs, "create unit", root, &entry)(error).into()),
        }
        Self::open(vfs, root, name)
    }

    /// The name it was opened by.
    pub fn name(&self) -> &UnitName {
        &self.name
    }

    /// The file system it lives in.
    pub fn vfs(&self) -> &V {
        &self.vfs
    }

    /// Its open directory.
    pub fn dir(&self) -> &V::Dir {
        &self.dir
    }

    /// Its path, for people.
    pub fn path(&self) -> &Path {
        self.vfs.path(&self.dir)
    }

    /// Tells about the file system that it is on.
    ///
    /// # Errors
    ///
    /// As [`Vfs::fs_info`].
    pub fn fs_info(&self) -> Result<FsInfo, Error> {
        let info = self.vfs.fs_info(&self.dir);
        Ok(info.map_err(|error| incrdir_vfs::Error::new("ask about", self.path(), error))?)
    }

    /// Makes the names in it durable, where a directory can be synced.
    ///
    /// # Errors
    ///
    /// As [`Vfs::sync_dir`], but never `Unsupported`.
    pub fn sync(&self) -> Result<(), Error> {
        match self.vfs.sync_dir(&self.dir) {
            Err(error) if error.kind() != ErrorKind::Unsupported => {
                Err(incrdir_vfs::Error::new("sync", self.path(), error).into())
            }
            _ => Ok(()),
        }
    }

    /// Lists it.
    ///
    /// # Errors
    ///
    /// As [`Vfs::list`]. What cannot be read of a single entry is in [`Catalog::errors`].
    pub fn list(&self) -> Result<Catalog, Error> {
        let mut entries = self
            .vfs
            .list(&self.dir)
            .map_err(|error| incrdir_vfs::Error::new("list", self.path(), error))?;
        for entry in &mut entries {
            self.complete(entry);
        }
        Ok(Catalog::new(entries))
    }
}

/// What has the name of a unit, where opening that as a directory failed like this. `None`: that is not why.
fn what_else<V: Vfs>(
    vfs: &V,
    root: &V::Dir,
    name: &Name,
    error: &io::Error,
) -> Option<&'static str> {
    if error.kind() != ErrorKind::NotADirectory {
        return None;
    }
    match vfs.stat(root, name).ok()?.kind {
        FileKind::Symlink => Some(
            "a symbolic link, which is not followed, because it may lead out of the cache; remove it, or put the \
             directory itself here",
        ),
        FileKind::File | FileKind::Other => {
            Some("a file and not a directory; remove it, or choose another name")
        }
        FileKind::Dir => None,
    }
}

/// Where case does not count, two names would be one unit, and one program be given what another one made. Two spellings of
/// an accent are one text, so there is one program.
///
/// A name with the case of its letters turned round is mostly nothing: that takes one call. If it is something, the
/// listing says how the unit is spelled: ids do not, where they are made up for each spelling.
fn is_spelled_so<V: Vfs>(vfs: &V, root: &V::Dir, name: &Name, dir: &V::Dir) -> Result<(), Error> {
    // The name of a unit is one.
    let Some(text) = name.to_str() else { return Ok(()) };
    let turned = turned(text);
    let mut turned = turned.iter().filter_map(|turned| Name::new(turned).ok());
    if turned.all(|turned| vfs.stat(root, &turned).is_err()) {
        return Ok(());
    }
    let (right, alike) = (composed(text), folded(text));
    let listed = tree::list(vfs, root)?;
    let mut other = None;
    for found in listed.iter().filter_map(|entry| entry.name.to_str()) {
        if composed(found) == right {
            return Ok(());
        }
        if folded(found) == alike {
            other = Some(found);
        }
    }
    match other {
        Some(listed) => Err(Error::Spelling { path: vfs.path(dir).into(), listed: listed.into() }),
        None => Ok(()),
    }
}

impl<V: Vfs> Unit<V> {
    /// Looks at what has a name of ours and no kind: something else by such a name is foreign. What is gone meanwhile is
    /// as if it had not been listed.
    fn complete(&self, entry: &mut io::Result<Entry>) {
        let Ok(found) = entry else { return };
        let is_ours = EntryName::classify(found.name.as_os_str().as_encoded_bytes()).is_some();
        if found.kind.is_some() || !is_ours {
            return;
        }
        match kind_of(&self.vfs, &self.dir, found) {
            Ok(kind) => found.kind = Some(kind),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                found.kind = Some(FileKind::Other);
            }
            Err(error) => *entry = Err(error),
        }
    }
}

impl<V: Vfs> std::fmt::Debug for Unit<V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Unit").field(&self.path()).finish()
    }
}
