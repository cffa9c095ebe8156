//! The program that collects.

use incrdir_explore::{Report, SimVfs};
use incrdir_gc::{Fate, Mode, Why, collect};
use incrdir_session::Unit;

use super::shared::KEEP;
use crate::fixture::name;
use crate::scenarios::model::Event;
use crate::scenarios::unit_scenario::UnitScenario;
use crate::usual::policy;

pub(super) fn collects(vfs: &SimVfs<'_>, scenario: &UnitScenario) {
    let Ok(Some(unit)) = Unit::open(vfs, &vfs.root(), scenario.unit()) else { return };
    let Ok(report) = collect(&unit, &policy(KEEP), Mode::Collect) else { return };
    if let Some((entry, error)) = report.failures().next() {
        vfs.mark("collect: fails");
        // A process that was killed fails at everything; any other must not fail at anything.
        if scenario.is_orderly() && !vfs.is_dead() {
            scenario.object(vfs, "GC-SILENT", format!("{entry}: {error:?}"));
        }
    }
    let mut removed = Vec::new();
    for outcome in &report.disposals {
        let what = match outcome.fate {
            Fate::Removed(why) => {
                removed.push(name(outcome.entry));
                match why {
                    Why::Obsolete => "collect: obsolete removed",
                    Why::Outdated => "collect: outdated removed",
                    Why::DeadWriter => "collect: dead removed",
                    Why::NoSession => "collect: lock file removed",
                    Why::Stillborn => "collect: stillborn removed",
                    Why::Condemned => "collect: tombstone removed",
                    _ => "collect: other removed",
                }
            }
            Fate::Kept(_) => continue,
            Fate::Left(why) => match why {
                Why::InUse => "collect: in use",
                Why::Young => "collect: young",
                Why::NoGuard => "collect: no guard",
                Why::Changed => "collect: changed meanwhile",
                Why::IncompleteListing => "collect: listing incomplete",
                Why::Doubtful => "collect: doubtful",
                _ => "collect: other left",
            },
            Fate::Failed(_) => continue,
        };
        vfs.mark(what);
    }
    vfs.report(Event::Collected { removed });
}
