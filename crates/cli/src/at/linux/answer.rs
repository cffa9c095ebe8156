//! What the process that becomes CMD tells incrdir before it becomes CMD: lines of JSON through a pipe.
//!
//! Becoming CMD closes the pipe. So its end means that CMD runs, unless an error was told before.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, PipeReader, Write};
use std::os::fd::{AsRawFd, OwnedFd, RawFd};

use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Answer {
    /// It is in a mount namespace, and if so, in a user namespace too.
    Entered { by_user: bool },
    /// Something to know that is no error.
    Note(String),
    /// There are no namespaces to be had.
    Unavailable(String),
    /// Who has PATH.
    Busy(String),
    /// Something is not as CMD needs it.
    Refused(String),
    /// CMD could not be executed.
    NotExecuted { is_missing: bool, why: String },
}

/// A pipe, with the end to write to open in programs that are started from now on.
pub(super) fn channel() -> io::Result<(PipeReader, OwnedFd)> {
    let (reader, writer) = io::pipe()?;
    // Unlike every other way to copy a descriptor, this one does not mark it to be closed on exec.
    Ok((reader, rustix::io::dup(&writer)?))
}

pub(super) fn number_of(end: &OwnedFd) -> RawFd {
    end.as_raw_fd()
}

/// Everything that was told. Whoever tells may be killed in the middle of a line.
pub(super) fn all(reader: PipeReader) -> Vec<Answer> {
    let lines = BufReader::new(reader).lines().map_while(Result::ok);
    lines.filter_map(|line| serde_json::from_str(&line).ok()).collect()
}

/// The end to write to, in the other process.
pub(super) struct Teller(File);

impl Teller {
    /// Opens the inherited descriptor anew, so that CMD does not inherit it, and closes it.
    pub(super) fn take_over(number: RawFd) -> io::Result<Self> {
        let file = OpenOptions::new().write(true).open(format!("/proc/self/fd/{number}"))?;
        nix::unistd::close(number)?;
        Ok(Self(file))
    }

    /// If incrdir is gone, there is nobody to tell.
    pub(super) fn tell(&self, answer: &Answer) {
        let mut line = serde_json::to_vec(answer).expect("BUG: texts can be written");
        line.push(b'\n');
        let _ = (&self.0).write_all(&line);
    }
}
