//! Opening: never through a link, never into a mount, never waiting.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use cap_std::fs::Dir;

use super::CapVfs;
use super::dir::CapDir;
use super::errno::contracted;
use crate::{Access, Name};

#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) use platform::open_for_nothing;

impl CapVfs {
    pub(super) fn open_dir_at(dir: &CapDir, name: &Name) -> io::Result<CapDir> {
        let opened = platform::open_dir(&dir.dir, name.as_ref());
        let file = opened.map_err(|error| if_link(error, ErrorKind::NotADirectory))?;
        Ok(CapDir::of(file, dir.path.join(name)))
    }

    pub(super) fn create_file_at(dir: &CapDir, name: &Name) -> io::Result<File> {
        platform::create_file(&dir.dir, name.as_ref())
    }

    pub(super) fn open_file_at(dir: &CapDir, name: &Name, access: Access) -> io::Result<File> {
        platform::open_file(&dir.dir, name.as_ref(), access)
            .map_err(|error| if_link(error, ErrorKind::InvalidInput))
    }
}

impl CapDir {
    /// Opens the directory that a path of the user's leads to.
    pub(super) fn ambient(path: &Path) -> io::Result<Self> {
        Ok(Self::of(platform::open_ambient(path)?, path.into()))
    }

    fn of(file: File, path: PathBuf) -> Self {
        Self { dir: Dir::from_std_file(file), path, listing: Mutex::default() }
    }
}

/// Gives what opening a link without following it says this kind.
fn if_link(error: io::Error, kind: ErrorKind) -> io::Error {
    if platform::is_link_refused(&error) { contracted(kind)(error) } else { error }
}

#[cfg(unix)]
mod platform {
    use std::fs::File;
    use std::io;
    use std::path::Path;

    use cap_fs_ext::{FollowSymlinks, OpenOptionsFollowExt};
    use cap_std::ambient_authority;
    use cap_std::fs::{Dir, OpenOptions, OpenOptionsExt};
    use rustix::fs::OFlags;

    #[cfg(any(target_os = "linux", target_os = "android"))]
    use super::super::dir::CapDir;
    use super::super::errno::retry;
    #[cfg(any(target_os = "linux", target_os = "android"))]
    use crate::Name;
    use crate::{Access, mounted};

    /// Opening a pipe would wait for its other end, opening a terminal could make it ours.
    const NEVER_WAIT: OFlags = OFlags::NONBLOCK.union(OFlags::NOCTTY);

    /// Opens a directory for reading. cap-std's own are opened with `O_PATH` on Linux, which can be neither
    /// synced nor listed without opening them again.
    pub(super) fn open_dir(dir: &Dir, name: &Path) -> io::Result<File> {
        let options = options(Access::Read, NEVER_WAIT | OFlags::DIRECTORY);
        open_here(dir, name, &options, Access::Read, true)
    }

    pub(super) fn open_file(dir: &Dir, name: &Path, access: Access) -> io::Result<File> {
        open_here(dir, name, &options(access, NEVER_WAIT), access, false)
    }

    pub(super) fn create_file(dir: &Dir, name: &Path) -> io::Result<File> {
        let mut options = options(Access::ReadWrite, NEVER_WAIT);
        options.create_new(true);
        Ok(retry(|| dir.open_with(name, &options))?.into_std())
    }

    pub(super) fn open_ambient(path: &Path) -> io::Result<File> {
        open_dir(&Dir::open_ambient_dir(path, ambient_authority())?, Path::new("."))
    }

    fn options(access: Access, flags: OFlags) -> OpenOptions {
        let mut options = OpenOptions::new();
        options.read(true).write(access == Access::ReadWrite).follow(FollowSymlinks::No);
        options.custom_flags(flags.bits().cast_signed());
        options
    }

    /// Opens what the directory itself has under a name, and not what is mounted there.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn open_here(
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

    /// Opens something neither for reading nor for writing, so that it needs no permission.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub(in super::super) fn open_for_nothing(dir: &CapDir, name: &Name) -> io::Result<File> {
        open_within(&dir.dir, name.as_ref(), OFlags::PATH)
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn open_within(dir: &Dir, name: &Path, flags: OFlags) -> io::Result<File> {
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
    fn open_here(
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

#[cfg(windows)]
mod platform {
    use std::fs::{File, OpenOptions};
    use std::io::{self, ErrorKind};
    use std::os::windows::fs::OpenOptionsExt;
    use std::os::windows::io::AsHandle;
    use std::path::Path;

    use cap_std::fs::Dir;
    use incrdir_nt::{Access as To, Kind, Make, open};

    use crate::Access;

    // What is mounted in a directory is a link there, which is not followed.

    pub(super) fn open_dir(dir: &Dir, name: &Path) -> io::Result<File> {
        open(dir.as_handle(), name.as_os_str(), To::Read, Kind::Dir, Make::Not)
    }

    pub(super) fn open_file(dir: &Dir, name: &Path, access: Access) -> io::Result<File> {
        let access = match access {
            Access::Read => To::Read,
            Access::ReadWrite => To::Write,
        };
        open(dir.as_handle(), name.as_os_str(), access, Kind::File, Make::Not)
    }

    pub(super) fn create_file(dir: &Dir, name: &Path) -> io::Result<File> {
        open(dir.as_handle(), name.as_os_str(), To::Write, Kind::File, Make::New)
    }

    #[expect(clippy::disallowed_methods, reason = "this is the real back end")]
    pub(super) fn open_ambient(path: &Path) -> io::Result<File> {
        /// Without it, no directory is opened.
        const FILE_FLAG_BACKUP_SEMANTICS: u32 = 0x0200_0000;
        let mut options = OpenOptions::new();
        let file = options.read(true).custom_flags(FILE_FLAG_BACKUP_SEMANTICS).open(path)?;
        if file.metadata()?.is_dir() { Ok(file) } else { Err(ErrorKind::NotADirectory.into()) }
    }

    /// It has its kind already.
    pub(super) fn is_link_refused(_error: &io::Error) -> bool {
        false
    }
}
