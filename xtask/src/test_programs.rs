//! The programs of tests that a build of cargo makes, and what came of them.

use std::fmt;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::shell::Result;

/// A program of tests.
pub(crate) struct Program {
    pub(crate) path: PathBuf,
    /// The directory of its package, in which cargo would run it.
    pub(crate) package: PathBuf,
    pub(crate) name: String,
}

/// Those that the messages of a build tell of (`--message-format json-render-diagnostics`).
pub(crate) fn programs(messages: &str) -> Result<Vec<Program>> {
    let programs: Vec<_> = messages.lines().filter_map(program).collect();
    match programs.is_empty() {
        true => Err("cargo names no test program".into()),
        false => Ok(programs),
    }
}

/// The names of those that were only checked.
pub(crate) fn names_of_tests(messages: &str) -> Result<Vec<String>> {
    let mut names: Vec<_> = messages.lines().filter_map(name_of_test).collect();
    names.sort();
    match names.is_empty() {
        true => Err("cargo names no test program".into()),
        false => Ok(names),
    }
}

fn name_of_test(line: &str) -> Option<String> {
    let message: Value = serde_json::from_str(line).ok()?;
    let is_test = message["profile"]["test"].as_bool()?;
    let package = Path::new(message["manifest_path"].as_str()?).parent()?;
    is_test.then_some(())?;
    Some(name(package, &message))
}

/// Its package's directory and its own name: the library's is that of the package.
fn name(package: &Path, message: &Value) -> String {
    let of = package.file_name().unwrap_or_default().to_string_lossy();
    format!("{of} {}", message["target"]["name"].as_str().unwrap_or_default())
}

fn program(line: &str) -> Option<Program> {
    let message: Value = serde_json::from_str(line).ok()?;
    let is_test = message["profile"]["test"].as_bool()?;
    let path = Path::new(message["executable"].as_str().filter(|_| is_test)?);
    let package = Path::new(message["manifest_path"].as_str()?).parent()?;
    Some(Program { path: path.into(), package: package.into(), name: name(package, &message) })
}

/// What came of the tests of a program.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
    pub(crate) skipped: usize,
}

impl Count {
    /// What a program of tests says at its end: `test result: ok. 3 passed; 0 failed; 1 ignored; …`.
    pub(crate) fn of(printed: &str) -> Self {
        let last = printed.lines().rfind(|line| line.starts_with("test result: "));
        let words: Vec<&str> = last.unwrap_or_default().split([' ', ';']).collect();
        let before = |what: &str| {
            let at = words.iter().position(|word| *word == what);
            at.and_then(|at| words.get(at.checked_sub(1)?)?.parse().ok()).unwrap_or(0)
        };
        Self { passed: before("passed"), failed: before("failed"), skipped: before("ignored") }
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_says_how_many() {
        let printed = "running 9 tests\ntest result: FAILED. 6 passed; 1 failed; 2 ignored; 0 measured; 0 filtered out\n";
        assert_eq!(Count::of(printed), Count { passed: 6, failed: 1, skipped: 2 });
        assert_eq!(Count::of(""), Count::default());
    }
}
