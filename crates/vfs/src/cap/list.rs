//! Listing a directory.

use std::io;
use std::sync::PoisonError;

use super::dir::{CapDir, Listing};
#[cfg(any(target_os = "linux", target_os = "android"))]
use super::errno::retry;
use crate::{Entry, FileKind};

/// One listing of a handle at a time, for where it moves the handle's position.
pub(super) fn list(dir: &CapDir) -> io::Result<Vec<io::Result<Entry>>> {
    // Nothing behind the lock can be left half-done.
    let mut listing = dir.listing.lock().unwrap_or_else(PoisonError::into_inner);
    read(dir, &mut listing)
}

/// Reads the directory through the handle itself, which keeps a position, so it is set back. Opening the
/// directory anew for each listing would take three more calls.
///
/// It is set back before the first listing too: btrfs shows nothing that was made after the directory was
/// opened until then.
///
/// Not every server of FUSE can set a directory back: on sshfs a handle is empty when it is read again, and for 20 s so is the
/// directory, to whoever lists it. There it is opened anew from the second listing on.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn read(dir: &CapDir, listing: &mut Listing) -> io::Result<Vec<io::Result<Entry>>> {
    use rustix::fs::{Mode, OFlags, SeekFrom, openat, seek};

    // Most handles are listed once, so this is asked for at the second time.
    let sets_back = match listing.sets_back {
        None if listing.was_listed => {
            *listing.sets_back.insert(super::fs_info::sets_directories_back(dir)?)
        }
        known => known.unwrap_or(true),
    };
    if std::mem::replace(&mut listing.was_listed, true) && !sets_back {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        return Ok(read_on(retry(|| Ok(openat(&dir.dir, c".", flags, Mode::empty())?))?));
    }
    seek(&dir.dir, SeekFrom::Start(0))?;
    Ok(read_on(&dir.dir))
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn read_on(dir: impl std::os::fd::AsFd) -> Vec<io::Result<Entry>> {
    use std::mem::MaybeUninit;

    use rustix::fs::RawDir;

    let mut buffer = [MaybeUninit::uninit(); 32 << 10];
    let mut raw = RawDir::new(dir, &mut buffer);
    let mut entries = Vec::new();
    while let Some(entry) = raw.next() {
        match entry {
            Ok(entry) => {
                if entries.len() == entries.capacity() {
                    // Doubling would take as much again as all that a session keeps.
                    entries.reserve_exact(64 + entries.len() / 4);
                }
                entries.extend(convert(entry.file_name(), entry.file_type(), entry.ino()));
            }
            // The directory has been removed: there is nothing in it.
            Err(rustix::io::Errno::NOENT) => break,
            Err(rustix::io::Errno::INTR) => {}
            // The position is not known to have moved: reading on might never end.
            Err(errno) => {
                entries.push(Err(errno.into()));
                break;
            }
        }
    }
    entries
}

/// Opens the directory anew, so that every listing begins at the beginning.
#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
fn read(dir: &CapDir, _: &mut Listing) -> io::Result<Vec<io::Result<Entry>>> {
    let mut entries = Vec::new();
    for entry in rustix::fs::Dir::read_from(&dir.dir)? {
        match entry {
            Ok(entry) => {
                entries.extend(convert(entry.file_name(), entry.file_type(), entry.ino()));
            }
            Err(errno) => entries.push(Err(errno.into())),
        }
    }
    Ok(entries)
}

/// An entry, unless it is `.` or `..`.
#[cfg(unix)]
fn convert(
    name: &std::ffi::CStr,
    file_type: rustix::fs::FileType,
    inode: u64,
) -> Option<io::Result<Entry>> {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    use rustix::fs::FileType;

    use crate::Name;

    let name = name.to_bytes();
    if matches!(name, b"." | b"..") {
        return None;
    }
    let kind = match file_type {
        FileType::RegularFile => Some(FileKind::File),
        FileType::Directory => Some(FileKind::Dir),
        FileType::Symlink => Some(FileKind::Symlink),
        FileType::Unknown => None,
        _ => Some(FileKind::Other),
    };
    Some(match Name::new(OsStr::from_bytes(name)) {
        Ok(name) => Ok(Entry { name, kind, inode }),
        Err(error) => Err(io::Error::new(io::ErrorKind::InvalidData, error)),
    })
}

/// Opens the directory anew: whether one that has been listed is read again is each file system's own affair, and Wine reads
/// none again.
#[cfg(windows)]
fn read(dir: &CapDir, _: &mut Listing) -> io::Result<Vec<io::Result<Entry>>> {
    use std::os::windows::io::AsHandle;

    use incrdir_nt::{Access, Listed, reopen};

    use crate::Name;

    let convert = |Listed { name, id, is_dir, is_link, .. }: Listed| {
        let kind = match (is_link, is_dir) {
            (true, _) => FileKind::Symlink,
            (false, true) => FileKind::Dir,
            (false, false) => FileKind::File,
        };
        match Name::new(name) {
            Ok(name) => Ok(Entry { name, kind: Some(kind), inode: id }),
            Err(error) => Err(io::Error::new(io::ErrorKind::InvalidData, error)),
        }
    };
    let anew = reopen(dir.dir.as_handle(), Access::Read)?;
    Ok(incrdir_nt::list(anew.as_handle())?.into_iter().map(convert).collect())
}
