//! Searches of the simulated world, for `cargo xtask sim`.

mod harness;
mod power_loss;
mod power_searches;
mod runs;
mod side_by_side;
mod soak;
mod stores;
mod table;

use std::process::ExitCode;

use incrdir_sim::scenarios::{Round, Search, searches_of};
use power_searches::Extent;
use table::Style;

/// A search makes and drops small things all the time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const USAGE: &str = "usage: explore [--format json] [--workers N] [--time 10m] [--seed N] [WHAT]
       WHAT: quick [SCENARIO...] | short [SCENARIO...] | long | faults | SCENARIO... | seed | harness
             | power [full | long] | power together [long | PREEMPTIONS [SCENARIO...] | all [SCENARIO...]] | power recovery [quick | long] | recovery [quick] [SCENARIO...]
             | store [long] [SCENARIO...]
             | soak | replay RUN";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (style, what) = match parse(&arguments) {
        Ok(parsed) => parsed,
        Err(error) => {
            eprintln!("{error}\n{USAGE}");
            return ExitCode::FAILURE;
        }
    };
    // A program that panics is an objection, which is told with its tape.
    std::panic::set_hook(Box::new(|_| ()));
    match &what[..] {
        ["replay", run] => runs::replay_one(run),
        ["seed"] => table::known_defects_table(),
        ["harness"] => harness::check(),
        ["power"] => power_loss::enumerated(Extent::Quick),
        ["power", "full"] => power_loss::enumerated(Extent::Full),
        ["power", "first"] => power_loss::enumerated(Extent::First),
        ["power", "long"] => power_loss::enumerated(Extent::Long),
        ["power", "recovery"] => exit(power_searches::recovered(Extent::Full)),
        ["power", "recovery", "quick"] => exit(power_searches::recovered(Extent::Quick)),
        ["power", "recovery", "long"] => exit(power_searches::recovered(Extent::Long)),
        ["power", "together", "long"] => exit(power_searches::together(Extent::Long, 1, &[])),
        ["power", "together"] => exit(power_searches::together(Extent::Full, 1, &[])),
        ["power", "together", "all", only @ ..] => exit(power_searches::interleaved(only)),
        ["power", "together", preemptions, only @ ..] => match preemptions.parse() {
            Ok(preemptions) => exit(power_searches::together(Extent::Full, preemptions, only)),
            Err(_) => {
                eprintln!("{USAGE}");
                ExitCode::FAILURE
            }
        },
        ["store", "long", names @ ..] => stores::explore(true, names, style),
        ["store", names @ ..] => stores::explore(false, names, style),
        ["soak"] => match style.time {
            Some(time) => soak::soak(time, style),
            None => {
                eprintln!("soak: for how long? (--time 10m)");
                ExitCode::FAILURE
            }
        },
        ["recovery", names @ ..] => table::table(&cut_short(names), style),
        [] => table::table(&chosen(&["short"]), style),
        what => table::table(&chosen(what), style),
    }
}

fn exit(is_well: bool) -> ExitCode {
    if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn parse(arguments: &[String]) -> Result<(Style, Vec<&str>), String> {
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let mut style = Style { is_json: false, workers, time: None, seed: None };
    let mut what = Vec::new();
    let mut rest = arguments.iter().map(String::as_str);
    while let Some(argument) = rest.next() {
        let mut value = || rest.next().ok_or(format!("{argument} needs a value"));
        let number = |text: &str| text.parse::<u64>().map_err(|_| format!("{text} is no number"));
        match argument {
            "--format" => style.is_json = value()? == "json",
            "--workers" => style.workers = number(value()?)? as usize,
            "--seed" => style.seed = Some(number(value()?)?),
            "--time" => {
                let text = value()?;
                let time = humantime::parse_duration(text);
                style.time = Some(time.map_err(|error| format!("--time {text}: {error}"))?);
            }
            other => what.push(other),
        }
    }
    Ok((style, what))
}

/// The searches that are asked for, with recoveries that are cut short twice.
fn cut_short(what: &[&str]) -> Vec<Search> {
    let mut chosen = chosen(if what.is_empty() { &["short"] } else { what });
    for search in &mut chosen {
        search.bounds.recovery_crashes = 2;
    }
    chosen
}

/// The searches that are asked for.
fn chosen(what: &[&str]) -> Vec<Search> {
    let mut chosen = match what {
        ["quick", ..] => searches_of(Round::Quick),
        ["short", ..] => searches_of(Round::Short),
        _ => searches_of(Round::Long),
    };
    match what {
        ["quick" | "short" | "long"] => {}
        ["faults"] => chosen.retain(|search| search.bounds.faults > 0),
        ["quick" | "short", names @ ..] | names => {
            chosen.retain(|search| names.contains(&search.scenario.name));
        }
    }
    chosen
}
