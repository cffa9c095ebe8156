//! What it takes to build for another target: packages of Debian's, and the standard library, of the toolchain in use if that has it, or of
//! one of the same version aside, so that the one in use stays as it is.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::shell::{Result, command, has, output, run, top};

/// Whether what is missing may be installed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    Install,
    Leave,
}

/// A toolchain that has the target.
pub(crate) struct Toolchain {
    /// Where rustup keeps it, and its version, if it is not the one in use.
    aside: Option<(PathBuf, String)>,
}

impl Toolchain {
    /// Finds one. The error says what is missing and cannot be had.
    pub(crate) fn with(target: &str, missing: Missing) -> std::result::Result<Self, String> {
        let installed = output(command("rustup").args(["target", "list", "--installed"]));
        if installed.is_ok_and(|targets| targets.lines().any(|line| line == target)) {
            return Ok(Self { aside: None });
        }
        let version = version().map_err(|error| error.to_string())?;
        let home = top().join("target/rustup");
        if !has_target(&home, target) {
            let lacking =
                format!("there is no standard library for it (rustup target add {target})");
            if missing == Missing::Leave || !has("rustup") {
                return Err(lacking);
            }
            println!("installing Rust {version} for {target} below {}", home.display());
            let mut rustup = command("rustup");
            rustup.env("RUSTUP_HOME", &home).env_remove("RUSTUP_TOOLCHAIN");
            rustup.args(["--quiet", "toolchain", "install", &version, "--no-self-update"]);
            run(rustup.args(["--profile", "minimal", "--target", target]))
                .map_err(|error| format!("{lacking}: {error}"))?;
        }
        Ok(Self { aside: Some((home, version)) })
    }

    /// Its cargo, with a target directory of its own: it may be another toolchain than that of the rest.
    pub(crate) fn cargo(&self, target_dir: &Path) -> Command {
        let mut cargo = command("cargo");
        if let Some((home, version)) = &self.aside {
            cargo.env("RUSTUP_HOME", home).env("RUSTUP_TOOLCHAIN", version);
        }
        cargo.env("CARGO_TARGET_DIR", target_dir);
        cargo
    }
}

/// Whether there is a toolchain with the target.
fn has_target(home: &Path, target: &str) -> bool {
    let toolchains = std::fs::read_dir(home.join("toolchains")).into_iter().flatten().flatten();
    let library = Path::new("lib/rustlib").join(target);
    toolchains.into_iter().any(|toolchain| toolchain.path().join(&library).is_dir())
}

/// `1.95.0` of `rustc 1.95.0 (…)`.
fn version() -> Result<String> {
    let told = output(command("rustc").arg("--version"))?;
    let version = told.split_whitespace().nth(1);
    version.map(Into::into).ok_or_else(|| format!("rustc says `{told}`").into())
}

/// Installs a package, if that may be done. The error says what is missing.
pub(crate) fn install(package: &str, missing: Missing) -> std::result::Result<(), String> {
    if missing == Missing::Leave || !has("apt-get") {
        return Err(format!("{package} is not installed"));
    }
    let apt = |arguments: &[&str]| run(command("apt-get").args(["-qq", "-y"]).args(arguments));
    println!("installing {package}");
    apt(&["update"])
        .and_then(|()| apt(&["install", "--no-install-recommends", package]))
        .map_err(|error| format!("{package} cannot be installed: {error}"))
}
