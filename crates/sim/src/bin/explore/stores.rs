//! Searches with an object store.

use std::process::ExitCode;
use std::time::Instant;

use incrdir_explore::Explore;
use incrdir_sim::store::{StoreSearch, store_searches};

use crate::runs::shown;
use crate::table::Style;

/// Explores those of these names, or all, as far as CI does or as far as there is to go.
pub(crate) fn explore(is_long: bool, names: &[&str], style: Style) -> ExitCode {
    let chosen = store_searches().into_iter();
    let chosen = chosen.filter(|it| names.is_empty() || names.contains(&it.scenario.name));
    let chosen: Vec<_> = chosen.map(|it| if is_long { it } else { it.quick() }).collect();
    if chosen.is_empty() {
        eprintln!("there is no such scenario");
        return ExitCode::FAILURE;
    }
    println!(
        "{:26} {:>11} {:>9} {:>10} {:>10} {:>8}  result",
        "scenario", "preemptions", "states", "calls", "recoveries", "seconds"
    );
    // All are told, also behind one that is wrong.
    let wrong = chosen.iter().filter(|search| !is_well(search, style)).count();
    if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[expect(clippy::disallowed_methods, reason = "how long it takes is part of the table")]
fn is_well(StoreSearch { scenario, bounds, marks, .. }: &StoreSearch, style: Style) -> bool {
    let start = Instant::now();
    let explore = Explore::new(scenario).bounds(bounds.clone()).workers(style.workers);
    let summary = explore.run();
    let unseen: Vec<_> = marks.iter().filter(|mark| !summary.marks.contains_key(*mark)).collect();
    let result = match (&summary.violation, summary.is_complete, &unseen[..]) {
        (Some(_), ..) => "VIOLATION".into(),
        (None, false, _) => "CUT OFF".into(),
        (None, true, []) => "complete".into(),
        (None, true, unseen) => format!("NEVER SEEN: {unseen:?}"),
    };
    println!(
        "{:26} {:>11} {:>9} {:>10} {:>10} {:>8.1}  {result}",
        scenario.name,
        shown(bounds.preemptions),
        summary.states,
        summary.calls,
        summary.recoveries,
        start.elapsed().as_secs_f64(),
    );
    if let Some(violation) = &summary.violation {
        let violation = explore.shrink(violation);
        println!("VIOLATION {}", violation.broken);
        for step in explore.tell(&violation.tape).unwrap_or_default() {
            println!("  {step}");
        }
    }
    summary.violation.is_none() && summary.is_complete && unseen.is_empty()
}
