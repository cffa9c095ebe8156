//! What the tests of the command share.
#![allow(dead_code, reason = "not every test file uses all of it")]

#[cfg(target_os = "linux")]
pub(crate) mod at;
#[cfg(unix)]
pub(crate) mod mounted;
pub(crate) mod shared;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::thread;
use std::time::{Duration, Instant};

pub(crate) const INCRDIR: &str = env!("CARGO_BIN_EXE_incrdir");

/// Becomes what follows, with the usual reactions to signals.
pub(crate) const HEEDS: &str =
    "$SIG{$_} = 'DEFAULT' for qw(HUP INT QUIT TERM USR1 USR2); exec @ARGV";

/// A cache in a temporary directory.
pub(crate) struct Cache {
    pub(crate) dir: tempfile::TempDir,
}

impl Cache {
    pub(crate) fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.dir.path().join("root")
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// `incrdir run --root … --unit demo OPTIONS -- sh -c SCRIPT`
    pub(crate) fn command(&self, options: &[&str], script: &str) -> Command {
        self.command_of(Command::new(INCRDIR), options, script)
    }

    /// The same, ignoring no signal. The tests may have been started by somebody who ignores some: `nohup`, and shells
    /// that start something in the background.
    pub(crate) fn heeding_command(&self, options: &[&str], script: &str) -> Command {
        let mut starter = Command::new("perl");
        starter.args(["-e", HEEDS, INCRDIR]);
        self.command_of(starter, options, script)
    }

    fn command_of(&self, mut command: Command, options: &[&str], script: &str) -> Command {
        command.arg("run").arg("--root").arg(self.root()).args(["--unit", "demo"]).args(options);
        command.args(["--", "sh", "-c", script]).current_dir(self.dir.path());
        command.env("INCRDIR_CONFIG", "");
        command
    }

    pub(crate) fn run(&self, options: &[&str], script: &str) -> Output {
        self.command(options, script).output().unwrap()
    }

    /// What is in the root besides what marks it as a cache.
    pub(crate) fn units(&self) -> Vec<String> {
        let mut units = names(&self.root());
        units.retain(|name| name != "CACHEDIR.TAG");
        units
    }

    /// The one unit.
    pub(crate) fn unit(&self) -> PathBuf {
        let units = self.units();
        assert_eq!(units.len(), 1, "{units:?}");
        self.root().join(&units[0])
    }

    /// The published sessions, oldest first.
    pub(crate) fn published(&self) -> Vec<PathBuf> {
        let is_published = |name: &String| {
            name.starts_with("s-") && !name.ends_with(".lock") && !name.ends_with("-working")
        };
        let unit = self.unit();
        names(&unit).into_iter().filter(is_published).map(|name| unit.join(name)).collect()
    }
}

pub(crate) fn incrdir(arguments: &[impl AsRef<OsStr>]) -> Output {
    Command::new(INCRDIR).args(arguments).env("INCRDIR_CONFIG", "").output().unwrap()
}

pub(crate) fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Waits until something is so.
#[track_caller]
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(30), "waited in vain: {what}");
        thread::sleep(Duration::from_millis(10));
    }
}
