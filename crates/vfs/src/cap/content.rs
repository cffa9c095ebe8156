//! Content of files: read and write at an offset, copy, clone.

use std::fs::File;
use std::io::{self, ErrorKind};

use super::errno::unsupported_if_unknown;

pub(super) fn read(file: &File, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
    let mut done = 0;
    while done < buf.len() {
        match platform::read_at(file, &mut buf[done..], offset + done as u64) {
            Ok(0) => break,
            Ok(read) => done += read,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(done)
}

pub(super) fn write_at(file: &File, offset: u64, bytes: &[u8]) -> io::Result<()> {
    let mut done = 0;
    while done < bytes.len() {
        match platform::write_at(file, &bytes[done..], offset + done as u64) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(written) => done += written,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Copies inside the kernel as far as it goes, and the rest by reading and writing. That is nothing but one
/// empty read where the kernel did it all; an error that was not the kernel's inability comes again there.
///
/// Not `io::copy`: it begins at the positions of the two files and leaves them at their ends.
pub(super) fn copy(from: &File, to: &File) -> io::Result<u64> {
    let mut done = copy_in_kernel(from, to);
    let mut buffer = vec![0; 64 << 10];
    loop {
        match read(from, done, &mut buffer)? {
            0 => return Ok(done),
            len => {
                write_at(to, done, &buffer[..len])?;
                done += len as u64;
            }
        }
    }
}

/// Returns how far it came.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn copy_in_kernel(from: &File, to: &File) -> u64 {
    /// The most that one call takes.
    const WHOLE: usize = 0x7FFF_F000;
    let (mut read, mut written) = (0, 0);
    loop {
        match rustix::fs::copy_file_range(from, Some(&mut read), to, Some(&mut written), WHOLE) {
            Ok(0) => return written,
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(_) => return written,
        }
    }
}

/// Returns how far it came.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn copy_in_kernel(_from: &File, _to: &File) -> u64 {
    0
}

#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) fn clone_file(from: &File, to: &File) -> io::Result<()> {
    super::errno::retry(|| Ok(rustix::fs::ioctl_ficlone(to, from)?)).map_err(unsupported_if_unknown)
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) fn clone_file(_from: &File, _to: &File) -> io::Result<()> {
    Err(unsupported_if_unknown(ErrorKind::Unsupported.into()))
}

#[cfg(unix)]
mod platform {
    use std::fs::File;
    use std::io;
    use std::os::unix::fs::FileExt;

    pub(super) fn read_at(file: &File, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        file.read_at(buf, offset)
    }

    pub(super) fn write_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<usize> {
        file.write_at(bytes, offset)
    }
}

#[cfg(windows)]
mod platform {
    use std::fs::File;
    use std::io;
    use std::os::windows::fs::FileExt;

    pub(super) fn read_at(file: &File, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        file.seek_read(buf, offset)
    }

    pub(super) fn write_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<usize> {
        file.seek_write(bytes, offset)
    }
}
