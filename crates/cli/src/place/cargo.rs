//! The directories of sessions in what is cargo's.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use incrdir_discover::{Found, Root, Scope, Sign, discover};
use incrdir_gc::CARGO_LOCKS;
use incrdir_vfs::{CapDir, CapVfs, Name, RelPath, Vfs, VfsExt};

use super::Place;
use crate::failure::Failure;

/// From a project over its target and a triple to a profile.
const DEPTH: usize = 3;

/// The directory of a profile of cargo's, which has a lock file and a directory of sessions.
pub(crate) struct Profile {
    pub(crate) dir: CapDir,
    /// The path of the target that it is in.
    pub(crate) target: PathBuf,
}

impl Profile {
    /// The profile whose sessions are in a directory. `None`: they are not cargo's.
    pub(super) fn around(root: &CapDir) -> Option<Self> {
        let path = root.path();
        let parent =
            path.parent().filter(|_| path.file_name().is_some_and(|it| it == "incremental"))?;
        let (vfs, dir) = CapVfs::open_ambient_dir(parent).ok()?;
        let has_lock =
            |name: &&&str| Name::new(**name).is_ok_and(|name| vfs.stat(&dir, &name).is_ok());
        CARGO_LOCKS.iter().find(has_lock)?;
        // With `--target`, a triple is between.
        let is_target = |path: &&Path| path.join(".rustc_info.json").is_file();
        let above = [parent.parent(), parent.parent().and_then(Path::parent)];
        let target = above.into_iter().flatten().find(is_target).or(parent.parent())?;
        Some(Self { dir, target: target.into() })
    }
}

/// What cargo has in a directory that is a target, a profile or a project.
pub(super) fn within(place: &Place) -> Result<Vec<Place>, Failure> {
    let (vfs, dir) = (&place.vfs, &place.root);
    let mut found = Vec::new();
    let mut failure = None;
    discover(vfs, dir, &Scope::default().depth(DEPTH), &mut |what| {
        if let Found::Root(root @ Root { sign: Sign::Cargo { target: 0 | 1 }, .. }) = what {
            match of_root(vfs, dir, &root) {
                Ok(place) => found.push(place),
                Err(error) => failure = Some(error),
            }
        }
        ControlFlow::Continue(())
    })?;
    match failure {
        Some(error) => Err(error),
        None => Ok(found),
    }
}

/// Opens a root that was found below a directory, to stay open.
pub(super) fn of_root(
    vfs: &CapVfs,
    top: &CapDir,
    root: &Root<'_, CapVfs>,
) -> Result<Place, Failure> {
    let mut place = Place::of_root(vfs.clone(), open_below(vfs, top, root.names)?);
    if let Sign::Cargo { target } = root.sign {
        let (profile, target) = (&root.names[..root.names.len() - 1], &root.names[..target]);
        let target = target.iter().fold(vfs.path(top).to_path_buf(), |path, name| path.join(name));
        place.profile = Some(Profile { dir: open_below(vfs, top, profile)?, target });
    }
    Ok(place)
}

fn open_below(vfs: &CapVfs, top: &CapDir, names: &[Name]) -> Result<CapDir, Failure> {
    let path: PathBuf = names.iter().collect();
    match names.is_empty() {
        // The same directory by the path that it was opened by.
        true => Ok(CapVfs::open_ambient_dir(vfs.path(top))?.1),
        false => Ok(vfs.open_dir_below(top, &RelPath::new(path)?)?),
    }
}
