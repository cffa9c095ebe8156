//! Several machines, each a root, and the store that they share: a directory.
#![allow(dead_code, reason = "not every test file uses all of it")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use super::INCRDIR;

pub(crate) struct Shared {
    pub(crate) dir: tempfile::TempDir,
}

impl Shared {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("store")).unwrap();
        Self { dir }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn store(&self) -> PathBuf {
        self.path("store")
    }

    pub(crate) fn url(&self) -> String {
        format!("file://{}", self.store().display())
    }

    /// `incrdir run --root ROOT --unit demo OPTIONS -- sh -c SCRIPT`. STORE stands for the URL of the store.
    pub(crate) fn command(&self, root: &str, options: &[&str], script: &str) -> Command {
        let mut command = self.incrdir(&["run", "--root", root, "--unit", "demo"]);
        command.args(self.options(options)).args(["--", "sh", "-c", script]);
        command
    }

    pub(crate) fn run(&self, root: &str, options: &[&str], script: &str) -> Output {
        self.command(root, options, script).output().unwrap()
    }

    /// `incrdir remote COMMAND STORE OPTIONS`
    pub(crate) fn remote(&self, command: &str, options: &[&str]) -> Output {
        let url = self.url();
        self.incrdir(&["remote", command, &url]).args(self.options(options)).output().unwrap()
    }

    fn incrdir(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(INCRDIR);
        command.args(arguments).current_dir(self.dir.path()).env("INCRDIR_CONFIG", "");
        command
    }

    fn options(&self, options: &[&str]) -> Vec<String> {
        options.iter().map(|it| it.replace("STORE", &self.url())).collect()
    }

    pub(crate) fn report(&self) -> Value {
        serde_json::from_str(&std::fs::read_to_string(self.path("report.json")).unwrap()).unwrap()
    }

    /// The files below one of the kinds of the store: `o` are objects, `n` notes, `demo-…` manifests.
    pub(crate) fn files(&self, kind: &str) -> Vec<PathBuf> {
        let top = self.store().join("1");
        let kinds = super::names(&top).into_iter().filter(|name| name.starts_with(kind));
        kinds.flat_map(|kind| objects(&top.join(kind))).collect()
    }
}

/// All files below a directory, sorted.
pub(crate) fn objects(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).into_iter().flatten() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(objects(&path)),
            false => found.push(path),
        }
    }
    found.sort();
    found
}
