//! Two directory trees that are walked side by side: the source's and the session's.

use incrdir_vfs::{Name, Vfs};

use crate::tree::trail::{Trail, Way};

/// Two directories, one like the other, on the way through the source and the session.
pub(crate) struct Pair<'a, V: Vfs> {
    pub(crate) from: Trail<'a, V>,
    pub(crate) to: Trail<'a, V>,
    /// What each pair on the way was found to be incapable of, so that it is not tried file by file.
    incapable: Vec<Incapable>,
}

#[derive(Clone, Copy, Default)]
pub(crate) struct Incapable {
    pub(crate) of_links: bool,
    pub(crate) of_clones: bool,
}

impl<'a, V: Vfs> Pair<'a, V> {
    pub(crate) fn new(vfs: &'a V, from: &'a V::Dir, to: &'a V::Dir) -> Self {
        let (from, to) = (Trail::new(vfs, from), Trail::in_private(vfs, to));
        Self { from, to, incapable: Vec::new() }
    }

    /// Opens both directories, closing others where there are too few descriptors for that.
    pub(crate) fn ready(&mut self) -> Result<(), incrdir_vfs::Error> {
        if self.from.here().is_err() && (self.to.squeeze() | self.from.squeeze()) {
            self.from.here()?;
        }
        if self.to.here().is_err() && (self.from.squeeze() | self.to.squeeze()) {
            self.to.here()?;
        }
        Ok(())
    }

    /// Opens the session's directory, likewise.
    pub(crate) fn session(&mut self) -> Result<&V::Dir, incrdir_vfs::Error> {
        if self.to.here().is_err() {
            let _ = self.from.squeeze() | self.to.squeeze();
        }
        self.to.here()
    }

    /// Goes to the directories that are so far below the tops.
    pub(crate) fn go(&mut self, way: &[Name]) {
        let common = self.to.common(way);
        while self.to.depth() > common {
            self.leave();
        }
        way[common..].iter().for_each(|name| self.enter(name.clone()));
    }

    /// Closes all directories but these two. Says whether there were any.
    pub(crate) fn squeeze(&mut self) -> bool {
        self.from.squeeze() | self.to.squeeze()
    }

    pub(crate) fn incapable(&mut self) -> &mut Incapable {
        let depth = self.from.depth();
        if self.incapable.len() <= depth {
            self.incapable.resize(depth + 1, Incapable::default());
        }
        &mut self.incapable[depth]
    }
}

impl<V: Vfs> Way for Pair<'_, V> {
    fn enter(&mut self, name: Name) {
        self.from.enter(name.clone());
        self.to.enter(name);
    }

    fn leave(&mut self) {
        self.incapable.truncate(self.from.depth());
        self.from.leave();
        self.to.leave();
    }
}
