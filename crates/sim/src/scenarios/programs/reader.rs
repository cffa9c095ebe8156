//! The program that reads.

use incrdir_explore::{Report, SimVfs};
use incrdir_session::{Reading, read};

use super::shared::{mark_rejected, start, unrecorded};
use crate::scenarios::model::Event;
use crate::scenarios::unit_scenario::UnitScenario;

pub(super) fn reads(vfs: &SimVfs<'_>, scenario: &UnitScenario) {
    start(vfs);
    match read(vfs, &vfs.root(), scenario.unit(), unrecorded(scenario)) {
        Ok(Reading::Found(snapshot)) => {
            vfs.mark("read: found");
            mark_rejected(vfs, snapshot.rejected());
            vfs.report(Event::Holds(snapshot.name()));
            // Time in which others may do what they like.
            let _ = snapshot.list(None);
            vfs.report(Event::LetsGo);
            snapshot.release();
        }
        Ok(Reading::Nothing(rejected)) if !vfs.is_dead() => {
            vfs.mark("read: nothing");
            mark_rejected(vfs, &rejected);
            vfs.report(Event::FoundNothing { why: format!("{rejected:?}") });
        }
        _ => {}
    }
}
