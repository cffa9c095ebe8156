//! What `du --format json` prints.

use serde::Serialize;

use crate::json::VERSION;
use crate::tally::Amount;

#[derive(Debug, Serialize)]
pub(super) struct Du {
    format: &'static str,
    version: u32,
    pub(super) units: Vec<DuUnit>,
    pub(super) files: u64,
    /// What all of it takes on the medium, each file once.
    pub(super) bytes: u64,
    /// Of these, what is in several sessions.
    pub(super) shared_bytes: u64,
    /// Of these, what is in several units.
    pub(super) shared_between_units: u64,
    /// Of these, what has no name outside.
    pub(super) own_bytes: u64,
    /// What the sessions would take if they shared nothing.
    pub(super) unshared_bytes: u64,
    /// How many entries are not ours, and not counted.
    pub(super) foreign: usize,
    pub(super) errors: Vec<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct DuUnit {
    pub(super) root: String,
    pub(super) unit: String,
    pub(super) sessions: usize,
    pub(super) files: u64,
    pub(super) bytes: u64,
    pub(super) shared_bytes: u64,
    pub(super) own_bytes: u64,
    pub(super) unshared_bytes: u64,
}

impl Du {
    pub(super) fn new(
        units: Vec<DuUnit>,
        all: Amount,
        foreign: usize,
        errors: Vec<String>,
    ) -> Self {
        Self {
            format: "incrdir-du",
            version: VERSION,
            units,
            files: all.files,
            bytes: all.bytes,
            shared_bytes: all.shared,
            shared_between_units: all.between_units,
            own_bytes: all.own,
            unshared_bytes: all.unshared,
            foreign,
            errors,
        }
    }
}
