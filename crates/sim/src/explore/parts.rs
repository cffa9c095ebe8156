//! What a process of a play does.

use crate::worlds::create;
use incrdir_explore::Report;
use std::error::Error;
use std::io::ErrorKind;
use std::time::{Duration, SystemTime};

use incrdir_explore::SimVfs;
use incrdir_gc::{Fate, Mode, Why, collect};
use incrdir_naming::{EntryName, Hash, SessionName};
use incrdir_session::{
    Audit, BeginOptions, Durability, PublishError, Reading, Rejected, Rejection, SeedMode, Unit,
    Unrecorded, Working, abandon, begin, publish, read,
};
use incrdir_vfs::{Access, Vfs};

use super::ghost::Told;
use super::seed;
use super::stage::Stage;
use crate::worlds::{name, policy, recycling};

/// A part in a play.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// Begins a session, changes a file, publishes.
    Writer,
    /// The same, and collects.
    WriterCollector,
    /// The same as the first, seeded by copies.
    Copier,
    /// The same as the first, by clones or else copies.
    Cloner,
    /// The same as the first, durable, with digests and an audit.
    Careful,
    /// The same as the first, consistent.
    Consistent,
    /// The same as the first, durable.
    Durable,
    /// Seeded by copies, it writes into the file that it changes.
    InPlace,
    /// Seeded by copies, it writes into the file that it changes through a shared mapping.
    Storer,
    /// Begins a session, puts a directory of its own in place of the session's, publishes.
    Replacer,
    /// Begins a session, changes a file, abandons.
    Abandoner,
    /// Collects.
    Collector,
    /// Reads, holds for a while, releases.
    Reader,
    /// A whole session of the seed's protocol, its collection included.
    SeedSession,
    /// A collection of the seed's.
    SeedCollector,
    /// A whole session of the seed's, which collects lock files too: what it would be with its defect F30 mended.
    MendedSession,
    /// A collection of it.
    MendedCollector,
    /// A session of the seed's whose program fails: it deletes its directory and finishes all the same.
    SeedFailure,
    /// A session of the seed's whose program writes into the file that it changes.
    SeedInPlace,
    /// A session of rustc's, without a collection: it makes and locks its lock file in two steps.
    Rustc,
    /// Deletes the unit with all that is in it, as `cargo clean` does: without locks.
    Cleaner,
    /// Deletes what is in the newest published session, and leaves its lock file.
    Vandal,
    /// Deletes one lock file.
    LockThief,
}

/// How many published sessions collectors keep.
pub(super) const KEEP: usize = 2;

const A_DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// When the recovery runs: 2080, later than any clock has been and early enough for names.
const LATE: Duration = Duration::from_secs(110 * 31_556_952);

impl Part {
    /// Plays it.
    pub(super) fn play(self, vfs: &SimVfs<'_>, stage: &Stage) {
        match self {
            Self::Writer => write(vfs, stage, &recycling(), End::Publish),
            Self::Copier => write(vfs, stage, &seeded_by(SeedMode::Copy), End::Publish),
            Self::Cloner => write(vfs, stage, &seeded_by(SeedMode::Auto), End::Publish),
            Self::Careful => {
                let careful =
                    recycling().durability(Durability::Durable).digests(true).audit(Audit::Digests);
                write(vfs, stage, &careful, End::Publish);
            }
            Self::Consistent => write(vfs, stage, &lasting(Durability::Consistent), End::Publish),
            Self::Durable => write(vfs, stage, &lasting(Durability::Durable), End::Publish),
            Self::InPlace => {
                let audited = seeded_by(SeedMode::Copy).audit(Audit::Attributes);
                write(vfs, stage, &audited, End::InPlace);
            }
            Self::Storer => write(vfs, stage, &seeded_by(SeedMode::Copy), End::Store),
            Self::Replacer => write(vfs, stage, &recycling(), End::Replace),
            Self::WriterCollector => {
                write(vfs, stage, &recycling(), End::Publish);
                vfs.forget("collects");
                collects(vfs, stage);
            }
            Self::Abandoner => write(vfs, stage, &recycling(), End::Abandon),
            Self::Collector => collects(vfs, stage),
            Self::Reader => reads(vfs, stage),
            Self::Cleaner => cleans(vfs, stage),
            Self::Vandal => vandalises(vfs, stage),
            Self::LockThief => steals(vfs, stage),
            Self::SeedSession => seed_session(vfs, stage, seed::Age::AsItIs, SeedEnd::Publish),
            Self::MendedSession => seed_session(vfs, stage, seed::Age::Mended, SeedEnd::Publish),
            Self::SeedFailure => seed_session(vfs, stage, seed::Age::AsItIs, SeedEnd::Fail),
            Self::SeedInPlace => seed_session(vfs, stage, seed::Age::AsItIs, SeedEnd::InPlace),
            Self::SeedCollector => seed_collects(vfs, stage, seed::Age::AsItIs),
            Self::MendedCollector => seed_collects(vfs, stage, seed::Age::Mended),
            Self::Rustc => rustc(vfs, stage),
        }
    }

    /// Whether it deletes without asking.
    pub(super) fn is_lawless(self) -> bool {
        matches!(self, Self::Cleaner | Self::Vandal | Self::LockThief)
    }

    /// Whether it follows the protocol that is known to be wrong.
    pub(super) fn is_seed(self) -> bool {
        matches!(
            self,
            Self::SeedSession
                | Self::SeedCollector
                | Self::MendedSession
                | Self::MendedCollector
                | Self::SeedFailure
                | Self::SeedInPlace
        )
    }

    /// Whether it is a collection of ours and nothing else.
    pub(super) fn only_collects(self) -> bool {
        self == Self::Collector
    }
}

/// How a session ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Publish,
    /// After writing into a file that is there.
    InPlace,
    /// The same through a shared mapping.
    Store,
    /// After making the directory anew, as some build tools do.
    Replace,
    Abandon,
}

fn seeded_by(seed: SeedMode) -> BeginOptions {
    recycling().seed(seed)
}

fn lasting(durability: Durability) -> BeginOptions {
    recycling().durability(durability)
}

/// Programs are started before anybody's turn: what is there counts from their first call on.
fn step_in(vfs: &SimVfs<'_>) {
    vfs.now();
    vfs.report(Told::StepsIn);
}

/// What somebody deleted by halves has no record to show it if its lock file went first.
fn unrecorded(stage: &Stage) -> Unrecorded {
    if stage.is_lawless || stage.loses_power { Unrecorded::Refuse } else { Unrecorded::Accept }
}

fn write(vfs: &SimVfs<'_>, stage: &Stage, options: &BeginOptions, end: End) {
    step_in(vfs);
    let options = options.clone().unrecorded(unrecorded(stage));
    let session = match begin(vfs, &vfs.root(), &stage.unit_name, &options) {
        Ok(session) => session,
        Err(error) => {
            typed(vfs, stage, &error);
            vfs.mark("begin: fails");
            if stage.is_orderly() && !stage.has_jumps && !stage.has_no_locks {
                stage.object(vfs, "WRITER-PROGRESS", format!("cannot begin: {error:?}"));
            }
            return;
        }
    };
    mark_begin(vfs, &session);
    let key = session.name().key;
    let report = session.report();
    let why = format!("{:?}", report.rejected);
    vfs.report(Told::Began { key, source: report.source, why });
    if change(vfs, &session, end).is_none() {
        // The work has failed, so it is given up.
        vfs.report(Told::Leaves(key));
        let _ = abandon(session);
        return;
    }
    match end {
        End::Publish | End::InPlace | End::Store | End::Replace => publishes(vfs, stage, session),
        End::Abandon => {
            // From here on it is nobody's.
            vfs.report(Told::Leaves(key));
            match abandon(session) {
                Ok(_) => {
                    vfs.mark("abandon: done");
                    vfs.report(Told::Abandoned(key));
                }
                Err(error) => typed(vfs, stage, &error),
            }
        }
    }
}

/// What the program itself does.
fn change<'a>(vfs: &SimVfs<'a>, session: &Working<SimVfs<'a>>, end: End) -> Option<()> {
    let content = format!("by {}", session.name().key);
    let (dir, changed) = (session.dir(), name("changed"));
    let open = || vfs.open_file(dir, &changed, Access::ReadWrite).ok();
    let file = match end {
        // A mapping is no longer than the file: one byte, the last, which is another in each session.
        End::Store => return vfs.store(&open()?, 0, &content.as_bytes()[content.len() - 1..]).ok(),
        End::InPlace => open()?,
        End::Publish | End::Abandon => create(vfs, dir, &changed).ok()?,
        End::Replace => create(vfs, &replaced(vfs, session)?, &changed).ok()?,
    };
    vfs.write_at(&file, 0, content.as_bytes()).ok()
}

/// Removes the directory of a session and makes another one in its place.
fn replaced<'a>(
    vfs: &SimVfs<'a>,
    session: &Working<SimVfs<'a>>,
) -> Option<<SimVfs<'a> as Vfs>::Dir> {
    let (unit, working) = (session.unit().dir(), name(session.name()));
    // What the oracle knows of it is about another directory from here on.
    vfs.report(Told::Leaves(session.name().key));
    if incrdir_session::remove_tree(vfs, unit, &working).failures > 0 {
        return None;
    }
    vfs.create_dir(unit, &working).ok()?;
    vfs.mark("replaced");
    vfs.open_dir(unit, &working).ok()
}

fn publishes(vfs: &SimVfs<'_>, stage: &Stage, session: Working<SimVfs<'_>>) {
    let working = session.name();
    match publish(session, Hash::new(0)) {
        Ok(published) => {
            let is_superseded = published.superseded_by.is_some();
            vfs.mark(if is_superseded { "publish: superseded" } else { "publish: newest" });
            if !published.audited.damaged.is_empty() {
                vfs.mark("publish: damage found");
            }
            vfs.report(Told::Published { key: working.key, is_superseded });
        }
        Err(error) => {
            typed(vfs, stage, &error);
            vfs.mark("publish: fails");
            if let PublishError::NotPublished { source, .. } = &error {
                still_working(vfs, stage, working, source);
            }
            // Its writer goes on to have it: the next collection must leave it alone until here. Then it is abandoned.
            vfs.report(Told::Leaves(working.key));
            drop(error);
        }
    }
}

fn mark_begin(vfs: &SimVfs<'_>, session: &Working<SimVfs<'_>>) {
    let report = session.report();
    if report.attempts > 1 {
        vfs.mark("begin: again with another name");
    }
    if report.source.is_none() {
        vfs.mark("begin: cold");
    }
    if report.recycled.is_some() {
        vfs.mark("begin: recycled");
    } else if report.seeded.linked > 0 {
        vfs.mark("begin: linked");
    }
    if report.seeded.copied > 0 {
        vfs.mark("begin: copied");
    }
    if report.seeded.cloned > 0 {
        vfs.mark("begin: cloned");
    }
    if report.recycling_failed.is_some() {
        vfs.mark("begin: recycling failed");
    }
    mark_rejected(vfs, &report.rejected);
}

fn mark_rejected(vfs: &SimVfs<'_>, rejected: &[Rejected]) {
    for Rejected { why, .. } in rejected {
        vfs.mark(match why {
            Rejection::Busy => "source: busy",
            Rejection::Gone => "source: gone",
            Rejection::Unavailable(_) => "source: unavailable",
            Rejection::Untrusted { .. } => "source: untrusted",
            _ => "source: not taken over",
        });
    }
}

/// TYPED: an error says what was done where.
fn typed(vfs: &SimVfs<'_>, stage: &Stage, error: &dyn Error) {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    if !text.contains("`/") || !text.contains(": ") {
        stage.object(vfs, "TYPED", text);
    }
}

/// PUBLISH-OR-REASON: what could not be published is as it was.
fn still_working(
    vfs: &SimVfs<'_>,
    stage: &Stage,
    working: SessionName,
    why: &incrdir_session::Error,
) {
    if stage.is_lawless || stage.locks_lie || vfs.is_dead() {
        return;
    }
    let unit = match vfs.open_dir(&vfs.root(), &stage.unit) {
        Ok(unit) => unit,
        Err(_) => return,
    };
    let seen = vfs.stat(&unit, &name(working));
    if seen.is_err_and(|error| error.kind() == ErrorKind::NotFound) {
        stage.object(vfs, "PUBLISH-OR-REASON", format!("{working} is gone: {why}"));
    }
}

fn collects(vfs: &SimVfs<'_>, stage: &Stage) {
    let Ok(Some(unit)) = Unit::open(vfs, &vfs.root(), &stage.unit_name) else { return };
    let Ok(report) = collect(&unit, &policy(KEEP), Mode::Collect) else { return };
    if let Some((entry, error)) = report.failures().next() {
        vfs.mark("collect: fails");
        // A process that was killed fails at everything; any other must not fail at anything.
        if stage.is_orderly() && !vfs.is_dead() {
            stage.object(vfs, "GC-SILENT", format!("{entry}: {error:?}"));
        }
    }
    let mut removed = Vec::new();
    for outcome in &report.disposals {
        let what = match outcome.fate {
            Fate::Removed(why) => {
                removed.push(name(outcome.entry));
                match why {
                    Why::Obsolete => "collect: obsolete removed",
                    Why::DeadWriter => "collect: dead removed",
                    Why::NoSession => "collect: lock file removed",
                    Why::Stillborn => "collect: stillborn removed",
                    Why::Condemned => "collect: tombstone removed",
                    _ => "collect: other removed",
                }
            }
            Fate::Kept(_) => continue,
            Fate::Left(why) => match why {
                Why::InUse => "collect: in use",
                Why::Young => "collect: young",
                Why::NoGuard => "collect: no guard",
                Why::Changed => "collect: changed meanwhile",
                Why::IncompleteListing => "collect: listing incomplete",
                Why::Doubtful => "collect: doubtful",
                _ => "collect: other left",
            },
            Fate::Failed(_) => continue,
        };
        vfs.mark(what);
    }
    vfs.report(Told::Collected { removed });
}

fn reads(vfs: &SimVfs<'_>, stage: &Stage) {
    step_in(vfs);
    match read(vfs, &vfs.root(), &stage.unit_name, unrecorded(stage)) {
        Ok(Reading::Found(snapshot)) => {
            vfs.mark("read: found");
            mark_rejected(vfs, snapshot.rejected());
            vfs.report(Told::Holds(snapshot.name()));
            // Time in which others may do what they like.
            let _ = snapshot.list(None);
            vfs.report(Told::LetsGo);
            snapshot.release();
        }
        Ok(Reading::Nothing(rejected)) if !vfs.is_dead() => {
            vfs.mark("read: nothing");
            mark_rejected(vfs, &rejected);
            vfs.report(Told::FoundNothing { why: format!("{rejected:?}") });
        }
        _ => {}
    }
}

/// How a session of the seed's ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum SeedEnd {
    Publish,
    InPlace,
    Fail,
}

fn seed_session(vfs: &SimVfs<'_>, stage: &Stage, age: seed::Age, end: SeedEnd) {
    step_in(vfs);
    let root = vfs.root();
    let _ = vfs.create_dir(&root, &stage.unit);
    let Ok(unit) = vfs.open_dir(&root, &stage.unit) else { return };
    let session = match seed::begin(vfs, &unit) {
        Ok(session) => session,
        // It asserts that a name can hold the time; where something else is hunted, that is in the way.
        Err(error) if stage.only == Some("NO-PANIC") && error.kind() == ErrorKind::InvalidData => {
            panic!("{error}")
        }
        Err(_) => return,
    };
    let key = session.key;
    vfs.report(Told::Began { key, source: session.source, why: String::new() });
    if end == SeedEnd::Fail {
        // What the seed does after errors: it deletes the directory, and then publishes it.
        vfs.report(Told::Leaves(key));
        let _ = incrdir_session::remove_tree(vfs, &unit, &name(key.working()));
        if let Err(error) = seed::publish(vfs, &unit, session, age) {
            stage.object(
                vfs,
                "SEED-FINISH",
                format!("what was deleted cannot be renamed: {error}"),
            );
        }
        return;
    }
    let changed = name("changed");
    let file = match end {
        SeedEnd::InPlace => vfs.open_file(&session.dir, &changed, Access::ReadWrite).ok(),
        _ => create(vfs, &session.dir, &changed).ok(),
    };
    if file.is_some_and(|file| vfs.write_at(&file, 0, b"changed").is_ok()) {
        let published = seed::publish(vfs, &unit, session, age);
        if published.is_ok() {
            vfs.report(Told::Published { key, is_superseded: false });
        }
    }
    vfs.report(Told::Leaves(key));
}

fn seed_collects(vfs: &SimVfs<'_>, stage: &Stage, age: seed::Age) {
    let Ok(unit) = vfs.open_dir(&vfs.root(), &stage.unit) else { return };
    if let Err(error) = seed::collect(vfs, &unit, age)
        && !vfs.is_dead()
    {
        stage.object(vfs, "GC-SILENT", error.to_string());
    }
}

fn rustc(vfs: &SimVfs<'_>, stage: &Stage) {
    let Ok(unit) = vfs.open_dir(&vfs.root(), &stage.unit) else { return };
    match seed::begin(vfs, &unit) {
        Ok(session) => {
            let key = session.key;
            vfs.report(Told::Began { key, source: session.source, why: String::new() });
            if create(vfs, &session.dir, &name("changed")).is_ok() {
                let _ = seed::publish_only(vfs, &unit, session);
            }
            vfs.mark("rustc: published");
            vfs.report(Told::Leaves(key));
        }
        Err(error) if error.kind() == ErrorKind::WouldBlock => {
            vfs.report(Told::CannotLock);
        }
        Err(_) => {}
    }
}

fn vandalises(vfs: &SimVfs<'_>, stage: &Stage) {
    let Ok(Some(unit)) = Unit::open(vfs, &vfs.root(), &stage.unit_name) else { return };
    let Ok(catalog) = unit.list() else { return };
    if let Some(session) = catalog.published().next() {
        let _ = incrdir_session::remove_tree(vfs, unit.dir(), &name(session));
    }
    vfs.report(Told::Swept);
}

fn steals(vfs: &SimVfs<'_>, stage: &Stage) {
    let Ok(Some(unit)) = Unit::open(vfs, &vfs.root(), &stage.unit_name) else { return };
    let Ok(catalog) = unit.list() else { return };
    if let Some(session) = catalog.published().next() {
        let lock = name(EntryName::Lock(session.key));
        let _ = vfs.remove_file(unit.dir(), &lock);
    }
}

fn cleans(vfs: &SimVfs<'_>, stage: &Stage) {
    let _ = incrdir_session::remove_tree(vfs, &vfs.root(), &stage.unit);
    vfs.report(Told::Swept);
}

/// When all are gone and the grace is over, one collection leaves the newest sessions and their lock files
/// (CLEAN-AFTER-ONE, NEWEST-KEPT), and a second one finds nothing to do (GC-IDEMPOTENT).
pub(super) fn recovers(vfs: &SimVfs<'_>, stage: &Stage) {
    if stage.loses_power {
        // Who comes first when the machine is up again reads, and goes on.
        reads(vfs, stage);
        write(vfs, stage, &recycling(), End::Publish);
    }
    let late = SystemTime::UNIX_EPOCH + LATE;
    // Also where the clock has been later than that.
    vfs.pause(late.duration_since(vfs.now()).unwrap_or_default().max(A_DAY));
    let Ok(Some(unit)) = Unit::open(vfs, &vfs.root(), &stage.unit_name) else { return };
    if stage.has_no_locks {
        // Nothing can be known to be dead there.
        return;
    }
    if stage.is_seed {
        let _ = seed::collect(vfs, unit.dir(), seed::Age::AsItIs);
        let left = unit.list().map_or(0, |catalog| catalog.sessions.len());
        if left > 1 {
            stage.object(
                vfs,
                "CLEAN-AFTER-ONE",
                format!("{left} sessions and lock files are left"),
            );
        }
        return;
    }
    let catalog = match unit.list() {
        Ok(catalog) => catalog,
        Err(error) => return stage.object(vfs, "CLEAN-AFTER-ONE", error.to_string()),
    };
    let mut wanted: Vec<SessionName> = catalog.published().take(KEEP).collect();
    match collect(&unit, &policy(KEEP), Mode::Collect) {
        // After a cold start that a failure was the reason of, what it could not have stays for a while.
        Ok(report) if report.failures().count() == 0 => {
            let is_warm =
                |outcome: &&incrdir_gc::Disposal| matches!(outcome.fate, Fate::Kept(Why::LastWarm));
            let warm = report.disposals.iter().find(is_warm).map(|outcome| outcome.entry);
            wanted.extend(catalog.published().filter(|s| warm == Some((*s).into())));
        }
        // What lies in a layer below cannot be moved there.
        Ok(_) if stage.refuses => return,
        other => return stage.object(vfs, "CLEAN-AFTER-ONE", format!("{other:?}")),
    }
    let Ok(left) = unit.list() else { return };
    // What a dead writer or a vandal had damaged has been put away on the way.
    let put_away =
        |session: &SessionName| left.quarantined.contains(&EntryName::Quarantined(session.key));
    let wanted: Vec<SessionName> = wanted.into_iter().filter(|s| !put_away(s)).collect();
    let is_clean = left.births.is_empty()
        && left.tombstones.is_empty()
        && left.published().eq(wanted.iter().copied())
        && left.sessions.values().all(|found| found.lock && !found.working);
    // What cannot be put away keeps the witness of what was done to it.
    if !is_clean && stage.refuses {
        return;
    }
    if !is_clean {
        return stage.object(vfs, "CLEAN-AFTER-ONE", format!("{left:?} is left, not {wanted:?}"));
    }
    match collect(&unit, &policy(KEEP), Mode::Collect) {
        Ok(again) if again.disposals.iter().all(|o| matches!(o.fate, Fate::Kept(_))) => {}
        other => stage.object(vfs, "GC-IDEMPOTENT", format!("{other:?}")),
    }
}
