//! Scenarios that nobody wrote: which processes, on what, and what goes wrong, all by luck, on every kind of file system.
//!
//! proptest makes the scenario smaller, the shrinker of the simulated world the tape.

use std::time::Duration;

use incrdir_explore::{Bounds, Explore};
use incrdir_sim::scenarios::{Hazard, Initial, ProcessKind, UnitScenario};
use incrdir_vfs::Profile;
use proptest::prelude::*;

/// Runs of each scenario.
const RUNS: u64 = 8;

fn processes() -> impl Strategy<Value = Vec<ProcessKind>> {
    let kind = prop_oneof![
        Just(ProcessKind::Writer),
        Just(ProcessKind::Collector),
        Just(ProcessKind::Reader),
        Just(ProcessKind::WriterCollector),
        Just(ProcessKind::Abandoner),
        Just(ProcessKind::Copier),
        Just(ProcessKind::Cloner),
        Just(ProcessKind::Consistent),
        Just(ProcessKind::Durable),
        Just(ProcessKind::Careful),
        Just(ProcessKind::InPlace),
        Just(ProcessKind::Evictor),
        Just(ProcessKind::SizeEvictor),
        Just(ProcessKind::Pinner),
        Just(ProcessKind::OldestPinner),
        Just(ProcessKind::UnitPinner),
        Just(ProcessKind::Rustc),
        Just(ProcessKind::Vandal),
        Just(ProcessKind::Cleaner),
    ];
    proptest::collection::vec(kind, 1..=4)
}

fn scenarios() -> impl Strategy<Value = (UnitScenario, Bounds)> {
    let flags = proptest::array::uniform5(prop::bool::weighted(0.2));
    let profile = prop::sample::select(Profile::ALL.to_vec());
    let wrongs = (0..=2_u32, 0..=1_u32, 0..=1_u32, 0..=1_u32);
    (processes(), 0..=3_usize, profile, flags, wrongs).prop_map(
        |(processes, published, profile, flags, (kills, faults, jumps, collisions))| {
            let [coarse, lost_locks, frozen_clock, nested, foreign] = flags;
            let time_step = if coarse { Duration::from_secs(2) } else { profile.time_step };
            let can_nest = profile.symlinks;
            // Where locks lie, who was not heard of for a day counts as dead.
            let jumps = if profile.locks_exclude_all() { jumps } else { 0 };
            let mut processes = processes;
            // What rustc does when a link fails is a known defect of it (F18), it knows nothing of names that are
            // taken, and between making and locking a lock file it relies on clocks that agree within the grace.
            if faults + jumps + collisions > 0 || profile.clock_skew != 0 {
                processes.retain(|kind| *kind != ProcessKind::Rustc);
            }
            let has = |kind| processes.contains(&kind);
            let has_cleaner = has(ProcessKind::Cleaner);
            let has_evictor = has(ProcessKind::Evictor) || has(ProcessKind::SizeEvictor);
            let initial = [
                (Initial::LostLocks, lost_locks && published > 0),
                // Who deletes the unit and dies leaves directories from below in it, which an eviction does not touch.
                (Initial::NestedTrees, nested && can_nest && !(has_cleaner && has_evictor)),
                // Who deletes the unit deletes what is in it.
                (Initial::ForeignNames, foreign && can_nest && published > 0 && !has_cleaner),
            ];
            let hazards = [
                // Two collisions of names at once are no luck any more.
                (Hazard::FrozenClock, frozen_clock && collisions == 0),
                (Hazard::FailingCalls, faults > 0),
                (Hazard::EqualDraws, collisions > 0),
                (Hazard::ClockJumps, jumps > 0),
            ];
            let mut scenario = UnitScenario::new("random", published, &processes)
                .on(profile.time_step(time_step))
                .on_hosts(&[0, 0, 1, 1]);
            scenario.initial.extend(chosen(initial));
            scenario.hazards.extend(chosen(hazards));
            let bounds = Bounds::default()
                .kills(kills)
                .faults(faults)
                .jumps(jumps)
                .collisions(collisions)
                .executions(RUNS);
            (scenario, bounds)
        },
    )
}

/// Those that are switched on.
fn chosen<T>(all: impl IntoIterator<Item = (T, bool)>) -> impl Iterator<Item = T> {
    all.into_iter().filter(|(_, is_on)| *is_on).map(|(what, _)| what)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: std::env::var("INCRDIR_SCENARIOS").ok().and_then(|n| n.parse().ok()).unwrap_or(300),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn nothing_goes_wrong_in_any_of_them((scenario, bounds) in scenarios(), seed: u64) {
        if let Some(found) = Explore::new(&scenario).bounds(bounds.clone()).walk(seed).violation {
            let found = Explore::new(&scenario).bounds(bounds.clone()).shrink(&found);
            let steps = Explore::new(&scenario).bounds(bounds.clone()).tell(&found.tape).expect("a tape");
            prop_assert!(false, "{}\n{steps:#?}", found);
        }
    }
}
