//! What a shell script would do.
#![expect(clippy::disallowed_methods, reason = "they are measured on the real file system")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::contenders::{Contender, fill, replace};
use super::size::{Result, Size};

/// By which program a script takes over the newest state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// `cp -al`: a new directory of links.
    Links,
    /// `cp -a --reflink=never`: a new directory of whole copies.
    Copies,
    /// `cp -a --reflink=auto`: clones where the file system has them.
    Clones,
    /// `rsync -a --delete`: the state before the newest is made into it.
    Rsync,
    /// `rsync -a` into a new directory.
    RsyncAnew,
}

/// A script: a private directory, which is renamed when it is done.
#[derive(Debug)]
pub struct Shell {
    dir: PathBuf,
    size: Size,
    by: By,
}

impl Shell {
    /// A cache with one state; two where one is made into the other.
    ///
    /// # Errors
    ///
    /// If it cannot be made.
    pub fn new(dir: &Path, size: Size, by: By) -> Result<Self> {
        fs::create_dir_all(dir.join("current"))?;
        fill(&dir.join("current"), size)?;
        let shell = Self { dir: dir.into(), size, by };
        if by == By::Rsync {
            shell.run("cp", &["-a", "current", "working"])?;
        }
        Ok(shell)
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Result<()> {
        let status = Command::new(program).args(arguments).current_dir(&self.dir).status();
        let status = status.map_err(|error| format!("{program}: {error}"))?;
        if status.success() { Ok(()) } else { Err(format!("{program}: {status}").into()) }
    }
}

impl Contender for Shell {
    fn name(&self) -> &'static str {
        match self.by {
            By::Links => "cp -al, rm -rf",
            By::Copies => "cp -a, rm -rf",
            By::Clones => "cp -a --reflink=auto, rm -rf",
            By::Rsync => "rsync -a --delete",
            By::RsyncAnew => "rsync -a, rm -rf",
        }
    }

    fn begin(&mut self) -> Result<()> {
        match self.by {
            By::Links => self.run("cp", &["-al", "current", "working"]),
            // Whole copies, where `cp` would rather clone.
            By::Copies => self.run("cp", &["-a", "--reflink=never", "current", "working"]),
            By::Clones => self.run("cp", &["-a", "--reflink=auto", "current", "working"]),
            By::Rsync => self.run("rsync", &["-a", "--delete", "current/", "working/"]),
            By::RsyncAnew => self.run("rsync", &["-a", "current/", "working/"]),
        }
    }

    fn change(&mut self, round: usize) -> Result<()> {
        replace(&self.dir.join("working"), self.size, round)
    }

    fn end(&mut self) -> Result<()> {
        fs::rename(self.dir.join("current"), self.dir.join("obsolete"))?;
        fs::rename(self.dir.join("working"), self.dir.join("current"))?;
        if self.by == By::Rsync {
            return Ok(fs::rename(self.dir.join("obsolete"), self.dir.join("working"))?);
        }
        self.run("rm", &["-rf", "obsolete"])
    }
}
