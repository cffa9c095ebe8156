//! Plays that nobody wrote: who plays, on what, and what goes wrong, all by luck, on every kind of file system.
//!
//! proptest makes the play smaller, the shrinker of the simulated world the tape.

use std::time::Duration;

use incrdir_explore::{Bounds, Explore};
use incrdir_sim::explore::{Part, Play};
use incrdir_vfs::Profile;
use proptest::prelude::*;

/// Runs of each play.
const RUNS: u64 = 8;

fn parts() -> impl Strategy<Value = Vec<Part>> {
    let part = prop_oneof![
        Just(Part::Writer),
        Just(Part::Collector),
        Just(Part::Reader),
        Just(Part::WriterCollector),
        Just(Part::Abandoner),
        Just(Part::Copier),
        Just(Part::Cloner),
        Just(Part::Consistent),
        Just(Part::Durable),
        Just(Part::Careful),
        Just(Part::InPlace),
        Just(Part::Rustc),
        Just(Part::Vandal),
        Just(Part::Cleaner),
    ];
    proptest::collection::vec(part, 1..=4)
}

fn plays() -> impl Strategy<Value = (Play, Bounds)> {
    let flags = proptest::array::uniform5(prop::bool::weighted(0.2));
    let profile = prop::sample::select(Profile::ALL.to_vec());
    let wrongs = (0..=2_u32, 0..=1_u32, 0..=1_u32, 0..=1_u32);
    (parts(), 0..=3_usize, profile, flags, wrongs).prop_map(
        |(parts, published, profile, flags, (kills, faults, jumps, collisions))| {
            let [coarse, lost_locks, frozen_clock, nested, foreign] = flags;
            let time_step = if coarse { Duration::from_secs(2) } else { profile.time_step };
            let can_nest = profile.symlinks;
            // Where locks lie, who was not heard of for a day counts as dead.
            let jumps = if profile.locks_exclude_all() { jumps } else { 0 };
            let mut parts = parts;
            // What rustc does when a link fails is a known defect of it (F18), it knows nothing of names that are
            // taken, and between making and locking a lock file it relies on clocks that agree within the grace.
            if faults + jumps + collisions > 0 || profile.clock_skew != 0 {
                parts.retain(|part| *part != Part::Rustc);
            }
            let play = Play {
                profile: Profile { time_step, ..profile },
                // Two collisions of names at once are no luck any more.
                frozen_clock: frozen_clock && collisions == 0,
                lost_locks: lost_locks && published > 0,
                nested: nested && can_nest,
                // Who deletes the unit deletes what is in it.
                foreign: foreign && can_nest && published > 0 && !parts.contains(&Part::Cleaner),
                has_faults: faults > 0,
                has_collisions: collisions > 0,
                has_jumps: jumps > 0,
                hosts: &[0, 0, 1, 1],
                ..Play::new("random", published, &parts)
            };
            let bounds = Bounds::default()
                .kills(kills)
                .faults(faults)
                .jumps(jumps)
                .collisions(collisions)
                .executions(RUNS);
            (play, bounds)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: std::env::var("INCRDIR_PLAYS").ok().and_then(|n| n.parse().ok()).unwrap_or(300),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn nothing_goes_wrong_in_any_of_them((play, bounds) in plays(), seed: u64) {
        if let Some(found) = Explore::new(&play).bounds(bounds.clone()).walk(seed).violation {
            let found = Explore::new(&play).bounds(bounds.clone()).shrink(&found);
            let story = Explore::new(&play).bounds(bounds.clone()).tell(&found.tape).expect("a tape");
            prop_assert!(false, "{}\n{story:#?}", found);
        }
    }
}
