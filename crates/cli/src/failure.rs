//! Messages of failures: operation, path and every cause, on one line.

use std::error::Error;
use std::io::{self, ErrorKind};
use std::path::Path;

/// Exit status of `run` when incrdir itself failed, as `env` and `docker run` have it.
pub(crate) const OWN_FAILURE: u8 = 125;

/// Exit status of a command that was told to end and has stopped, as shells have it for SIGINT.
pub(crate) const INTERRUPTED: u8 = 130;

/// Anything that ends a command.
pub(crate) type Failure = Box<dyn Error>;

/// An error and all its causes. A cause that only repeats what it is the cause of is not said twice.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let said = cause.to_string();
        if !text.ends_with(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        next = cause.source();
    }
    if is_beyond_the_limit(error) {
        text.push_str(
            "; this file system takes no longer files, or the limit is in the way (`ulimit -f`)",
        );
    }
    text
}

/// Whether the system refused to make a file longer.
fn is_beyond_the_limit(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(cause) = next {
        let system = cause.downcast_ref::<io::Error>().filter(|it| it.raw_os_error().is_some());
        if system.is_some_and(|error| error.kind() == ErrorKind::FileTooLarge) {
            return true;
        }
        next = cause.source();
    }
    false
}

/// Three things are "no such file" to the system.
pub(crate) fn why_not_run(program: &Path, error: &io::Error) -> String {
    let is_path = program.parent().is_some_and(|dir| !dir.as_os_str().is_empty());
    match (error.kind(), is_path) {
        (ErrorKind::NotFound, false) => "it was not found in PATH".into(),
        (ErrorKind::NotFound, true) if program.exists() => {
            "it is there, but the interpreter or loader that it names is not".into()
        }
        (ErrorKind::NotFound, true) => "it does not exist".into(),
        (ErrorKind::PermissionDenied, _) if program.is_dir() => "it is a directory".into(),
        _ => error.to_string(),
    }
}
