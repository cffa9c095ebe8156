//! Plays in the simulated world, for `cargo xtask sim`.
//!
//! `explore short [NAME] | long | NAME…` prints a table; `explore seed` hunts the known defects of the seed's protocol; `explore replay PLAY/PREEMPTIONS/KILLS/TAPE` runs one tape.

use std::process::ExitCode;
use std::time::Instant;

use incrdir_sim::explore::{Act, Hunt, acts, hunts, plays};
use incrdir_vfs::sim::{Bounds, explore, replay};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["replay", run] => replay_one(run),
        ["seed"] => hunt(),
        ["short"] => table(acts().into_iter().filter(|act| act.is_short)),
        ["short", name] => {
            table(acts().into_iter().filter(|act| act.is_short && act.play.name == *name))
        }
        ["long"] => table(acts().into_iter()),
        [] => {
            eprintln!("usage: explore short [NAME] | long | seed | NAME... | replay RUN");
            ExitCode::FAILURE
        }
        names => table(acts().into_iter().filter(|act| names.contains(&act.play.name))),
    }
}

#[expect(clippy::disallowed_methods, reason = "how long it takes is part of the table")]
fn table(acts: impl Iterator<Item = Act>) -> ExitCode {
    println!(
        "{:26} {:>11} {:>5} {:>10} {:>10} {:>11} {:>8} {:>9}  result",
        "play", "preemptions", "kills", "runs", "states", "calls", "seconds", "calls/s"
    );
    let mut is_well = true;
    for Act { play, bounds, .. } in acts {
        let start = Instant::now();
        let summary = explore(&play, &bounds);
        let time = start.elapsed();
        let preemptions = shown(bounds.preemptions);
        let result = match (&summary.violation, summary.is_complete) {
            (Some(_), _) => "VIOLATION",
            (None, true) => "complete, 0 violations",
            (None, false) => "cut off, 0 violations",
        };
        println!(
            "{:26} {:>11} {:>5} {:>10} {:>10} {:>11} {:>8.1} {:>9.0}  {result}",
            play.name,
            preemptions,
            bounds.kills,
            summary.executions,
            summary.states,
            summary.calls,
            time.as_secs_f64(),
            summary.speed(time),
        );
        if let Some(violation) = summary.violation {
            is_well = false;
            println!("{violation}");
            println!("replay: {}/{preemptions}/{}/{}", play.name, bounds.kills, violation.tape);
        }
    }
    if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The seed's defects, each to be found.
#[expect(clippy::disallowed_methods, reason = "how long it takes is part of the table")]
fn hunt() -> ExitCode {
    println!("{:46} {:>10} {:>8}  found", "defect of the seed's protocol", "runs", "seconds");
    let mut all_found = true;
    for Hunt { defect, act } in hunts() {
        let start = Instant::now();
        let summary = explore(&act.play, &act.bounds);
        let found = summary.violation.as_ref().map(|violation| violation.broken.oracle);
        all_found &= found.is_some();
        println!(
            "{defect:46} {:>10} {:>8.2}  {}",
            summary.executions,
            start.elapsed().as_secs_f64(),
            found.unwrap_or("NOT FOUND"),
        );
    }
    if all_found { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn shown(preemptions: u32) -> String {
    if preemptions == u32::MAX { "all".into() } else { preemptions.to_string() }
}

fn replay_one(run: &str) -> ExitCode {
    let fields: Vec<&str> = run.splitn(4, '/').collect();
    let [name, preemptions, kills, tape] = fields[..] else {
        eprintln!("a run is PLAY/PREEMPTIONS/KILLS/TAPE");
        return ExitCode::FAILURE;
    };
    let play = plays().into_iter().find(|play| play.name == name);
    let preemptions = if preemptions == "all" { Ok(u32::MAX) } else { preemptions.parse() };
    let (Some(play), Ok(preemptions), Ok(kills)) = (play, preemptions, kills.parse()) else {
        eprintln!("no such play, or not a number: {run}");
        return ExitCode::FAILURE;
    };
    let bounds = Bounds { preemptions, kills, ..Bounds::default() };
    match replay(&play, &bounds, tape) {
        Ok(replayed) => {
            println!("trace {:032x}, {} calls", replayed.trace, replayed.calls);
            match replayed.violation {
                Some(violation) => {
                    println!("{violation}");
                    ExitCode::FAILURE
                }
                None => {
                    println!("no violation");
                    ExitCode::SUCCESS
                }
            }
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
