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
    Process { pid: std::process::id(), host: host(), user: user() }
}

#[cfg(unix)]
fn user() -> Option<u32> {
    Some(rustix::process::geteuid().as_raw())
}

#[cfg(not(unix))]
fn user() -> Option<u32> {
    None
}

/// Asks the kernel without sending anything. A process that we may not signal is there.
#[cfg(unix)]
pub(super) fn is_alive(pid: u32) -> Option<bool> {
    let pid = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw)?;
    match rustix::process::test_kill_process(pid) {
        Ok(()) | Err(rustix::io::Errno::PERM) => Some(true),
        Err(rustix::io::Errno::SRCH) => Some(false),
        Err(_) => None,
    }
}

#[cfg(not(unix))]
pub(super) fn is_alive(_pid: u32) -> Option<bool> {
    None
}

#[cfg(unix)]
fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

#[cfg(not(unix))]
fn host() -> String {
    std::env::var("COMPUTERNAME").unwrap_or_default()
}
