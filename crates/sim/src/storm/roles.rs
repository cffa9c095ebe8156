//! What the processes of a storm do, for ever, until they are killed.
use std::error::Error;
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use incrdir_gc::{Mode, collect};
use incrdir_naming::{Hash, UnitName};
use incrdir_session::{
    Reading, SeedMode, Unit, Unrecorded, Working, abandon, begin, publish, read,
};
use incrdir_vfs::{CapDir, CapVfs, Vfs};

use super::content::{Files, change, verify};
use super::log::{Event, Log};
use crate::fixture::published_dir;
use crate::usual::{keep, options, policy};

pub(super) type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The units of a storm.
pub(super) fn unit(number: u32) -> UnitName {
    UnitName::new("storm", u64::from(number)).expect("BUG: a good name")
}

/// What every process has.
pub(super) struct Stage {
    pub(super) vfs: CapVfs,
    pub(super) root: CapDir,
    pub(super) log: Log,
    units: u32,
}

pub(super) fn stage(units: u32, root: &Path, log: &Path) -> Result<Stage> {
    let (vfs, root) = CapVfs::open_ambient_dir(root)?;
    Ok(Stage { vfs, root, log: Log::open(log)?, units })
}

impl Stage {
    /// Any unit.
    pub(super) fn unit(&self) -> UnitName {
        unit(self.vfs.random() % self.units.max(1))
    }

    /// So many milliseconds, or fewer.
    pub(super) fn pause(&self, most: u32) {
        self.vfs.pause(Duration::from_millis(u64::from(self.vfs.random() % most)));
    }
}

/// Runs sessions.
///
/// # Errors
///
/// Only what should never be: then it is in the log as well.
pub fn worker(units: u32, root: &Path, log: &Path, seed: SeedMode) -> Result<()> {
    let mut stage = stage(units, root, log)?;
    let options = options(seed).retention(keep(2)).program("storm");
    loop {
        let session = match begin(&stage.vfs, &stage.root, &stage.unit(), &options) {
            Ok(session) => session,
            Err(error) => return violation(&mut stage.log, format!("begin failed: {error:?}")),
        };
        let how = format!("{} {:?}", session.name(), session.report());
        stage.log.note(Event::Begun, "");
        if session.report().source.is_none() && !session.report().rejected.is_empty() {
            stage.log.note(Event::Cold, &how);
        }
        if let Err(wrong) = work(&stage.vfs, &session) {
            return violation(&mut stage.log, format!("{how}: {wrong}"));
        }
        if stage.vfs.random().is_multiple_of(5) {
            match abandon(session) {
                Ok(abandoned) if abandoned.removed.failures == 0 => {
                    stage.log.note(Event::Abandoned, "")
                }
                other => return violation(&mut stage.log, format!("{how}: abandon: {other:?}")),
            }
        } else {
            match publish(session, Hash::new(u128::from(stage.vfs.random()))) {
                Ok(_) => stage.log.note(Event::Published, ""),
                Err(error) => {
                    return violation(&mut stage.log, format!("{how}: publish: {error:?}"));
                }
            }
        }
    }
}

/// Checks what the session was seeded with, changes it, and checks that nobody else did.
fn work(vfs: &CapVfs, session: &Working<CapVfs>) -> std::result::Result<(), String> {
    let files = match session.report().source {
        Some(_) => verify(vfs, session.dir()).map_err(|wrong| format!("seeded: {wrong}"))?,
        None if vfs.list(session.dir()).map_err(|error| error.to_string())?.is_empty() => {
            Files::new()
        }
        None => return Err("cold, but not empty".into()),
    };
    let files = change(vfs, session.dir(), files).map_err(|error| format!("change: {error}"))?;
    if vfs.random().is_multiple_of(3) {
        vfs.pause(Duration::from_millis(u64::from(vfs.random() % 8)));
    }
    let found = verify(vfs, session.dir()).map_err(|wrong| format!("own: {wrong}"))?;
    if found == files { Ok(()) } else { Err(format!("own: {found:?}, not {files:?}")) }
}

/// Collects.
///
/// # Errors
///
/// Only what should never be: then it is in the log as well.
pub fn collector(units: u32, root: &Path, log: &Path) -> Result<()> {
    let mut stage = stage(units, root, log)?;
    loop {
        let keep = 1 + stage.vfs.random() as usize % 2;
        let policy = policy(keep).grace(Duration::from_secs(1));
        if let Some(unit) = Unit::open(&stage.vfs, &stage.root, &stage.unit())? {
            let report = collect(&unit, &policy, Mode::Collect)?;
            // Where what is removed while it is open goes when it is closed, so does what it is in. FUSE gives it another name, and
            // that has not been seen to be in the way.
            let waits = cfg!(windows) && unit.fs_info()?.renames_removed;
            let is_wrong = |error: &incrdir_session::Error| {
                !(waits && error.kind() == ErrorKind::DirectoryNotEmpty)
            };
            if let Some((entry, error)) = report.failures().find(|(_, error)| is_wrong(error)) {
                return violation(&mut stage.log, format!("collecting {entry} failed: {error:?}"));
            }
            stage.log.note(Event::Collected, "");
        }
        stage.pause(5);
    }
}

/// Reads, and reads again what it holds.
///
/// # Errors
///
/// Only what should never be: then it is in the log as well.
pub fn reader(units: u32, root: &Path, log: &Path) -> Result<()> {
    let mut stage = stage(units, root, log)?;
    loop {
        let unit = stage.unit();
        match read(&stage.vfs, &stage.root, &unit, Unrecorded::Refuse)? {
            Reading::Nothing(_) => {}
            Reading::Found(snapshot) => {
                let dir = published_dir(&stage.vfs, &stage.root, &unit, snapshot.name());
                let first = verify(&stage.vfs, &dir);
                stage.pause(20);
                let again = verify(&stage.vfs, &dir);
                if first.is_err() || first != again {
                    let text = format!("reading {}: {first:?}, then {again:?}", snapshot.name());
                    return violation(&mut stage.log, text);
                }
                stage.log.note(Event::Read, "");
            }
        }
        stage.vfs.pause(Duration::from_millis(1));
    }
}

pub(super) fn violation(log: &mut Log, text: String) -> Result<()> {
    log.note(Event::Violation, &text);
    Err(std::io::Error::new(ErrorKind::InvalidData, text).into())
}
