//! Which changes of names a power loss may leave together.

use std::ops::ControlFlow;

use super::models::{Names, Persistence};
use crate::mem::journal::{Effect, NameChange};

/// Changes of names, and which of them must precede which.
pub(super) struct Order {
    /// Position in the log, and the changes.
    pub(super) steps: Vec<(usize, Vec<NameChange>)>,
    /// For each, those that must survive if it does.
    pub(super) before: Vec<Vec<usize>>,
    /// Those that survive whatever else does.
    pub(super) is_forced: Vec<bool>,
}

impl Order {
    pub(super) fn new(effects: &[Effect], model: &Persistence) -> Self {
        let mut steps: Vec<(usize, Vec<NameChange>)> = Vec::new();
        for (position, effect) in effects.iter().enumerate() {
            if let Effect::Names(changes) = effect {
                if model.rename_is_atomic {
                    steps.push((position, changes.clone()));
                } else {
                    steps.extend(changes.iter().map(|change| (position, vec![change.clone()])));
                }
            }
        }
        let touch = |a: &[NameChange], b: &[NameChange]| {
            let same = |a: &NameChange, b: &NameChange| match model.names {
                Names::All | Names::Global => true,
                Names::PerDirectory => a.dir == b.dir,
                Names::PerName => a.dir == b.dir && a.name == b.name,
            };
            a.iter().any(|a| b.iter().any(|b| same(a, b)))
        };
        let before = (0..steps.len())
            .map(|step| (0..step).filter(|other| touch(&steps[*other].1, &steps[step].1)).collect())
            .collect();
        let mut order = Self { is_forced: vec![false; steps.len()], steps, before };
        order.force(effects, model);
        order
    }

    /// What was synced survives, and what must precede it.
    fn force(&mut self, effects: &[Effect], model: &Persistence) {
        for (synced_at, effect) in effects.iter().enumerate() {
            for step in 0..self.steps.len() {
                let (position, changes) = &self.steps[step];
                let is_synced = *position < synced_at
                    && match effect {
                        Effect::SyncDir(dir) => changes.iter().any(|change| change.dir == *dir),
                        Effect::SyncFile(inode) => {
                            let names = |change: &NameChange| {
                                change.to.as_ref().is_some_and(|to| to.inode == *inode)
                            };
                            model.sync_file_keeps_name && changes.iter().any(names)
                        }
                        _ => false,
                    };
                if is_synced || model.names == Names::All {
                    self.is_forced[step] = true;
                }
            }
        }
        for step in (0..self.steps.len()).rev() {
            if self.is_forced[step] {
                for before in self.before[step].clone() {
                    self.is_forced[before] = true;
                }
            }
        }
    }

    /// All subsets that are closed under what must precede what and hold what is forced.
    pub(super) fn subsets(
        &self,
        step: usize,
        kept: &mut Vec<bool>,
        visit: &mut dyn FnMut(&[bool]) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        if step == self.steps.len() {
            return visit(kept);
        }
        let can_stay = self.before[step].iter().all(|before| kept[*before]);
        if can_stay {
            kept[step] = true;
            self.subsets(step + 1, kept, visit)?;
            kept[step] = false;
        }
        if !self.is_forced[step] {
            self.subsets(step + 1, kept, visit)?;
        }
        ControlFlow::Continue(())
    }
}
