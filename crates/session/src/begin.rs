//! B1 to B7: begin a session.
//!
//! 1. B1: open the unit, making it if it is missing.
//! 2. B2: list it.
//! 3. B3: take a time stamp later than every one listed, so that new work is never older than old work,
//!    whatever the clock does.
//! 4. B4: make the lock file, born locked, with the record's head in it.
//! 5. B5: hold the newest published session that can be had and is what was published.
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

use incrdir_lockfs::{Create, Lock, Way, create_locked};
use incrdir_naming::{EntryName, Key, SessionName, Timestamp, UnitName};
use incrdir_vfs::{DirStat, FsInfo, Vfs, failed};

use crate::attributes::Plain;
use crate::condemn::bury;
use crate::evidence::Clock;
use crate::list::List;
use crate::place::Standing;
use crate::record::{Head, Origin};
use crate::recycle::{Wish, reconcile, take_spare};
use crate::seed::seed;
use crate::source::{Rejected, Rejection, Source, Sources};
use crate::survey::{Basis, Copies, Terms};
use crate::trust::Trusted;
use crate::{
    Audit, Catalog, Condemned, Durability, Error, Report, Scrutiny, SeedError, SeedMode, Seeded,
    Unit, Unrecorded, Working, remove_tree, tree, vfs_name,
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
    /// among those that a collection keeps: 1 fits a collection that keeps 2. `None`: never.
    pub recycle: Option<NonZeroUsize>,
    /// Whether to start from a published session that has no record.
    pub unrecorded: Unrecorded,
    /// Whether to start from an older session, or from nothing, when a newer one cannot be had for a reason that is not
    /// its own fault: a full disk, too few descriptors, no permission, an error of the medium. Else that is an error.
    pub or_cold: bool,
    /// What a power loss may do to this session once it is published.
    pub durability: Durability,
    /// Whether to record digests of the files, so that contents can be compared and not only lengths and
    /// times. Each changed file is read once more for it when the session is published.
    pub digests: bool,
    /// Whether to look, when this session ends, if somebody wrote through its links into published ones.
    pub audit: Audit,
    /// Name and version of the calling program, for the session's record.
    pub program: String,
}

/// Begins a session in the unit `name` of `root`, seeded from the newest published one that can be had.
///
/// Sources that are in use, gone, or not what was published are no error: the next older one is tried, then the
/// session starts cold. [`Working::report`] says which and why.
///
/// # Errors
///
/// [`Error::Lock`] of kind `Unsupported` where the file system has no locks, [`Error::Timestamp`] for a
/// clock before 1970 or beyond what names can hold, [`Error::Contended`] if somebody keeps removing the
/// unit, [`Error::Source`] if the newest session could be used but for something that was missing here and now,
/// [`Error::BlindAudit`] and [`Error::Spelling`] as they say, [`Error::Io`] for a call that failed. Whatever was made is removed again.
pub fn begin<V: Vfs>(
    vfs: &V,
    root: &V::Dir,
    name: &UnitName,
    options: &BeginOptions,
) -> Result<Working<V>, Error> {
    let mut way = Way::default();
    for attempt in 1..=ATTEMPTS {
        match try_begin(vfs, root, name, options, &mut way) {
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
    way: &mut Way,
) -> Result<Option<Working<V>>, Error> {
    let Some(unit) = Unit::open_or_create(vfs, root, name)? else { return Ok(None) };
    if options.durability == Durability::Durable {
        // Whoever made the unit may not have synced its name.
        vfs.sync_dir(root)
            .map_err(|error| incrdir_vfs::Error::new("sync", vfs.path(root), error))?;
    }
    let catalog = unit.list()?;
    let timestamp = next_timestamp(&unit, &catalog)?;
    let key = Key::new(timestamp, vfs.random());
    let head = Head::of_caller(vfs, &options.program, key, options.durability).encode();
    let lock_name = vfs_name(EntryName::Lock(key));
    let birth = vfs_name(EntryName::Birth(key));
    let mut lock = match create_locked(vfs, &unit.dir, &birth, &lock_name, &head, way)? {
        Create::Locked(lock) => lock,
        Create::Taken => return Ok(None),
    };
    match fill(&unit, key, &mut lock, options, &catalog) {
        Ok(Some(Filled { dir, seen, report, basis })) => {
            let BeginOptions { durability, audit, digests, .. } = *options;
            let terms = Terms { durability, audit, digests };
            Ok(Some(Working { unit, key, dir, seen, lock, report, basis, terms }))
        }
        Ok(None) => {
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
fn next_timestamp<V: Vfs>(unit: &Unit<V>, catalog: &Catalog) -> Result<Timestamp, Error> {
    let now = Timestamp::from_system_time(unit.vfs.now())
        .map_err(|source| Error::Timestamp { unit: unit.path().into(), source })?;
    let newest = catalog.newest_timestamp().filter(|newest| *newest >= now);
    Ok(newest.and_then(|newest| newest.next().ok()).unwrap_or(now))
}

/// A working directory with the files of its source.
struct Filled<V: Vfs> {
    dir: V::Dir,
    seen: DirStat,
    report: Report,
    basis: Basis,
}

/// What is known of the file system, and was tried on it, before a session is filled.
struct Ground {
    info: FsInfo,
    clock: Clock,
}

impl Ground {
    fn of<V: Vfs>(unit: &Unit<V>, lock: &Lock<V>, options: &BeginOptions) -> Result<Self, Error> {
        let info = unit
            .vfs
            .fs_info(&unit.dir)
            .map_err(|error| incrdir_vfs::Error::new("ask about", unit.path(), error))?;
        let is_audited = options.seed == SeedMode::Link && options.audit == Audit::Attributes;
        if is_audited && !info.times_tell_all {
            let (unit, fs) = (unit.path().into(), info.name.into_owned());
            return Err(Error::BlindAudit { unit, fs });
        }
        let clock = Clock::of(&info, lock.shows_every_change());
        Ok(Self { info, clock })
    }

    /// What a session can be recorded from that has these files of its source. Where the clock is coarse, this waits until
    /// a change of the copies would show: else each of them would have to be copied again by the next session but one.
    fn basis<V: Vfs>(self, vfs: &V, list: Option<List>, copied: Copies) -> Basis {
        let Self { info, clock } = self;
        let mut handed_over = vfs.now();
        let latest = copied.values().map(|copied| copied.shown.ctime()).max();
        if let Some(left) = latest.and_then(|latest| clock.settling(latest, handed_over)) {
            vfs.pause(left);
            handed_over = vfs.now();
        }
        Basis { list, copied, handed_over, clock, info }
    }
}

/// B5 and B6. `None`: a working directory of this name exists, so the name is somebody else's.
fn fill<V: Vfs>(
    unit: &Unit<V>,
    key: Key,
    lock: &mut Lock<V>,
    options: &BeginOptions,
    catalog: &Catalog,
) -> Result<Option<Filled<V>>, Error> {
    let mode = options.seed;
    let mut recycling_failed = None;
    let ground = Ground::of(unit, lock, options)?;
    let mut sources =
        Sources::new(unit, catalog, options.unrecorded, Scrutiny::Record, options.or_cold);
    loop {
        let source = match mode {
            SeedMode::None => None,
            _ => sources.next()?,
        };
        let Some(mut source) = source else {
            let Some((dir, seen)) = make_dir(unit, key.working())? else { return Ok(None) };
            let mut report = Report::new(mode, None, sources.rejected);
            report.recycling_failed = recycling_failed;
            let basis = ground.basis(&unit.vfs, None, Copies::new());
            let since_cold = was_anything_there(&report).then_some(0);
            return finish(unit, key, lock, Filled { dir, seen, report, basis }, since_cold);
        };
        let name = source.name;
        let known = match known(unit, &mut source, &ground.info) {
            Ok(known) => known,
            Err(why) => {
                sources.reject(name, why.into())?;
                continue;
            }
        };
        let mut recycled = None;
        // The spare may be the last one that did not begin cold.
        let is_recent = |sessions: u8, newest: NonZeroUsize| usize::from(sessions) <= newest.get();
        let spare = options
            .recycle
            .filter(|newest| !known.since_cold.is_some_and(|since| is_recent(since, *newest)));
        if let Some(spare) = spare.and_then(|newest| sources.spare(newest)) {
            match recycle(unit, &source, &known, spare, key, mode, &ground) {
                Ok(None) => {}
                Ok(Some(taken)) => recycled = Some((spare, taken)),
                Err(why) => {
                    discard(unit, key);
                    recycling_failed = Some(why);
                }
            }
        }
        let (spare, taken) = match recycled {
            Some((spare, taken)) => (Some(spare), Ok(taken)),
            None => {
                let Some((dir, seen)) = make_dir(unit, key.working())? else { return Ok(None) };
                let plain = Plain::of(&seen.stat);
                let seeded = seed(&unit.vfs, &source.dir, &dir, &known.list, mode, plain);
                (None, seeded.map(|(seeded, copied)| (dir, seen, seeded, copied)))
            }
        };
        let taken = match taken {
            Ok(_) if !ground.info.locks_exclude_all && !is_there(unit, name) => {
                Err(SeedError::Overtaken { session: name })
            }
            taken => taken,
        };
        // Closing releases a shared lock too: an error here changes nothing that we could still mend.
        let _ = source.lock.release();
        match taken {
            Ok((dir, seen, seeded, copied)) => {
                let mut report = Report::new(mode, Some((name, seeded)), sources.rejected);
                report.recycled = spare;
                report.recycling_failed = recycling_failed;
                report.is_moved = known.standing == Some(Standing::Moved);
                report.extra = known.extra;
                let list = known.list.is_recorded.then_some(known.list);
                let basis = ground.basis(&unit.vfs, list, copied);
                let since_cold = known.since_cold.and_then(|since| since.checked_add(1));
                return finish(unit, key, lock, Filled { dir, seen, report, basis }, since_cold);
            }
            Err(why) => {
                discard(unit, key);
                sources.lacks(name, why)?;
            }
        }
    }
}

/// What there is to be known of a source, with a record or without.
struct KnownSource {
    list: List,
    standing: Option<Standing>,
    extra: Vec<std::path::PathBuf>,
    since_cold: Option<u8>,
    /// The one that it is on.
    device: u64,
}

fn known<V: Vfs>(
    unit: &Unit<V>,
    source: &mut Source<V>,
    info: &FsInfo,
) -> Result<KnownSource, Error> {
    let vfs = &unit.vfs;
    if let Some(trusted) = source.trusted.take() {
        let Trusted { list, standing, extra, since_cold, device, .. } = trusted;
        let standing = Some(standing);
        return Ok(KnownSource { list, standing, extra, since_cold, device });
    }
    let seen = vfs
        .stat_dir(&source.dir)
        .map_err(|error| incrdir_vfs::Error::new("look at", vfs.path(&source.dir), error))?;
    let list = tree::read(vfs, source.name, &source.dir, info.renames_removed)?;
    let (extra, device) = (Vec::new(), seen.stat.id.device);
    Ok(KnownSource { list, standing: None, extra, since_cold: None, device })
}

/// C6. Where the shared lock may not have kept everybody away, the name tells: a session loses it before
/// anything in it is changed, and no name of a session comes back.
fn is_there<V: Vfs>(unit: &Unit<V>, session: SessionName) -> bool {
    unit.vfs.stat(&unit.dir, &vfs_name(session)).is_ok()
}

/// A directory with the files of the source, and how it got them.
type Taken<V> = (<V as Vfs>::Dir, DirStat, Seeded, Copies);

/// Makes the spare into the new session. The source is held until it is done.
fn recycle<V: Vfs>(
    unit: &Unit<V>,
    source: &Source<V>,
    known: &KnownSource,
    spare: SessionName,
    key: Key,
    mode: SeedMode,
    ground: &Ground,
) -> Result<Option<Taken<V>>, Rejection> {
    let wish = Wish {
        from: &source.dir,
        list: &known.list,
        device: known.device,
        mode,
        info: &ground.info,
        clock: ground.clock,
        plain: Plain::default(),
    };
    let Some(mut spare) = take_spare(unit, spare, key, &wish)? else { return Ok(None) };
    let (seeded, copied) = reconcile(&unit.vfs, &mut spare, &wish)?;
    Ok(Some((spare.dir, spare.seen, seeded, copied)))
}

/// Whether a session that began cold left others aside. What is gone is nobody's source.
fn was_anything_there(report: &Report) -> bool {
    report.rejected.iter().any(|rejected: &Rejected| !matches!(rejected.why, Rejection::Gone))
}

/// Notes the origin in the record: the last thing that can fail.
fn finish<V: Vfs>(
    unit: &Unit<V>,
    key: Key,
    lock: &mut Lock<V>,
    filled: Filled<V>,
    since_cold: Option<u8>,
) -> Result<Option<Filled<V>>, Error> {
    let Report { source, mode, .. } = filled.report;
    let origin = Origin { source, mode, since_cold };
    let name = vfs_name(EntryName::Lock(key));
    lock.append(&origin.encode()).map_err(failed(
        &unit.vfs,
        "write lock file",
        &unit.dir,
        &name,
    ))?;
    Ok(Some(filled))
}

fn make_dir<V: Vfs>(
    unit: &Unit<V>,
    session: SessionName,
) -> Result<Option<(V::Dir, DirStat)>, Error> {
    let (vfs, name) = (&unit.vfs, vfs_name(session));
    match vfs.create_dir(&unit.dir, &name) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(None),
        Err(error) => return Err(failed(vfs, "create session", &unit.dir, &name)(error).into()),
    }
    let dir = vfs.open_dir(&unit.dir, &name).map_err(failed(vfs, "open", &unit.dir, &name))?;
    let seen = vfs.stat_dir(&dir).map_err(failed(vfs, "look at", &unit.dir, &name))?;
    Ok(Some((dir, seen)))
}

/// Deletes a half-made working directory of ours, by way of a tombstone. What cannot be deleted now is left
/// to the next collection.
fn discard<V: Vfs>(unit: &Unit<V>, key: Key) {
    let working = vfs_name(key.working());
    if let Ok(Condemned::Tombstone(tombstone)) = bury(unit, &working, key) {
        let _ = remove_tree(&unit.vfs, &unit.dir, &vfs_name(tombstone));
    }
}
