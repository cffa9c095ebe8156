//! The JSON documents. Their fields are described in the README; a change that breaks readers raises
//! `VERSION`.

use std::time::{Duration, SystemTime};

use incrdir_record::Pin;
use serde::Serialize;

use crate::failure::Failure;
use crate::output;

pub(crate) const VERSION: u32 = 1;

/// What `ls --format json` prints.
#[derive(Debug, Serialize)]
pub(crate) struct Ls {
    pub(crate) format: &'static str,
    pub(crate) version: u32,
    /// The root, if it is one.
    pub(crate) root: Option<String>,
    pub(crate) roots: Vec<String>,
    pub(crate) units: Vec<LsUnit>,
    pub(crate) foreign: Vec<String>,
    /// What all of it takes on the medium, each file once.
    pub(crate) bytes: u64,
}

#[derive(Debug, Serialize)]
pub(crate) struct LsUnit {
    pub(crate) unit: String,
    pub(crate) root: String,
    pub(crate) entries: Vec<LsEntry>,
    pub(crate) foreign: Vec<String>,
    pub(crate) errors: Vec<String>,
    /// Published ones and working ones.
    pub(crate) sessions: usize,
    /// What its entries take on the medium, each file once.
    pub(crate) bytes: u64,
    /// Of these, what has no name outside of the unit.
    pub(crate) own_bytes: u64,
    /// When the newest session was begun.
    pub(crate) newest: Option<String>,
    /// When somebody last began from it or read it.
    pub(crate) last_use: Option<String>,
    pub(crate) pin: Option<Pinned>,
}

#[derive(Debug, Serialize)]
pub(crate) struct LsEntry {
    pub(crate) name: String,
    pub(crate) state: &'static str,
    /// `None`: it cannot be known without shutting others out.
    pub(crate) in_use: Option<bool>,
    pub(crate) has_lock: bool,
    pub(crate) created: String,
    pub(crate) files: Option<u64>,
    pub(crate) bytes: Option<u64>,
    pub(crate) own_bytes: Option<u64>,
    pub(crate) writer: Option<Writer>,
    pub(crate) source: Option<String>,
    /// The unit of the source, if it is another one.
    pub(crate) source_unit: Option<String>,
    /// Why it was quarantined.
    pub(crate) reason: Option<String>,
    pub(crate) pin: Option<Pinned>,
}

/// A pin that is in force.
#[derive(Debug, Serialize)]
pub(crate) struct Pinned {
    pub(crate) name: String,
    pub(crate) since: Option<String>,
    pub(crate) until: Option<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Writer {
    pub(crate) program: String,
    pub(crate) pid: u32,
    pub(crate) host: String,
}

/// What `gc --format json` prints.
#[derive(Debug, Serialize)]
pub(crate) struct Gc {
    pub(crate) format: &'static str,
    pub(crate) version: u32,
    /// The root, if it is one.
    pub(crate) root: Option<String>,
    pub(crate) roots: Vec<String>,
    /// With `--recursive`, how many directories were searched.
    pub(crate) searched: Option<u64>,
    /// How many directories could not be searched.
    pub(crate) unsearched: usize,
    /// What is mounted, and was not entered.
    pub(crate) mounts: Vec<String>,
    pub(crate) dry_run: bool,
    /// The roots in which nothing can be deleted, because of how they are mounted.
    pub(crate) read_only: Vec<String>,
    pub(crate) keep: usize,
    pub(crate) max_age_seconds: Option<f64>,
    pub(crate) max_bytes: Option<u64>,
    pub(crate) grace_seconds: f64,
    pub(crate) units: Vec<GcUnit>,
    pub(crate) foreign: Vec<String>,
    pub(crate) removed: usize,
    pub(crate) bytes: u64,
    /// How many units were removed, because nothing was left in them.
    pub(crate) emptied: usize,
    /// By how much what is left is more than `max_bytes`.
    pub(crate) over_bytes: u64,
    /// How much is still to be free.
    pub(crate) lacking_bytes: u64,
    /// With `--recursive`, what cargo has on record of the units that are left in its targets.
    pub(crate) targets: Vec<GcTarget>,
    pub(crate) failed: usize,
    pub(crate) interrupted: bool,
}

#[derive(Debug, Serialize)]
pub(crate) struct GcTarget {
    pub(crate) target: String,
    pub(crate) units: Vec<GcTargetUnit>,
    pub(crate) errors: Vec<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct GcTargetUnit {
    pub(crate) unit: String,
    pub(crate) root: String,
    /// When its newest session was begun.
    pub(crate) compiled: Option<String>,
    pub(crate) standing: &'static str,
    /// Why it is likely that it is not built any more, although cargo has a record of it.
    pub(crate) likely_unused: Option<String>,
    pub(crate) package: Option<String>,
    pub(crate) part: Option<String>,
    pub(crate) features: Option<Vec<String>>,
    /// What it takes, where it is not built any more, or likely so.
    pub(crate) bytes: Option<u64>,
}

#[derive(Debug, Serialize)]
pub(crate) struct GcUnit {
    pub(crate) unit: String,
    pub(crate) root: String,
    /// When it was last used, where the limits needed it.
    pub(crate) last_use: Option<String>,
    pub(crate) emptied: bool,
    pub(crate) entries: Vec<GcEntry>,
    pub(crate) foreign: Vec<String>,
    pub(crate) errors: Vec<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct GcEntry {
    pub(crate) name: String,
    pub(crate) fate: &'static str,
    pub(crate) reason: String,
    /// The option that the fate depends on.
    pub(crate) rule: Option<&'static str>,
    /// Whose it is, if that is why it was left.
    pub(crate) owner: Option<u32>,
    pub(crate) bytes: Option<u64>,
}

/// What `verify --format json` prints.
#[derive(Debug, Serialize)]
pub(crate) struct Verify {
    pub(crate) format: &'static str,
    pub(crate) version: u32,
    pub(crate) root: String,
    pub(crate) digests: bool,
    pub(crate) units: usize,
    pub(crate) sessions: Vec<VerifySession>,
    pub(crate) errors: Vec<String>,
    pub(crate) sound: usize,
    pub(crate) damaged: usize,
    pub(crate) unrecorded: usize,
    pub(crate) unknown: usize,
    pub(crate) interrupted: bool,
}

#[derive(Debug, Serialize)]
pub(crate) struct VerifySession {
    pub(crate) unit: String,
    pub(crate) name: String,
    pub(crate) verdict: &'static str,
    pub(crate) reason: Option<String>,
    pub(crate) entries: Option<u64>,
}

impl Verify {
    pub(crate) const FORMAT: (&'static str, u32) = ("incrdir-verify", VERSION);
}

impl Pinned {
    pub(crate) fn new(pin: Pin) -> Self {
        let (since, until) = (pin.since.map(time), pin.until.map(time));
        Self { name: pin.name, since, until }
    }
}

impl LsUnit {
    pub(crate) fn new(unit: String) -> Self {
        Self {
            unit,
            root: String::new(),
            entries: Vec::new(),
            foreign: Vec::new(),
            errors: Vec::new(),
            sessions: 0,
            bytes: 0,
            own_bytes: 0,
            newest: None,
            last_use: None,
            pin: None,
        }
    }
}

impl Ls {
    pub(crate) fn new(roots: Vec<String>) -> Self {
        Self {
            format: "incrdir-ls",
            version: VERSION,
            root: if roots.len() == 1 { roots.first().cloned() } else { None },
            roots,
            units: Vec::new(),
            foreign: Vec::new(),
            bytes: 0,
        }
    }
}

impl Gc {
    pub(crate) const FORMAT: (&'static str, u32) = ("incrdir-gc", VERSION);
}

/// RFC 3339, UTC, microseconds.
pub(crate) fn time(time: SystemTime) -> String {
    humantime::format_rfc3339_micros(writable(time)).to_string()
}

/// The nearest time that can be written: of the years from 1970 to 9999.
pub(crate) fn writable(time: SystemTime) -> SystemTime {
    let last = SystemTime::UNIX_EPOCH + Duration::from_secs(LAST_SECOND);
    time.clamp(SystemTime::UNIX_EPOCH, last)
}

/// The last second of the year 9999.
const LAST_SECOND: u64 = 253_402_300_799;

pub(crate) fn print(document: &impl Serialize) -> Result<(), Failure> {
    output::print_document(&format!("{}\n", serde_json::to_string_pretty(document)?))
}
