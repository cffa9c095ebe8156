//! What is here already.

use std::collections::BTreeMap;

use incrdir_session::{Snapshot, Working};
use incrdir_vfs::{RelPath, Vfs, VfsExt, failed};

use crate::Error;
use crate::manifest::{Digest, File, Is};
use crate::push::survey;

/// The files of the session that is held, and whether the new one was begun with them.
pub(super) struct Here<'a, V: Vfs> {
    pub(super) snapshot: Option<&'a Snapshot<V>>,
    /// Everything that the new session has before anything is done to it, each directory before what is in it.
    pub(super) present: BTreeMap<RelPath, Is>,
    /// Files of the session that is held, by their contents.
    pub(super) contents: BTreeMap<(Digest, u64), RelPath>,
}

impl<'a, V: Vfs> Here<'a, V> {
    pub(super) fn of(
        snapshot: Option<&'a Snapshot<V>>,
        working: &Working<V>,
    ) -> Result<Self, Error> {
        let mut here = Self { snapshot, present: BTreeMap::new(), contents: BTreeMap::new() };
        if let Some(snapshot) = snapshot {
            let (outline, paths) = survey(snapshot, false)?;
            for (entry, path) in outline.entries.into_iter().zip(paths) {
                if let Is::File(File { digest, len, .. }) = &entry.is {
                    here.contents.insert((*digest, *len), path.clone());
                }
                here.present.insert(path, entry.is);
            }
        }
        let report = working.report();
        let is_base = snapshot.is_some_and(|held| report.source == Some(held.name()));
        if !is_base || report.source_unit.is_some() || report.unselected > 0 {
            here.present.clear();
            if report.source.is_some() {
                // Begun from something else: what it has is not known, so it goes.
                empty(working)?;
            }
        }
        Ok(here)
    }
}

/// Removes all that a session was begun with.
fn empty<V: Vfs>(working: &Working<V>) -> Result<(), Error> {
    let (vfs, top) = (working.unit().vfs(), working.dir());
    let mut found = Vec::new();
    let mut errors = incrdir_session::visit(vfs, top, &mut |it| {
        found.push((it.above.join(it.name), it.stat.kind == incrdir_vfs::FileKind::Dir));
    });
    if let Some(error) = errors.pop() {
        return Err(error.into());
    }
    found.sort();
    for (path, is_dir) in found.into_iter().rev() {
        let Ok(path) = RelPath::new(&path) else { continue };
        remove(working, &path, is_dir)?;
    }
    Ok(())
}

/// Removes something. A directory must be empty.
pub(super) fn remove<V: Vfs>(
    working: &Working<V>,
    path: &RelPath,
    is_dir: bool,
) -> Result<(), Error> {
    if !is_dir {
        return Ok(working.remove(path)?);
    }
    let (vfs, top) = (working.unit().vfs(), working.dir());
    let (name, _) = path.split_last();
    let parent = path.parent().map(|parent| vfs.open_dir_below(top, &parent)).transpose()?;
    let dir = parent.as_ref().unwrap_or(top);
    Ok(vfs.remove_dir(dir, name).map_err(failed(vfs, "remove", dir, name))?)
}
