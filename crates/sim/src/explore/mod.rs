//! Our protocol in the simulated world: what its processes do, and who watches them.
//!
//! A [`Play`] says which processes run on which unit; [`plays`] has all that are run, with their bounds.
//! `cargo xtask sim` runs them.

mod ghost;
mod hunts;
mod parts;
mod plays;
pub(crate) mod seed;
mod watch;

pub use hunts::{Hunt, hunts};
pub use parts::Part;
pub use plays::{Act, Play, acts, plays};
