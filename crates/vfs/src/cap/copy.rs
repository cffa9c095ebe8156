//! Copies of whole contents: inside the kernel as far as it goes, and holes as holes.

use std::fs::File;
use std::io;

use super::content::{read, write_at};

/// Says that it was to stop.
type Stop<'a> = &'a dyn Fn() -> bool;

/// Copies the whole content. Not `io::copy`: it begins at the positions of the two files and leaves them at their ends.
pub(super) fn copy(from: &File, to: &File, stop: Stop<'_>) -> io::Result<u64> {
    let done = holes::copy_up_to_the_last(from, to, stop)?;
    copy_range(from, to, done, u64::MAX, stop)
}

/// Copies from `start` up to `end` or the end of the file; returns how far it came. What the kernel cannot do is done
/// by reading and writing: of the last range that is one empty read where it could, and an error that was not the
/// kernel's inability comes again there.
fn copy_range(from: &File, to: &File, start: u64, end: u64, stop: Stop<'_>) -> io::Result<u64> {
    let mut done = copy_in_kernel(from, to, start, end, stop);
    let mut buffer = Vec::new();
    while done < end {
        if stop() {
            return Err(io::ErrorKind::Interrupted.into());
        }
        buffer.resize(64 << 10, 0);
        let wanted = usize::try_from(end - done).unwrap_or(usize::MAX).min(buffer.len());
        match read(from, done, &mut buffer[..wanted])? {
            0 => break,
            len => {
                write_at(to, done, &buffer[..len])?;
                done += len as u64;
            }
        }
    }
    Ok(done)
}

/// Returns how far it came.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn copy_in_kernel(from: &File, to: &File, start: u64, end: u64, stop: Stop<'_>) -> u64 {
    /// How much is copied before it is asked whether to stop: a moment's work.
    const STRETCH: usize = 64 << 20;
    /// Under which name a subscriber of `tracing` gets to see it.
    const CRATE: &str = "incrdir_vfs";
    let (mut read, mut written) = (start, start);
    while written < end && !stop() {
        let wanted = usize::try_from(end - written).unwrap_or(usize::MAX).min(STRETCH);
        match rustix::fs::copy_file_range(from, Some(&mut read), to, Some(&mut written), wanted) {
            Ok(0) => break,
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => {
                tracing::trace!(target: CRATE, %error, "not copied inside the kernel: read and written");
                break;
            }
        }
    }
    written
}

/// Returns how far it came.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn copy_in_kernel(_from: &File, _to: &File, start: u64, _end: u64, _stop: Stop<'_>) -> u64 {
    start
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod holes {
    use std::fs::File;
    use std::io;

    use rustix::fs::{SeekFrom, fstat, seek};
    use rustix::io::Errno;

    use super::super::errno::retry;
    use super::{Stop, copy_range};

    /// Copies as far as the file is known to have holes; returns how far it came. That is all of it if nothing went wrong
    /// with the seeking, and nothing of a file that has none, which costs one look.
    pub(super) fn copy_up_to_the_last(from: &File, to: &File, stop: Stop<'_>) -> io::Result<u64> {
        /// What blocks are counted in, whatever the file system's own are.
        const BLOCK: u64 = 512;
        let stat = retry(|| Ok(fstat(from)?))?;
        let (Ok(len), Ok(blocks)) = (u64::try_from(stat.st_size), u64::try_from(stat.st_blocks))
        else {
            return Ok(0);
        };
        if blocks.saturating_mul(BLOCK) >= len {
            return Ok(0);
        }
        // Seeking moves the position, which is not ours.
        let Ok(position) = seek(from, SeekFrom::Current(0)) else { return Ok(0) };
        let copied = copy_data(from, to, stop);
        retry(|| Ok(seek(from, SeekFrom::Start(position))?))?;
        copied
    }

    /// Copies what is between the holes.
    fn copy_data(from: &File, to: &File, stop: Stop<'_>) -> io::Result<u64> {
        let mut done = 0;
        loop {
            let data = match seek(from, SeekFrom::Data(done)) {
                Ok(data) => data,
                Err(Errno::NXIO) => return end_with_a_hole(from, to, done),
                Err(_) => return Ok(done),
            };
            let Ok(hole) = seek(from, SeekFrom::Hole(data)) else { return Ok(done) };
            done = copy_range(from, to, data, hole, stop)?;
            if done < hole {
                // It has become shorter.
                return Ok(done);
            }
        }
    }

    /// There is no data from `done` on.
    fn end_with_a_hole(from: &File, to: &File, done: u64) -> io::Result<u64> {
        let end = retry(|| Ok(seek(from, SeekFrom::End(0))?))?;
        if end <= done {
            return Ok(done);
        }
        retry(|| to.set_len(end))?;
        Ok(end)
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod holes {
    use std::fs::File;
    use std::io;

    use super::Stop;

    /// Returns how far it came.
    pub(super) fn copy_up_to_the_last(
        _from: &File,
        _to: &File,
        _stop: Stop<'_>,
    ) -> io::Result<u64> {
        Ok(0)
    }
}
