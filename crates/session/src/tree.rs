//! What listings show below a directory.

use std::collections::BTreeMap;

use incrdir_vfs::{Entry, FileKind, Name, Vfs, failed, kind_of};

use crate::Error;
use crate::seed::MAX_DEPTH;

/// The entries of a directory and of all directories below it.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    /// As they were listed. What is a directory says so.
    pub(crate) entries: Vec<Entry>,
    pub(crate) below: BTreeMap<Name, Tree>,
}

impl Tree {
    /// Lists a directory and all below it, following no link.
    pub(crate) fn read<V: Vfs>(vfs: &V, dir: &V::Dir) -> Result<Self, Error> {
        Self::read_below(vfs, dir, 0)
    }

    fn read_below<V: Vfs>(vfs: &V, dir: &V::Dir, depth: usize) -> Result<Self, Error> {
        if depth > MAX_DEPTH {
            return Err(Error::TooDeep { path: vfs.path(dir).into() });
        }
        let mut tree = Self { entries: list(vfs, dir)?, below: BTreeMap::new() };
        for entry in &mut tree.entries {
            let name = &entry.name;
            let kind = kind_of(vfs, dir, entry).map_err(failed(vfs, "look at", dir, name))?;
            entry.kind = Some(kind);
            if kind == FileKind::Dir {
                let sub = vfs.open_dir(dir, name).map_err(failed(vfs, "open", dir, name))?;
                tree.below.insert(name.clone(), Self::read_below(vfs, &sub, depth + 1)?);
            }
        }
        Ok(tree)
    }
}

/// All entries of one directory; one that cannot be read is an error.
pub(crate) fn list<V: Vfs>(vfs: &V, dir: &V::Dir) -> Result<Vec<Entry>, incrdir_vfs::Error> {
    let failed = |error| incrdir_vfs::Error::new("list", vfs.path(dir), error);
    let entries = vfs.list(dir).map_err(failed)?.into_iter();
    entries.collect::<Result<_, _>>().map_err(failed)
}
