//! The packages of the workspace, as cargo knows them.

use std::path::PathBuf;

use serde_json::Value;

use crate::shell::{Result, cargo, output};

/// One package.
#[derive(Debug)]
pub(crate) struct Package {
    /// The root files of its crates: library, programs, tests, examples and benchmarks.
    pub(crate) roots: Vec<PathBuf>,
    /// All that cargo says of it.
    pub(crate) metadata: Value,
}

/// All packages of the workspace.
pub(crate) fn packages() -> Result<Vec<Package>> {
    let metadata =
        output(cargo().args(["metadata", "--format-version", "1", "--no-deps", "--locked"]))?;
    let metadata: Value = serde_json::from_str(&metadata)?;
    let packages = metadata["packages"].as_array().ok_or("cargo metadata names no packages")?;
    Ok(packages.iter().map(package).collect())
}

fn package(metadata: &Value) -> Package {
    let targets = metadata["targets"].as_array().into_iter().flatten();
    Package {
        roots: targets.filter_map(|target| Some(target["src_path"].as_str()?.into())).collect(),
        metadata: metadata.clone(),
    }
}
