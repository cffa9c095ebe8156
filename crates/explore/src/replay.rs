//! Single runs: at random, again, told, made simple.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use incrdir_vfs::internals::Digest;
use incrdir_vfs::{MemDisk, Persistence};

use crate::bounds::{Bounds, Left};
use crate::decisions::{Cut, Decisions, Loss, TapeError};
use crate::engine::{Engine, Starter};
use crate::log::{Log, ToldStep};
use crate::losses::{image, images};
use crate::programs::Live;
use crate::recovery::{CutShort, Recovery};
use crate::scenario::{Scenario, Setup};
use crate::shrink::shrunk;
use crate::state::State;
use crate::summary::{Summary, Violation};
use crate::tape::Tape;
use crate::verdict::{Broken, Verdict};

/// A tape could not be run again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// The text is no tape.
    #[error(transparent)]
    Tape(#[from] TapeError),
    /// The code, the scenario or the bounds have changed since the tape was recorded, so it means another run.
    #[error(
        "diverged at decision {decision} of the tape: the run is not the one that was recorded; \
         the code, the scenario or the bounds have changed, so explore again"
    )]
    Diverged {
        /// Which decision, from 0; after the last one, the loss of power, or the calls and answers of the run.
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

/// Where the power goes in a run, and where its recovery is cut short.
enum Ends<'a> {
    /// There.
    At(Option<&'a Loss>, &'a [Cut]),
    /// In every state, in every way, if at all, and everywhere up to so many times, until an oracle objects: for shrinking.
    Everywhere(Option<&'a Persistence>, u32, &'a str),
}

impl Ends<'_> {
    /// The power does not go, and nobody dies later on.
    const PLAIN: Self = Self::At(None, &[]);
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
        let run = self.run(tape, &Ends::PLAIN, Log::default());
        summary.executions += 1;
        summary.calls += run.log.calls;
        summary.traces = summary.traces.rotate_left(1) ^ run.log.trace;
        summary.count(run.log.faults, run.log.marks);
        let (execution, tape) = (summary.executions, run.decisions.to_string());
        summary.violation = run.broken.map(|broken| Violation { broken, tape, execution });
        summary.violation.is_some()
    }

    pub(crate) fn at_random(&self, seed: u64) -> Replayed {
        self.run(Tape::random(seed), &Ends::PLAIN, Log::default()).into()
    }

    pub(crate) fn replay(&self, tape: &str) -> Result<Replayed, ReplayError> {
        Ok(self.follow(tape, Log::default())?.into())
    }

    pub(crate) fn replay_loosely(&self, tape: &str) -> Result<Replayed, ReplayError> {
        let Decisions { taken, .. } = tape.parse()?;
        Ok(self.run(Tape::following(taken), &Ends::PLAIN, Log::default()).into())
    }

    pub(crate) fn tell(&self, tape: &str) -> Result<Vec<ToldStep>, ReplayError> {
        Ok(self.follow(tape, Log::telling())?.log.steps.unwrap_or_default())
    }

    /// Runs a tape, and nothing but this tape.
    fn follow(&self, tape: &str, log: Log) -> Result<Run, ReplayError> {
        let Decisions { taken, loss, cuts, checksum } = tape.parse()?;
        if let Some(Loss { model, .. }) = &loss
            && self.model(model).is_none()
        {
            return Err(ReplayError::Model { model: model.clone() });
        }
        let run = self.run(Tape::following(taken), &Ends::At(loss.as_ref(), &cuts), log);
        let is_another = checksum.is_some() && checksum != run.decisions.checksum;
        match run.diverged.or(is_another.then_some(run.decisions.taken.len())) {
            Some(decision) => Err(ReplayError::Diverged { decision }),
            None => Ok(run),
        }
    }

    /// The same violation, its tape with the checksum of its run.
    pub(crate) fn with_checksum(&self, violation: Violation) -> Violation {
        match self.replay(&violation.tape) {
            Ok(Replayed { tape, .. }) => Violation { tape, ..violation },
            Err(_) => violation,
        }
    }

    /// The same violation, with the first loss of power in its run to which the same oracle objects.
    pub(crate) fn located(&self, violation: Violation) -> Violation {
        let Ok(Decisions { taken, loss: Some(loss), .. }) = violation.tape.parse() else {
            return violation;
        };
        let ends = Ends::Everywhere(self.model(&loss.model), 0, violation.broken.oracle);
        let run = self.run(Tape::following(taken), &ends, Log::default());
        match run.broken.filter(|broken| broken.oracle == violation.broken.oracle) {
            Some(broken) => {
                let decisions = Decisions { checksum: None, ..run.decisions };
                Violation { broken, tape: decisions.to_string(), ..violation }
            }
            None => violation,
        }
    }

    pub(crate) fn shrink(&self, violation: &Violation) -> Violation {
        let Ok(Decisions { taken, loss, cuts, .. }) = violation.tape.parse() else {
            return violation.clone();
        };
        let oracle = violation.broken.oracle;
        let later = cuts.iter().find_map(|cut| match cut {
            Cut::Loss(loss) => Some(loss),
            _ => None,
        });
        let model = loss.as_ref().or(later).and_then(|loss| self.model(&loss.model));
        let is_later = model.is_some() || !cuts.is_empty();
        let ends = match is_later {
            true => Ends::Everywhere(model, cuts.len() as u32, oracle),
            false => Ends::PLAIN,
        };
        let fails = |tape: &[u16]| {
            let run = self.run(Tape::following(tape.to_vec()), &ends, Log::default());
            let broken = run.broken.filter(|broken| broken.oracle == oracle)?;
            if loss.is_some() && run.decisions.loss.is_none() {
                return None;
            }
            Some((run.decisions.taken.clone(), (broken, run.decisions)))
        };
        // As it is, too: the first moment at which a loss shows it is simpler than a later one.
        let first = if is_later { fails(&taken).map(|(_, found)| found) } else { None };
        let found = shrunk(taken, fails).or(first);
        found.map_or_else(
            || violation.clone(),
            |(broken, decisions)| {
                // What comes later was tried everywhere, beside the run that the checksum is of.
                let tape = Decisions { checksum: None, ..decisions }.to_string();
                let execution = violation.execution;
                self.with_checksum(Violation { broken, tape, execution })
            },
        )
    }

    fn model(&self, name: &str) -> Option<&'a Persistence> {
        self.models.iter().find(|model| model.name == name)
    }

    fn run(&self, mut tape: Tape, ends: &Ends<'_>, mut log: Log) -> Run {
        let (mut loss, mut cuts) = (None, Vec::new());
        let ended = self.until_the_end(&mut tape, ends, &mut log, &mut loss, &mut cuts);
        let is_missed = match ends {
            Ends::At(wanted, places) if ended.is_ok() => {
                wanted.is_some() && loss.is_none() || places.len() != cuts.len()
            }
            _ => false,
        };
        let mut decisions = Decisions { cuts, ..Decisions::of(&tape, loss) };
        decisions.checksum = Some(Digest::of((log.trace, log.calls)) as u32);
        let diverged = tape.diverged().or(is_missed.then_some(decisions.taken.len()));
        Run { log, decisions, broken: ended.err(), diverged }
    }

    fn until_the_end(
        &self,
        tape: &mut Tape,
        ends: &Ends<'_>,
        log: &mut Log,
        loss: &mut Option<Loss>,
        cuts: &mut Vec<Cut>,
    ) -> Verdict {
        let mut live = Live::new(&self.setup.programs, &self.starter);
        let left = Left::all_of(self.bounds);
        let mut state = State::new(&self.disk, &self.setup, left, &mut live, log)?;
        loop {
            match ends {
                Ends::At(Some(at), _) => {
                    if at.step == state.steps()
                        && let Some(model) = self.model(&at.model)
                        && let Some(image) = image(&state.world, model, at.image)
                    {
                        *loss = Some((*at).clone());
                        log.tell_loss(&state.world, &image, &at.model);
                        return self.recover(state.after_loss(image)?, ends, log, cuts);
                    }
                }
                Ends::Everywhere(Some(model), crashes, oracle) => {
                    if let Some((at, (broken, places))) =
                        self.lose_anywhere(&state, model, *crashes, oracle)
                    {
                        (*loss, *cuts) = (Some(at), places);
                        return Err(broken);
                    }
                }
                Ends::At(None, _) | Ends::Everywhere(None, ..) => {}
            }
            if state.is_over() {
                break;
            }
            state.advance(&mut live, tape, log)?;
        }
        state.end()?;
        self.recover(state, ends, log, cuts)
    }

    fn recover(
        &self,
        state: State,
        ends: &Ends<'_>,
        log: &mut Log,
        cuts: &mut Vec<Cut>,
    ) -> Verdict {
        match ends {
            Ends::At(_, places) => {
                let (taken, verdict) = self.recovery(self.models).run_along(state, places, log);
                cuts.extend_from_slice(&places[..taken]);
                verdict
            }
            Ends::Everywhere(model, crashes, _) => {
                self.recover_everywhere(state, *model, *crashes).map_err(|(broken, places)| {
                    *cuts = places;
                    broken
                })
            }
        }
    }

    fn recovery<'b>(&'b self, models: &'b [Persistence]) -> Recovery<'b> {
        Recovery { programs: &self.setup.recovery, starter: &self.starter, models }
    }

    fn recover_everywhere(
        &self,
        state: State,
        model: Option<&Persistence>,
        crashes: u32,
    ) -> Result<(), CutShort> {
        let recovery = self.recovery(model.map(std::slice::from_ref).unwrap_or_default());
        let mut seen = BTreeSet::new();
        let mut is_new = |remains| seen.insert(remains);
        recovery.run_everywhere(state, crashes, &mut Log::default(), &mut is_new).map(|_| ())
    }

    /// The first loss of power in a state to which this oracle objects.
    fn lose_anywhere(
        &self,
        state: &State,
        model: &Persistence,
        crashes: u32,
        oracle: &str,
    ) -> Option<(Loss, CutShort)> {
        let mut found = None;
        images(&state.world, model, &mut |number, image| {
            let left = state.after_loss(image).map_err(|broken| (broken, Vec::new()));
            match left.and_then(|left| self.recover_everywhere(left, Some(model), crashes)) {
                Err(cut_short) if cut_short.0.oracle == oracle => {
                    let (step, model) = (state.steps(), model.name.into());
                    found = Some((Loss { step, model, image: number }, cut_short));
                    ControlFlow::Break(())
                }
                _ => ControlFlow::Continue(()),
            }
        });
        found
    }
}
