//! The simulated world: your protocol under every interleaving and every crash.
//!
//! A [`Scenario`] is a disk and a few programs, each a process that makes its calls through [`SimVfs`]. The
//! programs are ordinary code, written against [`Vfs`](crate::Vfs); each of them is suspended before every
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
//! [`explore`] runs the scenario again and again, each time with the next tape, until all have been run. Two
//! states of the world are the same if the disk, what is open on it, the clock, and everything that the
//! calls of each process have returned so far are the same: what a process will do is a function of that.
//! What comes after a state is explored once. That makes scenarios complete that have more interleavings
//! than could ever be run; the technique is that of stateful model checkers, with a hash of the observation
//! history in place of the program's own state (Godefroid, *Model Checking for Programming Languages using
//! VeriSoft*, 1997, has the search; hashing what a process has observed is what lets it work on native code).
//!
//! Programs must be deterministic: the same answers to their calls, the same calls.
//!
//! # Example
//!
//! Two processes each take the next free number, by looking first and making it then. They must never both
//! get the same one; the second interleaving that is tried shows that they do.
//!
//! ```
//! use std::cell::RefCell;
//! use std::rc::Rc;
//!
//! use incrdir_vfs::sim::{Bounds, Broken, Cast, Oracle, Program, Scenario, SimVfs, explore};
//! use incrdir_vfs::{MemDisk, Name, Profile, Vfs};
//!
//! type Taken = Rc<RefCell<Vec<usize>>>;
//!
//! fn take_a_number(vfs: &SimVfs<'_>, taken: &Taken) -> std::io::Result<()> {
//!     let root = vfs.root();
//!     let number = vfs.list(&root)?.len();
//!     let name = Name::new(number.to_string()).expect("a file name");
//!     if vfs.stat(&root, &name).is_err() {
//!         let _ = vfs.create_file(&root, &name); // should have asked whether it made it
//!         taken.borrow_mut().push(number);
//!     }
//!     Ok(())
//! }
//!
//! struct Numbers;
//! struct NoneTwice(Taken);
//!
//! impl Oracle for NoneTwice {
//!     fn step(&mut self, _disk: &MemDisk) -> Result<(), Broken> {
//!         match self.0.borrow()[..] {
//!             [a, b] if a == b => Err(Broken::new("NONE-TWICE", format!("both took {a}"))),
//!             _ => Ok(()),
//!         }
//!     }
//! }
//!
//! impl Scenario for Numbers {
//!     fn disk(&self) -> MemDisk {
//!         MemDisk::new(Profile::posix())
//!     }
//!     fn start(&self, _disk: &MemDisk) -> Cast {
//!         let taken = Taken::default();
//!         let program = || -> Program {
//!             let taken = Rc::clone(&taken);
//!             Box::new(move |vfs| {
//!                 let _ = take_a_number(vfs, &taken);
//!             })
//!         };
//!         Cast { programs: vec![program(), program()], oracle: Box::new(NoneTwice(taken)) }
//!     }
//! }
//!
//! let found = explore(&Numbers, &Bounds::default()).violation.expect("a race");
//! assert_eq!(found.broken.oracle, "NONE-TWICE");
//! ```

mod budget;
mod execution;
mod search;
mod shrink;
mod tape;
mod turn;

pub use crate::mem::{Data, Journaled, Names, Persistence};
pub use execution::{Broken, Cast, Oracle, Program, Scenario};
pub use search::{
    Bounds, Replayed, Summary, Violation, deepen, explore, replay, shrink, tell, walk,
    walk_by_priority,
};
pub use tape::TapeError;
pub use turn::{SimVfs, Told, Turn};
