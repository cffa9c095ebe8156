//! Systems without mount namespaces.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use incrdir_session::Working;
use incrdir_vfs::CapVfs;

use crate::at::outcome::{NotRun, Rehearsal};
use crate::at::places::Places;
use crate::failure::Failure;

/// There is none.
pub(crate) enum Entering {}

impl Entering {
    pub(crate) fn finish(self) -> Result<(), NotRun> {
        match self {}
    }
}

pub(crate) fn become_program() -> Option<ExitCode> {
    None
}

pub(crate) fn ourselves() -> io::Result<PathBuf> {
    std::env::current_exe()
}

pub(super) fn rehearse(_places: &Places, _root: &Path) -> Result<Rehearsal, Failure> {
    Ok(Rehearsal::Unavailable("only Linux has mount namespaces".into()))
}

pub(super) fn enter(
    _places: &Places,
    _root: &Path,
    _session: &Working<CapVfs>,
    _command: Vec<OsString>,
) -> io::Result<(Command, Entering)> {
    Err(io::ErrorKind::Unsupported.into())
}
