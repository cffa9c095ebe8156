//! The profile that a directory of sessions belongs to.

use std::path::{Path, PathBuf};

use incrdir_gc::CARGO_LOCKS;
use incrdir_vfs::{CapDir, CapVfs, Name, Vfs};

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
