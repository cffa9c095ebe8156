//! Listing a directory.

use std::io;

use super::CapDir;
use crate::{Entry, FileKind};

/// Opens the directory anew, so that every listing begins at the beginning and nobody shares its position.
#[cfg(unix)]
pub(super) fn list(dir: &CapDir) -> io::Result<Vec<io::Result<Entry>>> {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    use crate::Name;

    let mut entries = Vec::new();
    for entry in rustix::fs::Dir::read_from(&dir.dir)? {
        let entry = match entry {
            Ok(entry) => entry,
            Err(errno) => {
                entries.push(Err(errno.into()));
                continue;
            }
        };
        let name = entry.file_name().to_bytes();
        if matches!(name, b"." | b"..") {
            continue;
        }
        let kind = match entry.file_type() {
            rustix::fs::FileType::RegularFile => Some(FileKind::File),
            rustix::fs::FileType::Directory => Some(FileKind::Dir),
            rustix::fs::FileType::Symlink => Some(FileKind::Symlink),
            rustix::fs::FileType::Unknown => None,
            _ => Some(FileKind::Other),
        };
        entries.push(match Name::new(OsStr::from_bytes(name)) {
            Ok(name) => Ok(Entry { name, kind, inode: entry.ino() }),
            Err(error) => Err(io::Error::new(io::ErrorKind::InvalidData, error)),
        });
    }
    Ok(entries)
}

/// Opens the directory anew, so that every listing begins at the beginning and nobody shares its position.
#[cfg(not(unix))]
pub(super) fn list(dir: &CapDir) -> io::Result<Vec<io::Result<Entry>>> {
    use crate::Name;

    let read = |entry: io::Result<cap_std::fs::DirEntry>| {
        let entry = entry?;
        let file_type = entry.file_type()?;
        let kind = if file_type.is_symlink() {
            FileKind::Symlink
        } else if file_type.is_dir() {
            FileKind::Dir
        } else {
            FileKind::File
        };
        let name = Name::new(entry.file_name())
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        Ok(Entry { name, kind: Some(kind), inode: 0 })
    };
    Ok(dir.dir.entries()?.map(read).collect())
}
