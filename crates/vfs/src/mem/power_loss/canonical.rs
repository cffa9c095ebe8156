//! What of all that was done decides what a loss of power may leave: two journals that differ only in the order of what may
//! be lost independently are one.
//!
//! That is, for a model: what a loss leaves at least; each change of a name that may be lost, with those that must precede
//! it; and of each file that is not all there at least, all that was written to it.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash, Hasher};

use super::images::{Kept, Losses};
use super::models::{Data, Persistence};
use super::order::Order;
use crate::FileId;
use crate::mem::digest::Digest;
use crate::mem::inode::{InodeId, Node};
use crate::mem::journal::Effect;
use crate::mem::world::World;

impl World {
    /// A number that two worlds share if a loss of power under this model may leave the same of both, now and after the same
    /// was done to both.
    pub(in crate::mem) fn print_journal(
        &self,
        base: &World,
        effects: &[Effect],
        model: &Persistence,
    ) -> u128 {
        let (mut seen, visit) = (BTreeSet::new(), &mut |_| std::ops::ControlFlow::Continue(()));
        let losses = Losses { base, now: self, effects, model, seen: &mut seen, visit };
        let order = Order::new(effects, model);
        let pending = Pending::new(&losses, &order);
        let mut hasher = Digest::new();
        hasher.write_u128(base.prints.as_ref().map_or(0, |prints| prints.sum));
        hasher.write_u128(pending.least.clone().fingerprint());
        hasher.write_u128(pending.names());
        hasher.write_u128(pending.files());
        hasher.done()
    }
}

struct Pending<'a> {
    losses: &'a Losses<'a>,
    order: &'a Order,
    /// What is left at least.
    least: World,
    last_kept: usize,
    /// Of each change of names that may be lost; 0 of others.
    steps: Vec<u128>,
    made: BTreeMap<InodeId, FileId>,
    /// The last time that attributes were set, or moved.
    attributes: BTreeMap<InodeId, usize>,
}

impl<'a> Pending<'a> {
    fn new(losses: &'a Losses<'a>, order: &'a Order) -> Self {
        let (mut least, writes, last_kept) = losses.named(order, &order.is_forced);
        for position in writes {
            if losses.choices(position, last_kept) == [Kept::Whole] {
                least.write_again(&losses.effects[position], Kept::Whole);
            }
        }
        // Who is there and what the clock shows is told apart elsewhere.
        least.start_after(losses.base, losses.model.loss);
        least.count_bytes();
        let (mut made, mut attributes) = (BTreeMap::new(), BTreeMap::new());
        for (position, effect) in losses.effects.iter().enumerate() {
            match effect {
                Effect::Make { inode, made: it } => drop(made.insert(*inode, it.shown_as())),
                Effect::Attributes { inode, .. } => drop(attributes.insert(*inode, position)),
                _ => {}
            }
        }
        let steps = Vec::new();
        let mut pending = Self { losses, order, least, last_kept, steps, made, attributes };
        for step in 0..order.steps.len() {
            let print = if order.is_forced[step] { 0 } else { pending.step(step) };
            pending.steps.push(print);
        }
        pending
    }

    /// What an inode is known by, whenever it was made.
    fn shown(&self, inode: InodeId) -> Option<FileId> {
        let there = self.losses.base.inodes.get(inode as usize).and_then(Option::as_ref);
        there.map(|inode| inode.shown_as()).or_else(|| self.made.get(&inode).copied())
    }

    fn step(&self, step: usize) -> u128 {
        let (position, changes) = &self.order.steps[step];
        let mut hasher = Digest::new();
        for change in changes {
            (self.shown(change.dir), &change.name, change.dir_time).hash(&mut hasher);
            (self.shown(change.of), change.ctime).hash(&mut hasher);
            if let Some(to) = &change.to {
                (self.shown(to.inode), &to.spelled, to.is_pending).hash(&mut hasher);
            }
            // Attributes are taken for durable, so that they win over times that a name brings along if they came later.
            for inode in [change.dir, change.of] {
                let later = self.attributes.get(&inode).filter(|set| *set > position);
                if let Some(Effect::Attributes { now, .. }) =
                    later.map(|set| &self.losses.effects[*set])
                {
                    now.hash(&mut hasher);
                }
            }
        }
        let before = self.order.before[step].iter().map(|before| self.steps[*before]);
        hasher.write_u128(before.fold(0, u128::wrapping_add));
        hasher.done()
    }

    fn names(&self) -> u128 {
        self.steps.iter().copied().fold(0, u128::wrapping_add)
    }

    /// Of what may come to be there, or to have another content, than at least.
    fn files(&self) -> u128 {
        let mut files: BTreeMap<InodeId, (bool, Digest)> = BTreeMap::new();
        let is_there = |inode: InodeId| {
            self.least.inodes.get(inode as usize).is_some_and(|inode| inode.is_some())
        };
        for (position, effect) in self.losses.effects.iter().enumerate() {
            let (inode, mut is_open) = match effect {
                Effect::Make { inode, .. }
                | Effect::Data { inode, .. }
                | Effect::Content { inode, .. } => (*inode, !is_there(*inode)),
                Effect::Attributes { inode, .. } if self.attributes[inode] == position => {
                    (*inode, !is_there(*inode))
                }
                _ => continue,
            };
            let (is_pending, print) = files.entry(inode).or_insert_with(|| (false, Digest::new()));
            match effect {
                Effect::Make { made, .. } => {
                    (0_u8, made.mode, made.owner).hash(print);
                    match &made.node {
                        Node::File(_) => 0_u8.hash(print),
                        Node::Dir { .. } => 1_u8.hash(print),
                        Node::Symlink(target) => target.hash(print),
                    }
                }
                Effect::Data { offset, bytes, .. } => {
                    is_open |= self.write(position, print);
                    (1_u8, offset, bytes).hash(print);
                }
                Effect::Content { content, .. } => {
                    is_open |= self.write(position, print);
                    (2_u8, content).hash(print);
                }
                Effect::Attributes { now, .. } => (3_u8, now).hash(print),
                _ => {}
            }
            *is_pending |= is_open;
        }
        let pending = files.into_iter().filter(|(_, (is_pending, _))| *is_pending);
        let prints = pending.map(|(inode, (_, mut print))| {
            self.shown(inode).hash(&mut print);
            print.done()
        });
        prints.fold(0, u128::wrapping_add)
    }

    /// Whether a write may be lost, and what that depends on.
    fn write(&self, position: usize, print: &mut Digest) -> bool {
        let may_be_lost = self.losses.choices(position, self.last_kept) != [Kept::Whole];
        (may_be_lost, self.losses.is_sync_lost(position)).hash(print);
        if may_be_lost && self.losses.model.data == Data::BeforeNames {
            let later = self.order.steps.iter().zip(&self.steps);
            let later = later.filter(|((at, _), _)| *at > position).map(|(_, print)| *print);
            print.write_u128(later.fold(0, u128::wrapping_add));
        }
        may_be_lost
    }
}
