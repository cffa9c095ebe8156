//! Which directory is examined: never one that belongs to a session.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::place::unit_of;

/// The directory that is examined, without links.
pub(super) struct Subject {
    pub(super) path: PathBuf,
    /// Why it is not the one that was asked for.
    pub(super) why: Option<&'static str>,
}

impl Subject {
    pub(super) fn of(asked: &Path) -> Result<Self, Failure> {
        let refused = |why: &dyn std::fmt::Display| -> Failure {
            format!("cannot examine `{}`: {why}", asked.display()).into()
        };
        let (found, why) = match asked.canonicalize() {
            Ok(found) => (found, None),
            Err(error) if error.kind() == ErrorKind::NotFound && !asked.is_symlink() => {
                let parent = parent(asked).and_then(|parent| parent.canonicalize().ok());
                let says = &"neither it nor the directory that it would be in is there";
                let parent = parent.ok_or_else(|| refused(says))?;
                (parent, Some("where it would be made, because it is not there yet"))
            }
            Err(error) if asked.is_symlink() && error.kind() == ErrorKind::NotFound => {
                return Err(refused(&"it is a symbolic link that leads nowhere"));
            }
            Err(error) => return Err(refused(&error)),
        };
        if !found.is_dir() {
            return Err(refused(&"it is not a directory; give the directory that it is in"));
        }
        // A session may hold a cache of its own, so the outermost unit counts.
        let above: Vec<&Path> = found.ancestors().collect();
        let unit = above.into_iter().rev().find(|path| unit_of(path).is_some());
        Ok(match unit.and_then(Path::parent) {
            Some(root) => Self {
                path: root.into(),
                why: Some("the root that it is in, so that no unit or session is touched"),
            },
            None => Self { path: found, why },
        })
    }
}

fn parent(path: &Path) -> Option<&Path> {
    path.file_name()?;
    let parent = path.parent()?;
    Some(if parent.as_os_str().is_empty() { Path::new(".") } else { parent })
}
