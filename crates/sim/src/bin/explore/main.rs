//! Plays in the simulated world, for `cargo xtask sim`.

mod power;
mod runs;
mod soak;
mod table;

use std::process::ExitCode;

use incrdir_sim::explore::{Act, acts};

const USAGE: &str =
    "usage: explore [json] short [PLAY] | [json] long | [json] faults | [json] PLAY...
       explore seed | power [long] | soak SECONDS | replay RUN";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["replay", run] => runs::replay_one(run),
        ["seed"] => table::hunt(),
        ["power"] => power::power(false),
        ["power", "long"] => power::power(true),
        ["soak", seconds] => match seconds.parse() {
            Ok(seconds) => soak::soak(seconds),
            Err(_) => {
                eprintln!("soak: for how many seconds?");
                ExitCode::FAILURE
            }
        },
        ["json", what @ ..] => table::table(&chosen(what), true),
        [] => {
            eprintln!("{USAGE}");
            ExitCode::FAILURE
        }
        what => table::table(&chosen(what), false),
    }
}

/// The acts that are asked for.
fn chosen(what: &[&str]) -> Vec<Act> {
    let mut all = acts();
    match what {
        ["short"] => all.retain(|act| act.is_short),
        ["short", name] => all.retain(|act| act.is_short && act.play.name == *name),
        ["long"] => {}
        ["faults"] => all.retain(|act| act.bounds.faults > 0),
        names => all.retain(|act| names.contains(&act.play.name)),
    }
    all
}
