//! What a look at a file says.

use std::fs::File;
use std::io;

use super::dir::CapDir;
use crate::{Name, Stat};

#[cfg(unix)]
mod platform {
    use std::time::{Duration, SystemTime};

    use rustix::fs::{AtFlags, FileType};
    #[cfg(any(target_os = "linux", target_os = "android"))]
    use rustix::fs::{Statx, StatxAttributes, StatxFlags, StatxTimestamp};

    use super::super::errno::retry;
    use super::*;
    use crate::{DirStat, FileId, FileKind, Owner};

    /// What blocks are counted in, whatever the file system's own are.
    const BLOCK: u64 = 512;

    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub(in super::super) fn stat(dir: &CapDir, name: &Name) -> io::Result<Stat> {
        let (asked, at) = (StatxFlags::BASIC_STATS, AtFlags::SYMLINK_NOFOLLOW);
        let look = || rustix::fs::statx(&dir.dir, name.as_os_str(), at, asked);
        Ok(convert_statx(&retry(|| Ok(look()?))?))
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    pub(in super::super) fn stat(dir: &CapDir, name: &Name) -> io::Result<Stat> {
        let look = || rustix::fs::statat(&dir.dir, name.as_os_str(), AtFlags::SYMLINK_NOFOLLOW);
        let stat = convert(&retry(|| Ok(look()?))?);
        let around = retry(|| Ok(rustix::fs::fstat(&dir.dir)?))?;
        Ok(Stat { is_mount: stat.id.device != around.st_dev as u64, ..stat })
    }

    pub(in super::super) fn stat_file(file: &File) -> io::Result<Stat> {
        Ok(convert(&retry(|| Ok(rustix::fs::fstat(file)?))?))
    }

    /// One call tells it all. What the kernel does not know of what is asked, it leaves out.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub(in super::super) fn stat_dir(dir: &CapDir) -> io::Result<DirStat> {
        /// A mount's number that is not given again (Linux 6.8); rustix has no name for it yet.
        const UNIQUE_MOUNT: StatxFlags = StatxFlags::from_bits_retain(0x4000);
        let asked = StatxFlags::BASIC_STATS | StatxFlags::BTIME | UNIQUE_MOUNT;
        let look = || rustix::fs::statx(&dir.dir, c"", AtFlags::EMPTY_PATH, asked);
        let found: Statx = retry(|| Ok(look()?))?;
        let knows = |flag: StatxFlags| found.stx_mask & flag.bits() != 0;
        Ok(DirStat {
            stat: convert_statx(&found),
            born: knows(StatxFlags::BTIME).then(|| stamp(&found.stx_btime)),
            mount: knows(UNIQUE_MOUNT).then_some(found.stx_mnt_id),
        })
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn convert_statx(found: &Statx) -> Stat {
        Stat {
            kind: kind(u32::from(found.stx_mode)),
            id: FileId {
                device: rustix::fs::makedev(found.stx_dev_major, found.stx_dev_minor),
                inode: found.stx_ino,
            },
            len: found.stx_size,
            allocated: found.stx_blocks.saturating_mul(BLOCK),
            links: u64::from(found.stx_nlink),
            // An open directory may itself be where a mount begins, and says so; that is nobody's business below it.
            is_mount: found.stx_attributes.contains(StatxAttributes::MOUNT_ROOT),
            mode: u32::from(found.stx_mode) & 0o7777,
            owner: Some(Owner { user: found.stx_uid, group: found.stx_gid }),
            mtime: stamp(&found.stx_mtime),
            ctime: Some(stamp(&found.stx_ctime)),
        }
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn stamp(stamp: &StatxTimestamp) -> SystemTime {
        time(stamp.tv_sec, stamp.tv_nsec)
    }

    fn kind(mode: rustix::fs::RawMode) -> FileKind {
        match FileType::from_raw_mode(mode) {
            FileType::RegularFile => FileKind::File,
            FileType::Directory => FileKind::Dir,
            FileType::Symlink => FileKind::Symlink,
            _ => FileKind::Other,
        }
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    pub(in super::super) fn stat_dir(dir: &CapDir) -> io::Result<DirStat> {
        let stat = convert(&retry(|| Ok(rustix::fs::fstat(&dir.dir)?))?);
        Ok(DirStat { stat, born: None, mount: None })
    }

    #[allow(
        clippy::unnecessary_cast,
        clippy::useless_conversion,
        reason = "the widths differ between platforms"
    )]
    fn convert(stat: &rustix::fs::Stat) -> Stat {
        Stat {
            kind: kind(stat.st_mode),
            id: FileId { device: stat.st_dev as u64, inode: stat.st_ino as u64 },
            len: u64::try_from(stat.st_size).unwrap_or(0),
            allocated: u64::try_from(stat.st_blocks).unwrap_or(0).saturating_mul(BLOCK),
            links: u64::from(stat.st_nlink),
            is_mount: false,
            mode: u32::from(stat.st_mode) & 0o7777,
            owner: Some(Owner { user: stat.st_uid, group: stat.st_gid }),
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

#[cfg(windows)]
mod platform {
    use std::os::windows::io::{AsHandle, BorrowedHandle};

    use incrdir_nt::{Access, Kind, Look, Make, look, open};

    use super::super::attributes::{DIRECTORY, READ_ONLY, WRITABLE};
    use super::*;
    use crate::{DirStat, FileId, FileKind};

    pub(in super::super) fn stat_dir(dir: &CapDir) -> io::Result<DirStat> {
        // When it was made is for everybody to set here, and tools that copy and restore do.
        Ok(DirStat::new(look_at(dir.dir.as_handle())?))
    }

    pub(in super::super) fn stat(dir: &CapDir, name: &Name) -> io::Result<Stat> {
        let dir = dir.dir.as_handle();
        look_at(open(dir, name.as_os_str(), Access::Look, Kind::Any, Make::Not)?.as_handle())
    }

    pub(in super::super) fn stat_file(file: &File) -> io::Result<Stat> {
        look_at(file.as_handle())
    }

    fn look_at(file: BorrowedHandle<'_>) -> io::Result<Stat> {
        Ok(convert(&look(file)?))
    }

    fn convert(found: &Look) -> Stat {
        let (kind, mode) = match (found.is_link, found.is_dir) {
            (true, _) => (FileKind::Symlink, DIRECTORY),
            (false, true) => (FileKind::Dir, DIRECTORY),
            (false, false) if found.is_read_only => (FileKind::File, READ_ONLY),
            (false, false) => (FileKind::File, WRITABLE),
        };
        Stat {
            kind,
            id: FileId { device: found.volume, inode: found.id },
            len: found.len,
            allocated: found.allocated,
            links: found.links,
            // What is mounted in a directory is a link there, which is not followed.
            is_mount: false,
            mode,
            owner: None,
            mtime: found.written,
            ctime: Some(found.changed),
        }
    }
}

pub(super) use platform::{stat, stat_dir, stat_file};
