//! The way from a directory down to one below it: names, and a few of the directories on it open.
//!
//! A tree may be nested a few thousand levels deep, and a process may have few descriptors and a small stack. So walks
//! keep a trail instead of recursing: it opens a directory when somebody wants to look at it, keeps the last few open,
//! and opens one anew, from the top, when the walk comes back to it. What is opened twice must be the same directory.
//!
//! No link is followed: each name is opened in the directory before it, and a link is no directory. No mount is entered:
//! [`Vfs::open_dir`] refuses that.

use std::fmt;
use std::io::{self, ErrorKind};

use incrdir_vfs::{DirStat, Error, Name, Vfs, failed};

use crate::tree::own::open_own_dir;

/// How many directories stay open: the one that is looked at, and those that a walk comes back to soon.
const USUAL_WINDOW: usize = 4;

/// The way from `root` to a directory below it.
pub struct Trail<'a, V: Vfs> {
    vfs: &'a V,
    root: &'a V::Dir,
    levels: Vec<Level<V>>,
    window: usize,
    looks: bool,
    /// Whether it is ours to change, permissions included.
    is_own: bool,
}

struct Level<V: Vfs> {
    name: Name,
    dir: Option<V::Dir>,
    seen: Option<DirStat>,
}

impl<V: Vfs> fmt::Debug for Trail<'_, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}

/// A trail, or several that go the same way.
pub trait Way {
    /// Goes on to a directory in this one. It is opened when somebody wants it.
    fn enter(&mut self, name: Name);

    /// Goes back to the directory that this one is in.
    fn leave(&mut self);
}

impl<V: Vfs> Way for Trail<'_, V> {
    fn enter(&mut self, name: Name) {
        self.levels.push(Level { name, dir: None, seen: None });
    }

    fn leave(&mut self) {
        self.levels.pop();
    }
}

impl<'a, V: Vfs> Trail<'a, V> {
    /// Looks at each directory when it opens it.
    pub fn new(vfs: &'a V, root: &'a V::Dir) -> Self {
        Self { vfs, root, levels: Vec::new(), window: USUAL_WINDOW, looks: true, is_own: false }
    }

    /// Does not look, because nobody else can have changed anything here.
    pub(crate) fn in_private(vfs: &'a V, root: &'a V::Dir) -> Self {
        Self { looks: false, ..Self::new(vfs, root) }
    }

    /// Gives itself permission to open what is nobody else's.
    pub(crate) fn own(vfs: &'a V, root: &'a V::Dir) -> Self {
        Self { is_own: true, ..Self::new(vfs, root) }
    }

    /// Goes back to the directory that this one is in, and says which this one was. `None`: it is where it began.
    pub(crate) fn leave_named(&mut self) -> Option<Name> {
        self.levels.pop().map(|level| level.name)
    }

    /// Where it begins.
    pub fn root(&self) -> &'a V::Dir {
        self.root
    }

    /// How many directories below the one where it began.
    pub fn depth(&self) -> usize {
        self.levels.len()
    }

    /// The names on the way.
    pub fn names(&self) -> impl Iterator<Item = &Name> {
        self.levels.iter().map(|level| &level.name)
    }

    /// How many names the way here has in common with another one.
    pub(crate) fn common(&self, way: &[Name]) -> usize {
        self.names().zip(way).take_while(|(here, there)| here == there).count()
    }

    /// Goes to the directory that is so far below the one where it begins.
    pub(crate) fn go(&mut self, way: &[Name]) {
        let common = self.common(way);
        self.levels.truncate(common);
        way[common..].iter().for_each(|name| self.enter(name.clone()));
    }

    /// The directory, open.
    ///
    /// # Errors
    ///
    /// As [`Vfs::open_dir`] and [`Vfs::stat_dir`]; `NotFound` if another directory has its name by now.
    pub fn here(&mut self) -> Result<&V::Dir, Error> {
        let deepest = self.levels.iter().rposition(|level| level.dir.is_some());
        for at in deepest.map_or(0, |deepest| deepest + 1)..self.levels.len() {
            self.open(at)?;
            if let Some(far) = at.checked_sub(self.window) {
                self.levels[far].dir = None;
            }
        }
        Ok(self.levels.last().and_then(|level| level.dir.as_ref()).unwrap_or(self.root))
    }

    /// The directory, and what was seen when it was opened. `None` for the root, and where nobody looks.
    pub(crate) fn look(&mut self) -> Result<(&V::Dir, Option<DirStat>), Error> {
        self.here()?;
        let seen = self.levels.last().and_then(|level| level.seen);
        Ok((self.here()?, seen))
    }

    /// Opens the directory at a level. All before it are as open as that takes.
    fn open(&mut self, at: usize) -> Result<(), Error> {
        let mut opened = self.try_open(at);
        if opened.as_ref().is_err_and(is_for_want_of_room)
            && self.close_before(at.saturating_sub(1))
        {
            opened = self.try_open(at);
        }
        let (dir, seen) = opened?;
        let level = &mut self.levels[at];
        level.dir = Some(dir);
        level.seen = seen;
        Ok(())
    }

    fn try_open(&self, at: usize) -> Result<(V::Dir, Option<DirStat>), Error> {
        let vfs = self.vfs;
        let level = &self.levels[at];
        let before = at.checked_sub(1).and_then(|before| self.levels[before].dir.as_ref());
        let parent = before.unwrap_or(self.root);
        let opened = match self.is_own {
            true => open_own_dir(vfs, parent, &level.name),
            false => vfs.open_dir(parent, &level.name),
        };
        let dir = opened.map_err(failed(vfs, "open", parent, &level.name))?;
        if !self.looks {
            return Ok((dir, None));
        }
        let look = |error| Error::new("look at", vfs.path(&dir), error);
        let found = vfs.stat_dir(&dir).map_err(look)?;
        if level.seen.is_some_and(|seen| seen.stat.id != found.stat.id) {
            let other = io::Error::new(ErrorKind::NotFound, "another directory has its name now");
            return Err(look(other));
        }
        // What was seen first counts: the walk itself may have changed it.
        Ok((dir, level.seen.or(Some(found))))
    }

    /// Closes all but the directory that is looked at, for good, so that there are descriptors for something else. Says
    /// whether there are any now.
    pub(crate) fn squeeze(&mut self) -> bool {
        self.close_before(self.levels.len().saturating_sub(1))
    }

    fn close_before(&mut self, end: usize) -> bool {
        self.window = 1;
        let open = self.levels[..end].iter_mut().filter_map(|level| level.dir.take());
        open.count() > 0
    }
}

/// Whether more might be opened if less were. These errors are about what has the name, and one of them is no reason to go all the
/// way from the top again for every other directory.
fn is_for_want_of_room(error: &Error) -> bool {
    !matches!(
        error.kind(),
        ErrorKind::NotFound
            | ErrorKind::NotADirectory
            | ErrorKind::PermissionDenied
            | ErrorKind::CrossesDevices
    )
}

/// What is still to be visited of a tree: the directories of each level that are left, the next one last.
#[derive(Debug)]
pub struct Pending<T>(Vec<Vec<(Name, T)>>);

impl<T> Default for Pending<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Pending<T> {
    /// Nothing is to be visited but the directory where the walk begins.
    pub fn new() -> Self {
        Self(Vec::new())
    }

    /// Notes the directories of the directory that the trail is at, in their order.
    pub fn add(&mut self, mut directories: Vec<(Name, T)>) {
        directories.reverse();
        self.0.push(directories);
    }

    /// Moves on to the next directory, each one after that which it is in and before its next sibling. `None`: there are
    /// no more, and the walk is where it began.
    pub fn next(&mut self, way: &mut impl Way) -> Option<T> {
        while let Some(level) = self.0.last_mut() {
            if let Some((name, with)) = level.pop() {
                way.enter(name);
                return Some(with);
            }
            self.0.pop();
            if !self.0.is_empty() {
                way.leave();
            }
        }
        None
    }
}
