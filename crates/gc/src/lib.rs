//! Collection of cache sessions: deletes what is dead or obsolete, and nothing else.
//!
//! A collection of one unit is a *plan*, which is a pure function of a listing, a time and a policy, and a
//! loop that carries it out, looking again before every step:
//!
//! ```
//! use incrdir_gc::{Mode, Policy, collect};
//! use incrdir_naming::UnitName;
//! use incrdir_session::Unit;
//! use incrdir_vfs::CapVfs;
//! # use incrdir_session::{BeginOptions, begin};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let tmp = tempfile::tempdir()?;
//! # let cache = tmp.path();
//! let (vfs, root) = CapVfs::open_ambient_dir(cache)?;
//! let name = UnitName::new("demo", 7)?;
//! # begin(&vfs, &root, &name, &BeginOptions::new("demo"))?.leave();
//! let unit = Unit::open(&vfs, &root, &name)?.expect("somebody has begun a session here");
//! let collected = collect(&unit, &Policy::default(), Mode::Collect)?;
//! assert_eq!(collected.removed(), 1); // its writer is dead
//! # Ok(())
//! # }
//! ```
//!
//! # What a collection may touch
//!
//! - The newest published sessions are kept, and never locked exclusively: readers find them at any moment.
//! - Nothing is deleted because of a listing alone, or without the session's lock.
//! - A free lock alone does not prove that a writer is dead: the processes that its record names must have ended, or, where
//!   that cannot be known, the lock file must be older than the caller's patience.
//! - An empty lock file is rustc's, which locks it a moment after creating it: it is not opened before the grace is over.
//! - Before a dead session is deleted that had linked files of published ones, those are compared with their records,
//!   because its writer may have modified them.
//! - A name that does not parse is foreign: it is counted and not touched.
//!
//! [`sweep`] does this for all units of a root, [`operate`] for any number of roots, with limits of age, size and free space,
//! which take also the newest session of a unit that has not been used for longest.
//!
//! # When not to use it
//!
//! A program that uses the crate `incrdir` need not collect: publishing does. To delete by age or size what no protocol keeps
//! apart, such as build artefacts, use a tool that is made for them.
//!
//! # What it tells
//!
//! Each collection is a span of [`tracing`] whose fields say what came of it, and each decision about an entry an event at the level
//! `debug`. Whoever sets no subscriber pays nothing; the crate prints nothing.
//!
//! # Where next
//!
//! [`Policy`] says what is kept, [`plan()`] what would be done about a listing, [`carry_out`] does it, [`Collected`] says what was done. The steps are in
//! `docs/protocol.md` of the repository; `examples/word_index_by_layers.rs` uses this crate in a whole program.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod collect;
mod collected;
mod cut;
mod decide;
mod empty;
mod evict;
mod limits;
mod observe;
mod operate;
mod plan;
mod policy;
mod sweep;

pub use collect::{carry_out, collect, collect_watched};
pub use collected::{Collected, Disposal, Fate, Why};
pub use empty::{CARGO_LOCKS, EmptyUnits};
pub use limits::{FreeSpace, Limits};
pub use operate::{Operated, Place, Watch, operate};
pub use plan::{Believed, Plan, plan};
pub use policy::{MIN_GRACE, Mode, Policy, USUAL_GRACE, is_past};
pub use sweep::{Sweep, Units, sweep, units};
