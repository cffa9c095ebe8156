//! Any bytes as the decisions of a scenario: which process goes next, which one dies, which call fails. What the
//! oracles see is a crash of this target, and its tape a replay string.
#![no_main]

use incrdir_sim::scenarios::{Hazard, scenarios};
use incrdir_explore::{Bounds, Explore};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((which, choices)) = data.split_first() else { return };
    let scenarios: Vec<_> = scenarios();
    let scenario = &scenarios[usize::from(*which) % scenarios.len()];
    let bounds = Bounds::default().kills(1).faults(u32::from(scenario.hazards.contains(&Hazard::FailingCalls)));
    let tape: Vec<String> = choices.iter().map(u8::to_string).collect();
    let Ok(run) = Explore::new(scenario).bounds(bounds.clone()).replay_loosely(&tape.join(".")) else { return };
    assert!(run.violation.is_none(), "{}: {}", scenario.name, run.violation.expect("just seen"));
});
