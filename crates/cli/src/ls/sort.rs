//! The order of units, and of the sessions in each.

use std::cmp::Reverse;

use clap::ValueEnum;

use crate::json::LsUnit;

/// By what units and sessions are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Sort {
    /// Units by their names, sessions by their age
    Name,
    /// The largest first
    Size,
    /// What was used last comes last
    Age,
}

impl Sort {
    pub(super) fn apply(self, units: &mut [LsUnit]) {
        match self {
            // As they were listed: names of sessions are in the order of time.
            Self::Name => {}
            Self::Size => {
                units.sort_by_key(|unit| Reverse(unit.bytes));
                for unit in units {
                    unit.entries.sort_by_key(|entry| Reverse(entry.bytes));
                }
            }
            // Times in UTC, written alike, are in the order of time.
            Self::Age => {
                units.sort_by(|one, other| one.last_use.cmp(&other.last_use));
                for unit in units {
                    unit.entries.sort_by(|one, other| one.created.cmp(&other.created));
                }
            }
        }
    }
}
