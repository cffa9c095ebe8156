//! Random runs for as long as one likes.

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

use incrdir_explore::{Explore, Violation};
use incrdir_sim::scenarios::{Search, searches};

use crate::runs::{print_steps, run_name};
use crate::table::Style;

/// Runs of a scenario before it is the next one's turn.
const BATCH: u64 = 500;
/// How often progress is shown.
const EVERY: Duration = Duration::from_secs(10);

/// What all workers have done.
#[derive(Default)]
struct Done {
    runs: u64,
    calls: u64,
    found: Option<(Search, Violation)>,
    shown: Duration,
}

/// Random runs of all scenarios, by turns, until the time is over: half of them by priorities.
#[expect(clippy::disallowed_methods, reason = "it lasts as long as it is told to")]
pub(crate) fn soak(time: Duration, style: Style) -> ExitCode {
    // Another one each time, and told, so that it is available again.
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let first = style.seed.unwrap_or(now.as_secs());
    println!("--seed {first}");
    let start = Instant::now();
    let (done, is_over) = (Mutex::new(Done::default()), AtomicBool::new(false));
    let work = |worker: u64| {
        let mut seed = (first << 8 | worker).wrapping_mul(1 << 30);
        while !is_over.load(Ordering::Relaxed) {
            for mut search in searches() {
                search.bounds.preemptions = u32::MAX;
                search.bounds.executions = BATCH;
                let found = batch(search, seed, &done);
                let Ok(mut done) = done.lock() else { return };
                if start.elapsed() - done.shown > EVERY {
                    done.shown = start.elapsed();
                    eprintln!("{} runs, {} s", done.runs, done.shown.as_secs());
                }
                if found || start.elapsed() >= time {
                    is_over.store(true, Ordering::Relaxed);
                }
                if is_over.load(Ordering::Relaxed) {
                    return;
                }
            }
            seed = seed.wrapping_add(BATCH);
        }
    };
    std::thread::scope(|scope| {
        (0..style.workers as u64).for_each(|worker| drop(scope.spawn(move || work(worker))));
    });
    let Ok(Done { runs, calls, found, .. }) = done.into_inner() else { return ExitCode::FAILURE };
    let seconds = start.elapsed().as_secs();
    match found {
        None => {
            println!("{runs} random runs, {calls} calls in {seconds} s, 0 violations");
            ExitCode::SUCCESS
        }
        Some((Search { scenario, bounds, .. }, violation)) => {
            let violation = Explore::new(&scenario).bounds(bounds.clone()).shrink(&violation);
            println!("{violation}");
            println!("replay: {}", run_name(&scenario, &bounds, &violation.tape));
            print_steps(&scenario, &bounds, &violation.tape);
            ExitCode::FAILURE
        }
    }
}

/// A few runs of one scenario. Whether something must not be.
fn batch(search: Search, seed: u64, done: &Mutex<Done>) -> bool {
    let Search { scenario, bounds, .. } = &search;
    for depth in [None, Some(3)] {
        let summary = match depth {
            None => Explore::new(scenario).bounds(bounds.clone()).walk(seed),
            Some(depth) => {
                Explore::new(scenario).bounds(bounds.clone()).walk_by_priority(seed, depth)
            }
        };
        let Ok(mut done) = done.lock() else { return true };
        done.runs += summary.executions;
        done.calls += summary.calls;
        if let Some(violation) = summary.violation {
            done.found.get_or_insert((search, violation));
            return true;
        }
    }
    false
}
