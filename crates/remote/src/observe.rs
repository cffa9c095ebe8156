//! What a subscriber of `tracing` gets to see: a span for each operation, and an event for what does not go as usual.

use incrdir_naming::{SessionName, UnitName};
use incrdir_vfs::Chain;
use tracing::field::Empty;
use tracing::span::EnteredSpan;
use tracing::{Span, debug, info_span};

use crate::{Error, Scope, Unfit};

const CRATE: &str = "incrdir_remote";

/// P1 to P8.
pub(crate) fn push(unit: &UnitName, session: SessionName) -> EnteredSpan {
    let (unit, session) = (unit.to_string(), session.to_string());
    info_span!(target: CRATE, "push", unit, session, outcome = Empty, error = Empty).entered()
}

/// R1 to R6.
pub(crate) fn pull(unit: &UnitName) -> EnteredSpan {
    let unit = unit.to_string();
    info_span!(target: CRATE, "pull", unit, outcome = Empty, error = Empty).entered()
}

/// D1 to D8.
pub(crate) fn collect(unit: &UnitName) -> EnteredSpan {
    let unit = unit.to_string();
    info_span!(target: CRATE, "collect_store", unit, outcome = Empty, error = Empty).entered()
}

pub(crate) fn ended<T: std::fmt::Debug>(span: &Span, result: &Result<T, Error>) {
    match result {
        _ if span.is_disabled() => {}
        Ok(outcome) => drop(span.record("outcome", format!("{outcome:?}"))),
        Err(error) => drop(span.record("error", Chain(error).to_string())),
    }
}

/// A session in the store is not pulled.
pub(crate) fn unfit(scope: &Scope, session: SessionName, why: &Unfit) {
    let why = Chain(why).to_string();
    debug!(target: CRATE, scope = %scope, session = %session, why, "not pulled");
}
