//! Abandon: the work failed, nothing of it is to be seen.

use crate::{Condemned, Error, Removed, Working, condemn, remove_tree, vfs_name};
use incrdir_vfs::Vfs;

/// Gives a session up: its directory becomes a tombstone, its lock file goes, its tree is deleted.
///
/// A death on the way leaves a dead working session or a tombstone; the next collection removes either.
///
/// # Errors
///
/// As [`condemn`]; the session is then left to the next collection. What could not be deleted of its tree
/// is in [`Removed`].
pub fn abandon<V: Vfs>(session: Working<V>) -> Result<Removed, Error> {
    let name = session.name();
    let Working { unit, dir, lock, .. } = session;
    // Some platforms do not rename a directory that is open.
    drop(dir);
    match condemn(&unit, name, lock)? {
        Condemned::Tombstone(tombstone) => {
            Ok(remove_tree(&unit.vfs, &unit.dir, &vfs_name(tombstone)))
        }
        Condemned::NotThere => Ok(Removed::default()),
    }
}
