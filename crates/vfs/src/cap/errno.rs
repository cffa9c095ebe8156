//! The kinds that the contract names, where the system's own are others.

use std::io::{Error, ErrorKind};

/// Retries what a signal interrupted.
pub(super) fn retry<T>(mut call: impl FnMut() -> std::io::Result<T>) -> std::io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// Gives an error the contracted kind, keeping what the system said as its source.
pub(super) fn contracted(kind: ErrorKind) -> impl FnOnce(Error) -> Error {
    move |error| Error::new(kind, error)
}

/// Whether a system call does not know what was asked of it on this file system.
#[cfg(unix)]
pub(super) fn is_unknown_to_the_system(error: &Error) -> bool {
    use rustix::io::Errno;
    let unknown =
        [Errno::NOSYS, Errno::OPNOTSUPP, Errno::NOTSUP, Errno::INVAL, Errno::NOTTY, Errno::NOLCK];
    error.raw_os_error().is_some_and(|raw| unknown.contains(&Errno::from_raw_os_error(raw)))
}

/// Whether a system call does not know what was asked of it on this file system.
#[cfg(windows)]
pub(super) fn is_unknown_to_the_system(error: &Error) -> bool {
    const ERROR_INVALID_FUNCTION: i32 = 1;
    const ERROR_NOT_SUPPORTED: i32 = 50;
    matches!(error.raw_os_error(), Some(ERROR_INVALID_FUNCTION | ERROR_NOT_SUPPORTED))
}

/// `Unsupported` for what the system does not know.
pub(super) fn unsupported_if_unknown(error: Error) -> Error {
    if is_unknown_to_the_system(&error) { contracted(ErrorKind::Unsupported)(error) } else { error }
}
