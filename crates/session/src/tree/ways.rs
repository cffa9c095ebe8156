//! The directories of a tree, each as the name that it has in another one: less room than a path for each.

use incrdir_vfs::Name;

/// Directories below one that is reached by the way at the beginning.
pub(crate) struct Ways {
    base: Vec<Name>,
    directories: Vec<(Place, Name)>,
}

/// One of them, by its number; `None`: the one that the others are in.
pub(crate) type Place = Option<usize>;

impl Ways {
    pub(crate) fn below(base: Vec<Name>) -> Self {
        Self { base, directories: Vec::new() }
    }

    pub(crate) fn add(&mut self, within: Place, name: Name) -> Place {
        self.directories.push((within, name));
        Some(self.directories.len() - 1)
    }

    /// The names that lead to one.
    pub(crate) fn way(&self, mut place: Place) -> Vec<Name> {
        let mut below = Vec::new();
        while let Some(number) = place {
            let (within, name) = &self.directories[number];
            below.push(name.clone());
            place = *within;
        }
        self.base.iter().cloned().chain(below.into_iter().rev()).collect()
    }
}
