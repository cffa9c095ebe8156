//! Names: rename, link, remove.

use std::ffi::OsString;
use std::io::{self, ErrorKind};

use super::dir::CapDir;
use super::errno::{retry, unsupported_if_unknown};
use crate::Name;

pub(super) fn rename(from_dir: &CapDir, from: &Name, to_dir: &CapDir, to: &Name) -> io::Result<()> {
    retry(|| from_dir.dir.rename(from, &to_dir.dir, to)).map_err(busy_while_open)
}

/// One call where the system has it, else `Unsupported`.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
pub(super) fn rename_new(
    from_dir: &CapDir,
    from: &Name,
    to_dir: &CapDir,
    to: &Name,
) -> io::Result<()> {
    use rustix::fs::{RenameFlags, renameat_with};
    let (from, to) = (from.as_os_str(), to.as_os_str());
    let rename = || renameat_with(&from_dir.dir, from, &to_dir.dir, to, RenameFlags::NOREPLACE);
    retry(|| Ok(rename()?)).map_err(unsupported_if_unknown)
}

/// One call where the system has it, else `Unsupported`.
#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
pub(super) fn rename_new(
    _from_dir: &CapDir,
    _from: &Name,
    _to_dir: &CapDir,
    _to: &Name,
) -> io::Result<()> {
    Err(unsupported_if_unknown(ErrorKind::Unsupported.into()))
}

/// Windows says that access is denied, or that the file is shared, while anything below is open: that is
/// the one error that time cures. On other systems a refusal is a refusal.
fn busy_while_open(error: io::Error) -> io::Error {
    const ERROR_ACCESS_DENIED: i32 = 5;
    const ERROR_SHARING_VIOLATION: i32 = 32;
    let busy = cfg!(windows)
        && matches!(error.raw_os_error(), Some(ERROR_ACCESS_DENIED | ERROR_SHARING_VIOLATION));
    if busy { io::Error::new(ErrorKind::ResourceBusy, error) } else { error }
}

pub(super) fn hard_link(
    from_dir: &CapDir,
    from: &Name,
    to_dir: &CapDir,
    to: &Name,
) -> io::Result<()> {
    retry(|| from_dir.dir.hard_link(from, &to_dir.dir, to))
}

pub(super) fn read_link(dir: &CapDir, name: &Name) -> io::Result<OsString> {
    Ok(retry(|| dir.dir.read_link_contents(name))?.into_os_string())
}

#[cfg(not(windows))]
pub(super) fn symlink(target: &OsString, dir: &CapDir, name: &Name) -> io::Result<()> {
    retry(|| dir.dir.symlink_contents(target, name))
}

/// Windows has two kinds of links, and which one is meant cannot be known before the target exists.
#[cfg(windows)]
pub(super) fn symlink(target: &OsString, dir: &CapDir, name: &Name) -> io::Result<()> {
    dir.dir.symlink_file(target, name)
}
