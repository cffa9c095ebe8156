//! One run of a scenario, along one tape.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::hash::Hash;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use corosensei::stack::DefaultStack;
use corosensei::{Coroutine, CoroutineResult};

use super::budget::Budget;
use super::search::Bounds;
use super::tape::Tape;
use super::turn::{Actor, SimVfs, Story, Turn};
use crate::{MemDisk, MemVfs, OpKind};

/// Enough for protocol code and what it calls, also unoptimised.
const STACK_BYTES: usize = 512 << 10;

/// What is to be explored.
pub trait Scenario {
    /// The disk as the programs find it. Made once; every run gets a copy.
    fn disk(&self) -> MemDisk;

    /// The programs of one run and who watches them.
    fn start(&self, disk: &MemDisk) -> Cast;
}

/// A process: what it does with the file system that it is given. A killed one goes on with every call
/// failing, so its loops must be bounded.
pub type Program = Box<dyn FnOnce(&SimVfs<'_>)>;

/// The programs of one run and who watches them.
#[expect(missing_debug_implementations, reason = "programs are code")]
pub struct Cast {
    /// One for each process.
    pub programs: Vec<Program>,
    /// Who watches them.
    pub oracle: Box<dyn Oracle>,
}

/// Says whether what is there may be so. That a program panics is objected to without asking (`NO-PANIC`).
pub trait Oracle {
    /// Looks after every call that changed something, after every death, and when all have ended.
    ///
    /// # Errors
    ///
    /// What must not be.
    fn step(&mut self, disk: &MemDisk) -> Result<(), Broken>;

    /// Takes note of what it wants to remember: at the beginning of every run (`None`), and after every call
    /// of this kind that changed something, before [`step`](Self::step). Where the same run up to here has
    /// been judged before, this is all that it sees.
    fn note(&mut self, _disk: &MemDisk, _last: Option<OpKind>) {}

    /// Looks when all processes have ended, or died: so many did. It may run more programs on the disk first,
    /// such as a recovery.
    ///
    /// # Errors
    ///
    /// What must not be.
    fn end(&mut self, _disk: &MemDisk, _deaths: u32) -> Result<(), Broken> {
        Ok(())
    }

    /// What it remembers that will decide what it says later, if that does not follow from the state of the
    /// world: states that differ in it are not merged.
    fn memory(&self) -> u64 {
        0
    }
}

/// What an oracle found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Which oracle.
    pub oracle: &'static str,
    /// What it saw.
    pub what: String,
}

impl Broken {
    /// An oracle and what it saw.
    pub fn new(oracle: &'static str, what: impl Into<String>) -> Self {
        Self { oracle, what: what.into() }
    }
}

/// How a run ended.
#[derive(Debug)]
pub(super) enum Ended {
    /// All processes ended, and all was well.
    Well,
    /// What comes now has been explored before.
    Merged,
    Broken(Broken),
}

/// What has been explored, and what it cost.
pub(super) trait Visited {
    /// Whether a state is new, at a decision that is.
    fn is_new(&mut self, state: u128) -> bool;
}

/// Runs keep their stacks here.
pub(super) type Stacks = Vec<DefaultStack>;

struct Process {
    vfs: MemVfs,
    actor: Rc<Actor>,
    coroutine: Coroutine<(), (), (), DefaultStack>,
}

pub(super) struct Execution<'a> {
    disk: MemDisk,
    tape: Rc<RefCell<Tape>>,
    processes: Vec<Process>,
    oracle: Box<dyn Oracle>,
    current: usize,
    preemptions_left: u32,
    pub(super) budget: Rc<Budget>,
    visited: &'a mut dyn Visited,
    /// The disk's when the oracle last looked.
    seen_version: u64,
    /// Calls made in this run.
    pub(super) calls: u64,
    /// Everything that happened, as one number.
    pub(super) trace: u128,
}

impl<'a> Execution<'a> {
    pub(super) fn new(
        scenario: &dyn Scenario,
        disk: MemDisk,
        tape: Tape,
        bounds: &Bounds,
        visited: &'a mut dyn Visited,
        stacks: &mut Stacks,
        story: Option<&Story>,
    ) -> Self {
        let tape = Rc::new(RefCell::new(tape));
        let Cast { programs, oracle } = scenario.start(&disk);
        let budget = Rc::new(Budget::new(bounds));
        let start = |(number, program)| {
            let stack = stacks.pop().unwrap_or_else(|| {
                DefaultStack::new(STACK_BYTES).expect("memory for the stack of a process")
            });
            let shared = (&tape, &budget);
            let told = story.map(|story| (number, Rc::clone(story)));
            Process::start(&disk, program, shared, bounds.torn_listings, stack, told)
        };
        let processes: Vec<_> = programs.into_iter().enumerate().map(start).collect();
        Self {
            disk,
            tape,
            processes,
            oracle,
            current: 0,
            preemptions_left: bounds.preemptions,
            budget,
            visited,
            seen_version: 0,
            calls: 0,
            trace: 0,
        }
    }

    /// Runs to the end, and gives the tape and the stacks back.
    pub(super) fn run(&mut self) -> Ended {
        let ended = self.until_all_ended();
        for process in &mut self.processes {
            // Merged or broken, the run is over: the rest of their code must return.
            process.die(&self.disk);
        }
        match ended {
            Ended::Well => match self.judge_the_end() {
                Ok(()) => Ended::Well,
                Err(broken) => Ended::Broken(broken),
            },
            ended => ended,
        }
    }

    pub(super) fn finish(self, stacks: &mut Stacks) -> Tape {
        stacks.extend(self.processes.into_iter().map(|process| process.coroutine.into_stack()));
        self.tape.take()
    }

    fn until_all_ended(&mut self) -> Ended {
        self.oracle.note(&self.disk, None);
        loop {
            let runnable = self.runnable();
            if runnable.is_empty() {
                return Ended::Well;
            }
            let is_at_call = runnable.contains(&self.current);
            let turns = match (is_at_call, self.preemptions_left) {
                (true, 0) => vec![self.current],
                _ => runnable.clone(),
            };
            let deaths = if self.budget.kills.get() > 0 { runnable.len() } else { 0 };
            if turns.len() + deaths > 1 && self.tape.borrow().is_new() {
                let state = self.state();
                if !self.visited.is_new(state) {
                    return Ended::Merged;
                }
            }
            let choice = self.tape.borrow_mut().schedule(&turns, deaths);
            let mut last = None;
            match turns.get(choice) {
                Some(turn) => {
                    last = self.processes[*turn].actor.before.get();
                    self.preemptions_left -= u32::from(is_at_call && *turn != self.current);
                    self.current = *turn;
                    self.processes[*turn].resume();
                    self.calls += 1;
                }
                None => {
                    Budget::spend(&self.budget.kills);
                    self.budget.deaths.set(self.budget.deaths.get() + 1);
                    self.processes[runnable[choice - turns.len()]].die(&self.disk);
                }
            }
            self.note();
            let panicked = |process: &Process| process.actor.panicked.borrow().clone();
            if let Some(what) = self.processes.iter().find_map(panicked) {
                return Ended::Broken(Broken::new("NO-PANIC", what));
            }
            if let Err(broken) = self.watch(last) {
                return Ended::Broken(broken);
            }
        }
    }

    /// Lets the oracle look, if there is anything to see. `last` is the call that was made.
    fn watch(&mut self, last: Option<OpKind>) -> Result<(), Broken> {
        let version = self.disk.version();
        if version == self.seen_version {
            return Ok(());
        }
        self.oracle.note(&self.disk, last);
        let is_new = self.tape.borrow().is_new();
        let judged = if is_new { self.oracle.step(&self.disk) } else { Ok(()) };
        // What it did itself, such as trying a lock, is nothing to see.
        self.seen_version = self.disk.version();
        judged
    }

    /// What the programs learnt from calls that changed nothing has not been looked at yet.
    fn judge_the_end(&mut self) -> Result<(), Broken> {
        self.oracle.step(&self.disk)?;
        self.oracle.end(&self.disk, self.budget.deaths.get())
    }

    /// Those that can go on, the one whose turn it was first.
    fn runnable(&self) -> Vec<usize> {
        let all = self.processes.len();
        let from_current = (0..all).map(|offset| (self.current + offset) % all);
        from_current.filter(|number| !self.processes[*number].coroutine.done()).collect()
    }

    /// A fingerprint of all that decides what can happen from here.
    fn state(&self) -> u128 {
        let mut hasher = xxhash_rust::xxh3::Xxh3Default::new();
        self.budget.state().hash(&mut hasher);
        let mut add = |bytes: &[u8]| hasher.update(bytes);
        add(&self.disk.fingerprint().to_le_bytes());
        for process in &self.processes {
            add(&process.actor.history.get().to_le_bytes());
            add(&[u8::from(process.coroutine.done()), u8::from(process.actor.is_dead.get())]);
        }
        add(&self.oracle.memory().to_le_bytes());
        if self.preemptions_left < u32::MAX / 2 {
            // Only where switching has a price does it matter whose turn it was.
            add(&self.preemptions_left.to_le_bytes());
            add(&self.current.to_le_bytes());
        }
        hasher.digest128()
    }

    fn note(&mut self) {
        let mut hasher = xxhash_rust::xxh3::Xxh3Default::new();
        hasher.update(&self.trace.to_le_bytes());
        hasher.update(&self.current.to_le_bytes());
        for process in &self.processes {
            hasher.update(&process.actor.history.get().to_le_bytes());
        }
        self.trace = hasher.digest128();
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("it panicked").into()
}

impl Process {
    /// Starts a process: it runs until its first call.
    fn start(
        disk: &MemDisk,
        program: Program,
        (tape, budget): (&Rc<RefCell<Tape>>, &Rc<Budget>),
        tears_listings: bool,
        stack: DefaultStack,
        told: Option<(usize, Story)>,
    ) -> Self {
        let vfs = disk.process();
        let actor = Rc::new(Actor {
            is_dead: Cell::new(false),
            history: Cell::new(0),
            before: Cell::new(None),
            panicked: RefCell::new(None),
            tape: Rc::clone(tape),
            tears_listings,
            budget: Rc::clone(budget),
            told,
        });
        let (its_vfs, its_actor) = (vfs.clone(), Rc::clone(&actor));
        let coroutine = Coroutine::with_stack(stack, move |yielder, ()| {
            let vfs = its_vfs.behind(Turn::new(yielder, &its_actor));
            // What it leaves behind is looked at by nobody but the oracle.
            let ended = catch_unwind(AssertUnwindSafe(|| program(&vfs)));
            vfs.end();
            if let Err(panic) = ended {
                *its_actor.panicked.borrow_mut() = Some(message(&*panic));
            }
        });
        let mut process = Self { vfs, actor, coroutine };
        process.resume();
        process
    }

    /// Lets it make one call, and go on to the next.
    fn resume(&mut self) {
        match self.coroutine.resume(()) {
            CoroutineResult::Yield(()) | CoroutineResult::Return(()) => {}
        }
    }

    /// Kills it and lets its code return.
    fn die(&mut self, disk: &MemDisk) {
        if !self.coroutine.done() {
            disk.kill(&self.vfs);
            self.actor.is_dead.set(true);
            self.resume();
        }
    }
}
