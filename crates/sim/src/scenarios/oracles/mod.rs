//! The oracles: what must be so after every call of every process, and at the end.

mod after_power_loss;
mod end;
mod events;
mod evicted;
mod steps;

use std::any::Any;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use incrdir_explore::{Broken, Happened, Oracle, Verdict};
use incrdir_naming::Key;
use incrdir_vfs::{Look, OpKind};

use super::known::Known;
use super::model::{Event, Model};
use super::observation::Observation;
use super::process_kind::ProcessKind;
use super::unit_scenario::{Lineage, UnitScenario};

/// The oracles of each unit of one run.
#[derive(Clone, Hash)]
pub(super) struct Units {
    main: Oracles,
    branch: Option<Oracles>,
}

/// All oracles of one unit, and what they know.
#[derive(Clone)]
struct Oracles {
    scenario: Arc<UnitScenario>,
    model: Known,
}

impl Hash for Oracles {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.model.hash(hasher);
    }
}

fn broken(oracle: &'static str, what: impl Into<String>) -> Verdict {
    Err(Broken::new(oracle, what))
}

impl Units {
    pub(super) fn new(scenario: Arc<UnitScenario>) -> Self {
        let branch = (!scenario.branch.is_empty()).then(|| Arc::new(scenario.of_branch()));
        Self { main: Oracles::new(scenario), branch: branch.map(Oracles::new) }
    }

    /// What a process of the branch says. What it found in the other unit is compared with what is known of that.
    fn hear_branch(&mut self, look: Look<'_>, process: usize, event: &Event) -> Verdict {
        let Some(branch) = &mut self.branch else { return Ok(()) };
        match event {
            // What is released there counts for it, too.
            Event::Starts => self.main.hear(look, process, event, None)?,
            Event::Began { source: None, why, .. } => {
                let verdict = self.main.found_nothing(process, why);
                self.main.asked(verdict)?;
            }
            _ => {}
        }
        branch.hear(look, process, event, Some(&self.main.model))
    }
}

impl Oracle for Units {
    fn step(&mut self, look: Look<'_>, happened: &Happened<'_>) -> Verdict {
        self.main.step(look, happened)?;
        self.branch.as_mut().map_or(Ok(()), |branch| branch.step(look, happened))
    }

    fn hear(&mut self, look: Look<'_>, process: usize, event: &dyn Any) -> Verdict {
        let Some(event) = event.downcast_ref::<Event>() else { return Ok(()) };
        if let (Event::Evicted { lineage: Lineage::Branch, .. }, Some(branch)) =
            (event, &mut self.branch)
        {
            return branch.hear(look, process, event, None);
        }
        match self.main.scenario.branch.contains(&process) {
            true => self.hear_branch(look, process, event),
            false => self.main.hear(look, process, event, None),
        }
    }

    fn end(&mut self, look: Look<'_>, deaths: u32) -> Verdict {
        self.main.end(look, deaths)?;
        self.branch.as_mut().map_or(Ok(()), |branch| branch.end(look, deaths))
    }
}

impl Oracles {
    fn step(&mut self, look: Look<'_>, happened: &Happened<'_>) -> Verdict {
        let observed = Observation::new(look, self.scenario.entry());
        let before = if self.scenario.evicts() { self.model.there.clone() } else { Vec::new() };
        match happened {
            Happened::Call { process, kind: OpKind::OpenFile, name } => {
                return self.asked(self.no_early(observed, *process, *name));
            }
            Happened::Start => {
                let model = self.model.change();
                model.look(observed);
                model.foreign = self.scenario.foreign_print(observed);
                let processes = self.scenario.processes.iter().enumerate();
                let sweeps =
                    |kind: &ProcessKind| matches!(kind, ProcessKind::Cleaner | ProcessKind::Vandal);
                model.sweepers =
                    processes.filter(|(_, kind)| sweeps(kind)).map(|(n, _)| n).collect();
            }
            Happened::PowerLoss => {
                self.model.change().loses_power();
                return Ok(());
            }
            _ if self.model.is_after_loss => {
                // What is published now may be found after the next loss.
                if matches!(happened, Happened::Call { kind, .. } if moves_names(*kind)) {
                    self.model.change().look(observed);
                }
                return Ok(());
            }
            Happened::Death { process } if self.model.knows_of(*process) => {
                self.model.change().process_died(*process);
            }
            Happened::Call { kind, process, .. } if moves_names(*kind) => {
                let model = self.model.change();
                let before = model.there.clone();
                model.look(observed);
                let verdict = self.locked(observed, &before, *process);
                self.asked(verdict)?;
                let model = self.model.change();
                // What is gone may come back with the power.
                if self.scenario.forgets_removed() {
                    model.forgets();
                }
            }
            Happened::Death { .. } | Happened::Call { .. } | Happened::LateRelease => {}
        }
        if self.scenario.evicts() {
            let verdict = self.evicting(observed, happened, &before);
            self.asked(verdict)?;
        }
        let verdict = self.judge(observed, happened);
        self.asked(verdict)
    }

    /// `other`: what is known of the unit that this one starts from.
    fn hear(
        &mut self,
        look: Look<'_>,
        process: usize,
        event: &Event,
        other: Option<&Model>,
    ) -> Verdict {
        let observed = Observation::new(look, self.scenario.entry());
        let verdict = match self.model.is_after_loss {
            true => self.reported_after_loss(observed, event),
            false => self.reported(observed, process, event, other),
        };
        self.asked(verdict)
    }

    fn end(&mut self, look: Look<'_>, deaths: u32) -> Verdict {
        let observed = Observation::new(look, self.scenario.entry());
        if deaths == 0 && self.scenario.is_orderly() && !self.scenario.had_dead_writer() {
            self.asked(self.steady(observed))?;
            self.asked(Self::account(look))?;
        }
        if deaths > 0 { Ok(()) } else { self.asked(self.degraded(observed)) }
    }
}

/// Calls after which other sessions may be published than before.
fn moves_names(kind: OpKind) -> bool {
    matches!(kind, OpKind::Rename | OpKind::RenameNew | OpKind::RemoveDir)
}

impl Oracles {
    fn new(scenario: Arc<UnitScenario>) -> Self {
        Self { scenario, model: Known::default() }
    }

    /// Objections of oracles that are not asked do not count.
    fn asked(&self, verdict: Verdict) -> Verdict {
        match (verdict, self.scenario.only) {
            (Err(broken), Some(only)) if broken.oracle != only => Ok(()),
            (verdict, _) => verdict,
        }
    }

    fn is_published(&self, key: Key) -> bool {
        self.model.there.iter().any(|there| there.session.key == key)
    }
}
