//! What was explored, as a table or a line of JSON a search.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::process::ExitCode;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use incrdir_explore::{Bounds, Explore, Progress, Summary};
use incrdir_sim::scenarios::{KnownDefect, Search, known_defects};
use incrdir_vfs::{Fault, OpKind};

use crate::runs::{print_steps, run_name, shown};

/// How a table is made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Style {
    pub(crate) is_json: bool,
    pub(crate) workers: usize,
    /// For each search; what is not explored by then is said to be cut off.
    pub(crate) time: Option<Duration>,
    /// Where random runs begin.
    pub(crate) seed: Option<u64>,
}

/// How often progress is shown.
const EVERY: Duration = Duration::from_secs(5);

/// The bounds of a search in a few characters: what may happen how often besides pre-emptions.
fn budget(bounds: &Bounds) -> String {
    let Bounds { kills, recovery_crashes, faults, jumps, collisions, .. } = bounds;
    let mishaps = [
        (kills, "kill"),
        (faults, "fault"),
        (jumps, "jump"),
        (collisions, "namesake"),
        (recovery_crashes, "later"),
    ];
    mishaps
        .into_iter()
        .filter(|(times, _)| **times > 0)
        .map(|(times, what)| format!("{times} {what}"))
        .collect::<Vec<_>>()
        .join(", ")
}

#[expect(clippy::disallowed_methods, reason = "how long it takes is part of the table")]
pub(crate) fn table(searches: &[Search], style: Style) -> ExitCode {
    if searches.is_empty() {
        eprintln!("there is no such scenario");
        return ExitCode::FAILURE;
    }
    if !style.is_json {
        println!(
            "{:24} {:>11} {:18} {:>9} {:>10} {:>11} {:>10} {:>8} {:>9}  result",
            "scenario",
            "preemptions",
            "besides",
            "runs",
            "states",
            "steps",
            "recoveries",
            "seconds",
            "steps/s"
        );
    }
    let mut is_well = true;
    let mut all = Summary::default();
    let start = Instant::now();
    for search in searches {
        let start = Instant::now();
        let summary = explored(search, style);
        let unseen = unseen(search, &summary);
        row(search, &summary, &unseen, start.elapsed(), style);
        is_well &= summary.violation.is_none() && unseen.is_empty();
        if let Some(violation) = &summary.violation {
            let Search { scenario, bounds, .. } = search;
            let violation = Explore::new(scenario).bounds(bounds.clone()).shrink(violation);
            println!("{violation}");
            println!("replay: {}", run_name(scenario, bounds, &violation.tape));
            print_steps(scenario, bounds, &violation.tape);
        }
        add(&mut all, summary);
    }
    if !style.is_json {
        totals(&all, start.elapsed());
        matrix(&all.faults);
        marks(&all.marks);
    }
    if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Explores a search, showing how far it is if that takes long.
#[expect(clippy::disallowed_methods, reason = "it is shown as time passes")]
fn explored(Search { scenario, bounds, .. }: &Search, style: Style) -> Summary {
    let start = Instant::now();
    let shown = Mutex::new(start);
    let watch = |progress: &Progress| {
        let Ok(mut shown) = shown.lock() else { return ControlFlow::Continue(()) };
        if shown.elapsed() >= EVERY {
            *shown = Instant::now();
            let Progress { executions, states, calls, depth, .. } = progress;
            let seconds = start.elapsed().as_secs();
            eprintln!(
                "{}: {seconds} s, {executions} runs, {states} states, {calls} calls, {depth} deep",
                scenario.name
            );
        }
        match style.time {
            Some(time) if start.elapsed() >= time => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    };
    Explore::new(scenario).bounds(bounds.clone()).workers(style.workers).watch(&watch).run()
}

/// What should have been seen on the way and was not.
fn unseen(search: &Search, summary: &Summary) -> Vec<&'static str> {
    if !summary.is_complete {
        return Vec::new();
    }
    search.marks.iter().copied().filter(|mark| !summary.marks.contains_key(mark)).collect()
}

fn add(all: &mut Summary, summary: Summary) {
    all.executions += summary.executions;
    all.states += summary.states;
    all.steps += summary.steps;
    all.calls += summary.calls;
    all.histories += summary.histories;
    all.recoveries += summary.recoveries;
    for (fault, times) in summary.faults {
        *all.faults.entry(fault).or_default() += times;
    }
    for (mark, times) in summary.marks {
        *all.marks.entry(mark).or_default() += times;
    }
}

fn row(search: &Search, summary: &Summary, unseen: &[&str], time: Duration, style: Style) {
    let Search { scenario, bounds, .. } = search;
    let violations = u32::from(summary.violation.is_some());
    if style.is_json {
        let line = serde_json::json!({
            "scenario": scenario.name, "profile": scenario.profile.name, "preemptions": shown(bounds.preemptions),
            "kills": bounds.kills, "recovery_crashes": bounds.recovery_crashes, "faults": bounds.faults, "jumps": bounds.jumps,
            "collisions": bounds.collisions, "runs": summary.executions, "states": summary.states,
            "steps": summary.steps, "calls": summary.calls, "histories": summary.histories,
            "recoveries": summary.recoveries, "seconds": time.as_secs_f64(),
            "violations": violations, "unseen": unseen, "complete": summary.is_complete,
        });
        println!("{line}");
        return;
    }
    let result = match (violations, summary.is_complete) {
        (0, true) if !unseen.is_empty() => format!("NEVER SEEN: {}", unseen.join("; ")),
        (0, true) => "complete, 0 violations".into(),
        (0, false) => "cut off, 0 violations".into(),
        _ => "VIOLATION".into(),
    };
    println!(
        "{:24} {:>11} {:18} {:>9} {:>10} {:>11} {:>10} {:>8.1} {:>9.0}  {result}",
        scenario.name,
        shown(bounds.preemptions),
        budget(bounds),
        summary.executions,
        summary.states,
        summary.steps,
        summary.recoveries,
        time.as_secs_f64(),
        summary.speed(time),
    );
}

fn totals(all: &Summary, time: Duration) {
    println!(
        "\nin all: {} runs, {} states, {} steps, {} calls, {} histories, {} recoveries, {:.0} s, {:.0} steps a second",
        all.executions,
        all.states,
        all.steps,
        all.calls,
        all.histories,
        all.recoveries,
        time.as_secs_f64(),
        all.speed(time)
    );
}

/// Which calls failed how, and how often.
fn matrix(faults: &BTreeMap<(OpKind, Fault), u64>) {
    if faults.is_empty() {
        return;
    }
    println!("\ncalls that failed, how, and how often");
    for kind in OpKind::ALL {
        let also = faults.keys().filter(|(failed, _)| *failed == kind).map(|(_, fault)| *fault);
        let mut ways: Vec<Fault> = Fault::of(kind).iter().copied().chain(also).collect();
        ways.sort();
        ways.dedup();
        let told: Vec<_> = ways
            .iter()
            .map(|fault| match faults.get(&(kind, *fault)) {
                Some(times) => format!("{fault} {times}"),
                None => format!("{fault} NEVER"),
            })
            .collect();
        if !told.is_empty() {
            println!("  {:12} {}", format!("{kind:?}"), told.join(", "));
        }
    }
}

/// What was seen, and how often.
fn marks(marks: &BTreeMap<&'static str, u64>) {
    println!("\nwhat was seen, and how often");
    for (mark, times) in marks {
        println!("  {mark:32} {times}");
    }
}

/// The seed's defects, each to be found.
#[expect(clippy::disallowed_methods, reason = "how long it takes is part of the table")]
pub(crate) fn known_defects_table() -> ExitCode {
    println!(
        "{:4} {:52} {:>8} {:>9} {:>8} {:>8} {:>9}  {:16} run",
        "",
        "defect of the seed's protocol",
        "runs",
        "calls",
        "seconds",
        "shrunk",
        "decisions",
        "found by"
    );
    let mut all_found = true;
    for KnownDefect { number, defect, search: Search { scenario, bounds, .. } } in known_defects() {
        let start = Instant::now();
        let summary = Explore::new(&scenario).bounds(bounds.clone()).run();
        let seconds = start.elapsed().as_secs_f64();
        let (runs, calls) = (summary.executions + 1, summary.calls);
        print!("{number:4} {defect:52} {runs:>8} {calls:>9} {seconds:>8.2} ");
        match &summary.violation {
            None => println!("NOT FOUND"),
            Some(found) => {
                let start = Instant::now();
                let shrunk = Explore::new(&scenario).bounds(bounds.clone()).shrink(found);
                let seconds = start.elapsed().as_secs_f64();
                let decisions = decisions(&shrunk.tape);
                let run = run_name(&scenario, &bounds, &shrunk.tape);
                println!("{seconds:>8.2} {decisions:>9}  {:16} {run}", shrunk.broken.oracle);
            }
        }
        all_found &= summary.violation.is_some();
    }
    if all_found { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// How many decisions of a tape are not the dull ones.
fn decisions(tape: &str) -> usize {
    let decisions = tape.split(['@', '#']).next().unwrap_or_default();
    decisions.split('.').filter(|part| !part.is_empty() && !part.ends_with('z')).count()
}
