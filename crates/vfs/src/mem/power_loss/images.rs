//! Every image that a power loss may leave: with some of the names, and some of the content.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use super::models::{Data, Persistence};
use super::order::Order;
use crate::mem::MemDisk;
use crate::mem::journal::Effect;
use crate::mem::world::World;

/// What happened to one write.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    Whole,
    /// The first half of it.
    Half,
    /// Its length.
    Zeros,
    Nothing,
}

pub(super) struct Losses<'a> {
    /// The disk as it was when the journal was begun.
    pub(super) base: &'a World,
    /// And as it is.
    pub(super) now: &'a World,
    pub(super) effects: &'a [Effect],
    pub(super) model: &'a Persistence,
    pub(super) seen: &'a mut BTreeSet<u128>,
    pub(super) visit: &'a mut dyn FnMut(MemDisk) -> ControlFlow<()>,
}

impl Losses<'_> {
    /// All images with these names.
    pub(super) fn with_names(&mut self, names: &Order, kept: &[bool]) -> ControlFlow<()> {
        let (world, writes, last_kept) = self.named(names, kept);
        self.with_data(world, &writes, last_kept)
    }

    /// What there is with these names, without all content; what was written to it; and where the last of these names is.
    pub(super) fn named(&self, names: &Order, kept: &[bool]) -> (World, Vec<usize>, usize) {
        let mut world = self.base.clone();
        world.clock = self.now.clock;
        world.start_after(self.now, self.model.loss);
        let mut last_kept = 0;
        let mut kept = names.steps.iter().zip(kept).filter(|(_, kept)| **kept).peekable();
        for (position, effect) in self.effects.iter().enumerate() {
            world.do_again(effect);
            while let Some(((_, changes), _)) = kept.next_if(|((at, _), _)| *at == position) {
                last_kept = position;
                changes.iter().for_each(|change| world.set_name(change));
            }
        }
        let reachable = world.drop_unreachable();
        world.part_numbers();
        world.read_again();
        let writes: Vec<usize> = (0..self.effects.len())
            .filter(|position| match &self.effects[*position] {
                Effect::Data { inode, .. } | Effect::Content { inode, .. } => {
                    reachable.contains(inode)
                }
                _ => false,
            })
            .collect();
        (world, writes, last_kept)
    }

    /// All images with this content besides.
    fn with_data(
        &mut self,
        mut world: World,
        writes: &[usize],
        last_kept: usize,
    ) -> ControlFlow<()> {
        let Some((position, rest)) = writes.split_first() else {
            world.count_bytes();
            if self.seen.insert(world.fingerprint()) {
                (self.visit)(MemDisk::of(world))?;
            }
            return ControlFlow::Continue(());
        };
        let choices = self.choices(*position, last_kept);
        let (last, others) = choices.split_last().expect("BUG: something becomes of a write");
        for kept in others {
            let mut world = world.clone();
            world.write_again(&self.effects[*position], *kept);
            self.with_data(world, rest, last_kept)?;
        }
        world.write_again(&self.effects[*position], *last);
        self.with_data(world, rest, last_kept)
    }

    /// What may become of a write.
    pub(super) fn choices(&self, position: usize, last_kept: usize) -> &'static [Kept] {
        let is_synced = self.first_sync(position) == Some(true);
        match self.model.data {
            _ if is_synced => &[Kept::Whole],
            Data::All => &[Kept::Whole],
            Data::BeforeNames if position < last_kept => &[Kept::Whole],
            Data::BeforeNames | Data::Free => &[Kept::Whole, Kept::Half, Kept::Nothing],
            Data::FreeGarbage => &[Kept::Whole, Kept::Half, Kept::Zeros, Kept::Nothing],
        }
    }

    /// Whether a write was synced in vain, so that no later sync helps.
    pub(super) fn is_sync_lost(&self, position: usize) -> bool {
        self.first_sync(position) == Some(false)
    }

    /// Whether the first sync of a write succeeded, if there was one. Only that one counts: after one that failed, the next
    /// finds nothing to do.
    fn first_sync(&self, position: usize) -> Option<bool> {
        let inode = match &self.effects[position] {
            Effect::Data { inode, .. } | Effect::Content { inode, .. } => *inode,
            _ => unreachable!("BUG: only writes are asked about"),
        };
        let mut syncs = self.effects[position..].iter().filter_map(|effect| match effect {
            Effect::SyncFile(synced) if *synced == inode => Some(true),
            Effect::SyncFailed(failed) if *failed == inode => Some(false),
            _ => None,
        });
        syncs.next()
    }
}
