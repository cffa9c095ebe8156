//! Real processes, really killed.
//!
//! Workers run sessions on one unit, collectors collect it, readers read it, and a driver kills any of them
//! with SIGKILL at random moments and starts another in its place. In a storm with operators there are many units, evictors
//! take from those in which nobody works all that they have, and pinners look whether what they have pinned stays (`operators.rs`). What is in a session describes itself
//! (`content.rs`), so that everybody can check what they see; what they saw goes, a short line at a time,
//! into a log that outlives them (`log.rs`).

pub mod content;
mod drive;
mod log;
mod operators;
mod roles;

pub use drive::{Outcome, Plan, drive};
pub use operators::{evictor, pinner, unit_pinner};
pub use roles::{collector, reader, worker};
