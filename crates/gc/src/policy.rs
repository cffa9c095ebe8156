//! What the caller decides.

use std::time::{Duration, SystemTime};

use incrdir_session::Retention;

/// The least grace there is: rustc's own window between making and locking a lock file is real.
pub const MIN_GRACE: Duration = Duration::from_secs(1);

/// The grace that is kept unless somebody asks for another one: longer than rustc ever takes between the two.
pub const USUAL_GRACE: Duration = Duration::from_secs(10);

/// A time that is further ahead than this says nothing: it is of a clock that was wrong.
const FAR_AHEAD: Duration = DAY;

/// Whether something with this time is older than a grace.
///
/// What is ahead by less than a day is young: clocks differ. What is further ahead was not made a moment ago by anybody
/// whose clock is near ours, and would else be young for years. A lock file must be old by its name and by its own time;
/// one that has just been made under a wrong name has a time of its own that is right.
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
    /// How many published sessions of a unit to keep, the newest ones: what sessions are begun with, too. Default: two.
    pub retention: Retention,
    /// How old something must be, by its name and by its file, before it is taken for a leftover although it does not say
    /// whose it is. Less than [`MIN_GRACE`] counts as that. Default: [`USUAL_GRACE`].
    pub grace: Duration,
    /// How old the lock file of something must be before it is taken for a leftover although it cannot be told whether its
    /// writer is alive: on another host, in another namespace of processes. Default: a day.
    pub patience: Duration,
    /// How long a quarantined session is kept for somebody to look at it. Default: seven days.
    pub quarantine: Duration,
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
    /// Look, with shared locks only, and say what would be deleted. Whether a reader holds an obsolete
    /// session cannot be seen that way: it counts as deletable.
    DryRun,
}
