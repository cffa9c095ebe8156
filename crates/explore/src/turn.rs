//! How a program makes its calls in the simulated world, one at each of its turns.
//!
//! A program never touches the world. It says which call it wants to make, is suspended, and goes on when it has
//! the answer. What it did in between, such as closing files, is said together with the next call.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

use crate::verdict::Broken;
use incrdir_vfs::internals::{Answer, Digest, Errno, Fd, Op};
use incrdir_vfs::{Door, MemVfs};

/// A process of the simulated world.
pub type SimVfs<'a> = MemVfs<Turn<'a>>;

/// The door of a process in the simulated world: it opens when it is the process's turn.
#[derive(Clone, Copy)]
pub struct Turn<'a> {
    channel: &'a Channel<'a>,
}

struct Channel<'a> {
    suspend: &'a dyn Suspend,
    /// Since the last call.
    effects: RefCell<Vec<Effect>>,
    /// Its calls fail from now on, and it is not held up any more: its code returns by itself.
    is_dead: Cell<bool>,
    /// That it may still make after its death.
    last_calls: Cell<u32>,
}

/// How many calls a program may make after its death. One that repeats a call until it succeeds would never return: it is
/// unwound then.
const LAST_CALLS: u32 = 10_000;

/// Holds a program up until there is an answer.
pub(crate) trait Suspend {
    fn suspend(&self, said: Said) -> Answer;
}

/// What a program did since its last answer.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) effects: Vec<Effect>,
    pub(crate) next: Next,
}

/// And what it wants now.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next {
    Call(Op),
    Ended,
    Panicked(String),
}

/// What is no call.
#[derive(Debug)]
pub(crate) enum Effect {
    Close(Fd),
    Report(Arc<dyn Any + Send + Sync>),
    Mark(&'static str),
    Object(Broken),
    /// It remembers no more than what this is the fingerprint of.
    Forget(u128),
}

impl Next {
    /// The call, unless it has ended.
    pub(crate) fn call(&self) -> Option<&Op> {
        match self {
            Self::Call(op) => Some(op),
            Self::Ended | Self::Panicked(_) => None,
        }
    }
}

/// Runs a program from its beginning to its end.
pub(crate) fn run(program: &dyn Fn(&SimVfs<'_>), suspend: &dyn Suspend) -> Said {
    let channel = Channel {
        suspend,
        effects: RefCell::default(),
        is_dead: Cell::new(false),
        last_calls: Cell::new(LAST_CALLS),
    };
    let vfs = MemVfs::at(Turn { channel: &channel });
    // What it leaves behind is looked at by nobody but the oracle.
    let ended = catch_unwind(AssertUnwindSafe(|| program(&vfs)));
    let next = ended.map_or_else(|panic| Next::Panicked(message(&*panic)), |()| Next::Ended);
    Said { effects: channel.effects.take(), next }
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("it panicked").into()
}

impl Turn<'_> {
    fn note(&self, effect: Effect) {
        if !self.channel.is_dead.get() {
            self.channel.effects.borrow_mut().push(effect);
        }
    }
}

impl incrdir_vfs::internals::Sealed for Turn<'_> {}

impl Door for Turn<'_> {
    fn call(&self, op: Op) -> Answer {
        if self.channel.is_dead.get() {
            let left = self.channel.last_calls.get();
            self.channel.last_calls.set(left.saturating_sub(1));
            if left == 0 && !std::thread::panicking() {
                // No panic is printed: nothing is wrong with the program.
                resume_unwind(Box::new("dead"));
            }
            return Err(Errno::Killed);
        }
        let said = Said { effects: self.channel.effects.take(), next: Next::Call(op) };
        let answer = self.channel.suspend.suspend(said);
        if answer == Err(Errno::Killed) {
            self.channel.is_dead.set(true);
        }
        answer
    }

    fn close(&self, fd: Fd) {
        self.note(Effect::Close(fd));
    }
}

/// What a program can tell the oracle, beside its calls: the methods of [`SimVfs`] that other file systems have not.
pub trait Report: sealed::Sealed {
    /// Tells the oracle something: [`Oracle::hear`](crate::Oracle::hear) gets it with the disk as it is after this process's
    /// last call.
    fn report(&self, event: impl Any + Send + Sync);

    /// Says that something is wrong, as an oracle would.
    fn object(&self, oracle: &'static str, what: impl Into<String>);

    /// Notes that this was seen: [`Summary::marks`](crate::Summary::marks) counts it. A search that is to be believed has seen
    /// all that it should have.
    fn mark(&self, what: &'static str);

    /// Says that what this process does from here on does not depend on what it was answered until now: it has let go of
    /// everything, and the next thing that it does is that of this name. States that differ only in how processes came here
    /// are the same then.
    fn forget(&self, next: &'static str) {
        self.forget_all_but(next, &());
    }

    /// The same, but for this: what the process does from here on depends on it alone. What is said of it for debugging must say all
    /// of it. Handles that were open may stay so only if they were opened in the same way whatever was answered.
    fn forget_all_but(&self, next: &'static str, remembered: &dyn Debug);

    /// Whether this process was killed, and goes on only to return.
    fn is_dead(&self) -> bool;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::SimVfs<'_> {}
}

impl Report for SimVfs<'_> {
    fn report(&self, event: impl Any + Send + Sync) {
        self.door().note(Effect::Report(Arc::new(event)));
    }

    fn object(&self, oracle: &'static str, what: impl Into<String>) {
        self.door().note(Effect::Object(Broken::new(oracle, what)));
    }

    fn mark(&self, what: &'static str) {
        self.door().note(Effect::Mark(what));
    }

    fn forget_all_but(&self, next: &'static str, remembered: &dyn Debug) {
        let remembered = Digest::of((next, format!("{remembered:?}")));
        self.door().note(Effect::Forget(remembered));
    }

    fn is_dead(&self) -> bool {
        self.door().channel.is_dead.get()
    }
}

impl std::fmt::Debug for Turn<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Turn")
    }
}
