//! The origin: written after seeding, it says where the content of a session came from.

use incrdir_naming::{SessionName, UnitName};

use crate::bytes::{put_string, take, take_string};
use crate::frame;
use crate::kinds::ORIGIN;

/// How a session gets the files of its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum SeedMode {
    /// By clone (reflink), copying what cannot be cloned. The program may do with the files what it likes.
    #[default]
    Auto,
    /// By copy.
    Copy,
    /// By clone only. If something cannot be cloned, the session starts cold.
    Clone,
    /// By hard link, copying what cannot be linked. **Only for programs that replace files instead of writing into them:** a
    /// linked file *is* the published one, and whoever opens it and writes changes what has been published.
    Link,
    /// Not at all: every session starts cold.
    None,
}

impl SeedMode {
    fn code(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Link => 1,
            Self::Clone => 2,
            Self::Copy => 3,
            Self::Auto => 4,
        }
    }

    fn from_code(code: u8) -> Option<Self> {
        [Self::None, Self::Link, Self::Clone, Self::Copy, Self::Auto]
            .into_iter()
            .find(|mode| mode.code() == code)
    }
}

/// Where the content of a session came from.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Origin {
    /// The published session that it was seeded from; `None` for a cold start.
    pub source: Option<SessionName>,
    /// How it was seeded.
    pub mode: SeedMode,
    /// How many sessions ago one in its line began cold because of a failure, while there were published sessions that it
    /// could otherwise have started from; 0 for that session itself. Those older sessions are still worth keeping. `None` if
    /// there was none, or it is long ago.
    pub since_cold: Option<u8>,
    /// The unit of the source, if it is not the session's own.
    pub unit: Option<UnitName>,
    /// What was taken over, if that was not everything: patterns, each behind `-` (left out) or `+` (taken).
    pub patterns: Vec<String>,
}

impl Origin {
    /// An origin in the session's own unit, of which everything was taken over.
    pub fn new(source: Option<SessionName>, mode: SeedMode, since_cold: Option<u8>) -> Self {
        Self { source, mode, since_cold, unit: None, patterns: Vec::new() }
    }

    /// Sets [`unit`](Self::unit).
    pub fn unit(self, unit: Option<UnitName>) -> Self {
        Self { unit, ..self }
    }

    /// Sets [`patterns`](Self::patterns).
    pub fn patterns(self, patterns: Vec<String>) -> Self {
        Self { patterns, ..self }
    }

    /// Its frame.
    pub fn encode(&self) -> Vec<u8> {
        let mut payload = Vec::new();
        put_string(&mut payload, &self.source.map(|name| name.to_string()).unwrap_or_default());
        payload.push(self.mode.code());
        payload.push(self.since_cold.map_or(0, |sessions| sessions.saturating_add(1)));
        if self.unit.is_some() || !self.patterns.is_empty() {
            put_string(
                &mut payload,
                &self.unit.as_ref().map(ToString::to_string).unwrap_or_default(),
            );
            for pattern in &self.patterns {
                put_string(&mut payload, pattern);
            }
        }
        frame::short(ORIGIN, &payload)
    }

    pub(crate) fn decode(mut payload: &[u8]) -> Option<Self> {
        let source = take_string(&mut payload)?;
        let source = if source.is_empty() { None } else { Some(source.parse().ok()?) };
        let [mode] = take(&mut payload)?;
        let [since_cold] = take(&mut payload).unwrap_or_default();
        let since_cold = since_cold.checked_sub(1);
        let unit = take_string(&mut payload).unwrap_or_default();
        let unit = if unit.is_empty() { None } else { Some(unit.parse().ok()?) };
        let patterns = std::iter::from_fn(|| take_string(&mut payload)).collect();
        Some(Self { source, mode: SeedMode::from_code(mode)?, since_cold, unit, patterns })
    }
}
