//! The contenders of the benchmark.
#![expect(clippy::disallowed_methods, reason = "they are measured on the real file system")]
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use incrdir_gc::{Mode, Policy, collect};
use incrdir_naming::{Hash, UnitName};
use incrdir_session::{BeginOptions, Unit, Warmed, Working, begin, publish, warm};
use incrdir_vfs::{CapDir, CapVfs};
use rustix::fs::FlockOperation;

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

    /// Does what nobody waits for.
    ///
    /// # Errors
    ///
    /// If that fails.
    fn idle(&mut self) -> Result<()> {
        Ok(())
    }
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
    /// Whether it fills the next session when nobody waits for it.
    warms: bool,
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
            warms: false,
        };
        ours.begin()?;
        fill(ours.session.as_ref().ok_or("no session")?.path(), size)?;
        ours.end()?;
        Ok(ours)
    }

    /// The same, with the next session filled when nobody waits for it.
    pub fn warming(self) -> Self {
        Self { warms: true, ..self }
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

    fn idle(&mut self) -> Result<()> {
        if !self.warms {
            return Ok(());
        }
        match warm(&self.vfs, &self.root, &self.unit, &self.options)? {
            Warmed::Now(..) => Ok(()),
            other => Err(format!("no session waits: {other:?}").into()),
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
