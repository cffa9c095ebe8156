//! Every tape within the bounds, from the dullest on, until all were run or one shows a violation.
//!
//! The search goes from state to state, depth first. In every state it takes each step that is possible, goes on
//! from where that leads, and comes back. Two states are the same if the disk, what is open on it, the clock, what
//! each process was answered so far and what the oracle remembers are the same: what comes after a state is
//! explored once.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::BuildHasherDefault;
use std::ops::ControlFlow;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::bounds::{Bounds, Left};
use crate::engine::{Engine, Starter};
use crate::processes::{Already, Live, Memory, Recalled};
use crate::scenario::{Broken, Cast, Scenario};
use crate::state::{Log, State};
use crate::tape::{Taken, Tape};
use incrdir_vfs::internals::Digest;
use incrdir_vfs::{Fault, MemDisk, OpKind};
use incrdir_vfs::{Journaled, Persistence};

/// What was looked at.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// Runs: ways from the beginning to an end, or to something that was explored before.
    pub executions: u64,
    /// Different states at which there was something to decide.
    pub states: u64,
    /// Steps from one state to the next: turns, deaths, late releases.
    pub steps: u64,
    /// Calls that were made, in all runs. A search makes each once for every state that it is made in.
    pub calls: u64,
    /// Different states in which a power loss may leave the disk, with all that was known of it.
    pub images: u64,
    /// Different histories of answers that programs had.
    pub histories: u64,
    /// Everything that happened in all runs, as one number.
    pub traces: u128,
    /// How often each call failed in each way.
    pub faults: BTreeMap<(OpKind, Fault), u64>,
    /// How often programs marked what.
    pub marks: BTreeMap<&'static str, u64>,
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
    /// The decisions that lead there, for [`replay`](crate::replay).
    pub tape: String,
    /// The run that found it, from 1.
    pub execution: u64,
}

/// How far a search has come.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    /// Runs so far.
    pub executions: u64,
    /// States so far.
    pub states: u64,
    /// Calls so far.
    pub calls: u64,
    /// States in which there is something left to do, one after the other: what is not explored yet is below
    /// them.
    pub depth: u64,
}

/// Runs every tape within the bounds, from the dullest on, until all are run or one shows a violation.
pub fn explore(scenario: &dyn Scenario, bounds: &Bounds) -> Summary {
    explore_with(scenario, bounds, 1, &|_| ControlFlow::Continue(()))
}

/// The same with so many workers, and `watch` told about once a second: if it breaks, the search ends there, and
/// is not complete. With several workers, which violation is found first is a matter of luck.
pub fn explore_with(
    scenario: &dyn Scenario,
    bounds: &Bounds,
    workers: usize,
    watch: &(dyn Fn(&Progress) -> ControlFlow<()> + Sync),
) -> Summary {
    search(scenario, bounds, Mode { workers, merges: true, losses: None }, watch)
}

/// The same without merging: what comes after a state is explored as often as the state is come to. Both must
/// find the same states; this one is only for searches small enough to check the other one by.
pub fn explore_unmerged(scenario: &dyn Scenario, bounds: &Bounds) -> Summary {
    let mode = Mode { workers: 1, merges: false, losses: None };
    search(scenario, bounds, mode, &|_| ControlFlow::Continue(()))
}

/// Like [`explore_with`], and in every state the power goes, and leaves every image that the model allows: the
/// recovery runs on each. The disk must have a journal ([`MemDisk::begin_journal`](incrdir_vfs::MemDisk::begin_journal)).
pub fn explore_losses(
    scenario: &dyn Scenario,
    bounds: &Bounds,
    model: &Persistence,
    workers: usize,
    watch: &(dyn Fn(&Progress) -> ControlFlow<()> + Sync),
) -> Summary {
    search(scenario, bounds, Mode { workers, merges: true, losses: Some(*model) }, watch)
}

/// How a search goes about it.
struct Mode {
    workers: usize,
    merges: bool,
    losses: Option<Persistence>,
}

fn search(
    scenario: &dyn Scenario,
    bounds: &Bounds,
    mode: Mode,
    watch: &(dyn Fn(&Progress) -> ControlFlow<()> + Sync),
) -> Summary {
    let cast = scenario.cast();
    let workers = mode.workers;
    let search = Search {
        mode,
        images: Mutex::default(),
        disk: &scenario.disk(),
        bounds,
        memory: Memory::new(cast.programs.len()),
        cast,
        visited: std::array::from_fn(|_| Mutex::default()),
        shared: Mutex::new(Shared::default()),
        wakes: Condvar::new(),
        watch,
    };
    search.begin();
    if workers <= 1 {
        search.work();
    } else {
        std::thread::scope(|scope| {
            for _ in 0..workers {
                scope.spawn(|| search.work());
            }
        });
    }
    search.summed_up()
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

const SHARDS: usize = 64;

#[expect(clippy::disallowed_types, reason = "only asked for membership: its order is never seen")]
type States = std::collections::HashSet<u128, BuildHasherDefault<Already>>;

struct Search<'a> {
    mode: Mode,
    /// What power losses have left, and what was known then.
    images: Mutex<BTreeSet<u128>>,
    disk: &'a MemDisk,
    bounds: &'a Bounds,
    cast: Cast,
    memory: Memory,
    visited: [Mutex<States>; SHARDS],
    shared: Mutex<Shared>,
    /// There is a job, or nothing will be done any more.
    wakes: Condvar,
    watch: &'a (dyn Fn(&Progress) -> ControlFlow<()> + Sync),
}

/// What workers share.
#[derive(Default)]
struct Shared {
    /// Parts of the search that nobody works on.
    jobs: Vec<Job>,
    busy: usize,
    is_over: bool,
    /// What was done by workers that have reported it.
    summary: Summary,
}

/// A state and what is left to do in it.
struct Job {
    state: State,
    next: Tape,
    /// The decisions that led to the state.
    path: Vec<u16>,
}

/// A state on the way to where a worker is.
struct Frame {
    state: State,
    next: Option<Tape>,
    /// How many decisions led to it.
    path: usize,
}

/// How many calls a worker makes before it reports.
const REPORT: u64 = 20_000;
/// How many images it recovers from before it reports.
const REPORT_IMAGES: u64 = 1_000;

impl Search<'_> {
    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a state is new, or is explored all the same.
    fn visit(&self, key: u128) -> bool {
        let shard = &self.visited[(key >> 64) as usize % SHARDS];
        let is_new = shard.lock().unwrap_or_else(PoisonError::into_inner).insert(key);
        is_new || !self.mode.merges
    }

    fn states(&self) -> u64 {
        let len = |shard: &Mutex<States>| {
            shard.lock().unwrap_or_else(PoisonError::into_inner).len() as u64
        };
        self.visited.iter().map(len).sum()
    }

    fn begin(&self) {
        let starter = Starter::new(Engine::Coroutines);
        let mut players = Recalled::new(&self.cast.programs, &starter, &self.memory);
        let left = Left::all_of(self.bounds);
        let mut log = Log::default();
        let state = State::new(self.disk, &self.cast, left, &mut players, &mut log);
        let mut shared = self.shared();
        match state {
            Ok(state) => {
                shared.jobs.push(Job { state, next: Tape::default(), path: Vec::new() });
            }
            Err(broken) => {
                let violation = Violation { broken, tape: String::new(), execution: 1 };
                shared.summary.violation = Some(violation);
            }
        }
    }

    /// Takes one job after the other until there is nothing to do and nobody who might find more.
    fn work(&self) {
        let starter = Starter::new(Engine::Coroutines);
        let mut worker = Worker {
            search: self,
            players: Recalled::new(&self.cast.programs, &starter, &self.memory),
            starter,
            stack: Vec::new(),
            path: Vec::new(),
            log: Log::default(),
            executions: 0,
            images: 0,
            steps: 0,
        };
        while let Some(job) = self.next_job() {
            worker.explore(job);
            let mut shared = self.shared();
            shared.busy -= 1;
            worker.report(&mut shared);
            drop(shared);
            self.wakes.notify_all();
        }
    }

    fn next_job(&self) -> Option<Job> {
        let mut shared = self.shared();
        loop {
            if shared.is_over {
                return None;
            }
            if let Some(job) = shared.jobs.pop() {
                shared.busy += 1;
                return Some(job);
            }
            if shared.busy == 0 {
                return None;
            }
            shared = self.wakes.wait(shared).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn summed_up(self) -> Summary {
        let states = self.states();
        let histories = self.memory.len();
        let shared = self.shared.into_inner().unwrap_or_else(PoisonError::into_inner);
        let is_complete = !shared.is_over && shared.summary.violation.is_none();
        Summary { states, histories, is_complete, ..shared.summary }
    }
}

struct Worker<'a> {
    search: &'a Search<'a>,
    players: Recalled<'a>,
    starter: Starter,
    stack: Vec<Frame>,
    /// The decisions that lead to where it is.
    path: Vec<u16>,
    /// Since it last reported.
    log: Log,
    executions: u64,
    images: u64,
    steps: u64,
}

impl Worker<'_> {
    fn explore(&mut self, job: Job) {
        self.stack.clear();
        self.path = job.path;
        self.stack.push(Frame { state: job.state, next: Some(job.next), path: self.path.len() });
        while let Some(frame) = self.stack.last_mut() {
            self.path.truncate(frame.path);
            let Some(mut tape) = frame.next.take() else {
                self.stack.pop();
                continue;
            };
            let mut state = frame.state.clone();
            self.steps += 1;
            let advanced = state.advance(&mut self.players, &mut tape, &mut self.log);
            self.path.extend(tape.taken());
            frame.next = tape.next();
            if let Err(broken) = advanced.and_then(|()| self.follow(state)) {
                self.found(broken);
                return;
            }
            let is_time = self.log.calls >= REPORT || self.images >= REPORT_IMAGES;
            if is_time && self.pause().is_break() {
                return;
            }
        }
    }

    /// Goes on from a state until there is something to decide.
    fn follow(&mut self, mut state: State) -> Result<(), Broken> {
        if !self.search.visit(state.key()) {
            self.executions += 1;
            return Ok(());
        }
        self.lose_power(&state)?;
        let mut has_moved = false;
        loop {
            if state.is_over() {
                self.executions += 1;
                let recovery = &self.search.cast.recovery;
                let mut live = Live::new(recovery, &self.starter);
                // Its calls are not the search's.
                let mut log = Log::default();
                let finished = state.finish(recovery, &mut live, &mut log);
                for (mark, times) in log.marks {
                    *self.log.marks.entry(mark).or_default() += times;
                }
                return finished;
            }
            if state.may_branch() || self.search.mode.losses.is_some() {
                break;
            }
            self.steps += 1;
            let mut tape = Tape::default();
            state.advance(&mut self.players, &mut tape, &mut self.log)?;
            assert!(tape.next().is_none(), "BUG: there was something to decide");
            has_moved = true;
        }
        if has_moved && !self.search.visit(state.key()) {
            self.executions += 1;
            return Ok(());
        }
        self.stack.push(Frame { state, next: Some(Tape::default()), path: self.path.len() });
        Ok(())
    }

    /// The power goes: every image that it may leave is recovered from, once for all that is known about it.
    fn lose_power(&mut self, state: &State) -> Result<(), Broken> {
        let Some(model) = self.search.mode.losses else { return Ok(()) };
        let journaled = Journaled::of(&state.world).expect("the scenario's disk has a journal");
        let memory = state.memory();
        let mut verdict = Ok(());
        let recovery = &self.search.cast.recovery;
        let mut seen = BTreeSet::new();
        let _ = journaled.losses(journaled.len(), &model, &mut seen, &mut |disk| {
            let mut image = disk.world().clone();
            let key = Digest::of((image.fingerprint(), memory));
            let is_new = {
                let images = self.search.images.lock();
                images.unwrap_or_else(PoisonError::into_inner).insert(key)
            };
            if !is_new {
                return ControlFlow::Continue(());
            }
            self.images += 1;
            let mut lost = state.clone();
            let mut live = Live::new(recovery, &self.starter);
            let mut log = Log::default();
            verdict = lost.lose_power(image, recovery, &mut live, &mut log);
            for (mark, times) in log.marks {
                *self.log.marks.entry(mark).or_default() += times;
            }
            match verdict {
                Ok(()) => ControlFlow::Continue(()),
                Err(_) => ControlFlow::Break(()),
            }
        });
        verdict
    }

    fn found(&mut self, broken: Broken) {
        let tape = Taken::new(self.path.iter().copied()).to_string();
        let mut shared = self.search.shared();
        let execution = shared.summary.executions + self.executions + 1;
        shared.summary.violation.get_or_insert(Violation { broken, tape, execution });
        shared.is_over = true;
        drop(shared);
        self.search.wakes.notify_all();
    }

    /// Reports, and gives work away if somebody has none.
    fn pause(&mut self) -> ControlFlow<()> {
        let mut shared = self.search.shared();
        self.report(&mut shared);
        let progress = Progress {
            executions: shared.summary.executions,
            states: 0,
            calls: shared.summary.calls,
            depth: self.stack.len() as u64,
        };
        if progress.executions >= self.search.bounds.executions {
            shared.is_over = true;
        }
        let is_wanted = shared.jobs.is_empty();
        let is_over = shared.is_over;
        drop(shared);
        if is_over {
            self.search.wakes.notify_all();
            return ControlFlow::Break(());
        }
        if is_wanted && let Some(job) = self.split() {
            self.search.shared().jobs.push(job);
            self.search.wakes.notify_all();
        }
        let progress = Progress { states: self.search.states(), ..progress };
        if (self.search.watch)(&progress).is_break() {
            self.search.shared().is_over = true;
            self.search.wakes.notify_all();
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }

    /// Gives away what is left to do in the first state on the way: most is below that.
    fn split(&mut self) -> Option<Job> {
        let last = self.stack.len().checked_sub(1)?;
        let frame = self.stack[..last].iter_mut().find(|frame| frame.next.is_some())?;
        let next = frame.next.take()?;
        let path = self.path[..frame.path].to_vec();
        Some(Job { state: frame.state.clone(), next, path })
    }

    fn report(&mut self, shared: &mut Shared) {
        let log = std::mem::take(&mut self.log);
        let summary = &mut shared.summary;
        summary.calls += log.calls;
        summary.executions += std::mem::take(&mut self.executions);
        summary.images += std::mem::take(&mut self.images);
        summary.steps += std::mem::take(&mut self.steps);
        for (fault, times) in log.faults {
            *summary.faults.entry(fault).or_default() += times;
        }
        for (mark, times) in log.marks {
            *summary.marks.entry(mark).or_default() += times;
        }
    }
}

impl std::fmt::Display for Violation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { broken: Broken { oracle, what }, tape, execution } = self;
        write!(f, "{oracle} in run {execution}: {what}\ntape: {tape}")
    }
}

impl Summary {
    /// Steps in a second; of random runs, calls.
    pub fn speed(&self, time: Duration) -> f64 {
        self.steps.max(self.calls) as f64 / time.as_secs_f64().max(f64::MIN_POSITIVE)
    }
}
