//! The programs of tests that a build of cargo makes.

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
