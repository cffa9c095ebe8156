//! How anything is written: `println!` and `eprintln!` panic where nothing can be written, and are not used.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};

use crate::failure::Failure;

/// Writes text to standard output. That a reader such as `head` has had enough is no failure.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    settle(stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()))
}

/// What it means that something was or was not written to standard output.
pub(crate) fn settle(written: io::Result<()>) -> Result<(), Failure> {
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(format!("cannot write to standard output: {error}").into())
        }
        _ => Ok(()),
    }
}

/// Says something on standard error, in one piece. There is nobody to tell that it cannot be written.
pub(crate) fn say(what: impl Display) {
    let _ = io::stderr().write_all(format!("incrdir: {what}\n").as_bytes());
}
