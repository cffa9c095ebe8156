//! The calls that nobody can do without.
#![expect(clippy::disallowed_methods, reason = "they are measured on the real file system")]

use std::ffi::CString;
use std::fs::{self, File};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, Dir, FlockOperation, Mode as Bits, OFlags, RenameFlags};

use super::contenders::{Contender, fill, replace};
use super::size::{Result, Size, below, directory_name};

/// The system calls that no implementation of recycling can do without, and nothing else: no identity is
/// checked, no error is recovered from.
#[derive(Debug)]
pub struct Floor {
    dir: PathBuf,
    unit: OwnedFd,
    size: Size,
    sessions: usize,
    lock: Option<OwnedFd>,
    /// How many rounds have begun: the files that each changed are known by its number.
    rounds: usize,
}

const OPEN_DIR: OFlags = OFlags::DIRECTORY.union(OFlags::CLOEXEC).union(OFlags::NOFOLLOW);

impl Floor {
    /// A cache with two published sessions.
    ///
    /// # Errors
    ///
    /// If it cannot be made.
    pub fn new(dir: &Path, size: Size) -> Result<Self> {
        fs::create_dir_all(dir)?;
        for session in [0, 1] {
            let published = dir.join(format!("s-{session:010}-hash"));
            fs::create_dir(&published)?;
            File::create(dir.join(format!("s-{session:010}.lock")))?;
            if session == 0 {
                fill(&published, size)?;
                continue;
            }
            let from = dir.join(format!("s-{:010}-hash", 0));
            for directory in size.all_directories() {
                fs::create_dir(published.join(directory))?;
            }
            for file in (0..size.files).map(|number| size.path(number)) {
                fs::hard_link(from.join(&file), published.join(&file))?;
            }
        }
        let unit = rustix::fs::open(dir, OPEN_DIR, Bits::empty())?;
        Ok(Self { dir: dir.into(), unit, size, sessions: 1, lock: None, rounds: 0 })
    }

    fn list(dir: &OwnedFd) -> Result<Vec<(u64, CString)>> {
        let mut entries = Vec::new();
        for entry in Dir::read_from(dir)? {
            let entry = entry?;
            if !matches!(entry.file_name().to_bytes(), b"." | b"..") {
                entries.push((entry.ino(), entry.file_name().to_owned()));
            }
        }
        Ok(entries)
    }

    fn open(&self, session: &str) -> Result<OwnedFd> {
        Ok(rustix::fs::openat(&self.unit, session, OPEN_DIR, Bits::empty())?)
    }
}

impl Contender for Floor {
    fn name(&self) -> &'static str {
        "floor"
    }

    fn begin(&mut self) -> Result<()> {
        use rustix::fs::{flock, linkat, openat, renameat_with, unlinkat};
        self.sessions += 1;
        let (new, source, spare) = (self.sessions, self.sessions - 1, self.sessions - 2);
        Self::list(&self.unit)?;
        let lock = format!("s-{new:010}.lock");
        let create = OFlags::CREATE | OFlags::EXCL | OFlags::RDWR | OFlags::CLOEXEC;
        let file = openat(&self.unit, &lock, create, Bits::from_raw_mode(0o644))?;
        flock(&file, FlockOperation::NonBlockingLockExclusive)?;
        self.lock = Some(file);
        let held = |session: usize, how| -> Result<OwnedFd> {
            let name = format!("s-{session:010}.lock");
            let file = openat(&self.unit, name, OFlags::RDWR | OFlags::CLOEXEC, Bits::empty())?;
            flock(&file, how)?;
            Ok(file)
        };
        let _source = held(source, FlockOperation::NonBlockingLockShared)?;
        let _spare = held(spare, FlockOperation::NonBlockingLockExclusive)?;
        let from = self.open(&format!("s-{source:010}-hash"))?;
        let working = format!("s-{new:010}-working");
        let old = format!("s-{spare:010}-hash");
        renameat_with(&self.unit, &old, &self.unit, &working, RenameFlags::NOREPLACE)?;
        unlinkat(&self.unit, format!("s-{spare:010}.lock"), AtFlags::empty())?;
        let to = self.open(&working)?;
        if self.size.directories > 0 {
            look_at_all(&to, 0, self.size.directories)?;
            // What the last round changed is in the source, what the one before changed is in the spare.
            let rounds = self.rounds.saturating_sub(2)..self.rounds;
            for name in rounds.flat_map(|round| self.size.changed(round)) {
                unlinkat(&to, &name, AtFlags::empty())?;
                linkat(&from, &name, &to, &name, AtFlags::empty())?;
            }
            return Ok(());
        }
        // Here every file has one name in a session, and no name comes or goes.
        let mut there = Self::list(&to)?;
        there.sort_unstable();
        for entry in Self::list(&from)? {
            if there.binary_search(&entry).is_err() {
                let (_, name) = entry;
                unlinkat(&to, &name, AtFlags::empty())?;
                linkat(&from, &name, &to, &name, AtFlags::empty())?;
            }
        }
        Ok(())
    }

    fn change(&mut self, round: usize) -> Result<()> {
        self.rounds = round + 1;
        let working = self.dir.join(format!("s-{:010}-working", self.sessions));
        replace(&working, self.size, round)
    }

    fn end(&mut self) -> Result<()> {
        let new = self.sessions;
        let (from, to) = (format!("s-{new:010}-working"), format!("s-{new:010}-hash"));
        if self.size.directories > 0 {
            let top = self.open(&from)?;
            look_at_all(&top, 0, self.size.directories)?;
            for file in self.size.changed(self.rounds.saturating_sub(1)) {
                let dir = file.rsplit_once('/').map_or("", |(dir, _)| dir);
                let dir = rustix::fs::openat(&top, dir, OPEN_DIR, Bits::empty())?;
                Self::list(&dir)?;
                rustix::fs::statat(&top, &file, AtFlags::SYMLINK_NOFOLLOW)?;
            }
        }
        rustix::fs::renameat_with(&self.unit, &from, &self.unit, &to, RenameFlags::NOREPLACE)?;
        self.lock = None;
        Self::list(&self.unit)?;
        Ok(())
    }
}

/// One look at each directory below a numbered one, and at that itself.
fn look_at_all(dir: &OwnedFd, number: usize, directories: usize) -> Result<()> {
    let name = directory_name(number);
    look_at(dir, &name)?;
    let mut within = below(number, directories).peekable();
    if within.peek().is_some() {
        let dir = rustix::fs::openat(dir, &name, OPEN_DIR, Bits::empty())?;
        within.try_for_each(|number| look_at_all(&dir, number, directories))?;
    }
    Ok(())
}

/// By the call that the real back end makes.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) fn look_at(dir: &OwnedFd, name: &str) -> Result<()> {
    use rustix::fs::{StatxFlags, statx};

    statx(dir, name, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::BASIC_STATS)?;
    Ok(())
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) fn look_at(dir: &OwnedFd, name: &str) -> Result<()> {
    rustix::fs::statat(dir, name, AtFlags::SYMLINK_NOFOLLOW)?;
    Ok(())
}
