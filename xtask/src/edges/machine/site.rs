//! The place where it happens, and what everybody there shares.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::scale::Scale;
use crate::shell::{Result, command, output};

/// The disk, the command that is tried, and what was seen that is not right.
pub(super) struct Site {
    disk: PathBuf,
    binary: PathBuf,
    pub(super) scale: Scale,
    pub(super) wrong: Wrong,
    /// How often the disk has been so full that all that nobody uses has to go.
    squeezes: AtomicUsize,
    ended: AtomicBool,
}

impl Site {
    pub(super) fn new(disk: &Path, binary: &Path, scale: Scale) -> Result<Self> {
        let site = Self {
            disk: disk.into(),
            binary: binary.into(),
            scale,
            wrong: Wrong::default(),
            squeezes: AtomicUsize::new(0),
            ended: AtomicBool::new(false),
        };
        std::fs::create_dir(site.caches())?;
        std::fs::create_dir(site.outside())?;
        Ok(site)
    }

    /// All of the disk.
    pub(super) fn disk(&self) -> &Path {
        &self.disk
    }

    /// The directory that is given to the collector.
    pub(super) fn caches(&self) -> PathBuf {
        self.disk.join("caches")
    }

    /// What is on the same disk and not the collector's.
    pub(super) fn outside(&self) -> PathBuf {
        self.disk.join("outside")
    }

    /// Without the settings of whoever tries it.
    pub(super) fn incrdir(&self) -> Command {
        let mut incrdir = command(&self.binary.to_string_lossy());
        let own = std::env::vars_os().map(|(name, _)| name);
        for name in own.filter(|name| name.to_string_lossy().starts_with("INCRDIR_")) {
            incrdir.env_remove(name);
        }
        incrdir.env("INCRDIR_CONFIG", "");
        incrdir
    }

    /// Free for everybody, in bytes.
    pub(super) fn free_bytes(&self) -> Result<u64> {
        let told = output(command("df").args(["-B1", "--output=avail"]).arg(&self.disk))?;
        Ok(told.split_whitespace().last().unwrap_or_default().parse()?)
    }

    /// What the disk holds, as `--free` counts it.
    pub(super) fn whole_bytes(&self) -> Result<u64> {
        let told = output(command("df").args(["-B1", "--output=size"]).arg(&self.disk))?;
        Ok(told.split_whitespace().last().unwrap_or_default().parse()?)
    }

    pub(super) fn free_percent(&self) -> Result<f64> {
        Ok(self.free_bytes()? as f64 * 100.0 / self.whole_bytes()? as f64)
    }

    /// Once before it becomes so full, and once after: an odd number says that it is.
    pub(super) fn squeeze(&self) {
        self.squeezes.fetch_add(1, Ordering::SeqCst);
    }

    pub(super) fn squeezes(&self) -> usize {
        self.squeezes.load(Ordering::SeqCst)
    }

    pub(super) fn end(&self) {
        self.ended.store(true, Ordering::SeqCst);
    }

    pub(super) fn has_ended(&self) -> bool {
        self.ended.load(Ordering::SeqCst)
    }
}

/// What was seen that is not right, by anybody.
#[derive(Default)]
pub(super) struct Wrong(Mutex<Vec<String>>);

impl Wrong {
    pub(super) fn say(&self, what: String) {
        self.with(|all| all.push(what));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.with(|all| all.is_empty())
    }

    pub(super) fn take(&self) -> Vec<String> {
        self.with(std::mem::take)
    }

    fn with<T>(&self, work: impl FnOnce(&mut Vec<String>) -> T) -> T {
        // Whoever panicked while holding it has left whole lines.
        work(&mut self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

/// A file of so many bytes that takes its blocks without being written.
pub(super) fn allocate(file: &Path, bytes: u64) -> Result {
    output(command("fallocate").args(["-l", &bytes.to_string()]).arg(file)).map(drop)
}
