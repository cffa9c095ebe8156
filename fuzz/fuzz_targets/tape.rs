//! Any bytes as the decisions of a play: which process goes next, which one dies, which call fails. What the
//! oracles see is a crash of this target, and its tape a replay string.
#![no_main]

use incrdir_sim::explore::plays;
use incrdir_explore::{Bounds, Explore};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((which, choices)) = data.split_first() else { return };
    let plays: Vec<_> = plays();
    let play = &plays[usize::from(*which) % plays.len()];
    let bounds = Bounds::default().kills(1).faults(u32::from(play.has_faults));
    let tape: Vec<String> = choices.iter().map(u8::to_string).collect();
    let Ok(run) = Explore::new(play).bounds(bounds.clone()).replay_loosely(&tape.join(".")) else { return };
    assert!(run.violation.is_none(), "{}: {}", play.name, run.violation.expect("just seen"));
});
