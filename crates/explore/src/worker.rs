//! One worker of a search: goes from state to state, depth first.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::rc::Rc;
use std::sync::PoisonError;

use incrdir_vfs::Journaled;
use incrdir_vfs::internals::{Digest, World};

use crate::decisions::{Decisions, Loss};
use crate::engine::Starter;
use crate::log::Log;
use crate::programs::{Live, Recalled};
use crate::shared::{Job, Search, Shared};
use crate::state::{Options, State};
use crate::summary::{Progress, Violation};
use crate::tape::Tape;
use crate::verdict::{Broken, Verdict};

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
/// How many images it recovers from before it reports.
const REPORT_IMAGES: u64 = 1_000;

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
                || self.images >= REPORT_IMAGES
                || self.executions >= self.search.bounds.executions;
            if is_time && self.pause().is_break() {
                return;
            }
        }
    }

    /// Goes on from a state until there is something to decide.
    fn follow(&mut self, mut state: State) -> Result<(), Found> {
        if !self.search.visit(state.key()) {
            self.executions += 1;
            return Ok(());
        }
        self.lose_power(&state)?;
        let mut has_moved = false;
        let options = loop {
            if state.is_over() {
                self.executions += 1;
                if !self.search.visit_end(state.end_key()) {
                    return Ok(());
                }
                let recovery = &self.search.setup.recovery;
                let mut live = Live::new(recovery, &self.starter);
                // Its calls are not the search's.
                let mut log = Log::default();
                let finished = state.finish(recovery, &mut live, &mut log);
                for (mark, times) in log.marks {
                    *self.log.marks.entry(mark).or_default() += times;
                }
                return Ok(finished?);
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
    fn lose_power(&mut self, state: &State) -> Result<(), Found> {
        let Some(model) = self.search.mode.losses else { return Ok(()) };
        let journaled = Journaled::of(&state.world).expect("BUG: the search begins a journal");
        let memory = state.memory();
        let mut found = Ok(());
        let mut number = 0;
        let _ = journaled.losses(journaled.len(), &model, &mut BTreeSet::new(), &mut |disk| {
            let loss = Loss { step: state.steps(), model: model.name.into(), image: number };
            number += 1;
            let mut image = disk.world().clone();
            if !self.is_new(Digest::of((image.fingerprint(), memory))) {
                return ControlFlow::Continue(());
            }
            self.images += 1;
            match self.recover_from(state.clone(), image) {
                Ok(()) => ControlFlow::Continue(()),
                Err(broken) => {
                    found = Err(Found { broken, loss: Some(loss) });
                    ControlFlow::Break(())
                }
            }
        });
        found
    }

    /// Whether no loss of power has left this, with all that was known of it.
    fn is_new(&self, key: u128) -> bool {
        self.search.images.lock().unwrap_or_else(PoisonError::into_inner).insert(key)
    }

    fn recover_from(&mut self, mut state: State, image: World) -> Verdict {
        let recovery = &self.search.setup.recovery;
        let mut live = Live::new(recovery, &self.starter);
        let mut log = Log::default();
        let verdict = state.lose_power(image, recovery, &mut live, &mut log);
        for (mark, times) in log.marks {
            *self.log.marks.entry(mark).or_default() += times;
        }
        verdict
    }

    fn found(&mut self, found: Found) {
        let Found { broken, loss } = found;
        let tape = Decisions::new(self.path.iter().copied(), loss).to_string();
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
        summary.steps += std::mem::take(&mut self.steps);
        summary.count(log.faults, log.marks);
    }
}

/// Something that must not be, and the loss of power after which it was seen.
struct Found {
    broken: Broken,
    loss: Option<Loss>,
}

impl From<Broken> for Found {
    fn from(broken: Broken) -> Self {
        Self { broken, loss: None }
    }
}
