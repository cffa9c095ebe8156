//! Single runs: at random, again, told, made simple.

use crate::TapeError;
use crate::bounds::{Bounds, Left};
use crate::engine::{Engine, Starter};
use crate::processes::{Live, Players};
use crate::scenario::{Broken, Cast, Scenario};
use crate::search::{Summary, Violation};
use crate::shrink::shrunk;
use crate::state::{Log, State, Told};
use crate::tape::{Taken, Tape};
use incrdir_vfs::MemDisk;

/// Runs tapes at random: `bounds.executions` of them, or until one shows a violation. Never complete.
pub fn walk(scenario: &dyn Scenario, bounds: &Bounds, seed: u64) -> Summary {
    let mut runner = Runner::new(scenario, bounds, Engine::Coroutines);
    for run in 0..bounds.executions {
        if runner.count(Tape::random(seed.wrapping_add(run))) {
            break;
        }
    }
    runner.summary
}

/// Like [`walk`], but whose turn it is follows priorities that change `depth` times a run: a bug that takes
/// that many switches at the right calls is found with a known probability (PCT).
pub fn walk_by_priority(
    scenario: &dyn Scenario,
    bounds: &Bounds,
    seed: u64,
    depth: u32,
) -> Summary {
    let mut runner = Runner::new(scenario, bounds, Engine::Coroutines);
    let mut steps = 64;
    for run in 0..bounds.executions {
        let before = runner.summary.calls;
        if runner.count(Tape::by_priority(seed.wrapping_add(run), depth, steps)) {
            break;
        }
        steps = runner.summary.calls - before;
    }
    runner.summary
}

/// Makes a violation as simple as it gets: fewer decisions, and duller ones, as long as the same oracle
/// objects.
pub fn shrink(scenario: &dyn Scenario, bounds: &Bounds, violation: &Violation) -> Violation {
    let Ok(Taken(tape)) = violation.tape.parse() else { return violation.clone() };
    let runner = Runner::new(scenario, bounds, Engine::Coroutines);
    let fails = |tape: &[u16]| {
        let run = runner.run(Tape::following(tape.to_vec()), Log::default());
        let broken = run.broken.filter(|broken| broken.oracle == violation.broken.oracle)?;
        Some((run.taken.0.clone(), (broken, run.taken)))
    };
    shrunk(tape, fails).map_or_else(
        || violation.clone(),
        |(broken, taken)| Violation {
            broken,
            tape: taken.to_string(),
            execution: violation.execution,
        },
    )
}

/// The calls of one run, in the order in which they were made.
///
/// # Errors
///
/// If the text is no tape.
pub fn tell(scenario: &dyn Scenario, bounds: &Bounds, tape: &str) -> Result<Vec<Told>, TapeError> {
    let Taken(ahead) = tape.parse()?;
    let log = Log { story: Some(Vec::new()), ..Log::default() };
    let run = Runner::new(scenario, bounds, Engine::Coroutines).run(Tape::following(ahead), log);
    Ok(run.log.story.unwrap_or_default())
}

/// Runs one tape again.
///
/// # Errors
///
/// If the text is no tape.
pub fn replay(scenario: &dyn Scenario, bounds: &Bounds, tape: &str) -> Result<Replayed, TapeError> {
    replay_on(Engine::default(), scenario, bounds, tape)
}

/// Runs one tape again on this engine: each must show the same.
///
/// # Errors
///
/// If the text is no tape.
pub fn replay_on(
    engine: Engine,
    scenario: &dyn Scenario,
    bounds: &Bounds,
    tape: &str,
) -> Result<Replayed, TapeError> {
    let Taken(ahead) = tape.parse()?;
    let run = Runner::new(scenario, bounds, engine).run(Tape::following(ahead), Log::default());
    Ok(run.into())
}

/// Runs one tape at random, on this engine. What it was is in the answer.
pub fn run_on(engine: Engine, scenario: &dyn Scenario, bounds: &Bounds, seed: u64) -> Replayed {
    Runner::new(scenario, bounds, engine).run(Tape::random(seed), Log::default()).into()
}

/// What one tape showed.
#[derive(Debug, Clone)]
pub struct Replayed {
    /// Everything that happened, as one number: the same tape gives the same, as long as the code makes the
    /// same calls.
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
        let tape = run.taken.to_string();
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
    taken: Taken,
    broken: Option<Broken>,
}

struct Runner<'a> {
    bounds: &'a Bounds,
    disk: MemDisk,
    cast: Cast,
    starter: Starter,
    summary: Summary,
}

impl<'a> Runner<'a> {
    fn new(scenario: &dyn Scenario, bounds: &'a Bounds, engine: Engine) -> Self {
        Self {
            bounds,
            disk: scenario.disk(),
            cast: scenario.cast(),
            starter: Starter::new(engine),
            summary: Summary::default(),
        }
    }

    fn run(&self, mut tape: Tape, mut log: Log) -> Run {
        let mut live = Live::new(&self.cast.programs, &self.starter);
        let broken = self.until_the_end(&mut live, &mut tape, &mut log).err();
        Run { log, taken: Taken::from(&tape), broken }
    }

    fn until_the_end(
        &self,
        live: &mut dyn Players,
        tape: &mut Tape,
        log: &mut Log,
    ) -> Result<(), Broken> {
        let left = Left::all_of(self.bounds);
        let mut state = State::new(&self.disk, &self.cast, left, live, log)?;
        while !state.is_over() {
            state.advance(live, tape, log)?;
        }
        let mut recovery = Live::new(&self.cast.recovery, &self.starter);
        state.finish(&self.cast.recovery, &mut recovery, log)
    }

    /// One run, counted. Whether the search is over.
    fn count(&mut self, tape: Tape) -> bool {
        let run = self.run(tape, Log::default());
        let summary = &mut self.summary;
        summary.executions += 1;
        summary.calls += run.log.calls;
        summary.traces = summary.traces.rotate_left(1) ^ run.log.trace;
        for (fault, times) in run.log.faults {
            *summary.faults.entry(fault).or_default() += times;
        }
        for (mark, times) in run.log.marks {
            *summary.marks.entry(mark).or_default() += times;
        }
        let (execution, tape) = (summary.executions, run.taken.to_string());
        summary.violation = run.broken.map(|broken| Violation { broken, tape, execution });
        summary.violation.is_some()
    }
}
