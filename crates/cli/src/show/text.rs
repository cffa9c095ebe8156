//! What `show` prints for people.

use std::time::SystemTime;

use super::document::{Recorded, Show, SourceShown};
use crate::json;
use crate::styled::{BAD, DOUBTFUL, FAINT, GOOD, HEADING, Line, PLAIN, Span};
use crate::words;

/// How wide the column is that says what comes.
const LABEL: usize = 12;

pub(super) fn text(document: &Show) -> Vec<Line> {
    let mut lines = vec![Line::of(&*document.name, HEADING)];
    let mut add = |label: &str, what: Span| lines.push(labelled(label, what));
    add("unit", format!("{} in {}", document.unit, document.root).into());
    add("state", state(document));
    add("begun", begun(document).into());
    match &document.record {
        Some(record) => recorded(document, record, &mut add),
        None if document.in_use == Some(true) => {
            add("record", "cannot be read while its writer holds the lock".into());
        }
        None if !document.errors.is_empty() => add("record", "cannot be read".into()),
        None => add("record", "none: rustc's, or its lock file was lost".into()),
    }
    for (number, source) in document.sources.iter().enumerate() {
        add(if number == 0 { "comes from" } else { "" }, source_line(document, source));
    }
    if let Some(reason) = &document.reason {
        add("not used", Span::new(&**reason, BAD));
    }
    let verdict = &document.verdict;
    let style = match verdict.verdict {
        "sound" | "sound (moved)" => GOOD,
        "damaged" | "unusable" => BAD,
        "unknown" => DOUBTFUL,
        _ => PLAIN,
    };
    let reason = verdict.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    add("verdict", Span::new(format!("{}{reason}", verdict.verdict), style));
    add("holds", holds(document).into());
    let sizes: Vec<String> = document.largest.iter().map(|file| words::bytes(file.bytes)).collect();
    let widest = sizes.iter().map(String::len).max().unwrap_or(0);
    for (number, (file, size)) in document.largest.iter().zip(sizes).enumerate() {
        add(
            if number == 0 { "largest" } else { "" },
            format!("{size:>widest$}  {}", file.path).into(),
        );
    }
    lines
}

fn labelled(label: &str, what: Span) -> Line {
    Line(vec![Span::new(format!("  {label:<LABEL$}"), FAINT), what])
}

fn state(document: &Show) -> Span {
    let mut words = vec![document.state.to_string()];
    if document.in_use == Some(true) && document.state == "published" {
        words.push("being published or collected".into());
    }
    match &document.pin {
        Some(pin) if pin.name.is_empty() => words.push("pinned".into()),
        Some(pin) => words.push(format!("pinned ({})", pin.name)),
        None => {}
    }
    let style = match document.state {
        "quarantined" => BAD,
        "dead" | "no lock" => DOUBTFUL,
        "live" => GOOD,
        _ => PLAIN,
    };
    Span::new(words.join(", "), style)
}

fn begun(document: &Show) -> String {
    let by = document.record.as_ref().and_then(|record| record.writer.as_ref());
    let by = by.map(|by| format!(", by {} (process {} on {})", by.program, by.pid, by.host));
    format!("{}{}", moment(&document.created), by.unwrap_or_default())
}

/// A time in UTC to the second, and how long ago that is.
fn moment(time: &str) -> String {
    let Ok(then) = humantime::parse_rfc3339(time) else { return time.into() };
    let written = humantime::format_rfc3339_seconds(json::writable(then)).to_string();
    format!("{written}, {} ago", words::age(then, SystemTime::now()))
}

fn recorded(document: &Show, record: &Recorded, add: &mut dyn FnMut(&str, Span)) {
    if let Some(version) = record.newer_version {
        add("record", format!("of version {version}, which this program does not know").into());
    }
    if let Some(published) = &record.published {
        let took = since(&document.created, published);
        let done = if document.state == "waiting" { "filled" } else { "published" };
        add(done, format!("{}{took}", moment(published)).into());
    }
    if let Some(durability) = &record.durability {
        add("durability", (&**durability).into());
    }
    let Some(seed) = &record.seed else { return };
    let how = match (&record.source, &record.source_unit) {
        (Some(_), Some(_)) => format!("warm, from another unit ({seed})"),
        (Some(_), None) => format!("warm ({seed})"),
        (None, _) if seed == "none" => "cold, as asked".into(),
        (None, _) if record.since_cold == Some(0) => {
            "cold, because no session could be used".into()
        }
        (None, _) => "cold, because there was nothing".into(),
    };
    add("started", how.into());
    let patterns = |sign: char| -> Vec<&str> {
        record.patterns.iter().filter_map(|pattern| pattern.strip_prefix(sign)).collect()
    };
    for (label, patterns) in [("left out", patterns('-')), ("only", patterns('+'))] {
        if !patterns.is_empty() {
            add(label, patterns.join(" ").into());
        }
    }
    if let (Some(taken), Some(written)) = (record.taken_over, record.written) {
        let files = |files: crate::listing::Files| {
            format!("{} ({})", words::count(files.files, "file"), words::bytes(files.bytes))
        };
        add("took over", files(taken).into());
        add("wrote", files(written).into());
    }
    if record.is_watched {
        add("note", "processes of its writer were still running when it was published".into());
    }
}

fn since(begun: &str, published: &str) -> String {
    let times = (humantime::parse_rfc3339(begun), humantime::parse_rfc3339(published));
    let (Ok(begun), Ok(published)) = times else { return String::new() };
    match published.duration_since(begun) {
        Ok(took) => format!(", {} after it was begun", words::time(took)),
        Err(_) => String::new(),
    }
}

fn source_line(document: &Show, source: &SourceShown) -> Span {
    let unit = match source.unit == document.unit {
        true => String::new(),
        false => format!(" of {}", source.unit),
    };
    let state = match source.state {
        "gone" => "gone".into(),
        "published" => moment(&source.created),
        state => format!("{state}, {}", moment(&source.created)),
    };
    Span::new(format!("{}{unit} ({state})", source.name), PLAIN)
}

fn holds(document: &Show) -> String {
    let mut parts = vec![words::count(document.files, "file")];
    if document.directories > 0 {
        parts.push(words::count_of(document.directories, "directory", "directories"));
    }
    if document.others > 0 {
        parts.push(words::count_of(document.others, "other entry", "other entries"));
    }
    parts.push(words::bytes(document.bytes));
    format!("{}, {} of it its own", parts.join(", "), words::bytes(document.own_bytes))
}
