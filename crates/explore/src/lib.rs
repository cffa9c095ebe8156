//! The simulated world: your protocol under every interleaving and every crash.
//!
//! A [`Scenario`] is a disk and a few programs, each a process that makes its calls through [`SimVfs`]. The
//! programs are ordinary code, written against [`Vfs`](incrdir_vfs::Vfs); each of them is suspended before every
//! call, and [`explore`] decides whose turn it is, who is killed there, and what a listing shows that was
//! taken while the directory changed. After every call an [`Oracle`] looks at the disk and says whether it
//! may be so.
//!
//! All decisions come from one tape of numbers, where 0 is always the dull answer: go on with the same
//! process, kill nobody, tear nothing. So the tape of a failure is its name ([`Violation::tape`]), and
//! [`replay`] runs it again.
//!
//! # Every interleaving?
//!
//! [`explore`] goes from state to state until there is no other. Two states of the world are the same if the
//! disk, what is open on it, the clock, and everything that the calls of each process have returned so far are
//! the same: what a process will do is a function of that. What comes after a state is explored once. That makes
//! scenarios complete that have more interleavings than could ever be run; the technique is that of stateful
//! model checkers, with a hash of what a process has observed in place of its own state (Godefroid, *Model
//! Checking for Programming Languages using VeriSoft*, 1997, has the search).
//!
//! Native code cannot be set back to an earlier state, and running it again for every state would be most of the
//! work. But what it does next is a function of what it has observed, so it is asked once for each such history,
//! and remembered. Programs must be deterministic: the same answers to their calls, the same calls.
//!
//! # Example
//!
//! Two processes each take the next free number, by looking first and making it then. They must never both
//! get the same one; a few interleavings on, they do.
//!
//! ```
//! use std::any::Any;
//!
//! use incrdir_explore::{
//!     Bounds, Broken, Cast, Happened, Oracle, Program, Scenario, SimVfs, Verdict, explore,
//! };
//! use incrdir_vfs::{Look, MemDisk, Name, Profile, Vfs};
//!
//! struct Took(usize);
//!
//! fn take_a_number(vfs: &SimVfs<'_>) -> std::io::Result<()> {
//!     let root = vfs.root();
//!     let number = vfs.list(&root)?.len();
//!     let name = Name::new(number.to_string()).expect("a file name");
//!     if vfs.stat(&root, &name).is_err() {
//!         let _ = vfs.create_file(&root, &name); // should have asked whether it made it
//!         vfs.report(Took(number));
//!     }
//!     Ok(())
//! }
//!
//! struct Numbers;
//!
//! #[derive(Clone, Hash, Default)]
//! struct NoneTwice(Vec<usize>);
//!
//! impl Oracle for NoneTwice {
//!     fn step(&mut self, _look: Look<'_>, _happened: &Happened<'_>) -> Verdict {
//!         Ok(())
//!     }
//!     fn hear(&mut self, _look: Look<'_>, _process: usize, event: &dyn Any) -> Verdict {
//!         let Some(Took(number)) = event.downcast_ref() else { return Ok(()) };
//!         if self.0.contains(number) {
//!             return Err(Broken::new("NONE-TWICE", format!("both took {number}")));
//!         }
//!         self.0.push(*number);
//!         Ok(())
//!     }
//! }
//!
//! impl Scenario for Numbers {
//!     fn disk(&self) -> MemDisk {
//!         MemDisk::new(Profile::posix())
//!     }
//!     fn cast(&self) -> Cast {
//!         let program = || Program::new(|vfs| drop(take_a_number(vfs)));
//!         Cast::new(vec![program(), program()], NoneTwice::default())
//!     }
//! }
//!
//! let found = explore(&Numbers, &Bounds::default()).violation.expect("a race");
//! assert_eq!(found.broken.oracle, "NONE-TWICE");
//! ```

mod scenario;

mod engine;
mod processes;
mod turn;

mod bounds;
mod call;
mod state;
mod tape;

mod replay;
mod search;
mod shrink;

pub use bounds::Bounds;
pub use engine::Engine;
pub use incrdir_vfs::{Data, Journaled, Loss, Names, Persistence};
pub use replay::{Replayed, replay, replay_on, run_on, shrink, tell, walk, walk_by_priority};
pub use scenario::{Broken, Cast, Fork, Happened, Oracle, Program, Scenario, Verdict};
pub use search::{
    Progress, Summary, Violation, deepen, explore, explore_losses, explore_unmerged, explore_with,
};
pub use state::Told;
pub use tape::TapeError;
pub use turn::{Report, SimVfs, Turn};
