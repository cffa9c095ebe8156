//! Standard output and standard error, without `println!` and `eprintln!`, which panic if nothing can be written.
//!
//! What people read goes through [`visible`], here and nowhere else. Documents for programs are written as they are. Whether there are colours is decided here,
//! too: on a terminal, unless NO_COLOR says no, and where CLICOLOR_FORCE says so.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};

use crate::failure::Failure;
use crate::progress::aside;
use crate::styled::Line;
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

/// Writes lines for people to standard output, in colours where there are any.
pub(crate) fn print_styled(lines: &[Line]) -> Result<(), Failure> {
    let mut text = String::new();
    for line in lines {
        text.push_str(&line.coloured());
        text.push('\n');
    }
    let mut stdout = anstream::stdout().lock();
    settle(aside(|| stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush())))
}

/// Writes a document for programs to standard output, as it is.
pub(crate) fn print_document(text: &str) -> Result<(), Failure> {
    print(text)
}

/// A reader that stops early, such as `head`, is no failure.
fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    settle(aside(|| stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush())))
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

/// How many errors of one kind are printed. Documents have them all.
const FEW: usize = 3;

/// Writes the first few of many errors to standard error, each as [`say`] does. `of`: what they are of.
pub(crate) fn say_few(errors: &[String], of: &str) {
    errors.iter().take(FEW).for_each(say);
    if let Some(more) = errors.len().checked_sub(FEW).filter(|more| *more > 0) {
        say(format_args!("{more} more could not be read in {of}"));
    }
}

/// Writes a message to standard error, as one line and in one piece. If that fails, there is nowhere to report it.
pub(crate) fn say(what: impl Display) {
    let line = format!("incrdir: {}\n", visible(&what.to_string()));
    let _ = aside(|| io::stderr().write_all(line.as_bytes()));
}
