//! The program that `run` runs: what it is given, and how it ended. How signals reach it is in `signals.rs`.

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitStatus;

use incrdir_session::Working;
use incrdir_vfs::CapVfs;

use crate::at::{NotRun, Stage};
use crate::failure::chain;
use crate::output::say;
use crate::signals::Signals;

#[cfg(unix)]
pub(crate) use unix::{adopt_orphans, has_survivors, keep_open, signal_of};

/// Starts the program and waits for it. The lock file stays open in it, so that the session lives as long
/// as anybody may write in it; and it is noted, because it may close what it inherits.
pub(crate) fn run(
    command: &[OsString],
    session: &mut Working<CapVfs>,
    stage: &mut Stage,
    signals: &Signals,
) -> Result<ExitStatus, NotRun> {
    let shown = stage.shown(session.path());
    let (program, arguments) = command.split_first().expect("BUG: clap demands a program");
    let replaced = arguments.iter().map(|argument| replace_session(argument, &shown));
    let command = std::iter::once(program.clone()).chain(replaced).collect();
    let (mut command, entering) = stage.command(session, command)?;
    command.env("INCRDIR_SESSION", &shown);
    let child = {
        let _inherited = keep_open(session.lock_file())?;
        let _inherited_too = stage.lease_file().map(keep_open).transpose()?;
        adopt_orphans();
        command.spawn()?
    };
    // At once: a signal that came while the child is noted was taken for one that ends the work of incrdir, and the session
    // was left to a later collection.
    match &entering {
        Some(_) => signals.starts(&child),
        None => signals.runs(&child),
    }
    if let Err(error) = session.note_child(child.id()) {
        say(format_args!("cannot note that CMD is running: {}", chain(&error)));
    }
    let entered = entering.map_or(Ok(()), |entering| entering.finish());
    signals.runs(&child);
    let status = signals.wait(child)?;
    entered.map(|()| status)
}

const PLACEHOLDER: &str = "{session}";

/// Puts the session's path wherever the argument says `{session}`.
#[cfg(unix)]
fn replace_session(argument: &OsString, session: &Path) -> OsString {
    use std::os::unix::ffi::{OsStrExt, OsStringExt};

    let mut rest = argument.as_bytes();
    let mut replaced = Vec::new();
    while let Some(at) = rest.windows(PLACEHOLDER.len()).position(|w| w == PLACEHOLDER.as_bytes()) {
        replaced.extend(&rest[..at]);
        replaced.extend(session.as_os_str().as_bytes());
        rest = &rest[at + PLACEHOLDER.len()..];
    }
    replaced.extend(rest);
    OsString::from_vec(replaced)
}

/// Puts the session's path wherever the argument says `{session}`, if the argument is Unicode.
#[cfg(not(unix))]
fn replace_session(argument: &OsString, session: &Path) -> OsString {
    match argument.to_str() {
        Some(text) => text.replace(PLACEHOLDER, &session.to_string_lossy()).into(),
        None => argument.clone(),
    }
}

#[cfg(unix)]
mod unix {
    use std::fs::File;
    use std::io;
    use std::os::fd::OwnedFd;
    use std::os::unix::process::ExitStatusExt;
    use std::process::ExitStatus;

    use rustix::process::{WaitId, WaitIdOptions, waitid};

    /// A descriptor of the lock file that programs started from now on inherit.
    pub(crate) fn keep_open(lock: &File) -> io::Result<OwnedFd> {
        // Unlike every other way to copy a descriptor, this one does not mark it to be closed on exec.
        Ok(rustix::io::dup(lock)?)
    }

    /// The signal that ended a program.
    pub(crate) fn signal_of(status: ExitStatus) -> Option<i32> {
        status.signal()
    }

    /// From now on, processes whose parents end become children of this one, whoever started them. Without it they are
    /// not seen.
    pub(crate) fn adopt_orphans() {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        let _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
    }

    /// Whether processes are still running that the program has left behind. Where orphans are not adopted, none are seen.
    pub(crate) fn has_survivors() -> bool {
        loop {
            match waitid(WaitId::All, WaitIdOptions::EXITED | WaitIdOptions::NOHANG) {
                // One that has ended: is there another one?
                Ok(Some(_)) | Err(rustix::io::Errno::INTR) => {}
                Ok(None) => return true,
                Err(_) => return false,
            }
        }
    }
}

#[cfg(not(unix))]
mod elsewhere {
    use std::fs::File;
    use std::io;
    use std::process::ExitStatus;

    /// Handles are not inherited here.
    pub(crate) struct NotInherited;

    pub(crate) fn keep_open(_lock: &File) -> io::Result<NotInherited> {
        Ok(NotInherited)
    }

    pub(crate) fn signal_of(_status: ExitStatus) -> Option<i32> {
        None
    }

    pub(crate) fn adopt_orphans() {}

    /// That cannot be seen here.
    pub(crate) fn has_survivors() -> bool {
        false
    }
}

#[cfg(not(unix))]
pub(crate) use elsewhere::{adopt_orphans, has_survivors, keep_open, signal_of};

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::ffi::OsStringExt;

    use super::*;

    #[test]
    fn the_session_is_put_in_wherever_it_is_asked_for() {
        let session = Path::new("/c/s");
        for (argument, expected) in [
            ("{session}", "/c/s"),
            ("--a={session}/x:{session}", "--a=/c/s/x:/c/s"),
            ("{sess}", "{sess}"),
        ] {
            assert_eq!(replace_session(&argument.into(), session), expected);
        }
        let odd = OsString::from_vec(b"\xff{session}".to_vec());
        assert_eq!(replace_session(&odd, session), OsString::from_vec(b"\xff/c/s".to_vec()));
    }
}
