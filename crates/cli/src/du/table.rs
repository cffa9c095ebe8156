//! What `du` prints for people.

use super::document::{Du, DuUnit};
use crate::screen::Cut;
use crate::styled::{HEADING, Line, Span};
use crate::table::{Column, Fit, table as columned};
use crate::words;

const COLUMNS: [Column; 6] = [
    Column::number("SIZE", Fit::Whole),
    Column::number("SHARED", Fit::Whole),
    Column::number("OWN", Fit::LeftOut(2)),
    Column::number("FILES", Fit::LeftOut(0)),
    Column::number("SESSIONS", Fit::LeftOut(1)),
    Column::text("UNIT", Fit::Shorter(16, Cut::Middle)),
];

/// `width`: of the terminal, if it is one.
pub(super) fn table(document: &Du, width: Option<usize>) -> Vec<Line> {
    let mut lines = Vec::new();
    // By roots, in the order in which they come first.
    let mut roots: Vec<&str> = Vec::new();
    for unit in &document.units {
        if !roots.contains(&&*unit.root) {
            roots.push(&unit.root);
        }
    }
    for root in &roots {
        if roots.len() > 1 {
            lines.push(Line::of(*root, HEADING));
        }
        let of_root = document.units.iter().filter(|unit| unit.root == *root);
        let rows: Vec<_> = of_root.map(row).collect();
        lines.extend(columned(&COLUMNS, &rows, 0, width));
    }
    lines.push(Line::of(total(document), HEADING));
    lines
}

fn row(unit: &DuUnit) -> Vec<Span> {
    vec![
        words::bytes(unit.bytes).into(),
        words::bytes(unit.shared_bytes).into(),
        words::bytes(unit.own_bytes).into(),
        unit.files.to_string().into(),
        unit.sessions.to_string().into(),
        (&*unit.unit).into(),
    ]
}

fn total(document: &Du) -> String {
    let Du { units, bytes, own_bytes, shared_bytes, shared_between_units, .. } = document;
    let mut parts =
        vec![format!("{} in {}", words::bytes(*bytes), words::count(units.len() as u64, "unit"))];
    let mut add = |bytes: u64, what: &str| {
        if bytes > 0 {
            parts.push(format!("{} {what}", words::bytes(bytes)));
        }
    };
    add(*shared_bytes, "of it in several sessions");
    add(*shared_between_units, "in several units");
    add(bytes.saturating_sub(*own_bytes), "also outside");
    let saved = document.unshared_bytes.saturating_sub(*bytes);
    add(saved, "more without sharing");
    if document.foreign > 0 {
        parts.push(format!("{} foreign, not counted", document.foreign));
    }
    parts.join(", ")
}
