//! How much a tree holds.

use std::io::{self, ErrorKind};

use incrdir_vfs::{FileKind, Name, Vfs, kind_of};

use crate::stop::go_on;
use crate::trail::{MAX_DEPTH, Pending, Trail};

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
/// As [`Vfs::list`] and [`Vfs::stat`], but never `NotFound`; what is nested deeper than 4,096 directories is
/// not counted.
pub fn measure<V: Vfs>(vfs: &V, parent: &V::Dir, name: &Name) -> io::Result<Size> {
    let mut size = Size::default();
    let Some(top) = unless_gone(vfs.open_dir(parent, name))? else { return Ok(size) };
    let mut trail = Trail::in_private(vfs, &top);
    let mut pending = Pending::new();
    let mut next = Some(());
    while next.is_some() {
        let is_deepest = trail.depth() >= MAX_DEPTH;
        let mut below = Vec::new();
        if let Some(dir) = unless_gone(trail.here().map_err(io::Error::from))? {
            add(vfs, dir, &mut size, &mut below)?;
        }
        pending.add(if is_deepest { Vec::new() } else { below });
        next = pending.next(&mut trail);
    }
    Ok(size)
}

/// Measures what is in one directory, and says which directories are in it.
fn add<V: Vfs>(
    vfs: &V,
    dir: &V::Dir,
    size: &mut Size,
    below: &mut Vec<(Name, ())>,
) -> io::Result<()> {
    for entry in unless_gone(vfs.list(dir))?.unwrap_or_default() {
        go_on(vfs, dir)?;
        let entry = entry?;
        match unless_gone(kind_of(vfs, dir, &entry))? {
            Some(FileKind::Dir) => below.push((entry.name, ())),
            Some(FileKind::File) => {
                let Some(stat) = unless_gone(vfs.stat(dir, &entry.name))? else { continue };
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
