//! How anything is written: `println!` and `eprintln!` panic where nothing can be written, and are not used.
//!
//! What people read goes through [`visible`], here and nowhere else. Documents for programs are written as they are.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};

use crate::failure::Failure;
use crate::visible::visible;

/// Writes lines for people to standard output.
pub(crate) fn print_lines(lines: &[String]) -> Result<(), Failure> {
    let mut text = String::new();
    for line in lines {
        text.push_str(&visible(line));
        text.push('\n');
    }
    print(&text)
}

/// Writes a document for programs to standard output, as it is.
pub(crate) fn print_document(text: &str) -> Result<(), Failure> {
    print(text)
}

/// That a reader such as `head` has had enough is no failure.
fn print(text: &str) -> Result<(), Failure> {
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

/// Says something on standard error, on one line and in one piece. There is nobody to tell that it cannot be written.
pub(crate) fn say(what: impl Display) {
    let line = format!("incrdir: {}\n", visible(&what.to_string()));
    let _ = io::stderr().write_all(line.as_bytes());
}
