//! Our protocol in the simulated world: what its processes do, and who watches them.
//!
//! A [`Play`] says which processes run on which unit; [`plays`] has all that there are, [`acts`] how far each is
//! explored. `cargo xtask sim` runs them.

mod ghost;
mod sight;
mod stage;
mod watch;

mod parts;
mod plays;

mod acts;
mod hunts;
mod run;
pub(crate) mod seed;

pub use acts::{Act, acts};
pub use hunts::{Hunt, hunts};
pub use parts::Part;
pub use plays::{Play, plays, power_plays};
pub use run::Run;
