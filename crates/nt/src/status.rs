//! What the kernel answers, as errors.

use std::io::{Error, ErrorKind, Result};

use windows_sys::Win32::Foundation::{
    ERROR_ACCESS_DENIED, ERROR_SHARING_VIOLATION, NTSTATUS, RtlNtStatusToDosError,
    STATUS_DELETE_PENDING, STATUS_DIRECTORY_NOT_EMPTY, STATUS_FILE_DELETED,
    STATUS_FILE_IS_A_DIRECTORY, STATUS_INVALID_DEVICE_REQUEST, STATUS_INVALID_INFO_CLASS,
    STATUS_INVALID_PARAMETER, STATUS_NOT_A_DIRECTORY, STATUS_NOT_IMPLEMENTED,
    STATUS_NOT_SAME_DEVICE, STATUS_NOT_SUPPORTED, STATUS_OBJECT_NAME_COLLISION,
    STATUS_OBJECT_NAME_INVALID, STATUS_OBJECT_NAME_NOT_FOUND, STATUS_OBJECT_PATH_NOT_FOUND,
    STATUS_PRIVILEGE_NOT_HELD, STATUS_SHARING_VIOLATION, STATUS_TOO_MANY_LINKS,
};

/// What the status says: nothing, or an error.
pub(crate) fn checked(status: NTSTATUS) -> Result<()> {
    if status >= 0 { Ok(()) } else { Err(error_of(status)) }
}

/// The system's own error; one with a contracted kind has it as its source.
fn error_of(status: NTSTATUS) -> Error {
    #[expect(unsafe_code, reason = "a call of the system")]
    // SAFETY: it takes any number.
    let code = unsafe { RtlNtStatusToDosError(status) };
    let error = Error::from_raw_os_error(code.cast_signed());
    match kind_of(status) {
        Some(kind) if kind != error.kind() => Error::new(kind, error),
        _ => error,
    }
}

fn kind_of(status: NTSTATUS) -> Option<ErrorKind> {
    Some(match status {
        STATUS_OBJECT_NAME_NOT_FOUND | STATUS_OBJECT_PATH_NOT_FOUND | STATUS_FILE_DELETED => {
            ErrorKind::NotFound
        }
        STATUS_OBJECT_NAME_COLLISION => ErrorKind::AlreadyExists,
        STATUS_OBJECT_NAME_INVALID => ErrorKind::InvalidFilename,
        STATUS_FILE_IS_A_DIRECTORY => ErrorKind::IsADirectory,
        STATUS_NOT_A_DIRECTORY => ErrorKind::NotADirectory,
        STATUS_DIRECTORY_NOT_EMPTY => ErrorKind::DirectoryNotEmpty,
        STATUS_SHARING_VIOLATION => ErrorKind::ResourceBusy,
        STATUS_DELETE_PENDING | STATUS_PRIVILEGE_NOT_HELD => ErrorKind::PermissionDenied,
        STATUS_TOO_MANY_LINKS => ErrorKind::TooManyLinks,
        STATUS_NOT_SAME_DEVICE => ErrorKind::CrossesDevices,
        status if is_unknown(status) && status != STATUS_INVALID_PARAMETER => {
            ErrorKind::Unsupported
        }
        _ => return None,
    })
}

/// Whether the file system, or an older Windows, does not know what was asked of it.
pub(crate) fn is_unknown(status: NTSTATUS) -> bool {
    matches!(
        status,
        STATUS_INVALID_INFO_CLASS
            | STATUS_INVALID_PARAMETER
            | STATUS_INVALID_DEVICE_REQUEST
            | STATUS_NOT_IMPLEMENTED
            | STATUS_NOT_SUPPORTED
    )
}

/// Whether the system refuses access, for want of a right or because something below is open.
pub fn is_denied(error: &Error) -> bool {
    has_code(error, ERROR_ACCESS_DENIED)
}

/// Whether somebody has it open without sharing it.
pub fn is_shared(error: &Error) -> bool {
    has_code(error, ERROR_SHARING_VIOLATION)
}

fn has_code(error: &Error, code: u32) -> bool {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
    inner.unwrap_or(error).raw_os_error() == Some(code.cast_signed())
}
