//! Random runs for as long as one likes.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use incrdir_sim::explore::{Act, acts};
use incrdir_vfs::sim::{shrink, walk, walk_by_priority};

use crate::runs::{run_name, tell_story};

/// Random runs of all plays, by turns, until the time is over: half of them by priorities.
#[expect(clippy::disallowed_methods, reason = "it lasts as long as it is told to")]
pub(crate) fn soak(seconds: u64) -> ExitCode {
    const BATCH: u64 = 500;
    let (start, time) = (Instant::now(), Duration::from_secs(seconds));
    let (mut runs, mut calls, mut seed) = (0, 0, 1);
    loop {
        for Act { play, mut bounds, .. } in acts() {
            bounds.preemptions = u32::MAX;
            bounds.executions = BATCH;
            for depth in [None, Some(3)] {
                let summary = match depth {
                    None => walk(&play, &bounds, seed),
                    Some(depth) => walk_by_priority(&play, &bounds, seed, depth),
                };
                runs += summary.executions;
                calls += summary.calls;
                if let Some(violation) = summary.violation {
                    let violation = shrink(&play, &bounds, &violation);
                    println!("{violation}");
                    println!("replay: {}", run_name(&play, &bounds, &violation.tape));
                    tell_story(&play, &bounds, &violation.tape);
                    return ExitCode::FAILURE;
                }
            }
            if start.elapsed() >= time {
                let elapsed = start.elapsed().as_secs();
                println!("{runs} random runs, {calls} calls in {elapsed} s, 0 violations");
                return ExitCode::SUCCESS;
            }
        }
        seed += BATCH;
        eprintln!("{runs} runs, {} s", start.elapsed().as_secs());
    }
}
