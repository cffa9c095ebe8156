//! What `stats` prints for people.

use std::time::{Duration, SystemTime};

use super::document::{Counts, Stats, UnitStats};
use crate::screen::Cut;
use crate::styled::{BAD, DOUBTFUL, HEADING, Line, PLAIN, Span};
use crate::table::{Column, Fit, table as columned};
use crate::words;

const COLUMNS: [Column; 8] = [
    Column::text("UNIT", Fit::Shorter(16, Cut::Middle)),
    Column::number("WARM", Fit::Whole),
    Column::number("COLD", Fit::Whole),
    Column::number("TAKEN OVER", Fit::LeftOut(3)),
    Column::number("WRITTEN", Fit::LeftOut(2)),
    Column::number("TOOK", Fit::LeftOut(1)),
    Column::number("USED", Fit::LeftOut(0)),
    Column::text("NOTES", Fit::Shorter(12, Cut::End)),
];

/// `width`: of the terminal, if it is one.
pub(super) fn table(document: &Stats, width: Option<usize>) -> Vec<Line> {
    let now = SystemTime::now();
    let mut lines = Vec::new();
    for root in &document.roots {
        let of_root = document.units.iter().filter(|unit| unit.root == *root);
        let rows: Vec<_> = of_root.map(|unit| row(unit, now)).collect();
        if !rows.is_empty() && document.roots.len() > 1 {
            lines.push(Line::of(&**root, HEADING));
        }
        if !rows.is_empty() {
            lines.extend(columned(&COLUMNS, &rows, 0, width));
        }
    }
    let total = &document.total;
    lines.push(Line::of(
        format!(
            "{} warm, {} cold{}; took over {}, wrote {}",
            total.warm,
            total.cold.all(),
            reasons(total),
            words::bytes(total.taken_over.bytes),
            words::bytes(total.written.bytes),
        ),
        HEADING,
    ));
    lines.push(counted(total).into());
    lines
}

/// Why cold starts were cold.
fn reasons(counts: &Counts) -> String {
    let cold = counts.cold;
    let reasons = [
        (cold.nothing_there, "nothing was there"),
        (cold.asked_for, "asked for"),
        (cold.none_usable, "none could be used"),
    ];
    let reasons: Vec<_> = reasons
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, why)| format!("{why}: {number}"))
        .collect();
    if reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join(", ")) }
}

/// What the figures are of.
fn counted(counts: &Counts) -> String {
    let missing = [
        (without_record(counts), "without a record"),
        (counts.busy, "in use"),
        (counts.unreadable, "not readable"),
    ];
    let missing: String = missing
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, why)| format!(", {number} {why}"))
        .collect();
    format!(
        "from the records of {} of {}{missing}; what was collected left no record",
        counts.recorded,
        words::count(counts.sessions, "session"),
    )
}

fn without_record(counts: &Counts) -> u64 {
    counts.sessions - counts.recorded - counts.busy - counts.unreadable
}

fn row(unit: &UnitStats, now: SystemTime) -> Vec<Span> {
    let counts = &unit.counts;
    let used = unit.last_use.as_deref().and_then(|time| humantime::parse_rfc3339(time).ok());
    let (notes, style) = notes(unit);
    vec![
        Span::new(&*unit.unit, HEADING),
        counts.warm.to_string().into(),
        counts.cold.all().to_string().into(),
        words::bytes(counts.taken_over.bytes).into(),
        words::bytes(counts.written.bytes).into(),
        took(unit).into(),
        used.map_or("-".into(), |used| words::age(used, now)).into(),
        Span::new(notes, style),
    ]
}

/// Warm, and cold behind a stroke.
fn took(unit: &UnitStats) -> String {
    let shown = |seconds: Option<f64>| match seconds.map(Duration::try_from_secs_f64) {
        Some(Ok(took)) => words::time(took),
        _ => "-".into(),
    };
    format!("{} / {}", shown(unit.warm_seconds), shown(unit.cold_seconds))
}

fn notes(unit: &UnitStats) -> (String, anstyle::Style) {
    let counts = &unit.counts;
    if !unit.errors.is_empty() && counts.sessions == 0 {
        return ("cannot be read".into(), BAD);
    }
    let mut notes = Vec::new();
    let mut add = |number: u64, what: &str| {
        if number > 0 {
            notes.push(format!("{number} {what}"));
        }
    };
    add(counts.cold.none_usable, "cold for want of a usable one");
    add(counts.from_other_units, "from other units");
    add(counts.quarantined, "quarantined");
    add(without_record(counts), "without record");
    let is_doubtful = counts.cold.none_usable + counts.quarantined > 0;
    (notes.join(", "), if is_doubtful { DOUBTFUL } else { PLAIN })
}
