//! Programs that write into a session.

use std::fs::File;
use std::io;
use std::process::{self, Command};

use incrdir_session::Working;
use incrdir_vfs::CapVfs;

use crate::{Error, observe};

/// Starts a program for a session. The lock file stays open in it, so that the session lives as long as it does; and it is noted
/// in the record, because it may close what it inherits.
pub(crate) fn spawn(
    working: &mut Working<CapVfs>,
    command: &mut Command,
) -> Result<process::Child, Error> {
    let spawned = {
        let kept = keep_open(working.lock_file());
        kept.and_then(|_kept| command.spawn())
    };
    let child = spawned.map_err(|error| {
        Error::Io(incrdir_vfs::Error::new("start", command.get_program(), error))
    })?;
    observe::started(child.id());
    // It is as well kept by the lock, as long as it does not close what it inherits.
    if let Err(error) = working.note_child(child.id()) {
        observe::not_noted(&error);
    }
    Ok(child)
}

/// A descriptor of the lock file that programs started meanwhile inherit. Unlike every other way to copy a descriptor, this one
/// does not mark it to be closed on exec.
#[cfg(unix)]
fn keep_open(lock: &File) -> io::Result<std::os::fd::OwnedFd> {
    Ok(rustix::io::dup(lock)?)
}

/// Handles are not inherited here.
#[cfg(not(unix))]
fn keep_open(lock: &File) -> io::Result<&File> {
    Ok(lock)
}
