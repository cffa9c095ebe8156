//! Programs that begin a session, change it, and publish or abandon it.

use std::io::ErrorKind;

use incrdir_explore::{Report, SimVfs};
use incrdir_naming::{Hash, Key, SessionName};
use incrdir_session::{
    BeginOptions, Durability, Error, PublishError, Quarantine, Rejection, SeedMode, SourceName,
    Unit, Working, abandon, begin, publish, reject,
};
use incrdir_vfs::{Access, Vfs};

use super::shared::{mark_rejected, start, typed, unrecorded};
use crate::fixture::{create, name};
use crate::scenarios::model::Event;
use crate::scenarios::unit_scenario::UnitScenario;
use crate::usual::recycling;

/// How a session ends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Publish,
    /// After writing into a file that is there.
    InPlace,
    /// The same through a shared mapping.
    Store,
    /// After making the directory anew, as some build tools do.
    Replace,
    Abandon,
    /// And reject what it started from.
    Reject,
}

pub(super) fn seeded_by(seed: SeedMode) -> BeginOptions {
    recycling().seed(seed)
}

pub(super) fn lasting(durability: Durability) -> BeginOptions {
    recycling().durability(durability)
}

pub(super) fn write(vfs: &SimVfs<'_>, scenario: &UnitScenario, options: &BeginOptions, end: End) {
    start(vfs);
    let options = options.clone().unrecorded(unrecorded(scenario)).fallbacks(scenario.fallbacks());
    let session = match begin(vfs, &vfs.root(), scenario.unit(), &options) {
        Ok(session) => session,
        Err(error) => return cannot_begin(vfs, scenario, &error),
    };
    let key = began(vfs, &session);
    if change(vfs, &session, end).is_none() {
        // The work has failed, so it is given up.
        vfs.report(Event::Leaves(key));
        let _ = abandon(session);
        return;
    }
    match end {
        End::Publish | End::InPlace | End::Store | End::Replace => {
            publishes(vfs, scenario, session)
        }
        End::Abandon | End::Reject => {
            let source = session.source().filter(|_| end == End::Reject);
            // From here on it belongs to nobody.
            vfs.report(Event::Leaves(key));
            match abandon(session) {
                Ok(_) => {
                    vfs.mark("abandon: done");
                    vfs.report(Event::Abandoned(key));
                }
                Err(error) => typed(vfs, scenario, &error),
            }
            if let Some(source) = source {
                rejects(vfs, scenario, &source);
            }
        }
    }
}

/// The part of a pull that is here: a session of another machine, begun when it was begun there. It is newer than the newest one
/// here was when that was looked at, and may be older than what is begun meanwhile.
pub(super) fn pulls(vfs: &SimVfs<'_>, scenario: &UnitScenario) {
    let unit = Unit::open(vfs, &vfs.root(), scenario.unit()).ok().flatten();
    let listed = unit.and_then(|unit| unit.list().ok());
    let newest = listed.and_then(|catalog| catalog.published().next());
    let Some(begun) = newest.and_then(|newest| newest.key.timestamp().next().ok()) else { return };
    vfs.mark("pull: something is here");
    write(vfs, scenario, &recycling().begun(begun), End::Publish);
}

/// Goes back to the oldest session. SEED-EXACT: it is the one that was asked for, or there is an error that says why not.
pub(super) fn restores(vfs: &SimVfs<'_>, scenario: &UnitScenario) {
    start(vfs);
    let listed =
        Unit::open(vfs, &vfs.root(), scenario.unit()).ok().flatten().map(|unit| unit.list());
    let Some(Ok(catalog)) = listed else { return };
    let Some(oldest) = catalog.published().last() else { return };
    let options = recycling().unrecorded(unrecorded(scenario)).only(oldest);
    let session = match begin(vfs, &vfs.root(), scenario.unit(), &options) {
        Ok(session) => session,
        Err(Error::NotThisOne { source, .. })
            if matches!(*source, Rejection::Busy | Rejection::Gone) =>
        {
            return vfs.mark("restore: in use or gone");
        }
        Err(error) => return cannot_begin(vfs, scenario, &error),
    };
    let report = session.report();
    if report.source != Some(oldest) || report.recycled.is_some() {
        scenario.object(vfs, "SEED-EXACT", format!("{oldest} was asked for: {report:?}"));
    }
    vfs.mark("restore: begun");
    began(vfs, &session);
    publishes(vfs, scenario, session);
}

/// WRITER-PROGRESS: where nothing is wrong, everybody can begin.
fn cannot_begin(vfs: &SimVfs<'_>, scenario: &UnitScenario, error: &Error) {
    typed(vfs, scenario, error);
    vfs.mark("begin: fails");
    if scenario.is_orderly() && !scenario.clock_jumps() && !scenario.has_no_locks() {
        scenario.object(vfs, "WRITER-PROGRESS", format!("cannot begin: {error:?}"));
    }
}

fn began(vfs: &SimVfs<'_>, session: &Working<SimVfs<'_>>) -> Key {
    mark_begin(vfs, session);
    let key = session.name().key;
    let report = session.report();
    let why = format!("{:?}", report.rejected);
    let is_others = report.source_unit.is_some();
    vfs.report(Event::Began { key, source: report.source, is_others, why });
    key
}

/// REJECTED: what is said to be quarantined has its name no more.
fn rejects(vfs: &SimVfs<'_>, scenario: &UnitScenario, source: &SourceName) {
    match reject(vfs, &vfs.root(), source, "bad") {
        Ok(Quarantine::Done(_)) => {
            vfs.mark("reject: quarantined");
            let unit = vfs.open_dir(&vfs.root(), &name(&source.unit));
            let seen = unit.and_then(|unit| vfs.stat(&unit, &name(source.session)));
            if seen.is_ok() {
                scenario.object(vfs, "REJECTED", format!("{} is still there", source.session));
            }
        }
        Ok(Quarantine::Busy) => vfs.mark("reject: busy"),
        Ok(Quarantine::Changed) => vfs.mark("reject: gone"),
        Ok(Quarantine::Failed(error)) | Err(error) => typed(vfs, scenario, &error),
        Ok(_) => {}
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
        End::Publish | End::Abandon | End::Reject => create(vfs, dir, &changed).ok()?,
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
    vfs.report(Event::Leaves(session.name().key));
    if incrdir_session::remove_tree(vfs, unit, &working).failures > 0 {
        return None;
    }
    vfs.create_dir(unit, &working).ok()?;
    vfs.mark("replaced");
    vfs.open_dir(unit, &working).ok()
}

fn publishes(vfs: &SimVfs<'_>, scenario: &UnitScenario, session: Working<SimVfs<'_>>) {
    let working = session.name();
    match publish(session, Hash::new(0)) {
        Ok(published) => {
            let is_superseded = published.superseded_by.is_some();
            vfs.mark(if is_superseded { "publish: superseded" } else { "publish: newest" });
            if !published.audited.damaged.is_empty() {
                vfs.mark("publish: damage found");
            }
            vfs.report(Event::Published { key: working.key, is_superseded });
        }
        Err(error) => {
            typed(vfs, scenario, &error);
            vfs.mark("publish: fails");
            if let PublishError::NotPublished { source, .. } = &error {
                still_working(vfs, scenario, working, source);
            }
            // Its writer goes on to have it: the next collection must leave it alone until here. Then it is abandoned.
            vfs.report(Event::Leaves(working.key));
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
    if report.source_unit.is_some() {
        vfs.mark("begin: from another unit");
    }
    if report.waited.is_some() {
        vfs.mark("begin: taken over");
    } else if report.recycled.is_some() {
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

/// PUBLISH-OR-REASON: what could not be published is as it was.
fn still_working(
    vfs: &SimVfs<'_>,
    scenario: &UnitScenario,
    working: SessionName,
    why: &incrdir_session::Error,
) {
    if scenario.has_intruders() || scenario.locks_lie() || vfs.is_dead() {
        return;
    }
    let unit = match vfs.open_dir(&vfs.root(), scenario.entry()) {
        Ok(unit) => unit,
        Err(_) => return,
    };
    let seen = vfs.stat(&unit, &name(working));
    if seen.is_err_and(|error| error.kind() == ErrorKind::NotFound) {
        scenario.object(vfs, "PUBLISH-OR-REASON", format!("{working} is gone: {why}"));
    }
}
