//! Cache sessions: begin from the last published state, change it privately, publish it all at once.
//!
//! Many processes may do so in the same unit at the same time, no process waits for another, and any of them may die between any
//! two calls. This crate is the protocol, generic over the file system ([`Vfs`](incrdir_vfs::Vfs)), so that it can be tested in
//! memory.
//!
//! # The life of a session
//!
//! | step | function | on disk afterwards |
//! | --- | --- | --- |
//! | begin | [`begin`] | `s-….lock` (locked), `s-…-working/`, seeded from the newest published session |
//! | write | [`Working::write`], [`Working::create`], [`Working::edit`], or any program in [`Working::path`] | files in `s-…-working/` |
//! | publish | [`publish`] | `s-…-{hash}/`, `s-….lock` (unlocked); never changed again |
//! | or abandon | [`abandon`], or dropping it | nothing |
//! | or fill the next one ahead of time | [`warm`] | `s-….lock` (unlocked), `s-…-working/`, until somebody begins |
//! | read | [`read`] | as before, one session locked shared |
//!
//! A process that dies on the way leaves its lock file and its working directory. Its lock is free, because the operating system
//! released it; a collection (`incrdir-gc`) sees that nobody owns them any more, and removes them.
//!
//! # Example
//!
//! ```
//! use incrdir_naming::{Hash, UnitName};
//! use incrdir_session::{BeginOptions, Reading, Unrecorded, begin, publish, read, unit_id};
//! use incrdir_vfs::{CapVfs, RelPath};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let tmp = tempfile::tempdir()?;
//! # let cache = tmp.path();
//! let (vfs, root) = CapVfs::open_ambient_dir(cache)?;
//! let unit = UnitName::new("demo", unit_id(["mytool 1.0"]))?;
//!
//! let session = begin(&vfs, &root, &unit, &BeginOptions::new("mytool 1.0"))?;
//! session.write(&RelPath::new("dir/state")?, b"42")?;
//! publish(session, Hash::new(0))?;
//!
//! let Reading::Found(snapshot) = read(&vfs, &root, &unit, Unrecorded::Refuse)? else {
//!     panic!("just published")
//! };
//! assert_eq!(snapshot.read(&RelPath::new("dir/state")?)?, b"42");
//! # Ok(())
//! # }
//! ```
//!
//! # Links reach into the source
//!
//! With [`SeedMode::Link`] a file of the new session *is* the file of the published one. That is safe for programs that replace
//! files, and only for them: whoever opens such a file below [`Working::path`] and writes changes what has been published.
//! [`Working::create`] and [`Working::write`] replace, [`Working::edit`] makes a file private first. For programs that were not
//! checked, the default ([`SeedMode::Auto`]) clones or copies.
//!
//! # When not to use it
//!
//! If you want a cache on a real file system, take the crate `incrdir`. If the states do not follow from each other, store each under
//! the hash of its inputs instead.
//!
//! # What it tells
//!
//! Each operation is a span of [`tracing`] whose fields say what came of it, and what does not go as usual is an event: a race that was
//! lost, a fallback, damage. `docs/observability.md` of the repository lists them. Whoever sets no subscriber pays nothing; the crate
//! prints nothing.
//!
//! # Where next
//!
//! The protocol is described step by step in `docs/protocol.md` of the repository; the modules that take the steps carry their
//! numbers. [`Begun`] tells how a session was begun, [`Durability`] what a power loss may do to it, [`inspect`] whether a
//! published one is what was published.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod drawback;
mod error;
mod names;
mod observe;
mod options;
mod record;
mod selection;
mod spelling;
mod stop;

mod catalog;
mod unit;
mod unit_id;
mod warmed;
mod working;

mod files;

mod tree;
pub mod walk;

mod trust;

mod locked;

mod fill;

mod abandon;
mod begin;
mod clear;
mod pin;
mod publish;
mod read;
mod reject;
mod warm;

mod stranger;

pub use abandon::{Abandoned, abandon};
pub use begin::begin;
pub use catalog::{Catalog, Traces};
pub use clear::{Cleared, clear};
pub use drawback::Drawback;
pub use error::{Distrust, Error, Mismatch, Quarantine, Rejected, Rejection, SeedError};
pub use fill::seeded::Seeded;
pub use fill::waiting::waits_for;
pub use incrdir_record::{Durability, Pin, SeedMode};
pub use locked::adopt::{Adopted, adopt};
pub use locked::condemn::{Condemned, condemn, condemn_quarantined};
pub use locked::liveness::{Liveness, liveness};
pub use locked::used::{is_used_since, last_use};
pub use names::vfs_name;
pub use options::{Audit, BeginOptions, Retention, Scrutiny, Unrecorded};
pub use pin::{Pinned, Pinning, pin, read_pin, unpin};
pub use publish::{PublishError, Published, publish, publish_if_changed};
pub use read::{Reading, Snapshot, read, read_session};
pub use record::{read_record, read_whole_record, read_with_list};
pub use reject::{SourceName, reject};
pub use selection::{PatternError, Selection};
pub use stranger::{Stranger, stranger, stranger_in_file};
pub use tree::remove::{Removed, remove_tree};
pub use tree::size::{Census, Size, measure};
pub use tree::visit::{Visited, visit};
pub use trust::accept::{Accepted, accept_moved};
pub use trust::audit::{Audited, audit, has_linked};
pub use trust::quarantine::{
    Damaged, Inspection, Sound, inspect, inspect_held, quarantine, quarantine_for,
};
pub use unit::Unit;
pub use unit_id::unit_id;
pub use warm::warm;
pub use warmed::{Unwarmed, Warmed};
pub use working::{Begun, Working};
