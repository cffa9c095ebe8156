//! Opening and making, by a name in an open directory.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{Error, ErrorKind, Result};
use std::mem::size_of;
use std::os::windows::io::{AsRawHandle, BorrowedHandle, FromRawHandle};
use std::ptr::{from_ref, null, null_mut};

use windows_sys::Wdk::Foundation::OBJECT_ATTRIBUTES;
use windows_sys::Wdk::Storage::FileSystem::{
    FILE_CREATE, FILE_DIRECTORY_FILE, FILE_NON_DIRECTORY_FILE, FILE_OPEN, FILE_OPEN_REPARSE_POINT,
    FILE_SYNCHRONOUS_IO_NONALERT, NtCreateFile,
};
use windows_sys::Win32::Foundation::{
    HANDLE, OBJ_CASE_INSENSITIVE, STATUS_DELETE_PENDING, UNICODE_STRING,
};
use windows_sys::Win32::Storage::FileSystem::{
    DELETE, FILE_ATTRIBUTE_NORMAL, FILE_GENERIC_READ, FILE_GENERIC_WRITE, FILE_READ_ATTRIBUTES,
    FILE_SHARE_DELETE, FILE_SHARE_READ, FILE_SHARE_WRITE, FILE_TRAVERSE, FILE_WRITE_ATTRIBUTES,
    SYNCHRONIZE,
};
use windows_sys::Win32::System::IO::IO_STATUS_BLOCK;

use crate::call::wide;
use crate::look::{is_link, is_read_through, is_removed};
use crate::status::checked;

/// What is to be done with what is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
// Exhaustive: callers choose one of them.
pub enum Access {
    /// To look at it only.
    Look,
    /// To read it, or to list it and what is below it.
    Read,
    /// To read and write it.
    Write,
    /// To set its times and attributes.
    SetAttributes,
    /// To rename or to remove it.
    Delete,
}

impl Access {
    fn bits(self) -> u32 {
        // Whoever opens it has to be told whether it is a link.
        let looks = FILE_READ_ATTRIBUTES | SYNCHRONIZE;
        looks
            | match self {
                Self::Look => 0,
                Self::Read => FILE_GENERIC_READ | FILE_TRAVERSE,
                Self::Write => FILE_GENERIC_READ | FILE_GENERIC_WRITE,
                Self::SetAttributes => FILE_WRITE_ATTRIBUTES,
                Self::Delete => DELETE,
            }
    }
}

/// What is opened or made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
// Exhaustive: callers choose one of them.
pub enum Kind {
    /// Whatever has the name; of a link, the link.
    Any,
    /// A directory. A link or anything else is `NotADirectory`.
    Dir,
    /// A file. A link is `InvalidInput`, a directory `IsADirectory`.
    File,
}

/// Whether it is to be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
// Exhaustive: callers choose one of them.
pub enum Make {
    /// It is to be there, else `NotFound`.
    Not,
    /// It is made. A name that exists, whatever it is, is `AlreadyExists`.
    New,
}

/// Opens what has the name in the directory, or makes it. Others may read, write, rename and remove it meanwhile, and no
/// process inherits it.
///
/// # Errors
///
/// As [`Kind`] and [`Make`] say; `ResourceBusy` if somebody has it open without sharing it; `PermissionDenied` also for a
/// name that is being removed; `NotFound` also in a directory that is removed.
pub fn open(
    dir: BorrowedHandle<'_>,
    name: &OsStr,
    access: Access,
    kind: Kind,
    make: Make,
) -> Result<File> {
    let named = |options| create(dir, name, access.bits(), options, make);
    let of_kind = match kind {
        Kind::Any => 0,
        Kind::Dir => FILE_DIRECTORY_FILE,
        Kind::File => FILE_NON_DIRECTORY_FILE,
    };
    let file = named(of_kind | FILE_OPEN_REPARSE_POINT)?;
    if make == Make::New || kind == Kind::Any {
        return Ok(file);
    }
    match (is_link(&file)?, kind) {
        (true, Kind::Dir) => Err(ErrorKind::NotADirectory.into()),
        (true, _) => Err(Error::new(ErrorKind::InvalidInput, "it is a link")),
        // Compressed, or in a cloud: what reads it has to pass through what keeps it. No link can have taken its place
        // unseen, because links are looked for on what is opened.
        (false, _) if is_read_through(&file)? => {
            let through = named(of_kind)?;
            if is_link(&through)? {
                return Err(Error::new(ErrorKind::InvalidInput, "it became a link"));
            }
            Ok(through)
        }
        (false, _) => Ok(file),
    }
}

/// Opens what is open once more, for something else.
///
/// # Errors
///
/// As [`open`].
pub fn reopen(file: BorrowedHandle<'_>, access: Access) -> Result<File> {
    create(file, OsStr::new(""), access.bits(), FILE_OPEN_REPARSE_POINT, Make::Not)
}

fn create(
    dir: BorrowedHandle<'_>,
    name: &OsStr,
    access: u32,
    options: u32,
    make: Make,
) -> Result<File> {
    let mut wide = wide(name)?;
    let bytes = (2 * wide.len()) as u16;
    let name = UNICODE_STRING { Length: bytes, MaximumLength: bytes, Buffer: wide.as_mut_ptr() };
    let attributes = OBJECT_ATTRIBUTES {
        Length: size_of::<OBJECT_ATTRIBUTES>() as u32,
        RootDirectory: dir.as_raw_handle(),
        ObjectName: from_ref(&name),
        // As all programs have it.
        Attributes: OBJ_CASE_INSENSITIVE,
        SecurityDescriptor: null(),
        SecurityQualityOfService: null(),
    };
    let disposition = match make {
        Make::Not => FILE_OPEN,
        Make::New => FILE_CREATE,
    };
    let mut handle: HANDLE = null_mut();
    let mut io = IO_STATUS_BLOCK::default();
    #[expect(unsafe_code, reason = "a call of the kernel")]
    // SAFETY: the directory is open as long as it is borrowed; the name lives until the end of this function and has the
    // length that is said; the kernel writes the handle and the block before it returns.
    let status = unsafe {
        NtCreateFile(
            &raw mut handle,
            access,
            from_ref(&attributes),
            &raw mut io,
            null(),
            FILE_ATTRIBUTE_NORMAL,
            FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
            disposition,
            options | FILE_SYNCHRONOUS_IO_NONALERT,
            null(),
            0,
        )
    };
    if status == STATUS_DELETE_PENDING && is_removed(dir) {
        return Err(ErrorKind::NotFound.into());
    }
    checked(status)?;
    #[expect(unsafe_code, reason = "what the kernel gives is a number")]
    // SAFETY: the kernel has just opened it for us, and nobody else knows its number.
    Ok(unsafe { File::from_raw_handle(handle) })
}
