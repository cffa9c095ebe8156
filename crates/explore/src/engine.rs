//! Two ways to hold a program up at its calls: as a coroutine with a stack of its own, or as a thread that
//! waits for the baton. The same tape gives the same run on both.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use corosensei::stack::DefaultStack;
use corosensei::{Coroutine, CoroutineResult, Yielder};

use crate::scenario::Program;
use crate::spans::Spans;
use crate::turn::{Next, Said, Suspend, run};
use incrdir_vfs::internals::{Answer, Errno, Ret};

/// Enough for protocol code and what it calls, also unoptimised.
const STACK_BYTES: usize = 512 << 10;

/// How programs are suspended at their calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Engine {
    /// OnCoroutine coroutines: tens of millions of switches a second, on the targets that corosensei knows.
    #[default]
    Coroutines,
    /// Threads that run one at a time: a thousand times slower, anywhere. To check the other one by.
    Threads,
}

/// A program that waits for an answer.
pub(crate) trait Suspended {
    /// Goes on until its next call. What has ended stays ended.
    fn resume(&mut self, answer: Answer) -> Said;
}

/// Starts programs, and keeps what can be used again.
#[derive(Clone, Default)]
pub(crate) struct Starter {
    engine: Engine,
    stacks: Rc<RefCell<Vec<DefaultStack>>>,
}

impl Starter {
    pub(crate) fn new(engine: Engine) -> Self {
        Self { engine, ..Self::default() }
    }

    /// Starts a program: it runs until its first call.
    pub(crate) fn start(&self, program: &Program) -> (Box<dyn Suspended>, Said) {
        match self.engine {
            Engine::Coroutines => {
                let mut program = OnCoroutine::new(program.clone(), Rc::clone(&self.stacks));
                let said = program.resume(Ok(Ret::Unit));
                (Box::new(program), said)
            }
            Engine::Threads => {
                let mut program = OnThread::new(program.clone());
                let said = program.said();
                (Box::new(program), said)
            }
        }
    }
}

fn ended() -> Said {
    Said { effects: Vec::new(), next: Next::Ended }
}

struct OnCoroutine {
    coroutine: Option<Coroutine<Answer, Said, Said, DefaultStack>>,
    stacks: Rc<RefCell<Vec<DefaultStack>>>,
    spans: Spans,
}

impl OnCoroutine {
    fn new(program: Program, stacks: Rc<RefCell<Vec<DefaultStack>>>) -> Self {
        let stack = stacks.borrow_mut().pop().unwrap_or_else(|| {
            DefaultStack::new(STACK_BYTES).expect("memory for the stack of a process")
        });
        let coroutine =
            Coroutine::with_stack(stack, move |yielder, _begins| run(&*program.run, yielder));
        Self { coroutine: Some(coroutine), stacks, spans: Spans::default() }
    }
}

impl Suspend for Yielder<Answer, Said> {
    fn suspend(&self, said: Said) -> Answer {
        Yielder::suspend(self, said)
    }
}

impl Suspended for OnCoroutine {
    fn resume(&mut self, answer: Answer) -> Said {
        let Some(coroutine) = &mut self.coroutine else { return ended() };
        match self.spans.within(|| coroutine.resume(answer)) {
            CoroutineResult::Yield(said) => said,
            CoroutineResult::Return(said) => {
                let done = self.coroutine.take().map(Coroutine::into_stack);
                self.stacks.borrow_mut().extend(done);
                said
            }
        }
    }
}

impl Drop for OnCoroutine {
    /// Its code returns by itself, as that of a process that was killed.
    fn drop(&mut self) {
        while self.coroutine.is_some() {
            drop(self.resume(Err(Errno::Killed)));
        }
    }
}

struct OnThread {
    answers: Sender<Answer>,
    says: Receiver<Said>,
    thread: Option<JoinHandle<()>>,
}

/// The thread's ends.
struct Channel {
    says: Sender<Said>,
    answers: Receiver<Answer>,
}

impl Suspend for Channel {
    fn suspend(&self, said: Said) -> Answer {
        // Nobody listens any more: it is to return.
        let heard = self.says.send(said).ok().and_then(|()| self.answers.recv().ok());
        heard.unwrap_or(Err(Errno::Killed))
    }
}

impl OnThread {
    fn new(program: Program) -> Self {
        let (answers, hears) = channel();
        let (speaks, says) = channel();
        let play = move || {
            let baton = Channel { says: speaks, answers: hears };
            let said = run(&*program.run, &baton);
            let _ = baton.says.send(said);
        };
        #[expect(clippy::disallowed_methods, reason = "this is an engine, not a protocol")]
        let thread = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(play);
        Self { answers, says, thread: Some(thread.expect("a thread for a process")) }
    }

    fn said(&mut self) -> Said {
        self.says.recv().unwrap_or_else(|_| ended())
    }
}

impl Suspended for OnThread {
    fn resume(&mut self, answer: Answer) -> Said {
        match self.answers.send(answer) {
            Ok(()) => self.said(),
            Err(_) => ended(),
        }
    }
}

impl Drop for OnThread {
    fn drop(&mut self) {
        let _ = self.answers.send(Err(Errno::Killed));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
