//! What a lease file says: who has PATH, and where the link at PATH leads.
//!
//! Two lines of JSON. The first is written as soon as the lease is held, for those who find it busy. The second one is
//! synced before the link is made, so that a link can be told from somebody else's after its maker was killed.

use std::fmt;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

/// No lease is longer.
pub(super) const MOST_BYTES: usize = 1 << 16;

/// The run that has PATH.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Holder {
    pub(super) pid: u32,
    pub(super) host: String,
    pub(super) command: String,
    pub(super) since: String,
}

/// Where the link leads. What is not Unicode has replacement characters.
#[derive(Debug, Serialize, Deserialize)]
struct Link {
    target: String,
}

impl Holder {
    pub(super) fn new(pid: u32, host: String, command: String, now: SystemTime) -> Self {
        Self { pid, host, command, since: humantime::format_rfc3339_seconds(now).to_string() }
    }

    pub(super) fn line(&self) -> Vec<u8> {
        line(self)
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pid, host, command, since } = self;
        write!(f, "process {pid} on {host}, which runs `{command}` since {since}")
    }
}

pub(super) fn link_line(target: &str) -> Vec<u8> {
    line(&Link { target: target.into() })
}

fn line(what: &impl Serialize) -> Vec<u8> {
    let mut line = serde_json::to_vec(what).expect("BUG: texts and numbers can be written");
    line.push(b'\n');
    line
}

/// Who has PATH, if that has been written.
pub(super) fn holder_in(content: &[u8]) -> Option<Holder> {
    serde_json::from_slice(content.split(|byte| *byte == b'\n').next()?).ok()
}

/// Where the link leads. `None`: none has been made.
pub(super) fn target_in(content: &[u8]) -> Option<String> {
    let line = content.split(|byte| *byte == b'\n').nth(1)?;
    serde_json::from_slice(line).ok().map(|Link { target }| target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_what_is_torn_is_not() {
        let holder = Holder::new(7, "here".into(), "two\nlines".into(), SystemTime::UNIX_EPOCH);
        let mut content = holder.line();
        assert_eq!(holder_in(&content).unwrap().to_string(), holder.to_string());
        assert_eq!(target_in(&content), None);
        content.extend(link_line("/c/s"));
        assert_eq!(target_in(&content).unwrap(), "/c/s");
        for length in 0..content.len() - 1 {
            assert_eq!(target_in(&content[..length]), None, "{length}");
        }
        assert!(holder_in(b"").is_none() && target_in(b"\n\n").is_none());
    }
}
