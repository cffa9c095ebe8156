//! What is said of a PATH that cannot be, in either way to show the session there.

use std::path::Path;

pub(super) fn no_place(path: &Path) -> String {
    let parent = path.parent().unwrap_or(path);
    format!(
        "--at `{}`: there is no directory `{}`; PATH may be new, but not the place for it",
        path.display(),
        parent.display()
    )
}

pub(super) fn is_root(path: &Path, root: &Path) -> String {
    format!(
        "--at `{}` is the root `{}` or inside it, where only incrdir writes; choose another PATH",
        path.display(),
        root.display()
    )
}
