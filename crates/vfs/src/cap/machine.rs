//! Clock, randomness, and which start of the machine this is.
#![expect(clippy::disallowed_methods, reason = "this is the real back end")]

use std::time::{Duration, SystemTime};

use super::process::kernel;

pub(super) fn now() -> SystemTime {
    SystemTime::now()
}

pub(super) fn pause(duration: Duration) {
    std::thread::sleep(duration);
}

pub(super) fn random() -> u32 {
    rand::random()
}

/// What the system tells: Linux and macOS make a number at every start, Windows has the time.
pub(super) fn boot_id() -> Option<u128> {
    kernel::boot_id()
}
