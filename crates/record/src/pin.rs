//! A pin: what the file says that keeps a session or a unit from being collected.
//!
//! Its name does the keeping. The content is for people, but for the time at which the pin ends: a pin that cannot be
//! read has no end.

use std::time::SystemTime;

use crate::bytes::{put_string, put_time, take, take_string, take_time};
use crate::frame;
use crate::kinds::PIN;

/// What a pin says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pin {
    /// A name for it, for people; empty if it has none.
    pub name: String,
    /// When it was set. `None`: it cannot be read.
    pub since: Option<SystemTime>,
    /// When it ends. `None`: never.
    pub until: Option<SystemTime>,
}

impl Pin {
    /// A pin that is set now and has no end. A name of more than 64 KiB is cut.
    pub fn new(name: impl Into<String>, now: SystemTime) -> Self {
        Self { name: name.into(), since: Some(now), until: None }
    }

    /// Sets [`until`](Self::until).
    pub fn until(self, until: Option<SystemTime>) -> Self {
        Self { until, ..self }
    }

    /// Whether it has ended.
    pub fn is_over(&self, now: SystemTime) -> bool {
        self.until.is_some_and(|until| until <= now)
    }

    /// Its frame. Of several in one file, the last one counts.
    pub fn encode(&self) -> Vec<u8> {
        let mut payload = Vec::new();
        put_time(&mut payload, self.since.unwrap_or(SystemTime::UNIX_EPOCH));
        payload.push(u8::from(self.until.is_some()));
        put_time(&mut payload, self.until.unwrap_or(SystemTime::UNIX_EPOCH));
        put_string(&mut payload, &self.name);
        frame::short(PIN, &payload)
    }

    /// Reads the content of the file. Never fails: what is not understood is a pin without a name or an end.
    pub fn decode(content: &[u8]) -> Self {
        let mut pins = frame::places(content).into_iter().filter(|(kind, _)| *kind == PIN);
        pins.next_back().and_then(|(_, place)| Self::payload(&content[place])).unwrap_or_default()
    }

    fn payload(mut payload: &[u8]) -> Option<Self> {
        let since = take_time(&mut payload)?;
        let [ends] = take(&mut payload)?;
        let until = take_time(&mut payload)?;
        let name = take_string(&mut payload)?;
        Some(Self { name, since: Some(since), until: (ends != 0).then_some(until) })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_last_whole_pin_counts_and_a_torn_one_has_no_end() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        let first = Pin::new("release", now).until(Some(now + Duration::from_secs(9)));
        let second = Pin::new("", now + Duration::from_secs(1));
        let mut content = frame::header();
        content.extend(first.encode());
        let whole = content.len();
        content.extend(second.encode());
        assert_eq!(Pin::decode(&content), second);
        for len in 0..content.len() {
            let expected = if len < whole { Pin::default() } else { first.clone() };
            assert_eq!(Pin::decode(&content[..len]), expected, "{len}");
        }
        assert!(!Pin::decode(b"noise").is_over(now));
        assert!(first.is_over(now + Duration::from_secs(9)) && !first.is_over(now));
    }
}
