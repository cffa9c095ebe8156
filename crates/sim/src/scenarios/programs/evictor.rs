//! The program that evicts: it collects its root, and takes also what the retention of a unit keeps.

use std::ops::ControlFlow;
use std::time::Duration;

use incrdir_explore::{Report, SimVfs};
use incrdir_gc::{
    Collected, EmptyUnits, Fate, Limits, Mode, Operated, Place, Policy, Why, operate,
};
use incrdir_naming::UnitName;

use super::shared::KEEP;
use crate::fixture::name;
use crate::scenarios::model::Event;
use crate::scenarios::unit_scenario::UnitScenario;
use crate::usual::policy;

/// Every unit is too old.
pub(super) fn by_age() -> Limits {
    Limits::default().max_age(Duration::ZERO)
}

/// Every byte is too much.
pub(super) fn by_size() -> Limits {
    Limits::default().max_bytes(0)
}

/// One pass.
pub(super) fn pass(vfs: &SimVfs<'_>, scenario: &UnitScenario, policy: &Policy) -> Operated {
    let root = vfs.root();
    let empty = if scenario.has_rustc() { EmptyUnits::Keep } else { EmptyUnits::Remove };
    let places = [Place::new(&root).empty(empty)];
    operate(vfs, &places, policy, Mode::Collect, &mut |_, _, _| ControlFlow::Continue(()))
}

/// What it says that it could not do.
pub(super) fn failures(done: &Operated) -> Vec<String> {
    let mut failures: Vec<_> = done.unknown.iter().map(|error| format!("{error:?}")).collect();
    for swept in &done.roots {
        match swept {
            Err(error) => failures.push(format!("{error:?}")),
            Ok(swept) => failures.extend(swept.units.iter().flat_map(|(_, report)| match report {
                Err(error) => vec![format!("{error:?}")],
                Ok(report) => {
                    report.failures().map(|(entry, error)| format!("{entry}: {error:?}")).collect()
                }
            })),
        }
    }
    failures
}

/// What was done to each unit.
pub(super) fn units(done: &Operated) -> impl Iterator<Item = (&UnitName, &Collected)> {
    let swept = done.roots.iter().filter_map(|swept| swept.as_ref().ok());
    let units = swept.flat_map(|swept| &swept.units);
    units.filter_map(|(name, report)| Some((name, report.as_ref().ok()?)))
}

pub(super) fn evicts(vfs: &SimVfs<'_>, scenario: &UnitScenario, limits: Limits) {
    let done = pass(vfs, scenario, &policy(KEEP).limits(limits));
    if let Some(failure) = failures(&done).first() {
        vfs.mark("evict: fails");
        if scenario.is_orderly() && !vfs.is_dead() {
            scenario.object(vfs, "GC-SILENT", failure.clone());
        }
    }
    for (unit, report) in units(&done) {
        let mut removed = Vec::new();
        for disposal in &report.disposals {
            if let Fate::Removed(_) = disposal.fate {
                removed.push(name(disposal.entry));
            }
            match disposal.fate {
                Fate::Removed(Why::Unused | Why::OverSize) => vfs.mark("evict: removed"),
                Fate::Removed(_) => vfs.mark("evict: collected"),
                Fate::Kept(Why::Pinned) => vfs.mark("evict: pinned"),
                Fate::Left(Why::InUse) => vfs.mark("evict: in use"),
                Fate::Left(Why::Changed) => vfs.mark("evict: changed meanwhile"),
                _ => {}
            }
        }
        if report.emptied {
            vfs.mark("evict: unit removed");
        }
        let lineage = UnitScenario::lineage_of(unit);
        vfs.report(Event::Evicted { lineage, removed, has_emptied: report.emptied });
    }
}
