//! One run: its name, and its story.

use std::process::ExitCode;

use incrdir_sim::explore::{Play, plays};
use incrdir_vfs::sim::{Bounds, replay, tell};

pub(crate) fn shown(preemptions: u32) -> String {
    if preemptions == u32::MAX { "all".into() } else { preemptions.to_string() }
}

/// The protocol that tapes belong to: raised when a change of it makes old tapes mean something else.
const VERSION: &str = "v2";

/// The name of a run: version, play, bounds, decisions.
pub(crate) fn run_name(play: &str, bounds: &Bounds, tape: &str) -> String {
    let Bounds { kills, faults, jumps, collisions, .. } = bounds;
    let preemptions = shown(bounds.preemptions);
    format!("{VERSION}/{play}/{preemptions}/{kills}.{faults}.{jumps}.{collisions}/{tape}")
}

fn parse_run(run: &str) -> Result<(Play, Bounds, &str), String> {
    let fields: Vec<&str> = run.splitn(5, '/').collect();
    let [version, name, preemptions, budget, tape] = fields[..] else {
        return Err(format!(
            "a run is {VERSION}/PLAY/PREEMPTIONS/KILLS.FAULTS.JUMPS.COLLISIONS/TAPE"
        ));
    };
    if version != VERSION {
        return Err(format!("{run} is a run of {version}, this is {VERSION}"));
    }
    let play = plays().into_iter().find(|play| play.name == name);
    let number = |text: &str| text.parse().map_err(|_| format!("{text} is no number"));
    let budget = budget.split('.').map(number).collect::<Result<Vec<u32>, _>>()?;
    let [kills, faults, jumps, collisions] = budget[..] else {
        return Err("the budget is KILLS.FAULTS.JUMPS.COLLISIONS".into());
    };
    let preemptions = if preemptions == "all" { u32::MAX } else { number(preemptions)? };
    let bounds = Bounds { preemptions, kills, faults, jumps, collisions, ..Bounds::default() };
    Ok((play.ok_or(format!("there is no play {name}"))?, bounds, tape))
}

pub(crate) fn replay_one(run: &str) -> ExitCode {
    let parsed = parse_run(run).and_then(|(play, bounds, tape)| {
        let replayed = replay(&play, &bounds, tape).map_err(|error| error.to_string())?;
        tell_story(&play, &bounds, tape);
        Ok(replayed)
    });
    match parsed {
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
pub(crate) fn tell_story(play: &Play, bounds: &Bounds, tape: &str) {
    const WIDTH: usize = 4;
    for told in tell(play, bounds, tape).unwrap_or_default() {
        let indent = WIDTH * told.process;
        let outcome: String = told.outcome.chars().take(100).collect();
        println!("{:indent$}{} {}: {outcome}", "", told.process + 1, told.call);
    }
}
