//! Files of a session, by their paths below it: written while it is private, only read once it is published.
//!
//! A file of a session that was seeded by links *is* the published one, so nothing is ever opened for writing that has not
//! been made private first: [`Working::create`] puts a new file in its place, [`Working::edit`] a copy.

use std::io::{Error as IoError, ErrorKind};

use incrdir_vfs::{
    Access, Entry, Error as CallError, FileKind, Handle, Name, RelPath, Stat, Vfs, VfsExt, failed,
};

use crate::fill::attributes::{Attributes, Plain};
use crate::working::Writing;
use crate::{SeedMode, Snapshot, Working};

impl<V: Vfs> Working<V> {
    /// Makes an empty file, in place of whatever file or link had the name, and the directories that lead to it.
    ///
    /// The name is removed and created exclusively, so a file that is linked to a published session is let go, never written
    /// into. There are no temporary names: a crash in between leaves a working session without the file, and nothing is ever
    /// seeded from that.
    ///
    /// # Errors
    ///
    /// `IsADirectory` for a directory of that name, `NotADirectory` for a file or a link on the way, and whatever the calls
    /// say.
    pub fn create(&self, path: &RelPath) -> Result<V::File, CallError> {
        let (vfs, top) = self.ground();
        vfs.replace_file(top, path)
    }

    /// Replaces the content of a file, or makes it, as [`create`](Self::create).
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create) and [`Vfs::write_at`].
    pub fn write(&self, path: &RelPath, bytes: impl AsRef<[u8]>) -> Result<(), CallError> {
        let (vfs, top) = self.ground();
        vfs.write_file(top, path, bytes.as_ref())
    }

    /// Opens a file for reading and writing in place, making it private first.
    ///
    /// A file that has other names, which may be a published session's, is replaced by a copy of itself with the same content, permissions, owner,
    /// time and extended attributes, as far as the caller may set them.
    ///
    /// # Errors
    ///
    /// `NotFound` if there is no such file; `InvalidInput` for anything but a file; `ResourceBusy` if others replace it again and
    /// again; otherwise as the calls it takes. If the copy fails half-way, for want of space
    /// perhaps, the name is missing from the session, which should then be abandoned.
    pub fn edit(&self, path: &RelPath) -> Result<V::File, CallError> {
        let (vfs, top) = self.ground();
        let (name, _) = path.split_last();
        let below = parent(vfs, top, path)?;
        edit_in(vfs, below.as_ref().unwrap_or(top), name, self.writing().trusts_link_counts())
    }

    /// Reads a whole file. `None`: there is none.
    ///
    /// # Errors
    ///
    /// `IsADirectory` or `InvalidInput` for anything but a file, and whatever the calls say.
    pub fn read(&self, path: &RelPath) -> Result<Option<Vec<u8>>, CallError> {
        let (vfs, top) = self.ground();
        found(vfs.read_file(top, path, u64::MAX))
    }

    /// Removes a file or a link. What is not there is as good as removed.
    ///
    /// # Errors
    ///
    /// `IsADirectory` for a directory, and whatever the calls say.
    pub fn remove(&self, path: &RelPath) -> Result<(), CallError> {
        let (vfs, top) = self.ground();
        let (name, _) = path.split_last();
        let removed = parent(vfs, top, path).and_then(|below| {
            let dir = below.as_ref().unwrap_or(top);
            vfs.remove_file(dir, name).map_err(failed(vfs, "remove", dir, name))
        });
        found(removed).map(drop)
    }

    fn ground(&self) -> (&V, &V::Dir) {
        let writing = self.writing();
        (&writing.unit.vfs, writing.dir())
    }
}

impl<V: Vfs> Writing<V> {
    /// Whether a file that shows one name has no other. Mounts that this kernel does not keep itself may show one for every
    /// file (sshfs); they are those of which it is not known that locks exclude everybody.
    fn trusts_link_counts(&self) -> bool {
        self.report.mode != SeedMode::Link || self.basis.info.locks_exclude_all
    }
}

impl<V: Vfs> Snapshot<V> {
    /// Opens a file for reading.
    ///
    /// # Errors
    ///
    /// `NotFound`; `InvalidInput` for anything but a file; and whatever the calls say.
    pub fn open(&self, path: &RelPath) -> Result<V::File, CallError> {
        let (vfs, top) = self.ground();
        let (name, _) = path.split_last();
        let below = parent(vfs, top, path)?;
        open_regular(vfs, below.as_ref().unwrap_or(top), name, Access::Read).map(|(file, _)| file)
    }

    /// Reads a whole file.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open) and [`Vfs::read`]; `IsADirectory` or `InvalidInput` for anything but a file.
    pub fn read(&self, path: &RelPath) -> Result<Vec<u8>, CallError> {
        let (vfs, top) = self.ground();
        vfs.read_file(top, path, u64::MAX)
    }

    /// Looks at what has a path. A link is not followed.
    ///
    /// # Errors
    ///
    /// As [`Vfs::stat`].
    pub fn stat(&self, path: &RelPath) -> Result<Stat, CallError> {
        let (vfs, top) = self.ground();
        let (name, _) = path.split_last();
        let below = parent(vfs, top, path)?;
        let dir = below.as_ref().unwrap_or(top);
        vfs.stat(dir, name).map_err(failed(vfs, "look at", dir, name))
    }

    /// Lists one of its directories; without a path its own.
    ///
    /// # Errors
    ///
    /// As [`Vfs::open_dir`] and [`Vfs::list`].
    pub fn list(&self, path: Option<&RelPath>) -> Result<Vec<Entry>, CallError> {
        let (vfs, top) = self.ground();
        let below = path.map(|path| vfs.open_dir_below(top, path)).transpose()?;
        vfs.list_sorted(below.as_ref().unwrap_or(top))
    }
}

/// Opens the directory that a path leads to. `None`: it is the top.
fn parent<V: Vfs>(vfs: &V, top: &V::Dir, path: &RelPath) -> Result<Option<V::Dir>, CallError> {
    path.parent().map(|parent| vfs.open_dir_below(top, &parent)).transpose()
}

/// What is not there is no error.
fn found<T>(result: Result<T, CallError>) -> Result<Option<T>, CallError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// How often a file is opened that others replace meanwhile.
const OPENED: usize = 8;

fn edit_in<V: Vfs>(
    vfs: &V,
    dir: &V::Dir,
    name: &Name,
    trusts_link_counts: bool,
) -> Result<V::File, CallError> {
    let edit_failed = |error| failed(vfs, "edit", dir, name)(error);
    for _ in 0..OPENED {
        let (shared, stat) = open_regular(vfs, dir, name, Access::ReadWrite)?;
        if stat.links > 1 || !trusts_link_counts {
            return detach(vfs, dir, name, &shared, &stat);
        }
        // Its only link is this name, if this name still leads to it: otherwise it may be the published session's.
        match vfs.stat(dir, name) {
            Ok(named) if named.id == stat.id => return Ok(shared),
            Ok(_) => {}
            Err(error) => return Err(edit_failed(error)),
        }
    }
    Err(edit_failed(ErrorKind::ResourceBusy.into()))
}

/// Opens a file that holds data: not a device or a pipe, through which a path would lead out of the session.
fn open_regular<V: Vfs>(
    vfs: &V,
    dir: &V::Dir,
    name: &Name,
    access: Access,
) -> Result<(V::File, Stat), CallError> {
    let open_failed = |error| failed(vfs, "open", dir, name)(error);
    let file = vfs.open_file(dir, name, access).map_err(open_failed)?;
    let stat = vfs.stat_file(&file).map_err(open_failed)?;
    match stat.kind {
        FileKind::File => Ok((file, stat)),
        _ => Err(open_failed(IoError::new(ErrorKind::InvalidInput, "not a regular file"))),
    }
}

/// Replaces a file by a copy of itself.
fn detach<V: Vfs>(
    vfs: &V,
    dir: &V::Dir,
    name: &Name,
    shared: &V::File,
    stat: &Stat,
) -> Result<V::File, CallError> {
    let private = vfs.replace_file(dir, &name.clone().into())?;
    let copied = vfs
        .copy(shared, &private)
        .and_then(
            |copied| if copied == stat.len { Ok(()) } else { Err(ErrorKind::WriteZero.into()) },
        )
        .and_then(|()| {
            let plain = Plain::of(&vfs.stat_file(&private)?);
            let attributes = Attributes::of(vfs, Handle::File(shared), stat)?;
            // What cannot be kept here is none of the content.
            attributes.give(vfs, Handle::File(&private), &plain, true)
        });
    match copied {
        Ok(_) => Ok(private),
        Err(error) => {
            // A half copy must not be mistaken for the file.
            let _ = vfs.remove_file(dir, name);
            Err(failed(vfs, "make private", dir, name)(error))
        }
    }
}
