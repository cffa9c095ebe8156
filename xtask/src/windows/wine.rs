//! Runs programs of Windows under Wine.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::means::{Means, dir};
use crate::shell::{Result, command, run};

/// The source of the library that Wine lacks.
const SHIM: &str = "xtask/src/windows/bcryptprimitives.c";

/// A Windows of its own. Dropping it ends all programs in it: a test that fails may have left some running.
pub(crate) struct Wine {
    program: &'static str,
    server: &'static str,
    prefix: PathBuf,
}

impl Wine {
    /// Makes it, unless it is there, and adds what Wine lacks.
    pub(crate) fn prepare(means: &Means) -> Result<Self> {
        let prefix = dir().join("wine");
        std::fs::create_dir_all(&prefix)?;
        let wine = Self { program: means.wine, server: means.server, prefix };
        // Else the server ends soon after a program has, and refuses one that starts just then. One may be running already.
        _ = wine.served("--persistent").status();
        let system = wine.prefix.join("drive_c/windows/system32");
        if !system.is_dir() {
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

    /// Starts a program.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = command(self.program);
        command.env("WINEPREFIX", &self.prefix).env("WINEDEBUG", "-all");
        command.stdin(Stdio::null()).arg(program);
        command
    }

    fn served(&self, option: &str) -> Command {
        let mut command = command(self.server);
        command.env("WINEPREFIX", &self.prefix).stderr(Stdio::null()).arg(option);
        command
    }
}

impl Drop for Wine {
    fn drop(&mut self) {
        // It may have ended by itself.
        _ = self.served("--kill").status();
    }
}
