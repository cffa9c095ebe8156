//! What listings show below a directory.

use std::time::SystemTime;

use incrdir_naming::{Hash, SessionName, State};
use incrdir_vfs::{Entry, FileKind, Vfs, failed, is_transient, kind_of};

use crate::Error;
use crate::list::{List, Listed, Writer};
use crate::stop::go_on;
use crate::trail::{MAX_DEPTH, Pending, Trail};

/// The list of a session that has no record, as far as listings go. `skips_removed`: names that the file system gave to
/// what was removed are left out.
///
/// # Errors
///
/// If something cannot be listed, or nests too deep; `FileTooLarge` if there are more files than a record can have.
pub(crate) fn read<V: Vfs>(
    vfs: &V,
    session: SessionName,
    dir: &V::Dir,
    skips_removed: bool,
) -> Result<List, Error> {
    let hash = match session.state {
        State::Published(hash) => hash,
        State::Working => Hash::new(0),
    };
    let mut writer = Writer::new(session.key, hash, SystemTime::UNIX_EPOCH, 0);
    let top = vfs
        .stat_dir(dir)
        .map_err(|error| incrdir_vfs::Error::new("look at", vfs.path(dir), error))?;
    let mut trail = Trail::new(vfs, dir);
    let mut pending = Pending::new();
    let mut next = Some(());
    while next.is_some() {
        let depth = trail.depth();
        let (here, seen) = trail.look()?;
        let is_here = seen.is_none_or(|seen| seen.stat.id.device == top.stat.id.device);
        if depth > MAX_DEPTH {
            return Err(Error::TooDeep { path: vfs.path(here).into() });
        }
        go_on(vfs, here)?;
        let mut entries = list(vfs, here)?;
        entries.retain(|entry| !(skips_removed && is_transient(&entry.name)));
        writer.begin_block(entries.len());
        let mut below = Vec::new();
        for entry in entries {
            let name = &entry.name;
            let kind = kind_of(vfs, here, &entry).map_err(failed(vfs, "look at", here, name))?;
            let mtime = (kind != FileKind::Dir).then_some(SystemTime::UNIX_EPOCH);
            let inode = if is_here { entry.inode } else { 0 };
            writer.add(name, &Listed { kind, mtime, ..Listed::of_dir(inode) });
            if kind == FileKind::Dir {
                below.push((entry.name, ()));
            }
        }
        pending.add(below);
        next = pending.next(&mut trail);
    }
    List::unrecorded(writer).ok_or_else(|| Error::TooMany { path: vfs.path(dir).into() })
}

/// All entries of one directory; one that cannot be read is an error.
pub(crate) fn list<V: Vfs>(vfs: &V, dir: &V::Dir) -> Result<Vec<Entry>, incrdir_vfs::Error> {
    let failed = |error| incrdir_vfs::Error::new("list", vfs.path(dir), error);
    let entries = vfs.list(dir).map_err(failed)?.into_iter();
    entries.collect::<Result<_, _>>().map_err(failed)
}
