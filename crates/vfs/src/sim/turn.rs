//! Whose turn it is: the gate that holds a process up before each of its calls.

use std::cell::{Cell, RefCell};
use std::hash::Hash;
use std::rc::Rc;

use corosensei::Yielder;
use xxhash_rust::xxh3::Xxh3Default;

use super::budget::{Budget, JUMPS};
use super::tape::Tape;
use crate::mem::{Errno, Ret, sealed};
use crate::{Failure, Fault, Gate, MemVfs, OpKind};

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
    pub(super) budget: Rc<Budget>,
    /// Which process it is, and where its calls are told, if they are.
    pub(super) told: Option<(usize, Story)>,
}

/// Calls in the order in which they were made.
pub(super) type Story = Rc<RefCell<Vec<Told>>>;

/// A call of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Which process made it, from 0.
    pub process: usize,
    /// What it was.
    pub call: String,
    /// What came of it.
    pub outcome: String,
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
        if let Some((process, story)) = &self.actor.told {
            let outcome = Ret::describe(result);
            let mut story = story.borrow_mut();
            if let Some(last) = story.iter_mut().rfind(|told| told.process == *process) {
                last.outcome = outcome;
            }
        }
        let mut hasher = Xxh3Default::new();
        (self.actor.history.get(), result).hash(&mut hasher);
        self.actor.history.set(hasher.digest128());
    }

    fn fault(&self, kind: OpKind) -> Option<Failure> {
        let (actor, budget) = (self.actor, &self.actor.budget);
        if actor.is_dead.get() {
            return None;
        }
        if let Some((_, fault)) = budget.lasting.get().filter(|(lasting, _)| *lasting == kind) {
            return Some(Failure::Fault(fault));
        }
        let is_split = matches!(kind, OpKind::WriteAt | OpKind::Copy);
        if is_split && budget.kills.get() > 0 && actor.choose(2) == 1 {
            Budget::spend(&budget.kills);
            budget.deaths.set(budget.deaths.get() + 1);
            actor.is_dead.set(true);
            return Some(Failure::Death);
        }
        let faults = Fault::of(kind);
        if budget.faults.get() == 0 {
            return None;
        }
        // None; each once; each from now on.
        let chosen = actor.choose(1 + 2 * faults.len()).checked_sub(1)?;
        Budget::spend(&budget.faults);
        let fault = faults[chosen % faults.len()];
        if chosen >= faults.len() {
            budget.lasting.set(Some((kind, fault)));
        }
        *budget.failed.borrow_mut().entry((kind, fault)).or_default() += 1;
        Some(Failure::Fault(fault))
    }

    fn jump(&self) -> Option<i64> {
        let budget = &self.actor.budget;
        if budget.jumps.get() == 0 || self.actor.is_dead.get() {
            return None;
        }
        let jump = JUMPS[self.actor.choose(1 + JUMPS.len()).checked_sub(1)?];
        Budget::spend(&budget.jumps);
        Some(jump)
    }

    fn collides(&self) -> bool {
        let budget = &self.actor.budget;
        let collides =
            budget.collisions.get() > 0 && !self.actor.is_dead.get() && self.actor.choose(2) == 1;
        if collides {
            Budget::spend(&budget.collisions);
        }
        collides
    }

    fn listens(&self) -> bool {
        self.actor.told.is_some() && !self.actor.is_dead.get()
    }

    fn tell(&self, call: String) {
        if let Some((process, story)) = &self.actor.told {
            let told = Told { process: *process, call, outcome: "dies".into() };
            story.borrow_mut().push(told);
        }
    }

    fn tears_listings(&self) -> bool {
        self.actor.tears_listings && !self.actor.is_dead.get()
    }

    fn choose(&self) -> bool {
        // Dull: the name shows.
        self.actor.choose(2) == 0
    }
}

impl Actor {
    fn choose(&self, of: usize) -> usize {
        self.tape.borrow_mut().choose(of)
    }
}

impl std::fmt::Debug for Turn<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.actor.fmt(f)
    }
}
