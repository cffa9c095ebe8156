//! Processes that push, pull and collect at the same time and are killed at any moment: nothing is listed that cannot be pulled whole.
//!
//! The processes are this test program, started again with the environment variable `INCRDIR_STORM` that says as what.

mod content;
mod drive;
mod log;
mod roles;

use std::time::Duration;

use drive::{Plan, drive};

use crate::stores::{Place, directory, given};

/// Sessions that each writer is to push, and how long it may take: `INCRDIR_STORM_SESSIONS` has another number, with more time.
const SESSIONS: usize = 12;
const TIME: Duration = Duration::from_secs(10);

/// What the processes of a storm run. Without the variable, nothing.
#[test]
fn process() {
    roles::play();
}

#[test]
fn in_a_directory() {
    storm(&directory(), Duration::from_secs(4));
}

/// A server in Python is slower than eight writers.
#[test]
fn in_the_given_store() {
    if let Some(place) = given() {
        storm(&place, Duration::from_secs(20));
    }
}

fn storm(place: &Place, grace: Duration) {
    let asked = std::env::var("INCRDIR_STORM_SESSIONS").ok();
    let asked: Option<usize> = asked.map(|sessions| sessions.parse().expect("a number"));
    let sessions = asked.unwrap_or(SESSIONS);
    let time = asked.map_or(TIME, |sessions| Duration::from_secs(60 + 6 * sessions as u64));
    let outcome = drive(place, &Plan { sessions, time, grace });
    println!("{outcome:#?}");
    assert!(outcome.wrong.is_empty(), "{:#?}", outcome.wrong);
    assert!(outcome.pushed > 0 && outcome.kills > 0 && outcome.checked > 0, "it was no storm");
}
