//! B1 to B7: begin a session.
//!
//! 1. B1: open the unit, making it if it is missing.
//! 2. B2: list it.
//! 3. B3: take a time stamp later than every one listed, so that new work is never older than old work,
//!    whatever the clock does.
//! 4. B4: make the lock file, born locked, with the record's head in it.
//! 5. B5: hold the newest published session that is available and is what was published, or the one that the caller named. If
//!    the unit has none, look for one in each of the fallback units.
//!    If a session waits that was filled from it ahead of time, take that over (`waiting.rs`): then nothing is left of B6.
//! 6. B6: make the working directory and fill it from that source, or make the spare into it (`recycle.rs`).
//! 7. B7: release the source, note in the record where the session comes from, and hand it over.
//!
//! A death after B4 leaves a lock file, after B6 a working directory too; nobody holds their lock. The
//! source is held before the directory is made, so that a directory without content never waits for one.
//!
//! A name that is taken, or a unit that vanishes, is a lost race: everything starts again with a new name.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::time::SystemTime;

use incrdir_lockfs::{Create, Lock, Way, create_locked};
use incrdir_naming::{EntryName, Key, SessionName, Timestamp, UnitName};
use incrdir_record::Origin;
use incrdir_vfs::{DirStat, Vfs, failed};

use crate::fill::basis::{Basis, Copies, Terms};
use crate::fill::ground::Ground;
use crate::fill::recall::Unread;
use crate::fill::take::{KnownSource, Taking, discard, make_dir, take};
use crate::fill::waiting::{TakenOver, take_waiting};
use crate::locked::source::{Source, Sources};
use crate::observe::{self, report};
use crate::record::head_of_caller;
use crate::trust::standing::Standing;
use crate::working::Writing;
use crate::{
    BeginOptions, Begun, Catalog, Drawback, Durability, Error, Rejected, Rejection, Scrutiny,
    SeedMode, Seeded, Unit, Working, vfs_name,
};

/// How often a lost race is run again.
const ATTEMPTS: usize = 8;

/// Begins a session in the unit `name` of `root`, seeded from the newest published one that is available.
///
/// Sources that are in use, gone, or not what was published are no error: the next older one is tried, then the
/// session starts cold. [`Working::report`] says which and why.
///
/// # Errors
///
/// [`Error::Lock`] of kind `Unsupported` where the file system has no locks, [`Error::Timestamp`] for a
/// clock before 1970 or beyond what names can hold, [`Error::Contended`] if somebody keeps removing the
/// unit, [`Error::Source`] if the newest session could be used but for something that was missing here and now,
/// [`Error::NotThisOne`] if the one that was asked for cannot be used,
/// [`Error::BlindAudit`] and [`Error::Spelling`] as they say, [`Error::Io`] for a call that failed. Whatever was made is removed again.
pub fn begin<V: Vfs>(
    vfs: &V,
    root: &V::Dir,
    name: &UnitName,
    options: &BeginOptions,
) -> Result<Working<V>, Error> {
    let span = observe::begin(name, options.seed);
    let begun = begin_in_turns(vfs, root, name, options);
    report::begun(&span, &begun);
    begun
}

fn begin_in_turns<V: Vfs>(
    vfs: &V,
    root: &V::Dir,
    name: &UnitName,
    options: &BeginOptions,
) -> Result<Working<V>, Error> {
    let mut way = Way::default();
    for attempt in 1..=ATTEMPTS {
        match try_begin(vfs, root, name, options, &mut way) {
            Ok(Some(mut session)) => {
                session.writing_mut().report.attempts = attempt;
                return Ok(session);
            }
            Ok(None) => observe::lost_race(attempt),
            Err(error @ Error::NotThisOne { .. }) => return Err(error),
            // The unit was removed under our hands; a root that is gone fails in B1 again.
            Err(error) if error.kind() == ErrorKind::NotFound && attempt < ATTEMPTS => {
                observe::unit_vanished(attempt, &error);
            }
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
    way: &mut Way,
) -> Result<Option<Working<V>>, Error> {
    let Some(unit) = Unit::open_or_create(vfs, root, name)? else { return Ok(None) };
    if options.durability == Durability::Durable {
        // Whoever made the unit may not have synced its name.
        vfs.sync_dir(root)
            .map_err(|error| incrdir_vfs::Error::new("sync", vfs.path(root), error))?;
    }
    let catalog = unit.list()?;
    let now = vfs.now();
    let timestamp = match options.begun {
        Some(begun) => begun,
        None => next_timestamp(&unit, &catalog, now)?,
    };
    let key = Key::new(timestamp, vfs.random());
    let head = head_of_caller(vfs, &options.program, key, options.durability).encode();
    let lock_name = vfs_name(EntryName::Lock(key));
    let birth = vfs_name(EntryName::Birth(key));
    let mut lock = match create_locked(vfs, &unit.dir, &birth, &lock_name, &head, way)? {
        Create::Locked(lock) => lock,
        Create::Taken => return Ok(None),
    };
    match fill((&unit, root, key, now), &mut lock, options, &catalog) {
        Ok(Some(Filled { dir, seen, report, basis, unread })) => {
            let BeginOptions { durability, audit, digests, patience, .. } = *options;
            let terms = Terms { durability, audit, digests, patience };
            let (path, dir) = (vfs.path(&dir).into(), Some(dir));
            Ok(Some(Working::new(Writing {
                unit,
                key,
                dir,
                path,
                seen,
                lock,
                report,
                basis,
                unread,
                terms,
            })))
        }
        Ok(None) => {
            observe::name_taken(key.working());
            lock.remove(&unit.dir, &lock_name)?;
            Ok(None)
        }
        Err(error) => {
            discard(&unit, key);
            let _ = lock.remove(&unit.dir, &lock_name);
            Err(error)
        }
    }
}

/// B3. Something stamped with the last moment that a name can hold must not keep everybody from beginning:
/// there is nothing after it, so the clock is all there is.
fn next_timestamp<V: Vfs>(
    unit: &Unit<V>,
    catalog: &Catalog,
    now: SystemTime,
) -> Result<Timestamp, Error> {
    let now = Timestamp::from_system_time(now)
        .map_err(|source| Error::Timestamp { unit: unit.path().into(), source })?;
    let newest = catalog.newest_timestamp().filter(|newest| *newest >= now);
    Ok(newest.and_then(|newest| newest.next().ok()).unwrap_or(now))
}

/// A working directory with the files of its source.
struct Filled<V: Vfs> {
    dir: V::Dir,
    seen: DirStat,
    report: Begun,
    basis: Basis,
    /// Where the rest of the basis is, if it has not been read.
    unread: Option<Unread<V>>,
}

/// What came of looking for a source in one unit.
enum Sought<V: Vfs> {
    /// The session is filled from one, so many sessions after a cold start.
    Filled(Box<Filled<V>>, Option<u8>),
    /// A working directory of this name exists, so the name is somebody else's.
    NameTaken,
    /// Nothing there can be started from.
    NoSource,
}

/// What is known of the sources that were tried.
#[derive(Default)]
struct Tried {
    rejected: Vec<Rejected>,
    recycling_failed: Option<Rejection>,
}

impl Tried {
    /// Why the one session that was to be started from is not.
    fn not_this_one(self, session: SessionName, path: PathBuf) -> Error {
        let rejected = self.rejected.into_iter().find(|rejected| rejected.session == session);
        let why = rejected.map_or(Rejection::Gone, |rejected| rejected.why);
        Error::NotThisOne { path, source: why.into() }
    }
}

/// B5 and B6. `None`: a working directory of this name exists, so the name is somebody else's.
fn fill<V: Vfs>(
    place: (&Unit<V>, &V::Dir, Key, SystemTime),
    lock: &mut Lock<V>,
    options: &BeginOptions,
    catalog: &Catalog,
) -> Result<Option<Filled<V>>, Error> {
    let (unit, root, key, now) = place;
    let ground = Ground::of(unit, lock, options, catalog)?;
    if let Some(taken) = take_waiting(unit, (key, now), options, catalog, &ground) {
        let TakenOver { session, source, dir, seen, basis, unread, since_cold } = taken;
        let mut report = Begun::new(options.seed, Some((source, Seeded::default())), Vec::new());
        report.waited = Some(session);
        let filled = Filled { dir, seen, report, basis, unread };
        return finish(unit, key, lock, options, filled, since_cold);
    }
    let mut tried = Tried::default();
    let mut sought =
        fill_from(unit, key, options, sources(unit, catalog, options, now), &ground, &mut tried)?;
    for name in options.fallbacks.iter().filter(|name| *name != unit.name()) {
        let is_settled = options.seed == SeedMode::None || options.only.is_some();
        if !matches!(sought, Sought::NoSource) || is_settled {
            break;
        }
        if let Some(other) = Unit::open(&unit.vfs, root, name)? {
            observe::other_unit(name);
            let sources = sources(&other, &other.list()?, options, now).of_other_unit();
            sought = fill_from(unit, key, options, sources, &ground, &mut tried)?;
        }
    }
    let (mut filled, since_cold) = match sought {
        Sought::Filled(filled, since_cold) => (*filled, since_cold),
        Sought::NameTaken => return Ok(None),
        Sought::NoSource => {
            if let Some(session) = options.only.filter(|_| options.seed != SeedMode::None) {
                let path = unit.path().join(session.to_string());
                return Err(tried.not_this_one(session, path));
            }
            let Some((dir, seen)) = make_dir(unit, key.working())? else { return Ok(None) };
            let mut report = Begun::new(options.seed, None, tried.rejected);
            report.recycling_failed = tried.recycling_failed;
            let since_cold = was_anything_there(&report).then_some(0);
            let basis = ground.basis(&unit.vfs, None, Copies::new(), Vec::new());
            (Filled { dir, seen, report, basis, unread: None }, since_cold)
        }
    };
    if ground.is_new {
        filled.report.drawbacks.extend(Drawback::known(&ground.info));
    }
    if !options.tells_drawbacks {
        filled.report.drawbacks.clear();
    }
    finish(unit, key, lock, options, filled, since_cold)
}

fn sources<'a, V: Vfs>(
    unit: &'a Unit<V>,
    catalog: &Catalog,
    options: &BeginOptions,
    now: SystemTime,
) -> Sources<'a, V> {
    // Of one that is wanted and cannot be used, its own error says why.
    let or_older = options.or_cold || options.only.is_some();
    Sources::new(unit, catalog, options.unrecorded, Scrutiny::Record, or_older, now)
        .only(options.only)
        .without(&options.refused)
}

/// B5 and B6 with the sources of one unit.
fn fill_from<V: Vfs>(
    unit: &Unit<V>,
    key: Key,
    options: &BeginOptions,
    mut sources: Sources<'_, V>,
    ground: &Ground,
    tried: &mut Tried,
) -> Result<Sought<V>, Error> {
    let other = sources.other.clone();
    let its_own = match other {
        Some(_) => Some(sources.unit.fs_info()?),
        None => None,
    };
    let info = its_own.as_ref().unwrap_or(&ground.info);
    // A program that writes through a link must find files of its own unit only: the others' writers are not told.
    let mode = match options.seed {
        SeedMode::Link if other.is_some() => SeedMode::Auto,
        mode => mode,
    };
    while let Some(Source { held, trusted }) = next_source(&mut sources, mode)? {
        let name = held.name;
        let source = match KnownSource::of(sources.unit, held, trusted, &options.selection, info) {
            Ok(source) => source,
            Err(why) => {
                sources.reject(name, why.into())?;
                continue;
            }
        };
        let spare = match other {
            None => source.spare(options.retention).and_then(|newest| sources.spare(newest)),
            Some(_) => None,
        };
        let mut recycling_failed = None;
        let taking = take(unit, &source, spare, key, mode, ground, &mut recycling_failed)?;
        if let (Some(spare), true) = (spare, recycling_failed.is_some()) {
            sources.forget(spare);
        }
        tried.recycling_failed = recycling_failed.or(tried.recycling_failed.take());
        let shown = source.shown().filter(|_| other.is_none());
        let KnownSource { held, list, standing, extra, since_cold, was_cold, unselected, .. } =
            source;
        // Closing releases a shared lock too: an error here changes nothing that we could still mend.
        let _ = held.lock.release();
        match taking {
            Taking::Done(taken) => {
                tried.rejected.append(&mut sources.rejected);
                let rejected = std::mem::take(&mut tried.rejected);
                let mut report = Begun::new(mode, Some((name, taken.seeded)), rejected);
                report.source_unit = other;
                report.unselected = unselected;
                report.recycled = taken.spare;
                report.recycling_failed = tried.recycling_failed.take();
                report.is_moved = standing == Some(Standing::Moved);
                report.extra = extra;
                if was_cold || ground.is_new {
                    report.drawbacks.extend(Drawback::seen(mode, &report.seeded));
                }
                let list = list.is_recorded().then_some(list);
                let mut basis = ground.basis(&unit.vfs, list, taken.copied, taken.intact);
                basis.source = shown;
                let since_cold = since_cold.and_then(|since| since.checked_add(1));
                let (dir, seen) = (taken.dir, taken.seen);
                let filled = Filled { dir, seen, report, basis, unread: None };
                return Ok(Sought::Filled(Box::new(filled), since_cold));
            }
            Taking::NameTaken => return Ok(Sought::NameTaken),
            Taking::Failed(why) => {
                discard(unit, key);
                sources.lacks(name, why)?;
            }
        }
    }
    tried.rejected.append(&mut sources.rejected);
    Ok(Sought::NoSource)
}

/// B5. Who starts cold in any case looks for none.
fn next_source<V: Vfs>(
    sources: &mut Sources<'_, V>,
    mode: SeedMode,
) -> Result<Option<Source<V>>, Error> {
    match mode {
        SeedMode::None => Ok(None),
        _ => sources.next(),
    }
}

/// Whether a session that began cold left others aside. What is gone is not a source any more.
fn was_anything_there(report: &Begun) -> bool {
    report.rejected.iter().any(|rejected| !matches!(rejected.why, Rejection::Gone))
}

/// Notes the origin in the record: the last thing that can fail.
fn finish<V: Vfs>(
    unit: &Unit<V>,
    key: Key,
    lock: &mut Lock<V>,
    options: &BeginOptions,
    filled: Filled<V>,
    since_cold: Option<u8>,
) -> Result<Option<Filled<V>>, Error> {
    let Begun { source, mode, source_unit, .. } = &filled.report;
    let origin = Origin::new(*source, *mode, since_cold)
        .unit(source_unit.clone())
        .patterns(options.selection.patterns());
    let name = vfs_name(EntryName::Lock(key));
    lock.append(&origin.encode()).map_err(failed(
        &unit.vfs,
        "write lock file",
        &unit.dir,
        &name,
    ))?;
    Ok(Some(filled))
}
