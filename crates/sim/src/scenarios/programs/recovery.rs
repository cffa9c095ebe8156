//! What runs when all others have ended or died, or the power has gone.

use std::time::{Duration, SystemTime};

use incrdir_explore::{Report, SimVfs};
use incrdir_gc::{Fate, Mode, Why, collect};
use incrdir_lockfs::{Acquire, try_acquire};
use incrdir_naming::{EntryName, Key, SessionName};
use incrdir_session::{
    BeginOptions, Catalog, Traces, Unit, read_pin, read_record, vfs_name, waits_for,
};
use incrdir_vfs::{LockKind, Vfs};

use super::evictor::{by_age, failures, pass, units};
use super::reader::reads;
use super::shared::KEEP;
use super::writer::{End, lasting, write};
use crate::scenarios::seed;
use crate::scenarios::unit_scenario::UnitScenario;
use crate::usual::{policy, recycling};

const A_DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// When the recovery runs: 2080, later than any clock has been and early enough for names.
const LATE: Duration = Duration::from_secs(110 * 31_556_952);

/// When all are gone and the grace is over, one collection leaves the newest sessions and their lock files
/// (CLEAN-AFTER-ONE, NEWEST-KEPT), and a second one finds nothing to do (GC-IDEMPOTENT).
pub(in crate::scenarios) fn recover(vfs: &SimVfs<'_>, scenario: &UnitScenario) {
    if scenario.loses_power() {
        // Who comes first when the machine is up again reads, and goes on.
        reads(vfs, scenario);
        write(vfs, scenario, &as_before(scenario), End::Publish);
    }
    let late = SystemTime::UNIX_EPOCH + LATE;
    // Also where the clock has been later than that.
    vfs.pause(late.duration_since(vfs.now()).unwrap_or_default().max(A_DAY));
    let Ok(Some(unit)) = Unit::open(vfs, &vfs.root(), scenario.unit()) else { return };
    if scenario.has_no_locks() {
        // Nothing can be known to be dead there.
        return;
    }
    if scenario.follows_seed() {
        let _ = seed::collect(vfs, unit.dir(), seed::Age::AsItIs);
        let left = unit.list().map_or(0, |catalog| catalog.sessions.len());
        if left > 1 {
            scenario.object(
                vfs,
                "CLEAN-AFTER-ONE",
                format!("{left} sessions and lock files are left"),
            );
        }
        return;
    }
    let catalog = match unit.list() {
        Ok(catalog) => catalog,
        Err(error) => return scenario.object(vfs, "CLEAN-AFTER-ONE", error.to_string()),
    };
    let mut wanted: Vec<SessionName> = catalog.published().take(KEEP).collect();
    match collect(&unit, &policy(KEEP), Mode::Collect) {
        // After a cold start that a failure was the reason of, what it could not have stays for a while.
        Ok(report) if report.failures().count() == 0 => {
            let is_warm =
                |outcome: &&incrdir_gc::Disposal| matches!(outcome.fate, Fate::Kept(Why::LastWarm));
            let warm = report.disposals.iter().find(is_warm).map(|outcome| outcome.entry);
            wanted.extend(catalog.published().filter(|s| warm == Some((*s).into())));
            let is_kept = |s: &SessionName| wanted.contains(s) || is_pinned(&unit, *s);
            wanted = catalog.published().filter(is_kept).collect();
        }
        // What lies in a layer below cannot be moved there.
        Ok(_) if scenario.refuses_calls() => return,
        other => return scenario.object(vfs, "CLEAN-AFTER-ONE", format!("{other:?}")),
    }
    let Ok(left) = unit.list() else { return };
    // What a dead writer or a vandal had damaged has been quarantined on the way.
    let put_away =
        |session: &SessionName| left.quarantined.contains(&EntryName::Quarantined(session.key));
    let wanted: Vec<SessionName> = wanted.into_iter().filter(|s| !put_away(s)).collect();
    let is_clean = left.births.is_empty()
        && left.tombstones.is_empty()
        && left.published().eq(wanted.iter().copied())
        && left.sessions.values().all(|found| found.lock)
        && waiting(&unit, &left, wanted.first().copied());
    // What cannot be quarantined keeps the witness of what was done to it.
    if !is_clean && scenario.refuses_calls() {
        return;
    }
    if !is_clean {
        return scenario.object(
            vfs,
            "CLEAN-AFTER-ONE",
            format!("{left:?} is left, not {wanted:?}"),
        );
    }
    match collect(&unit, &policy(KEEP), Mode::Collect) {
        Ok(again) if again.disposals.iter().all(|o| matches!(o.fate, Fate::Kept(_))) => {}
        other => return scenario.object(vfs, "GC-IDEMPOTENT", format!("{other:?}")),
    }
    if scenario.evicts() {
        evict(vfs, scenario);
    }
}

/// What the first of them promises: one that promises less would destroy what was promised.
fn as_before(scenario: &UnitScenario) -> BeginOptions {
    match scenario.promise() {
        Some(durability) => lasting(durability),
        None => recycling(),
    }
}

/// Whether the working sessions are one that waits for whoever begins from the newest session, or none.
fn waiting(unit: &Unit<SimVfs<'_>>, left: &Catalog, newest: Option<SessionName>) -> bool {
    let mut working = left.sessions.iter().filter(|(_, found)| found.working);
    let waits = |(key, _): (&Key, &Traces)| {
        let lock = EntryName::Lock(*key);
        match try_acquire(unit.vfs(), unit.dir(), &vfs_name(lock), LockKind::Shared) {
            Ok(Acquire::Locked(lock)) => {
                let record = read_record(&lock).unwrap_or_default();
                let _ = lock.release();
                newest.is_some() && waits_for(unit.vfs(), &record) == newest
            }
            _ => false,
        }
    };
    working.clone().count() <= 1 && working.all(waits)
}

/// Whether a session is pinned.
fn is_pinned(unit: &Unit<SimVfs<'_>>, session: SessionName) -> bool {
    let pin = EntryName::Pin(session.key);
    matches!(read_pin(unit, pin), Ok(Some(pin)) if !pin.is_over(unit.vfs().now()))
}

/// Then one evicting pass leaves nothing of the unit but what is pinned, what is newer, and what is not ours
/// (CLEAN-AFTER-ONE), and a second one finds nothing to do (GC-IDEMPOTENT).
fn evict(vfs: &SimVfs<'_>, scenario: &UnitScenario) {
    let policy = policy(KEEP).limits(by_age());
    let done = pass(vfs, scenario, &policy);
    let failures = failures(&done);
    let left = match Unit::open(vfs, &vfs.root(), scenario.unit()) {
        Ok(Some(unit)) => unit.list().ok(),
        _ => None,
    };
    let has_reason = left.as_ref().is_none_or(|left| !left.pins.is_empty());
    let is_kept = scenario.has_rustc() || scenario.has_foreign();
    let is_empty = left.as_ref().is_some_and(|left| !left.holds_ours());
    if !failures.is_empty() || !(has_reason || is_kept && is_empty) {
        let what = format!("{left:?} is left after an eviction, {failures:?}");
        return scenario.object(vfs, "CLEAN-AFTER-ONE", what);
    }
    vfs.mark(if left.is_none() { "evict: all gone" } else { "evict: what is pinned is left" });
    let again = pass(vfs, scenario, &policy);
    let is_kept = |outcome: &incrdir_gc::Disposal| matches!(outcome.fate, Fate::Kept(_));
    let is_idle =
        units(&again).all(|(_, report)| !report.emptied && report.disposals.iter().all(is_kept));
    if !is_idle {
        scenario.object(vfs, "GC-IDEMPOTENT", format!("{again:?}"));
    }
}
