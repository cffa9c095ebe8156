//! What programs say next, given all that they were answered.
//!
//! A program is deterministic, so what it says next is a function of the answers it had: of its *history*. In a
//! single run it is simply asked ([`Live`]). A search comes to the same histories again and again, in other
//! states of the world; there it is asked once for each, and remembered ([`Recalled`]). So the search goes from
//! state to state without running anything twice, and still it is the program itself that is explored.

use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::engine::{Starter, Suspended};
use crate::scenario::Program;
use crate::turn::{Effect, Next, Said};
use incrdir_vfs::internals::Answer;

/// All that a program was answered, as one number.
pub(crate) type History = u128;

/// Where every history begins.
pub(crate) const BEGINNING: History = 0;

pub(crate) trait Programs {
    /// What a program says first.
    fn begin(&mut self, process: usize) -> Arc<Said>;

    /// What it says to an answer that makes its history another one.
    fn hear(
        &mut self,
        process: usize,
        before: History,
        after: History,
        answer: Answer,
    ) -> Arc<Said>;

    /// Whoever has the one history is as if it had the other.
    fn forget(&mut self, process: usize, from: History, to: History);

    /// It will not be asked again in this run.
    fn dismiss(&mut self, process: usize);
}

/// Programs of one run.
pub(crate) struct Live<'a> {
    programs: &'a [Program],
    starter: Starter,
    running: Vec<Option<Box<dyn Suspended>>>,
}

impl<'a> Live<'a> {
    pub(crate) fn new(programs: &'a [Program], starter: &Starter) -> Self {
        let running = programs.iter().map(|_| None).collect();
        Self { programs, starter: starter.clone(), running }
    }
}

impl Programs for Live<'_> {
    fn begin(&mut self, process: usize) -> Arc<Said> {
        let (program, said) = self.starter.start(&self.programs[process]);
        self.running[process] = Some(program);
        Arc::new(said)
    }

    fn hear(&mut self, process: usize, _: History, _: History, answer: Answer) -> Arc<Said> {
        let program = self.running[process].as_mut().expect("BUG: it was begun and not dismissed");
        Arc::new(program.resume(answer))
    }

    fn forget(&mut self, _process: usize, _from: History, _to: History) {}

    fn dismiss(&mut self, process: usize) {
        self.running[process] = None;
    }
}

/// What programs said to which history, for all workers of a search.
pub(crate) struct Memory {
    /// By process and a part of the history.
    shards: Vec<[Mutex<Histories>; SHARDS]>,
}

const SHARDS: usize = 16;

#[expect(clippy::disallowed_types, reason = "only asked for single keys: its order is never seen")]
type Histories = std::collections::HashMap<History, Node, BuildHasherDefault<Already>>;

#[derive(Clone)]
struct Node {
    said: Arc<Said>,
    /// The history before the last answer, and that answer. Apart: tables of histories grow, and are moved then.
    parent: Option<Arc<(History, Answer)>>,
    /// The history after it that was come to first.
    first_child: Option<History>,
    /// Whether it was forgotten, and another one has its place.
    is_forgotten: bool,
}

impl Memory {
    pub(crate) fn new(processes: usize) -> Self {
        let shards = || std::array::from_fn(|_| Mutex::default());
        Self { shards: (0..processes).map(|_| shards()).collect() }
    }

    fn shard(&self, process: usize, history: History) -> MutexGuard<'_, Histories> {
        let shard = &self.shards[process][history as usize % SHARDS];
        shard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self, process: usize, history: History) -> Option<Node> {
        self.shard(process, history).get(&history).cloned()
    }

    fn said(&self, process: usize, history: History) -> Option<Arc<Said>> {
        self.shard(process, history).get(&history).map(|node| Arc::clone(&node.said))
    }

    fn put(
        &self,
        process: usize,
        history: History,
        said: Arc<Said>,
        parent: Option<(History, Answer)>,
    ) {
        if let Some((before, _)) = parent
            && let Some(before) = self.shard(process, before).get_mut(&before)
        {
            before.first_child.get_or_insert(history);
        }
        let node =
            Node { said, parent: parent.map(Arc::new), first_child: None, is_forgotten: false };
        self.shard(process, history).insert(history, node);
    }

    /// Another history takes the place of one that is forgotten, unless one has.
    fn put_in_place(&self, process: usize, history: History, forgotten: &Node) {
        self.shard(process, history).entry(history).or_insert_with(|| forgotten.clone());
    }

    fn note_forgotten(&self, process: usize, history: History) {
        if let Some(node) = self.shard(process, history).get_mut(&history) {
            node.is_forgotten = true;
        }
    }

    /// What comes after a history in the first way in which anything did: the answer, and what was said to it. A history that was
    /// forgotten has another's place.
    fn first_after(
        &self,
        process: usize,
        history: History,
    ) -> Option<(History, Answer, Arc<Said>)> {
        let child = self.get(process, history)?.first_child?;
        let Node { said, parent, .. } = self.get(process, child)?;
        let forgotten = said.effects.iter().rev().find_map(|effect| match effect {
            Effect::Forget(to) => Some(*to),
            _ => None,
        });
        Some((forgotten.unwrap_or(child), parent?.1.clone(), said))
    }

    /// How many histories there were, of all processes.
    pub(crate) fn len(&self) -> u64 {
        let len = |shard: &Mutex<Histories>| {
            shard.lock().unwrap_or_else(PoisonError::into_inner).len() as u64
        };
        self.shards.iter().flatten().map(len).sum()
    }
}

/// How many programs are kept waiting at histories of each process: a search mostly goes on where it was.
const WAITING: usize = 8;

/// Programs that are only run for histories that nobody has had.
pub(crate) struct Recalled<'a> {
    programs: &'a [Program],
    starter: Starter,
    memory: &'a Memory,
    waiting: Vec<Vec<(History, Box<dyn Suspended>)>>,
}

impl<'a> Recalled<'a> {
    pub(crate) fn new(programs: &'a [Program], starter: &Starter, memory: &'a Memory) -> Self {
        let waiting = programs.iter().map(|_| Vec::new()).collect();
        Self { programs, starter: starter.clone(), memory, waiting }
    }

    /// The program where it waits after a history.
    fn at(&mut self, process: usize, history: History) -> Box<dyn Suspended> {
        let waiting = &mut self.waiting[process];
        if let Some(place) = waiting.iter().rposition(|(at, _)| *at == history) {
            return waiting.remove(place).1;
        }
        let mut answers = Vec::new();
        let mut at = history;
        while let Some(parent) = self.memory.get(process, at).and_then(|node| node.parent) {
            let (before, answer) = &*parent;
            answers.push((at, answer.clone()));
            at = *before;
        }
        let (mut program, _) = self.starter.start(&self.programs[process]);
        for (at, answer) in answers.into_iter().rev() {
            let said = program.resume(answer);
            let before = self.memory.said(process, at);
            assert!(
                before.is_none_or(|before| before.next == said.next),
                "the program of process {process} is not deterministic: the same answers led to {:?}",
                said.next
            );
        }
        program
    }

    /// Runs a program that says that it has forgotten what tells it from another one along the first way that the other one has gone:
    /// it must say the same all the way. That is no proof, but every one that says so is asked.
    fn go_along(&mut self, process: usize, from: History, to: History) {
        let mut program = self.at(process, from);
        let mut at = to;
        while let Some((after, answer, before)) = self.memory.first_after(process, at) {
            let said = program.resume(answer);
            Self::compare(process, &said.next, &before.next);
            at = after;
        }
    }

    fn compare(process: usize, one: &Next, other: &Next) {
        assert!(
            one == other,
            "the program of process {process} has not forgotten: it goes on with {other:?} and {one:?}"
        );
    }

    fn wait(&mut self, process: usize, history: History, program: Box<dyn Suspended>) {
        let waiting = &mut self.waiting[process];
        if waiting.len() == WAITING {
            waiting.remove(0);
        }
        waiting.push((history, program));
    }
}

impl Programs for Recalled<'_> {
    fn begin(&mut self, process: usize) -> Arc<Said> {
        if let Some(said) = self.memory.said(process, BEGINNING) {
            return said;
        }
        let (program, said) = self.starter.start(&self.programs[process]);
        let said = Arc::new(said);
        self.memory.put(process, BEGINNING, Arc::clone(&said), None);
        self.wait(process, BEGINNING, program);
        said
    }

    fn hear(
        &mut self,
        process: usize,
        before: History,
        after: History,
        answer: Answer,
    ) -> Arc<Said> {
        if let Some(said) = self.memory.said(process, after) {
            return said;
        }
        let mut program = self.at(process, before);
        let said = Arc::new(program.resume(answer.clone()));
        self.memory.put(process, after, Arc::clone(&said), Some((before, answer)));
        if said.next.call().is_some() {
            self.wait(process, after, program);
        }
        said
    }

    fn forget(&mut self, process: usize, from: History, to: History) {
        let Some(node) = self.memory.get(process, from).filter(|node| !node.is_forgotten) else {
            return;
        };
        match self.memory.said(process, to) {
            Some(before) => {
                Self::compare(process, &node.said.next, &before.next);
                self.go_along(process, from, to);
            }
            None => {
                for (at, _) in self.waiting[process].iter_mut().filter(|(at, _)| *at == from) {
                    *at = to;
                }
                self.memory.put_in_place(process, to, &node);
            }
        }
        self.memory.note_forgotten(process, from);
    }

    fn dismiss(&mut self, _process: usize) {}
}

/// What is hashed is a hash already.
#[derive(Default)]
pub(crate) struct Already(u64);

impl Hasher for Already {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        let (first, _) = bytes.split_first_chunk().expect("BUG: what is hashed has 16 bytes");
        self.0 = u64::from_le_bytes(*first);
    }
}
