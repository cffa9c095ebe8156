//! What a subscriber of `tracing` gets to see: a span for each walk and for each survey of a target, and an event for what was found.

use std::path::Path;

use incrdir_vfs::{Chain, Error, Vfs};
use tracing::field::Empty;
use tracing::span::EnteredSpan;
use tracing::{Span, debug, debug_span};

use crate::Found;

const CRATE: &str = "incrdir_discover";

/// A walk.
pub(crate) fn discover<V: Vfs>(vfs: &V, dir: &V::Dir) -> EnteredSpan {
    debug_span!(
        target: CRATE,
        "discover",
        dir = vfs.path(dir).display().to_string(),
        directories = Empty,
        vanished = Empty,
        interrupted = Empty,
        error = Empty,
    )
    .entered()
}

pub(crate) fn walked(span: &Span, directories: u64, vanished: u64, interrupted: bool) {
    if span.is_disabled() {
        return;
    }
    span.record("directories", directories);
    if vanished > 0 {
        span.record("vanished", vanished);
    }
    if interrupted {
        span.record("interrupted", true);
    }
}

pub(crate) fn failed(span: &Span, error: &Error) {
    if !span.is_disabled() {
        span.record("error", Chain(error).to_string());
    }
}

/// What the walk has come by.
pub(crate) fn found<V: Vfs>(vfs: &V, found: &Found<'_, V>) {
    let told = |path: &Path| path.display().to_string();
    match found {
        Found::Root(root) => {
            debug!(target: CRATE, root = told(vfs.path(root.dir)), sign = ?root.sign, "found");
        }
        Found::Mount(path) => debug!(target: CRATE, path = told(path), "a mount is not entered"),
        Found::Unreadable(error) => {
            debug!(target: CRATE, error = Chain(error).to_string(), "could not be read");
        }
        Found::TooDeep(path) => debug!(target: CRATE, path = told(path), "too deep to be entered"),
    }
}

/// A comparison of units with the records of cargo.
pub(crate) fn survey<V: Vfs>(vfs: &V, profile: &V::Dir, units: usize) -> EnteredSpan {
    let profile = vfs.path(profile).display().to_string();
    debug_span!(target: CRATE, "survey", profile, units, records = Empty, incomplete = Empty)
        .entered()
}

pub(crate) fn surveyed(span: &Span, records: usize, is_incomplete: bool) {
    if !span.is_disabled() {
        span.record("records", records);
        if is_incomplete {
            span.record("incomplete", true);
        }
    }
}
