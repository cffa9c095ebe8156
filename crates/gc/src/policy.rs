//! What the caller decides.

use std::num::NonZeroUsize;
use std::time::{Duration, SystemTime};

/// The least grace there is: rustc's own window between making and locking a lock file is real.
pub const MIN_GRACE: Duration = Duration::from_secs(1);

/// The grace that is kept unless somebody asks for another one: longer than rustc ever takes between the two.
pub const USUAL_GRACE: Duration = Duration::from_secs(10);

/// A time that is further ahead than this says nothing: it is of a clock that was wrong.
const FAR_AHEAD: Duration = Duration::from_secs(24 * 60 * 60);

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

/// What to keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// How many published sessions of a unit to keep, the newest ones.
    pub keep: NonZeroUsize,
    /// How old something must be, by its name and by its file, before it is taken for a leftover although
    /// it does not say whose it is. Less than [`MIN_GRACE`] counts as that.
    pub grace: Duration,
    /// How old the lock file of something must be before it is taken for a leftover although it cannot be told whether its
    /// writer is alive: on another host, in another namespace of processes.
    pub patience: Duration,
    /// How long a quarantined session is kept for somebody to look at it.
    pub quarantine: Duration,
}

impl Policy {
    /// The grace that is kept.
    pub(crate) fn effective_grace(&self) -> Duration {
        self.grace.max(MIN_GRACE)
    }
}

/// Whether to act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Delete.
    Collect,
    /// Look, with shared locks only, and say what would be deleted. Whether a reader holds an obsolete
    /// session cannot be seen that way: it counts as deletable.
    DryRun,
}
