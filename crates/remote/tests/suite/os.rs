//! What Unix and Windows have each in their way.

#[cfg(unix)]
mod platform {
    use std::fs::{Metadata, Permissions, set_permissions};
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    use std::path::Path;

    pub(crate) fn mode(data: &Metadata) -> u32 {
        data.mode() & 0o7777
    }

    pub(crate) fn set_mode(path: &Path, mode: u32) {
        set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    pub(crate) fn link(target: &str, path: &Path) {
        std::os::unix::fs::symlink(target, path).unwrap();
    }
}

#[cfg(windows)]
mod platform {
    use std::fs::{Metadata, metadata, set_permissions};
    use std::path::Path;

    /// Only that a file cannot be written to is known.
    pub(crate) fn mode(data: &Metadata) -> u32 {
        if data.permissions().readonly() { 0o444 } else { 0o666 }
    }

    pub(crate) fn set_mode(path: &Path, mode: u32) {
        let mut permissions = metadata(path).unwrap().permissions();
        permissions.set_readonly(mode & 0o222 == 0);
        set_permissions(path, permissions).unwrap();
    }

    /// Not everybody may make links, and Wine makes none: then there is none.
    pub(crate) fn link(target: &str, path: &Path) {
        _ = std::os::windows::fs::symlink_file(target, path);
    }
}

pub(crate) use platform::{link, mode, set_mode};
