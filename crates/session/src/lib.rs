//! Cache sessions: begin from the last published state, change it privately, publish it all at once.
//!
//! Many processes may do so in the same unit at the same time, nobody waits for anybody, and any of them
//! may die between any two calls.
//!
//! # The life of a session
//!
//! | step | function | on disk afterwards |
//! | --- | --- | --- |
//! | begin | [`begin`] | `s-….lock` (locked), `s-…-working/`, seeded from the newest published session |
//! | write | [`create`], [`detach`], or any program in [`Working::path`] | files in `s-…-working/` |
//! | publish | [`publish`] | `s-…-{hash}/`, `s-….lock` (unlocked); never changed again |
//! | or abandon | [`abandon`] | nothing |
//! | read | [`read`] | as before, one session locked shared |
//!
//! A process that dies on the way leaves its lock file and its working directory. Both are dead at first
//! sight, because the operating system released the lock: `incrdir-gc` removes them.
//!
//! The steps carry the numbers of ARCHITECTURE.md (`B1`, `P4`, …) in the modules that take them.
//!
//! # Example
//!
//! ```
//! use std::num::NonZeroUsize;
//!
//! use incrdir_naming::{Hash, UnitName};
//! use incrdir_session::{
//!     Audit, BeginOptions, Durability, Outcome, SeedMode, Unrecorded, begin, create, publish, read,
//! };
//! use incrdir_vfs::{CapVfs, Name, Vfs};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let tmp = tempfile::tempdir()?;
//! # let cache = tmp.path();
//! let (vfs, root) = CapVfs::open_ambient_dir(cache)?;
//! let unit = UnitName::new("demo", 7)?;
//! let options = BeginOptions {
//!     seed: SeedMode::Link,
//!     recycle: NonZeroUsize::new(1),
//!     unrecorded: Unrecorded::Refuse,
//!     or_cold: false,
//!     durability: Durability::Detect,
//!     digests: false,
//!     audit: Audit::Off,
//!     program: "demo 1.0".into(),
//! };
//!
//! let session = begin(&vfs, &root, &unit, &options)?;
//! let file = create(&vfs, session.dir(), &Name::new("state")?)?;
//! vfs.write_at(&file, 0, b"42")?;
//! publish(session, Hash::new(0))?;
//!
//! let Outcome::Found(snapshot) = read(&vfs, &root, &unit, Unrecorded::Refuse)? else { panic!("just published") };
//! assert_eq!(vfs.stat(snapshot.dir(), &Name::new("state")?)?.len, 2);
//! # Ok(())
//! # }
//! ```
//!
//! # Links reach into the source
//!
//! With [`SeedMode::Link`] a file of the new session *is* the file of the published one. That is safe for
//! programs that replace files, and only for them: whoever opens such a file and writes changes what has
//! been published. [`create`] replaces, [`detach`] makes a file private first; for programs that nobody has
//! checked use [`SeedMode::Auto`].

mod error;
mod names;
mod options;
mod record;
mod stop;

mod catalog;
mod unit;
mod unit_id;
mod working;

mod files;

mod tree;

mod trust;

mod locked;

mod fill;

mod abandon;
mod begin;
mod clear;
mod publish;
mod read;

mod stranger;

pub use abandon::{Abandoned, abandon};
pub use begin::begin;
pub use catalog::{Catalog, Traces};
pub use clear::{Cleared, clear};
pub use error::{Distrust, Error, Mismatch, Quarantine, Rejected, Rejection, SeedError};
pub use fill::seed::Seeded;
pub use incrdir_record::{Durability, SeedMode};
pub use locked::adopt::{Adopted, adopt};
pub use locked::condemn::{Condemned, condemn, condemn_quarantined};
pub use locked::liveness::{Liveness, liveness};
pub use names::vfs_name;
pub use options::{Audit, BeginOptions, Retention, Scrutiny, Unrecorded};
pub use publish::{PublishError, Published, publish, publish_if_changed};
pub use read::{Reading, Snapshot, read};
pub use record::{read_record, read_whole_record};
pub use stranger::{Stranger, stranger};
pub use tree::remove::{Removed, remove_tree};
pub use tree::size::{Census, Size, measure};
pub use trust::accept::{Accepted, accept_moved};
pub use trust::audit::{Audited, audit, has_linked};
pub use trust::quarantine::{Damaged, Inspection, Sound, inspect, quarantine};
pub use unit::Unit;
pub use unit_id::unit_id;
pub use working::{Begun, Working};
