//! The protocol's calls, as one number a scenario: a change of the protocol shows here in review.
//!
//! Each number is a hash of everything that happens in a few hundred random runs, or how many states a complete
//! search finds. If you changed what calls are made, or in which order, put the new numbers here and say why in
//! the commit. A number of states that shrinks without that is an alarm.

use incrdir_explore::{Bounds, Engine, Explore};
use incrdir_sim::scenarios::{Hazard, UnitScenario, scenarios};

const RUNS: u64 = 200;

const GOLDEN: [(&str, u64); 3] = [
    ("writer", 7307690868616692438),
    ("two-writers", 15912497208265347822),
    ("collector-reader", 11993205776933000949),
];

const STATES: [(&str, u64); 3] =
    [("writer", 70), ("two-collectors", 5724), ("collector-reader", 2677)];

fn bounds() -> Bounds {
    Bounds::default().kills(1).executions(RUNS)
}

fn scenario(name: &str) -> UnitScenario {
    scenarios().into_iter().find(|scenario| scenario.name == name).expect("a scenario")
}

#[test]
#[cfg_attr(windows, ignore = "the fingerprints are of names as Unix keeps them")]
fn the_protocol_makes_the_calls_that_it_made() {
    let now = GOLDEN.map(|(name, _)| {
        let summary = Explore::new(&scenario(name)).bounds(bounds()).walk(1);
        assert!(summary.violation.is_none(), "{name}: {}", summary.violation.unwrap());
        (name, summary.traces as u64)
    });
    assert_eq!(now, GOLDEN);
}

#[test]
fn a_search_finds_the_states_that_it_found() {
    let bounds = Bounds::default().kills(1).preemptions(2);
    let now = STATES.map(|(name, _)| {
        let summary = Explore::new(&scenario(name)).bounds(bounds.clone()).run();
        assert!(summary.is_complete, "{name}: {:?}", summary.violation);
        (name, summary.states)
    });
    assert_eq!(now, STATES);
}

#[test]
fn the_same_decisions_are_the_same_run() {
    let scenario = scenario("writer-collector");
    for tape in ["", "12z.1", "3z.2.9z.1", "30z.1.1.1"] {
        let runs =
            [0, 1].map(|_| Explore::new(&scenario).bounds(bounds()).replay_loosely(tape).unwrap());
        assert_eq!((runs[0].trace, runs[0].calls), (runs[1].trace, runs[1].calls), "{tape}");
        assert!(runs[0].violation.is_none());
    }
}

/// Two engines that have nothing in common but the world: what they agree on is the protocol's.
#[test]
fn coroutines_and_threads_run_the_same() {
    for scenario in scenarios() {
        let bounds = bounds().faults(u32::from(scenario.hazards.contains(&Hazard::FailingCalls)));
        for seed in 0..4 {
            let random = Explore::new(&scenario)
                .bounds(bounds.clone())
                .engine(Engine::Coroutines)
                .run_at_random(seed);
            for engine in [Engine::Coroutines, Engine::Threads] {
                let again = Explore::new(&scenario)
                    .bounds(bounds.clone())
                    .engine(engine)
                    .replay(&random.tape)
                    .unwrap();
                assert_eq!(
                    (again.trace, again.calls),
                    (random.trace, random.calls),
                    "{} {} on {engine:?}",
                    scenario.name,
                    random.tape
                );
            }
        }
    }
}
