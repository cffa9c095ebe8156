//! What is said of a session: how it was begun, and what became of it.

use incrdir_gc::Collected;
use incrdir_session::{Audited, Distrust, Published, Rejection, SeedMode, Working};
use incrdir_vfs::CapVfs;

use crate::failure::chain;
use crate::output::say;
use crate::words;

/// For how many rejected sessions the reason is printed: a unit of rustc's may hold thousands.
const MAX_REJECTED: usize = 3;

/// `asked`: how it was to be seeded.
pub(super) fn describe_begin(session: &Working<CapVfs>, asked: SeedMode) -> String {
    let report = session.report();
    let seeded = &report.seeded;
    let mut text = match (report.source, report.mode) {
        (Some(source), _) => {
            let mut parts = Vec::new();
            for (number, what) in [
                (seeded.recycled, "recycled"),
                (seeded.linked, "linked"),
                (seeded.cloned, "cloned"),
                (seeded.copied, "copied"),
            ] {
                if number > 0 {
                    parts.push(format!("{} {what}", words::count(number, "file")));
                }
            }
            if seeded.copied > 0 {
                parts.push(words::bytes(seeded.bytes));
            }
            if parts.is_empty() {
                parts.push("no files".into());
            }
            let unit = match &report.source_unit {
                Some(unit) => format!(" of {unit}"),
                None => String::new(),
            };
            if report.unselected > 0 {
                let left_out = words::count_of(report.unselected, "entry", "entries");
                parts.push(format!("{left_out} not selected"));
            }
            let moved = if report.is_moved { ", which was copied or restored" } else { "" };
            format!("seeded from {source}{unit}{moved} ({})", parts.join(", "))
        }
        (None, SeedMode::None) => "cold start as asked".into(),
        (None, _) if report.rejected.is_empty() => "cold start, nothing is published yet".into(),
        (None, _) => "cold start".into(),
    };
    for rejected in report.rejected.iter().take(MAX_REJECTED) {
        text.push_str(&format!(", not from {}: {}", rejected.session, why_not(&rejected.why)));
    }
    if let Some(more) = report.rejected.len().checked_sub(MAX_REJECTED).filter(|more| *more > 0) {
        text.push_str(&format!(", nor from {more} more"));
    }
    if let Some(why) = &report.recycling_failed {
        text.push_str(&format!(", not recycled because: {}", why_not(why)));
    }
    if let Some(extra) = words::extra(&report.extra) {
        text.push_str(&format!(", {extra}"));
    }
    // With `auto`, copying what cannot be cloned is what was asked for.
    if let Some(fallback) = &seeded.fallback
        && report.mode == SeedMode::Link
    {
        text.push_str(&format!(", copied because: {}", chain(fallback)));
    }
    if report.mode != asked {
        text.push_str(", not linked because it is another unit's");
    }
    if let Some(lost) = &seeded.attributes_lost {
        text.push_str(&format!(", not all carried over: {}", chain(lost)));
    }
    if let Some(first) = seeded.left_out.first() {
        let count = seeded.left_out.len();
        text.push_str(&format!(
            ", left out {count} that are no files, such as `{}`",
            first.display()
        ));
    }
    text
}

/// `None`: nothing, or it has been said before.
pub(super) fn describe_drawbacks(session: &Working<CapVfs>) -> Option<String> {
    let drawbacks = &session.report().drawbacks;
    let said: Vec<String> = drawbacks.iter().map(ToString::to_string).collect();
    let root = session.unit().path().parent().unwrap_or(session.unit().path());
    (!said.is_empty()).then(|| {
        format!("on this file system, {}; see `incrdir doctor {}`", said.join(", "), root.display())
    })
}

fn why_not(why: &Rejection) -> String {
    match why {
        Rejection::Unavailable(error) => chain(error),
        Rejection::Seed(error) => chain(error),
        Rejection::Untrusted { why, quarantine } => match (&**why, quarantine) {
            (Distrust::Unrecorded, _) => {
                "it has no record of its files (accept it with --accept-unrecorded)".into()
            }
            (why, Some(quarantine)) => format!("{}; {}", chain(why), words::put_away(quarantine)),
            (why, None) => chain(why),
        },
        why => why.to_string(),
    }
}

pub(super) fn describe_collection(collected: Result<Collected, incrdir_session::Error>) -> String {
    let report = match collected {
        Ok(report) => report,
        Err(error) => return format!(", nothing collected: {}", chain(&error)),
    };
    for damaged in &report.damaged {
        say(words::damaged(damaged));
    }
    let stopped = if report.interrupted { ", stopped" } else { "" };
    let mut text = format!(", collected {}{stopped}", report.removed());
    if report.removed() > 0 {
        text.push_str(&format!(" ({})", words::bytes(report.bytes())));
    }
    if let Some((entry, error)) = report.failures().next() {
        let count = report.failures().count();
        text.push_str(&format!(", {count} could not be, such as {entry}: {}", chain(error)));
    }
    text
}

pub(super) fn describe_published(published: &Published<CapVfs>) -> String {
    report_damage(&published.audited);
    let mut text = format!("published {}", published.name);
    if let Some(newer) = published.superseded_by {
        text.push_str(&format!(" (superseded by the newer {newer})"));
    }
    text
}

/// Prints which published sessions the program wrote into, also with `--quiet`.
pub(super) fn report_damage(audited: &Audited) {
    for damaged in &audited.damaged {
        say(words::damaged(damaged));
    }
    for skipped in &audited.skipped {
        say(format_args!("{} was not audited: {}", skipped.session, chain(&skipped.why)));
    }
}
