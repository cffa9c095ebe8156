//! What is not a file: clock, luck, and who and where we are.
#![expect(clippy::disallowed_methods, reason = "this is the real world's door")]

use std::time::{Duration, SystemTime};

use crate::Process;

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
    let text = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    u128::from_str_radix(&text.trim().replace('-', ""), 16).ok()
}

pub(super) fn process() -> Process {
    Process { pid: std::process::id(), host: host() }
}

#[cfg(unix)]
fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

#[cfg(not(unix))]
fn host() -> String {
    std::env::var("COMPUTERNAME").unwrap_or_default()
}
