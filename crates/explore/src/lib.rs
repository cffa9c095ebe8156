//! Tests a protocol of files: your code runs under every interleaving of its calls, every crash, every failing call and every
//! loss of power, and an oracle says what must not be.
//!
//! You have a job queue in a directory, a log, a lock, a cache, a file that is replaced by rename. It works, until two processes
//! meet at the wrong call, one of them dies there, or the machine loses power. This crate finds such runs, makes them as short
//! as they get, and tells them call by call.
//!
//! # Five minutes
//!
//! Write the protocol against [`Vfs`](incrdir_vfs::Vfs), a table of system calls, instead of `std::fs`. A [`Scenario`] is a
//! disk and a few programs; each of them is suspended before every call, and the search decides whose turn it is. After every
//! call an [`Oracle`] looks at the disk. Here two processes each take the next free number:
//!
//! ```
//! use std::any::Any;
//!
//! use incrdir_explore::{
//!     Broken, Explore, Happened, Oracle, Program, Report, Scenario, Setup, SimVfs, Verdict,
//! };
//! use incrdir_vfs::{Look, MemDisk, Name, Profile, Vfs};
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
//! /// What a program tells the oracle.
//! struct Took(usize);
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
//! struct Numbers;
//!
//! impl Scenario for Numbers {
//!     fn disk(&self) -> MemDisk {
//!         MemDisk::new(Profile::posix())
//!     }
//!     fn setup(&self) -> Setup {
//!         let program = || Program::new(|vfs| drop(take_a_number(vfs)));
//!         Setup::new(vec![program(), program()], NoneTwice::default())
//!     }
//! }
//!
//! let found = Explore::new(&Numbers).run().violation.expect("a race");
//! assert_eq!(found.broken.oracle, "NONE-TWICE");
//! ```
//!
//! In a test, write [`check`]`(&Numbers)`: it panics with the told run. The guide `docs/testing-your-own-protocol.md` of the
//! repository goes from `cargo new` to a found and mended bug, also for a protocol of one process that only fears crashes and
//! losses of power ([`Explore::power_losses`]).
//!
//! # When not to use it
//!
//! For data that is not in files: the search only sees what goes through [`Vfs`](incrdir_vfs::Vfs). For threads that share
//! memory, loom and shuttle are made. For a protocol that you cannot write against a trait, a tool that replaces the system
//! calls of a process may be enough.
//!
//! # Every interleaving?
//!
//! The search goes from state to state until there is no other. Two states are the same if the disk, what is open on it, the
//! clock, and everything that the calls of each process have returned so far are the same: what a process will do is a function
//! of that. What comes after a state is explored once, so scenarios are completed that have more interleavings than could ever
//! be run. The technique is that of stateful model checkers, with a hash of what a process has observed in place of its own
//! state (Godefroid, *Model Checking for Programming Languages using VeriSoft*, 1997, has the search). Programs must be
//! deterministic: the same answers to their calls, the same calls. If one is not, the search says so and stops.
//!
//! # Tapes
//!
//! All decisions of a run come from one tape of numbers, where 0 is always the plain answer: go on with the same process, kill
//! nobody, tear nothing. The tape of a failure ([`Violation::tape`]) is for looking at it: [`Explore::replay`],
//! [`Explore::tell`], [`Explore::shrink`]. It only means what it meant as long as the code makes the calls that it made;
//! otherwise it is refused. The test that stays is the search.
//!
//! # Contents
//!
//! | file | what it holds | who should read it |
//! | --- | --- | --- |
//! | `scenario` | [`Scenario`], [`Setup`], [`Program`], [`Oracle`] | everybody |
//! | `explore` | [`Explore`]: all options, all searches and runs; [`check`] | everybody |
//! | `bounds` | [`Bounds`]: how much goes wrong | everybody |
//! | `turn`, `engine`, `programs`, `spans` | how programs are suspended, and remembered | who debugs a program that is not deterministic |
//! | `call`, `state` | one step of the world, and what makes two states one | who adds a way in which calls go wrong |
//! | `losses`, `recovery` | what a loss of power leaves, and a recovery that is cut short | who wants it cut short otherwise |
//! | `search`, `worker` | the search through all states | who wants it faster |
//! | `tape`, `decisions`, `replay`, `shrink`, `log` | single runs: recorded, replayed, made simple, told | who wants them told otherwise |

#![cfg_attr(docsrs, feature(doc_cfg))]

mod scenario;
mod verdict;

mod engine;
mod programs;
mod spans;
mod turn;

mod bounds;
mod call;
mod decisions;
mod log;
mod losses;
mod recovery;
mod state;
mod tape;

mod search;
mod shared;
mod summary;
mod worker;

mod replay;
mod shrink;

mod explore;

pub use bounds::Bounds;
pub use decisions::TapeError;
pub use engine::Engine;
pub use explore::{Explore, check};
pub use incrdir_vfs::{Data, Journaled, Loss, Names, Persistence};
pub use log::ToldStep;
pub use replay::{ReplayError, Replayed};
pub use scenario::{Fork, Happened, Oracle, Program, Scenario, Setup};
pub use summary::{Progress, Summary, Violation};
pub use turn::{Report, SimVfs, Turn};
pub use verdict::{Broken, Verdict};
