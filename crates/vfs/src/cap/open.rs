//! Opening: never through a link, never waiting.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use cap_fs_ext::{FollowSymlinks, OpenOptionsFollowExt};
use cap_std::fs::{Dir, OpenOptions};

use super::errno::{contracted, retry};
use super::{CapDir, CapVfs};
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
        match retry(|| dir.dir.open_with(name, &options(access))) {
            Ok(file) => Ok(file.into_std()),
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
        let file = retry(|| parent.open_with(name, &options)).map_err(|error| {
            if is_link_refused(&error) {
                contracted(ErrorKind::NotADirectory)(error)
            } else {
                error
            }
        })?;
        Ok(Self { dir: Dir::from_std_file(file.into_std()), path, listing: Mutex::default() })
    }
}

fn options(access: Access) -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(access == Access::ReadWrite).follow(FollowSymlinks::No);
    platform::never_wait(&mut options);
    options
}

/// What opening a link without following it says.
fn is_link_refused(error: &io::Error) -> bool {
    platform::is_link_refused(error)
}

#[cfg(unix)]
mod platform {
    use cap_std::fs::{OpenOptions, OpenOptionsExt};
    use rustix::fs::OFlags;

    /// Opening a pipe would wait for its other end, opening a terminal could make it ours.
    const NEVER_WAIT: OFlags = OFlags::NONBLOCK.union(OFlags::NOCTTY);

    pub(super) fn never_wait(options: &mut OpenOptions) {
        options.custom_flags(NEVER_WAIT.bits().cast_signed());
    }

    pub(super) fn only_directories(options: &mut OpenOptions) {
        options.custom_flags((NEVER_WAIT | OFlags::DIRECTORY).bits().cast_signed());
    }

    pub(super) fn is_link_refused(error: &std::io::Error) -> bool {
        error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error())
    }
}

#[cfg(not(unix))]
mod platform {
    use cap_fs_ext::OpenOptionsMaybeDirExt;
    use cap_std::fs::OpenOptions;

    pub(super) fn never_wait(_options: &mut OpenOptions) {}

    pub(super) fn only_directories(options: &mut OpenOptions) {
        options.maybe_dir(true);
    }

    pub(super) fn is_link_refused(error: &std::io::Error) -> bool {
        const ERROR_STOPPED_ON_SYMLINK: i32 = 681;
        error.raw_os_error() == Some(ERROR_STOPPED_ON_SYMLINK)
    }
}
