//! The recovery, and what is left of it where it is cut short.
//!
//! Its process may die at every call, and when half of one is done; then the recovery begins again, and may be cut short
//! again. What is left is recovered from once: it decides all that follows, together with what the oracle remembers.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::decisions::Cut;
use crate::engine::Starter;
use crate::log::Log;
use crate::programs::{History, Live, Programs};
use crate::scenario::Program;
use crate::state::State;
use crate::tape::Tape;
use crate::turn::Said;
use crate::verdict::{Broken, Verdict};
use incrdir_vfs::internals::{Answer, Digest, Op};

/// How a recovery is run.
pub(crate) struct Recovery<'a> {
    pub(crate) programs: &'a [Program],
    pub(crate) starter: &'a Starter,
}

/// What must not be, and where recoveries were cut short before it was seen.
pub(crate) type CutShort = (Broken, Vec<Cut>);

impl Recovery<'_> {
    /// Recovers from a state, and again from all that is left where that is cut short, up to `deaths` times, unless it is
    /// not new. How often it recovered.
    pub(crate) fn run_everywhere(
        &self,
        state: State,
        deaths: u32,
        log: &mut Log,
        is_new: &mut dyn FnMut(u128) -> bool,
    ) -> Result<u64, CutShort> {
        let mut recoveries = 0;
        // Those with few deaths first: they are the plainest.
        let mut pending = VecDeque::from([(state, Vec::new())]);
        while let Some((mut state, cuts)) = pending.pop_front() {
            recoveries += 1;
            let deaths = if cuts.len() < deaths as usize { &[false, true][..] } else { &[] };
            // Whoever dies before it has changed anything leaves all as it was.
            let mut before = state.version();
            let mut broken = None;
            let mut live = Live::new(self.programs, self.starter);
            let recovered = state.recover(self.programs, &mut live, log, &mut |state, _| {
                for is_half_done in deaths.iter().copied() {
                    if !is_half_done && state.version() == before
                        || is_half_done && !state.can_do_half()
                    {
                        continue;
                    }
                    let mut left = state.clone();
                    let cut = Cut { step: state.steps(), is_half_done };
                    let cuts: Vec<Cut> = cuts.iter().copied().chain([cut]).collect();
                    let verdict = left.cut(is_half_done, &mut Log::default());
                    if let Err(objection) = verdict {
                        broken = Some((objection.clone(), cuts));
                        return Err(objection);
                    }
                    if is_new(left.remains(cuts.len())) {
                        pending.push_back((left, cuts));
                    }
                }
                before = state.version();
                Ok(())
            });
            recovered.map_err(|objection| broken.unwrap_or((objection, cuts)))?;
        }
        Ok(recoveries)
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
            let mut live = Live::new(self.programs, self.starter);
            let verdict = state.recover(self.programs, &mut live, log, &mut |state, log| match cut
                .filter(|cut| cut.step == state.steps())
            {
                Some(cut) if !cut.is_half_done || state.can_do_half() => {
                    is_cut = true;
                    state.cut(cut.is_half_done, log)
                }
                _ => Ok(()),
            });
            if verdict.is_err() || !is_cut {
                return (number + usize::from(is_cut), verdict);
            }
        }
        (cuts.len(), Ok(()))
    }
}

impl State {
    /// Its process dies, now or when half of what it is about to do is done.
    fn cut(&mut self, is_half_done: bool, log: &mut Log) -> Verdict {
        self.left.kills = 1;
        // A turn, or a death; in the turn, all or half.
        let decisions = if is_half_done { vec![0, 1] } else { vec![1] };
        self.advance(&mut Silent, &mut Tape::following(decisions), log)?;
        // Whoever begins the recovery again does so when its locks are released.
        while self.world.lingering() > 0 {
            self.world.release_lingering();
        }
        Ok(())
    }

    fn can_do_half(&self) -> bool {
        let mut wanted = self.processes.iter().filter_map(|process| process.said.next.call());
        wanted.any(|op| matches!(op, Op::WriteAt { .. } | Op::Copy { .. }))
    }

    /// All that decides what a recovery finds, as one number: which of them it is decides whether it may be cut short.
    pub(crate) fn remains(&mut self, recovery: usize) -> u128 {
        Digest::of((self.world.fingerprint(), self.memory(), recovery))
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
