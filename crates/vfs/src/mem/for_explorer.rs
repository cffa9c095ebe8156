//! What the explorer asks of the world in memory besides calls.

use std::sync::Arc;

use super::errno::Errno;
use super::op::Fd;
use super::process::ProcId;
use super::world::World;
use super::{Fault, Locks, OpKind};
use crate::{Entry, LockKind};

impl World {
    /// How its locks behave.
    pub fn locks(&self) -> Locks {
        self.profile.locks
    }

    /// Whether a process holds a lock through this descriptor.
    pub fn is_locked(&self, proc: ProcId, file: Fd) -> bool {
        self.ofd(self.ofd_of(proc, file)).lock.is_some()
    }

    /// The random number that was drawn last.
    pub fn last_draw(&self) -> u32 {
        self.last_draw
    }

    /// How calls of this kind can fail.
    pub fn faults_of(&self, kind: OpKind) -> Vec<Fault> {
        self.profile.faults_of(kind).collect()
    }

    /// Whether somebody else holds a lock that is in the way of this one.
    pub fn is_held_by_others(&self, proc: ProcId, file: Fd, kind: LockKind) -> bool {
        self.is_held(self.ofd_of(proc, file), kind)
    }

    /// The first step of a listing that takes two.
    pub fn open_a_listing(&mut self, proc: ProcId, dir: Fd) {
        self.open_listing(proc, self.ofd_of(proc, dir));
    }

    /// And the second.
    pub fn read_opened_listing(
        &mut self,
        proc: ProcId,
        dir: Fd,
        shows: impl FnMut() -> bool,
    ) -> Result<Arc<[Entry]>, Errno> {
        self.counts.add(OpKind::List);
        self.read_listing(proc, self.ofd_of(proc, dir), shows)
    }

    /// Copies the first half of a file.
    pub fn copy_first_half(&mut self, proc: ProcId, from: Fd, to: Fd) -> Result<u64, Errno> {
        self.version += 1;
        self.copy_half(self.ofd_of(proc, from), self.ofd_of(proc, to))
    }
}
