//! The policy of a collection.

use std::time::{Duration, SystemTime};

use incrdir_session::Retention;

use crate::Limits;

/// The least grace: rustc needs a moment between creating a lock file and locking it.
pub const MIN_GRACE: Duration = Duration::from_secs(1);

/// The default grace: longer than rustc takes between the two.
pub const USUAL_GRACE: Duration = Duration::from_secs(10);

/// A time that is further ahead than this says nothing: it is of a clock that was wrong.
const FAR_AHEAD: Duration = DAY;

/// Whether something with this time is older than a grace.
///
/// A time that is ahead of the clock by less than a day counts as young, because clocks differ. One that is further ahead
/// comes from a clock that was wrong, and would otherwise count as young for years. A lock file must be old by its name
/// and by its own time: one that was just made by such a clock has a correct time of its own.
pub fn is_past(then: SystemTime, now: SystemTime, grace: Duration) -> bool {
    match now.duration_since(then) {
        Ok(age) => age >= grace,
        Err(ahead) => ahead.duration() > FAR_AHEAD,
    }
}

/// What to keep, and for how long.
///
/// ```
/// use std::time::Duration;
///
/// use incrdir_gc::Policy;
///
/// let policy = Policy::default().quarantine(Duration::from_secs(24 * 60 * 60));
/// assert_eq!(policy.retention.keep.get(), 2);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Policy {
    /// How many published sessions of a unit to keep. Use the retention with which sessions are begun. Default: two.
    pub retention: Retention,
    /// How old something without a record must be, by its name and by its file, before it counts as a leftover. At least
    /// [`MIN_GRACE`]. Default: [`USUAL_GRACE`].
    pub grace: Duration,
    /// How old a lock file must be before it counts as a leftover although its writer may be alive, on another host or in
    /// another process namespace. Default: one day.
    pub patience: Duration,
    /// How long a quarantined session is kept for inspection. Default: seven days.
    pub quarantine: Duration,
    /// Whether a session is kept that was filled ahead of time and waits to be taken over. Where there is no room for another one,
    /// it is the first that can be done without. Default: it is.
    pub keeps_waiting: bool,
    /// When units lose also the sessions that their retention keeps. Only [`operate`](crate::operate) looks at it: a
    /// collection of one unit does not know the others. Default: never.
    pub limits: Limits,
}

/// A day.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl Default for Policy {
    fn default() -> Self {
        Self {
            retention: Retention::default(),
            grace: USUAL_GRACE,
            patience: DAY,
            quarantine: DAY.saturating_mul(7),
            keeps_waiting: true,
            limits: Limits::default(),
        }
    }
}

impl Policy {
    /// Sets [`retention`](Self::retention).
    pub fn retention(self, retention: Retention) -> Self {
        Self { retention, ..self }
    }

    /// Sets [`grace`](Self::grace).
    pub fn grace(self, grace: Duration) -> Self {
        Self { grace, ..self }
    }

    /// Sets [`patience`](Self::patience).
    pub fn patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Sets [`quarantine`](Self::quarantine).
    pub fn quarantine(self, quarantine: Duration) -> Self {
        Self { quarantine, ..self }
    }

    /// Sets [`keeps_waiting`](Self::keeps_waiting).
    pub fn keeps_waiting(self, keeps_waiting: bool) -> Self {
        Self { keeps_waiting, ..self }
    }

    /// Sets [`limits`](Self::limits).
    pub fn limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// The grace that is kept.
    pub(crate) fn effective_grace(&self) -> Duration {
        self.grace.max(MIN_GRACE)
    }
}

/// Whether to act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Mode {
    /// Delete.
    #[default]
    Collect,
    /// Report what would be deleted, with shared locks only. Readers of an obsolete session cannot be seen that way, so it
    /// counts as deletable.
    DryRun,
}
