//! The last commit of the journal of names before the power goes, chosen beforehand: what a loss later on leaves of names is what there
//! was then, as long as no sync has committed what came after it.
//!
//! Where names survive in one order (`Names::Global`), every image is one of these: the names right after some change of a name, and of
//! what was not synced, anything; or, where content that came before names survives with them (`Data::BeforeNames`), anything of what
//! was written since. So a search that tries each such commit by itself need not remember in which order names were changed before and
//! after it.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash, Hasher};
use std::ops::ControlFlow;
use std::sync::Arc;

use super::images::{Kept, Losses};
use super::models::{Data, Names, Persistence};
use super::order::Order;
use crate::FileId;
use crate::mem::digest::Digest;
use crate::mem::inode::InodeId;
use crate::mem::journal::{Effect, Journal};
use crate::mem::world::World;

impl World {
    /// The last commit of names before the power goes is now. `model`: under which the power goes.
    ///
    /// # Panics
    ///
    /// If nothing is noted, or numbers or times do not outlast a loss here.
    pub fn commit_names(&mut self, model: Persistence) {
        assert!(
            self.profile.ids_last && self.profile.times_last,
            "BUG: what is read again differs"
        );
        let journal = self.journal.take().expect("BUG: a journal was begun");
        let (mut seen, visit) = (BTreeSet::new(), &mut |_| ControlFlow::Continue(()));
        let until_now = &model.until_commit().expect("BUG: names survive in one order");
        let Journal { base, effects, .. } = &journal;
        let losses = Losses { base, now: self, effects, model: until_now, seen: &mut seen, visit };
        let order = Order::new(effects, until_now);
        let (mut base, writes, last_kept) = losses.named(&order, &order.is_forced);
        let is_whole = |write: &usize| losses.choices(*write, last_kept) == [Kept::Whole];
        let (whole, open): (Vec<_>, Vec<_>) = writes.into_iter().partition(is_whole);
        whole.into_iter().for_each(|write| base.write_again(&effects[write], Kept::Whole));
        base.count_bytes();
        base.fingerprint();
        let effects = open.into_iter().map(|write| effects[write].clone()).collect();
        let (base, model) = (Arc::new(base), Some(model));
        self.journal = Some(Journal { base, effects, is_committed: true, model, print: None });
    }

    /// Whether the last thing that was done, but for attributes, was done to names; or nothing was.
    pub fn has_changed_names_last(&self) -> bool {
        let effects = self.journal.as_ref().map(|journal| journal.effects.as_slice());
        let mut last = effects.unwrap_or_default().iter().rev();
        let last = last.find(|it| !matches!(it, Effect::Attributes { .. } | Effect::Make { .. }));
        matches!(last, None | Some(Effect::Names(_)))
    }

    /// Whether the last commit is over.
    pub fn is_committed(&self) -> bool {
        self.journal.as_ref().is_some_and(|journal| journal.is_committed)
    }

    /// Whether a sync since then has committed names that were changed since then, so that it was not the last.
    pub fn is_commit_passed(&self) -> bool {
        let journal = self.journal.as_ref().filter(|journal| journal.is_committed);
        journal.is_some_and(|journal| {
            matches!(journal.effects.last(), Some(Effect::SyncDir(_) | Effect::SyncFile(_)))
                && Order::new(&journal.effects, &Persistence::ORDERED).is_forced.contains(&true)
        })
    }

    /// A number that two worlds share if a loss of power may leave the same of both, now and after the same was done to both, and
    /// the same syncs end it.
    pub(in crate::mem) fn print_since_commit(
        &self,
        base: &World,
        effects: &[Effect],
        model: &Persistence,
    ) -> u128 {
        let (mut seen, visit) = (BTreeSet::new(), &mut |_| ControlFlow::Continue(()));
        let losses = Losses { base, now: self, effects, model, seen: &mut seen, visit };
        let order = Order::new(effects, model);
        let (mut least, writes, last_kept) = losses.named(&order, &vec![false; order.steps.len()]);
        let mut open: BTreeMap<FileId, Digest> = BTreeMap::new();
        for write in writes {
            if losses.choices(write, last_kept) == [Kept::Whole] {
                least.write_again(&effects[write], Kept::Whole);
                continue;
            }
            let (inode, offset, bytes): (InodeId, usize, &[u8]) = match &effects[write] {
                Effect::Data { inode, offset, bytes } => (*inode, *offset, bytes),
                Effect::Content { inode, content } => (*inode, 0, content),
                _ => unreachable!("BUG: only writes are written again"),
            };
            let print = open.entry(least.inode(inode).shown_as()).or_default();
            (losses.is_sync_lost(write), offset, bytes).hash(print);
        }
        // Who is there and what the clock shows is told apart elsewhere.
        least.start_after(base, model.loss);
        least.count_bytes();
        let mut hasher = Digest::new();
        hasher.write_u128(least.fingerprint());
        for (file, print) in open {
            file.hash(&mut hasher);
            hasher.write_u128(print.done());
        }
        // What ends it: these directories and files.
        let changes = || order.steps.iter().flat_map(|(_, changes)| changes);
        let dirs: BTreeSet<_> = changes().map(|change| change.dir).collect();
        let files: BTreeSet<_> = changes().filter_map(|it| Some(it.to.as_ref()?.inode)).collect();
        (dirs, files).hash(&mut hasher);
        hasher.done()
    }
}

impl Persistence {
    /// Under which model the power goes before the last commit of names, where one such commit after the other can be tried: all names
    /// survive.
    pub fn until_commit(&self) -> Option<Self> {
        let is_one_order =
            self.names == Names::Global && self.rename_is_atomic && self.sync_file_keeps_name;
        match self.data {
            Data::BeforeNames if is_one_order => Some(Self { loss: self.loss, ..Self::STRICT }),
            Data::Free if is_one_order => Some(Self { loss: self.loss, ..Self::NAMES_KEPT }),
            _ => None,
        }
    }
}

impl Losses<'_> {
    /// All images with the names of the last commit, unless there was a later one.
    pub(super) fn since_commit(&mut self, names: &Order) -> ControlFlow<()> {
        if names.is_forced.contains(&true) {
            return ControlFlow::Continue(());
        }
        self.with_names(names, &vec![false; names.steps.len()])
    }
}
