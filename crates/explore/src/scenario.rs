//! What is to be explored, and the oracle that watches.

use std::any::Any;
use std::hash::Hash;
use std::sync::Arc;

use crate::turn::SimVfs;
use crate::verdict::Verdict;
use incrdir_vfs::internals::{Digest, SUPERUSER};
use incrdir_vfs::{Look, MemDisk, Name, OpKind, Owner};

/// What is to be explored.
pub trait Scenario: Sync {
    /// The disk as the programs find it. Made once; every run begins with it.
    fn disk(&self) -> MemDisk;

    /// The programs that run on it, and the oracle that watches.
    fn setup(&self) -> Setup;
}

/// The programs of a scenario, and the oracle that watches them.
#[derive(Debug)]
#[non_exhaustive]
pub struct Setup {
    /// One for each process.
    pub programs: Vec<Program>,
    /// What runs when all of those have ended or died, or the power has gone, one after the other, undisturbed.
    pub recovery: Vec<Program>,
    /// The oracle.
    pub oracle: Box<dyn Oracle>,
}

impl Setup {
    /// These programs, watched, and nothing afterwards.
    pub fn new(programs: Vec<Program>, oracle: impl Oracle + 'static) -> Self {
        Self { programs, recovery: Vec::new(), oracle: Box::new(oracle) }
    }

    /// With these programs when all others have ended or died, or the power has gone: one after the other, undisturbed.
    #[must_use]
    pub fn recovery(self, recovery: Vec<Program>) -> Self {
        Self { recovery, ..self }
    }
}

/// What a process does with the file system that it is given.
///
/// It must be deterministic: the same answers to its calls, the same calls. All that it tells others, the oracle
/// included, goes through that file system ([`SimVfs`] has `report`, `object` and `mark`). A killed one goes on
/// with every call failing, so its loops must be bounded.
#[derive(Clone)]
pub struct Program {
    pub(crate) host: u32,
    pub(crate) owner: Owner,
    pub(crate) run: Arc<dyn Fn(&SimVfs<'_>) + Send + Sync>,
}

impl Program {
    /// A program.
    pub fn new(run: impl Fn(&SimVfs<'_>) + Send + Sync + 'static) -> Self {
        Self { host: 0, owner: SUPERUSER, run: Arc::new(run) }
    }

    /// The same on another host that has mounted the disk.
    #[must_use]
    pub fn on_host(self, host: u32) -> Self {
        Self { host, ..self }
    }

    /// The same, run by this user.
    #[must_use]
    pub fn run_by(self, owner: Owner) -> Self {
        Self { owner, ..self }
    }
}

impl std::fmt::Debug for Program {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "a program on host {}", self.host)
    }
}

/// Says whether what is there may be so. That a program panics is objected to without asking (`NO-PANIC`).
///
/// An oracle is a value: the search goes back to earlier states, and takes the oracle's copy of then. So it must
/// be `Clone`; and it must be `Hash`, because states in which it remembers different things are different.
pub trait Oracle: Fork {
    /// Looks after every call that changed something or opened a file, and after every death.
    ///
    /// # Errors
    ///
    /// What must not be.
    fn step(&mut self, look: Look<'_>, happened: &Happened<'_>) -> Verdict;

    /// Hears what a program reported after its last call.
    ///
    /// # Errors
    ///
    /// What must not be.
    fn hear(&mut self, _look: Look<'_>, _process: usize, _event: &dyn Any) -> Verdict {
        Ok(())
    }

    /// Looks when all programs have ended, or died: this many did.
    ///
    /// # Errors
    ///
    /// What must not be.
    fn end(&mut self, _look: Look<'_>, _deaths: u32) -> Verdict {
        Ok(())
    }

    /// Looks when the recovery has run.
    ///
    /// # Errors
    ///
    /// What must not be.
    fn recovered(&mut self, _look: Look<'_>) -> Verdict {
        Ok(())
    }
}

/// That an oracle is a value. Implemented for everything that is `Clone` and `Hash`.
pub trait Fork: Send + Sync {
    #[doc(hidden)]
    fn fork(&self) -> Box<dyn Oracle>;

    /// What it remembers, as one number.
    #[doc(hidden)]
    fn memory(&self) -> u128;
}

impl<T: Oracle + Clone + Hash + Send + Sync + 'static> Fork for T {
    fn fork(&self) -> Box<dyn Oracle> {
        Box::new(self.clone())
    }

    fn memory(&self) -> u128 {
        Digest::of(self)
    }
}

impl std::fmt::Debug for dyn Oracle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an oracle")
    }
}

// Exhaustive: an oracle that has not thought of something new should not compile.
/// What an oracle looks after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happened<'a> {
    /// Nothing yet.
    Start,
    /// A process made a call.
    Call {
        /// Which process, from 0.
        process: usize,
        /// Which call.
        kind: OpKind,
        /// The name that it was about; of two, the one that is made.
        name: Option<&'a Name>,
    },
    /// A process died.
    Death {
        /// Which, from 0.
        process: usize,
    },
    /// A lock was released that had outlived its process.
    LateRelease,
    /// The power went, everybody died, and the machine was started again: this is what is left on the disk.
    PowerLoss,
}
