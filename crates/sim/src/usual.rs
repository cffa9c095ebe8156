//! The options, policies and times that tests usually take.

use std::num::NonZeroUsize;
use std::time::SystemTime;

use incrdir_gc::Policy;
use incrdir_naming::Timestamp;
use incrdir_session::{BeginOptions, Retention, SeedMode, Unrecorded};

/// How the tests begin sessions.
pub fn options(seed: SeedMode) -> BeginOptions {
    BeginOptions::new("test").seed(seed).retention(anew()).unrecorded(Unrecorded::Accept)
}

/// Makes sessions out of older ones, keeping this many.
///
/// # Panics
///
/// If it is none.
pub fn keep(sessions: usize) -> Retention {
    Retention::keep(NonZeroUsize::new(sessions).expect("at least one"))
}

/// Leaves this many sessions alone and recycles the next, or recycles none.
pub fn recycling_after(newest: Option<NonZeroUsize>) -> Retention {
    newest.map_or(anew(), |newest| Retention::keep(newest.saturating_add(1)))
}

/// Fills every session anew.
pub fn anew() -> Retention {
    Retention::default().without_recycling()
}

/// Links, and makes new sessions out of what the newest one has made obsolete.
pub fn recycling() -> BeginOptions {
    options(SeedMode::Link).retention(keep(2))
}

/// Keep so many; ten seconds of grace.
///
/// # Panics
///
/// If it is none.
pub fn policy(sessions: usize) -> Policy {
    Policy::default().retention(keep(sessions))
}

/// Microseconds after the beginning of 2024.
///
/// # Panics
///
/// If that is after 2085.
pub fn timestamp(micros: u64) -> Timestamp {
    Timestamp::from_micros(1_704_067_200_000_000 + micros).expect("before 2085")
}

/// The same as a time.
pub fn time(micros: u64) -> SystemTime {
    timestamp(micros).to_system_time()
}
