//! Deletes a tree that belongs to nobody.
//!
//! Depth costs neither stack nor descriptors: a directory below the first level is renamed up to it and
//! then treated like any other there, so two open directories are enough for any tree. Whoever dies on the
//! way leaves a smaller tombstone. Where a directory cannot be renamed (one of a lower layer of an overlay, one under
//! another project's quota), the walk goes down into it instead.
//!
//! Files of one directory may be deleted at the same time ([`Vfs::for_all`]), and so may the directories of the first
//! level: those that they held are in their place after that, and so on. Each thread has one of them open. Names of one file
//! wait for each other, so that one of them is seen to be the last.
//!
//! Nothing that is mounted in the tree is entered: what is there is somebody else's. The directories that it stands in
//! stay, and the error says what to unmount. Whatever else cannot be deleted is left, and the rest goes.

use std::io::{self, ErrorKind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use incrdir_vfs::{Entry, Error, FileKind, Name, Stat, Step, Vfs, Work, failed, kind_of, mounted};

use crate::stop::go_on;
use crate::tree::own::{OWNERS, grant, open_own_dir, with_permission};
use crate::tree::trail::{Trail, Way};
use crate::vfs_name;

/// How often a directory that keeps filling up is emptied again.
const ROUNDS: usize = 4;

/// How many files are deleted by one thread before it takes more.
const CHUNK: usize = 128;

/// How many files may be deleted at the same time: more than there are threads, so that they seldom wait.
const TURNS: usize = 64;

/// How many errors are kept: a tree that cannot be deleted has one for each of its files.
const MAX_ERRORS: usize = 8;

/// What was deleted, and what could not be.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Removed {
    /// Names of files, links and other things that are not directories.
    pub files: u64,
    /// Bytes on the medium of files that had no other name left.
    pub bytes: u64,
    /// How many calls failed. Other processes deleting the same tree are no failure.
    pub failures: u64,
    /// The first few of what failed. `CrossesDevices` is something that is mounted there.
    pub errors: Vec<Error>,
}

impl Removed {
    fn add(&mut self, other: Self) {
        self.files += other.files;
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.failures += other.failures;
        let room = MAX_ERRORS - self.errors.len();
        self.errors.extend(other.errors.into_iter().take(room));
    }

    fn fail(&mut self, error: Error) {
        self.failures += 1;
        if self.errors.len() < MAX_ERRORS {
            self.errors.push(error);
        }
    }
}

/// Deletes a directory and all below it, following no link and entering no mount. What is gone already is as good as
/// deleted.
pub fn remove_tree<V: Vfs>(vfs: &V, parent: &V::Dir, name: &Name) -> Removed {
    let common = Common::new();
    let mut removal = Removal::new(vfs, &common);
    if let Err(error) = removal.tree(parent, name) {
        removal.removed.fail(error);
    }
    removal.removed
}

/// Deletes all that is in a directory, and leaves it.
pub(crate) fn remove_content<V: Vfs>(vfs: &V, dir: &V::Dir) -> Removed {
    let common = Common::new();
    let mut removal = Removal::new(vfs, &common);
    if let Err(error) = removal.content(dir) {
        removal.removed.fail(error);
    }
    removal.removed
}

/// What all have in common that delete one tree.
struct Common {
    /// Directories moved up so far: their new names are numbers.
    moved: AtomicU64,
    /// Entries that were dealt with.
    steps: AtomicU64,
    /// Held while a file is looked at and deleted; which one, its inode number says.
    turns: [Mutex<()>; TURNS],
}

impl Common {
    fn new() -> Self {
        let turns = std::array::from_fn(|_| Mutex::new(()));
        Self { moved: AtomicU64::new(0), steps: AtomicU64::new(0), turns }
    }

    fn turn(&self, inode: u64) -> MutexGuard<'_, ()> {
        let turn = &self.turns[(inode % TURNS as u64) as usize];
        turn.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Entries of a directory.
type Listing = Vec<io::Result<Entry>>;

/// One that deletes, and what it has deleted.
struct Removal<'a, V: Vfs> {
    vfs: &'a V,
    common: &'a Common,
    removed: Removed,
}

/// What became of a directory of the first level.
enum Flattened {
    /// It is gone or stays, and these that it held are in its place.
    Replaced(Vec<Name>),
    /// It cannot be opened.
    Unopened(Error),
}

/// What is done to a directory that is in the way.
enum MovedUp {
    /// It has this name at the top now.
    To(Name),
    /// It is gone, or stays for a reason that was noted.
    No,
    /// It cannot be renamed, ever.
    Refused,
}

impl<'a, V: Vfs> Removal<'a, V> {
    fn new(vfs: &'a V, common: &'a Common) -> Self {
        Self { vfs, common, removed: Removed::default() }
    }

    /// Errors here and below are those that end it: it was told to stop, or the tree itself stays.
    fn tree(&mut self, parent: &V::Dir, name: &Name) -> Result<(), Error> {
        let vfs = self.vfs;
        let top = match open_own_dir(vfs, parent, name) {
            Ok(top) => top,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) if error.kind() == ErrorKind::NotADirectory => {
                return self.file(parent, name, 0);
            }
            Err(error) => return Err(failed(vfs, "open", parent, name)(error)),
        };
        for _ in 0..ROUNDS {
            self.content(&top)?;
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

    /// All that is in a directory.
    fn content(&mut self, top: &V::Dir) -> Result<(), Error> {
        go_on(self.vfs, top)?;
        let mut level = self.files_of(top)?;
        while !level.is_empty() {
            level = self.flatten_all(top, level)?;
        }
        Ok(())
    }

    /// Deletes directories in `top`, and returns those that are there instead.
    fn flatten_all(&mut self, top: &V::Dir, level: Vec<Name>) -> Result<Vec<Name>, Error> {
        let common = self.common;
        let flattened = self.vfs.for_all([top], level, |vfs, [top], name| {
            let mut one = Removal::new(vfs, common);
            let flattened = one.flatten(top, &name);
            (one.removed, flattened, name)
        });
        let flattened = flattened.into_iter().map(|(removed, flattened, name)| {
            self.removed.add(removed);
            // There may have been too few descriptors for all at once.
            match flattened? {
                Flattened::Unopened(_) => self.flatten(top, &name),
                flattened => Ok(flattened),
            }
        });
        let flattened: Vec<_> = flattened.collect();
        let mut below = Vec::new();
        for flattened in flattened {
            match flattened? {
                Flattened::Replaced(more) => below.extend(more),
                Flattened::Unopened(error) => self.removed.fail(error),
            }
        }
        Ok(below)
    }

    /// Deletes what is in `top/name`, moving its directories up into `top`, and then itself.
    fn flatten(&mut self, top: &V::Dir, name: &Name) -> Result<Flattened, Error> {
        let vfs = self.vfs;
        let mut below = Vec::new();
        let dir = match open_own_dir(vfs, top, name) {
            Ok(dir) => dir,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Ok(Flattened::Replaced(below));
            }
            Err(error) => return Ok(Flattened::Unopened(failed(vfs, "open", top, name)(error))),
        };
        for found in self.files_of(&dir)? {
            match self.move_up(&dir, &found, top) {
                MovedUp::To(name) => below.push(name),
                MovedUp::No => {}
                MovedUp::Refused => self.descend(&dir, &found)?,
            }
        }
        drop(dir);
        self.directory(top, name);
        Ok(Flattened::Replaced(below))
    }

    fn move_up(&mut self, dir: &V::Dir, name: &Name, top: &V::Dir) -> MovedUp {
        let vfs = self.vfs;
        loop {
            let to = vfs_name(self.common.moved.fetch_add(1, Ordering::Relaxed));
            // A directory that moves has its `..` rewritten, so it must be writable itself.
            let grant = || {
                vfs.set_dir_mode(dir, OWNERS)?;
                grant(vfs, dir, name)
            };
            match with_permission(grant, || vfs.rename(dir, name, top, &to)) {
                Ok(()) => return MovedUp::To(to),
                Err(error) => match error.kind() {
                    // The number is the name of something else in this tree: take the next one.
                    ErrorKind::DirectoryNotEmpty
                    | ErrorKind::NotADirectory
                    | ErrorKind::AlreadyExists => {}
                    ErrorKind::NotFound => return MovedUp::No,
                    ErrorKind::CrossesDevices => return MovedUp::Refused,
                    _ => {
                        self.stays("move up", dir, name, error);
                        return MovedUp::No;
                    }
                },
            }
        }
    }

    /// Deletes `from/name` from the bottom up, without renaming anything.
    fn descend(&mut self, from: &V::Dir, name: &Name) -> Result<(), Error> {
        let mut trail = Trail::own(self.vfs, from);
        trail.enter(name.clone());
        let mut left = vec![self.files_here(&mut trail)?];
        while let Some(level) = left.last_mut() {
            if let Some(below) = level.pop() {
                trail.enter(below);
                left.push(self.files_here(&mut trail)?);
                continue;
            }
            left.pop();
            let Some(done) = trail.leave_named() else { break };
            match trail.here() {
                Ok(parent) => self.directory(parent, &done),
                Err(error) => self.removed.fail(error),
            }
        }
        Ok(())
    }

    /// Deletes all but directories where the trail is, and returns those. One that cannot be opened is noted.
    fn files_here(&mut self, trail: &mut Trail<'_, V>) -> Result<Vec<Name>, Error> {
        match trail.here() {
            Ok(dir) => self.files_of(dir),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => {
                self.removed.fail(error);
                Ok(Vec::new())
            }
        }
    }

    /// Deletes a directory that should be empty.
    fn directory(&mut self, dir: &V::Dir, name: &Name) {
        let Err(error) = self.vfs.remove_dir(dir, name) else { return };
        match error.kind() {
            // Somebody put something in, or something in it could not be deleted: see the next round.
            ErrorKind::DirectoryNotEmpty | ErrorKind::NotFound => {}
            _ => self.stays("remove directory", dir, name, error),
        }
    }

    /// Deletes all but directories and returns those. Fails only if it is to stop.
    fn files_of(&mut self, dir: &V::Dir) -> Result<Vec<Name>, Error> {
        let (vfs, common) = (self.vfs, self.common);
        let mut entries = match vfs.list(dir) {
            Ok(entries) => entries.into_iter(),
            Err(error) => {
                // Somebody else deletes the same tree.
                if error.kind() != ErrorKind::NotFound {
                    self.removed.fail(Error::new("list", vfs.path(dir), error));
                }
                return Ok(Vec::new());
            }
        };
        let chunk = || Some(entries.by_ref().take(CHUNK).collect::<Vec<_>>());
        let chunks = std::iter::from_fn(chunk).take_while(|chunk| !chunk.is_empty()).collect();
        let deleted = vfs.for_all([dir], chunks, |vfs, [dir], chunk| {
            let mut one = Removal::new(vfs, common);
            let directories = one.files(dir, chunk);
            (one.removed, directories)
        });
        let (removed, directories): (Vec<_>, Vec<_>) = deleted.into_iter().unzip();
        removed.into_iter().for_each(|removed| self.removed.add(removed));
        let directories: Result<Vec<_>, _> = directories.into_iter().collect();
        Ok(directories?.concat())
    }

    /// The same with these entries of the directory.
    fn files(&mut self, dir: &V::Dir, entries: Listing) -> Result<Vec<Name>, Error> {
        let vfs = self.vfs;
        let mut directories = Vec::new();
        let listing = |error| Error::new("list", vfs.path(dir), error);
        for entry in entries {
            let before = self.common.steps.fetch_add(1, Ordering::Relaxed);
            vfs.step(Step::new(Work::Remove, before + 1));
            go_on(vfs, dir)?;
            let deleted =
                entry.map_err(listing).and_then(|entry| match kind_of(vfs, dir, &entry) {
                    Ok(FileKind::Dir) => {
                        directories.push(entry.name);
                        Ok(())
                    }
                    Ok(_) => self.file(dir, &entry.name, entry.inode),
                    Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
                    Err(error) => Err(failed(vfs, "look at", dir, &entry.name)(error)),
                });
            if let Err(error) = deleted {
                self.removed.fail(error);
            }
        }
        Ok(directories)
    }

    /// `inode`: as it was listed, if it was.
    fn file(&mut self, dir: &V::Dir, name: &Name, inode: u64) -> Result<(), Error> {
        let (vfs, common) = (self.vfs, self.common);
        let mut turn = common.turn(inode);
        let mut look = vfs.stat(dir, name);
        // Not every listing tells the truth: then it was another file's turn.
        if let Ok(Stat { links: 2.., id, .. }) = look
            && id.inode != inode
        {
            drop(turn);
            turn = common.turn(id.inode);
            look = vfs.stat(dir, name);
        }
        let bytes = match look {
            Ok(stat) if stat.kind == FileKind::File && stat.links == 1 => stat.allocated,
            _ => 0,
        };
        let grant = || vfs.set_dir_mode(dir, OWNERS);
        let removed = with_permission(grant, || vfs.remove_file(dir, name));
        drop(turn);
        match removed {
            Ok(()) => {
                self.removed.files += 1;
                self.removed.bytes = self.removed.bytes.saturating_add(bytes);
                Ok(())
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(failed(vfs, "remove", dir, name)(self.why(dir, name, error))),
        }
    }

    fn stays(&mut self, what: &'static str, dir: &V::Dir, name: &Name, error: io::Error) {
        let error = self.why(dir, name, error);
        self.removed.fail(failed(self.vfs, what, dir, name)(error));
    }

    /// What is busy may be where something is mounted.
    fn why(&self, dir: &V::Dir, name: &Name, error: io::Error) -> io::Error {
        let is_busy = error.kind() == ErrorKind::ResourceBusy;
        match is_busy && self.vfs.stat(dir, name).is_ok_and(|stat| stat.is_mount) {
            true => mounted(),
            false => error,
        }
    }
}
