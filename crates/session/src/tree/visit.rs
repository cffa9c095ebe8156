//! Everything in a tree, looked at once.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use incrdir_record::MAX_DEPTH;
use incrdir_vfs::{Error, FileKind, Name, Stat, Vfs, failed};

use crate::stop::go_on;
use crate::tree::trail::{Pending, Trail};

/// Something in a tree.
#[derive(Debug)]
#[non_exhaustive]
pub struct Visited<'a, V: Vfs> {
    /// The directory that it is in, open.
    pub dir: &'a V::Dir,
    /// The path of that directory, below the top.
    pub above: &'a Path,
    /// Its name there.
    pub name: &'a Name,
    /// What it is. A link is looked at, not followed.
    pub stat: &'a Stat,
}

/// Looks at everything below a directory, following no link and entering no mount. What vanishes meanwhile is not there, and what is nested
/// deeper than 4,096 directories is not looked at.
///
/// Returns what could not be looked at. `Interrupted` is the last of it, if it was to stop.
pub fn visit<V: Vfs>(vfs: &V, top: &V::Dir, see: &mut dyn FnMut(Visited<'_, V>)) -> Vec<Error> {
    let mut errors = Vec::new();
    let mut trail = Trail::in_private(vfs, top);
    let mut pending = Pending::new();
    let mut next = Some(());
    while next.is_some() {
        let mut below = Vec::new();
        let above: PathBuf = trail.names().map(Name::as_os_str).collect();
        let is_deepest = trail.depth() >= MAX_DEPTH;
        match trail.here() {
            Ok(dir) => {
                if let Err(error) = go_on(vfs, dir) {
                    errors.push(error);
                    return errors;
                }
                directory(vfs, dir, &above, see, &mut below, &mut errors);
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => errors.push(error),
        }
        pending.add(if is_deepest { Vec::new() } else { below });
        next = pending.next(&mut trail);
    }
    errors
}

fn directory<V: Vfs>(
    vfs: &V,
    dir: &V::Dir,
    above: &Path,
    see: &mut dyn FnMut(Visited<'_, V>),
    below: &mut Vec<(Name, ())>,
    errors: &mut Vec<Error>,
) {
    let is_gone = |error: &std::io::Error| error.kind() == ErrorKind::NotFound;
    let listed = match vfs.list(dir) {
        Ok(listed) => listed,
        Err(error) if is_gone(&error) => return,
        Err(error) => return errors.push(Error::new("list", vfs.path(dir), error)),
    };
    for entry in listed {
        let name = match entry {
            Ok(entry) => entry.name,
            Err(error) => {
                errors.push(Error::new("list", vfs.path(dir), error));
                continue;
            }
        };
        match vfs.stat(dir, &name) {
            Ok(stat) if stat.is_mount => {}
            Ok(stat) => {
                see(Visited { dir, above, name: &name, stat: &stat });
                if stat.kind == FileKind::Dir {
                    below.push((name, ()));
                }
            }
            Err(error) if is_gone(&error) => {}
            Err(error) => errors.push(failed(vfs, "look at", dir, &name)(error)),
        }
    }
}
