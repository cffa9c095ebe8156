//! Single runs: at random, again, told, made simple.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use incrdir_vfs::internals::World;
use incrdir_vfs::{Journaled, MemDisk, Persistence};

use crate::bounds::{Bounds, Left};
use crate::decisions::{Decisions, Loss, TapeError};
use crate::engine::{Engine, Starter};
use crate::log::{Log, ToldStep};
use crate::programs::Live;
use crate::scenario::{Scenario, Setup};
use crate::shrink::shrunk;
use crate::state::State;
use crate::summary::{Summary, Violation};
use crate::tape::Tape;
use crate::verdict::Broken;

/// A tape could not be run again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// The text is no tape.
    #[error(transparent)]
    Tape(#[from] TapeError),
    /// The code, the scenario or the bounds have changed since the tape was recorded, so it means another run.
    #[error(
        "diverged at decision {decision} of the tape: there are other choices than there were; \
         the code, the scenario or the bounds have changed, so explore again"
    )]
    Diverged {
        /// Which decision, from 0; after the last one, the loss of power.
        decision: usize,
    },
    /// The power goes in it, by a model that is not explored here.
    #[error("the tape has a loss of power by the model `{model}`, which is not explored here")]
    Model {
        /// The name of the model.
        model: String,
    },
}

/// What one tape showed.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Replayed {
    /// Everything that happened, as one number: the same tape gives the same, as long as the code makes the same calls.
    pub trace: u128,
    /// Calls that were made.
    pub calls: u64,
    /// The decisions that were taken.
    pub tape: String,
    /// What must not be, if that was seen.
    pub violation: Option<Violation>,
}

impl From<Run> for Replayed {
    fn from(run: Run) -> Self {
        let tape = run.decisions.to_string();
        let violation = |broken| Violation { broken, tape: tape.clone(), execution: 1 };
        Self {
            trace: run.log.trace,
            calls: run.log.calls,
            violation: run.broken.map(violation),
            tape,
        }
    }
}

/// What came of one run.
struct Run {
    log: Log,
    decisions: Decisions,
    broken: Option<Broken>,
    /// The first decision that could not be followed.
    diverged: Option<usize>,
}

/// Where the power goes in a run.
enum Losses<'a> {
    Never,
    /// There.
    At(&'a Loss),
    /// In every state, in every way, until an oracle objects: for shrinking.
    Everywhere(&'a Persistence, &'a str),
}

pub(crate) struct Runner<'a> {
    bounds: &'a Bounds,
    models: &'a [Persistence],
    disk: MemDisk,
    setup: Setup,
    starter: Starter,
}

impl<'a> Runner<'a> {
    pub(crate) fn new(
        scenario: &dyn Scenario,
        bounds: &'a Bounds,
        models: &'a [Persistence],
        engine: Engine,
    ) -> Self {
        let disk = scenario.disk();
        if !models.is_empty() && !disk.has_journal() {
            disk.begin_journal();
        }
        let (setup, starter) = (scenario.setup(), Starter::new(engine));
        Self { bounds, models, disk, setup, starter }
    }

    pub(crate) fn walk(&self, seed: u64) -> Summary {
        let mut summary = Summary::default();
        for run in 0..self.bounds.executions {
            if self.count(&mut summary, Tape::random(seed.wrapping_add(run))) {
                break;
            }
        }
        summary
    }

    pub(crate) fn walk_by_priority(&self, seed: u64, depth: u32) -> Summary {
        let mut summary = Summary::default();
        let mut steps = 64;
        for run in 0..self.bounds.executions {
            let before = summary.calls;
            let tape = Tape::by_priority(seed.wrapping_add(run), depth, steps);
            if self.count(&mut summary, tape) {
                break;
            }
            steps = summary.calls - before;
        }
        summary
    }

    /// One run, counted. Whether the walk is over.
    fn count(&self, summary: &mut Summary, tape: Tape) -> bool {
        let run = self.run(tape, &Losses::Never, Log::default());
        summary.executions += 1;
        summary.calls += run.log.calls;
        summary.traces = summary.traces.rotate_left(1) ^ run.log.trace;
        summary.count(run.log.faults, run.log.marks);
        let (execution, tape) = (summary.executions, run.decisions.to_string());
        summary.violation = run.broken.map(|broken| Violation { broken, tape, execution });
        summary.violation.is_some()
    }

    pub(crate) fn at_random(&self, seed: u64) -> Replayed {
        self.run(Tape::random(seed), &Losses::Never, Log::default()).into()
    }

    pub(crate) fn replay(&self, tape: &str) -> Result<Replayed, ReplayError> {
        Ok(self.follow(tape, Log::default())?.into())
    }

    pub(crate) fn replay_loosely(&self, tape: &str) -> Result<Replayed, ReplayError> {
        let Decisions { taken, .. } = tape.parse()?;
        Ok(self.run(Tape::following(taken), &Losses::Never, Log::default()).into())
    }

    pub(crate) fn tell(&self, tape: &str) -> Result<Vec<ToldStep>, ReplayError> {
        Ok(self.follow(tape, Log::telling())?.log.steps.unwrap_or_default())
    }

    /// Runs a tape, and nothing but this tape.
    fn follow(&self, tape: &str, log: Log) -> Result<Run, ReplayError> {
        let Decisions { taken, loss } = tape.parse()?;
        let losses = match &loss {
            Some(loss) if self.model(&loss.model).is_none() => {
                return Err(ReplayError::Model { model: loss.model.clone() });
            }
            Some(loss) => Losses::At(loss),
            None => Losses::Never,
        };
        let run = self.run(Tape::following(taken), &losses, log);
        match run.diverged {
            Some(decision) => Err(ReplayError::Diverged { decision }),
            None => Ok(run),
        }
    }

    pub(crate) fn shrink(&self, violation: &Violation) -> Violation {
        let Ok(Decisions { taken, loss }) = violation.tape.parse() else {
            return violation.clone();
        };
        let oracle = violation.broken.oracle;
        let model = loss.as_ref().and_then(|loss| self.model(&loss.model));
        let losses = model.map_or(Losses::Never, |model| Losses::Everywhere(model, oracle));
        let fails = |tape: &[u16]| {
            let run = self.run(Tape::following(tape.to_vec()), &losses, Log::default());
            let broken = run.broken.filter(|broken| broken.oracle == oracle)?;
            if model.is_some() && run.decisions.loss.is_none() {
                return None;
            }
            Some((run.decisions.taken.clone(), (broken, run.decisions)))
        };
        // As it is, too: the first moment at which a loss shows it is simpler than a later one.
        let first = if model.is_some() { fails(&taken).map(|(_, found)| found) } else { None };
        let found = shrunk(taken, fails).or(first);
        found.map_or_else(
            || violation.clone(),
            |(broken, decisions)| Violation {
                broken,
                tape: decisions.to_string(),
                execution: violation.execution,
            },
        )
    }

    fn model(&self, name: &str) -> Option<&'a Persistence> {
        self.models.iter().find(|model| model.name == name)
    }

    fn run(&self, mut tape: Tape, losses: &Losses<'_>, mut log: Log) -> Run {
        let mut loss = None;
        let mut is_lost = false;
        let ended = self.until_the_end(&mut tape, losses, &mut log, &mut loss, &mut is_lost);
        let decisions = Decisions::of(&tape, loss);
        let has_no_loss = matches!(losses, Losses::At(_)) && !is_lost && ended.is_ok();
        let diverged = tape.diverged().or(has_no_loss.then_some(decisions.taken.len()));
        Run { log, decisions, broken: ended.err(), diverged }
    }

    fn until_the_end(
        &self,
        tape: &mut Tape,
        losses: &Losses<'_>,
        log: &mut Log,
        loss: &mut Option<Loss>,
        is_lost: &mut bool,
    ) -> Result<(), Broken> {
        let mut live = Live::new(&self.setup.programs, &self.starter);
        let left = Left::all_of(self.bounds);
        let mut state = State::new(&self.disk, &self.setup, left, &mut live, log)?;
        loop {
            match losses {
                Losses::Never => {}
                Losses::At(at) => {
                    if at.step == state.steps()
                        && let Some(image) = self.image(&state, at)
                    {
                        *is_lost = true;
                        *loss = Some((*at).clone());
                        return self.lose_power(state, image, &at.model, log);
                    }
                }
                Losses::Everywhere(model, oracle) => {
                    if let Some((at, broken)) = self.lose_anywhere(&state, model, oracle) {
                        *loss = Some(at);
                        return Err(broken);
                    }
                }
            }
            if state.is_over() {
                break;
            }
            state.advance(&mut live, tape, log)?;
        }
        let mut recovery = Live::new(&self.setup.recovery, &self.starter);
        state.finish(&self.setup.recovery, &mut recovery, log)
    }

    /// One image that a loss of power may leave in a state.
    fn image(&self, state: &State, at: &Loss) -> Option<World> {
        let model = self.model(&at.model)?;
        let mut image = None;
        self.images(state, model, &mut |number, world| {
            if number < at.image {
                return ControlFlow::Continue(());
            }
            image = Some(world);
            ControlFlow::Break(())
        });
        image
    }

    /// The first loss of power in a state to which this oracle objects.
    fn lose_anywhere(
        &self,
        state: &State,
        model: &Persistence,
        oracle: &str,
    ) -> Option<(Loss, Broken)> {
        let mut found = None;
        self.images(state, model, &mut |number, image| {
            let lost = self.lose_power(state.clone(), image, model.name, &mut Log::default());
            match lost {
                Err(broken) if broken.oracle == oracle => {
                    let (step, model) = (state.steps(), model.name.into());
                    found = Some((Loss { step, model, image: number }, broken));
                    ControlFlow::Break(())
                }
                _ => ControlFlow::Continue(()),
            }
        });
        found
    }

    fn images(
        &self,
        state: &State,
        model: &Persistence,
        visit: &mut dyn FnMut(u64, World) -> ControlFlow<()>,
    ) {
        let journaled = Journaled::of(&state.world).expect("BUG: the runner begins a journal");
        let mut number = 0;
        let _ = journaled.losses(journaled.len(), model, &mut BTreeSet::new(), &mut |disk| {
            let world = disk.world().clone();
            number += 1;
            visit(number - 1, world)
        });
    }

    fn lose_power(
        &self,
        mut state: State,
        image: World,
        model: &str,
        log: &mut Log,
    ) -> Result<(), Broken> {
        log.tell_loss(&state.world, &image, model);
        let recovery = &self.setup.recovery;
        let mut live = Live::new(recovery, &self.starter);
        state.lose_power(image, recovery, &mut live, log)
    }
}
