//! Which tapes are run.

use std::collections::BTreeMap;
use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};
use std::rc::Rc;
use std::time::Duration;

use super::TapeError;
use super::execution::{Broken, Ended, Execution, Scenario, Stacks, Visited};
use super::shrink::shrunk;
use super::tape::{Taken, Tape};
use super::turn::{Story, Told};
use crate::{Fault, OpKind};

/// How far to look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounds {
    /// How often a process that could go on may be made to wait for another one. [`u32::MAX`]: as often as
    /// there are calls.
    pub preemptions: u32,
    /// How many processes may be killed, anywhere.
    pub kills: u32,
    /// How many calls may fail, each in any way that [`Fault::of`](crate::Fault::of) knows, once or from then
    /// on. They fail until all processes have ended.
    pub faults: u32,
    /// How often the clock may jump, forward or back, before it is looked at.
    pub jumps: u32,
    /// How often a process may draw the random number that was drawn last.
    pub collisions: u32,
    /// Whether a name that is made or removed during a listing may be missing from it or show in it.
    pub torn_listings: bool,
    /// Stop after so many runs.
    pub executions: u64,
}

impl Default for Bounds {
    /// Every interleaving with torn listings, no death.
    fn default() -> Self {
        Self {
            preemptions: u32::MAX,
            kills: 0,
            faults: 0,
            jumps: 0,
            collisions: 0,
            torn_listings: true,
            executions: u64::MAX,
        }
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
    /// In how many runs each call failed in each way.
    pub faults: BTreeMap<(OpKind, Fault), u64>,
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

/// Like [`walk`], but whose turn it is follows priorities that change `depth` times a run: a bug that takes
/// that many switches at the right calls is found with a known probability (PCT).
pub fn walk_by_priority(
    scenario: &dyn Scenario,
    bounds: &Bounds,
    seed: u64,
    depth: u32,
) -> Summary {
    let mut search = Search::new(scenario, bounds);
    let mut steps = 64;
    for run in 0..bounds.executions {
        let before = search.summary.calls;
        let tape = Tape::by_priority(seed.wrapping_add(run), depth, steps);
        if search.run(tape, &mut NothingVisited).1 {
            break;
        }
        steps = search.summary.calls - before;
    }
    search.summed_up(0, false)
}

/// Explores with 0 pre-emptions, then with 1, and so on up to the bound: what is found first takes as few of
/// them as can be. The summary is that of the last round, with the runs of all.
pub fn deepen(scenario: &dyn Scenario, bounds: &Bounds) -> Summary {
    let (mut executions, mut calls) = (0, 0);
    for preemptions in 0.. {
        // More than this is as many as there are calls.
        let is_last = preemptions >= bounds.preemptions.min(4);
        let preemptions = if is_last { bounds.preemptions } else { preemptions };
        let mut summary = explore(scenario, &Bounds { preemptions, ..bounds.clone() });
        executions += summary.executions;
        calls += summary.calls;
        if is_last || summary.violation.is_some() {
            (summary.executions, summary.calls) = (executions, calls);
            return summary;
        }
    }
    unreachable!("BUG: there is a last round")
}

/// Makes a violation as simple as it gets: fewer decisions, and duller ones, as long as the same oracle
/// objects.
pub fn shrink(scenario: &dyn Scenario, bounds: &Bounds, violation: &Violation) -> Violation {
    let mut search = Search::new(scenario, bounds);
    let Ok(Taken(tape)) = violation.tape.parse() else { return violation.clone() };
    let fails = |tape: &[u16]| {
        search.summary.violation = None;
        search.run(Tape::following(tape.to_vec()), &mut NothingVisited);
        let found = search.summary.violation.take();
        let found = found.filter(|found| found.broken.oracle == violation.broken.oracle)?;
        let Taken(taken) = found.tape.parse().ok()?;
        Some((taken, found))
    };
    shrunk(tape, fails).map_or_else(
        || violation.clone(),
        |found| Violation { execution: violation.execution, ..found },
    )
}

/// The calls of one run, in the order in which they were made.
///
/// # Errors
///
/// If the text is no tape.
pub fn tell(scenario: &dyn Scenario, bounds: &Bounds, tape: &str) -> Result<Vec<Told>, TapeError> {
    let Taken(ahead) = tape.parse()?;
    let mut search = Search::new(scenario, bounds);
    let story = Story::default();
    search.story = Some(Rc::clone(&story));
    search.run(Tape::following(ahead), &mut NothingVisited);
    Ok(story.take())
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
    story: Option<Story>,
}

impl<'a> Search<'a> {
    fn new(scenario: &'a dyn Scenario, bounds: &'a Bounds) -> Self {
        let summary = Summary {
            executions: 0,
            states: 0,
            calls: 0,
            traces: 0,
            faults: BTreeMap::new(),
            is_complete: false,
            violation: None,
        };
        Self {
            scenario,
            bounds,
            disk: scenario.disk(),
            stacks: Vec::new(),
            summary,
            trace: 0,
            story: None,
        }
    }

    /// One run. Whether the search is over.
    fn run(&mut self, tape: Tape, visited: &mut dyn Visited) -> (Tape, bool) {
        self.summary.executions += 1;
        let disk = self.disk.snapshot();
        let (scenario, bounds) = (self.scenario, self.bounds);
        let mut execution = Execution::new(
            scenario,
            disk,
            tape,
            bounds,
            visited,
            &mut self.stacks,
            self.story.as_ref(),
        );
        let ended = execution.run();
        self.summary.calls += execution.calls;
        self.trace = execution.trace;
        for (fault, times) in execution.budget.failed.take() {
            *self.summary.faults.entry(fault).or_default() += times;
        }
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
