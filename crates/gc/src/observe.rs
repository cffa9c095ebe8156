//! What a subscriber of `tracing` gets to see of collections: a span for each, whose fields say in the end what came of it, and an
//! event for what was decided about each entry.
//!
//! All of it is here. Without a subscriber each function is a comparison.

use incrdir_naming::UnitName;
use incrdir_session::Error;
use incrdir_vfs::{Chain, Vfs};
use tracing::field::{self, Empty};
use tracing::span::EnteredSpan;
use tracing::{Span, debug, debug_span, info_span, warn};

use crate::{Collected, Disposal, Fate, Mode, Policy, Why};

const CRATE: &str = "incrdir_gc";

/// C1 to C5.
pub(crate) fn collect(unit: &UnitName, policy: &Policy, mode: Mode) -> EnteredSpan {
    info_span!(
        target: CRATE,
        "collect",
        unit = unit.to_string(),
        ?mode,
        keep = policy.retention.keep.get(),
        removed = Empty,
        bytes = Empty,
        kept = Empty,
        left = Empty,
        failed = Empty,
        damaged = Empty,
        foreign = Empty,
        interrupted = Empty,
        error = Empty,
    )
    .entered()
}

pub(crate) fn not_listed(span: &Span, error: &Error) {
    if !span.is_disabled() {
        span.record("error", Chain(error).to_string());
    }
}

pub(crate) fn collected(span: &Span, report: &Collected) {
    if span.is_disabled() {
        return;
    }
    let count = |is_so: fn(&Fate) -> bool| {
        report.disposals.iter().filter(|disposal| is_so(&disposal.fate)).count()
    };
    span.record("removed", report.removed());
    span.record("bytes", report.bytes());
    span.record("kept", count(|fate| matches!(fate, Fate::Kept(_))));
    for (field, count) in [
        ("left", count(|fate| matches!(fate, Fate::Left(_)))),
        ("failed", count(|fate| matches!(fate, Fate::Failed(_)))),
        ("damaged", report.damaged.len()),
        ("foreign", report.foreign.len()),
    ] {
        if count > 0 {
            span.record(field, count);
        }
    }
    if report.interrupted {
        span.record("interrupted", true);
    }
}

/// What was decided about an entry.
pub(crate) fn disposal(Disposal { entry, fate, bytes }: &Disposal) {
    match fate {
        Fate::Removed(why) => debug!(target: CRATE, %entry, %why, bytes, "removed"),
        Fate::Kept(why) => debug!(target: CRATE, %entry, %why, "kept"),
        Fate::Left(why) => debug!(target: CRATE, %entry, %why, "left"),
        Fate::Failed(error) => {
            warn!(target: CRATE, %entry, error = Chain(error).to_string(), "could not be collected");
        }
    }
}

/// A collection of every unit of a root.
pub(crate) fn sweep<V: Vfs>(vfs: &V, root: &V::Dir, mode: Mode) -> EnteredSpan {
    info_span!(
        target: CRATE,
        "sweep",
        root = vfs.path(root).display().to_string(),
        ?mode,
        units = Empty,
        foreign = Empty,
        interrupted = Empty,
    )
    .entered()
}

pub(crate) fn swept(span: &Span, units: usize, foreign: usize, interrupted: bool) {
    if span.is_disabled() {
        return;
    }
    span.record("units", units);
    span.record("foreign", foreign);
    if interrupted {
        span.record("interrupted", true);
    }
}

/// A pass over all roots.
pub(crate) fn operate(roots: usize, policy: &Policy, mode: Mode) -> EnteredSpan {
    let limits = &policy.limits;
    info_span!(
        target: CRATE,
        "operate",
        roots,
        ?mode,
        keep = policy.retention.keep.get(),
        max_age = limits.max_age.map(field::debug),
        max_bytes = limits.max_bytes,
        free = limits.free.map(field::debug),
        bytes = Empty,
        over_bytes = Empty,
        lacking_space = Empty,
        interrupted = Empty,
    )
    .entered()
}

/// `bytes`: what everything took before the cut. `lacking`: what the limits still ask for, of size and of free space.
pub(crate) fn operated(
    span: &Span,
    bytes: Option<u64>,
    lacking: [u64; 2],
    unknown: &[Error],
    interrupted: bool,
) {
    if span.is_disabled() {
        return;
    }
    span.record("bytes", bytes);
    for (field, bytes) in ["over_bytes", "lacking_space"].into_iter().zip(lacking) {
        if bytes > 0 {
            span.record(field, bytes);
        }
    }
    if interrupted {
        span.record("interrupted", true);
    }
    for error in unknown {
        warn!(target: CRATE, error = Chain(error).to_string(), "a limit cannot be kept for certain");
    }
}

/// V1 to V3.
pub(crate) fn evict(unit: &UnitName, why: Why) -> EnteredSpan {
    debug_span!(target: CRATE, "evict", unit = unit.to_string(), %why).entered()
}

/// V4.
pub(crate) fn emptied(unit: &UnitName) {
    debug!(target: CRATE, unit = unit.to_string(), "the directory of an empty unit was removed");
}
