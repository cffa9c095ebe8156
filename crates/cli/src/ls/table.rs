//! What `ls` prints for people: a line for each unit, or one for each session.

use std::time::SystemTime;

use crate::json::{Ls, LsEntry, LsUnit, Pinned};
use crate::screen::Cut;
use crate::styled::{BAD, DOUBTFUL, FAINT, GOOD, HEADING, Line, PLAIN, Span};
use crate::table::{Column, Fit, table as columned};
use crate::words;

/// How much of a unit's name is shown at least.
const UNIT_NAME: usize = 16;

/// How much of a session's name is shown at least: all of its key, and that there is more.
const SESSION_NAME: usize = 21;

const UNITS: [Column; 7] = [
    Column::text("UNIT", Fit::Shorter(UNIT_NAME, Cut::Middle)),
    Column::number("SESSIONS", Fit::LeftOut(2)),
    Column::number("SIZE", Fit::Whole),
    Column::number("OWN", Fit::LeftOut(1)),
    Column::number("AGE", Fit::LeftOut(0)),
    Column::number("USED", Fit::Whole),
    Column::text("STATE", Fit::Shorter(12, Cut::End)),
];

const SESSIONS: [Column; 7] = [
    Column::text("STATE", Fit::Shorter(15, Cut::End)),
    Column::text("IN USE", Fit::LeftOut(1)),
    Column::number("AGE", Fit::Whole),
    Column::number("SIZE", Fit::Whole),
    Column::number("OWN", Fit::LeftOut(2)),
    Column::number("FILES", Fit::LeftOut(0)),
    Column::text("NAME", Fit::Shorter(SESSION_NAME, Cut::End)),
];

/// `width`: of the terminal, if it is one.
pub(super) fn table(document: &Ls, is_long: bool, width: Option<usize>) -> Vec<Line> {
    let now = SystemTime::now();
    let units = &document.units;
    let mut lines = Vec::new();
    for root in &document.roots {
        let units: Vec<_> = units.iter().filter(|unit| unit.root == *root).collect();
        if units.is_empty() {
            continue;
        }
        if document.roots.len() > 1 {
            lines.push(Line::of(&**root, HEADING));
        }
        if is_long {
            lines.extend(units.iter().flat_map(|unit| sessions_of(unit, now, width)));
        } else {
            let rows: Vec<_> = units.iter().map(|unit| row_of(unit, now)).collect();
            lines.extend(columned(&UNITS, &rows, 0, width));
        }
    }
    let sessions: usize = units.iter().map(|unit| unit.sessions).sum();
    let own = units.iter().map(|unit| unit.own_bytes).sum();
    lines.push(Line::of(
        format!(
            "{}, {}, {}{}, {} foreign",
            words::count(units.len() as u64, "unit"),
            words::count(sessions as u64, "session"),
            words::bytes(document.bytes),
            shared(document.bytes, own),
            document.foreign.len(),
        ),
        HEADING,
    ));
    lines
}

/// What of the total is no unit's own.
fn shared(bytes: u64, own: u64) -> String {
    match bytes.saturating_sub(own) {
        0 => String::new(),
        shared => format!(" ({} of it also elsewhere)", words::bytes(shared)),
    }
}

fn row_of(unit: &LsUnit, now: SystemTime) -> Vec<Span> {
    let (state, style) = state_of(unit);
    // What could not be looked at is not nothing.
    let known = |text: String| if is_unreadable(unit) { "-".into() } else { text.into() };
    vec![
        Span::new(&*unit.unit, HEADING),
        known(unit.sessions.to_string()),
        known(words::bytes(unit.bytes)),
        known(words::bytes(unit.own_bytes)),
        ago(unit.newest.as_deref(), now).into(),
        ago(unit.last_use.as_deref(), now).into(),
        Span::new(state, style),
    ]
}

fn is_unreadable(unit: &LsUnit) -> bool {
    unit.entries.is_empty() && !unit.errors.is_empty()
}

fn ago(time: Option<&str>, now: SystemTime) -> String {
    let then = time.and_then(|time| humantime::parse_rfc3339(time).ok());
    then.map_or("-".into(), |then| words::age(then, now))
}

/// What is to be known of a unit, what matters most first.
fn state_of(unit: &LsUnit) -> (String, anstyle::Style) {
    let of = |states: &[&str]| unit.entries.iter().filter(|it| states.contains(&it.state)).count();
    let (dead, quarantined) = (of(&["dead"]), of(&["quarantined"]));
    let is_used = unit.entries.iter().any(|entry| entry.in_use == Some(true));
    let pins = unit.entries.iter().filter(|entry| entry.pin.is_some()).count();
    let mut words = Vec::new();
    let mut add = |is_so: bool, what: String| {
        if is_so {
            words.push(what);
        }
    };
    add(is_unreadable(unit), "cannot be read".into());
    add(is_used, "in use".into());
    add(unit.pin.is_some(), pinned(unit.pin.as_ref()));
    add(pins > 0, format!("{pins} pinned"));
    add(quarantined > 0, format!("{quarantined} quarantined"));
    add(dead > 0, format!("{dead} dead"));
    for state in ["waiting", "unknown", "young", "no lock"] {
        let count = of(&[state]);
        add(count > 0, format!("{count} {state}"));
    }
    let leftovers = of(&["orphan lock", "birth", "tombstone", "quarantine lock"]);
    add(leftovers > 0, words::count(leftovers as u64, "leftover"));
    add(!unit.foreign.is_empty(), format!("{} foreign", unit.foreign.len()));
    let style = match (unit.errors.len() + quarantined, dead + leftovers, is_used) {
        (1.., ..) => BAD,
        (_, 1.., _) => DOUBTFUL,
        (_, _, true) => GOOD,
        _ => PLAIN,
    };
    (words.join(", "), style)
}

fn sessions_of(unit: &LsUnit, now: SystemTime, width: Option<usize>) -> Vec<Line> {
    let pin = match &unit.pin {
        Some(pin) => format!("  {}", pinned(Some(pin))),
        None => String::new(),
    };
    let mut lines = vec![Line(vec![Span::new(&*unit.unit, HEADING), Span::new(pin, FAINT)])];
    match (unit.entries.is_empty(), unit.errors.is_empty()) {
        (true, true) => lines.push("  nothing".into()),
        // Why is said with the other errors.
        (true, false) => lines.push(Line::of("  cannot be read", BAD)),
        (false, _) => {
            let rows: Vec<_> = unit.entries.iter().map(|entry| row(entry, now)).collect();
            lines.extend(columned(&SESSIONS, &rows, 2, width));
        }
    }
    let reasons = unit.entries.iter().filter_map(|entry| Some((entry, entry.reason.as_ref()?)));
    lines.extend(reasons.map(|(entry, reason)| format!("  {}: {reason}", entry.name).into()));
    if !unit.foreign.is_empty() {
        lines.push(format!("  {} foreign, not touched", unit.foreign.len()).into());
    }
    lines
}

fn pinned(pin: Option<&Pinned>) -> String {
    match pin {
        Some(pin) if !pin.name.is_empty() => format!("pinned ({})", pin.name),
        _ => "pinned".into(),
    }
}

fn row(entry: &LsEntry, now: SystemTime) -> Vec<Span> {
    let style = match entry.state {
        "quarantined" => BAD,
        "dead" | "orphan lock" | "tombstone" | "no lock" => DOUBTFUL,
        "live" | "starting" => GOOD,
        _ => PLAIN,
    };
    let pin = match &entry.pin {
        Some(pin) => format!(", {}", pinned(Some(pin))),
        None => String::new(),
    };
    let in_use = match entry.in_use {
        Some(true) => "yes",
        Some(false) => "no",
        None => "-",
    };
    vec![
        Span::new(format!("{}{pin}", entry.state), style),
        in_use.into(),
        ago(Some(&entry.created), now).into(),
        entry.bytes.map_or("-".into(), words::bytes).into(),
        entry.own_bytes.map_or("-".into(), words::bytes).into(),
        entry.files.map_or("-".into(), |files| files.to_string()).into(),
        (&*entry.name).into(),
    ]
}
