//! Any number of roots, collected, and then cut back to the limits of the policy.
//!
//! 1. Every unit is collected by itself (C1 to C5).
//! 2. Units that have not been used for as long as the policy allows lose everything (V1 to V3).
//! 3. While all of them together take too much, or a file system has too little free space, the unit that has not been used
//!    for longest loses its oldest session, then its next one, then the next unit (V1 to V3).
//! 4. The directories of units in which nothing is left are removed (V4).

use std::ops::ControlFlow;
use std::time::SystemTime;

use incrdir_naming::UnitName;
use incrdir_session::Error;
use incrdir_vfs::Vfs;

use crate::empty::{EmptyUnits, remove_if_empty, would_be_empty};
use crate::sweep::sweep_some;
use crate::{Disposal, Limits, Mode, Policy, Sweep, observe};

/// A root, or some of its units.
#[derive(Debug)]
#[non_exhaustive]
pub struct Place<'a, V: Vfs> {
    /// The root.
    pub root: &'a V::Dir,
    /// Which units. `None`: all.
    pub units: Option<Vec<UnitName>>,
    /// What to do with units in which nothing is left.
    pub empty: EmptyUnits<'a, V>,
}

impl<'a, V: Vfs> Place<'a, V> {
    /// All units of a root in which only programs that use incrdir begin sessions.
    pub fn new(root: &'a V::Dir) -> Self {
        Self { root, units: None, empty: EmptyUnits::Remove }
    }

    /// Sets [`units`](Self::units).
    pub fn units(self, units: Option<Vec<UnitName>>) -> Self {
        Self { units, ..self }
    }

    /// Sets [`empty`](Self::empty).
    pub fn empty(self, empty: EmptyUnits<'a, V>) -> Self {
        Self { empty, ..self }
    }
}

/// What became of the roots.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Operated {
    /// One for each root, in their order.
    pub roots: Vec<Result<Sweep, Error>>,
    /// What all sessions took on the medium after the dead and obsolete ones were gone, where the policy limits it: each file
    /// once, and none that has a name elsewhere.
    pub bytes: Option<u64>,
    /// By how much they still take more than the policy allows: what stays is in use, pinned or somebody else's.
    pub over_bytes: u64,
    /// How much the policy still lacks of free space: what stays is in use, pinned or somebody else's, or what was deleted shared
    /// its blocks with other files, or is free only later.
    pub lacking_space: u64,
    /// File systems that cannot tell how much space they have, or sessions that could not be measured.
    pub unknown: Vec<Error>,
    /// Whether it was stopped before its end.
    pub interrupted: bool,
}

/// Is told what happened to each entry: the number of the root, the unit, and what it was. What was kept at first may be told
/// again with another fate.
pub type Watch<'a> = dyn FnMut(usize, &UnitName, &Disposal) -> ControlFlow<()> + 'a;

/// Collects all units of all roots, and cuts them back to the limits of the policy. What fails of one root or unit is in the
/// report, and the pass goes on.
///
/// Any number of processes may do this at the same time, while others begin, publish and read.
pub fn operate<V: Vfs>(
    vfs: &V,
    places: &[Place<'_, V>],
    policy: &Policy,
    mode: Mode,
    watch: &mut Watch<'_>,
) -> Operated {
    let span = observe::operate(places.len(), policy, mode);
    let mut pass =
        Pass { vfs, places, policy, mode, now: vfs.now(), watch, all: Operated::default() };
    let flow = pass.run();
    pass.all.interrupted = flow.is_break();
    let all = pass.all;
    let lacking = [all.over_bytes, all.lacking_space];
    observe::operated(&span, all.bytes, lacking, &all.unknown, all.interrupted);
    all
}

/// One pass over all roots.
pub(crate) struct Pass<'a, 'w, V: Vfs> {
    pub(crate) vfs: &'a V,
    pub(crate) places: &'a [Place<'a, V>],
    pub(crate) policy: &'a Policy,
    pub(crate) mode: Mode,
    pub(crate) now: SystemTime,
    pub(crate) watch: &'a mut Watch<'w>,
    pub(crate) all: Operated,
}

impl<V: Vfs> Pass<'_, '_, V> {
    fn run(&mut self) -> ControlFlow<()> {
        for root in 0..self.places.len() {
            let Place { root: dir, units, .. } = &self.places[root];
            let watch = &mut *self.watch;
            let mut watch = |unit: &UnitName, disposal: &Disposal| watch(root, unit, disposal);
            let swept =
                sweep_some(self.vfs, dir, units.clone(), self.policy, self.mode, &mut watch);
            let interrupted = swept.as_ref().is_ok_and(|swept| swept.interrupted);
            self.all.roots.push(swept);
            if interrupted {
                return ControlFlow::Break(());
            }
        }
        if self.policy.limits != Limits::default() {
            self.cut()?;
        }
        self.empty()
    }

    /// V4: removes the directories of units in which nothing is left.
    fn empty(&mut self) -> ControlFlow<()> {
        for (swept, place) in self.all.roots.iter_mut().zip(self.places) {
            let Ok(swept) = swept else { continue };
            for (name, report) in &mut swept.units {
                let Ok(report) = report else { continue };
                report.emptied = match self.mode {
                    Mode::Collect => remove_if_empty(self.vfs, place.root, &place.empty, name),
                    Mode::DryRun => would_be_empty(report, &place.empty),
                };
                if report.emptied && self.mode == Mode::Collect {
                    observe::emptied(name);
                }
                if self.vfs.is_stopped() {
                    return ControlFlow::Break(());
                }
            }
        }
        ControlFlow::Continue(())
    }
}
