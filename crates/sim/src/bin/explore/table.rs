//! What was explored, as a table or a line of JSON an act.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use incrdir_sim::explore::{Act, Hunt, hunts};
use incrdir_vfs::sim::{Bounds, Summary, explore, shrink};
use incrdir_vfs::{Fault, OpKind};

use crate::runs::{run_name, shown, tell_story};

/// The bounds of an act in a few characters: what may happen how often besides pre-emptions.
fn budget(bounds: &Bounds) -> String {
    let Bounds { kills, faults, jumps, collisions, .. } = bounds;
    [(kills, "kill"), (faults, "fault"), (jumps, "jump"), (collisions, "namesake")]
        .into_iter()
        .filter(|(times, _)| **times > 0)
        .map(|(times, what)| format!("{times} {what}"))
        .collect::<Vec<_>>()
        .join(", ")
}

#[expect(clippy::disallowed_methods, reason = "how long it takes is part of the table")]
pub(crate) fn table(acts: &[Act], is_json: bool) -> ExitCode {
    if acts.is_empty() {
        eprintln!("there is no such play");
        return ExitCode::FAILURE;
    }
    if !is_json {
        println!(
            "{:24} {:>11} {:18} {:>9} {:>9} {:>11} {:>8} {:>9}  result",
            "play", "preemptions", "besides", "runs", "states", "calls", "seconds", "calls/s"
        );
    }
    let mut is_well = true;
    let mut faults = BTreeMap::new();
    for act @ Act { play, bounds, .. } in acts {
        let start = Instant::now();
        let summary = explore(play, bounds);
        row(act, &summary, start.elapsed(), is_json);
        for (fault, runs) in &summary.faults {
            *faults.entry(*fault).or_default() += runs;
        }
        if let Some(violation) = &summary.violation {
            is_well = false;
            let violation = shrink(play, bounds, violation);
            println!("{violation}");
            println!("replay: {}", run_name(play.name, bounds, &violation.tape));
            tell_story(play, bounds, &violation.tape);
        }
    }
    if !is_json {
        matrix(&faults);
    }
    if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn row(Act { play, bounds, .. }: &Act, summary: &Summary, time: Duration, is_json: bool) {
    let violations = u32::from(summary.violation.is_some());
    if is_json {
        let line = serde_json::json!({
            "play": play.name, "profile": play.profile.name, "preemptions": shown(bounds.preemptions),
            "kills": bounds.kills, "faults": bounds.faults, "jumps": bounds.jumps,
            "collisions": bounds.collisions, "runs": summary.executions, "states": summary.states,
            "calls": summary.calls, "seconds": time.as_secs_f64(), "violations": violations,
            "complete": summary.is_complete,
        });
        println!("{line}");
        return;
    }
    let result = match (violations, summary.is_complete) {
        (0, true) => "complete, 0 violations",
        (0, false) => "cut off, 0 violations",
        _ => "VIOLATION",
    };
    println!(
        "{:24} {:>11} {:18} {:>9} {:>9} {:>11} {:>8.1} {:>9.0}  {result}",
        play.name,
        shown(bounds.preemptions),
        budget(bounds),
        summary.executions,
        summary.states,
        summary.calls,
        time.as_secs_f64(),
        summary.speed(time),
    );
}

/// Which calls failed how, in how many runs.
fn matrix(faults: &BTreeMap<(OpKind, Fault), u64>) {
    if faults.is_empty() {
        return;
    }
    println!("\ncalls that failed, how, and in how many runs");
    for kind in OpKind::ALL {
        let of_kind: Vec<_> = Fault::of(kind)
            .iter()
            .map(|fault| match faults.get(&(kind, *fault)) {
                Some(runs) => format!("{fault} {runs}"),
                None => format!("{fault} NEVER"),
            })
            .collect();
        if !of_kind.is_empty() {
            println!("  {:12} {}", format!("{kind:?}"), of_kind.join(", "));
        }
    }
}

/// The seed's defects, each to be found.
#[expect(clippy::disallowed_methods, reason = "how long it takes is part of the table")]
pub(crate) fn hunt() -> ExitCode {
    println!("{:46} {:>10} {:>8}  found", "defect of the seed's protocol", "runs", "seconds");
    let mut all_found = true;
    for Hunt { defect, act } in hunts() {
        let start = Instant::now();
        let summary = explore(&act.play, &act.bounds);
        let time = start.elapsed();
        let shrunk = summary.violation.as_ref().map(|found| shrink(&act.play, &act.bounds, found));
        all_found &= shrunk.is_some();
        let found = shrunk.map_or("NOT FOUND".into(), |shrunk| {
            format!("{}, simplest: {}", shrunk.broken.oracle, shrunk.tape)
        });
        println!("{defect:46} {:>10} {:>8.2}  {}", summary.executions, time.as_secs_f64(), found,);
    }
    if all_found { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
