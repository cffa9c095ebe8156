//! Clones: a new file that shares the content of another.
//!
//! Linux and Windows have calls that fill an empty file, macOS one that makes the name. None leaves a name behind where the file
//! system cannot do it.

use std::fs::File;
use std::io;

use super::dir::CapDir;
use crate::Name;

pub(super) use platform::clone_file;

#[cfg(any(target_os = "linux", target_os = "android"))]
mod platform {
    use rustix::fs::ioctl_ficlone;

    use super::super::CapVfs;
    use super::super::errno::{retry, unsupported_if_unknown};
    use super::*;

    /// Makes a file and fills it. What could not be filled has no name afterwards.
    pub(in super::super) fn clone_file(from: &File, dir: &CapDir, name: &Name) -> io::Result<File> {
        let to = CapVfs::create_file_at(dir, name)?;
        match retry(|| Ok(ioctl_ficlone(&to, from)?)).map_err(unsupported_if_unknown) {
            Ok(()) => Ok(to),
            Err(error) => Err(take_back(dir, name, error)),
        }
    }
}

#[cfg(target_vendor = "apple")]
mod platform {
    use std::io::ErrorKind;

    use rustix::fs::{CloneFlags, fclonefileat, fstat};

    use super::super::CapVfs;
    use super::super::attributes::set_mode_of;
    use super::super::errno::{retry, unsupported_if_unknown};
    use super::super::stat::stat;
    use super::*;
    use crate::Access;

    /// Files that nobody may change, or only by appending (`chflags(2)`): their clones would be such files, too, and could be
    /// neither given anything nor removed.
    const FIXED: u32 = 0x0000_0002 | 0x0000_0004 | 0x0002_0000 | 0x0004_0000;

    /// Makes the name, and opens it. What could not be opened has no name afterwards.
    ///
    /// Access control lists are not asked for (`CLONE_ACL`): a clone gets those that the directory gives, as a copy does.
    pub(in super::super) fn clone_file(from: &File, dir: &CapDir, name: &Name) -> io::Result<File> {
        if retry(|| Ok(fstat(from)?))?.st_flags & FIXED != 0 {
            let why = "a file that cannot be changed has clones that cannot be changed";
            return Err(io::Error::new(ErrorKind::Unsupported, why));
        }
        let clone = || fclonefileat(from, &dir.dir, name.as_os_str(), CloneFlags::empty());
        retry(|| Ok(clone()?)).map_err(unsupported_if_unknown)?;
        match open(dir, name) {
            Ok(to) => Ok(to),
            Err(error) => Err(take_back(dir, name, error)),
        }
    }

    /// It has the permissions of the original, which may not let its owner write.
    fn open(dir: &CapDir, name: &Name) -> io::Result<File> {
        match CapVfs::open_file_at(dir, name, Access::ReadWrite) {
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {}
            opened => return opened,
        }
        let mode = stat(dir, name)?.mode;
        set_mode_of(dir, name, mode | 0o600)?;
        CapVfs::open_file_at(dir, name, Access::ReadWrite)
    }
}

#[cfg(windows)]
mod platform {
    use std::io::ErrorKind;
    use std::os::windows::io::AsHandle;

    use super::super::CapVfs;
    use super::*;

    /// Makes a file and gives it the blocks of the other. What got none has no name afterwards. Volumes say whether they
    /// share blocks at all: ReFS does, NTFS does not.
    pub(in super::super) fn clone_file(from: &File, dir: &CapDir, name: &Name) -> io::Result<File> {
        if !incrdir_nt::volume(dir.dir.as_handle())?.shares_blocks {
            let why = "files of this volume share no blocks";
            return Err(io::Error::new(ErrorKind::Unsupported, why));
        }
        let to = CapVfs::create_file_at(dir, name)?;
        match incrdir_nt::clone(from, &to) {
            Ok(()) => Ok(to),
            Err(error) => {
                drop(to);
                Err(take_back(dir, name, error))
            }
        }
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple", windows)))]
mod platform {
    use std::io::ErrorKind;

    use super::*;

    pub(in super::super) fn clone_file(_: &File, _: &CapDir, _: &Name) -> io::Result<File> {
        let why = "files are not cloned on this system";
        Err(io::Error::new(ErrorKind::Unsupported, why))
    }
}

/// Takes the name away again, and says why there is no clone: the first reason, unless the name stays.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple", windows))]
fn take_back(dir: &CapDir, name: &Name, refused: io::Error) -> io::Error {
    match super::names::remove_file(dir, name) {
        Ok(()) => refused,
        Err(error) if error.kind() == io::ErrorKind::NotFound => refused,
        Err(error) => error,
    }
}
