//! What `diff --format json` prints.

use serde::Serialize;

use crate::json::VERSION;
use crate::listing::Files;

#[derive(Debug, Serialize)]
pub(super) struct Diff {
    format: &'static str,
    version: u32,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) added: Vec<Entry>,
    pub(super) removed: Vec<Entry>,
    pub(super) changed: Vec<Changed>,
    /// What may be the same or not.
    pub(super) unknown: Vec<Unknown>,
    /// Files that are the same.
    pub(super) same: Files,
    /// Files that had to be read, on each side.
    pub(super) read: Files,
}

#[derive(Debug, Serialize)]
pub(super) struct Entry {
    pub(super) path: String,
    /// `file`, `directory`, `link` or `other`.
    pub(super) kind: &'static str,
    pub(super) bytes: u64,
}

#[derive(Debug, Serialize)]
pub(super) struct Changed {
    pub(super) path: String,
    /// `content`, `length`, `kind` or `target`.
    pub(super) what: &'static str,
    pub(super) from_bytes: u64,
    pub(super) to_bytes: u64,
}

#[derive(Debug, Serialize)]
pub(super) struct Unknown {
    pub(super) path: String,
    pub(super) bytes: u64,
    pub(super) reason: String,
}

impl Diff {
    pub(super) fn new(from: String, to: String) -> Self {
        Self {
            format: "incrdir-diff",
            version: VERSION,
            from,
            to,
            added: Vec::new(),
            removed: Vec::new(),
            changed: Vec::new(),
            unknown: Vec::new(),
            same: Files::default(),
            read: Files::default(),
        }
    }

    pub(super) fn is_different(&self) -> bool {
        !(self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty())
    }
}
