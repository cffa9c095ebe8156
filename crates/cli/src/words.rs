//! Numbers as people read them.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use incrdir_session::{Damaged, Quarantine, Seeded};

use crate::failure::chain;
use crate::visible::visible;

/// `0 B`, `1.5 KiB`, `20 MiB`.
pub(crate) fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    if value < 10.0 {
        format!("{value:.1} {}", UNITS[unit])
    } else {
        format!("{value:.0} {}", UNITS[unit])
    }
}

/// `3s`, `5m`, `2h`, `9d`; `-` for a time in the future.
pub(crate) fn age(then: SystemTime, now: SystemTime) -> String {
    now.duration_since(then).map_or("-".into(), duration)
}

/// `3s`, `5m`, `2h`, `9d`.
pub(crate) fn duration(duration: Duration) -> String {
    match duration.as_secs() {
        seconds @ 0..60 => format!("{seconds}s"),
        seconds @ 60..3600 => format!("{}m", seconds / 60),
        seconds @ 3600..86_400 => format!("{}h", seconds / 3600),
        seconds => format!("{}d", seconds / 86_400),
    }
}

/// `0.3 ms`, `12 ms`, `1.5 s`.
pub(crate) fn time(duration: Duration) -> String {
    let millis = duration.as_secs_f64() * 1000.0;
    match millis {
        ..10.0 => format!("{millis:.1} ms"),
        10.0..1000.0 => format!("{millis:.0} ms"),
        _ => format!("{:.1} s", millis / 1000.0),
    }
}

/// `1 file`, `2 files`.
pub(crate) fn count(number: u64, thing: &str) -> String {
    count_of(number, thing, &format!("{thing}s"))
}

/// `1 entry`, `2 entries`.
pub(crate) fn count_of(number: u64, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {many}") }
}

/// `root`, `user 1000`.
pub(crate) fn user(number: u32) -> String {
    if number == 0 { "root".into() } else { format!("user {number}") }
}

/// How the files of a source were taken over.
pub(crate) fn seeded(seeded: &Seeded) -> String {
    let ways = [
        (seeded.recycled, "recycled"),
        (seeded.linked, "linked"),
        (seeded.cloned, "cloned"),
        (seeded.copied, "copied"),
    ];
    let taken = ways.into_iter().filter(|(number, _)| *number > 0);
    let mut parts: Vec<String> =
        taken.map(|(number, how)| format!("{} {how}", count(number, "file"))).collect();
    if seeded.copied > 0 {
        parts.push(bytes(seeded.bytes));
    }
    if parts.is_empty() { "no files".into() } else { parts.join(", ") }
}

/// A level or a mode, as it is asked for on the command line.
pub(crate) fn lower(level: impl std::fmt::Debug) -> String {
    format!("{level:?}").to_lowercase()
}

/// The note about files that were added to a published session. `None`: there are none.
pub(crate) fn extra(extra: &[PathBuf]) -> Option<String> {
    let first = extra.first()?;
    let others = match extra.len() {
        1 => String::new(),
        many => format!(" and {} more", many - 1),
    };
    Some(format!(
        "with `{}`{others}, which was not published with it and is left out",
        first.display()
    ))
}

/// Lines of cells, each column as wide as its widest cell; numbers are right-aligned by their heading.
pub(crate) fn table(rows: &[Vec<String>]) -> Vec<String> {
    let shown = |row: &Vec<String>| row.iter().map(|cell| visible(cell).into_owned()).collect();
    let rows: Vec<Vec<String>> = rows.iter().map(shown).collect();
    let mut columns: Vec<Column> = Vec::new();
    for (number, row) in rows.iter().enumerate() {
        for (at, cell) in row.iter().enumerate() {
            if at == columns.len() {
                columns.push(Column { width: 0, is_number: number == 0 && is_of_numbers(cell) });
            }
            columns[at].width = columns[at].width.max(cell.chars().count());
        }
    }
    rows.iter().map(|row| line(row, &columns)).collect()
}

struct Column {
    width: usize,
    is_number: bool,
}

fn is_of_numbers(heading: &str) -> bool {
    matches!(heading, "AGE" | "SIZE" | "OWN" | "FILES")
}

fn line(row: &[String], columns: &[Column]) -> String {
    let mut line = String::new();
    for (at, (cell, Column { width, is_number })) in row.iter().zip(columns).enumerate() {
        if at > 0 {
            line.push_str("  ");
        }
        match is_number {
            true => line.push_str(&format!("{cell:>width$}")),
            false => line.push_str(&format!("{cell:<width$}")),
        }
    }
    line.truncate(line.trim_end().len());
    line
}

/// The message about a published session that is not what was published.
pub(crate) fn damaged(damaged: &Damaged) -> String {
    let Damaged { session, why, quarantine, .. } = damaged;
    format!("{session} is damaged: {}; {}", chain(why), put_away(quarantine))
}

/// What happened to a damaged session.
pub(crate) fn put_away(quarantine: &Quarantine) -> String {
    match quarantine {
        Quarantine::Done(name) => format!("quarantined as {name}"),
        Quarantine::InPlace => {
            "in its place, where it cannot be renamed; its record says that nobody is to use it"
                .into()
        }
        Quarantine::Busy => "still in its place, because it is in use".into(),
        Quarantine::Changed => "gone meanwhile".into(),
        Quarantine::Failed(error) => {
            format!("still in its place, because it cannot be quarantined: {}", chain(error))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        for (number, text) in
            [(0, "0 B"), (1023, "1023 B"), (1536, "1.5 KiB"), (u64::MAX, "16384 PiB")]
        {
            assert_eq!(bytes(number), text);
        }
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        for (seconds, text) in [(0, "0s"), (61, "1m"), (7300, "2h"), (864_000, "10d")] {
            assert_eq!(age(now - Duration::from_secs(seconds), now), text);
        }
        assert_eq!(age(now + Duration::from_secs(1), now), "-");
        assert_eq!(time(Duration::from_micros(340)), "0.3 ms");
        assert_eq!(time(Duration::from_millis(12)), "12 ms");
        assert_eq!(time(Duration::from_millis(1540)), "1.5 s");
    }
}
