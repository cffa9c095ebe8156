//! How many files somebody has made, from which their numbers follow.

use std::collections::BTreeMap;

/// The device of the root.
pub(super) const FIRST_DEVICE: u64 = 1;

/// How many files somebody has made, by device.
#[derive(Debug, Clone, Default, Hash)]
pub(super) struct Made {
    on_the_first: u64,
    /// Worlds are cloned for every state that is searched, and most have one device.
    on_others: BTreeMap<u64, u64>,
}

impl Made {
    pub(super) fn one_more(&mut self, device: u64) -> u64 {
        let made = match device {
            FIRST_DEVICE => &mut self.on_the_first,
            other => self.on_others.entry(other).or_default(),
        };
        *made += 1;
        *made
    }
}
