//! What is said of a session: the words for how it was begun, and the remarks about what was not as usual.

use incrdir_gc::Collected;
use incrdir_session::{Audited, Begun, SeedMode, Working};
use incrdir_vfs::CapVfs;

use super::document::CollectedShown;
use super::reason::why_not;
use crate::failure::chain;
use crate::words;

/// For how many rejected sessions the reason is printed: a unit of rustc's may hold thousands.
const MAX_REJECTED: usize = 3;

/// How a session was begun, in a few words.
pub(super) fn describe_begin(report: &Begun) -> String {
    match (report.source, report.mode) {
        (Some(source), _) => {
            let unit = match &report.source_unit {
                Some(unit) => format!(" of {unit}"),
                None => String::new(),
            };
            let unselected = match report.unselected {
                0 => String::new(),
                number => {
                    format!(", {} not selected", words::count_of(number, "entry", "entries"))
                }
            };
            let seeded = match report.waited {
                Some(_) => "filled before".into(),
                None => words::seeded(&report.seeded),
            };
            format!("seeded from s-{}{unit} ({seeded}{unselected})", source.key)
        }
        (None, SeedMode::None) => "cold start as asked".into(),
        (None, _) if report.rejected.is_empty() => "cold start, nothing is published yet".into(),
        (None, _) => "cold start".into(),
    }
}

/// What was not as usual when a session was begun, each in a line of its own. `asked`: how it was to be seeded.
pub(super) fn remarks(report: &Begun, asked: SeedMode) -> Vec<String> {
    let seeded = &report.seeded;
    let mut remarks = Vec::new();
    for rejected in report.rejected.iter().take(MAX_REJECTED) {
        remarks.push(format!("not from {}: {}", rejected.session, why_not(&rejected.why)));
    }
    if let Some(more) = report.rejected.len().checked_sub(MAX_REJECTED).filter(|more| *more > 0) {
        remarks.push(format!("nor from {more} more"));
    }
    if let Some(source) = report.source.filter(|_| report.is_moved) {
        remarks.push(format!("started from {source}, which was copied or restored"));
    }
    if let Some(why) = &report.recycling_failed {
        remarks.push(format!("not recycled: {}", why_not(why)));
    }
    if let (Some(extra), Some(source)) = (words::extra(&report.extra), report.source) {
        remarks.push(format!("started from {source} {extra}"));
    }
    // With `auto`, copying what cannot be cloned is what was asked for.
    if let Some(fallback) = &seeded.fallback
        && report.mode == SeedMode::Link
    {
        remarks.push(format!("copied and not linked: {}", chain(fallback)));
    }
    if report.mode != asked {
        remarks.push("not linked, because the files are another unit's".into());
    }
    if let Some(lost) = &seeded.attributes_lost {
        remarks.push(format!("not all carried over: {}", chain(lost)));
    }
    if let Some(first) = seeded.left_out.first() {
        let count = seeded.left_out.len();
        remarks.push(format!("left out {count} that are no files, such as `{}`", first.display()));
    }
    remarks
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

/// What a collection did.
pub(super) fn collected(report: &Collected) -> CollectedShown {
    let failures = report.failures().map(|(entry, error)| format!("{entry}: {}", chain(error)));
    CollectedShown {
        removed: report.removed(),
        bytes: report.bytes(),
        interrupted: report.interrupted,
        errors: failures.collect(),
    }
}

/// What of a collection is said in lines of its own.
pub(super) fn remarks_of_collection(collected: &CollectedShown) -> Option<String> {
    let first = collected.errors.first()?;
    Some(format!("{} could not be collected, such as {first}", collected.errors.len()))
}

/// Which published sessions the program wrote into, and which nobody could look at.
pub(super) fn describe_damage(audited: &Audited) -> (Vec<String>, Vec<String>) {
    let damaged = audited.damaged.iter().map(words::damaged).collect();
    let skipped = audited
        .skipped
        .iter()
        .map(|skipped| format!("{} was not audited: {}", skipped.session, chain(&skipped.why)));
    (damaged, skipped.collect())
}
