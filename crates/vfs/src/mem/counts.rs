//! How many calls were made: the budget of a protocol is a contract that costs nothing to check here.

use std::fmt;
use std::ops::{Index, Sub};

use super::OpKind;

/// Calls by kind.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct CallCounts([u64; OpKind::ALL.len()]);

impl Default for CallCounts {
    fn default() -> Self {
        Self([0; OpKind::ALL.len()])
    }
}

impl CallCounts {
    /// Calls on the file system: all but those on clock, luck and process.
    pub fn total(&self) -> u64 {
        OpKind::ALL.iter().filter(|kind| kind.is_file_system()).map(|kind| self[*kind]).sum()
    }

    pub(super) fn add(&mut self, kind: OpKind) {
        self.0[kind as usize] += 1;
    }
}

impl Index<OpKind> for CallCounts {
    type Output = u64;

    fn index(&self, kind: OpKind) -> &u64 {
        &self.0[kind as usize]
    }
}

impl Sub for CallCounts {
    type Output = Self;

    /// What came since an earlier count.
    fn sub(self, earlier: Self) -> Self {
        let mut counts = self;
        for (count, earlier) in counts.0.iter_mut().zip(earlier.0) {
            *count -= earlier;
        }
        counts
    }
}

impl fmt::Debug for CallCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let made = OpKind::ALL.iter().filter(|kind| self[**kind] > 0);
        f.debug_map().entries(made.map(|kind| (kind, self[*kind]))).finish()
    }
}
