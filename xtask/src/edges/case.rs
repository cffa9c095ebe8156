//! A case: what is tried, under which name, and when.

use super::lab::{Lab, Verdict};

/// What is tried, and under which name.
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) when: When,
    pub(super) run: fn(&Lab) -> Verdict,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    Always,
    /// Only with the word `long`.
    Long,
}

impl Case {
    pub(super) const fn new(name: &'static str, run: fn(&Lab) -> Verdict) -> Self {
        Self { name, when: When::Always, run }
    }

    pub(super) const fn long(name: &'static str, run: fn(&Lab) -> Verdict) -> Self {
        Self { name, when: When::Long, run }
    }
}
