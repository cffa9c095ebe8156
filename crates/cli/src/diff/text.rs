//! What `diff` prints for people.

use super::document::Diff;
use crate::listing::Files;
use crate::screen::{Cut, columns_of, fitted};
use crate::styled::{BAD, DOUBTFUL, GOOD, HEADING, Line, Span};
use crate::visible::visible;
use crate::words;

/// `width`: of the terminal, if it is one.
pub(super) fn text(diff: &Diff, is_short: bool, width: Option<usize>) -> Vec<Line> {
    let mut lines = Vec::new();
    if !is_short {
        lines.push(Line::of(format!("--- {}", diff.from), HEADING));
        lines.push(Line::of(format!("+++ {}", diff.to), HEADING));
        lines.extend(changes(diff, width));
    }
    lines.push(Line::of(total(diff), HEADING));
    lines
}

/// One line for each change, in the order of their paths.
fn changes(diff: &Diff, width: Option<usize>) -> Vec<Line> {
    let mut rows: Vec<(&str, char, String, &str)> = Vec::new();
    for (entries, sign) in [(&diff.removed, '-'), (&diff.added, '+')] {
        for entry in entries {
            let size = match entry.kind {
                "file" => words::bytes(entry.bytes),
                kind => kind.into(),
            };
            rows.push((&entry.path, sign, size, ""));
        }
    }
    for changed in &diff.changed {
        let size = match changed.what {
            "length" => {
                format!(
                    "{} to {}",
                    words::bytes(changed.from_bytes),
                    words::bytes(changed.to_bytes)
                )
            }
            "content" => words::bytes(changed.to_bytes),
            what => what.into(),
        };
        rows.push((&changed.path, '~', size, ""));
    }
    for unknown in &diff.unknown {
        rows.push((&unknown.path, '?', words::bytes(unknown.bytes), &unknown.reason));
    }
    rows.sort_by(|one, other| one.0.cmp(other.0));
    let widest = rows.iter().map(|row| row.2.len()).max().unwrap_or(0);
    let line = |(path, sign, size, reason): (&str, char, String, &str)| {
        let style = match sign {
            '+' => GOOD,
            '-' => BAD,
            _ => DOUBTFUL,
        };
        let before = format!("{sign} {size:>widest$}  ");
        let room = width.map(|width| width.saturating_sub(columns_of(&before)));
        let path = visible(path);
        let path = room.map_or(path.clone().into_owned(), |room| fitted(&path, room, Cut::Middle));
        let reason = if reason.is_empty() { String::new() } else { format!(": {reason}") };
        Line(vec![Span::new(before, style), Span::from(format!("{path}{reason}"))])
    };
    rows.into_iter().map(line).collect()
}

fn total(diff: &Diff) -> String {
    let of = |entries: &[super::document::Entry]| {
        let mut files = Files::default();
        entries
            .iter()
            .filter(|entry| entry.kind == "file")
            .for_each(|entry| files.add(entry.bytes));
        (entries.len(), files)
    };
    let mut changed = Files::default();
    diff.changed.iter().for_each(|change| changed.add(change.to_bytes));
    let mut unknown = Files::default();
    diff.unknown.iter().for_each(|one| unknown.add(one.bytes));
    let mut parts: Vec<String> = Vec::new();
    let mut add = |count: usize, what: &str, bytes: u64| {
        if count > 0 {
            parts.push(format!("{count} {what} ({})", words::bytes(bytes)));
        }
    };
    let ((added, added_files), (removed, removed_files)) = (of(&diff.added), of(&diff.removed));
    add(added, "added", added_files.bytes);
    add(removed, "removed", removed_files.bytes);
    add(diff.changed.len(), "changed", changed.bytes);
    add(diff.unknown.len(), "not known", unknown.bytes);
    if parts.is_empty() {
        parts.push("no difference".into());
    }
    let same = diff.same;
    parts.push(format!(
        "{} the same ({})",
        words::count(same.files, "file"),
        words::bytes(same.bytes)
    ));
    if diff.read.files > 0 {
        parts.push(format!("{} read", words::count(diff.read.files, "file")));
    }
    parts.join(", ")
}
