//! What several programs do alike.

use std::error::Error;

use incrdir_explore::{Report, SimVfs};
use incrdir_session::{Rejected, Rejection, Unrecorded};
use incrdir_vfs::Vfs;

use crate::scenarios::model::Event;
use crate::scenarios::unit_scenario::UnitScenario;

/// How many published sessions collectors keep.
pub(in crate::scenarios) const KEEP: usize = 2;

/// Programs are started before anybody's turn: what is there counts from their first call on.
pub(super) fn start(vfs: &SimVfs<'_>) {
    vfs.now();
    vfs.report(Event::Starts);
}

/// What somebody deleted by halves has no record to show it if its lock file went first.
pub(super) fn unrecorded(scenario: &UnitScenario) -> Unrecorded {
    if scenario.has_intruders() || scenario.loses_power() {
        Unrecorded::Refuse
    } else {
        Unrecorded::Accept
    }
}

pub(super) fn mark_rejected(vfs: &SimVfs<'_>, rejected: &[Rejected]) {
    for Rejected { why, .. } in rejected {
        vfs.mark(match why {
            Rejection::Busy => "source: busy",
            Rejection::Gone => "source: gone",
            Rejection::Unavailable(_) => "source: unavailable",
            Rejection::Untrusted { .. } => "source: untrusted",
            _ => "source: not taken over",
        });
    }
}

/// TYPED: an error says what was done where.
pub(super) fn typed(vfs: &SimVfs<'_>, scenario: &UnitScenario, error: &dyn Error) {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    if !text.contains("`/") || !text.contains(": ") {
        scenario.object(vfs, "TYPED", text);
    }
}
