//! What it takes to build for Windows and to run the result here: a standard library, a linker, and Wine.

use std::path::PathBuf;
use std::process::Command;

use crate::aside::{Missing, Toolchain, install};
use crate::shell::{has, top};

pub(crate) const TARGET: &str = "x86_64-pc-windows-gnu";

/// Debian's packages, and a program of each.
const PACKAGES: [(&str, &[&str]); 2] = [
    ("gcc-mingw-w64-x86-64", &["x86_64-w64-mingw32-gcc"]),
    // Debian's is not in the search path.
    ("wine64", &["wine64", "/usr/lib/wine/wine64"]),
];

/// What all programs under one Wine talk to; comes with it.
const SERVERS: [&str; 2] = ["wineserver", "/usr/lib/wine/wineserver"];

/// All that is needed.
pub(crate) struct Means {
    toolchain: Toolchain,
    pub(crate) wine: &'static str,
    pub(crate) server: &'static str,
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
        let server = SERVERS.into_iter().find(|server| has(server)).ok_or("Wine has no server")?;
        Ok(Self { toolchain: Toolchain::with(TARGET, missing)?, wine, server })
    }

    /// cargo, with what is built for this in a directory of its own.
    pub(crate) fn cargo(&self) -> Command {
        self.toolchain.cargo(&dir())
    }
}

/// Where everything is that is built or installed for this.
pub(crate) fn dir() -> PathBuf {
    top().join("target/windows")
}
