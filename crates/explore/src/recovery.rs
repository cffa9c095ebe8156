//! The recovery, and what is left of it where it is cut short.
//!
//! Its process may die at every call, and when half of one is done; and where the power goes at all, it may go at every call.
//! Then the recovery begins again, and may be cut short again. What is left is recovered from once: the disk, what of it is
//! durable, and what the oracle remembers decide all that follows.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::Arc;

use crate::decisions::{Cut, Loss};
use crate::engine::Starter;
use crate::log::Log;
use crate::losses::{image, images};
use crate::programs::{History, Live, Programs};
use crate::scenario::Program;
use crate::state::State;
use crate::tape::Tape;
use crate::turn::Said;
use crate::verdict::{Broken, Verdict};
use incrdir_vfs::Persistence;
use incrdir_vfs::internals::{Answer, Digest, Op};

/// How a recovery is run.
pub(crate) struct Recovery<'a> {
    pub(crate) programs: &'a [Program],
    pub(crate) starter: &'a Starter,
    /// How the power may go meanwhile.
    pub(crate) models: &'a [Persistence],
}

/// What must not be, and where recoveries were cut short before it was seen.
pub(crate) type CutShort = (Broken, Vec<Cut>);

/// Is told where a recovery is cut short, and what is left then.
type Visit<'a> = dyn FnMut(Cut, Result<State, Broken>) -> Verdict + 'a;

impl Recovery<'_> {
    /// Recovers from a state, and again from all that is left where that is cut short, up to so many times, unless it is
    /// not new. How often it recovered.
    pub(crate) fn run_everywhere(
        &self,
        state: State,
        crashes: u32,
        log: &mut Log,
        is_new: &mut dyn FnMut(u128) -> bool,
    ) -> Result<u64, CutShort> {
        let mut recoveries = 0;
        // Those that were cut short less often first: they are the plainest.
        let mut pending = VecDeque::from([(state, Vec::new())]);
        while let Some((mut state, cuts)) = pending.pop_front() {
            recoveries += 1;
            let may_crash = cuts.len() < crashes as usize;
            if may_crash && !self.models.is_empty() {
                state.begin_journal();
                if let [model] = self.models {
                    state.world.loses_by(*model);
                }
            }
            // Whoever is cut short before it has changed anything leaves all as it was.
            let mut before = state.version();
            let mut broken = None;
            let mut look = |state: &State| {
                let has_changed = state.version() != before;
                before = state.version();
                self.cut(state, has_changed, &mut |cut, left| {
                    let cuts = [cuts.as_slice(), &[cut]].concat();
                    match left {
                        Err(objection) => {
                            broken = Some((objection.clone(), cuts));
                            Err(objection)
                        }
                        Ok(mut left) => {
                            if is_new(left.remains(cuts.len())) {
                                pending.push_back((left, cuts));
                            }
                            Ok(())
                        }
                    }
                })
            };
            let mut live = Live::new(self.programs, self.starter);
            let mut recovered = state.recover(self.programs, &mut live, log, &mut |state, _| {
                if may_crash { look(state) } else { Ok(()) }
            });
            if recovered.is_ok() && may_crash && !self.models.is_empty() {
                // And when all is done.
                recovered = look(&state);
            }
            recovered.map_err(|objection| broken.unwrap_or((objection, cuts)))?;
        }
        Ok(recoveries)
    }

    /// All that is left of a recovery that is cut short before its next step.
    fn cut(&self, state: &State, has_changed: bool, visit: &mut Visit<'_>) -> Verdict {
        let step = state.steps();
        if has_changed {
            if !state.is_over() {
                visit(Cut::Death { step }, state.dead(false, &mut Log::default()))?;
            }
            for model in self.models {
                let mut verdict = Ok(());
                images(&state.world, model, &mut |image, world| {
                    let loss = Loss { step, model: model.name.into(), image };
                    verdict = visit(Cut::Loss(loss), state.after_loss(world));
                    if verdict.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
                });
                verdict?;
            }
        }
        match state.can_do_half() {
            true => visit(Cut::HalfDone { step }, state.dead(true, &mut Log::default())),
            false => Ok(()),
        }
    }

    /// Recovers from a state, cut short at these places. How many of them were come to.
    pub(crate) fn run_along(
        &self,
        mut state: State,
        cuts: &[Cut],
        log: &mut Log,
    ) -> (usize, Verdict) {
        for number in 0..=cuts.len() {
            let cut = cuts.get(number);
            let mut is_cut = false;
            if cut.is_some() && !self.models.is_empty() {
                state.begin_journal();
            }
            let mut take = |state: &mut State, log: &mut Log| {
                let Some(cut) = cut.filter(|cut| cut.step() == state.steps()) else {
                    return Ok(());
                };
                let left = match cut {
                    Cut::Death { .. } if !state.is_over() => state.dead(false, log),
                    Cut::HalfDone { .. } if state.can_do_half() => state.dead(true, log),
                    Cut::Loss(loss) => {
                        let model = self.models.iter().find(|model| model.name == loss.model);
                        let Some((model, image)) = model.and_then(|model| {
                            Some((model, image(&state.world, model, loss.image)?))
                        }) else {
                            return Ok(());
                        };
                        log.tell_loss(&state.world, &image, model.name);
                        state.after_loss(image)
                    }
                    Cut::Death { .. } | Cut::HalfDone { .. } => return Ok(()),
                };
                is_cut = true;
                *state = left?;
                Ok(())
            };
            let mut live = Live::new(self.programs, self.starter);
            let mut verdict = state.recover(self.programs, &mut live, log, &mut take);
            if verdict.is_ok() && !state.processes.is_empty() && state.is_over() {
                verdict = take(&mut state, log);
            }
            if verdict.is_err() || !is_cut {
                return (number + usize::from(is_cut), verdict);
            }
        }
        (cuts.len(), Ok(()))
    }
}

impl State {
    /// What is left if its process dies, now or when half of what it is about to do is done.
    fn dead(&self, is_half_done: bool, log: &mut Log) -> Result<Self, Broken> {
        let mut left = self.clone();
        left.left.kills = 1;
        // A turn, or a death; in the turn, all or half.
        let decisions = if is_half_done { vec![0, 1] } else { vec![1] };
        left.advance(&mut Silent, &mut Tape::following(decisions), log)?;
        // Whoever begins the recovery again does so when its locks are released.
        while left.world.lingering() > 0 {
            left.world.release_lingering();
        }
        Ok(left)
    }

    fn can_do_half(&self) -> bool {
        let running = self.processes.iter().filter(|process| process.is_running());
        let mut wanted = running.filter_map(|process| process.said.next.call());
        wanted.any(|op| matches!(op, Op::WriteAt { .. } | Op::Copy { .. }))
    }

    /// All that decides what a recovery finds, as one number; `recovery`: how many were cut short before it.
    pub(crate) fn remains(&mut self, recovery: usize) -> u128 {
        Digest::of((self.world.fingerprint(), self.memory(), recovery))
    }

    /// What is done from here on is not durable yet.
    fn begin_journal(&mut self) {
        if !self.world.has_journal() {
            self.world.begin_journal();
        }
    }

    fn version(&self) -> u64 {
        self.world.version()
    }
}

/// Programs of a state that is only there for one of them to die.
struct Silent;

impl Programs for Silent {
    fn begin(&mut self, _: usize) -> Arc<Said> {
        unreachable!("BUG: nobody begins")
    }

    fn hear(&mut self, _: usize, _: History, _: History, _: Answer) -> Arc<Said> {
        unreachable!("BUG: it dies before it hears anything")
    }

    fn forget(&mut self, _: usize, _: History, _: History) {}

    fn dismiss(&mut self, _: usize) {}
}
