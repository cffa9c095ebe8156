//! What happened, in a file that outlives who wrote it: a line each, a word and what there is to say.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;

pub(super) struct Log(File);

impl Log {
    pub(super) fn open(path: &Path) -> Self {
        Self(OpenOptions::new().create(true).append(true).open(path).unwrap())
    }

    /// One call of the system: lines of several processes do not mix.
    pub(super) fn note(&mut self, word: &str, says: impl std::fmt::Display) {
        let line = format!("{word} {says}").replace('\n', " ");
        self.0.write_all(format!("{line}\n").as_bytes()).unwrap();
    }
}

/// What was said with this word.
pub(super) fn said(path: &Path, word: &str) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let lines = text.lines().filter_map(|line| line.split_once(' '));
    lines.filter(|(of, _)| *of == word).map(|(_, says)| says.to_string()).collect()
}
