//! What a store has, and what a collection of it did, for people.

use std::time::SystemTime;

use super::document::{CollectDocument, CollectSession, CollectUnit, LsDocument, LsSession};
use crate::screen::Cut;
use crate::styled::{BAD, FAINT, HEADING, Line, PLAIN, Span};
use crate::table::{Column, Fit, table as aligned};
use crate::words::{age, bytes, count, count_of};

/// In front of a session.
const INDENT: usize = 2;

/// What stays of the name of a session when the terminal is narrow.
const LEAST_NAME: usize = 21;

/// A session of a unit.
const COLUMNS: [Column; 8] = [
    Column::text("SCOPE", Fit::Shorter(8, Cut::End)),
    Column::text("SESSION", Fit::Shorter(LEAST_NAME, Cut::End)),
    Column::number("AGE", Fit::Whole),
    Column::number("FILES", Fit::LeftOut(1)),
    Column::number("SIZE", Fit::Whole),
    Column::number("STORED", Fit::LeftOut(2)),
    Column::text("PUSHED BY", Fit::LeftOut(3)),
    Column::text("SIGNED BY", Fit::Shorter(8, Cut::End)),
];

pub(super) fn listed(document: &LsDocument, now: SystemTime, width: Option<usize>) -> Vec<Line> {
    let mut lines = Vec::new();
    let (mut sessions, mut stored) = (0, 0_u64);
    for unit in &document.units {
        sessions += unit.sessions.len() as u64;
        stored = stored.saturating_add(unit.stored_bytes);
        lines.push(Line::of(unit.unit.clone(), HEADING));
        let rows: Vec<_> = unit.sessions.iter().map(|it| row(it, now)).collect();
        if !rows.is_empty() {
            lines.extend(aligned(&COLUMNS, &rows, INDENT, width));
        }
        for session in &unit.sessions {
            if let Some(error) = &session.error {
                lines.push(Line::of(format!("  {}: {error}", session.session), BAD));
            }
        }
    }
    let units = count(document.units.len() as u64, "unit");
    let total = format!("{units}, {}, {} stored", count(sessions, "session"), bytes(stored));
    lines.push(Line::of(total, HEADING));
    lines
}

fn row(it: &LsSession, now: SystemTime) -> Vec<Span> {
    let size = |number: Option<u64>| number.map_or("-".into(), bytes);
    let signed = match (&it.error, &it.signed_by[..]) {
        (Some(_), _) => "-".into(),
        (None, []) => "nobody".into(),
        (None, keys) => keys.join(" "),
    };
    let style = if it.error.is_some() { BAD } else { PLAIN };
    [
        it.scope.clone(),
        it.session.clone(),
        age(it.pushed_at, now),
        it.files.map_or("-".into(), |files| files.to_string()),
        size(it.bytes),
        size(it.stored_bytes),
        it.program.clone().unwrap_or("-".into()),
        signed,
    ]
    .map(|cell| Span::new(cell, style))
    .into()
}

/// What became of a session.
const FATES: [Column; 3] = [
    Column::text("", Fit::Whole),
    Column::text("", Fit::Shorter(8, Cut::End)),
    Column::text("", Fit::Shorter(LEAST_NAME, Cut::End)),
];

pub(super) fn collected(document: &CollectDocument, width: Option<usize>) -> Vec<Line> {
    let is_dry_run = document.dry_run;
    let mut lines = Vec::new();
    for unit in &document.units {
        lines.push(Line::of(unit.unit.clone(), HEADING));
        if let Some(error) = &unit.error {
            lines.push(Line::of(format!("  {error}"), BAD));
            continue;
        }
        let goes = if is_dry_run { "would remove" } else { "removed" };
        let rows: Vec<_> = fates(&unit.expired, goes, PLAIN)
            .chain(fates(&unit.broken, "broken", BAD))
            .chain(fates(&unit.kept, "kept", FAINT).filter(|row| !is_broken(unit, row)))
            .collect();
        // Without the headings.
        lines.extend(aligned(&FATES, &rows, INDENT, width).into_iter().skip(1));
        let deleted = count(unit.deleted_objects, "object");
        let mut told = format!(
            "  {} {deleted} ({}) of {}",
            if is_dry_run { "would delete" } else { "deleted" },
            bytes(unit.deleted_bytes),
            bytes(unit.stored_bytes)
        );
        if unit.waiting_objects > 0 {
            told.push_str(&format!(
                "; {} ({}) until the grace is over",
                count_of(unit.waiting_objects, "object waits", "objects wait"),
                bytes(unit.waiting_bytes)
            ));
        }
        lines.push(told.into());
    }
    if document.leftover_files > 0 {
        let done = if is_dry_run { "would remove" } else { "removed" };
        let files = count(document.leftover_files, "file");
        let size = bytes(document.leftover_bytes);
        let told = format!("{done} {files} ({size}) left behind by pushes that were killed");
        lines.push(told.into());
    }
    if let Some(error) = &document.error {
        lines.push(Line::of(error.clone(), BAD));
    }
    let sum = |of: fn(&CollectUnit) -> u64| document.units.iter().map(of).sum::<u64>();
    let mut total = format!(
        "{}{} {} and {} ({})",
        if document.interrupted { "interrupted: " } else { "" },
        if is_dry_run { "would remove" } else { "removed" },
        count(sum(|unit| unit.expired.len() as u64), "session"),
        count(sum(|unit| unit.deleted_objects), "object"),
        bytes(sum(|unit| unit.deleted_bytes))
    );
    if document.failed > 0 {
        total.push_str(&format!(", {} failed", count(document.failed as u64, "unit")));
    }
    lines.push(Line::of(total, HEADING));
    lines
}

fn fates<'a>(
    sessions: &'a [CollectSession],
    fate: &'a str,
    style: anstyle::Style,
) -> impl Iterator<Item = Vec<Span>> + 'a {
    sessions
        .iter()
        .map(move |it| [fate, &*it.scope, &*it.session].map(|cell| Span::new(cell, style)).into())
}

/// A session may be kept that is broken.
fn is_broken(unit: &CollectUnit, row: &[Span]) -> bool {
    unit.broken.iter().any(|it| row[1].text == it.scope && row[2].text == it.session)
}
