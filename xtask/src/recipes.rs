//! `cargo xtask recipes`: the scripts of docs/recipes with the tools that they are for.
//!
//! A case is a script in xtask/recipes that is run in an empty directory, with this `incrdir` on its path. What it needs and
//! does not find is said as NOT RUN.

use std::path::PathBuf;
use std::time::Instant;

use crate::built::{program, target};
use crate::shell::{Result, command, output, top};

/// The exit status of a case that cannot be run, which says why in its last line.
const NOT_RUN: i32 = 77;

/// In the order of the pages, and which of their scripts measure.
const CASES: [&str; 8] =
    ["places", "cargo-trap", "cargo", "cmake", "mypy", "webpack", "make", "python-env"];
const MEASURED: [&str; 4] =
    ["measure-cargo", "measure-tools", "measure-collectors", "measure-incremental"];

/// Runs the cases whose names contain one of the words.
pub(crate) fn recipes(words: &[&str]) -> Result {
    let is_meant = |case: &&str| words.is_empty() || words.iter().any(|word| case.contains(word));
    let cases: Vec<&str> = CASES.iter().copied().filter(is_meant).collect();
    if cases.is_empty() {
        return Err(format!("no case has a name with {}", words.join(" or ")).into());
    }
    let start = Instant::now();
    let bench = Bench::new()?;
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    for case in cases {
        let begun = Instant::now();
        let done = bench.script(case)?.output()?;
        let said = String::from_utf8_lossy(&[done.stderr, done.stdout].concat()).into_owned();
        let last = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
        match done.status.code() {
            Some(0) => {
                passed += 1;
                println!("passed: {case}, in {:.1} s", begun.elapsed().as_secs_f64());
            }
            Some(NOT_RUN) => {
                skipped += 1;
                println!("NOT RUN: {case} ({last})");
            }
            _ => {
                failed += 1;
                println!("WRONG: {case}: {}", said.trim().replace('\n', " | "));
            }
        }
        bench.clear(case)?;
    }
    println!(
        "{passed} passed, {failed} failed, {skipped} skipped, in {:.1} s",
        start.elapsed().as_secs_f64()
    );
    if failed == 0 { Ok(()) } else { Err(format!("{failed} cases are wrong").into()) }
}

/// Prints the tables of the pages.
pub(crate) fn measure(words: &[&str]) -> Result {
    let bench = Bench::new()?;
    let is_meant = |case: &&str| words.is_empty() || words.iter().any(|word| case.contains(word));
    for case in MEASURED.iter().copied().filter(is_meant) {
        let mut script = bench.script(case)?;
        match script.status()?.code() {
            Some(0) => {}
            Some(NOT_RUN) => println!("NOT RUN: {case} (the line before says why)"),
            _ => return Err(format!("{case} failed").into()),
        }
        bench.clear(case)?;
    }
    Ok(())
}

/// Where cases are run: a directory for each, and the command.
struct Bench {
    scratch: tempfile::TempDir,
    path: std::ffi::OsString,
}

impl Bench {
    fn new() -> Result<Self> {
        let binary: PathBuf = match std::env::var_os("INCRDIR_BINARY") {
            Some(other) => other.into(),
            None => program("incrdir-cli", "incrdir")?,
        };
        let bin: PathBuf = binary.parent().map(Into::into).unwrap_or_default();
        let target = target();
        std::fs::create_dir_all(&target)?;
        let others = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::join_paths([bin].into_iter().chain(std::env::split_paths(&others)))?;
        Ok(Self { scratch: tempfile::tempdir_in(target)?, path })
    }

    fn script(&self, case: &str) -> Result<std::process::Command> {
        let dir = self.scratch.path().join(case);
        std::fs::create_dir(&dir)?;
        let cases = top().join("xtask/recipes");
        let mut script = command("bash");
        script.arg(cases.join(case).with_extension("sh")).current_dir(dir);
        script.env("CASES", cases).env("RECIPES", top().join("docs/recipes"));
        script.env("SOURCES", top()).env("PATH", &self.path);
        Ok(script)
    }

    fn clear(&self, case: &str) -> Result {
        let dir = self.scratch.path().join(case);
        output(command("rm").args(["-rf", "--one-file-system"]).arg(dir)).map(drop)
    }
}
