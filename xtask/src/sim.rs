//! `cargo xtask sim`: searches of the simulated world.

use crate::built::optimised;
use crate::shell::{Result, command, run};

pub(crate) fn sim(what: &[&str]) -> Result {
    let explore = optimised("incrdir-sim", "explore")?;
    run(command(&explore.to_string_lossy()).args(what))
}

/// Builds what searches, and whose calls are counted.
pub(crate) fn build() -> Result {
    optimised("incrdir-sim", "explore")?;
    optimised("incrdir-sim", "syscalls").map(drop)
}
