//! A file that shares the blocks of another, as ReFS has them ("block cloning").
//!
//! Written from Microsoft's description of the calls; no ReFS has run it yet.

use std::fs::File;
use std::io::{Error, ErrorKind, Result};
use std::os::windows::io::{AsHandle, AsRawHandle};

use windows_sys::Win32::Storage::FileSystem::FILE_ATTRIBUTE_SPARSE_FILE;
use windows_sys::Win32::System::Ioctl::{
    DUPLICATE_EXTENTS_DATA, FSCTL_DUPLICATE_EXTENTS_TO_FILE, FSCTL_GET_INTEGRITY_INFORMATION,
    FSCTL_GET_INTEGRITY_INFORMATION_BUFFER, FSCTL_SET_INTEGRITY_INFORMATION,
    FSCTL_SET_INTEGRITY_INFORMATION_BUFFER, FSCTL_SET_SPARSE,
};

use crate::call::{Plain, control};
use crate::look::attributes;
use crate::status::{checked, is_unknown};

/// `DUPLICATE_EXTENTS_DATA`, with the handle as a number: what it is to the kernel.
#[derive(Debug, Clone, Copy, Default)]
#[repr(C)]
struct Extents {
    from: usize,
    from_start: i64,
    start: i64,
    len: i64,
}

const _: () = assert!(size_of::<Extents>() == size_of::<DUPLICATE_EXTENTS_DATA>());

#[expect(unsafe_code, reason = "these are numbers")]
// SAFETY: numbers, whose every pattern of bits is a value.
unsafe impl Plain for Extents {}
#[expect(unsafe_code, reason = "these are numbers")]
// SAFETY: as above.
unsafe impl Plain for FSCTL_GET_INTEGRITY_INFORMATION_BUFFER {}
#[expect(unsafe_code, reason = "these are numbers")]
// SAFETY: as above.
unsafe impl Plain for FSCTL_SET_INTEGRITY_INFORMATION_BUFFER {}

/// Gives an empty file the length and the blocks of another one of the same volume.
///
/// Both need the same kind of checksums, and a file with holes shares with such files only, so the empty file is made like
/// the other first. Blocks are shared whole: the last one is shared to its end, whatever the length.
///
/// # Errors
///
/// [`ErrorKind::Unsupported`] if the file system shares no blocks, or not those of these two files. Others are the system's. The
/// new file may have the length of the other then, and holds nothing of use.
pub fn clone(from: &File, to: &File) -> Result<()> {
    let checksums: FSCTL_GET_INTEGRITY_INFORMATION_BUFFER =
        asked::<(), _>(from, FSCTL_GET_INTEGRITY_INFORMATION, None)?;
    let same = FSCTL_SET_INTEGRITY_INFORMATION_BUFFER {
        ChecksumAlgorithm: checksums.ChecksumAlgorithm,
        Reserved: 0,
        Flags: checksums.Flags,
    };
    told(to, FSCTL_SET_INTEGRITY_INFORMATION, Some(same))?;
    if attributes(from.as_handle())? & FILE_ATTRIBUTE_SPARSE_FILE != 0 {
        told::<()>(to, FSCTL_SET_SPARSE, None)?;
    }
    let len = from.metadata()?.len();
    to.set_len(len)?;
    for (start, len) in spans(len, checksums.ClusterSizeInBytes.into()) {
        let from = from.as_raw_handle() as usize;
        told(
            to,
            FSCTL_DUPLICATE_EXTENTS_TO_FILE,
            Some(Extents { from, from_start: start, start, len }),
        )?;
    }
    Ok(())
}

/// Starts and lengths of the calls that share so many bytes: whole blocks, and less than 4 GiB each.
fn spans(len: u64, block: u64) -> impl Iterator<Item = (i64, i64)> {
    let block = block.max(1);
    let all = len.next_multiple_of(block);
    let most = ((1 << 32) - block).max(block) / block * block;
    (0..all).step_by(most as usize).map(move |start| (start as i64, most.min(all - start) as i64))
}

fn told<I: Plain>(file: &File, code: u32, input: Option<I>) -> Result<()> {
    asked::<I, ()>(file, code, input)
}

fn asked<I: Plain, O: Plain>(file: &File, code: u32, input: Option<I>) -> Result<O> {
    control(file.as_handle(), code, input.as_slice()).or_else(|status| {
        checked(status).and(Err(ErrorKind::Other.into())).map_err(|error: Error| {
            if is_unknown(status) { Error::new(ErrorKind::Unsupported, error) } else { error }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::spans;

    #[test]
    fn blocks_are_shared_whole() {
        let spans = |len, block| spans(len, block).collect::<Vec<_>>();
        assert_eq!(spans(0, 4096), []);
        assert_eq!(spans(1, 4096), [(0, 4096)]);
        assert_eq!(spans(65536, 65536), [(0, 65536)]);
        let most = (1 << 32) - 4096;
        assert_eq!(spans(1 << 32, 4096), [(0, most), (most, 4096)]);
        assert_eq!(spans((1 << 33) + 1, 4096), [(0, most), (most, most), (2 * most, 3 * 4096)]);
    }
}
