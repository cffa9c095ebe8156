//! Real processes, really killed.
//!
//! Workers run sessions on one unit, collectors collect it, readers read it, and a driver kills any of them
//! with SIGKILL at random moments and starts another in its place. What is in a session describes itself
//! (`content.rs`), so that everybody can check what they see; what they saw goes, a short line at a time,
//! into a log that outlives them (`log.rs`).

pub mod content;
mod drive;
mod log;
mod roles;

pub use drive::{Outcome, Plan, drive};
pub use roles::{collector, reader, worker};
