//! Names: make, rename, link, remove.

#[cfg(unix)]
mod platform {
    use std::ffi::OsString;
    use std::io;

    use super::super::dir::CapDir;
    use super::super::errno::{retry, unsupported_if_unknown};
    use crate::Name;

    pub(in super::super) fn create_dir(dir: &CapDir, name: &Name) -> io::Result<()> {
        retry(|| dir.dir.create_dir(name))
    }

    pub(in super::super) fn remove_dir(dir: &CapDir, name: &Name) -> io::Result<()> {
        retry(|| dir.dir.remove_dir(name))
    }

    pub(in super::super) fn remove_file(dir: &CapDir, name: &Name) -> io::Result<()> {
        retry(|| dir.dir.remove_file(name))
    }

    pub(in super::super) fn rename(
        from_dir: &CapDir,
        from: &Name,
        to_dir: &CapDir,
        to: &Name,
    ) -> io::Result<()> {
        retry(|| from_dir.dir.rename(from, &to_dir.dir, to))
    }

    /// One call where the system has it, else `Unsupported`.
    #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
    pub(in super::super) fn rename_new(
        from_dir: &CapDir,
        from: &Name,
        to_dir: &CapDir,
        to: &Name,
    ) -> io::Result<()> {
        use rustix::fs::{RenameFlags, renameat_with};
        let (from, to) = (from.as_os_str(), to.as_os_str());
        let rename = || renameat_with(&from_dir.dir, from, &to_dir.dir, to, RenameFlags::NOREPLACE);
        retry(|| Ok(rename()?)).map_err(unsupported_if_unknown)
    }

    /// One call where the system has it, else `Unsupported`.
    #[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
    pub(in super::super) fn rename_new(
        _from_dir: &CapDir,
        _from: &Name,
        _to_dir: &CapDir,
        _to: &Name,
    ) -> io::Result<()> {
        Err(unsupported_if_unknown(io::ErrorKind::Unsupported.into()))
    }

    pub(in super::super) fn hard_link(
        from_dir: &CapDir,
        from: &Name,
        to_dir: &CapDir,
        to: &Name,
    ) -> io::Result<()> {
        retry(|| from_dir.dir.hard_link(from, &to_dir.dir, to))
    }

    pub(in super::super) fn read_link(dir: &CapDir, name: &Name) -> io::Result<OsString> {
        Ok(retry(|| dir.dir.read_link_contents(name))?.into_os_string())
    }

    pub(in super::super) fn symlink(
        target: &OsString,
        dir: &CapDir,
        name: &Name,
    ) -> io::Result<()> {
        retry(|| dir.dir.symlink_contents(target, name))
    }
}

#[cfg(windows)]
mod platform {
    use std::ffi::OsString;
    use std::fs::File;
    use std::io::{self, ErrorKind};
    use std::os::windows::io::AsHandle;

    use incrdir_nt::{Access, Kind, Look, Make, is_denied, look, open};

    use super::super::dir::CapDir;
    use super::super::errno::contracted;
    use super::super::machine::random;
    use crate::Name;

    fn open_any(dir: &CapDir, name: &Name, access: Access) -> io::Result<File> {
        open(dir.dir.as_handle(), name.as_os_str(), access, Kind::Any, Make::Not)
    }

    pub(in super::super) fn create_dir(dir: &CapDir, name: &Name) -> io::Result<()> {
        open(dir.dir.as_handle(), name.as_os_str(), Access::Look, Kind::Dir, Make::New).map(drop)
    }

    pub(in super::super) fn remove_dir(dir: &CapDir, name: &Name) -> io::Result<()> {
        let file = open_any(dir, name, Access::Delete)?;
        let found = look(file.as_handle())?;
        if !is_dir(&found) {
            return Err(ErrorKind::NotADirectory.into());
        }
        match incrdir_nt::remove_at_once(file.as_handle()) {
            Err(error) if error.kind() == ErrorKind::Unsupported => {
                incrdir_nt::remove_when_closed(file.as_handle())
            }
            removed => removed,
        }
    }

    /// Of a link to a directory, which is a directory itself, the link.
    pub(in super::super) fn remove_file(dir: &CapDir, name: &Name) -> io::Result<()> {
        let file = open_any(dir, name, Access::Delete)?;
        let found = look(file.as_handle())?;
        if is_dir(&found) {
            return Err(ErrorKind::IsADirectory.into());
        }
        remove_or_hide(dir, &file)
    }

    /// What is open goes when it is closed, unless the file system knows better (NTFS since Windows 10). So that its name is
    /// free at once all the same, it gets another one; not a directory, which would take names under the new one.
    fn remove_or_hide(dir: &CapDir, file: &File) -> io::Result<()> {
        match incrdir_nt::remove_at_once(file.as_handle()) {
            Err(error) if error.kind() == ErrorKind::Unsupported => {}
            removed => return removed,
        }
        incrdir_nt::remove_when_closed(file.as_handle())?;
        let number = u64::from(random()) << 32 | u64::from(random());
        let name = format!(".nt_removed{number:016x}");
        // Where even that is refused, the name stays until then.
        let _ = incrdir_nt::rename(file.as_handle(), dir.dir.as_handle(), name.as_ref(), false);
        Ok(())
    }

    pub(in super::super) fn rename(
        from_dir: &CapDir,
        from: &Name,
        to_dir: &CapDir,
        to: &Name,
    ) -> io::Result<()> {
        let file = open_any(from_dir, from, Access::Delete)?;
        let found = look(file.as_handle())?;
        let (to_handle, replaces) = (to_dir.dir.as_handle(), !is_dir(&found));
        let rename = || incrdir_nt::rename(file.as_handle(), to_handle, to.as_os_str(), replaces);
        match rename() {
            Err(error) if is_denied(&error) || error.kind() == ErrorKind::AlreadyExists => {
                make_way(&found, to_dir, to, error)?;
                rename().map_err(busy_while_open)
            }
            renamed => renamed,
        }
    }

    /// And no link to one.
    fn is_dir(found: &Look) -> bool {
        found.is_dir && !found.is_link
    }

    /// No directory is put in place of another one, and why a name is not replaced is not told: says it, removes an
    /// empty directory, or returns with the name free.
    fn make_way(from: &Look, to_dir: &CapDir, to: &Name, refused: io::Error) -> io::Result<()> {
        let file = match open_any(to_dir, to, Access::Look) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(busy_while_open(refused));
            }
            Err(error) => return Err(error),
        };
        let found = look(file.as_handle())?;
        drop(file);
        match (is_dir(from), is_dir(&found)) {
            (true, false) => Err(ErrorKind::NotADirectory.into()),
            (false, true) => Err(ErrorKind::IsADirectory.into()),
            (false, false) => Err(busy_while_open(refused)),
            (true, true) if (from.volume, from.id) == (found.volume, found.id) => {
                Err(busy_while_open(refused))
            }
            (true, true) => remove_dir(to_dir, to),
        }
    }

    pub(in super::super) fn rename_new(
        from_dir: &CapDir,
        from: &Name,
        to_dir: &CapDir,
        to: &Name,
    ) -> io::Result<()> {
        let file = open_any(from_dir, from, Access::Delete)?;
        incrdir_nt::rename(file.as_handle(), to_dir.dir.as_handle(), to.as_os_str(), false)
            .map_err(busy_while_open)
    }

    /// Windows denies access while anything below is open: that is the one error that time cures.
    fn busy_while_open(error: io::Error) -> io::Error {
        if is_denied(&error) { contracted(ErrorKind::ResourceBusy)(error) } else { error }
    }

    pub(in super::super) fn hard_link(
        from_dir: &CapDir,
        from: &Name,
        to_dir: &CapDir,
        to: &Name,
    ) -> io::Result<()> {
        let file = open_any(from_dir, from, Access::SetAttributes)?;
        incrdir_nt::link(file.as_handle(), to_dir.dir.as_handle(), to.as_os_str())
    }

    pub(in super::super) fn read_link(dir: &CapDir, name: &Name) -> io::Result<OsString> {
        let file = open_any(dir, name, Access::Look)?;
        if !look(file.as_handle())?.is_link {
            return Err(ErrorKind::InvalidInput.into());
        }
        Ok(dir.dir.read_link_contents(name)?.into_os_string())
    }

    /// Windows has two kinds of links, and which one is meant cannot be known before the target exists.
    pub(in super::super) fn symlink(
        target: &OsString,
        dir: &CapDir,
        name: &Name,
    ) -> io::Result<()> {
        const ERROR_PRIVILEGE_NOT_HELD: i32 = 1314;
        dir.dir.symlink_file(target, name).map_err(|error| match error.raw_os_error() {
            Some(ERROR_PRIVILEGE_NOT_HELD) => contracted(ErrorKind::PermissionDenied)(error),
            _ => error,
        })?;
        // Wine says that it has made one, and makes none.
        match open_any(dir, name, Access::Look) {
            Err(error) if error.kind() == ErrorKind::NotFound => Err(ErrorKind::Unsupported.into()),
            _ => Ok(()),
        }
    }
}

pub(super) use platform::{
    create_dir, hard_link, read_link, remove_dir, remove_file, rename, rename_new, symlink,
};
