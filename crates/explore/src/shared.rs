//! What the workers of a search share.

use std::hash::BuildHasherDefault;
use std::ops::ControlFlow;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use incrdir_vfs::{MemDisk, Persistence};

use crate::bounds::Bounds;
use crate::programs::{Already, Memory};
use crate::scenario::Setup;
use crate::state::State;
use crate::summary::{Progress, Summary};
use crate::tape::Tape;

/// How a search goes about it.
pub(crate) struct Mode {
    pub(crate) workers: usize,
    /// Whether what comes after a state is explored once only.
    pub(crate) merges: bool,
    pub(crate) losses: Option<Persistence>,
    /// Where each last commit of names is tried by itself: by which model the power goes before it.
    pub(crate) until_commit: Option<Persistence>,
}

impl Mode {
    /// The same state after the last commit of names, where that is tried and names are others than before.
    pub(crate) fn commit(&self, state: &State) -> Option<State> {
        let model = self.losses.filter(|_| self.until_commit.is_some())?;
        let is_new = !state.world.is_committed() && state.world.has_changed_names_last();
        is_new.then(|| state.committed(model))
    }
}

/// Is told about once a second how far a search has come. If it breaks, the search ends there.
pub(crate) type Watch<'a> = dyn Fn(&Progress) -> ControlFlow<()> + Sync + 'a;

pub(crate) const SHARDS: usize = 64;

#[expect(clippy::disallowed_types, reason = "only asked for membership: its order is never seen")]
pub(crate) type States = std::collections::HashSet<u128, BuildHasherDefault<Already>>;

pub(crate) struct Search<'a> {
    pub(crate) mode: Mode,
    /// What was done when the power went, and what was known then.
    pub(crate) lost: [Mutex<States>; SHARDS],
    /// What there was to recover from, and what was known then.
    pub(crate) remains: [Mutex<States>; SHARDS],
    pub(crate) disk: &'a MemDisk,
    pub(crate) bounds: &'a Bounds,
    pub(crate) setup: Setup,
    pub(crate) memory: Memory,
    pub(crate) visited: [Mutex<States>; SHARDS],
    /// Who died where, and what was left of all that decides what follows.
    pub(crate) deaths: [Mutex<States>; SHARDS],
    /// Where nobody could go on, and the recovery has run.
    pub(crate) ends: Mutex<States>,
    pub(crate) shared: Mutex<Shared>,
    /// There is a job, or nothing will be done any more.
    pub(crate) wakes: Condvar,
    pub(crate) watch: &'a Watch<'a>,
}

/// What workers share.
#[derive(Default)]
pub(crate) struct Shared {
    /// Parts of the search that nobody works on.
    pub(crate) jobs: Vec<Job>,
    pub(crate) busy: usize,
    pub(crate) is_over: bool,
    /// What was done by workers that have reported it.
    pub(crate) summary: Summary,
}

/// A state and what is left to do in it.
pub(crate) struct Job {
    pub(crate) state: State,
    pub(crate) next: Tape,
    /// The decisions that led to the state.
    pub(crate) path: Vec<u16>,
}

impl Search<'_> {
    pub(crate) fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a state is new, or is explored all the same.
    pub(crate) fn visit(&self, key: u128) -> bool {
        self.is_new(&self.visited, key)
    }

    /// Whether nobody has died who left as much, or dies all the same.
    pub(crate) fn dies(&self, left: u128) -> bool {
        self.is_new(&self.deaths, left)
    }

    /// Whether the power has not gone when this was done, or goes all the same.
    pub(crate) fn loses_power(&self, done: u128) -> bool {
        self.is_new(&self.lost, done)
    }

    /// Whether nobody has recovered from this.
    pub(crate) fn recovers(&self, remains: u128) -> bool {
        insert(&self.remains, remains)
    }

    fn is_new(&self, among: &[Mutex<States>; SHARDS], key: u128) -> bool {
        insert(among, key) || !self.mode.merges
    }

    /// Whether what comes after a state need not be explored again.
    pub(crate) fn was_visited(&self, key: u128) -> bool {
        let shard = &self.visited[(key >> 64) as usize % SHARDS];
        self.mode.merges && shard.lock().unwrap_or_else(PoisonError::into_inner).contains(&key)
    }

    /// Whether nobody has come to an end that is the same, or the recovery runs there all the same. Ends are no states: there
    /// is nothing to decide.
    pub(crate) fn visit_end(&self, key: u128) -> bool {
        let is_new = self.ends.lock().unwrap_or_else(PoisonError::into_inner).insert(key);
        is_new || !self.mode.merges
    }

    pub(crate) fn states(&self) -> u64 {
        len(&self.visited)
    }

    pub(crate) fn recoveries(&self) -> u64 {
        len(&self.remains)
    }
}

fn insert(shards: &[Mutex<States>; SHARDS], key: u128) -> bool {
    let shard = &shards[(key >> 64) as usize % SHARDS];
    shard.lock().unwrap_or_else(PoisonError::into_inner).insert(key)
}

fn len(shards: &[Mutex<States>; SHARDS]) -> u64 {
    let len =
        |shard: &Mutex<States>| shard.lock().unwrap_or_else(PoisonError::into_inner).len() as u64;
    shards.iter().map(len).sum()
}
