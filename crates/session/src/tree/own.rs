//! What is ours can be opened.
//!
//! A program may leave directories that nobody may read, and the user who made them cannot publish or delete what is in
//! them without giving that permission back first. Only done to what is private, or condemned.

use std::io::{self, ErrorKind};

use incrdir_vfs::{FileKind, Name, Stat, Vfs};

/// What the owner of a directory needs to list it and to change what is in it.
pub(crate) const OWNERS: u32 = 0o700;

/// Opens a directory of ours, giving ourselves permission if that is what is missing.
///
/// # Errors
///
/// As [`Vfs::open_dir`].
pub(crate) fn open_own_dir<V: Vfs>(vfs: &V, dir: &V::Dir, name: &Name) -> io::Result<V::Dir> {
    with_permission(|| grant(vfs, dir, name), || vfs.open_dir(dir, name))
}

/// Gives the owner of a directory the permission to use it.
///
/// # Errors
///
/// As [`Vfs::stat`] and [`Vfs::set_mode_of`]; `NotADirectory`.
pub(crate) fn grant<V: Vfs>(vfs: &V, dir: &V::Dir, name: &Name) -> io::Result<()> {
    match vfs.stat(dir, name)? {
        Stat { kind: FileKind::Dir, mode, .. } => vfs.set_mode_of(dir, name, mode | OWNERS),
        _ => Err(ErrorKind::NotADirectory.into()),
    }
}

/// Tries again after giving ourselves permission: some tools mark finished directories read-only.
pub(crate) fn with_permission<T>(
    grant: impl FnOnce() -> io::Result<()>,
    attempt: impl Fn() -> io::Result<T>,
) -> io::Result<T> {
    match attempt() {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => match grant() {
            Ok(()) => attempt(),
            Err(_) => Err(error),
        },
        result => result,
    }
}
