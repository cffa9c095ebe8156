//! What a process of a play does.

use std::error::Error;

use incrdir_gc::{Mode, collect};
use incrdir_naming::{Hash, SessionName, UnitName};
use incrdir_session::{
    Audit, BeginOptions, Durability, Outcome, PublishError, SeedMode, Unit, Unrecorded, abandon,
    begin, create, publish, read,
};
use incrdir_vfs::Vfs;
use incrdir_vfs::sim::SimVfs;

use super::ghost::Ghost;
use super::seed;
use crate::worlds::{name, policy, recycling};

/// A part in a play.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Begins a session, changes a file, publishes.
    Writer,
    /// The same, and collects.
    WriterCollector,
    /// The same as the first, seeded by copies.
    Copier,
    /// The same as the first, durable, with digests and an audit.
    Careful,
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
    /// Deletes the unit with all that is in it, as `cargo clean` does: without locks.
    Cleaner,
    /// Deletes what is in the newest published session, and leaves its lock file.
    Vandal,
}

/// How many published sessions collectors keep.
pub(super) const KEEP: usize = 2;

/// Who plays and where.
pub(super) struct Stage {
    pub(super) unit: UnitName,
    pub(super) ghost: Ghost,
    /// Whether somebody deletes without asking.
    pub(super) is_lawless: bool,
    /// Whether there is something to start from at every moment.
    pub(super) is_never_empty: bool,
    /// Whether calls fail.
    pub(super) has_faults: bool,
    /// Whether locks do not exclude everybody.
    pub(super) locks_lie: bool,
}

impl Stage {
    /// What somebody deleted by halves has no record to show it if its lock file went first.
    fn unrecorded(&self) -> Unrecorded {
        if self.is_lawless { Unrecorded::Refuse } else { Unrecorded::Accept }
    }

    /// TYPED: an error says what was done where.
    fn typed(&self, error: &dyn Error) {
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        if !text.contains("`/") || !text.contains(": ") {
            self.ghost.wrong("TYPED", text);
        }
    }

    /// PUBLISH-OR-REASON: what could not be published is as it was.
    fn still_working(&self, working: SessionName, why: &incrdir_session::Error) {
        let is_there = self.ghost.observer.id(&name(working)).is_some();
        if !is_there && !self.is_lawless && !self.locks_lie && !error_is_of_the_dead(why) {
            self.ghost.wrong("PUBLISH-OR-REASON", format!("{working} is gone: {why}"));
        }
    }
}

impl Part {
    /// Plays it as the program of this number.
    pub(super) fn play(self, vfs: &SimVfs<'_>, stage: &Stage, number: usize) {
        if matches!(
            self,
            Self::Writer
                | Self::WriterCollector
                | Self::Copier
                | Self::Careful
                | Self::Abandoner
                | Self::Reader
        ) {
            // Programs are started before anybody's turn: what is there counts from the first call on.
            vfs.now();
            stage.ghost.steps_in(number);
        }
        match self {
            Self::Writer => write(vfs, stage, number, &recycling(), true),
            Self::Copier => {
                let copies = BeginOptions { seed: SeedMode::Copy, ..recycling() };
                write(vfs, stage, number, &copies, true);
            }
            Self::Careful => {
                let careful = BeginOptions {
                    durability: Durability::Durable,
                    digests: true,
                    audit: Audit::Digests,
                    ..recycling()
                };
                write(vfs, stage, number, &careful, true);
            }
            Self::WriterCollector => {
                write(vfs, stage, number, &recycling(), true);
                collects(vfs, stage);
            }
            Self::Abandoner => write(vfs, stage, number, &recycling(), false),
            Self::Collector => collects(vfs, stage),
            Self::Reader => reads(vfs, stage, number),
            Self::Cleaner => cleans(vfs, stage),
            Self::Vandal => vandalises(vfs, stage),
            Self::SeedSession => seed_session(vfs, stage),
            Self::SeedCollector => {
                let Ok(unit) = vfs.open_dir(&vfs.root(), &name(&stage.unit)) else { return };
                let _ = seed::collect(vfs, &unit);
            }
        }
    }

    /// Whether it deletes without asking.
    pub(super) fn is_lawless(self) -> bool {
        matches!(self, Self::Cleaner | Self::Vandal)
    }

    /// Whether it follows the protocol that is known to be wrong.
    pub(super) fn is_seed(self) -> bool {
        matches!(self, Self::SeedSession | Self::SeedCollector)
    }
}

fn write(vfs: &SimVfs<'_>, stage: &Stage, number: usize, options: &BeginOptions, publishes: bool) {
    let options = BeginOptions { unrecorded: stage.unrecorded(), ..options.clone() };
    let session = match begin(vfs, &vfs.root(), &stage.unit, &options) {
        Ok(session) => session,
        // Only one that is dead, or hears of faults or of no time, fails here.
        Err(error) => return stage.typed(&error),
    };
    let mark = stage.ghost.lives(session.name().key);
    let report = session.report();
    let why = format!("{:?}", report.rejected);
    check_seed(stage, session.name(), report.source, &why);
    if report.source.is_none() && !stage.is_lawless && !stage.has_faults && !stage.locks_lie {
        stage.ghost.found_nothing(number, &why);
    }
    let Ok(file) = create(vfs, session.dir(), &name("changed")) else { return };
    let content = format!("by {}", session.name().key);
    if vfs.write_at(&file, 0, content.as_bytes()).is_err() {
        return;
    }
    drop(file);
    if publishes {
        let working = session.name();
        match publish(session, Hash::new(0)) {
            Ok(published) => drop((mark, published)),
            Err(error) => {
                stage.typed(&error);
                if let PublishError::NotPublished { source, .. } = &error {
                    stage.still_working(working, source);
                }
                // Its writer goes on to have it: the next collection must leave it alone until here.
                drop((error, mark));
            }
        }
    } else {
        // From here on it is nobody's.
        drop(mark);
        let _ = abandon(session);
    }
}

fn seed_session(vfs: &SimVfs<'_>, stage: &Stage) {
    let (root, unit) = (vfs.root(), name(&stage.unit));
    let _ = vfs.create_dir(&root, &unit);
    let Ok(unit) = vfs.open_dir(&root, &unit) else { return };
    let Ok(session) = seed::begin(vfs, &unit) else { return };
    let _mark = stage.ghost.lives(session.key);
    check_seed(stage, session.key.working(), session.source, "");
    if create(vfs, &session.dir, &name("changed")).is_ok() {
        let _ = seed::publish(vfs, &unit, session);
    }
}

/// SEED-EXACT and COLD: what was seeded is what the source was published with, and there was a source.
fn check_seed(stage: &Stage, session: SessionName, source: Option<SessionName>, why: &str) {
    let tree = stage.ghost.observer.tree(&name(session)).unwrap_or_default();
    match source {
        Some(source) => {
            let published = stage.ghost.manifest(&source.to_string()).tree;
            if tree != published {
                let what = format!("{session} has {tree:?}, its source {published:?}");
                stage.ghost.wrong("SEED-EXACT", what);
            }
        }
        None if !tree.is_empty() => {
            stage.ghost.wrong("SEED-EXACT", format!("{session} is cold and has {tree:?}"));
        }
        None if stage.is_never_empty => {
            stage.ghost.wrong("COLD", format!("{session} starts cold {why}"));
        }
        None => {}
    }
}

fn collects(vfs: &SimVfs<'_>, stage: &Stage) {
    let Ok(Some(unit)) = Unit::open(vfs, &vfs.root(), &stage.unit) else { return };
    let _ = collect(&unit, &policy(KEEP), Mode::Collect).inspect(|report| {
        if let (Some((entry, error)), true) = (report.failures().next(), stage.is_never_empty) {
            // A process that was killed fails at everything; any other must not fail at anything.
            if !error_is_of_the_dead(error) {
                stage.ghost.wrong("GC-SILENT", format!("{entry}: {error:?}"));
            }
        }
    });
}

fn error_is_of_the_dead(error: &incrdir_session::Error) -> bool {
    format!("{error:?}").contains("the process was killed")
}

fn reads(vfs: &SimVfs<'_>, stage: &Stage, number: usize) {
    match read(vfs, &vfs.root(), &stage.unit, stage.unrecorded()) {
        Ok(Outcome::Found(snapshot)) => {
            let mark = stage.ghost.holds(snapshot.name());
            // Time in which others may do what they like.
            let _ = vfs.list(snapshot.dir());
            drop(mark);
            snapshot.release();
        }
        // Only a dead process cannot list.
        Ok(Outcome::Nothing(rejected)) if vfs.list(&vfs.root()).is_ok() => {
            let why = format!("{rejected:?}");
            if stage.is_never_empty {
                stage.ghost.wrong("COLD", format!("nothing to read: {why}"));
            }
            if !stage.is_lawless && !stage.has_faults && !stage.locks_lie {
                stage.ghost.found_nothing(number, &why);
            }
        }
        _ => {}
    }
}

fn vandalises(vfs: &SimVfs<'_>, stage: &Stage) {
    let Ok(Some(unit)) = Unit::open(vfs, &vfs.root(), &stage.unit) else { return };
    let Ok(catalog) = unit.list() else { return };
    if let Some(session) = catalog.published().next() {
        let _ = incrdir_session::remove_tree(vfs, unit.dir(), &name(session));
    }
}

fn cleans(vfs: &SimVfs<'_>, stage: &Stage) {
    let _ = incrdir_session::remove_tree(vfs, &vfs.root(), &name(&stage.unit));
}
