//! How much a tree holds.

use std::io::{self, ErrorKind};

use incrdir_vfs::{FileKind, Name, Vfs, kind_of};

/// Deeper than any session that seeding would make.
const MAX_DEPTH: usize = 64;

/// What a tree holds.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Regular files.
    pub files: u64,
    /// Bytes in them.
    pub bytes: u64,
    /// Bytes of those that have no other name: what deleting the tree would free.
    pub own_bytes: u64,
}

/// Measures a directory and all below it, following no link. What vanishes meanwhile does not count.
///
/// # Errors
///
/// As [`Vfs::list`] and [`Vfs::stat`], but never `NotFound`; what is nested deeper than 64 directories is
/// not counted.
pub fn measure<V: Vfs>(vfs: &V, parent: &V::Dir, name: &Name) -> io::Result<Size> {
    let mut size = Size::default();
    add(vfs, parent, name, &mut size, 0)?;
    Ok(size)
}

fn add<V: Vfs>(
    vfs: &V,
    parent: &V::Dir,
    name: &Name,
    size: &mut Size,
    depth: usize,
) -> io::Result<()> {
    let Some(dir) = unless_gone(vfs.open_dir(parent, name))? else { return Ok(()) };
    for entry in unless_gone(vfs.list(&dir))?.unwrap_or_default() {
        let entry = entry?;
        match unless_gone(kind_of(vfs, &dir, &entry))? {
            Some(FileKind::Dir) if depth < MAX_DEPTH => {
                add(vfs, &dir, &entry.name, size, depth + 1)?
            }
            Some(FileKind::File) => {
                let Some(stat) = unless_gone(vfs.stat(&dir, &entry.name))? else { continue };
                size.files += 1;
                size.bytes = size.bytes.saturating_add(stat.len);
                if stat.links == 1 {
                    size.own_bytes = size.own_bytes.saturating_add(stat.len);
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn unless_gone<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
