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

/// Linux makes one at every start. Where it cannot be read there is none.
pub(super) fn boot_id() -> Option<u128> {
    let text = kernel::read("/proc/sys/kernel/random/boot_id")?;
    u128::from_str_radix(&text.trim().replace('-', ""), 16).ok()
}
