//! Limits: when units lose also the sessions that their retention keeps.

use std::time::Duration;

/// Limits of what all units together may keep.
///
/// They work on units in the order of their last use, the least recently used one first, and on whole sessions, the oldest of a
/// unit first. What is in use or pinned stays.
///
/// ```
/// use std::time::Duration;
///
/// use incrdir_gc::{FreeSpace, Limits, Policy};
///
/// let month = Duration::from_secs(30 * 24 * 60 * 60);
/// let limits = Limits::default()
///     .max_age(month)
///     .max_bytes(50 << 30)
///     .free(FreeSpace::percent(15, 20));
/// let policy = Policy::default().limits(limits);
/// # assert_eq!(policy.limits.max_age, Some(month));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Limits {
    /// A unit that nobody has begun from or read for as long as this loses everything.
    pub max_age: Option<Duration>,
    /// What all sessions may take on the medium, in bytes, each file once, and without those that have a name elsewhere: what
    /// deleting all of them would free.
    pub max_bytes: Option<u64>,
    /// How much of each file system is to be free.
    pub free: Option<FreeSpace>,
}

/// How much of a file system is to be free, in ten thousandths of it. What is free for everybody counts, not what is
/// reserved for the system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct FreeSpace {
    /// Nothing is deleted as long as this much is free.
    pub below: u32,
    /// Otherwise until this much is free: more than `below`, so that not every pass has something to do.
    pub until: u32,
}

/// The whole.
const WHOLE: u64 = 10_000;

impl FreeSpace {
    /// With less than `below` ten thousandths free, until `until` are. Neither is more than the whole, nor the second
    /// less than the first.
    pub fn new(below: u32, until: u32) -> Self {
        let below = below.min(WHOLE as u32);
        Self { below, until: until.clamp(below, WHOLE as u32) }
    }

    /// The same in percent.
    pub fn percent(below: u32, until: u32) -> Self {
        Self::new(below.saturating_mul(100), until.saturating_mul(100))
    }

    /// How many bytes there are to free, if so many of so many are available.
    pub(crate) fn lacking(self, available: u64, total: u64) -> u64 {
        let is_enough = available >= share(self.below, total);
        if is_enough { 0 } else { self.until(available, total) }
    }

    /// How many bytes there are to free until as much is free as is to be made free.
    pub(crate) fn until(self, available: u64, total: u64) -> u64 {
        share(self.until, total).saturating_sub(available)
    }
}

fn share(part: u32, total: u64) -> u64 {
    u64::try_from(u128::from(total) * u128::from(part) / u128::from(WHOLE)).unwrap_or(total)
}

impl Limits {
    /// Sets [`max_age`](Self::max_age).
    pub fn max_age(self, age: impl Into<Option<Duration>>) -> Self {
        Self { max_age: age.into(), ..self }
    }

    /// Sets [`max_bytes`](Self::max_bytes).
    pub fn max_bytes(self, bytes: impl Into<Option<u64>>) -> Self {
        Self { max_bytes: bytes.into(), ..self }
    }

    /// Sets [`free`](Self::free).
    pub fn free(self, free: impl Into<Option<FreeSpace>>) -> Self {
        Self { free: free.into(), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_space_is_made_once_and_then_there_is_some_to_lose() {
        let free = FreeSpace::percent(15, 20);
        assert_eq!(free.lacking(150, 1000), 0);
        assert_eq!(free.lacking(149, 1000), 51);
        assert_eq!(free.lacking(0, 0), 0);
        assert_eq!(FreeSpace::percent(20, 10), FreeSpace::percent(20, 20));
        assert_eq!(FreeSpace::percent(u32::MAX, u32::MAX).lacking(0, u64::MAX), u64::MAX);
    }
}
