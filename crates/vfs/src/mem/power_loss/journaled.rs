//! What was done to a disk, and every image of it that a loss of power may leave.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::{Arc, PoisonError};

use super::images::Losses;
use super::models::Persistence;
use super::order::Order;
use crate::mem::MemDisk;
use crate::mem::inode::ROOT;
use crate::mem::journal::{Effect, Journal};
use crate::mem::world::World;

/// What was done to a disk since [`MemDisk::begin_journal`].
#[derive(Clone)]
pub struct Journaled {
    journal: Journal<World>,
    now: Box<World>,
}

impl std::fmt::Debug for Journaled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Journaled").field(&self.journal.effects.len()).finish()
    }
}

impl MemDisk {
    /// From now on, what is done is noted; what is there is durable.
    pub fn begin_journal(&self) {
        self.world().begin_journal();
    }

    /// Whether what is done is noted.
    pub fn has_journal(&self) -> bool {
        self.world().has_journal()
    }

    /// What is on it, if this is the only handle of it; else a copy.
    #[doc(hidden)]
    pub fn into_world(self) -> World {
        let world = match Arc::try_unwrap(self.world) {
            Ok(world) => world,
            Err(shared) => return shared.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        };
        world.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many effects were noted so far: a moment at which the power may go.
    pub fn journal_len(&self) -> usize {
        self.world().journal.as_ref().map_or(0, |journal| journal.effects.len())
    }

    /// Lets the sync after this many others fail, and take what it should have made durable for durable.
    pub fn fail_sync(&self, after: usize) {
        self.world().failing_sync = Some(after);
    }

    /// Whether the sync that is to fail has not been made yet.
    pub fn is_sync_to_fail(&self) -> bool {
        self.world().failing_sync.is_some()
    }

    /// What was done since [`begin_journal`](Self::begin_journal).
    ///
    /// # Panics
    ///
    /// If that was not called.
    pub fn journaled(&self) -> Journaled {
        Journaled::of(&self.world()).expect("a journal was begun")
    }
}

impl World {
    /// Whether what is done is noted.
    pub fn has_journal(&self) -> bool {
        self.journal.is_some()
    }

    /// Says under which model the power may go. Journals that lose alike are one from then on.
    pub fn loses_by(&mut self, model: Persistence) {
        if let Some(journal) = &mut self.journal {
            (journal.model, journal.print) = (Some(model), None);
        }
    }
}

impl Journaled {
    /// What was done to a world, if it has a journal.
    pub fn of(world: &World) -> Option<Self> {
        let mut now = world.clone();
        let journal = now.journal.take()?;
        Some(Self { journal, now: Box::new(now) })
    }

    /// Whether nothing was done.
    pub fn is_empty(&self) -> bool {
        self.journal.effects.is_empty()
    }

    /// How much was done: the last moment at which the power may go.
    pub fn len(&self) -> usize {
        self.journal.effects.len()
    }

    /// Whether there is a moment after this many effects that is worth a power loss: after others nothing new
    /// is pending.
    pub fn is_crash_point(&self, moment: usize) -> bool {
        let last = moment.checked_sub(1).and_then(|last| self.journal.effects.get(last));
        !matches!(last, Some(Effect::Make { .. } | Effect::Attributes { .. }))
    }

    /// The syncs in it, in order: the path of what was synced, by its last name.
    pub fn syncs(&self) -> Vec<String> {
        let synced = self.journal.effects.iter().filter_map(|effect| match effect {
            Effect::SyncFile(inode) | Effect::SyncDir(inode) => Some(*inode),
            _ => None,
        });
        synced.map(|inode| self.now.path_of(ROOT, inode).unwrap_or_default()).collect()
    }

    /// The same without the nth sync: as if that had been forgotten.
    pub fn without_sync(&self, nth: usize) -> Self {
        let mut forgetful = self.clone();
        let is_sync =
            |effect: &&mut Effect| matches!(effect, Effect::SyncFile(_) | Effect::SyncDir(_));
        if let Some(sync) = forgetful.journal.effects.iter_mut().filter(is_sync).nth(nth) {
            *sync = Effect::Names(Vec::new());
        }
        forgetful
    }

    /// Every image that a power loss after the first `moment` effects may leave, each once over all calls
    /// with the same `seen`. Nothing is open, and the boot id or the mount is new ([`Persistence::loss`]).
    ///
    /// # Errors
    ///
    /// None: it breaks when `visit` does.
    pub fn losses(
        &self,
        moment: usize,
        model: &Persistence,
        seen: &mut BTreeSet<u128>,
        visit: &mut dyn FnMut(MemDisk) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let effects = &self.journal.effects[..moment];
        let names = Order::new(effects, model);
        let mut losses =
            Losses { base: &self.journal.base, now: &self.now, effects, model, seen, visit };
        if self.journal.is_committed {
            return losses.since_commit(&names);
        }
        names.subsets(0, &mut vec![false; names.steps.len()], &mut |kept| {
            losses.with_names(&names, kept)
        })
    }
}
