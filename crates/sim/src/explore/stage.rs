//! What a play is about: who plays where, and what may be asked of it.

use incrdir_explore::Report;
use incrdir_explore::SimVfs;
use incrdir_naming::UnitName;
use incrdir_vfs::Name;

use super::parts::Part;
use super::sight::{Sight, print};
use crate::worlds::name;

/// Names in the root and in the unit that are nobody's of ours.
pub(super) const OUTSIDE: &str = "outside";
pub(super) const FOREIGN: [&str; 4] = ["s-notes", "s-x", "s-ham.lock.gz", ".hidden"];

/// Who plays where, and what may be asked of it.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) unit: Name,
    pub(super) unit_name: UnitName,
    pub(super) parts: Vec<Part>,
    /// The one oracle that is asked; `None`: all of them.
    pub(super) only: Option<&'static str>,
    /// Whether somebody deletes without asking: then only what is seen must be whole.
    pub(super) is_lawless: bool,
    /// Whether there is something to start from at every moment.
    pub(super) is_never_empty: bool,
    /// Whether calls fail.
    pub(super) has_faults: bool,
    /// Whether the clock jumps: then it may show a time that no name can hold.
    pub(super) has_jumps: bool,
    /// Whether locks do not exclude everybody: then a session may be lost, and nothing may be silently wrong.
    pub(super) locks_lie: bool,
    /// Whether there are none at all.
    pub(super) has_no_locks: bool,
    /// Whether directories may not be renamed, so that sessions are deleted where they stand.
    pub(super) deletes_in_place: bool,
    /// Whether the file system refuses some things now and then: what is open, what lies below.
    pub(super) refuses: bool,
    /// Whether the seed's protocol is played: its own collector cleans up then, and keeps one.
    pub(super) is_seed: bool,
    /// Whether what was published once and is gone decides nothing any more.
    pub(super) forgets: bool,
    /// Whether somebody had died before.
    pub(super) has_leftover: bool,
    /// Whether a name can come again.
    pub(super) names_recur: bool,
    /// Whether the power goes.
    pub(super) loses_power: bool,
    /// Whether all sessions are published with a promise.
    pub(super) is_promised: bool,
    /// Whether hosts have clocks that differ, and none of them runs rustc: an empty lock file is one of ours then, and may
    /// look older than it is.
    pub(super) is_ours_on_odd_clocks: bool,
    /// Whether there are things that are not ours.
    pub(super) has_foreign: bool,
}

impl Stage {
    /// Whether everybody keeps to the rules, and nothing fails.
    pub(super) fn is_orderly(&self) -> bool {
        !self.is_lawless && !self.is_seed && !self.has_faults && !self.locks_lie && !self.refuses
    }

    /// Whether locks hold and what is removed is gone.
    pub(super) fn is_local(&self) -> bool {
        !self.locks_lie && !self.refuses
    }

    /// Whether an oracle is asked that only holds where everything is in order; who hunts for one defect asks.
    pub(super) fn asks(&self, oracle: &'static str) -> bool {
        self.is_orderly() || self.only == Some(oracle)
    }

    /// What a process plays. Who recovers collects.
    pub(super) fn part(&self, process: usize) -> Part {
        self.parts.get(process).copied().unwrap_or(Part::Collector)
    }

    /// Objects for a program, unless another oracle alone is asked.
    pub(super) fn object(&self, vfs: &SimVfs<'_>, oracle: &'static str, what: impl Into<String>) {
        if self.only.is_none_or(|only| only == oracle) {
            vfs.object(oracle, what);
        }
    }

    /// What is not ours, as one number.
    pub(super) fn foreign_print(&self, sight: Sight<'_>) -> u64 {
        if !self.has_foreign {
            return 0;
        }
        let outside = sight.in_root(&name(OUTSIDE)).map_or(0, print);
        let foreign = FOREIGN.iter().map(|entry| sight.get(&name(entry)).map_or(0, print));
        foreign.fold(outside, |sum, print| sum.rotate_left(7) ^ print)
    }
}
