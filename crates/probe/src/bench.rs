//! Where things are tried: a directory of the scratch directory, for each trial anew.

use std::io;

use incrdir_vfs::{Access, Name, Stat, Vfs, failed};

use crate::Untried;
use crate::trial::Trial;

/// An empty directory.
pub(crate) struct Bench<'a, V: Vfs> {
    pub(crate) vfs: &'a V,
    pub(crate) dir: &'a V::Dir,
}

/// Names that are used here are all plain.
pub(crate) fn name(text: &str) -> Name {
    Name::new(text).expect("BUG: a plain name")
}

impl<V: Vfs> Bench<'_, V> {
    /// For `map_err` of a call that says nothing if it fails.
    pub(crate) fn no<'b>(
        &'b self,
        operation: &'static str,
        name: &'b Name,
    ) -> impl FnOnce(io::Error) -> Untried + 'b {
        move |error| failed(self.vfs, operation, self.dir, name)(error).into()
    }

    pub(crate) fn create(&self, name: &Name) -> Trial<V::File> {
        self.vfs.create_file(self.dir, name).map_err(self.no("create", name))
    }

    /// Makes a file with a content.
    pub(crate) fn file(&self, name: &Name, content: &[u8]) -> Trial<V::File> {
        let file = self.create(name)?;
        self.vfs.write_at(&file, 0, content).map_err(self.no("write", name))?;
        Ok(file)
    }

    pub(crate) fn open(&self, name: &Name, access: Access) -> Trial<V::File> {
        self.vfs.open_file(self.dir, name, access).map_err(self.no("open", name))
    }

    pub(crate) fn make_dir(&self, name: &Name) -> Trial<V::Dir> {
        self.vfs.create_dir(self.dir, name).map_err(self.no("create directory", name))?;
        self.vfs.open_dir(self.dir, name).map_err(self.no("open directory", name))
    }

    pub(crate) fn stat(&self, name: &Name) -> Trial<Stat> {
        self.vfs.stat(self.dir, name).map_err(self.no("look at", name))
    }

    pub(crate) fn stat_file(&self, file: &V::File, name: &Name) -> Trial<Stat> {
        self.vfs.stat_file(file).map_err(self.no("look at", name))
    }
}

/// Removes what is in a directory, as deep as trials make it, and not through links or mounts. Whether it is empty then is
/// for who removes the directory to see.
pub(crate) fn clear<V: Vfs>(vfs: &V, dir: &V::Dir, depth: usize) {
    let Ok(entries) = vfs.list(dir) else { return };
    for entry in entries.into_iter().flatten() {
        if vfs.remove_file(dir, &entry.name).is_ok() || depth == 0 {
            continue;
        }
        if let Ok(below) = vfs.open_dir(dir, &entry.name) {
            clear(vfs, &below, depth - 1);
            drop(below);
            let _ = vfs.remove_dir(dir, &entry.name);
        }
    }
}
