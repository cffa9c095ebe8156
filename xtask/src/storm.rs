//! `cargo xtask storm`: the long storm of killed processes.

use crate::shell::{Result, cargo, run};

const TIME_LIMIT_SECONDS: &str = "3600";

pub(crate) fn storm(sessions: &str, dir: Option<&str>) -> Result {
    let tmp = std::env::temp_dir();
    let tmp = tmp.to_string_lossy();
    let dir = dir.unwrap_or(&tmp);
    let build = ["run", "--release", "--quiet", "-p", "incrdir-sim", "--bin", "storm", "--"];
    run(cargo().args(build).args(["drive", dir, sessions, TIME_LIMIT_SECONDS]))
}
