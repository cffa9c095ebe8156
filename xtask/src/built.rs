//! Where the workspace's own programs are.

use std::path::PathBuf;

use crate::shell::{Result, cargo, run, top};

/// Where `cargo xtask ci` has built all programs, for its steps: nothing is built again for them.
pub(crate) const BUILT: &str = "XTASK_BUILT";

/// Where cargo builds.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| top().join("target"), Into::into)
}

/// A program of a package: optimised, unless it is there already. What it does is the same.
pub(crate) fn program(package: &str, name: &str) -> Result<PathBuf> {
    match std::env::var_os(BUILT) {
        Some(dir) => Ok(PathBuf::from(dir).join(name)),
        None => optimised(package, name),
    }
}

/// One that computes.
pub(crate) fn optimised(package: &str, name: &str) -> Result<PathBuf> {
    run(cargo().args(["build", "--quiet", "--release", "-p", package, "--bin", name]))?;
    Ok(target().join("release").join(name))
}
