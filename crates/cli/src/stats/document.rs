//! What `stats --format json` prints.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::json::VERSION;
use crate::listing::Files;

#[derive(Debug, Serialize)]
pub(super) struct Stats {
    format: &'static str,
    version: u32,
    pub(super) roots: Vec<String>,
    pub(super) units: Vec<UnitStats>,
    /// Of all units, without times.
    pub(super) total: Counts,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct UnitStats {
    pub(super) unit: String,
    pub(super) root: String,
    #[serde(flatten)]
    pub(super) counts: Counts,
    /// Medians, in seconds.
    pub(super) warm_seconds: Option<f64>,
    pub(super) cold_seconds: Option<f64>,
    pub(super) last_use: Option<String>,
    pub(super) errors: Vec<String>,
}

/// What is counted.
#[derive(Debug, Default, Clone, Serialize)]
pub(super) struct Counts {
    /// Sessions that are there.
    pub(super) sessions: u64,
    /// Of these, those whose record says how they were begun.
    pub(super) recorded: u64,
    /// Of these, those that started from another session.
    pub(super) warm: u64,
    /// Of the warm ones, those that started from another unit.
    pub(super) from_other_units: u64,
    pub(super) cold: Cold,
    /// How often each seed mode was used.
    pub(super) seeds: BTreeMap<String, u64>,
    /// By the lists of published sessions.
    pub(super) taken_over: Files,
    pub(super) written: Files,
    pub(super) quarantined: u64,
    /// Sessions that are being written, or whose lock was held: their records could not be read.
    pub(super) busy: u64,
    /// Sessions whose records could not be read for another reason.
    pub(super) unreadable: u64,
}

/// Cold starts, by their reasons.
#[derive(Debug, Default, Clone, Copy, Serialize)]
pub(super) struct Cold {
    /// There was no session, or the program cleared its own.
    pub(super) nothing_there: u64,
    pub(super) asked_for: u64,
    /// There were sessions, and none could be used.
    pub(super) none_usable: u64,
}

impl Cold {
    pub(super) fn all(self) -> u64 {
        self.nothing_there + self.asked_for + self.none_usable
    }
}

impl Stats {
    pub(super) fn new(roots: Vec<String>) -> Self {
        let total = Counts::default();
        Self { format: "incrdir-stats", version: VERSION, roots, units: Vec::new(), total }
    }

    /// Adds up what the units have.
    pub(super) fn sum_up(&mut self) {
        for UnitStats { counts, .. } in &self.units {
            self.total.add(counts);
        }
    }
}

impl Counts {
    fn add(&mut self, other: &Self) {
        self.sessions += other.sessions;
        self.recorded += other.recorded;
        self.warm += other.warm;
        self.from_other_units += other.from_other_units;
        self.cold.nothing_there += other.cold.nothing_there;
        self.cold.asked_for += other.cold.asked_for;
        self.cold.none_usable += other.cold.none_usable;
        for (seed, number) in &other.seeds {
            *self.seeds.entry(seed.clone()).or_default() += number;
        }
        self.taken_over.add_all(other.taken_over);
        self.written.add_all(other.written);
        self.quarantined += other.quarantined;
        self.busy += other.busy;
        self.unreadable += other.unreadable;
    }
}
