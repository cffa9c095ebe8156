//! Opening: never through a link, never into a mount, never waiting.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use cap_fs_ext::{FollowSymlinks, OpenOptionsFollowExt};
use cap_std::fs::{Dir, OpenOptions};

use super::CapVfs;
use super::dir::CapDir;
use super::errno::{contracted, retry};
use crate::{Access, Name};

impl CapVfs {
    pub(super) fn open_dir_at(dir: &CapDir, name: &Name) -> io::Result<CapDir> {
        CapDir::readable(&dir.dir, name.as_ref(), dir.path.join(name))
    }

    pub(super) fn create_file_at(dir: &CapDir, name: &Name) -> io::Result<File> {
        let mut options = options(Access::ReadWrite);
        options.create_new(true);
        Ok(retry(|| dir.dir.open_with(name, &options))?.into_std())
    }

    pub(super) fn open_file_at(dir: &CapDir, name: &Name, access: Access) -> io::Result<File> {
        match platform::open_here(&dir.dir, name.as_ref(), &options(access), access, false) {
            Ok(file) => Ok(file),
            Err(error) if is_link_refused(&error) => {
                Err(contracted(ErrorKind::InvalidInput)(error))
            }
            Err(error) => Err(error),
        }
    }
}

impl CapDir {
    /// Opens a directory for reading. cap-std's own are opened with `O_PATH` on Linux, which can be neither
    /// synced nor listed without opening them again.
    pub(super) fn readable(parent: &Dir, name: &Path, path: PathBuf) -> io::Result<Self> {
        let mut options = options(Access::Read);
        platform::only_directories(&mut options);
        let opened = platform::open_here(parent, name, &options, Access::Read, true);
        let file = opened.map_err(|error| {
            if is_link_refused(&error) {
                contracted(ErrorKind::NotADirectory)(error)
            } else {
                error
            }
        })?;
        Ok(Self { dir: Dir::from_std_file(file), path, listing: Mutex::default() })
    }
}

fn options(access: Access) -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(access == Access::ReadWrite).follow(FollowSymlinks::No);
    platform::never_wait(&mut options);
    options
}

/// Opens something neither for reading nor for writing, so that it needs no permission.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) fn open_for_nothing(dir: &CapDir, name: &Name) -> io::Result<File> {
    platform::open_within(&dir.dir, name.as_ref(), rustix::fs::OFlags::PATH)
}

/// What opening a link without following it says.
fn is_link_refused(error: &io::Error) -> bool {
    platform::is_link_refused(error)
}

#[cfg(unix)]
mod platform {
    use std::fs::File;
    use std::io;
    use std::path::Path;

    use cap_std::fs::{Dir, OpenOptions, OpenOptionsExt};
    use rustix::fs::OFlags;

    use super::super::errno::retry;
    use crate::Access;
    use crate::mounted;

    /// Opening a pipe would wait for its other end, opening a terminal could make it ours.
    const NEVER_WAIT: OFlags = OFlags::NONBLOCK.union(OFlags::NOCTTY);

    pub(super) fn never_wait(options: &mut OpenOptions) {
        options.custom_flags(NEVER_WAIT.bits().cast_signed());
    }

    pub(super) fn only_directories(options: &mut OpenOptions) {
        options.custom_flags((NEVER_WAIT | OFlags::DIRECTORY).bits().cast_signed());
    }

    /// Opens what the directory itself has under a name, and not what is mounted there.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub(super) fn open_here(
        dir: &Dir,
        name: &Path,
        options: &OpenOptions,
        access: Access,
        is_dir: bool,
    ) -> io::Result<File> {
        use rustix::io::Errno;

        let access = match access {
            Access::Read => OFlags::RDONLY,
            Access::ReadWrite => OFlags::RDWR,
        };
        let kind = if is_dir { OFlags::DIRECTORY } else { OFlags::empty() };
        match open_within(dir, name, access | kind | NEVER_WAIT) {
            // Kernels before 5.6, and filters that do not know it.
            Err(error)
                if matches!(Errno::from_io_error(&error), Some(Errno::NOSYS | Errno::PERM)) =>
            {
                open_and_compare(dir, name, options)
            }
            opened => opened,
        }
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub(super) fn open_within(dir: &Dir, name: &Path, flags: OFlags) -> io::Result<File> {
        use rustix::fs::{Mode, ResolveFlags, openat2};
        use rustix::io::Errno;

        let flags = flags | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let within = ResolveFlags::NO_XDEV | ResolveFlags::NO_MAGICLINKS | ResolveFlags::BENEATH;
        match retry(|| Ok(openat2(dir, name, flags, Mode::empty(), within)?)) {
            Ok(file) => Ok(file.into()),
            Err(error) if Errno::from_io_error(&error) == Some(Errno::XDEV) => Err(mounted()),
            Err(error) => Err(error),
        }
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    pub(super) fn open_here(
        dir: &Dir,
        name: &Path,
        options: &OpenOptions,
        _access: Access,
        _is_dir: bool,
    ) -> io::Result<File> {
        open_and_compare(dir, name, options)
    }

    /// The same where the system cannot be told to stay: what was opened must be where the directory is.
    fn open_and_compare(dir: &Dir, name: &Path, options: &OpenOptions) -> io::Result<File> {
        let file = retry(|| dir.open_with(name, options))?.into_std();
        if place_of(dir)? == place_of(&file)? { Ok(file) } else { Err(mounted()) }
    }

    /// The mount that something was opened in (Linux 5.8). Otherwise its device: several may be mounted as one.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn place_of(opened: impl std::os::fd::AsFd) -> io::Result<u64> {
        use rustix::fs::{AtFlags, StatxFlags, makedev, statx};

        let found = statx(opened, c"", AtFlags::EMPTY_PATH, StatxFlags::MNT_ID)?;
        Ok(match found.stx_mask & StatxFlags::MNT_ID.bits() {
            0 => makedev(found.stx_dev_major, found.stx_dev_minor),
            _ => found.stx_mnt_id,
        })
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    #[allow(clippy::unnecessary_cast, reason = "the widths differ between platforms")]
    fn place_of(opened: impl std::os::fd::AsFd) -> io::Result<u64> {
        Ok(rustix::fs::fstat(opened)?.st_dev as u64)
    }

    pub(super) fn is_link_refused(error: &std::io::Error) -> bool {
        error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error())
    }
}

#[cfg(not(unix))]
mod platform {
    use std::fs::File;
    use std::io;
    use std::path::Path;

    use cap_fs_ext::OpenOptionsMaybeDirExt;
    use cap_std::fs::{Dir, OpenOptions};

    use super::super::errno::retry;
    use crate::Access;

    /// What is mounted in a directory is a link there, which is not followed.
    pub(super) fn open_here(
        dir: &Dir,
        name: &Path,
        options: &OpenOptions,
        _access: Access,
        _is_dir: bool,
    ) -> io::Result<File> {
        Ok(retry(|| dir.open_with(name, options))?.into_std())
    }

    pub(super) fn never_wait(_options: &mut OpenOptions) {}

    pub(super) fn only_directories(options: &mut OpenOptions) {
        options.maybe_dir(true);
    }

    pub(super) fn is_link_refused(error: &std::io::Error) -> bool {
        const ERROR_STOPPED_ON_SYMLINK: i32 = 681;
        error.raw_os_error() == Some(ERROR_STOPPED_ON_SYMLINK)
    }
}
