//! What every case is given, and what it gives back.

use std::fmt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::built::{program, target};
use crate::shell::{Result, command, has, output};

/// Nothing if all was right. An error is what was seen instead, unless it is [`NotRun`].
pub(super) type Verdict = Result;

/// Why a case cannot be tried here.
#[derive(Debug)]
pub(super) struct NotRun(pub(super) String);

impl fmt::Display for NotRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NotRun {}

/// A directory for one case, and the command that is tried.
pub(super) struct Lab {
    dir: PathBuf,
    binary: PathBuf,
}

impl Lab {
    pub(super) fn new(dir: &Path, binary: &Path) -> Self {
        Self { dir: dir.into(), binary: binary.into() }
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    pub(super) fn binary(&self) -> &Path {
        &self.binary
    }

    /// Says NOT RUN unless all these programs are there.
    pub(super) fn need(&self, programs: &[&str]) -> Result {
        match programs.iter().find(|program| !has(program)) {
            Some(missing) => Err(NotRun(format!("there is no {missing}")).into()),
            None => Ok(()),
        }
    }
}

/// The directory for all cases, and the command in it. Other users can reach both: some cases are tried as
/// nobody in particular.
pub(super) fn root_and_binary() -> Result<(TempDir, PathBuf)> {
    let built = match std::env::var_os("INCRDIR_BINARY") {
        Some(other) => other.into(),
        None => program("incrdir-cli", "incrdir")?,
    };
    let target = target();
    std::fs::create_dir_all(&target)?;
    let scratch = tempfile::tempdir_in(target)?;
    std::fs::set_permissions(scratch.path(), std::fs::Permissions::from_mode(0o755))?;
    let binary = scratch.path().join("incrdir");
    output(command("install").args(["-m", "755"]).args([&built, &binary]))?;
    Ok((scratch, binary))
}

/// What was seen that is not right.
#[derive(Default)]
pub(super) struct Findings(Vec<String>);

impl Findings {
    pub(super) fn check(&mut self, holds: bool, otherwise: impl FnOnce() -> String) {
        if !holds {
            self.0.push(otherwise());
        }
    }

    pub(super) fn equal(&mut self, what: &str, seen: &str, right: &str) {
        self.check(seen == right, || format!("{what} is `{seen}`, should be `{right}`"));
    }

    pub(super) fn verdict(self) -> Verdict {
        // The first ones say what is wrong; the rest mostly repeats it.
        match &self.0[..] {
            [] => Ok(()),
            [one] => Err(one.clone().into()),
            [one, two] => Err(format!("{one}; {two}").into()),
            [one, two, rest @ ..] => Err(format!("{one}; {two}; and {} more", rest.len()).into()),
        }
    }
}
