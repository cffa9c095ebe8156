//! Runs programs of Windows under Wine.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::means::{Means, dir};
use crate::shell::{Result, command, run};

/// The source of the library that Wine lacks.
const SHIM: &str = "xtask/src/windows/bcryptprimitives.c";

/// A Windows of its own.
pub(crate) struct Wine {
    program: &'static str,
    prefix: PathBuf,
}

impl Wine {
    /// Makes it, unless it is there, and adds what Wine lacks.
    pub(crate) fn prepare(means: &Means) -> Result<Self> {
        let wine = Self { program: means.wine, prefix: dir().join("wine") };
        let system = wine.prefix.join("drive_c/windows/system32");
        if !system.is_dir() {
            std::fs::create_dir_all(dir())?;
            // It says much, none of which matters.
            let made = wine.command(Path::new("wineboot")).arg("-i").output()?;
            if !system.is_dir() {
                let said = String::from_utf8_lossy(&made.stderr).into_owned();
                return Err(format!("Wine makes no Windows: {said}").into());
            }
        }
        let mut compile = command("x86_64-w64-mingw32-gcc");
        compile.args(["-shared", "-O2", "-o"]).arg(system.join("bcryptprimitives.dll"));
        run(compile.arg(SHIM).arg("-ladvapi32"))?;
        Ok(wine)
    }

    /// Ends all programs in it: a test that fails may have left some running.
    pub(crate) fn end_all(&self) -> Result {
        run(self.command(Path::new("wineboot")).arg("-k").stderr(Stdio::null()))
    }

    /// Starts a program.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = command(self.program);
        command.env("WINEPREFIX", &self.prefix).env("WINEDEBUG", "-all");
        command.stdin(Stdio::null()).arg(program);
        command
    }
}
