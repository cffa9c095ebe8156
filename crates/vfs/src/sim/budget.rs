//! What may still go wrong in a run.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use super::search::Bounds;
use crate::{Fault, OpKind};

/// How the clock jumps, in seconds: longer than the usual grace, an hour, back by a little, by a day, to
/// before 1970, and past the end of ten digits of base 36.
pub(super) const JUMPS: [i64; 6] = [11, 3600, -20, -86_400, -1_800_000_000, 1_990_000_000];

/// Shared by the processes of a run.
#[derive(Debug, Default)]
pub(super) struct Budget {
    pub(super) kills: Cell<u32>,
    pub(super) deaths: Cell<u32>,
    pub(super) faults: Cell<u32>,
    pub(super) jumps: Cell<u32>,
    pub(super) collisions: Cell<u32>,
    /// Calls of this kind fail like this from now on.
    pub(super) lasting: Cell<Option<(OpKind, Fault)>>,
    /// What failed, and how often.
    pub(super) failed: RefCell<BTreeMap<(OpKind, Fault), u64>>,
}

impl Budget {
    pub(super) fn new(bounds: &Bounds) -> Self {
        Self {
            kills: Cell::new(bounds.kills),
            faults: Cell::new(bounds.faults),
            jumps: Cell::new(bounds.jumps),
            collisions: Cell::new(bounds.collisions),
            ..Self::default()
        }
    }

    /// Takes one of what is left, if there is any.
    pub(super) fn spend(left: &Cell<u32>) {
        left.set(left.get() - 1);
    }

    /// All of it that decides what can still happen.
    pub(super) fn state(&self) -> impl std::hash::Hash + use<> {
        let left = [&self.kills, &self.faults, &self.jumps, &self.collisions].map(Cell::get);
        (left, self.lasting.get())
    }
}
