//! What may be asked of a scenario: each oracle holds under assumptions, and these follow from who runs on what.

use incrdir_explore::{Report, SimVfs};
use incrdir_session::Durability;
use incrdir_vfs::{Locks, Profile};

use super::initial_disk::{FOREIGN, OUTSIDE};
use super::observation::{Observation, print};
use super::process_kind::ProcessKind;
use super::unit_scenario::{Hazard, Initial, UnitScenario};
use crate::fixture::name;

impl UnitScenario {
    fn risks(&self, hazard: Hazard) -> bool {
        self.hazards.contains(&hazard)
    }

    /// Whether somebody deletes without asking: then only what is seen must be whole.
    pub(super) fn has_intruders(&self) -> bool {
        self.processes.iter().any(|kind| kind.is_intruder())
    }

    /// Whether there is something to start from at every moment.
    pub(super) fn always_has_source(&self) -> bool {
        let is_left_alone = !self.has_intruders() && !self.rejects() && !self.evicts();
        self.published > 0 && is_left_alone && !self.calls_fail() && self.is_local()
    }

    /// Whether calls fail.
    pub(super) fn calls_fail(&self) -> bool {
        self.risks(Hazard::FailingCalls)
    }

    /// Whether the clock jumps: then it may show a time that no name can hold.
    pub(super) fn clock_jumps(&self) -> bool {
        self.risks(Hazard::ClockJumps)
    }

    /// Whether the power goes.
    pub(super) fn loses_power(&self) -> bool {
        self.risks(Hazard::PowerLoss)
    }

    /// Whether a name can come again.
    pub(super) fn names_recur(&self) -> bool {
        self.risks(Hazard::FrozenClock) || self.risks(Hazard::EqualDraws)
    }

    /// Whether locks do not exclude everybody: then a session may be lost, and nothing may be silently wrong.
    pub(super) fn locks_lie(&self) -> bool {
        !self.profile.locks_exclude_all()
    }

    /// Whether there are no locks at all.
    pub(super) fn has_no_locks(&self) -> bool {
        self.profile.locks == Locks::Unsupported
    }

    /// Whether directories may not be renamed, or there is no room for it, so that sessions are deleted where they stand.
    pub(super) fn deletes_in_place(&self) -> bool {
        self.profile.has_layers || self.calls_fail()
    }

    /// Whether the file system refuses some things now and then: what is open, what lies below.
    pub(super) fn refuses_calls(&self) -> bool {
        let Profile { has_layers, renames_open, remove_open, .. } = self.profile;
        has_layers || !renames_open || remove_open != Profile::posix().remove_open
    }

    /// Whether locks hold and what is removed is gone.
    pub(super) fn is_local(&self) -> bool {
        !self.locks_lie() && !self.refuses_calls()
    }

    /// Whether the seed's protocol runs: its own collector cleans up then, and keeps one.
    pub(super) fn follows_seed(&self) -> bool {
        self.processes.iter().any(|kind| kind.follows_seed())
    }

    /// Whether all sessions are published with a promise.
    pub(super) fn promises_all(&self) -> bool {
        use ProcessKind::{Collector, Consistent, Durable};
        self.processes.iter().all(|kind| matches!(kind, Consistent | Durable | Collector))
    }

    /// What all that is published is promised to be, if anything.
    pub(super) fn promise(&self) -> Option<Durability> {
        let first = self.processes.first().filter(|_| self.promises_all())?;
        match first {
            ProcessKind::Durable => Some(Durability::Durable),
            _ => Some(Durability::Consistent),
        }
    }

    /// Whether what was published once and is gone decides nothing any more.
    pub(super) fn forgets_removed(&self) -> bool {
        let lost_locks = self.initial.contains(&Initial::LostLocks);
        !self.locks_lie() && !self.has_intruders() && !self.loses_power() && !lost_locks
    }

    /// Whether a writer had died before.
    pub(super) fn had_dead_writer(&self) -> bool {
        self.initial.contains(&Initial::DeadWriter)
    }

    /// Whether hosts have clocks that differ, and none of them runs rustc: an empty lock file is one of ours then, and may
    /// look older than it is.
    pub(super) fn empty_locks_are_ours(&self) -> bool {
        self.profile.clock_skew != 0 && !self.has_rustc()
    }

    /// Whether somebody rejects what was published: then nothing may be left, because what came before it may have been made into
    /// the session that rejects it.
    pub(super) fn rejects(&self) -> bool {
        self.processes.contains(&ProcessKind::Rejecter)
    }

    /// Whether somebody evicts: then nothing may be left.
    pub(super) fn evicts(&self) -> bool {
        self.processes.iter().any(|kind| kind.evicts())
    }

    /// Whether somebody pins, or something was pinned before.
    pub(super) fn pins(&self) -> bool {
        self.processes.iter().any(|kind| kind.pins()) || self.initial.contains(&Initial::EndedPin)
    }

    /// Whether rustc begins sessions there: it fails if its unit vanishes.
    pub(super) fn has_rustc(&self) -> bool {
        self.processes.contains(&ProcessKind::Rustc)
    }

    /// Whether there are things that are not ours.
    pub(super) fn has_foreign(&self) -> bool {
        self.initial.contains(&Initial::ForeignNames)
    }

    /// Whether everybody keeps to the rules, and nothing fails.
    pub(super) fn is_orderly(&self) -> bool {
        !self.has_intruders() && !self.follows_seed() && !self.calls_fail() && self.is_local()
    }

    /// Whether an oracle is asked that only holds where everything is in order; a scenario that looks for one defect asks.
    pub(super) fn asks(&self, oracle: &'static str) -> bool {
        self.is_orderly() || self.only == Some(oracle)
    }

    /// What a process does. The recovery collects, and evicts where others do.
    pub(super) fn process(&self, process: usize) -> ProcessKind {
        let recovery = if self.evicts() { ProcessKind::Evictor } else { ProcessKind::Collector };
        self.processes.get(process).copied().unwrap_or(recovery)
    }

    /// Objects for a program, unless another oracle alone is asked.
    pub(super) fn object(&self, vfs: &SimVfs<'_>, oracle: &'static str, what: impl Into<String>) {
        if self.only.is_none_or(|only| only == oracle) {
            vfs.object(oracle, what);
        }
    }

    /// What is not ours, as one number.
    pub(super) fn foreign_print(&self, observed: Observation<'_>) -> u64 {
        if !self.has_foreign() {
            return 0;
        }
        let outside = observed.in_root(&name(OUTSIDE)).map_or(0, print);
        let foreign = FOREIGN.iter().map(|entry| observed.get(&name(entry)).map_or(0, print));
        foreign.fold(outside, |sum, print| sum.rotate_left(7) ^ print)
    }
}
