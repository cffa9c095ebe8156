//! A published session that is held for reading.

use std::fs::File;
use std::path::{Path, PathBuf};

use incrdir_naming::SessionName;
use incrdir_vfs::{CapVfs, FileKind, RelPath};

use crate::Error;

/// A published session. Nobody deletes or changes it as long as this value lives, which may be days; other sessions are
/// published and collected meanwhile.
///
/// It is for reading: nothing here writes. That holds for [`path`](Self::path), too: what is written below it changes what was
/// published, and whoever compares the session with its record will quarantine it.
#[derive(Debug)]
#[must_use = "the session can be collected as soon as this is dropped"]
pub struct Snapshot(incrdir_session::Snapshot<CapVfs>);

impl Snapshot {
    pub(crate) fn new(snapshot: incrdir_session::Snapshot<CapVfs>) -> Self {
        Self(snapshot)
    }

    /// Its name.
    pub fn name(&self) -> SessionName {
        self.0.name()
    }

    /// The path of its directory, for programs that read there.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Opens a file for reading, by its path below the session. Links are not followed.
    ///
    /// # Errors
    ///
    /// [`Error::Path`] for a path that leads out of the session, [`Error::Io`] of kind `NotFound`, and whatever the system
    /// says.
    pub fn open(&self, path: impl AsRef<Path>) -> Result<File, Error> {
        Ok(self.0.open(&RelPath::new(path)?)?)
    }

    /// Reads a whole file.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn read(&self, path: impl AsRef<Path>) -> Result<Vec<u8>, Error> {
        Ok(self.0.read(&RelPath::new(path)?)?)
    }

    /// The paths of all files and links in it, below its directory: depth first, each directory in the order of its names.
    pub fn files(&self) -> Files<'_> {
        Files { snapshot: &self.0, pending: vec![Pending::Directory(PathBuf::new())] }
    }

    /// The snapshot as the layer below knows it.
    pub fn as_snapshot(&self) -> &incrdir_session::Snapshot<CapVfs> {
        &self.0
    }
}

/// The files of a snapshot: [`Snapshot::files`].
#[derive(Debug)]
pub struct Files<'a> {
    snapshot: &'a incrdir_session::Snapshot<CapVfs>,
    /// What comes next is last.
    pending: Vec<Pending>,
}

#[derive(Debug)]
enum Pending {
    File(PathBuf),
    Directory(PathBuf),
}

impl Files<'_> {
    /// Puts the entries of a directory in line, so that the first comes next.
    fn enter(&mut self, directory: &Path) -> Result<(), Error> {
        let path = match directory.as_os_str().is_empty() {
            true => None,
            false => Some(RelPath::new(directory)?),
        };
        let mut entries = self.snapshot.list(path.as_ref())?;
        entries.sort_by(|one, other| other.name.cmp(&one.name));
        for entry in entries {
            let path = directory.join(&entry.name);
            let kind = match entry.kind {
                Some(kind) => kind,
                None => self.snapshot.stat(&RelPath::new(&path)?)?.kind,
            };
            self.pending.push(match kind {
                FileKind::Dir => Pending::Directory(path),
                _ => Pending::File(path),
            });
        }
        Ok(())
    }
}

impl Iterator for Files<'_> {
    type Item = Result<PathBuf, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.pending.pop()? {
                Pending::File(path) => return Some(Ok(path)),
                Pending::Directory(directory) => {
                    if let Err(error) = self.enter(&directory) {
                        return Some(Err(error));
                    }
                }
            }
        }
    }
}
