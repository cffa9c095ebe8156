//! Told to stop after each call in turn, everything ends soon, says so, and leaves what a death leaves.
use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::num::NonZeroUsize;
use std::time::Duration;

use incrdir_gc::{Collected, Fate, Mode, Why, collect};
use incrdir_naming::Hash;
use incrdir_session::{
    Audit, BeginOptions, Durability, Error, PublishError, SeedMode, Unit, abandon, begin, publish,
};
use incrdir_sim::fixture::{Fixture, create, name};
use incrdir_sim::on_both;
use incrdir_sim::usual::{options, policy, recycling_after};
use incrdir_vfs::Vfs;

on_both! {
    a_session_by_links,
    a_session_by_copies,
    a_session_that_is_recycled,
    a_session_that_is_abandoned,
    a_collection,
    what_may_have_been_written_through_is_left_with_its_witness,
    what_is_told_to_stop_is_not_published,
    what_an_audit_cannot_read_keeps_the_witness,
}

/// More than the calls after which everything must have ended.
const FILES: usize = 40;
const SOON: usize = 25;

/// How it ended: as it should, or because it was told to stop.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Ended {
    Well,
    Stopped,
}

fn files() -> Vec<(String, &'static str)> {
    (0..FILES).map(|number| (format!("f{number:03}"), "x")).collect()
}

/// Runs `work` with a stop after 0, 1, 2, … calls until it comes through, and checks each time what it leaves.
fn at_every_call<V: Vfs + 'static>(world: &Fixture<V>, work: impl Fn(&Fixture<V>) -> Ended) {
    let files = files();
    let files: Vec<_> = files.iter().map(|(name, content)| (name.as_str(), *content)).collect();
    let _ = world.publish(SeedMode::None, &files);
    let _ = world.publish(SeedMode::Link, &[("f000", "y")]);
    let _ = world.publish(SeedMode::Link, &[("f001", "y")]);
    let mut seen = BTreeSet::new();
    for calls in 0.. {
        let stopping = world.another();
        stopping.vfs.stop_after(calls);
        let ended = work(&stopping);
        let made = stopping.vfs.take_calls().len();
        let is_stopped = stopping.vfs.is_stopped();
        if ended == Ended::Stopped {
            assert!(made <= calls + SOON, "told after {calls} calls, ended after {made}");
        }
        world.later(Duration::from_secs(11));
        let published: Vec<_> = world.catalog().published().collect();
        for session in &published {
            assert_eq!(
                world.session_tree(session).len(),
                FILES,
                "after {calls}: {session} is torn"
            );
        }
        let report = world.collect(2);
        assert_eq!(report.failures().count(), 0, "after {calls} calls: {report:?}");
        // One that was being recycled is gone, as after a death.
        assert!(!published.is_empty(), "after {calls} calls there is nothing to start from");
        let kept = published.len().min(2);
        assert_eq!(world.names().len(), 2 * kept, "after {calls} calls: {:?}", world.names());
        if kept < 2 {
            let _ = world.publish(SeedMode::Link, &[]);
        }
        seen.insert(ended);
        if !is_stopped {
            assert_eq!(seen, BTreeSet::from([Ended::Well, Ended::Stopped]));
            return;
        }
    }
}

fn session<V: Vfs + 'static>(world: &Fixture<V>, options: &BeginOptions) -> Ended {
    let session = match begin(&world.vfs, &world.root, &world.unit, options) {
        Ok(session) => session,
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Interrupted, "{error}");
            assert!(!matches!(error, Error::Source { .. }), "nothing is missing: {error}");
            return Ended::Stopped;
        }
    };
    create(&world.vfs, session.dir(), &name("f002")).unwrap();
    match publish(session, Hash::new(0)) {
        Ok(_) => Ended::Well,
        Err(PublishError::NotPublished { session, source }) => {
            assert_eq!(source.kind(), ErrorKind::Interrupted, "{source}");
            let _ = abandon(*session);
            Ended::Stopped
        }
        Err(error) => panic!("{error}"),
    }
}

fn a_session_by_links<V: Vfs + 'static>(world: &Fixture<V>) {
    at_every_call(world, |world| session(world, &options(SeedMode::Link)));
}

fn a_session_by_copies<V: Vfs + 'static>(world: &Fixture<V>) {
    at_every_call(world, |world| session(world, &options(SeedMode::Copy)));
}

fn a_session_that_is_recycled<V: Vfs + 'static>(world: &Fixture<V>) {
    let recycle = NonZeroUsize::new(1);
    at_every_call(world, |world| {
        session(world, &options(SeedMode::Link).retention(recycling_after(recycle)))
    });
}

fn a_session_that_is_abandoned<V: Vfs + 'static>(world: &Fixture<V>) {
    at_every_call(world, |world| {
        let options = options(SeedMode::Copy);
        let Ok(session) = begin(&world.vfs, &world.root, &world.unit, &options) else {
            return Ended::Stopped;
        };
        let removed = abandon(session).unwrap().removed;
        match removed.failures {
            0 => Ended::Well,
            _ => Ended::Stopped,
        }
    });
}

fn is_stopped(report: &Collected) -> bool {
    let is_left = |fate: &Fate| matches!(fate, Fate::Left(Why::Stopped));
    report.interrupted || report.disposals.iter().any(|outcome| is_left(&outcome.fate))
}

fn a_collection<V: Vfs + 'static>(world: &Fixture<V>) {
    at_every_call(world, |stopping| {
        let other = world.another();
        let _ = other.publish(SeedMode::Copy, &[]);
        drop(other.begin(SeedMode::Copy));
        let unit = Unit::open(&stopping.vfs, &stopping.root, &stopping.unit).unwrap().unwrap();
        let report = collect(&unit, &policy(2), Mode::Collect).unwrap();
        assert_eq!(report.failures().count(), 0, "{report:?}");
        if is_stopped(&report) { Ended::Stopped } else { Ended::Well }
    });
}

/// An audit that could not read a session took it for one without fault, and the witness went.
fn what_an_audit_cannot_read_keeps_the_witness<V: Vfs + 'static>(world: &Fixture<V>) {
    let _ = world.publish(SeedMode::None, &[("f", "before")]);
    let dead = world.begin(SeedMode::Link);
    let working = dead.name().to_string();
    dead.leave();
    let broken = name("f");
    world.vfs.hook(move |call, of| match (call, of) {
        ("stat", Some(of)) if *of == broken => Err(std::io::Error::other("the medium")),
        _ => Ok(()),
    });
    let report = world.collect(2);
    assert_eq!(report.removed(), 0, "{report:?}");
    assert!(world.names().contains(&working), "{:?}", world.names());
    world.vfs.unhook();
    assert_eq!(world.collect(2).removed(), 1);
}

/// Without a record there is nothing to do at publish but to rename.
fn what_is_told_to_stop_is_not_published<V: Vfs + 'static>(world: &Fixture<V>) {
    let options = options(SeedMode::None).durability(Durability::None);
    let session = begin(&world.vfs, &world.root, &world.unit, &options).unwrap();
    world.vfs.stop_after(0);
    let error = publish(session, Hash::new(0)).unwrap_err();
    assert_eq!(error.cause().kind(), ErrorKind::Interrupted, "{error}");
    assert_eq!(world.catalog().published().count(), 0);
}

/// A session that had linked files is the only witness of what it wrote through them, until the audit.
fn what_may_have_been_written_through_is_left_with_its_witness<V: Vfs + 'static>(
    world: &Fixture<V>,
) {
    let _ = world.publish(SeedMode::None, &[("f", "before")]);
    let options = options(SeedMode::Link).audit(Audit::Attributes);
    let session = begin(&world.vfs, &world.root, &world.unit, &options).unwrap();
    world.overwrite(session.dir(), "f", "AFTER!!");
    let working = session.name();
    world.vfs.stop_after(0);
    let error = abandon(session).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Interrupted, "{error}");
    let world = world.another();
    assert!(world.names().contains(&working.to_string()), "{:?}", world.names());
    let next = world.begin(SeedMode::Link);
    assert_eq!(next.report().source, None, "what it wrote through is not started from");
}
