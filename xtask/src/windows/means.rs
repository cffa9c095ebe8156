//! What it takes to build for Windows and to run the result here: a standard library, a linker, and Wine.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::shell::{Result, command, has, output, run, top};

pub(crate) const TARGET: &str = "x86_64-pc-windows-gnu";

/// Debian's packages, and a program of each.
const PACKAGES: [(&str, &[&str]); 2] = [
    ("gcc-mingw-w64-x86-64", &["x86_64-w64-mingw32-gcc"]),
    // Debian's is not in the search path.
    ("wine64", &["wine64", "/usr/lib/wine/wine64"]),
];

/// All that is needed.
pub(crate) struct Means {
    /// Where rustup keeps the toolchain, and its version, if the one in use does not have the target.
    aside: Option<(PathBuf, String)>,
    pub(crate) wine: &'static str,
}

/// Whether what is missing may be installed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    Install,
    Leave,
}

impl Means {
    /// Finds what is needed. The inner error says what is missing and cannot be had.
    pub(crate) fn find(missing: Missing) -> std::result::Result<Self, String> {
        for (package, programs) in PACKAGES {
            if !programs.iter().copied().any(has) {
                install(package, missing)?;
            }
        }
        let (_, wines) = PACKAGES[1];
        let wine = wines.iter().copied().find(|wine| has(wine)).ok_or("Wine cannot be run")?;
        Ok(Self { aside: toolchain(missing)?, wine })
    }

    /// cargo, with a target directory of its own: the toolchain may be another one than that of the rest.
    pub(crate) fn cargo(&self) -> Command {
        let mut cargo = command("cargo");
        if let Some((home, version)) = &self.aside {
            cargo.env("RUSTUP_HOME", home).env("RUSTUP_TOOLCHAIN", version);
        }
        cargo.env("CARGO_TARGET_DIR", dir());
        cargo
    }
}

/// Where everything is that is built or installed for this.
pub(crate) fn dir() -> PathBuf {
    top().join("target/windows")
}

fn install(package: &str, missing: Missing) -> std::result::Result<(), String> {
    if missing == Missing::Leave || !has("apt-get") {
        return Err(format!("{package} is not installed"));
    }
    let apt = |arguments: &[&str]| run(command("apt-get").args(["-qq", "-y"]).args(arguments));
    println!("installing {package}");
    apt(&["update"])
        .and_then(|()| apt(&["install", "--no-install-recommends", package]))
        .map_err(|error| format!("{package} cannot be installed: {error}"))
}

/// The toolchain in use, or one of the same version aside, so that the one in use stays as it is.
fn toolchain(missing: Missing) -> std::result::Result<Option<(PathBuf, String)>, String> {
    let installed = output(command("rustup").args(["target", "list", "--installed"]));
    if installed.is_ok_and(|targets| targets.lines().any(|target| target == TARGET)) {
        return Ok(None);
    }
    let version = version().map_err(|error| error.to_string())?;
    let home = dir().join("rustup");
    if !has_target(&home) {
        let lacking = format!("there is no standard library for it (rustup target add {TARGET})");
        if missing == Missing::Leave || !has("rustup") {
            return Err(lacking);
        }
        println!("installing Rust {version} for {TARGET} below {}", home.display());
        let mut rustup = command("rustup");
        rustup.env("RUSTUP_HOME", &home).env_remove("RUSTUP_TOOLCHAIN");
        rustup.args(["--quiet", "toolchain", "install", &version, "--no-self-update"]);
        run(rustup.args(["--profile", "minimal", "--target", TARGET]))
            .map_err(|error| format!("{lacking}: {error}"))?;
    }
    Ok(Some((home, version)))
}

/// Whether there is a toolchain with the target.
fn has_target(home: &Path) -> bool {
    let toolchains = std::fs::read_dir(home.join("toolchains")).into_iter().flatten().flatten();
    let library = Path::new("lib/rustlib").join(TARGET);
    toolchains.into_iter().any(|toolchain| toolchain.path().join(&library).is_dir())
}

/// `1.95.0` of `rustc 1.95.0 (…)`.
fn version() -> Result<String> {
    let told = output(command("rustc").arg("--version"))?;
    let version = told.split_whitespace().nth(1);
    version.map(Into::into).ok_or_else(|| format!("rustc says `{told}`").into())
}
