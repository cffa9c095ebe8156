//! Attributes with names of their own, where the system has them.

pub(super) use platform::{extended, remove_extended, set_extended};

#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
mod platform {
    use std::ffi::{OsStr, OsString};
    use std::io;
    use std::os::unix::ffi::OsStrExt;

    use rustix::fs::{XattrFlags, fgetxattr, flistxattr, fremovexattr, fsetxattr};
    use rustix::io::Errno;

    use super::super::CapVfs;
    use super::super::attributes::fd;
    use super::super::errno::{retry, unsupported_if_unknown};
    use crate::{Extended, Handle};

    /// What the system gives to each file by its own rules: labels, measurements and signatures, what an overlay
    /// keeps for itself, and by which program a file came (macOS).
    const SYSTEMS_OWN: [&[u8]; 8] = [
        b"security.selinux",
        b"security.SMACK64",
        b"security.ima",
        b"security.evm",
        b"trusted.overlay.",
        b"com.apple.provenance",
        b"com.apple.rootless",
        b"com.apple.system.",
    ];

    /// What a file says that does not have one.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    const HAS_NONE: Errno = Errno::NODATA;
    #[cfg(target_vendor = "apple")]
    const HAS_NONE: Errno = Errno::NOATTR;

    /// What a file system says that has none.
    const NO_SUCH_CALL: [Errno; 3] = [Errno::OPNOTSUPP, Errno::NOTSUP, Errno::NOSYS];

    /// As long as Linux lets one be. On macOS the resource fork is one, as long as it likes.
    const LONGEST: usize = 64 << 10;
    const USUAL: usize = 256;

    pub(in super::super) fn extended(of: Handle<'_, CapVfs>) -> io::Result<Vec<Extended>> {
        let mut found = Vec::new();
        for name in names(&of)? {
            if let Some(value) = value(&of, &name)? {
                found.push(Extended { name, value });
            }
        }
        found.sort();
        Ok(found)
    }

    /// One call for a file that has none.
    fn names(of: &Handle<'_, CapVfs>) -> io::Result<Vec<OsString>> {
        let mut buffer = vec![0; USUAL];
        let len = loop {
            match retry(|| Ok(flistxattr(fd(of), &mut buffer[..])?)) {
                Ok(len) => break len,
                Err(error) if is(&error, Errno::RANGE) && buffer.len() < LONGEST => {
                    buffer.resize(LONGEST, 0);
                }
                Err(error) if is_one_of(&error, &NO_SUCH_CALL) => {
                    return Ok(Vec::new());
                }
                Err(error) => return Err(error),
            }
        };
        let is_ours =
            |name: &&[u8]| !name.is_empty() && !SYSTEMS_OWN.iter().any(|own| name.starts_with(own));
        let names = buffer[..len].split(|byte| *byte == 0).filter(is_ours);
        Ok(names.map(|name| OsStr::from_bytes(name).to_owned()).collect())
    }

    /// `None`: it went meanwhile, or is not for the caller to see.
    fn value(of: &Handle<'_, CapVfs>, name: &OsStr) -> io::Result<Option<Vec<u8>>> {
        let mut buffer = vec![0; LONGEST];
        loop {
            match retry(|| Ok(fgetxattr(fd(of), name, &mut buffer[..])?)) {
                Ok(len) => {
                    buffer.truncate(len);
                    return Ok(Some(buffer));
                }
                Err(error) if is(&error, HAS_NONE) || is(&error, Errno::PERM) => return Ok(None),
                Err(error) if is(&error, Errno::RANGE) => {
                    let nothing: &mut [u8] = &mut [];
                    let len = retry(|| Ok(fgetxattr(fd(of), name, &mut *nothing)?))?;
                    if len <= buffer.len() {
                        return Err(error);
                    }
                    buffer.resize(len, 0);
                }
                Err(error) => return Err(error),
            }
        }
    }

    pub(in super::super) fn set_extended(
        of: Handle<'_, CapVfs>,
        attribute: &Extended,
    ) -> io::Result<()> {
        let set = || fsetxattr(fd(&of), &*attribute.name, &attribute.value, XattrFlags::empty());
        retry(|| Ok(set()?)).map_err(unsupported_if_unknown)
    }

    pub(in super::super) fn remove_extended(
        of: Handle<'_, CapVfs>,
        name: &OsString,
    ) -> io::Result<()> {
        match retry(|| Ok(fremovexattr(fd(&of), &**name)?)) {
            // Where there are none, it is not there either.
            Err(error) if is(&error, HAS_NONE) || is_one_of(&error, &NO_SUCH_CALL) => Ok(()),
            removed => removed.map_err(unsupported_if_unknown),
        }
    }

    fn is_one_of(error: &io::Error, errnos: &[Errno]) -> bool {
        errnos.iter().any(|errno| is(error, *errno))
    }

    fn is(error: &io::Error, errno: Errno) -> bool {
        error.raw_os_error() == Some(errno.raw_os_error())
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
mod platform {
    use std::ffi::OsString;
    use std::io::{self, ErrorKind};

    use super::super::CapVfs;
    use crate::{Extended, Handle};

    pub(in super::super) fn extended(_of: Handle<'_, CapVfs>) -> io::Result<Vec<Extended>> {
        Ok(Vec::new())
    }

    pub(in super::super) fn set_extended(
        _of: Handle<'_, CapVfs>,
        _attribute: &Extended,
    ) -> io::Result<()> {
        Err(ErrorKind::Unsupported.into())
    }

    pub(in super::super) fn remove_extended(
        _of: Handle<'_, CapVfs>,
        _name: &OsString,
    ) -> io::Result<()> {
        Ok(())
    }
}
