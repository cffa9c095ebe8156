//! What is known of an open file or directory.

use std::fs::File;
use std::io::Result;
use std::os::windows::io::{AsHandle, BorrowedHandle};
use std::time::{Duration, SystemTime};

use windows_sys::Wdk::Storage::FileSystem::{
    FILE_BASIC_INFORMATION, FILE_INTERNAL_INFORMATION, FILE_STANDARD_INFORMATION,
    FileAttributeTagInformation, FileBasicInformation, FileIdInformation, FileInternalInformation,
    FileStandardInformation,
};
use windows_sys::Win32::Storage::FileSystem::{
    FILE_ATTRIBUTE_DIRECTORY, FILE_ATTRIBUTE_READONLY, FILE_ATTRIBUTE_REPARSE_POINT,
    FILE_ATTRIBUTE_TAG_INFO, FILE_ID_128, FILE_ID_INFO,
};

use crate::call::{Plain, ask};
use crate::status::checked;
use crate::volume::serial;

/// A file, a directory or a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Look {
    /// The number of the volume.
    pub volume: u64,
    /// Its number in there.
    pub id: u64,
    /// Whether it is a directory; a junction and a link to a directory are, too.
    pub is_dir: bool,
    /// Whether it is a symbolic link or a junction.
    pub is_link: bool,
    /// Whether it may not be written to.
    pub is_read_only: bool,
    /// Length in bytes.
    pub len: u64,
    /// Bytes on the medium.
    pub allocated: u64,
    /// Number of names; 0 once the last one is gone or about to go.
    pub links: u64,
    /// When its content was last changed.
    pub written: SystemTime,
    /// When anything of it was last changed.
    pub changed: SystemTime,
}

#[expect(unsafe_code, reason = "these are numbers")]
// SAFETY: numbers and arrays of numbers, whose every pattern of bits is a value.
unsafe impl Plain for FILE_BASIC_INFORMATION {}
#[expect(unsafe_code, reason = "these are numbers")]
// SAFETY: as above.
unsafe impl Plain for FILE_ID_INFO {}
#[expect(unsafe_code, reason = "these are numbers")]
// SAFETY: as above.
unsafe impl Plain for FILE_INTERNAL_INFORMATION {}
#[expect(unsafe_code, reason = "these are numbers")]
// SAFETY: as above.
unsafe impl Plain for FILE_ATTRIBUTE_TAG_INFO {}
#[expect(unsafe_code, reason = "these are numbers")]
// SAFETY: as above.
unsafe impl Plain for Standard {}

/// `FILE_STANDARD_INFORMATION`, whose truth values are bytes: the kernel may put any number there.
#[derive(Debug, Clone, Copy, Default)]
#[repr(C)]
struct Standard {
    allocated: i64,
    len: i64,
    links: u32,
    is_removed: u8,
    is_dir: u8,
}

const _: () = assert!(size_of::<Standard>() == size_of::<FILE_STANDARD_INFORMATION>());

/// Looks at what is open.
///
/// # Errors
///
/// Whatever the system says.
pub fn look(file: BorrowedHandle<'_>) -> Result<Look> {
    let basic: FILE_BASIC_INFORMATION = ask(file, FileBasicInformation).or_else(failed)?;
    let standard = standard(file)?;
    let (volume, id) = identity(file)?;
    let has = |attribute| basic.FileAttributes & attribute != 0;
    let links = u64::from(standard.links);
    Ok(Look {
        volume,
        id,
        is_dir: has(FILE_ATTRIBUTE_DIRECTORY),
        is_link: has(FILE_ATTRIBUTE_REPARSE_POINT) && stands_for_another(tag(file)?),
        is_read_only: has(FILE_ATTRIBUTE_READONLY),
        len: u64::try_from(standard.len).unwrap_or(0),
        allocated: u64::try_from(standard.allocated).unwrap_or(0),
        // Some count the name that is about to go.
        links: if standard.is_removed != 0 && links <= 1 { 0 } else { links },
        written: time(basic.LastWriteTime),
        changed: time(basic.ChangeTime),
    })
}

/// The bits that say what kind of file it is.
pub(crate) fn attributes(file: BorrowedHandle<'_>) -> Result<u32> {
    let basic: FILE_BASIC_INFORMATION = ask(file, FileBasicInformation).or_else(failed)?;
    Ok(basic.FileAttributes)
}

fn standard(file: BorrowedHandle<'_>) -> Result<Standard> {
    ask(file, FileStandardInformation).or_else(failed)
}

fn failed<T>(status: i32) -> Result<T> {
    checked(status).and(Err(std::io::ErrorKind::Other.into()))
}

/// Whether what is open has been removed, as far as that can be told.
pub(crate) fn is_removed(file: BorrowedHandle<'_>) -> bool {
    standard(file).is_ok_and(|standard| standard.is_removed != 0)
}

/// Volume and number. Where there are numbers of 128 bits (ReFS), they are folded.
fn identity(file: BorrowedHandle<'_>) -> Result<(u64, u64)> {
    if let Ok(found) = ask::<FILE_ID_INFO>(file, FileIdInformation) {
        return Ok((found.VolumeSerialNumber, folded(found.FileId)));
    }
    // FAT knows only the shorter one.
    let found: FILE_INTERNAL_INFORMATION = ask(file, FileInternalInformation).or_else(failed)?;
    Ok((serial(file)?, found.IndexNumber.cast_unsigned()))
}

/// As it is where the upper half is not used, as on NTFS. ReFS has the number of the directory there and that of the file
/// in it below: two files of one volume have one result with the probability of 2^-64.
pub(crate) fn folded(id: FILE_ID_128) -> u64 {
    let id = u128::from_le_bytes(id.Identifier);
    let (upper, lower) = ((id >> 64) as u64, id as u64);
    lower ^ upper.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(32)
}

/// Whether it is a link of any kind.
pub(crate) fn is_link(file: &File) -> Result<bool> {
    tag(file.as_handle()).map(stands_for_another)
}

/// Whether something else gives its content.
pub(crate) fn is_read_through(file: &File) -> Result<bool> {
    Ok(tag(file.as_handle())? != 0)
}

/// What kind of reparse point it is; 0: none.
fn tag(file: BorrowedHandle<'_>) -> Result<u32> {
    let told: FILE_ATTRIBUTE_TAG_INFO = ask(file, FileAttributeTagInformation).or_else(failed)?;
    let is_one = told.FileAttributes & FILE_ATTRIBUTE_REPARSE_POINT != 0;
    Ok(if is_one { told.ReparseTag } else { 0 })
}

/// Links and junctions stand for something under another name. What is compressed or in a cloud does not.
pub(crate) fn stands_for_another(tag: u32) -> bool {
    const NAME_SURROGATE: u32 = 0x2000_0000;
    tag & NAME_SURROGATE != 0
}

/// The kernel counts steps of 100 ns since 1601. What the clock type cannot hold becomes its epoch.
fn time(steps: i64) -> SystemTime {
    /// From 1601 to 1970.
    const EPOCH: i64 = 116_444_736_000_000_000;
    let since = steps.saturating_sub(EPOCH);
    let count = since.unsigned_abs();
    let span = Duration::new(count / 10_000_000, (count % 10_000_000) as u32 * 100);
    let time = match since < 0 {
        true => SystemTime::UNIX_EPOCH.checked_sub(span),
        false => SystemTime::UNIX_EPOCH.checked_add(span),
    };
    time.unwrap_or(SystemTime::UNIX_EPOCH)
}
