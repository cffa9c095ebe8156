//! The packages of the workspace, as cargo knows them.

use std::path::PathBuf;

use serde_json::Value;

use crate::shell::{Result, cargo, output};

/// One package.
#[derive(Debug)]
pub(crate) struct Package {
    pub(crate) name: String,
    /// Where its manifest is.
    pub(crate) folder: PathBuf,
    pub(crate) is_published: bool,
    /// The root files of its crates: library, programs, tests, examples and benchmarks.
    pub(crate) roots: Vec<PathBuf>,
    /// All that cargo says of it.
    pub(crate) metadata: Value,
}

impl Package {
    pub(crate) fn version(&self) -> &str {
        self.metadata["version"].as_str().unwrap_or_default()
    }

    /// Whether others can depend on it.
    pub(crate) fn has_library(&self) -> bool {
        self.roots.iter().any(|root| root.ends_with("src/lib.rs"))
    }
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
    let manifest = PathBuf::from(metadata["manifest_path"].as_str().unwrap_or_default());
    Package {
        name: metadata["name"].as_str().unwrap_or_default().into(),
        folder: manifest.parent().map(PathBuf::from).unwrap_or_default(),
        is_published: metadata["publish"].is_null(),
        roots: targets.filter_map(|target| Some(target["src_path"].as_str()?.into())).collect(),
        metadata: metadata.clone(),
    }
}
