//! What takes long can be stopped.
//!
//! Whoever uses a session may want to end, and not only after gigabytes were copied. So every step that is taken for
//! each file of a tree, and each session of a unit, asks first ([`Vfs::is_stopped`]). A step that stops fails with
//! `Interrupted` and goes the way of every failure, but that nothing is tried instead, and that no tree is deleted: what
//! it leaves is what a death would leave, and the next collection's. The publication itself, a few calls from the last
//! look (P4) to the release of the lock, is not stopped.

use std::io::{Error as IoError, ErrorKind};

use incrdir_vfs::{Error, Vfs};

/// Goes on with what is being done in this directory, unless it is to stop.
///
/// # Errors
///
/// `Interrupted`.
pub(crate) fn go_on<V: Vfs>(vfs: &V, dir: &V::Dir) -> Result<(), Error> {
    match vfs.is_stopped() {
        false => Ok(()),
        true => {
            let why = IoError::new(ErrorKind::Interrupted, "told to stop");
            Err(Error::new("go on in", vfs.path(dir), why))
        }
    }
}
