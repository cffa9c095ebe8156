//! What a collection did, for people.

use crate::json::{Gc, GcUnit};
use crate::screen::{Cut, columns_of, fitted};
use crate::words;

/// Failures of one unit that are printed: a tree that cannot be deleted has many.
const MAX_FAILURES: usize = 10;

/// What stays of the name of a session when the terminal is narrow: its beginning tells it from others.
const LEAST_NAME: usize = 21;

/// Prints what goes and what failed, and if `all`, also what stays. `width`: of the terminal, if it is one.
pub(super) fn table(document: &Gc, all: bool, width: Option<usize>) -> Vec<String> {
    let mut lines = Vec::new();
    let has_one_root = document.roots.len() == 1;
    let mut root = None;
    for unit in document.units.iter().filter(|unit| all || is_of_interest(unit)) {
        if !has_one_root && root != Some(&unit.root) {
            lines.push(unit.root.clone());
            root = Some(&unit.root);
        }
        lines.push(heading(unit, document.dry_run));
        lines.extend(unit_table(unit, document.dry_run, all, width));
    }
    lines.push(totals(document));
    lines.extend(stays(document));
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

/// Cuts the names, so that the lines fit.
fn narrow(rows: &mut [Vec<String>], width: usize) {
    let widest = |at: usize| rows.iter().map(|row| columns_of(&row[at])).max().unwrap_or(0);
    let others: usize = [0, 2, 3].into_iter().map(|at| widest(at) + 2).sum();
    let room = width.saturating_sub(others).max(LEAST_NAME);
    for row in rows {
        row[1] = fitted(&row[1], room, Cut::End);
    }
}

fn unit_table(unit: &GcUnit, is_dry_run: bool, all: bool, width: Option<usize>) -> Vec<String> {
    let mut rows = Vec::new();
    let mut failures = 0;
    for entry in &unit.entries {
        failures += usize::from(entry.fate == "failed");
        let is_told = match entry.fate {
            "failed" => failures <= MAX_FAILURES,
            "removed" => true,
            _ => all,
        };
        if !is_told {
            continue;
        }
        let fate = match (entry.fate, is_dry_run) {
            ("removed", true) => "would remove",
            (fate, _) => fate,
        };
        rows.push(vec![
            format!("  {fate}"),
            entry.name.clone(),
            entry.bytes.map_or("-".into(), words::bytes),
            match entry.rule {
                Some(rule) => format!("{} ({rule})", entry.reason),
                None => entry.reason.clone(),
            },
        ]);
    }
    if let Some(width) = width {
        narrow(&mut rows, width);
    }
    let mut lines = words::table(&rows);
    if failures > MAX_FAILURES {
        lines.push(format!("  and {} more that failed", failures - MAX_FAILURES));
    }
    lines.extend(unit.errors.iter().map(|error| format!("  {error}")));
    if !unit.foreign.is_empty() && all {
        lines.push(format!("  {} foreign, not touched", unit.foreign.len()));
    }
    lines
}
