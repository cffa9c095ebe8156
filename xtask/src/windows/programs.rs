//! The test programs: built, run, and what each test of them came to.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::means::{Means, TARGET, dir};
use super::wine::Wine;
use crate::shell::{Result, output};
use crate::test_programs::{Program, programs};

/// What is run: all that reaches a file system, and what they are made of. The rest computes in memory only, the same
/// everywhere.
const PACKAGES: [&str; 12] = [
    "incrdir-nt",
    "incrdir-naming",
    "incrdir-record",
    "incrdir-vfs",
    "incrdir-lockfs",
    "incrdir-session",
    "incrdir-gc",
    "incrdir-discover",
    "incrdir-probe",
    "incrdir-remote",
    "incrdir",
    "incrdir-cli",
];

/// The package of the scenarios on real file systems and of the storm: as much again as all others.
const LARGEST: &str = "incrdir-sim";

/// How much is run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    All,
    /// Without the scenarios and the storm.
    WithoutLargest,
}

/// A program that takes longer hangs.
const LONGEST: Duration = Duration::from_secs(1200);

/// What came of a test.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    Passed,
    Failed,
    /// With the reason that the test gives.
    Ignored(String),
}

/// What came of a program.
pub(crate) struct Ran {
    pub(crate) tests: BTreeMap<String, Outcome>,
    /// How it ended, if not as a program of tests does.
    pub(crate) broken: Option<String>,
    pub(crate) printed: String,
    pub(crate) took: Duration,
}

/// Builds them and the command, and says which they are.
pub(crate) fn build(means: &Means, extent: Extent) -> Result<Vec<Program>> {
    let mut build = means.cargo();
    build.args(["build", "--all-features", "--lib", "--bins", "--tests", "--target", TARGET]);
    let largest = (extent == Extent::All).then_some(LARGEST);
    build.args(PACKAGES.into_iter().chain(largest).flat_map(|package| ["--package", package]));
    build.args(["--message-format", "json-render-diagnostics"]);
    build.stderr(Stdio::inherit());
    let mut programs = programs(&output(&mut build)?)?;
    programs.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(programs)
}

impl Program {
    /// Runs its tests, but for these.
    pub(crate) fn run(&self, wine: &Wine, left_out: &[&str]) -> Result<Ran> {
        let log = dir().join(format!("{}.log", self.name.replace(' ', "-")));
        let mut command = wine.command(&self.path);
        command.args(left_out.iter().flat_map(|test| ["--skip", test]));
        command.current_dir(&self.package).env("CARGO_MANIFEST_DIR", &self.package);
        let start = Instant::now();
        let ended = run_for(LONGEST, &mut command, &log)?;
        let mut bytes = Vec::new();
        File::open(&log)?.read_to_end(&mut bytes)?;
        let printed = String::from_utf8_lossy(&bytes).replace('\r', "");
        let tests = outcomes(&printed);
        let has_ended = printed.lines().any(|line| line.starts_with("test result: "));
        let broken = match ended {
            None => Some(format!("did not end within {} s", LONGEST.as_secs())),
            Some(status) if !has_ended => Some(format!("ended with {status} and no result")),
            Some(_) => None,
        };
        Ok(Ran { tests, broken, printed, took: start.elapsed() })
    }
}

/// Runs it with its output in a file; `None`: it was ended.
fn run_for(
    longest: Duration,
    command: &mut Command,
    log: &Path,
) -> Result<Option<std::process::ExitStatus>> {
    let out = File::create(log)?;
    let mut child = command.stderr(out.try_clone()?).stdout(out).spawn()?;
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if start.elapsed() > longest {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        sleep(Duration::from_millis(20));
    }
}

/// What the lines say: `test NAME ... ok`, `FAILED`, `ignored, REASON`.
fn outcomes(printed: &str) -> BTreeMap<String, Outcome> {
    let outcome = |line: &str| {
        let (name, came) = line.strip_prefix("test ")?.rsplit_once(" ... ")?;
        let name = name.strip_suffix(" - should panic").unwrap_or(name).to_string();
        let outcome = match came.split_once(", ") {
            Some(("ignored", reason)) => Outcome::Ignored(reason.into()),
            _ if came == "ok" => Outcome::Passed,
            _ if came == "ignored" => Outcome::Ignored("no reason".into()),
            _ => Outcome::Failed,
        };
        Some((name, outcome))
    };
    printed.lines().filter_map(outcome).collect()
}
