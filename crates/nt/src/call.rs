//! What the kernel is asked about an open file, and told: blocks of memory of a known layout.

use std::ffi::OsStr;
use std::io::{Error, ErrorKind, Result};
use std::mem::size_of;
use std::os::windows::ffi::OsStrExt;
use std::os::windows::io::{AsRawHandle, BorrowedHandle};

use windows_sys::Wdk::Storage::FileSystem::{
    FILE_INFORMATION_CLASS, NtFsControlFile, NtQueryInformationFile, NtSetInformationFile,
};
use windows_sys::Win32::Foundation::{NTSTATUS, STATUS_BUFFER_OVERFLOW};
use windows_sys::Win32::System::IO::IO_STATUS_BLOCK;

/// Structures of numbers only, which the kernel may fill with anything and which may be handed to it.
///
/// # Safety
///
/// Every pattern of bits must be a value of the type, and no reference or pointer in it.
#[expect(unsafe_code, reason = "what is read from the kernel may be anything")]
pub(crate) unsafe trait Plain: Copy + Default {}

#[expect(unsafe_code, reason = "there is nothing in it")]
// SAFETY: it has no bits.
unsafe impl Plain for () {}

/// A name in the kernel's encoding.
pub(crate) fn wide(name: &OsStr) -> Result<Vec<u16>> {
    let wide: Vec<u16> = name.encode_wide().collect();
    // The kernel counts bytes, in 16 bits.
    let is_short = u16::try_from(2 * wide.len()).is_ok();
    if is_short { Ok(wide) } else { Err(Error::from(ErrorKind::InvalidFilename)) }
}

/// Asks about an open file.
pub(crate) fn ask<T: Plain>(
    file: BorrowedHandle<'_>,
    class: FILE_INFORMATION_CLASS,
) -> std::result::Result<T, NTSTATUS> {
    let mut answer = T::default();
    let mut io = IO_STATUS_BLOCK::default();
    let handle = file.as_raw_handle();
    #[expect(unsafe_code, reason = "a call of the kernel")]
    // SAFETY: the handle is open as long as it is borrowed; the answer has the length that is said, may be any bits, and is
    // written before the call returns, because files are opened for synchronous calls.
    let status = unsafe {
        NtQueryInformationFile(
            handle,
            &raw mut io,
            (&raw mut answer).cast(),
            size_of::<T>() as u32,
            class,
        )
    };
    // A name at the end that does not fit is cut.
    if status >= 0 || status == STATUS_BUFFER_OVERFLOW { Ok(answer) } else { Err(status) }
}

/// Tells an open file something of this layout.
pub(crate) fn tell<T: Plain>(
    file: BorrowedHandle<'_>,
    class: FILE_INFORMATION_CLASS,
    told: &[T],
) -> NTSTATUS {
    let mut io = IO_STATUS_BLOCK::default();
    let len = u32::try_from(size_of_val(told)).unwrap_or(u32::MAX);
    let handle = file.as_raw_handle();
    #[expect(unsafe_code, reason = "a call of the kernel")]
    // SAFETY: the handle is open as long as it is borrowed, and the kernel reads `len` bytes at most, which are borrowed, before
    // it returns.
    unsafe {
        NtSetInformationFile(handle, &raw mut io, told.as_ptr().cast(), len, class)
    }
}

/// Tells the file system of an open file something, and asks it.
pub(crate) fn control<I: Plain, O: Plain>(
    file: BorrowedHandle<'_>,
    code: u32,
    told: &[I],
) -> std::result::Result<O, NTSTATUS> {
    let mut answer = O::default();
    let mut io = IO_STATUS_BLOCK::default();
    let len = u32::try_from(size_of_val(told)).unwrap_or(u32::MAX);
    let handle = file.as_raw_handle();
    #[expect(unsafe_code, reason = "a call of the kernel")]
    // SAFETY: the handle is open as long as it is borrowed; the kernel reads `len` bytes at most, which are borrowed, and writes
    // at most the length of the answer, which may be any bits, before the call returns, because files are opened for
    // synchronous calls.
    let status = unsafe {
        NtFsControlFile(
            handle,
            std::ptr::null_mut(),
            None,
            std::ptr::null(),
            &raw mut io,
            code,
            told.as_ptr().cast(),
            len,
            (&raw mut answer).cast(),
            size_of::<O>() as u32,
        )
    };
    if status >= 0 { Ok(answer) } else { Err(status) }
}
