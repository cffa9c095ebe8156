//! The contenders of the benchmark.
#![expect(clippy::disallowed_methods, reason = "they are measured on the real file system")]
use std::ffi::CString;
use std::fs::{self, File};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use incrdir_gc::{Mode, Policy, collect};
use incrdir_naming::{Hash, UnitName};
use incrdir_session::{BeginOptions, Unit, Working, begin, publish};
use incrdir_vfs::{CapDir, CapVfs};
use rustix::fs::{AtFlags, Dir, FlockOperation, Mode as Bits, OFlags, RenameFlags};

use super::size::{Result, Size};
use crate::usual::{policy, recycling};

/// What a file holds: bytes that do not repeat, so that nothing stores them in less room.
fn content(size: Size) -> Vec<u8> {
    let mut state = 1_u64;
    let mut next = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    (0..size.bytes).map(|_| next()).collect()
}

/// A protocol that keeps a cache.
pub trait Contender {
    /// What it is called in tables.
    fn name(&self) -> &'static str;

    /// Makes a private copy of the newest state.
    ///
    /// # Errors
    ///
    /// If that fails.
    fn begin(&mut self) -> Result<()>;

    /// Replaces the files of this round.
    ///
    /// # Errors
    ///
    /// If that fails.
    fn change(&mut self, round: usize) -> Result<()>;

    /// Publishes it, and deletes what is obsolete.
    ///
    /// # Errors
    ///
    /// If that fails.
    fn end(&mut self) -> Result<()>;
}

pub(super) fn fill(dir: &Path, size: Size) -> Result<()> {
    let content = content(size);
    for directory in size.all_directories() {
        fs::create_dir(dir.join(directory))?;
    }
    for number in 0..size.files {
        fs::write(dir.join(size.path(number)), &content)?;
    }
    Ok(())
}

pub(super) fn replace(dir: &Path, size: Size, round: usize) -> Result<()> {
    let content = content(size);
    for file in size.changed(round) {
        let file = dir.join(file);
        fs::remove_file(&file)?;
        fs::write(file, &content)?;
    }
    Ok(())
}

/// This project.
#[expect(missing_debug_implementations, reason = "it is only run")]
pub struct Ours {
    name: &'static str,
    vfs: CapVfs,
    root: CapDir,
    unit: UnitName,
    size: Size,
    session: Option<Working<CapVfs>>,
    options: BeginOptions,
    policy: Policy,
}

impl Ours {
    /// A cache with one published session, made by links and recycled.
    ///
    /// # Errors
    ///
    /// If it cannot be made.
    pub fn new(dir: &Path, size: Size) -> Result<Self> {
        Self::with("incrdir", dir, size, recycling())
    }

    /// A cache with one published session.
    ///
    /// # Errors
    ///
    /// If it cannot be made.
    pub fn with(name: &'static str, dir: &Path, size: Size, options: BeginOptions) -> Result<Self> {
        fs::create_dir_all(dir)?;
        let (vfs, root) = CapVfs::open_ambient_dir(dir)?;
        let mut ours = Self {
            name,
            vfs,
            root,
            unit: UnitName::new("bench", 1)?,
            size,
            session: None,
            options,
            policy: policy(2),
        };
        ours.begin()?;
        fill(ours.session.as_ref().ok_or("no session")?.path(), size)?;
        ours.end()?;
        Ok(ours)
    }
}

impl Contender for Ours {
    fn name(&self) -> &'static str {
        self.name
    }

    fn begin(&mut self) -> Result<()> {
        self.session = Some(begin(&self.vfs, &self.root, &self.unit, &self.options)?);
        Ok(())
    }

    fn change(&mut self, round: usize) -> Result<()> {
        replace(self.session.as_ref().ok_or("no session")?.path(), self.size, round)
    }

    fn end(&mut self) -> Result<()> {
        let session = self.session.take().ok_or("no session")?;
        publish(session, Hash::new(0))?;
        let unit = Unit::open(&self.vfs, &self.root, &self.unit)?.ok_or("the unit is gone")?;
        let report = collect(&unit, &self.policy, Mode::Collect)?;
        match report.failures().next() {
            None => Ok(()),
            Some((entry, error)) => Err(format!("{entry}: {error}").into()),
        }
    }
}

/// The protocol that this one descends from, written plainly: link every file, publish, delete every file of
/// the session before.
#[derive(Debug)]
pub struct Seed {
    dir: PathBuf,
    size: Size,
    sessions: usize,
    newest: Option<PathBuf>,
    lock: Option<File>,
}

impl Seed {
    /// A cache with one published session.
    ///
    /// # Errors
    ///
    /// If it cannot be made.
    pub fn new(dir: &Path, size: Size) -> Result<Self> {
        fs::create_dir_all(dir)?;
        let mut seed = Self { dir: dir.into(), size, sessions: 0, newest: None, lock: None };
        seed.begin()?;
        fill(&seed.working(), size)?;
        seed.end()?;
        Ok(seed)
    }

    fn stem(&self, session: usize) -> PathBuf {
        self.dir.join(format!("s-{session:010}-0000000"))
    }

    fn with(&self, session: usize, ending: &str) -> PathBuf {
        let mut path = self.stem(session).into_os_string();
        path.push(ending);
        path.into()
    }

    fn working(&self) -> PathBuf {
        self.with(self.sessions, "-working")
    }
}

impl Contender for Seed {
    fn name(&self) -> &'static str {
        "seed's protocol"
    }

    fn begin(&mut self) -> Result<()> {
        self.sessions += 1;
        let lock = File::create(self.with(self.sessions, ".lock"))?;
        rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive)?;
        self.lock = Some(lock);
        // It looks for its source by a listing.
        let sources = fs::read_dir(&self.dir)?.filter_map(std::result::Result::ok).count();
        let working = self.working();
        fs::create_dir(&working)?;
        if let (Some(source), true) = (&self.newest, sources > 0) {
            for entry in fs::read_dir(source)? {
                let entry = entry?;
                fs::hard_link(entry.path(), working.join(entry.file_name()))?;
            }
        }
        Ok(())
    }

    fn change(&mut self, round: usize) -> Result<()> {
        replace(&self.working(), self.size, round)
    }

    fn end(&mut self) -> Result<()> {
        let published = self.with(self.sessions, "-hash");
        fs::rename(self.working(), &published)?;
        self.lock = None;
        if let Some(obsolete) = self.newest.replace(published) {
            let lock = self.with(self.sessions - 1, ".lock");
            let file = File::open(&lock)?;
            rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive)?;
            fs::remove_dir_all(obsolete)?;
            fs::remove_file(lock)?;
        }
        Ok(())
    }
}

/// The system calls that no implementation of recycling can do without, and nothing else: no identity is
/// checked, no error is recovered from.
#[derive(Debug)]
pub struct Floor {
    dir: PathBuf,
    unit: OwnedFd,
    size: Size,
    sessions: usize,
    lock: Option<OwnedFd>,
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
            for entry in fs::read_dir(dir.join(format!("s-{:010}-hash", 0)))? {
                let entry = entry?;
                fs::hard_link(entry.path(), published.join(entry.file_name()))?;
            }
        }
        let unit = rustix::fs::open(dir, OPEN_DIR, Bits::empty())?;
        Ok(Self { dir: dir.into(), unit, size, sessions: 1, lock: None })
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
        let working = self.dir.join(format!("s-{:010}-working", self.sessions));
        replace(&working, self.size, round)
    }

    fn end(&mut self) -> Result<()> {
        let new = self.sessions;
        let (from, to) = (format!("s-{new:010}-working"), format!("s-{new:010}-hash"));
        rustix::fs::renameat_with(&self.unit, &from, &self.unit, &to, RenameFlags::NOREPLACE)?;
        self.lock = None;
        Self::list(&self.unit)?;
        Ok(())
    }
}
