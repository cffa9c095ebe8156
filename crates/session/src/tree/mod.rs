//! Walks through directory trees: every one of them goes by [`trail`], follows no link and enters no mount.

pub(crate) mod own;
pub(crate) mod remove;
pub(crate) mod size;
pub(crate) mod trail;
pub(crate) mod unrecorded;
pub(crate) mod visit;
pub(crate) mod ways;

use incrdir_vfs::{Entry, Vfs};

/// All entries of one directory; one that cannot be read is an error.
pub(crate) fn list<V: Vfs>(vfs: &V, dir: &V::Dir) -> Result<Vec<Entry>, incrdir_vfs::Error> {
    let failed = |error| incrdir_vfs::Error::new("list", vfs.path(dir), error);
    let entries = vfs.list(dir).map_err(failed)?.into_iter();
    entries.collect::<Result<_, _>>().map_err(failed)
}
