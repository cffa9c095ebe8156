//! Every tape within the bounds, from the plainest on, until all were run or one shows a violation.
//!
//! The search goes from state to state, depth first. In every state it takes each step that is possible, goes on
//! from where that leads, and comes back. Two states are the same if the disk, what is open on it, the clock, what
//! each process was answered so far and what the oracle remembers are the same: what comes after a state is
//! explored once.

use std::sync::{Condvar, Mutex, PoisonError};

use crate::bounds::{Bounds, Left};
use crate::engine::{Engine, Starter};
use crate::log::Log;
use crate::programs::{Memory, Recalled};
use crate::scenario::Scenario;
use crate::shared::{Job, Mode, Search, Shared, Watch};
use crate::state::State;
use crate::summary::{Summary, Violation};
use crate::tape::Tape;
use crate::worker::Worker;

/// Runs a search to its end.
pub(crate) fn search(
    scenario: &dyn Scenario,
    bounds: &Bounds,
    mode: Mode,
    watch: &Watch<'_>,
) -> Summary {
    let setup = scenario.setup();
    let workers = mode.workers;
    let disk = scenario.disk();
    if mode.losses.is_some() && !disk.has_journal() {
        disk.begin_journal();
    }
    if let Some(model) = mode.losses.filter(|_| mode.merges) {
        // Until the last commit, all names survive.
        disk.world().loses_by(mode.until_commit.unwrap_or(model));
    }
    let search = Search {
        mode,
        lost: std::array::from_fn(|_| Mutex::default()),
        remains: std::array::from_fn(|_| Mutex::default()),
        disk: &disk,
        bounds,
        memory: Memory::new(setup.programs.len()),
        setup,
        visited: std::array::from_fn(|_| Mutex::default()),
        deaths: std::array::from_fn(|_| Mutex::default()),
        ends: Mutex::default(),
        shared: Mutex::new(Shared::default()),
        wakes: Condvar::new(),
        watch,
    };
    search.begin();
    if workers <= 1 {
        search.work();
    } else {
        #[expect(clippy::disallowed_methods, reason = "this is an engine, not a protocol")]
        std::thread::scope(|scope| {
            for _ in 0..workers {
                scope.spawn(|| search.work());
            }
        });
    }
    search.summed_up()
}

impl Search<'_> {
    fn begin(&self) {
        let starter = Starter::new(Engine::Coroutines);
        let mut programs = Recalled::new(&self.setup.programs, &starter, &self.memory);
        let left = Left::all_of(self.bounds);
        let mut log = Log::default();
        let state = State::new(self.disk, &self.setup, left, &mut programs, &mut log);
        let mut shared = self.shared();
        match state {
            Ok(state) => {
                // All that is done may be lost.
                let states = self.mode.commit(&state).into_iter().chain([state]);
                let job = |state| Job { state, next: Tape::default(), path: Vec::new() };
                shared.jobs.extend(states.map(job));
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
            programs: Recalled::new(&self.setup.programs, &starter, &self.memory),
            starter,
            stack: Vec::new(),
            path: Vec::new(),
            log: Log::default(),
            executions: 0,
            images: 0,
            recoveries: 0,
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
        let (histories, recoveries) = (self.memory.len(), self.recoveries());
        let shared = self.shared.into_inner().unwrap_or_else(PoisonError::into_inner);
        let is_complete = !shared.is_over && shared.summary.violation.is_none();
        Summary { states, histories, recoveries, is_complete, ..shared.summary }
    }
}
