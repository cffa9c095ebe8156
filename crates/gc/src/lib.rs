//! Collection: delete what is dead or obsolete, and nothing else.
//!
//! A collection of one unit is a *plan*, which is a pure function of a listing, a time and a policy, and a
//! loop that carries it out, looking again before every step:
//!
//! ```
//! use std::num::NonZeroUsize;
//! use std::time::Duration;
//!
//! use incrdir_gc::{Mode, Policy, collect};
//! use incrdir_naming::UnitName;
//! use incrdir_session::Unit;
//! use incrdir_vfs::CapVfs;
//! # use incrdir_session::{Audit, BeginOptions, Durability, SeedMode, Unrecorded, begin};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let tmp = tempfile::tempdir()?;
//! # let cache = tmp.path();
//! let (vfs, root) = CapVfs::open_ambient_dir(cache)?;
//! let name = UnitName::new("demo", 7)?;
//! # let options = BeginOptions {
//! #     seed: SeedMode::None,
//! #     recycle: None,
//! #     unrecorded: Unrecorded::Refuse,
//! #     or_cold: false,
//! #     durability: Durability::Detect,
//! #     digests: false,
//! #     audit: Audit::Off,
//! #     program: "demo".into(),
//! # };
//! # begin(&vfs, &root, &name, &options)?.leave();
//! let policy = Policy {
//!     keep: NonZeroUsize::MIN,
//!     grace: Duration::from_secs(10),
//!     patience: Duration::from_secs(24 * 60 * 60),
//!     quarantine: Duration::from_secs(7 * 24 * 60 * 60),
//! };
//!
//! let unit = Unit::open(&vfs, &root, &name)?.expect("somebody has begun a session here");
//! let report = collect(&unit, &policy, Mode::Collect)?;
//! assert_eq!(report.removed(), 1); // its writer is dead
//! # Ok(())
//! # }
//! ```
//!
//! # What it may touch
//!
//! - The newest published sessions are kept, and never locked exclusively: readers find them at any moment.
//! - Nothing is deleted on the word of a listing, nor without the session's lock.
//! - A free lock alone condemns no writer: the processes that its record names must have ended, or else, where that cannot
//!   be told, the lock file must be older than the caller's patience.
//! - A lock file with nothing in it is rustc's, which locks a moment after creating: it is not even opened
//!   before the grace is over.
//! - Before a dead session goes that had linked files of published ones, those are compared with their records:
//!   nobody asked its writer what it wrote.
//! - A name that does not parse is foreign, and is counted, not touched.
//!
//! [`sweep`] does this for all units of a root.

mod collect;
mod plan;
mod policy;
mod report;
mod step;
mod sweep;

pub use collect::{collect, collect_watched};
pub use plan::{Believed, Plan, plan};
pub use policy::{MIN_GRACE, Mode, Policy, USUAL_GRACE, is_past};
pub use report::{Fate, Outcome, Report, Why};
pub use sweep::{Sweep, Units, sweep, units};
