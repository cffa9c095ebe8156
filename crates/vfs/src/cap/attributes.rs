//! Permissions, owners, the time of a directory, and making one durable.

#[cfg(unix)]
mod platform {
    use std::fs::File;
    use std::io;
    use std::os::fd::{AsFd, BorrowedFd};
    use std::time::SystemTime;

    use rustix::fs::{Gid, Mode, Timespec, Timestamps, Uid, fchmod, fchown, fsync, futimens};

    #[cfg(target_vendor = "apple")]
    use super::super::errno::is_unknown_to_the_system;
    use super::super::errno::{retry, unsupported_if_unknown};
    #[cfg(any(target_os = "linux", target_os = "android"))]
    use super::super::open::open_for_nothing;
    use super::super::{CapDir, CapVfs};
    use crate::{Handle, Name, Owner};

    pub(in super::super) fn set_mode(file: &File, mode: u32) -> io::Result<()> {
        retry(|| Ok(fchmod(file, permissions(mode))?))
    }

    pub(in super::super) fn set_dir_mode(dir: &CapDir, mode: u32) -> io::Result<()> {
        retry(|| Ok(fchmod(&dir.dir, permissions(mode))?))
    }

    /// What must not be opened for reading can be opened for nothing at all, and has a name by that.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub(in super::super) fn set_mode_of(dir: &CapDir, name: &Name, mode: u32) -> io::Result<()> {
        use std::os::fd::AsRawFd;

        let file = open_for_nothing(dir, name)?;
        let name = format!("/proc/self/fd/{}", file.as_raw_fd());
        let set = || rustix::fs::chmod(&*name, permissions(mode));
        retry(|| Ok(set()?)).map_err(unsupported_if_unknown)
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    pub(in super::super) fn set_mode_of(dir: &CapDir, name: &Name, mode: u32) -> io::Result<()> {
        use rustix::fs::{AtFlags, chmodat};

        let set =
            || chmodat(&dir.dir, name.as_os_str(), permissions(mode), AtFlags::SYMLINK_NOFOLLOW);
        retry(|| Ok(set()?)).map_err(unsupported_if_unknown)
    }

    pub(in super::super) fn sync_file(file: &File) -> io::Result<()> {
        sync(file)
    }

    pub(in super::super) fn sync_dir(dir: &CapDir) -> io::Result<()> {
        sync(&dir.dir).map_err(unsupported_if_unknown)
    }

    /// `fsync` hands everything to the drive on macOS, which may keep it to itself: `F_FULLFSYNC` has the drive write it. Several
    /// file systems do not know that (`ENOTSUP` from SMB and NTFS, `EINVAL` from WebDAV, `ENOTTY` from ZFS): they get the
    /// other. Whatever else goes wrong, goes wrong.
    #[cfg(target_vendor = "apple")]
    fn sync(opened: impl AsFd) -> io::Result<()> {
        match retry(|| Ok(rustix::fs::fcntl_fullfsync(&opened)?)) {
            Err(error) if is_unknown_to_the_system(&error) => retry(|| Ok(fsync(&opened)?)),
            synced => synced,
        }
    }

    #[cfg(not(target_vendor = "apple"))]
    fn sync(opened: impl AsFd) -> io::Result<()> {
        retry(|| Ok(fsync(&opened)?))
    }

    pub(in super::super) fn set_dir_mtime(dir: &CapDir, mtime: SystemTime) -> io::Result<()> {
        let times = with_mtime(mtime)?;
        retry(|| Ok(futimens(&dir.dir, &times)?)).map_err(unsupported_if_unknown)
    }

    pub(in super::super) fn set_mtime(file: &File, mtime: SystemTime) -> io::Result<()> {
        let times = with_mtime(mtime)?;
        retry(|| Ok(futimens(file, &times)?))
    }

    /// The time of the last access is set as well: file systems on the older libfuse (2.9) say that it was done, and do
    /// nothing, if only one of the two is given.
    fn with_mtime(mtime: SystemTime) -> io::Result<Timestamps> {
        let now = Timespec { tv_sec: 0, tv_nsec: rustix::fs::UTIME_NOW };
        Ok(Timestamps { last_access: now, last_modification: timespec(mtime)? })
    }

    fn timespec(time: SystemTime) -> io::Result<Timespec> {
        let (whole, nanos) = match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(since) => (i64::try_from(since.as_secs()), since.subsec_nanos()),
            Err(before) => {
                // Nanoseconds count forward.
                let before = before.duration();
                let borrowed = u64::from(before.subsec_nanos() > 0);
                let nanos = (1_000_000_000 - before.subsec_nanos()) % 1_000_000_000;
                (i64::try_from(before.as_secs() + borrowed).map(|whole| -whole), nanos)
            }
        };
        let whole = whole.map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(Timespec { tv_sec: whole, tv_nsec: nanos.into() })
    }

    pub(in super::super) fn set_owner(of: Handle<'_, CapVfs>, owner: Owner) -> io::Result<()> {
        let (user, group) = (Uid::from_raw(owner.user), Gid::from_raw(owner.group));
        retry(|| Ok(fchown(fd(&of), Some(user), Some(group))?)).map_err(unsupported_if_unknown)
    }

    pub(in super::super) fn fd<'a>(of: &'a Handle<'_, CapVfs>) -> BorrowedFd<'a> {
        match of {
            Handle::File(file) => file.as_fd(),
            Handle::Dir(dir) => dir.dir.as_fd(),
        }
    }

    fn permissions(mode: u32) -> Mode {
        // Narrower than u32 on some systems; permission bits fit everywhere.
        Mode::from_bits_truncate(mode as rustix::fs::RawMode)
    }
}

#[cfg(windows)]
mod platform {
    use std::fs::{File, FileTimes};
    use std::io::{self, ErrorKind};
    use std::os::windows::io::AsHandle;
    use std::time::SystemTime;

    use incrdir_nt::{Access, reopen};

    use super::super::errno::unsupported_if_unknown;
    use super::super::{CapDir, CapVfs};
    use crate::{Handle, Name, Owner};

    // There is one bit: whether a file may be written to.
    pub(in super::super) const READ_ONLY: u32 = 0o444;
    pub(in super::super) const WRITABLE: u32 = 0o666;
    pub(in super::super) const DIRECTORY: u32 = 0o777;

    pub(in super::super) fn set_mode(file: &File, mode: u32) -> io::Result<()> {
        match mode {
            READ_ONLY => set_read_only(file, true),
            WRITABLE => set_read_only(file, false),
            _ => Err(ErrorKind::Unsupported.into()),
        }
    }

    fn set_read_only(file: &File, is_read_only: bool) -> io::Result<()> {
        let mut permissions = file.metadata()?.permissions();
        if permissions.readonly() == is_read_only {
            return Ok(());
        }
        permissions.set_readonly(is_read_only);
        reopen(file.as_handle(), Access::SetAttributes)?.set_permissions(permissions)
    }

    pub(in super::super) fn set_dir_mode(_dir: &CapDir, mode: u32) -> io::Result<()> {
        if mode == DIRECTORY { Ok(()) } else { Err(ErrorKind::Unsupported.into()) }
    }

    pub(in super::super) fn set_mode_of(_dir: &CapDir, _name: &Name, _mode: u32) -> io::Result<()> {
        Err(ErrorKind::Unsupported.into())
    }

    pub(in super::super) fn set_owner(_of: Handle<'_, CapVfs>, _owner: Owner) -> io::Result<()> {
        Err(ErrorKind::Unsupported.into())
    }

    pub(in super::super) fn set_mtime(file: &File, mtime: SystemTime) -> io::Result<()> {
        set_time(file, mtime)
    }

    pub(in super::super) fn set_dir_mtime(dir: &CapDir, mtime: SystemTime) -> io::Result<()> {
        set_time(&dir.dir, mtime)
    }

    /// What is open may be open for reading only.
    fn set_time(of: &impl AsHandle, mtime: SystemTime) -> io::Result<()> {
        let times = FileTimes::new().set_modified(mtime);
        reopen(of.as_handle(), Access::SetAttributes)?.set_times(times)
    }

    /// Only who may write may flush, and a file that is read-only is opened for writing by nobody.
    pub(in super::super) fn sync_file(file: &File) -> io::Result<()> {
        match file.sync_all() {
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {}
            synced => return synced,
        }
        match reopen(file.as_handle(), Access::Write) {
            Ok(writable) => writable.sync_all(),
            Err(_) if file.metadata()?.permissions().readonly() => {
                set_read_only(file, false)?;
                let synced = reopen(file.as_handle(), Access::Write)
                    .and_then(|writable| writable.sync_all());
                set_read_only(file, true).and(synced)
            }
            Err(error) => Err(error),
        }
    }

    pub(in super::super) fn sync_dir(dir: &CapDir) -> io::Result<()> {
        let writable = reopen(dir.dir.as_handle(), Access::Write)?;
        writable.sync_all().map_err(unsupported_if_unknown)
    }
}

#[cfg(unix)]
pub(super) use platform::fd;
#[cfg(windows)]
pub(super) use platform::{DIRECTORY, READ_ONLY, WRITABLE};
pub(super) use platform::{
    set_dir_mode, set_dir_mtime, set_mode, set_mode_of, set_mtime, set_owner, sync_dir, sync_file,
};
