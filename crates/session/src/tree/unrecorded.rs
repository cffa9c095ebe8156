//! The list of a session that has no record: what listings show of it.

use std::time::SystemTime;

use incrdir_naming::{Hash, SessionName, State};
use incrdir_record::{List, ListWriter, Listed, MAX_DEPTH};
use incrdir_vfs::{FileKind, Vfs, failed, is_transient, kind_of};

use crate::Error;
use crate::record::{bytes_of, recorded_kind};
use crate::stop::go_on;
use crate::tree::list;
use crate::tree::trail::{Pending, Trail};

/// The list of a session that has no record, as far as listings go. `skips_removed`: names that the file system gave to
/// what was removed are left out.
///
/// # Errors
///
/// If something cannot be listed, or nests too deep; `FileTooLarge` if there are more files than a record can have.
pub(crate) fn unrecorded<V: Vfs>(
    vfs: &V,
    session: SessionName,
    dir: &V::Dir,
    skips_removed: bool,
) -> Result<List, Error> {
    let hash = match session.state {
        State::Published(hash) => hash,
        State::Working => Hash::new(0),
    };
    let mut writer = ListWriter::new(session.key, hash, SystemTime::UNIX_EPOCH, 0);
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
            let inode = if is_here { entry.inode } else { 0 };
            let listed = match kind {
                FileKind::Dir => Listed::of_dir(inode),
                kind => Listed::new(recorded_kind(kind), inode, 0, SystemTime::UNIX_EPOCH),
            };
            writer.add(bytes_of(name), &listed);
            if kind == FileKind::Dir {
                below.push((entry.name, ()));
            }
        }
        pending.add(below);
        next = pending.next(&mut trail);
    }
    List::unrecorded(writer).ok_or_else(|| Error::TooMany { path: vfs.path(dir).into() })
}
