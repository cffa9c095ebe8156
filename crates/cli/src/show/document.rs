//! What `show --format json` prints.

use serde::Serialize;

use crate::json::{Pinned, Writer};
use crate::listing::Files;

#[derive(Debug, Serialize)]
pub(super) struct Show {
    pub(super) format: &'static str,
    pub(super) version: u32,
    pub(super) root: String,
    pub(super) unit: String,
    pub(super) name: String,
    /// As `ls` has it.
    pub(super) state: &'static str,
    pub(super) in_use: Option<bool>,
    pub(super) has_lock: bool,
    pub(super) pin: Option<Pinned>,
    pub(super) created: String,
    /// `None`: it has none, or it could not be read.
    pub(super) record: Option<Recorded>,
    /// Where it comes from, the nearest first.
    pub(super) sources: Vec<SourceShown>,
    /// Why it was quarantined, or nobody is to use it.
    pub(super) reason: Option<String>,
    pub(super) verdict: Verdict,
    pub(super) files: u64,
    pub(super) directories: u64,
    /// Links, pipes and the like.
    pub(super) others: u64,
    pub(super) bytes: u64,
    pub(super) own_bytes: u64,
    pub(super) largest: Vec<FileShown>,
    pub(super) errors: Vec<String>,
}

/// What the record says.
#[derive(Debug, Serialize)]
pub(super) struct Recorded {
    pub(super) writer: Option<Writer>,
    pub(super) durability: Option<String>,
    /// How it was seeded; `None`: its writer did not get that far.
    pub(super) seed: Option<String>,
    pub(super) source: Option<String>,
    pub(super) source_unit: Option<String>,
    /// What was taken over, if that was not everything: patterns, each behind `-` (left out) or `+` (taken).
    pub(super) patterns: Vec<String>,
    /// How many sessions ago one in its line began cold because of a failure.
    pub(super) since_cold: Option<u8>,
    /// When its list of files was written, which is when it was published.
    pub(super) published: Option<String>,
    pub(super) taken_over: Option<Files>,
    pub(super) written: Option<Files>,
    pub(super) digested: Option<Files>,
    /// Whether processes of its writer were still running when it was published.
    pub(super) is_watched: bool,
    /// Its version, if it is newer than this program.
    pub(super) newer_version: Option<u8>,
}

/// A session that it comes from.
#[derive(Debug, Serialize)]
pub(super) struct SourceShown {
    pub(super) unit: String,
    pub(super) name: String,
    /// `published`, `quarantined` or `gone`.
    pub(super) state: &'static str,
    pub(super) created: String,
    pub(super) program: Option<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct Verdict {
    /// As `verify` has it, or `not compared`.
    pub(super) verdict: &'static str,
    pub(super) reason: Option<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct FileShown {
    pub(super) path: String,
    pub(super) bytes: u64,
    pub(super) length: u64,
}
