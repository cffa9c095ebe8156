//! The program that collects.

use std::ops::ControlFlow;

use incrdir_explore::{Report, SimVfs};
use incrdir_gc::{Collected, Disposal, Fate, Mode, Why, carry_out, collect, plan};
use incrdir_session::Unit;
use incrdir_vfs::Vfs;

use super::shared::KEEP;
use crate::fixture::name;
use crate::scenarios::model::Event;
use crate::scenarios::unit_scenario::UnitScenario;
use crate::usual::policy;

pub(super) fn collects(vfs: &SimVfs<'_>, scenario: &UnitScenario) {
    let Ok(Some(unit)) = Unit::open(vfs, &vfs.root(), scenario.unit()) else { return };
    let Ok(report) = collect(&unit, &policy(KEEP), Mode::Collect) else { return };
    tells(vfs, scenario, &report);
}

/// The same in its two halves: what the second one does depends on the plan alone, and not on how it was come to.
pub(super) fn collects_as_planned(vfs: &SimVfs<'_>, scenario: &UnitScenario) {
    let Ok(Some(unit)) = Unit::open(vfs, &vfs.root(), scenario.unit()) else { return };
    let Ok(catalog) = unit.list() else { return };
    let (now, policy) = (vfs.now(), policy(KEEP));
    let plan = plan(&catalog, now, &policy);
    drop(catalog);
    vfs.forget_all_but("carries out", &(&plan, now));
    let watch = &mut |_: &Disposal| ControlFlow::Continue(());
    tells(vfs, scenario, &carry_out(&unit, &plan, now, &policy, Mode::Collect, watch));
}

fn tells(vfs: &SimVfs<'_>, scenario: &UnitScenario, report: &Collected) {
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
