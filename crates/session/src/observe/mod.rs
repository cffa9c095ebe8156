//! What a subscriber of `tracing` gets to see: a span for each operation, whose fields say in the end what came of it, and an event
//! for what does not go as it usually does.
//!
//! All of it is here, one function for each thing that is told, so that the protocol shows only its steps. Without a subscriber
//! each of them is a comparison. Nothing here looks at a clock: how long something took is the subscriber's to measure.
//!
//! | level | what is told |
//! | --- | --- |
//! | warn | damage, and what may have been lost |
//! | info | one span for each beginning, publication and abandoning of a session; what is quarantined |
//! | debug | the parts of those, reading, and decisions: races lost, fallbacks, waiting |
//! | trace | single files |
//!
//! Names and texts that others chose are fields of type string, never parts of a message: subscribers quote and escape those.

pub(crate) mod report;

use std::error::Error as StdError;
use std::fmt::{Debug, Display};
use std::time::Duration;

use incrdir_naming::{SessionName, UnitName};
use incrdir_vfs::{Chain, Name, Vfs};
use tracing::field::{Empty, Value, display};
use tracing::span::EnteredSpan;
use tracing::{Span, debug, debug_span, info, info_span, trace, warn};

const CRATE: &str = "incrdir_session";

type Cause = dyn StdError + 'static;

fn told(error: &Cause) -> String {
    Chain(error).to_string()
}

/// Says in the span of an operation what came of it. Looking fields up by their names takes time: not if nobody listens.
pub(crate) fn note(span: &Span, fields: &[(&'static str, &dyn Value)]) {
    if !span.is_disabled() {
        for (field, value) in fields {
            span.record(*field, value);
        }
    }
}

/// The same of what there need not be.
pub(crate) fn note_if_any(span: &Span, field: &'static str, value: Option<impl Display>) {
    if let Some(value) = value.filter(|_| !span.is_disabled()) {
        span.record(field, display(value));
    }
}

/// Says that the operation failed.
pub(crate) fn failed(span: &Span, error: &Cause) {
    if !span.is_disabled() {
        span.record("error", told(error));
    }
}

// ---- operations ----

/// B1 to B7.
pub(crate) fn begin(unit: &UnitName, mode: impl Debug) -> EnteredSpan {
    info_span!(
        target: CRATE,
        "begin",
        unit = unit.to_string(),
        ?mode,
        session = Empty,
        source = Empty,
        source_unit = Empty,
        spare = Empty,
        waited = Empty,
        recycled = Empty,
        linked = Empty,
        cloned = Empty,
        copied = Empty,
        copied_bytes = Empty,
        symlinks = Empty,
        directories = Empty,
        left_out = Empty,
        unselected = Empty,
        rejected = Empty,
        lost_races = Empty,
        error = Empty,
    )
    .entered()
}

/// B6: takes a source over.
pub(crate) fn seed(source: SessionName, mode: impl Debug) -> EnteredSpan {
    debug_span!(target: CRATE, "seed", %source, ?mode).entered()
}

/// B6, into a new directory.
pub(crate) fn fill() -> EnteredSpan {
    debug_span!(target: CRATE, "fill").entered()
}

/// R1 to R4.
pub(crate) fn recycle(spare: SessionName) -> EnteredSpan {
    debug_span!(target: CRATE, "recycle", %spare).entered()
}

/// R4.
pub(crate) fn reconcile() -> EnteredSpan {
    debug_span!(target: CRATE, "reconcile").entered()
}

/// G1 to G3.
pub(crate) fn warm(unit: &UnitName, mode: impl Debug) -> EnteredSpan {
    info_span!(
        target: CRATE,
        "warm",
        unit = unit.to_string(),
        ?mode,
        waits = Empty,
        outcome = Empty,
        error = Empty,
    )
    .entered()
}

/// P1 to P6.
pub(crate) fn publish(
    unit: &UnitName,
    session: SessionName,
    durability: impl Debug,
) -> EnteredSpan {
    info_span!(
        target: CRATE,
        "publish",
        unit = unit.to_string(),
        %session,
        ?durability,
        published = Empty,
        superseded_by = Empty,
        error = Empty,
    )
    .entered()
}

pub(crate) fn published(span: &Span, name: SessionName, superseded_by: Option<SessionName>) {
    note(span, &[("published", &display(name))]);
    note_if_any(span, "superseded_by", superseded_by);
}

/// P1 to P3.
pub(crate) fn survey() -> EnteredSpan {
    debug_span!(target: CRATE, "survey", record_bytes = Empty).entered()
}

pub(crate) fn surveyed(span: &Span, record_bytes: usize) {
    note(span, &[("record_bytes", &record_bytes)]);
}

/// P4.
pub(crate) fn rename() -> EnteredSpan {
    debug_span!(target: CRATE, "rename").entered()
}

/// P6.
pub(crate) fn sync() -> Span {
    debug_span!(target: CRATE, "sync")
}

/// Giving a session up.
pub(crate) fn abandon(unit: &UnitName, session: SessionName) -> EnteredSpan {
    info_span!(
        target: CRATE,
        "abandon",
        unit = unit.to_string(),
        %session,
        removed = Empty,
        bytes = Empty,
        failures = Empty,
        error = Empty,
    )
    .entered()
}

/// Beginning a session cold, after it was seeded.
pub(crate) fn clear(unit: &UnitName, session: SessionName) -> EnteredSpan {
    info_span!(
        target: CRATE,
        "clear",
        unit = unit.to_string(),
        %session,
        removed = Empty,
        bytes = Empty,
        failures = Empty,
        error = Empty,
    )
    .entered()
}

/// Holding the newest published session.
pub(crate) fn read(unit: &UnitName) -> EnteredSpan {
    debug_span!(
        target: CRATE,
        "read",
        unit = unit.to_string(),
        session = Empty,
        rejected = Empty,
        error = Empty,
    )
    .entered()
}

pub(crate) fn found(span: &Span, session: Option<SessionName>, rejected: usize) {
    note_if_any(span, "session", session);
    note(span, &[("rejected", &rejected)]);
}

/// Comparing all published sessions of a unit with their records.
pub(crate) fn audit(unit: &UnitName, scrutiny: impl Debug) -> EnteredSpan {
    debug_span!(
        target: CRATE,
        "audit",
        unit = unit.to_string(),
        ?scrutiny,
        damaged = Empty,
        skipped = Empty,
    )
    .entered()
}

pub(crate) fn audited(span: &Span, damaged: usize, skipped: usize) {
    note(span, &[("damaged", &damaged), ("skipped", &skipped)]);
}

/// Q1 to Q4.
pub(crate) fn quarantine(unit: &UnitName, session: SessionName) -> EnteredSpan {
    debug_span!(
        target: CRATE,
        "quarantine",
        unit = unit.to_string(),
        %session,
        outcome = Empty,
        error = Empty,
    )
    .entered()
}

// ---- damage ----

/// A published session is not what was published.
pub(crate) fn damaged(unit: &UnitName, session: SessionName, why: &Cause) {
    warn!(
        target: CRATE,
        unit = unit.to_string(),
        %session,
        why = told(why),
        "a published session is not what was published"
    );
}

pub(crate) fn quarantines(session: SessionName, why: &str) {
    info!(target: CRATE, %session, why, "quarantining a published session");
}

/// What was to be published was replaced at the last moment.
pub(crate) fn taken_back(session: SessionName) {
    warn!(target: CRATE, %session, "the session was replaced while it was being published");
}

/// Neither published nor not, for all that could be seen.
pub(crate) fn unsettled(session: SessionName) {
    warn!(target: CRATE, %session, "it could not be seen whether the session was published");
}

// ---- races ----

pub(crate) fn name_taken(name: SessionName) {
    debug!(target: CRATE, %name, "the name of the new session is taken");
}

pub(crate) fn lost_race(attempt: usize) {
    debug!(target: CRATE, attempt, "lost a race: another process was faster");
}

pub(crate) fn unit_vanished(attempt: usize, error: &Cause) {
    debug!(target: CRATE, attempt, error = told(error), "the unit vanished: beginning again");
}

/// A published session is not started from: in use, gone, or not to be used.
pub(crate) fn rejected(session: SessionName, why: &Cause) {
    debug!(target: CRATE, %session, why = told(why), "a published session was passed over");
}

pub(crate) fn lists_again() {
    debug!(target: CRATE, "no published session was available: listing the unit again");
}

pub(crate) fn other_unit(unit: &UnitName) {
    debug!(target: CRATE, unit = unit.to_string(), "looking for a source in a fallback unit");
}

/// A source may have been collected since the session was seeded from it.
pub(crate) fn source_gone() {
    debug!(target: CRATE, "the source is gone: every file is looked at");
}

pub(crate) fn directory_adopted() {
    debug!(target: CRATE, "the session's directory was made anew by its program: taking that one");
}

pub(crate) fn lock_file_lost(session: SessionName) {
    debug!(target: CRATE, %session, "a published session had lost its lock file: made a new one");
}

pub(crate) fn recorded_anew(session: SessionName) {
    debug!(target: CRATE, %session, "recorded a copied or restored session as it is");
}

// ---- fallbacks ----

pub(crate) fn copies_instead(error: &Cause) {
    debug!(target: CRATE, error = told(error), "copying files that were to be linked or cloned");
}

pub(crate) fn attributes_lost(error: &Cause) {
    debug!(target: CRATE, error = told(error), "copies lack something that their originals have");
}

/// G6.
pub(crate) fn taken_over(session: SessionName) {
    debug!(target: CRATE, %session, "took over a session that was filled ahead of time");
}

/// G5.
pub(crate) fn waiting_is_spoiled(session: SessionName) {
    debug!(
        target: CRATE,
        %session,
        "a session that was filled ahead of time, or what it was filled from, is not what it was: filling another one"
    );
}

/// It is in use, or of no use.
pub(crate) fn spare_stays(spare: SessionName) {
    debug!(target: CRATE, %spare, "the spare cannot be made into the session: filling a new directory");
}

pub(crate) fn recycling_failed(why: &Cause) {
    debug!(
        target: CRATE,
        why = told(why),
        "the spare was taken and could not be made into the session: filling a new directory"
    );
}

pub(crate) fn replacing_rename(to: &Name) {
    debug!(
        target: CRATE,
        to = to.to_string(),
        "no rename refuses to replace here: renaming to a name that only the holder of the lock makes"
    );
}

pub(crate) fn deletes_in_place(name: &Name) {
    debug!(
        target: CRATE,
        name = name.to_string(),
        "a directory cannot be renamed here: deleting it where it is"
    );
}

pub(crate) fn renamed_all_the_same(error: &dyn Display) {
    debug!(
        target: CRATE,
        error = error.to_string(),
        "the rename was reported as failed, and is done"
    );
}

// ---- waiting ----

pub(crate) fn backs_off(pause: Duration, error: &dyn Display) {
    debug!(target: CRATE, ?pause, error = error.to_string(), "cannot rename yet: waiting");
}

/// Until a change of a copy would show.
pub(crate) fn settles(pause: Duration) {
    debug!(target: CRATE, ?pause, "times are coarse here: waiting until changes show");
}

// ---- single files ----

pub(crate) fn takes_over<V: Vfs>(vfs: &V, from: &V::Dir, name: &[u8]) {
    trace!(
        target: CRATE,
        from = vfs.path(from).display().to_string(),
        name = String::from_utf8_lossy(name).into_owned(),
        "taking over"
    );
}
