//! Roots with units of `incrdir run`: one linked, one copied, and one that gets a new unit for each new branch.

use std::path::{Path, PathBuf};
use std::process::Output;

use super::site::Site;
use crate::shell::Result;

/// Units of each root at first.
const UNITS: usize = 20;
/// Leaves what was there, and adds a file that takes its blocks without being written, and a small one that is written.
const ADD: &str = "cd \"$INCRDIR_SESSION\" && fallocate -l $0 blob-$1 && seq 1 2000 >numbers-$1";

pub(super) struct Roots {
    pub(super) links: PathBuf,
    pub(super) copies: PathBuf,
    pub(super) branches: PathBuf,
}

impl Roots {
    pub(super) fn all(&self) -> [&Path; 3] {
        [&self.links, &self.copies, &self.branches]
    }
}

/// Each unit gets two sessions.
pub(super) fn make(site: &Site) -> Result<Roots> {
    let parent = site.caches().join("roots");
    std::fs::create_dir(&parent)?;
    let [links, copies, branches] = ["links", "copies", "branches"].map(|name| parent.join(name));
    let roots = Roots { links, copies, branches };
    for unit in 0..UNITS {
        for (root, seed) in roots.all().into_iter().zip(["link", "copy", "auto"]) {
            for session in 0..2 {
                let bytes = site.scale.blob_bytes();
                let ran = add(site, root, &format!("unit-{unit}"), seed, (session, bytes))?;
                if let Some(wrong) = wrong(&ran) {
                    return Err(wrong.into());
                }
            }
        }
    }
    Ok(roots)
}

/// A run that adds something to what its unit has.
pub(super) fn add(
    site: &Site,
    root: &Path,
    unit: &str,
    seed: &str,
    (number, bytes): (usize, u64),
) -> Result<Output> {
    let mut run = site.incrdir();
    run.args(["run", "--quiet", "--root"]).arg(root).args(["--unit", unit, "--seed", seed]);
    run.args(["--", "sh", "-c", ADD]);
    run.args([bytes.to_string(), number.to_string()]);
    Ok(run.output()?)
}

/// What a run says that is to say nothing, or how it failed.
pub(super) fn wrong(ran: &Output) -> Option<String> {
    let said = String::from_utf8_lossy(&ran.stderr).trim().to_string();
    match (ran.status.success(), said.is_empty()) {
        (true, true) => None,
        (true, false) => Some(format!("a run printed: {said}")),
        (false, _) => Some(format!("a run failed ({}): {said}", ran.status)),
    }
}
