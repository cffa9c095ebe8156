//! What a look at a file says.

use std::fs::File;
use std::io;

use super::CapDir;
use crate::{Name, Stat};

#[cfg(unix)]
mod platform {
    use std::time::{Duration, SystemTime};

    use rustix::fs::{AtFlags, FileType};

    use super::super::errno::retry;
    use super::*;
    use crate::{FileId, FileKind};

    pub(in super::super) fn stat(dir: &CapDir, name: &Name) -> io::Result<Stat> {
        let look = || rustix::fs::statat(&dir.dir, name.as_os_str(), AtFlags::SYMLINK_NOFOLLOW);
        Ok(convert(&retry(|| Ok(look()?))?))
    }

    pub(in super::super) fn stat_file(file: &File) -> io::Result<Stat> {
        Ok(convert(&retry(|| Ok(rustix::fs::fstat(file)?))?))
    }

    #[allow(
        clippy::unnecessary_cast,
        clippy::useless_conversion,
        reason = "the widths differ between platforms"
    )]
    fn convert(stat: &rustix::fs::Stat) -> Stat {
        Stat {
            kind: match FileType::from_raw_mode(stat.st_mode) {
                FileType::RegularFile => FileKind::File,
                FileType::Directory => FileKind::Dir,
                FileType::Symlink => FileKind::Symlink,
                _ => FileKind::Other,
            },
            id: FileId { device: stat.st_dev as u64, inode: stat.st_ino as u64 },
            len: u64::try_from(stat.st_size).unwrap_or(0),
            links: u64::from(stat.st_nlink),
            mode: u32::from(stat.st_mode) & 0o7777,
            mtime: time(stat.st_mtime as i64, stat.st_mtime_nsec as u32),
            ctime: Some(time(stat.st_ctime as i64, stat.st_ctime_nsec as u32)),
        }
    }

    /// A file may carry any time. One that the system's own clock type cannot hold becomes the epoch.
    fn time(seconds: i64, nanos: u32) -> SystemTime {
        let whole = Duration::from_secs(seconds.unsigned_abs());
        let base = if seconds < 0 {
            SystemTime::UNIX_EPOCH.checked_sub(whole)
        } else {
            SystemTime::UNIX_EPOCH.checked_add(whole)
        };
        base.and_then(|base| base.checked_add(Duration::from_nanos(u64::from(nanos))))
            .unwrap_or(SystemTime::UNIX_EPOCH)
    }
}

#[cfg(not(unix))]
mod platform {
    use std::time::SystemTime;

    use cap_fs_ext::MetadataExt;
    use cap_std::fs::Metadata;

    use super::*;
    use crate::{FileId, FileKind};

    pub(in super::super) fn stat(dir: &CapDir, name: &Name) -> io::Result<Stat> {
        Ok(convert(&dir.dir.symlink_metadata(name)?))
    }

    pub(in super::super) fn stat_file(file: &File) -> io::Result<Stat> {
        Ok(convert(&Metadata::from_file(file)?))
    }

    fn convert(metadata: &Metadata) -> Stat {
        let kind = if metadata.is_symlink() {
            FileKind::Symlink
        } else if metadata.is_dir() {
            FileKind::Dir
        } else {
            FileKind::File
        };
        Stat {
            kind,
            id: FileId { device: metadata.dev(), inode: metadata.ino() },
            len: metadata.len(),
            links: metadata.nlink(),
            mode: if metadata.permissions().readonly() { 0o444 } else { 0o666 },
            mtime: metadata.modified().map_or(SystemTime::UNIX_EPOCH, |time| time.into_std()),
            ctime: None,
        }
    }
}

pub(super) use platform::{stat, stat_file};
