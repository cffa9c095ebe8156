//! Permissions, and making a directory durable.

#[cfg(unix)]
mod platform {
    use std::fs::File;
    use std::io;

    use rustix::fs::{Mode, fchmod, fsync};

    use super::super::CapDir;
    use super::super::errno::{retry, unsupported_if_unknown};

    pub(in super::super) fn set_mode(file: &File, mode: u32) -> io::Result<()> {
        retry(|| Ok(fchmod(file, permissions(mode))?))
    }

    pub(in super::super) fn set_dir_mode(dir: &CapDir, mode: u32) -> io::Result<()> {
        retry(|| Ok(fchmod(&dir.dir, permissions(mode))?))
    }

    pub(in super::super) fn sync_dir(dir: &CapDir) -> io::Result<()> {
        retry(|| Ok(fsync(&dir.dir)?)).map_err(unsupported_if_unknown)
    }

    fn permissions(mode: u32) -> Mode {
        // Narrower than u32 on some systems; permission bits fit everywhere.
        Mode::from_bits_truncate(mode as rustix::fs::RawMode)
    }
}

#[cfg(not(unix))]
mod platform {
    use std::fs::File;
    use std::io::{self, ErrorKind};

    use super::super::CapDir;

    pub(in super::super) fn set_mode(_file: &File, _mode: u32) -> io::Result<()> {
        Err(ErrorKind::Unsupported.into())
    }

    pub(in super::super) fn set_dir_mode(_dir: &CapDir, _mode: u32) -> io::Result<()> {
        Err(ErrorKind::Unsupported.into())
    }

    pub(in super::super) fn sync_dir(_dir: &CapDir) -> io::Result<()> {
        Err(ErrorKind::Unsupported.into())
    }
}

pub(super) use platform::{set_dir_mode, set_mode, sync_dir};
