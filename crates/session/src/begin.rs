//! B1 to B7: begin a session.
//!
//! 1. B1: open the unit, making it if it is missing.
//! 2. B2: list it.
//! 3. B3: take a time stamp later than every one listed, so that new work is never older than old work,
//!    whatever the clock does.
//! 4. B4: make the lock file, born locked, with the record's head in it.
//! 5. B5: hold the newest published session that can be had.
//! 6. B6: make the working directory and fill it from that source, or make the spare into it (`recycle.rs`);
//!    note the origin in the record.
//! 7. B7: hand it over.
//!
//! A death after B4 leaves a lock file, after B6 a working directory too; nobody holds their lock. The
//! source is held before the directory is made, so that a directory without content never waits for one.
//!
//! A name that is taken, or a unit that vanishes, is a lost race: everything starts again with a new name.

use std::io::ErrorKind;
use std::num::NonZeroUsize;

use incrdir_lockfs::{Create, Lock, create_locked};
use incrdir_naming::{EntryName, Key, SessionName, Timestamp, UnitName};
use incrdir_vfs::{FileId, Vfs, failed};

use crate::condemn::bury;
use crate::record::{Head, Origin};
use crate::recycle::{reconcile, take_spare};
use crate::seed::seed;
use crate::source::{Rejection, Source, Sources};
use crate::{
    Catalog, Condemned, Error, Report, SeedError, SeedMode, Seeded, Unit, Working, remove_tree,
    vfs_name,
};

/// How often a lost race is run again.
const ATTEMPTS: usize = 8;

/// How to begin a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BeginOptions {
    /// How to take over the files of the source.
    pub seed: SeedMode,
    /// Make the new session out of an old one that nobody needs any more, so that it costs what changed and
    /// not what there is: leave so many of the newest published sessions alone and take the next. It counts
    /// among those that a collection keeps: 1 fits a collection that keeps 2. `None`: never. Only
    /// [`SeedMode::Link`] can.
    pub recycle: Option<NonZeroUsize>,
    /// Name and version of the calling program, for the session's record.
    pub program: String,
}

/// Begins a session in the unit `name` of `root`, seeded from the newest published one that can be had.
///
/// Sources that cannot be had or used are no error: the next older one is tried, then the session starts
/// cold. [`Working::report`] says which and why.
///
/// # Errors
///
/// [`Error::Lock`] of kind `Unsupported` where the file system has no locks, [`Error::Timestamp`] for a
/// clock before 1970 or beyond what names can hold, [`Error::Contended`] if somebody keeps removing the
/// unit, [`Error::Io`] for a call that failed. Whatever was made is removed again.
pub fn begin<V: Vfs>(
    vfs: &V,
    root: &V::Dir,
    name: &UnitName,
    options: &BeginOptions,
) -> Result<Working<V>, Error> {
    for attempt in 1..=ATTEMPTS {
        match try_begin(vfs, root, name, options) {
            Ok(Some(mut session)) => {
                session.report.attempts = attempt;
                return Ok(session);
            }
            Ok(None) => {}
            // The unit was removed under our hands; a root that is gone fails in B1 again.
            Err(error) if error.kind() == ErrorKind::NotFound && attempt < ATTEMPTS => {}
            Err(error) => return Err(error),
        }
    }
    let unit = vfs.path(root).join(vfs_name(name));
    Err(Error::Contended { unit, attempts: ATTEMPTS })
}

/// One attempt. `None`: another process was faster.
fn try_begin<V: Vfs>(
    vfs: &V,
    root: &V::Dir,
    name: &UnitName,
    options: &BeginOptions,
) -> Result<Option<Working<V>>, Error> {
    let Some(unit) = Unit::open_or_create(vfs, root, name)? else { return Ok(None) };
    let catalog = unit.list()?;
    let timestamp = next_timestamp(&unit, &catalog)?;
    let key = Key::new(timestamp, vfs.random());
    let head = Head::of_caller(vfs, &options.program, timestamp).encode();
    let lock_name = vfs_name(EntryName::Lock(key));
    let birth = vfs_name(EntryName::Birth(key));
    let mut lock = match create_locked(vfs, &unit.dir, &birth, &lock_name, &head)? {
        Create::Locked(lock) => lock,
        Create::Taken => return Ok(None),
    };
    match fill(&unit, key, &mut lock, options, &catalog) {
        Ok(Some((dir, id, report))) => Ok(Some(Working { unit, key, dir, id, lock, report })),
        Ok(None) => {
            lock.remove(&unit.dir, &lock_name)?;
            Ok(None)
        }
        Err(error) => {
            discard(&unit, key.working());
            let _ = lock.remove(&unit.dir, &lock_name);
            Err(error)
        }
    }
}

/// B3. Something stamped with the last moment that a name can hold must not keep everybody from beginning:
/// there is nothing after it, so the clock is all there is.
fn next_timestamp<V: Vfs>(unit: &Unit<V>, catalog: &Catalog) -> Result<Timestamp, Error> {
    let now = Timestamp::from_system_time(unit.vfs.now())
        .map_err(|source| Error::Timestamp { unit: unit.path().into(), source })?;
    let newest = catalog.newest_timestamp().filter(|newest| *newest >= now);
    Ok(newest.and_then(|newest| newest.next().ok()).unwrap_or(now))
}

/// B5 and B6. `None`: a working directory of this name exists, so the name is somebody else's.
fn fill<V: Vfs>(
    unit: &Unit<V>,
    key: Key,
    lock: &mut Lock<V>,
    options: &BeginOptions,
    catalog: &Catalog,
) -> Result<Option<(V::Dir, FileId, Report)>, Error> {
    let mode = options.seed;
    let mut recycling_failed = None;
    let mut sources = Sources::new(unit, catalog);
    loop {
        let source = match mode {
            SeedMode::None => None,
            _ => sources.next()?,
        };
        if let (Some(held), Some(spare)) = (&source, spare(options, &sources)) {
            match recycle(unit, held, spare, key) {
                Ok(None) => {}
                Ok(Some((dir, id, seeded))) => {
                    let taken = Some((held.name, seeded));
                    let mut report = Report::new(mode, taken, sources.rejected);
                    report.recycled = Some(spare);
                    // Closing it would do, but not for who inherited it.
                    let _ = source.map(|source| source.lock.release());
                    return finish(unit, key, lock, (dir, id), report);
                }
                Err(why) => {
                    discard(unit, key.working());
                    recycling_failed = Some(why);
                }
            }
        }
        let Some((dir, id)) = make_dir(unit, key.working())? else { return Ok(None) };
        let Some(source) = source else {
            let mut report = Report::new(mode, None, sources.rejected);
            report.recycling_failed = recycling_failed;
            return finish(unit, key, lock, (dir, id), report);
        };
        let name = source.name;
        match take_over(unit, source, &dir, mode) {
            Ok(seeded) => {
                let mut report = Report::new(mode, Some((name, seeded)), sources.rejected);
                report.recycling_failed = recycling_failed;
                return finish(unit, key, lock, (dir, id), report);
            }
            Err(why) => {
                discard(unit, key.working());
                sources.reject(name, why.into());
            }
        }
    }
}

/// The session that may be made into the new one.
fn spare<V: Vfs>(options: &BeginOptions, sources: &Sources<'_, V>) -> Option<SessionName> {
    // Files that were copied share nothing by which they could be told to be equal.
    let newest = options.recycle.filter(|_| options.seed == SeedMode::Link)?;
    sources.spare(newest)
}

/// Makes the spare into the new session. The source is held until it is done.
fn recycle<V: Vfs>(
    unit: &Unit<V>,
    source: &Source<V>,
    spare: SessionName,
    key: Key,
) -> Result<Option<(V::Dir, FileId, Seeded)>, Rejection> {
    let Some((dir, id)) = take_spare(unit, spare, key)? else { return Ok(None) };
    let seeded = reconcile(&unit.vfs, &source.dir, &dir)?;
    Ok(Some((dir, id, seeded)))
}

/// Seeds from the source and lets go of it.
fn take_over<V: Vfs>(
    unit: &Unit<V>,
    source: Source<V>,
    dir: &V::Dir,
    mode: SeedMode,
) -> Result<Seeded, SeedError> {
    let seeded = seed(&unit.vfs, &source.dir, dir, mode);
    // Closing releases a shared lock too: an error here changes nothing that we could still mend.
    let _ = source.lock.release();
    seeded
}

/// Notes the origin in the record: the last thing that can fail.
fn finish<V: Vfs>(
    unit: &Unit<V>,
    key: Key,
    lock: &mut Lock<V>,
    (dir, id): (V::Dir, FileId),
    report: Report,
) -> Result<Option<(V::Dir, FileId, Report)>, Error> {
    let origin = Origin { source: report.source, mode: report.mode };
    let name = vfs_name(EntryName::Lock(key));
    lock.append(&origin.encode()).map_err(failed(
        &unit.vfs,
        "write lock file",
        &unit.dir,
        &name,
    ))?;
    Ok(Some((dir, id, report)))
}

fn make_dir<V: Vfs>(
    unit: &Unit<V>,
    session: SessionName,
) -> Result<Option<(V::Dir, FileId)>, Error> {
    let (vfs, name) = (&unit.vfs, vfs_name(session));
    match vfs.create_dir(&unit.dir, &name) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(None),
        Err(error) => return Err(failed(vfs, "create session", &unit.dir, &name)(error).into()),
    }
    let id = vfs.stat(&unit.dir, &name).map_err(failed(vfs, "look at", &unit.dir, &name))?.id;
    let dir = vfs.open_dir(&unit.dir, &name).map_err(failed(vfs, "open", &unit.dir, &name))?;
    Ok(Some((dir, id)))
}

/// Deletes a half-made working directory of ours, by way of a tombstone. What cannot be deleted now is left
/// to the next collection.
fn discard<V: Vfs>(unit: &Unit<V>, session: SessionName) {
    if let Ok(Condemned::Tombstone(tombstone)) = bury(unit, session) {
        let _ = remove_tree(&unit.vfs, &unit.dir, &vfs_name(tombstone));
    }
}
