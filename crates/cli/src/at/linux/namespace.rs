//! What incrdir itself does for a run in a namespace: it starts itself once for trial, and once to become CMD.
//!
//! No thread of this process could enter a user namespace, and a namespace of this process would not end with CMD. The
//! started process has one thread. CMD is that process, so it has the process id, the descriptors and the parent that it
//! would have had anyway.

use std::ffi::OsString;
use std::io::{self, ErrorKind, PipeReader};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use incrdir_session::Working;
use incrdir_vfs::{CapVfs, Vfs};

use crate::at::linux::answer::{self, Answer};
use crate::at::linux::plan::{Plan, Session};
use crate::at::outcome::{NotRun, Rehearsal};
use crate::at::places::Places;
use crate::failure::Failure;
use crate::output::say;

/// This program, even if its file was replaced meanwhile.
const OURSELVES: &str = "/proc/self/exe";

/// What starts this program again.
pub(crate) fn ourselves() -> io::Result<PathBuf> {
    Ok(OURSELVES.into())
}

/// Does everything for trial that can be done without a session.
pub(in crate::at) fn rehearse(places: &Places, root: &Path) -> Result<Rehearsal, Failure> {
    let (reader, writer) = answer::channel()?;
    let plan = plan(places, root, &writer, None, Vec::new());
    let child = started_with(plan).stdin(Stdio::null()).spawn();
    drop(writer);
    let mut child = match child {
        Ok(child) => child,
        Err(error) => {
            let why = format!("incrdir cannot start itself through `{OURSELVES}`: {error}");
            return Ok(Rehearsal::Unavailable(why));
        }
    };
    let answers = answer::all(reader);
    let status = child.wait()?;
    let mut outcome = Rehearsal::Killed;
    for answer in answers {
        outcome = match answer {
            Answer::Entered { by_user } => Rehearsal::Works { by_user },
            Answer::Unavailable(why) => return Ok(Rehearsal::Unavailable(why)),
            Answer::Busy(holder) => return Ok(Rehearsal::Busy(holder)),
            Answer::Refused(why) => return Err(why.into()),
            Answer::Note(_) | Answer::NotExecuted { .. } => outcome,
        };
    }
    Ok(if status.success() { outcome } else { Rehearsal::Killed })
}

/// The command that becomes CMD.
pub(in crate::at) fn enter(
    places: &Places,
    root: &Path,
    session: &Working<CapVfs>,
    command: Vec<OsString>,
) -> io::Result<(Command, Entering)> {
    let (reader, writer) = answer::channel()?;
    let id = session.unit().vfs().stat_dir(session.dir())?.stat.id;
    let path = session.path().to_path_buf();
    let session = Session { path, device: id.device, inode: id.inode };
    let plan = plan(places, root, &writer, Some(session), command);
    Ok((started_with(plan), Entering { reader, writer }))
}

fn plan(
    places: &Places,
    root: &Path,
    writer: &OwnedFd,
    session: Option<Session>,
    command: Vec<OsString>,
) -> Plan {
    let answers = answer::number_of(writer);
    Plan { answers, places: places.clone(), root: root.into(), session, command }
}

fn started_with(plan: Plan) -> Command {
    let mut command = Command::new(OURSELVES);
    command.arg0("incrdir").args(plan.into_arguments());
    command
}

/// A process that is to become CMD.
#[must_use = "whether it became CMD has to be asked for"]
pub(crate) struct Entering {
    reader: PipeReader,
    /// What the process inherits.
    writer: OwnedFd,
}

impl Entering {
    /// Waits until it has become CMD, or has ended.
    pub(crate) fn finish(self) -> Result<(), NotRun> {
        drop(self.writer);
        let mut result = Ok(());
        for answer in answer::all(self.reader) {
            match answer {
                Answer::Entered { .. } => {}
                Answer::Note(note) => say(note),
                Answer::Unavailable(why) | Answer::Refused(why) => {
                    result = Err(NotRun::Place(why.into()));
                }
                Answer::Busy(holder) => {
                    let why = format!("PATH of --at has just been taken by {holder}; run it again");
                    result = Err(NotRun::Place(why.into()));
                }
                Answer::NotExecuted { is_missing, why } => {
                    let kind = if is_missing { ErrorKind::NotFound } else { ErrorKind::Other };
                    result = Err(NotRun::Program(io::Error::new(kind, why)));
                }
            }
        }
        result
    }
}
