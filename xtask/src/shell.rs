//! Running other programs, from the top of the workspace.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

pub(crate) type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

/// The top of the workspace.
pub(crate) fn top() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().map_or_else(|| xtask.into(), Into::into)
}

pub(crate) fn cargo() -> Command {
    command(&std::env::var("CARGO").unwrap_or_else(|_| "cargo".into()))
}

pub(crate) fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    command.current_dir(top());
    command
}

/// Runs it with its output on the screen.
pub(crate) fn run(command: &mut Command) -> Result {
    let status = command.status().map_err(|error| format!("cannot run {command:?}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{command:?} failed: {status}").into()) }
}

/// Runs it and takes its standard output.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let Output { status, stdout, stderr } =
        command.output().map_err(|error| format!("cannot run {command:?}: {error}"))?;
    if status.success() {
        Ok(String::from_utf8(stdout)?)
    } else {
        Err(format!("{command:?} failed: {status}: {}", String::from_utf8_lossy(&stderr)).into())
    }
}

/// Whether a program can be run at all.
pub(crate) fn has(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok()
}
