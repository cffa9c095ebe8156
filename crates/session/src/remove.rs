//! Deletes a tree that is nobody's.
//!
//! Depth costs neither stack nor descriptors: a directory below the first level is renamed up to it and
//! then treated like any other there, so two open directories are enough for any tree. Whoever dies on the
//! way leaves a smaller tombstone.

use std::io::{self, ErrorKind};

use incrdir_vfs::{Error, FileKind, Name, Vfs, failed, kind_of};

use crate::stop::go_on;
use crate::vfs_name;

/// How often a directory that keeps filling up is emptied again.
const ROUNDS: usize = 4;

/// How many errors are kept: a tree that cannot be deleted has one for each of its files.
const MAX_ERRORS: usize = 8;

/// Permissions of a directory that is about to be deleted.
const WRITABLE: u32 = 0o700;

/// What was deleted, and what could not be.
#[derive(Debug, Default)]
pub struct Removed {
    /// Names of files, links and other things that are not directories.
    pub files: u64,
    /// Bytes on the medium of files that had no other name left.
    pub bytes: u64,
    /// How many calls failed. Other processes deleting the same tree are no failure.
    pub failures: u64,
    /// The first few of what failed.
    pub errors: Vec<Error>,
}

impl Removed {
    fn fail(&mut self, error: Error) {
        self.failures += 1;
        if self.errors.len() < MAX_ERRORS {
            self.errors.push(error);
        }
    }
}

/// Deletes a directory and all below it, following no link. What is gone already is as good as deleted.
pub fn remove_tree<V: Vfs>(vfs: &V, parent: &V::Dir, name: &Name) -> Removed {
    let mut removal = Removal { vfs, moved: 0, removed: Removed::default() };
    if let Err(error) = removal.tree(parent, name) {
        removal.removed.fail(error);
    }
    removal.removed
}

struct Removal<'a, V: Vfs> {
    vfs: &'a V,
    /// Directories moved up so far: their new names are numbers.
    moved: u64,
    removed: Removed,
}

impl<V: Vfs> Removal<'_, V> {
    fn tree(&mut self, parent: &V::Dir, name: &Name) -> Result<(), Error> {
        let vfs = self.vfs;
        let top = match vfs.open_dir(parent, name) {
            Ok(top) => top,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) if error.kind() == ErrorKind::NotADirectory => {
                return self.file(parent, name);
            }
            Err(error) => return Err(failed(vfs, "open", parent, name)(error)),
        };
        for _ in 0..ROUNDS {
            go_on(vfs, &top)?;
            let mut pending = self.files_of(&top)?;
            while let Some(below) = pending.pop() {
                self.flatten(&top, &below, &mut pending)?;
            }
            match vfs.remove_dir(parent, name) {
                Ok(()) => return Ok(()),
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
                Err(error) if error.kind() == ErrorKind::DirectoryNotEmpty => {
                    if self.removed.failures > 0 {
                        return Ok(());
                    }
                }
                Err(error) => return Err(failed(vfs, "remove directory", parent, name)(error)),
            }
        }
        let error = io::Error::from(ErrorKind::DirectoryNotEmpty);
        Err(failed(vfs, "empty directory", parent, name)(error))
    }

    /// Deletes what is in `top/name`, moving its directories up into `top`, and then itself.
    fn flatten(&mut self, top: &V::Dir, name: &Name, pending: &mut Vec<Name>) -> Result<(), Error> {
        let vfs = self.vfs;
        let dir = match vfs.open_dir(top, name) {
            Ok(dir) => dir,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => {
                self.removed.fail(failed(vfs, "open", top, name)(error));
                return Ok(());
            }
        };
        for below in self.files_of(&dir)? {
            self.move_up(&dir, &below, top, pending);
        }
        match vfs.remove_dir(top, name) {
            Err(error) if error.kind() == ErrorKind::DirectoryNotEmpty => {
                // Somebody put something in, or something in it could not be deleted: see the next round.
            }
            Err(error) if error.kind() != ErrorKind::NotFound => {
                self.removed.fail(failed(vfs, "remove directory", top, name)(error));
            }
            _ => {}
        }
        Ok(())
    }

    fn move_up(&mut self, dir: &V::Dir, name: &Name, top: &V::Dir, pending: &mut Vec<Name>) {
        let vfs = self.vfs;
        loop {
            let to = vfs_name(self.moved);
            self.moved += 1;
            // A directory that moves has its `..` rewritten, so it must be writable itself.
            let grant = || {
                vfs.set_dir_mode(dir, WRITABLE)?;
                vfs.set_dir_mode(&vfs.open_dir(dir, name)?, WRITABLE)
            };
            match with_permission(grant, || vfs.rename(dir, name, top, &to)) {
                Ok(()) => {
                    pending.push(to);
                    return;
                }
                Err(error) => match error.kind() {
                    // The number is the name of something else in this tree: take the next one.
                    ErrorKind::DirectoryNotEmpty
                    | ErrorKind::NotADirectory
                    | ErrorKind::AlreadyExists => {}
                    ErrorKind::NotFound => return,
                    _ => {
                        self.removed.fail(failed(vfs, "move up", dir, name)(error));
                        return;
                    }
                },
            }
        }
    }

    /// Deletes all but directories and returns those.
    fn files_of(&mut self, dir: &V::Dir) -> Result<Vec<Name>, Error> {
        let vfs = self.vfs;
        let mut directories = Vec::new();
        let listing = |error| Error::new("list", vfs.path(dir), error);
        let entries = match vfs.list(dir) {
            // Somebody else deletes the same tree.
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(directories),
            result => result.map_err(listing)?,
        };
        for entry in entries {
            go_on(vfs, dir)?;
            let deleted =
                entry.map_err(listing).and_then(|entry| match kind_of(vfs, dir, &entry) {
                    Ok(FileKind::Dir) => {
                        directories.push(entry.name);
                        Ok(())
                    }
                    Ok(_) => self.file(dir, &entry.name),
                    Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
                    Err(error) => Err(failed(vfs, "look at", dir, &entry.name)(error)),
                });
            if let Err(error) = deleted {
                self.removed.fail(error);
            }
        }
        Ok(directories)
    }

    fn file(&mut self, dir: &V::Dir, name: &Name) -> Result<(), Error> {
        let vfs = self.vfs;
        let bytes = match vfs.stat(dir, name) {
            Ok(stat) if stat.kind == FileKind::File && stat.links == 1 => stat.allocated,
            _ => 0,
        };
        let grant = || vfs.set_dir_mode(dir, WRITABLE);
        match with_permission(grant, || vfs.remove_file(dir, name)) {
            Ok(()) => {
                self.removed.files += 1;
                self.removed.bytes = self.removed.bytes.saturating_add(bytes);
                Ok(())
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(failed(vfs, "remove", dir, name)(error)),
        }
    }
}

/// Tries again after giving ourselves permission: some tools mark finished directories read-only.
fn with_permission(
    grant: impl FnOnce() -> io::Result<()>,
    attempt: impl Fn() -> io::Result<()>,
) -> io::Result<()> {
    match attempt() {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => match grant() {
            Ok(()) => attempt(),
            Err(_) => Err(error),
        },
        result => result,
    }
}
