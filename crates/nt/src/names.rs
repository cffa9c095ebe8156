//! Names of what is open for [`Access::Delete`](crate::Access) or more.

use std::ffi::OsStr;
use std::io::{ErrorKind, Result};
use std::mem::offset_of;
use std::os::windows::io::{AsRawHandle, BorrowedHandle};

use windows_sys::Wdk::Storage::FileSystem::{
    FILE_BASIC_INFORMATION, FILE_DISPOSITION_DELETE, FILE_DISPOSITION_IGNORE_READONLY_ATTRIBUTE,
    FILE_DISPOSITION_POSIX_SEMANTICS, FILE_LINK_INFORMATION, FILE_RENAME_IGNORE_READONLY_ATTRIBUTE,
    FILE_RENAME_INFORMATION, FILE_RENAME_POSIX_SEMANTICS, FILE_RENAME_REPLACE_IF_EXISTS,
    FileBasicInformation, FileDispositionInformation, FileDispositionInformationEx,
    FileLinkInformation, FileRenameInformation, FileRenameInformationEx,
};
use windows_sys::Win32::Foundation::STATUS_CANNOT_DELETE;
use windows_sys::Win32::Storage::FileSystem::{FILE_ATTRIBUTE_NORMAL, FILE_ATTRIBUTE_READONLY};

use crate::call::{Plain, ask, tell, wide};
use crate::open::{Access, reopen};
use crate::status::{checked, is_unknown};

/// Gives an open file or directory another name, in the same directory or another one.
///
/// `replaces`: a file takes the place of a file, at once also if that is open, where the file system can.
///
/// # Errors
///
/// `AlreadyExists` for a name that is not replaced; whatever else the system says, which denies access while something
/// below a directory is open.
pub fn rename(
    file: BorrowedHandle<'_>,
    dir: BorrowedHandle<'_>,
    name: &OsStr,
    replaces: bool,
) -> Result<()> {
    let named = |flags| place(dir, name, flags);
    if replaces {
        let flags = FILE_RENAME_REPLACE_IF_EXISTS
            | FILE_RENAME_POSIX_SEMANTICS
            | FILE_RENAME_IGNORE_READONLY_ATTRIBUTE;
        let status = tell(file, FileRenameInformationEx, &named(flags)?);
        if !is_unknown(status) {
            return checked(status);
        }
    }
    checked(tell(file, FileRenameInformation, &named(u32::from(replaces))?))
}

/// Gives an open file one more name.
///
/// # Errors
///
/// `AlreadyExists`, `TooManyLinks`, `CrossesDevices`; `Unsupported` where there are none.
pub fn link(file: BorrowedHandle<'_>, dir: BorrowedHandle<'_>, name: &OsStr) -> Result<()> {
    const {
        assert!(offset_of!(FILE_LINK_INFORMATION, FileName) == AT_NAME);
        assert!(offset_of!(FILE_LINK_INFORMATION, RootDirectory) == AT_DIR);
    }
    checked(tell(file, FileLinkInformation, &place(dir, name, 0)?))
}

/// Removes the name by which it was opened, at once, although others may have it open.
///
/// # Errors
///
/// `DirectoryNotEmpty`; `Unsupported` where that cannot be done; whatever else the system says.
pub fn remove_at_once(file: BorrowedHandle<'_>) -> Result<()> {
    let flags = FILE_DISPOSITION_DELETE
        | FILE_DISPOSITION_POSIX_SEMANTICS
        | FILE_DISPOSITION_IGNORE_READONLY_ATTRIBUTE;
    let status = tell(file, FileDispositionInformationEx, &[flags]);
    if is_unknown(status) { Err(ErrorKind::Unsupported.into()) } else { checked(status) }
}

/// Removes the name by which it was opened, when it is closed by all who have it open.
///
/// # Errors
///
/// `DirectoryNotEmpty`; whatever else the system says.
pub fn remove_when_closed(file: BorrowedHandle<'_>) -> Result<()> {
    let pending = || tell(file, FileDispositionInformation, &[1_u8]);
    match pending() {
        STATUS_CANNOT_DELETE => {
            make_writable(file)?;
            checked(pending())
        }
        status => checked(status),
    }
}

/// Takes the attribute away that keeps a file from being removed.
fn make_writable(file: BorrowedHandle<'_>) -> Result<()> {
    use std::os::windows::io::AsHandle;

    let file = reopen(file, Access::SetAttributes)?;
    // Zeros leave the times as they are.
    let mut told = FILE_BASIC_INFORMATION::default();
    let found: FILE_BASIC_INFORMATION = ask(file.as_handle(), FileBasicInformation)
        .or_else(|status| checked(status).map(|()| told))?;
    told.FileAttributes = match found.FileAttributes & !FILE_ATTRIBUTE_READONLY {
        0 => FILE_ATTRIBUTE_NORMAL,
        others => others,
    };
    checked(tell(file.as_handle(), FileBasicInformation, &[told]))
}

#[expect(unsafe_code, reason = "these are numbers")]
// SAFETY: a number.
unsafe impl Plain for u32 {}
#[expect(unsafe_code, reason = "these are numbers")]
// SAFETY: a number.
unsafe impl Plain for u8 {}
#[expect(unsafe_code, reason = "these are numbers")]
// SAFETY: a number.
unsafe impl Plain for u64 {}

const AT_DIR: usize = offset_of!(FILE_RENAME_INFORMATION, RootDirectory);
const AT_LEN: usize = offset_of!(FILE_RENAME_INFORMATION, FileNameLength);
const AT_NAME: usize = offset_of!(FILE_RENAME_INFORMATION, FileName);

/// A name in a directory, as renaming and linking take it: flags, directory, length, name. In words, so that it lies as the
/// kernel wants it to.
fn place(dir: BorrowedHandle<'_>, name: &OsStr, flags: u32) -> Result<Vec<u64>> {
    let name: Vec<u8> = wide(name)?.into_iter().flat_map(u16::to_ne_bytes).collect();
    let mut bytes = vec![0; AT_NAME];
    bytes[..4].copy_from_slice(&flags.to_ne_bytes());
    bytes[AT_DIR..][..size_of::<usize>()]
        .copy_from_slice(&(dir.as_raw_handle() as usize).to_ne_bytes());
    bytes[AT_LEN..][..4].copy_from_slice(&(name.len() as u32).to_ne_bytes());
    bytes.extend(name);
    // Nobody reads what is behind the name.
    bytes.resize(bytes.len().next_multiple_of(8), 0);
    let words =
        bytes.chunks_exact(8).map(|word| u64::from_ne_bytes(word.try_into().unwrap_or_default()));
    Ok(words.collect())
}
