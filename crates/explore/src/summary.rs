//! What came of a search.

use std::collections::BTreeMap;
use std::time::Duration;

use incrdir_vfs::{Fault, OpKind};

use crate::verdict::Broken;

/// What was looked at.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Summary {
    /// Runs: ways from the beginning to an end, or to something that was explored before.
    pub executions: u64,
    /// Different states at which there was something to decide.
    pub states: u64,
    /// Steps from one state to the next: turns, deaths, late releases.
    pub steps: u64,
    /// Calls that were made, in all runs. A search makes each once for every state that it is made in.
    pub calls: u64,
    /// Different states in which a power loss may leave the disk, with all that was known of it.
    pub images: u64,
    /// Different states that the recovery was run from, those that are left when it is cut short among them.
    pub recoveries: u64,
    /// Different histories of answers that programs had.
    pub histories: u64,
    /// Everything that happened in all runs, as one number.
    pub traces: u128,
    /// How often each call failed in each way.
    pub faults: BTreeMap<(OpKind, Fault), u64>,
    /// How often programs marked what.
    pub marks: BTreeMap<&'static str, u64>,
    /// Whether nothing within the bounds was left out.
    pub is_complete: bool,
    /// The first thing that must not be.
    pub violation: Option<Violation>,
}

/// Something that must not be, and how to see it again.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Violation {
    /// What it is.
    pub broken: Broken,
    /// The decisions that lead there, and where the power went, if it did: for [`Explore::replay`](crate::Explore::replay).
    pub tape: String,
    /// The run that found it, from 1.
    pub execution: u64,
}

/// How far a search has come.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Progress {
    /// Runs so far.
    pub executions: u64,
    /// States so far.
    pub states: u64,
    /// Calls so far.
    pub calls: u64,
    /// States in which there is something left to do, one after the other: what is not explored yet is below
    /// them.
    pub depth: u64,
}

impl std::fmt::Display for Violation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { broken: Broken { oracle, what }, tape, execution } = self;
        write!(f, "{oracle} in run {execution}: {what}\ntape: {tape}")
    }
}

impl Summary {
    /// Adds what another search of the same scenario has seen, by another model of a file system.
    pub(crate) fn add(&mut self, other: Self) {
        self.executions += other.executions;
        self.states += other.states;
        self.steps += other.steps;
        self.calls += other.calls;
        self.images += other.images;
        self.recoveries += other.recoveries;
        self.histories += other.histories;
        self.traces ^= other.traces;
        self.count(other.faults, other.marks);
        self.is_complete &= other.is_complete;
        self.violation = self.violation.take().or(other.violation);
    }

    pub(crate) fn count(
        &mut self,
        faults: BTreeMap<(OpKind, Fault), u64>,
        marks: BTreeMap<&'static str, u64>,
    ) {
        for (fault, times) in faults {
            *self.faults.entry(fault).or_default() += times;
        }
        for (mark, times) in marks {
            *self.marks.entry(mark).or_default() += times;
        }
    }

    /// Steps in a second; of random runs, calls.
    pub fn speed(&self, time: Duration) -> f64 {
        self.steps.max(self.calls) as f64 / time.as_secs_f64().max(f64::MIN_POSITIVE)
    }
}
