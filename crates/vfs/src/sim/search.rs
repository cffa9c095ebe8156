//! Which tapes are run.

use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};
use std::time::Duration;

use super::TapeError;
use super::execution::{Broken, Ended, Execution, Scenario, Stacks, Visited};
use super::tape::{Taken, Tape};

/// How far to look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounds {
    /// How often a process that could go on may be made to wait for another one. [`u32::MAX`]: as often as
    /// there are calls.
    pub preemptions: u32,
    /// How many processes may be killed, anywhere.
    pub kills: u32,
    /// Whether a name that is made or removed during a listing may be missing from it or show in it.
    pub torn_listings: bool,
    /// Stop after so many runs.
    pub executions: u64,
}

impl Default for Bounds {
    /// Every interleaving with torn listings, no death.
    fn default() -> Self {
        Self { preemptions: u32::MAX, kills: 0, torn_listings: true, executions: u64::MAX }
    }
}

/// What was looked at.
#[derive(Debug, Clone)]
pub struct Summary {
    /// Runs.
    pub executions: u64,
    /// Different states at which there was something to decide.
    pub states: u64,
    /// Calls that were made, in all runs.
    pub calls: u64,
    /// Everything that happened in all runs, as one number.
    pub traces: u128,
    /// Whether nothing within the bounds was left out.
    pub is_complete: bool,
    /// The first thing that must not be.
    pub violation: Option<Violation>,
}

/// Something that must not be, and how to see it again.
#[derive(Debug, Clone)]
pub struct Violation {
    /// What it is.
    pub broken: Broken,
    /// The decisions that lead there, for [`replay`].
    pub tape: String,
    /// The run that found it, from 1.
    pub execution: u64,
    /// Everything that happened in that run, as one number.
    pub trace: u128,
}

/// Runs every tape within the bounds, from the dullest on, until all are run or one shows a violation.
pub fn explore(scenario: &dyn Scenario, bounds: &Bounds) -> Summary {
    let mut states = States::default();
    let mut search = Search::new(scenario, bounds);
    let mut next = Some(Tape::default());
    while let Some(tape) = next {
        if search.summary.executions == bounds.executions {
            return search.summed_up(states.count(), false);
        }
        let (tape, is_over) = search.run(tape, &mut states);
        if is_over {
            return search.summed_up(states.count(), false);
        }
        next = tape.next();
    }
    search.summed_up(states.count(), true)
}

/// Runs tapes at random: `bounds.executions` of them, or until one shows a violation. Never complete.
pub fn walk(scenario: &dyn Scenario, bounds: &Bounds, seed: u64) -> Summary {
    let mut search = Search::new(scenario, bounds);
    for run in 0..bounds.executions {
        if search.run(Tape::random(seed.wrapping_add(run)), &mut NothingVisited).1 {
            break;
        }
    }
    search.summed_up(0, false)
}

/// Runs one tape again. The trace is in the summary's violation, if it still is one.
///
/// # Errors
///
/// If the text is no tape.
pub fn replay(scenario: &dyn Scenario, bounds: &Bounds, tape: &str) -> Result<Replayed, TapeError> {
    let Taken(ahead) = tape.parse()?;
    let mut search = Search::new(scenario, bounds);
    search.run(Tape::following(ahead), &mut NothingVisited);
    Ok(Replayed {
        trace: search.trace,
        calls: search.summary.calls,
        violation: search.summary.violation,
    })
}

/// What one tape showed.
#[derive(Debug, Clone)]
pub struct Replayed {
    /// Everything that happened, as one number: the same tape gives the same, as long as the code makes the
    /// same calls.
    pub trace: u128,
    /// Calls that were made.
    pub calls: u64,
    /// What must not be, if that was seen.
    pub violation: Option<Violation>,
}

struct Search<'a> {
    scenario: &'a dyn Scenario,
    bounds: &'a Bounds,
    disk: crate::MemDisk,
    stacks: Stacks,
    summary: Summary,
    trace: u128,
}

impl<'a> Search<'a> {
    fn new(scenario: &'a dyn Scenario, bounds: &'a Bounds) -> Self {
        let summary = Summary {
            executions: 0,
            states: 0,
            calls: 0,
            traces: 0,
            is_complete: false,
            violation: None,
        };
        Self { scenario, bounds, disk: scenario.disk(), stacks: Vec::new(), summary, trace: 0 }
    }

    /// One run. Whether the search is over.
    fn run(&mut self, tape: Tape, visited: &mut dyn Visited) -> (Tape, bool) {
        self.summary.executions += 1;
        let disk = self.disk.snapshot();
        let (scenario, bounds) = (self.scenario, self.bounds);
        let mut execution = Execution::new(scenario, disk, tape, bounds, visited, &mut self.stacks);
        let ended = execution.run();
        self.summary.calls += execution.calls;
        self.trace = execution.trace;
        self.summary.traces = self.summary.traces.rotate_left(1) ^ self.trace;
        let tape = execution.finish(&mut self.stacks);
        if let Ended::Broken(broken) = ended {
            self.summary.violation = Some(Violation {
                broken,
                tape: tape.taken().to_string(),
                execution: self.summary.executions,
                trace: self.trace,
            });
        }
        (tape, self.summary.violation.is_some())
    }

    fn summed_up(self, states: u64, is_complete: bool) -> Summary {
        Summary { states, is_complete, ..self.summary }
    }
}

/// Fingerprints of the states that were explored.
#[derive(Default)]
struct States {
    #[expect(
        clippy::disallowed_types,
        reason = "only asked for membership: its order is never seen"
    )]
    seen: std::collections::HashSet<u128, BuildHasherDefault<Already>>,
}

impl States {
    fn count(&self) -> u64 {
        self.seen.len() as u64
    }
}

impl Visited for States {
    fn is_new(&mut self, state: u128) -> bool {
        self.seen.insert(state)
    }
}

struct NothingVisited;

impl Visited for NothingVisited {
    fn is_new(&mut self, _state: u128) -> bool {
        true
    }
}

/// What is hashed is a hash already.
#[derive(Default)]
struct Already(u64);

impl Hasher for Already {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        let (first, _) = bytes.split_first_chunk().expect("BUG: states have 16 bytes");
        self.0 = u64::from_le_bytes(*first);
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { broken: Broken { oracle, what }, tape, execution, .. } = self;
        write!(f, "{oracle} in run {execution}: {what}\ntape: {tape}")
    }
}

impl Summary {
    /// Calls in a second.
    pub fn speed(&self, time: Duration) -> f64 {
        self.calls as f64 / time.as_secs_f64().max(f64::MIN_POSITIVE)
    }
}
