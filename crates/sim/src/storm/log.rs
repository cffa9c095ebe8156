//! What happened, in a file that outlives whoever wrote it.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// One thing that happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    Begun,
    /// Cold although published sessions were seen.
    Cold,
    Published,
    Abandoned,
    Collected,
    Read,
    /// A session that nobody used was evicted.
    Evicted,
    /// A pin was there as long as it should be, with what was pinned.
    Pinned,
    /// Something that must never be.
    Violation,
}

impl Event {
    const ALL: [(Self, &'static str); 9] = [
        (Self::Begun, "begun"),
        (Self::Cold, "cold"),
        (Self::Published, "published"),
        (Self::Abandoned, "abandoned"),
        (Self::Collected, "collected"),
        (Self::Read, "read"),
        (Self::Evicted, "evicted"),
        (Self::Pinned, "pinned"),
        (Self::Violation, "violation"),
    ];

    fn word(self) -> &'static str {
        Self::ALL[self as usize].1
    }
}

pub(super) struct Log(File);

impl Log {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self(OpenOptions::new().create(true).append(true).open(path)?))
    }

    /// One write, appended in one step: a kill leaves whole lines.
    pub(super) fn note(&mut self, event: Event, text: &str) {
        let line = format!("{} {}\n", event.word(), text.replace('\n', " "));
        if let Err(error) = self.0.write_all(line.as_bytes()) {
            eprintln!("cannot log `{line}`: {error}");
        }
    }
}

/// How often it happened, and the lines that say more.
pub(super) fn read(path: &Path, event: Event) -> io::Result<Vec<String>> {
    let log = std::fs::read_to_string(path)?;
    let of_event = |line: &str| {
        let (word, text) = line.split_once(' ')?;
        (word == event.word()).then(|| text.to_string())
    };
    Ok(log.lines().filter_map(of_event).collect())
}
