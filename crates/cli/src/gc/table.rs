//! What a collection did, for people.

use crate::json::{Gc, GcEntry, GcUnit};
use crate::screen::{Cut, columns_of};
use crate::styled::{BAD, FAINT, HEADING, Line, PLAIN, Span};
use crate::table::{Column, Fit, table as aligned};
use crate::words;

/// Failures of one unit that are printed: a tree that cannot be deleted has many.
const MAX_FAILURES: usize = 10;

/// What stays of the name of a session when the terminal is narrow: its beginning tells it from others.
const LEAST_NAME: usize = 21;

/// What stays of a reason.
const LEAST_REASON: usize = 10;

/// In front of an entry, and between two columns.
const INDENT: usize = 2;

/// Prints what goes and what failed, and if `all`, also what stays. `width`: of the terminal, if it is one.
pub(super) fn table(document: &Gc, all: bool, width: Option<usize>) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let has_one_root = document.roots.len() == 1;
    let mut root = None;
    for unit in document.units.iter().filter(|unit| all || is_of_interest(unit)) {
        if !has_one_root && root != Some(&unit.root) {
            lines.push(unit.root.clone().into());
            root = Some(&unit.root);
        }
        lines.push(Line::of(heading(unit, document.dry_run), HEADING));
        lines.extend(unit_table(unit, document.dry_run, all, width));
    }
    lines.push(Line::of(totals(document), HEADING));
    lines.extend(stays(document).map(Line::from));
    lines
}

fn is_of_interest(unit: &GcUnit) -> bool {
    let is_told = unit.entries.iter().any(|entry| matches!(entry.fate, "removed" | "failed"));
    is_told || unit.emptied || !unit.errors.is_empty()
}

fn heading(unit: &GcUnit, is_dry_run: bool) -> String {
    match (unit.emptied, is_dry_run) {
        (true, true) => format!("{}: would be removed", unit.unit),
        (true, false) => format!("{}: removed", unit.unit),
        (false, _) => unit.unit.clone(),
    }
}

fn totals(document: &Gc) -> String {
    let Gc { removed, failed, emptied, .. } = document;
    let would = if document.dry_run { "would remove" } else { "removed" };
    let mut line = format!(
        "{}{would} {removed} ({})",
        if document.interrupted { "interrupted: " } else { "" },
        words::bytes(document.bytes)
    );
    if *emptied > 0 {
        line.push_str(&format!(" and {}", words::count(*emptied as u64, "empty unit")));
    }
    if *failed > 0 {
        line.push_str(&format!(", {failed} failed"));
    }
    let in_units = document.units.iter().map(|unit| unit.foreign.len()).sum::<usize>();
    line.push_str(&format!(", {} foreign", document.foreign.len() + in_units));
    line
}

/// How much stays, and why.
fn stays(document: &Gc) -> Option<String> {
    let mut reasons: Vec<(&str, u64)> = Vec::new();
    // The file of a pin is no second thing that stays.
    let entries = document.units.iter().flat_map(|unit| &unit.entries);
    let entries = entries.filter(|entry| !entry.name.starts_with("p-"));
    for entry in entries.filter(|entry| matches!(entry.fate, "kept" | "left")) {
        match reasons.iter_mut().find(|(reason, _)| *reason == entry.reason) {
            Some((_, count)) => *count += 1,
            None => reasons.push((&entry.reason, 1)),
        }
    }
    reasons.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let told: Vec<_> = reasons.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
    let units = words::count(document.units.len() as u64, "unit");
    let roots = words::count(document.roots.len() as u64, "root");
    (!told.is_empty()).then(|| format!("{units} of {roots}; left: {}", told.join(", ")))
}

/// An entry of a unit, a column each.
const COLUMNS: [Column; 4] = [
    Column::text("", Fit::Whole),
    Column::text("", Fit::Shorter(LEAST_NAME, Cut::End)),
    Column::number("", Fit::Whole),
    Column::text("", Fit::Shorter(LEAST_REASON, Cut::End)),
];

fn unit_table(unit: &GcUnit, is_dry_run: bool, all: bool, width: Option<usize>) -> Vec<Line> {
    let mut told = Vec::new();
    let mut failures = 0;
    for entry in &unit.entries {
        failures += usize::from(entry.fate == "failed");
        let is_told = match entry.fate {
            "failed" => failures <= MAX_FAILURES,
            "removed" => true,
            _ => all,
        };
        if is_told {
            told.push(entry);
        }
    }
    let mut rows: Vec<_> = told.iter().map(|entry| row(entry, is_dry_run, long_reason)).collect();
    let is_too_wide = |row: &Vec<Span>| {
        let taken: usize = row.iter().map(|span| columns_of(&span.text) + INDENT).sum();
        width.is_some_and(|width| taken > width)
    };
    let fits =
        told.iter().zip(&rows).all(|(entry, row)| entry.fate == "failed" || !is_too_wide(row));
    if !fits {
        rows = told.iter().map(|entry| row(entry, is_dry_run, short_reason)).collect();
    }
    // A failure is told whole, however narrow the terminal is.
    let is_below = |entry: &GcEntry| entry.fate == "failed" && width.is_some();
    for (_, row) in told.iter().zip(&mut rows).filter(|(entry, _)| is_below(entry)) {
        row[3] = Span::new("", BAD);
    }
    // Without the headings.
    let aligned = aligned(&COLUMNS, &rows, INDENT, width).split_off(1);
    let mut lines = Vec::new();
    for (entry, line) in told.iter().zip(aligned) {
        lines.push(line);
        lines.extend(is_below(entry).then(|| Line::of(format!("    {}", entry.reason), BAD)));
    }
    if failures > MAX_FAILURES {
        lines.push(format!("  and {} more that failed", failures - MAX_FAILURES).into());
    }
    lines.extend(unit.errors.iter().map(|error| Line::of(format!("  {error}"), BAD)));
    if !unit.foreign.is_empty() && all {
        lines.push(format!("  {} foreign, not touched", unit.foreign.len()).into());
    }
    lines
}

fn row(entry: &GcEntry, is_dry_run: bool, reason: fn(&GcEntry) -> String) -> Vec<Span> {
    let (fate, style) = match (entry.fate, is_dry_run) {
        ("removed", true) => ("would remove", PLAIN),
        ("failed", _) => ("failed", BAD),
        ("removed", false) => ("removed", PLAIN),
        (stays, _) => (stays, FAINT),
    };
    vec![
        Span::new(fate, style),
        Span::new(entry.name.clone(), style),
        Span::new(entry.bytes.map_or("-".into(), words::bytes), style),
        Span::new(reason(entry), style),
    ]
}

fn long_reason(entry: &GcEntry) -> String {
    match entry.rule {
        Some(rule) => format!("{} ({rule})", entry.reason),
        None => entry.reason.clone(),
    }
}

/// Why something goes, the option says as well.
fn short_reason(entry: &GcEntry) -> String {
    let rule = entry.rule.filter(|_| entry.fate == "removed");
    rule.map_or_else(|| entry.reason.clone(), Into::into)
}
