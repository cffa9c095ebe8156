//! The directories of sessions in what is cargo's.

use std::ops::ControlFlow;
use std::path::PathBuf;

use incrdir_discover::{Found, Root, Scope, Sign, discover};
use incrdir_vfs::{CapDir, CapVfs, Name, RelPath, Vfs, VfsExt};

use super::one::Place;
use super::profile::Profile;
use crate::failure::Failure;

/// From a project over its target and a triple to a profile.
const DEPTH: usize = 3;

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
