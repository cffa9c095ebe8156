//! Whose turn it is: the gate that holds a process up before each of its calls.

use std::cell::{Cell, RefCell};
use std::hash::Hash;
use std::rc::Rc;

use corosensei::Yielder;
use xxhash_rust::xxh3::Xxh3Default;

use super::tape::Tape;
use crate::mem::{Errno, Ret, sealed};
use crate::{Gate, MemVfs, OpKind};

/// A process of the simulated world.
pub type SimVfs<'a> = MemVfs<Turn<'a>>;

/// The gate of a process in the simulated world: opened by [`explore`](super::explore) for one call.
#[derive(Clone, Copy)]
pub struct Turn<'a> {
    yielder: &'a Yielder<(), ()>,
    actor: &'a Actor,
}

/// What the scheduler knows about a process.
#[derive(Debug)]
pub(super) struct Actor {
    /// Its calls fail from now on, and it is not held up any more: its code returns by itself.
    pub(super) is_dead: Cell<bool>,
    /// Hash of all that its calls have returned.
    pub(super) history: Cell<u128>,
    /// The call that it is held up before.
    pub(super) before: Cell<Option<OpKind>>,
    /// What it said when it panicked.
    pub(super) panicked: RefCell<Option<String>>,
    pub(super) tape: Rc<RefCell<Tape>>,
    pub(super) tears_listings: bool,
}

impl<'a> Turn<'a> {
    pub(super) fn new(yielder: &'a Yielder<(), ()>, actor: &'a Actor) -> Self {
        Self { yielder, actor }
    }
}

impl sealed::Sealed for Turn<'_> {}

impl Gate for Turn<'_> {
    fn pass(&self, kind: OpKind) {
        // What says nothing about the others and changes nothing for them needs no turn of its own.
        let is_private = matches!(
            kind,
            OpKind::Random | OpKind::BootId | OpKind::Process | OpKind::FsInfo | OpKind::Pause
        );
        if !is_private && !self.actor.is_dead.get() {
            self.actor.before.set(Some(kind));
            self.yielder.suspend(());
        }
    }

    #[expect(private_interfaces, reason = "the trait is sealed")]
    fn saw(&self, result: &Result<Ret, Errno>) {
        let mut hasher = Xxh3Default::new();
        (self.actor.history.get(), result).hash(&mut hasher);
        self.actor.history.set(hasher.digest128());
    }

    fn tears_listings(&self) -> bool {
        self.actor.tears_listings && !self.actor.is_dead.get()
    }

    fn choose(&self) -> bool {
        // Dull: the name shows.
        self.actor.tape.borrow_mut().choose(2) == 0
    }
}

impl std::fmt::Debug for Turn<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.actor.fmt(f)
    }
}
