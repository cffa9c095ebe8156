//! One search, or one run: what is explored, how far, and how.

use std::ops::ControlFlow;

use incrdir_vfs::Persistence;

use crate::bounds::Bounds;
use crate::engine::Engine;
use crate::replay::{Replayed, Runner};
use crate::search::search;
use crate::shared::{Mode, Watch};
use crate::{Progress, ReplayError, Scenario, Summary, ToldStep, Violation};

/// How a scenario is explored: a builder for all there is to say, and the searches and runs that it leads to.
///
/// ```
/// # use incrdir_explore::{Broken, Happened, Oracle, Program, Scenario, Setup, Verdict};
/// # use incrdir_vfs::{Look, MemDisk, Profile};
/// # #[derive(Clone, Hash)]
/// # struct Content;
/// # impl Oracle for Content {
/// #     fn step(&mut self, _: Look<'_>, _: &Happened<'_>) -> Verdict { Ok(()) }
/// # }
/// # struct Nothing;
/// # impl Scenario for Nothing {
/// #     fn disk(&self) -> MemDisk { MemDisk::new(Profile::posix()) }
/// #     fn setup(&self) -> Setup { Setup::new(vec![Program::new(|_| {})], Content) }
/// # }
/// # let scenario = Nothing;
/// use incrdir_explore::{Bounds, Explore, Persistence};
///
/// let summary = Explore::new(&scenario)
///     .bounds(Bounds::default().kills(1))
///     .power_losses(&[Persistence::EXT4_XFS, Persistence::POSIX])
///     .workers(2)
///     .run();
/// assert!(summary.is_complete && summary.violation.is_none());
/// ```
#[derive(Clone)]
pub struct Explore<'a> {
    scenario: &'a dyn Scenario,
    bounds: Bounds,
    models: Vec<Persistence>,
    by_commit: bool,
    workers: usize,
    engine: Engine,
    watch: &'a Watch<'a>,
}

impl<'a> Explore<'a> {
    /// Every interleaving of the scenario's programs, with torn listings, without deaths, failures and losses of power.
    pub fn new(scenario: &'a dyn Scenario) -> Self {
        let watch = &|_: &Progress| ControlFlow::Continue(());
        let (bounds, engine) = (Bounds::default(), Engine::default());
        let models = Vec::new();
        Self { scenario, bounds, models, by_commit: false, workers: 1, engine, watch }
    }

    /// What may go wrong, and how often.
    pub fn bounds(self, bounds: Bounds) -> Self {
        Self { bounds, ..self }
    }

    /// In every state the power goes as well, and leaves every image that one of these models of a file system allows; the
    /// recovery runs on each. One search for each model.
    pub fn power_losses(self, models: &[Persistence]) -> Self {
        Self { models: models.into(), ..self }
    }

    /// Losses of power are searched for each last commit of the journal of names by itself, where names survive in one order
    /// ([`Persistence::ORDERED`], [`Persistence::EXT4_XFS`], [`Persistence::DEVICE`]): then the order in which several processes
    /// changed names is no part of a state, and interleavings without a bound can be completed. The images are the same. Other models are
    /// searched as without it.
    pub fn commit_by_commit(self) -> Self {
        Self { by_commit: true, ..self }
    }

    /// With this many threads. With several, which violation is found first is a matter of luck. Default: one.
    pub fn workers(self, workers: usize) -> Self {
        Self { workers, ..self }
    }

    /// How programs of single runs are suspended. Default: as coroutines.
    pub fn engine(self, engine: Engine) -> Self {
        Self { engine, ..self }
    }

    /// Is told about once a second how far a search has come. If it breaks, the search ends there and is not complete.
    pub fn watch(self, watch: &'a Watch<'a>) -> Self {
        Self { watch, ..self }
    }

    /// Runs every tape within the bounds, from the plainest on, until all are run or one shows a violation.
    ///
    /// # Panics
    ///
    /// If a program is not deterministic: the same answers to its calls led to other calls.
    pub fn run(&self) -> Summary {
        self.search(&self.bounds, true)
    }

    /// The same without merging: what comes after a state is explored as often as the state is come to. Both must find the same
    /// states; this one is only for searches that are small enough to check the other one by.
    ///
    /// # Panics
    ///
    /// As [`run`](Self::run).
    pub fn run_unmerged(&self) -> Summary {
        self.search(&self.bounds, false)
    }

    fn search(&self, bounds: &Bounds, merges: bool) -> Summary {
        let mut summary = self.search_all_models(bounds, merges);
        let runner = || Runner::new(self.scenario, bounds, &self.models, self.engine);
        // An image after one commit has another number among those after all.
        let located = |found| if self.by_commit { runner().located(found) } else { found };
        summary.violation = summary.violation.map(|it| runner().with_checksum(located(it)));
        summary
    }

    fn search_all_models(&self, bounds: &Bounds, merges: bool) -> Summary {
        let mode = |losses: Option<Persistence>| {
            let by_commit = losses.filter(|_| self.by_commit && merges);
            let until_commit = by_commit.and_then(|model| model.until_commit());
            Mode { workers: self.workers, merges, losses, until_commit }
        };
        let Some((first, rest)) = self.models.split_first() else {
            return search(self.scenario, bounds, mode(None), self.watch);
        };
        let mut summary = search(self.scenario, bounds, mode(Some(*first)), self.watch);
        for model in rest {
            if !summary.is_complete {
                break;
            }
            summary.add(search(self.scenario, bounds, mode(Some(*model)), self.watch));
        }
        summary
    }

    /// Explores with 0 pre-emptions, then with 1, and so on up to the bound: what is found first takes as few of them as can
    /// be. The summary is that of the last round, with the runs and calls of all.
    ///
    /// # Panics
    ///
    /// As [`run`](Self::run).
    pub fn deepen(&self) -> Summary {
        let (mut executions, mut calls) = (0, 0);
        let mut preemptions = 0;
        loop {
            // More than this is as many as there are calls.
            let is_last = preemptions >= self.bounds.preemptions.min(4);
            let allowed = if is_last { self.bounds.preemptions } else { preemptions };
            let bounds = Bounds { preemptions: allowed, ..self.bounds.clone() };
            let mut summary = self.search(&bounds, true);
            executions += summary.executions;
            calls += summary.calls;
            if is_last || summary.violation.is_some() {
                (summary.executions, summary.calls) = (executions, calls);
                return summary;
            }
            preemptions += 1;
        }
    }

    /// Runs tapes at random: [`Bounds::executions`] of them, or until one shows a violation. Never complete. Losses of power are
    /// left out.
    pub fn walk(&self, seed: u64) -> Summary {
        self.runner().walk(seed)
    }

    /// Like [`walk`](Self::walk), but whose turn it is follows priorities that change `depth` times a run: a bug that takes
    /// that many switches at the right calls is found with a known probability (PCT).
    pub fn walk_by_priority(&self, seed: u64, depth: u32) -> Summary {
        self.runner().walk_by_priority(seed, depth)
    }

    /// Runs one tape at random. What it was is in the answer.
    pub fn run_at_random(&self, seed: u64) -> Replayed {
        self.runner().at_random(seed)
    }

    /// Runs a tape again.
    ///
    /// A tape is a list of decisions, and only means what it meant as long as the code makes the calls that it made. It is for
    /// looking at one run; a test that is to stay is the search.
    ///
    /// # Errors
    ///
    /// [`ReplayError::Tape`] if the text is no tape, [`ReplayError::Diverged`] if the code makes other calls, gets other answers
    /// or has other choices than when the tape was recorded, [`ReplayError::Model`] if the tape has a loss of power by a model that is not explored here.
    pub fn replay(&self, tape: &str) -> Result<Replayed, ReplayError> {
        self.runner().replay(tape)
    }

    /// Runs something like a tape: decisions that are not there are replaced by others. For fuzzers, to which every text is
    /// a run.
    ///
    /// # Errors
    ///
    /// [`ReplayError::Tape`] if the text is no tape.
    pub fn replay_loosely(&self, tape: &str) -> Result<Replayed, ReplayError> {
        self.runner().replay_loosely(tape)
    }

    /// The steps of one run, in their order; at the end, what a loss of power took, and what the recovery did.
    ///
    /// # Errors
    ///
    /// As [`replay`](Self::replay).
    pub fn tell(&self, tape: &str) -> Result<Vec<ToldStep>, ReplayError> {
        self.runner().tell(tape)
    }

    /// Makes a violation as simple as it gets: fewer decisions, and plainer ones, as long as the same oracle objects.
    pub fn shrink(&self, violation: &Violation) -> Violation {
        self.runner().shrink(violation)
    }

    /// Explores, and panics with the shrunk and told run if something must not be: the body of a test.
    ///
    /// # Panics
    ///
    /// If there is a violation, or the search was not complete; and as [`run`](Self::run).
    pub fn check(&self) {
        let summary = self.run();
        let Some(violation) = summary.violation else {
            assert!(
                summary.is_complete,
                "the search was not complete after {} runs",
                summary.executions
            );
            return;
        };
        let shrunk = self.shrink(&violation);
        let steps = self.tell(&shrunk.tape).unwrap_or_default();
        let models = if self.models.is_empty() { "" } else { ".power_losses(the same models)" };
        panic!(
            "{}\n{}the same again, as long as the code is: Explore::new(the scenario).bounds({}){models}.replay({:?})",
            shrunk.broken,
            told(&steps),
            self.bounds.spelled(),
            shrunk.tape
        );
    }

    fn runner(&self) -> Runner<'_> {
        Runner::new(self.scenario, &self.bounds, &self.models, self.engine)
    }
}

/// How many steps of a run are told from its beginning, and from its end.
const TOLD: usize = 100;

/// A line for each step; a program that goes round in circles takes thousands.
fn told(steps: &[ToldStep]) -> String {
    let told =
        |steps: &[ToldStep]| -> String { steps.iter().map(|step| format!("  {step}\n")).collect() };
    match steps.len().checked_sub(2 * TOLD) {
        None | Some(0) => told(steps),
        Some(left_out) => {
            let (first, last) = (&steps[..TOLD], &steps[steps.len() - TOLD..]);
            format!("{}  … {left_out} steps …\n{}", told(first), told(last))
        }
    }
}

/// Explores a scenario, with one process killed anywhere, and panics with the shrunk and told run if something must not be:
/// the body of a test.
///
/// # Panics
///
/// As [`Explore::check`].
pub fn check(scenario: &dyn Scenario) {
    Explore::new(scenario).bounds(Bounds::default().kills(1)).check();
}

impl std::fmt::Debug for Explore<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { bounds, models, by_commit, workers, engine, .. } = self;
        f.debug_struct("Explore")
            .field("bounds", bounds)
            .field("models", models)
            .field("by_commit", by_commit)
            .field("workers", workers)
            .field("engine", engine)
            .finish_non_exhaustive()
    }
}
