//! One run: seen again, and told.

use std::process::ExitCode;

use incrdir_explore::{Bounds, Explore};
use incrdir_sim::scenarios::{Run, UnitScenario};

pub(crate) fn shown(preemptions: u32) -> String {
    if preemptions == u32::MAX { "all".into() } else { preemptions.to_string() }
}

pub(crate) fn run_name(scenario: &UnitScenario, bounds: &Bounds, tape: &str) -> String {
    Run { scenario: scenario.clone(), bounds: bounds.clone(), tape: tape.into() }.to_string()
}

pub(crate) fn replay_one(run: &str) -> ExitCode {
    let replayed = run.parse::<Run>().and_then(|Run { scenario, bounds, tape }| {
        let replayed = Explore::new(&scenario)
            .bounds(bounds.clone())
            .replay(&tape)
            .map_err(|error| error.to_string())?;
        print_steps(&scenario, &bounds, &tape);
        Ok(replayed)
    });
    match replayed {
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

/// All calls of a run: a column for each process, a row for each call.
pub(crate) fn print_steps(scenario: &UnitScenario, bounds: &Bounds, tape: &str) {
    const WIDTH: usize = 4;
    for told in Explore::new(scenario).bounds(bounds.clone()).tell(tape).unwrap_or_default() {
        let indent = WIDTH * told.process.unwrap_or(0);
        let outcome: String = told.outcome.chars().take(100).collect();
        println!(
            "{:indent$}{} {}: {outcome}",
            "",
            told.process.map_or(0, |process| process + 1),
            told.call
        );
    }
}
