//! What came of an operation, as the fields of its span.

use incrdir_vfs::Vfs;
use tracing::Span;
use tracing::field::{Value, display};

use crate::observe::{failed, note, note_if_any};
use crate::{Error, Quarantine, Removed, Seeded, Warmed, Working};

pub(crate) fn begun<V: Vfs>(span: &Span, begun: &Result<Working<V>, Error>) {
    let session = match begun {
        _ if span.is_disabled() => return,
        Ok(session) => session,
        Err(error) => return failed(span, error),
    };
    let report = session.report();
    let Seeded { recycled, linked, cloned, copied, bytes, symlinks, directories, left_out, .. } =
        &report.seeded;
    note(span, &[("session", &display(session.name()))]);
    note_if_any(span, "source", report.source);
    if let Some(unit) = &report.source_unit {
        note(span, &[("source_unit", &unit.to_string())]);
    }
    note_if_any(span, "spare", report.recycled);
    note_if_any(span, "waited", report.waited);
    let usual: [(&str, &dyn Value); 5] = [
        ("recycled", recycled),
        ("linked", linked),
        ("cloned", cloned),
        ("copied", copied),
        ("copied_bytes", bytes),
    ];
    note(span, &usual);
    for (field, count) in [
        ("symlinks", *symlinks),
        ("directories", *directories),
        ("left_out", left_out.len() as u64),
        ("unselected", report.unselected),
        ("rejected", report.rejected.len() as u64),
        ("lost_races", report.attempts.saturating_sub(1) as u64),
    ] {
        if count > 0 {
            note(span, &[(field, &count)]);
        }
    }
}

pub(crate) fn warmed(span: &Span, warmed: Result<&Warmed, &Error>) {
    let (outcome, waits): (&str, _) = match warmed {
        Ok(Warmed::Now(session, _)) => ("filled", Some(session)),
        Ok(Warmed::Before(session)) => ("was waiting", Some(session)),
        Ok(Warmed::Not(why)) => return note(span, &[("outcome", &why.to_string())]),
        Err(error) => return failed(span, error),
    };
    note(span, &[("outcome", &outcome)]);
    note_if_any(span, "waits", waits);
}

pub(crate) fn quarantine(span: &Span, quarantine: &Quarantine) {
    let outcome = match quarantine {
        Quarantine::Done(_) => "done",
        Quarantine::InPlace => "in place",
        Quarantine::Busy => "busy",
        Quarantine::Changed => "changed",
        Quarantine::Failed(error) => {
            failed(span, error);
            "failed"
        }
    };
    note(span, &[("outcome", &outcome)]);
}

/// For what deletes a session's files.
pub(crate) fn removed<'a>(span: &Span, removed: Result<&'a Removed, &'a Error>) {
    match removed {
        Ok(Removed { files, bytes, failures, .. }) => {
            note(span, &[("removed", files), ("bytes", bytes), ("failures", failures)]);
        }
        Err(error) => failed(span, error),
    }
}
