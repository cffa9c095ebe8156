//! `cargo xtask sim`: searches of the simulated world.

use crate::shell::{Result, cargo, run};

pub(crate) fn sim(what: &[&str]) -> Result {
    let explore = ["run", "--release", "--quiet", "-p", "incrdir-sim", "--bin", "explore", "--"];
    run(cargo().args(explore).args(what))
}
