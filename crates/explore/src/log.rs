//! What is written down of a run.

use std::collections::BTreeMap;
use std::fmt;

use incrdir_vfs::internals::{Answer, Op, ProcId, Ret, World};
use incrdir_vfs::{Fault, OpKind};

/// What is written down on the way.
#[derive(Debug, Default)]
pub(crate) struct Log {
    /// Calls that were made.
    pub(crate) calls: u64,
    /// Everything that happened, as one number.
    pub(crate) trace: u128,
    pub(crate) faults: BTreeMap<(OpKind, Fault), u64>,
    pub(crate) marks: BTreeMap<&'static str, u64>,
    /// Each step, if that is to be told.
    pub(crate) steps: Option<Vec<ToldStep>>,
}

/// One step of a run, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ToldStep {
    /// Which process took it, from 0; those of the recovery come after the programs. `None`: it happened to the machine.
    pub process: Option<usize>,
    /// What was done: the call, with the paths and bytes that it is about.
    pub call: String,
    /// What came of it.
    pub outcome: String,
}

impl fmt::Display for ToldStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { process, call, outcome } = self;
        match process {
            Some(process) => write!(f, "process {process}: {call}: {outcome}"),
            None => write!(f, "{call}: {outcome}"),
        }
    }
}

impl Log {
    /// One that tells each step.
    pub(crate) fn telling() -> Self {
        Self { steps: Some(Vec::new()), ..Self::default() }
    }

    /// A call that is about to be made by `proc`, which others know as `process`.
    pub(crate) fn tell(&mut self, process: usize, world: &World, proc: ProcId, op: &Op) {
        if let Some(steps) = &mut self.steps {
            let call = world.describe_call(proc, op);
            steps.push(ToldStep { process: Some(process), call, outcome: "dies".into() });
        }
    }

    /// What came of the last call that was told.
    pub(crate) fn told(&mut self, answer: &Answer) {
        self.say(|| Ret::describe(answer));
    }

    /// The same in words.
    pub(crate) fn say(&mut self, outcome: impl FnOnce() -> String) {
        if let Some(last) = self.steps.as_mut().and_then(|steps| steps.last_mut()) {
            last.outcome = outcome();
        }
    }

    /// A process died between two calls.
    pub(crate) fn tell_death(&mut self, process: usize) {
        if let Some(steps) = &mut self.steps {
            steps.push(ToldStep {
                process: Some(process),
                call: "is killed".into(),
                outcome: "dies".into(),
            });
        }
    }

    /// What a power loss took.
    pub(crate) fn tell_loss(&mut self, was: &World, image: &World, model: &str) {
        if let Some(steps) = &mut self.steps {
            let lost = was.describe_loss(image);
            let outcome = if lost.is_empty() { "nothing is lost".into() } else { lost.join("; ") };
            steps.push(ToldStep {
                process: None,
                call: format!("the power goes ({model})"),
                outcome,
            });
        }
    }
}
