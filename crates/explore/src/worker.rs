//! One worker of a search: goes from state to state, depth first.

use std::ops::ControlFlow;
use std::rc::Rc;

use incrdir_vfs::internals::Digest;

use crate::decisions::{Cut, Decisions, Loss};
use crate::engine::Starter;
use crate::log::Log;
use crate::losses::images;
use crate::programs::Recalled;
use crate::recovery::Recovery;
use crate::shared::{Job, Search, Shared};
use crate::state::{Options, State};
use crate::summary::{Progress, Violation};
use crate::tape::Tape;
use crate::verdict::Broken;

/// A state on the way to where a worker is.
pub(crate) struct Frame {
    state: State,
    /// What can happen in it.
    options: Rc<Options>,
    next: Option<Tape>,
    /// How many decisions led to it.
    path: usize,
}

/// How many calls a worker makes before it reports.
const REPORT: u64 = 20_000;
/// How many times it recovers before it reports.
const REPORT_RECOVERIES: u64 = 1_000;

pub(crate) struct Worker<'a> {
    pub(crate) search: &'a Search<'a>,
    pub(crate) programs: Recalled<'a>,
    pub(crate) starter: Starter,
    pub(crate) stack: Vec<Frame>,
    /// The decisions that lead to where it is.
    pub(crate) path: Vec<u16>,
    /// Since it last reported.
    pub(crate) log: Log,
    pub(crate) executions: u64,
    pub(crate) images: u64,
    pub(crate) recoveries: u64,
    pub(crate) steps: u64,
}

impl Worker<'_> {
    pub(crate) fn explore(&mut self, job: Job) {
        self.stack.clear();
        self.path = job.path;
        let options = job.state.options();
        self.come_to(job.state, options, job.next);
        while let Some(frame) = self.stack.last_mut() {
            self.path.truncate(frame.path);
            let Some(mut tape) = frame.next.take() else {
                self.stack.pop();
                continue;
            };
            // The last possibility takes the state with it.
            let options = Rc::clone(&frame.options);
            let is_last = frame.state.is_last(&options, &tape);
            // Most deaths lead to where another has led: who dies has mostly done nothing since that anybody would notice.
            if let Some(process) = frame.state.dies(&options, &tape)
                && !self.search.dies(frame.state.key_of_death(process))
            {
                self.executions += 1;
                frame.next = (!is_last).then(|| Tape::following(vec![tape.first() + 1]));
                continue;
            }
            let mut state = match is_last {
                true => self.stack.pop().expect("BUG: it is there").state,
                false => frame.state.clone(),
            };
            self.steps += 1;
            let advanced = state.advance_to(&options, &mut self.programs, &mut tape, &mut self.log);
            self.path.extend(tape.taken());
            match (tape.next(), self.stack.last_mut()) {
                (next, Some(frame)) if !is_last => frame.next = next,
                (next, _) => assert!(next.is_none(), "BUG: it was not the last possibility"),
            }
            let followed = advanced.map_err(Found::from).and_then(|()| self.follow(state));
            if let Err(found) = followed {
                self.found(found);
                return;
            }
            let is_time = self.log.calls >= REPORT
                || self.recoveries >= REPORT_RECOVERIES
                || self.executions >= self.search.bounds.executions;
            if is_time && self.pause().is_break() {
                return;
            }
        }
    }

    /// Goes on from a state until there is something to decide.
    fn follow(&mut self, mut state: State) -> Result<(), Found> {
        if state.world.is_commit_passed() || !self.search.visit(state.key()) {
            self.executions += 1;
            return Ok(());
        }
        self.lose_power(&mut state)?;
        if state.world.is_committed() && state.is_over() {
            self.executions += 1;
            return Ok(());
        }
        if let Some(committed) = self.search.mode.commit(&state) {
            self.follow(committed)?;
        }
        let mut has_moved = false;
        let options = loop {
            if state.is_over() {
                self.executions += 1;
                // Where the power may go, what is durable counts too.
                let merges = self.search.mode.losses.is_none();
                if merges && !self.search.visit_end(state.end_key()) {
                    return Ok(());
                }
                state.end()?;
                return self.recover(state, None);
            }
            let options = state.options();
            if state.may_branch(&options) || self.search.mode.losses.is_some() {
                break options;
            }
            self.steps += 1;
            let mut tape = Tape::default();
            state.advance_to(&options, &mut self.programs, &mut tape, &mut self.log)?;
            assert!(tape.next().is_none(), "BUG: there was something to decide");
            has_moved = true;
            // Whoever is alone mostly comes to where it was left alone before: a death and what others do next can change
            // places.
            if self.search.was_visited(state.key()) {
                self.executions += 1;
                return Ok(());
            }
        };
        if has_moved && !self.search.visit(state.key()) {
            self.executions += 1;
            return Ok(());
        }
        self.come_to(state, options, Tape::default());
        Ok(())
    }

    /// There is something to decide here.
    fn come_to(&mut self, state: State, options: Options, next: Tape) {
        let (options, next, path) = (Rc::new(options), Some(next), self.path.len());
        self.stack.push(Frame { state, options, next, path });
    }

    /// The power goes: every image that it may leave is recovered from, once for all that is known about it.
    fn lose_power(&mut self, state: &mut State) -> Result<(), Found> {
        let Some(model) = self.search.mode.losses else { return Ok(()) };
        let until_commit = self.search.mode.until_commit.filter(|_| !state.world.is_committed());
        let model = until_commit.unwrap_or(model);
        // What is left depends on what was done; what must not be, on what the oracle knows as well.
        if !self.search.loses_power(Digest::of((state.world.losing(), state.memory()))) {
            return Ok(());
        }
        let mut found = Ok(());
        images(&state.world, &model, &mut |number, image| {
            let loss = Loss { step: state.steps(), model: model.name.into(), image: number };
            let recovered = match state.after_loss(image) {
                Ok(left) => self.recover(left, Some(loss)),
                Err(broken) => Err(Found { loss: Some(loss), ..broken.into() }),
            };
            match recovered {
                Ok(()) => ControlFlow::Continue(()),
                Err(broken) => {
                    found = Err(broken);
                    ControlFlow::Break(())
                }
            }
        });
        found
    }

    /// Recovers from what is left, unless somebody has who knew as much.
    fn recover(&mut self, mut left: State, loss: Option<Loss>) -> Result<(), Found> {
        let search = self.search;
        // Images are merged always: it is their journals that need not be.
        let repeats = !search.mode.merges && loss.is_none();
        if !search.recovers(left.remains(0)) && !repeats {
            return Ok(());
        }
        self.images += u64::from(loss.is_some());
        let (programs, models) = (&search.setup.recovery, search.mode.losses.as_slice());
        let recovery = Recovery { programs, starter: &self.starter, models };
        // Its calls are not the search's.
        let mut log = Log::default();
        let recovered = recovery.run_everywhere(
            left,
            search.bounds.recovery_crashes,
            &mut log,
            &mut |remains| search.recovers(remains) || repeats,
        );
        for (mark, times) in log.marks {
            *self.log.marks.entry(mark).or_default() += times;
        }
        self.recoveries += recovered.map_err(|(broken, cuts)| Found { broken, loss, cuts })?;
        Ok(())
    }

    fn found(&mut self, found: Found) {
        let Found { broken, loss, cuts } = found;
        let decisions = Decisions::new(self.path.iter().copied(), loss);
        let tape = Decisions { cuts, ..decisions }.to_string();
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

    pub(crate) fn report(&mut self, shared: &mut Shared) {
        let log = std::mem::take(&mut self.log);
        let summary = &mut shared.summary;
        summary.calls += log.calls;
        summary.executions += std::mem::take(&mut self.executions);
        summary.images += std::mem::take(&mut self.images);
        self.recoveries = 0;
        summary.steps += std::mem::take(&mut self.steps);
        summary.count(log.faults, log.marks);
    }
}

/// Something that must not be, and the loss of power and the recoveries that were cut short before it was seen.
struct Found {
    broken: Broken,
    loss: Option<Loss>,
    cuts: Vec<Cut>,
}

impl From<Broken> for Found {
    fn from(broken: Broken) -> Self {
        Self { broken, loss: None, cuts: Vec::new() }
    }
}
