//! Content of files: read and write at an offset.

use std::fs::File;
use std::io::{self, ErrorKind};

pub(super) fn read(file: &File, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
    platform::at_its_position(file, || read_all(file, offset, buf))
}

pub(super) fn write_at(file: &File, offset: u64, bytes: &[u8]) -> io::Result<()> {
    platform::at_its_position(file, || write_all(file, offset, bytes))
}

fn read_all(file: &File, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
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

fn write_all(file: &File, offset: u64, bytes: &[u8]) -> io::Result<()> {
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

#[cfg(unix)]
mod platform {
    use std::fs::File;
    use std::io;
    use std::os::unix::fs::FileExt;

    /// Does something to a file that leaves its position, which is its users', where it is.
    pub(super) fn at_its_position<T>(
        _file: &File,
        work: impl FnOnce() -> io::Result<T>,
    ) -> io::Result<T> {
        work()
    }

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
    use std::io::{Seek, SeekFrom};
    use std::os::windows::fs::FileExt;

    /// Does something to a file and sets its position, which is its users' and which every call moves here, back.
    pub(super) fn at_its_position<T>(
        mut file: &File,
        work: impl FnOnce() -> io::Result<T>,
    ) -> io::Result<T> {
        let position = file.stream_position()?;
        let done = work();
        file.seek(SeekFrom::Start(position))?;
        done
    }

    pub(super) fn read_at(file: &File, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        file.seek_read(buf, offset)
    }

    pub(super) fn write_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<usize> {
        file.seek_write(bytes, offset)
    }
}
