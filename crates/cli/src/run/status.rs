//! What a program's end means: for its session, and as an exit status.

use std::process::ExitStatus;

use crate::child;
use crate::failure::OWN_FAILURE;

/// `None`: it did not. `fine`: what counts as success besides 0. A program that succeeds after a signal was interrupted all the same.
pub(super) fn how_it_failed(
    status: ExitStatus,
    signal: Option<i32>,
    fine: &[u8],
) -> Option<String> {
    match (signal, child::signal_of(status), status.code()) {
        (Some(signal), ..) => Some(format!("was interrupted by signal {signal}")),
        (None, Some(signal), _) => Some(format!("was ended by signal {signal}")),
        (None, None, Some(0)) => None,
        (None, None, Some(code)) if fine.iter().any(|fine| i32::from(*fine) == code) => None,
        (None, None, Some(code)) => Some(format!("exited with {code}")),
        (None, None, None) => Some("ended without an exit status".into()),
    }
}

/// As shells report it.
pub(super) fn by_signal(signal: i32) -> u8 {
    u8::try_from(128 + signal).unwrap_or(u8::MAX)
}

/// As shells report it. A program that succeeded after a signal was still told to end.
pub(super) fn code_of(status: ExitStatus, signal: Option<i32>) -> u8 {
    match (status.code(), child::signal_of(status).or(signal)) {
        (Some(0) | None, Some(signal)) => by_signal(signal),
        (Some(code), _) => u8::try_from(code).unwrap_or(u8::MAX),
        (None, None) => OWN_FAILURE,
    }
}
