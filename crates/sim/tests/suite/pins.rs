//! Pins: what they keep, from whom, and for how long.

use std::time::Duration;

use incrdir_gc::{Collected, Fate, Limits, Mode, Place, Policy, collect, operate};
use incrdir_naming::{EntryName, Hash, SessionName};
use incrdir_session::{
    Pin, Pinned, Pinning, SeedMode, begin, pin, publish, quarantine_for, read_pin, unpin,
};
use incrdir_sim::fixture::{Fixture, name};
use incrdir_sim::on_both;
use incrdir_sim::usual::{policy, recycling};
use incrdir_vfs::{Access, LockKind, Vfs};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

on_both! {
    a_pinned_session_is_kept_beside_the_newest,
    a_pinned_session_is_not_made_into_the_next_one,
    the_sessions_of_a_pinned_unit_have_no_age,
    a_pin_that_was_set_while_the_collector_planned_is_seen,
    a_pin_ends_and_is_cleared_away,
    a_pin_of_a_session_that_is_gone_is_cleared_away_after_the_grace,
    a_pin_that_cannot_be_read_has_no_end,
    what_is_pinned_again_has_the_new_end,
    what_is_not_there_cannot_be_pinned,
    a_pinned_session_is_kept_in_quarantine,
    a_pinned_session_does_not_keep_the_newer_ones,
    what_could_not_be_pinned_is_not,
}

fn set<V: Vfs + 'static>(world: &Fixture<V>, what: Pinned, days: Option<u32>) -> Pinning {
    let now = world.vfs.now();
    let says = Pin::new("release", now).until(days.map(|days| now + DAY * days));
    pin(&world.open(), what, &says).unwrap()
}

fn fate_of(report: &Collected, entry: impl Into<EntryName>) -> String {
    let entry = entry.into();
    let found = report.disposals.iter().find(|disposal| disposal.entry == entry);
    found.map_or("nothing".into(), |disposal| format!("{:?}", disposal.fate))
}

fn published<V: Vfs + 'static>(world: &Fixture<V>) -> Vec<SessionName> {
    world.catalog().published().collect()
}

fn a_pinned_session_is_kept_beside_the_newest<V: Vfs + 'static>(world: &Fixture<V>) {
    let old = world.publish(SeedMode::Link, &[("f", "1")]).name;
    assert_eq!(set(world, Pinned::Session(old), None), Pinning::Done);
    let middle = world.publish(SeedMode::Link, &[("f", "2")]).name;
    let new = world.publish(SeedMode::Link, &[("f", "3")]).name;
    let dry = collect(&world.open(), &policy(1), Mode::DryRun).unwrap();
    let report = world.collect(1);
    for report in [dry, report] {
        assert_eq!(fate_of(&report, old), "Kept(Pinned)");
        assert_eq!(fate_of(&report, middle), "Removed(Obsolete)");
        assert_eq!(fate_of(&report, EntryName::Pin(old.key)), "Kept(Pinned)");
    }
    assert_eq!(published(world), [new, old]);
    assert!(world.catalog().foreign.is_empty());
    assert_eq!(unpin(&world.open(), EntryName::Pin(old.key), None).unwrap(), Pinning::Done);
    assert_eq!(world.collect(1).removed(), 1);
    assert_eq!(published(world), [new]);
}

fn a_pinned_session_is_not_made_into_the_next_one<V: Vfs + 'static>(world: &Fixture<V>) {
    let next = || {
        let session = begin(&world.vfs, &world.root, &world.unit, &recycling()).unwrap();
        let recycled = session.report().recycled;
        (publish(session, Hash::new(0)).unwrap().name, recycled)
    };
    let first = next().0;
    let second = next().0;
    assert_eq!(set(world, Pinned::Session(first), None), Pinning::Done);
    assert_eq!(next().1, None, "the spare is pinned");
    assert_eq!(next().1, Some(second), "the pinned one is not the spare any more");
    assert!(published(world).contains(&first));
}

fn the_sessions_of_a_pinned_unit_have_no_age<V: Vfs + 'static>(world: &Fixture<V>) {
    let session = world.publish(SeedMode::Link, &[("f", "1")]).name;
    assert_eq!(set(world, Pinned::Unit, Some(100)), Pinning::Done);
    let run = |limits| {
        let policy = Policy::default().limits(limits);
        operate(&world.vfs, &[Place::new(&*world.root)], &policy, Mode::Collect, &mut |_, _, _| {
            std::ops::ControlFlow::Continue(())
        })
    };
    world.later(DAY * 99);
    let done = run(Limits::default().max_age(DAY).max_bytes(0));
    let report = done.roots[0].as_ref().unwrap().units[0].1.as_ref().unwrap();
    assert_eq!(fate_of(report, session), "Kept(Pinned)");
    assert_eq!(fate_of(report, EntryName::UnitPin), "Kept(Pinned)");
    world.later(DAY * 101);
    run(Limits::default().max_age(DAY));
    assert!(world.vfs.stat(&world.root, &name(&world.unit)).is_err(), "all of it is gone");
}

/// The pin is not in the collector's listing.
fn a_pin_that_was_set_while_the_collector_planned_is_seen<V: Vfs + 'static>(world: &Fixture<V>) {
    let old = world.publish(SeedMode::Link, &[("f", "1")]).name;
    let _ = world.publish(SeedMode::Link, &[("f", "2")]);
    let (other, lock) = (world.another(), name(EntryName::Lock(old.key)));
    world.vfs.hook(move |op, entry| {
        if op == "open_file_rw" && entry == Some(&lock) {
            assert_eq!(set(&other, Pinned::Session(old), None), Pinning::Done);
        }
        Ok(())
    });
    assert_eq!(fate_of(&world.collect(1), old), "Kept(Pinned)");
}

fn a_pin_ends_and_is_cleared_away<V: Vfs + 'static>(world: &Fixture<V>) {
    let old = world.publish(SeedMode::Link, &[]).name;
    let new = world.publish(SeedMode::Link, &[]).name;
    let _ = set(world, Pinned::Session(old), Some(2));
    let _ = set(world, Pinned::Session(new), Some(9));
    world.later(DAY);
    assert_eq!(world.collect(1).removed(), 0);
    world.later(DAY * 3);
    let dry = collect(&world.open(), &policy(1), Mode::DryRun).unwrap();
    let report = world.collect(1);
    for report in [dry, report] {
        assert_eq!(fate_of(&report, old), "Removed(Obsolete)");
        assert_eq!(fate_of(&report, EntryName::Pin(old.key)), "Removed(Ended)");
        assert_eq!(fate_of(&report, EntryName::Pin(new.key)), "Kept(Pinned)");
    }
    assert_eq!(read_pin(&world.open(), EntryName::Pin(old.key)).unwrap(), None);
}

fn a_pin_of_a_session_that_is_gone_is_cleared_away_after_the_grace<V: Vfs + 'static>(
    world: &Fixture<V>,
) {
    let _ = world.publish(SeedMode::Link, &[]);
    let gone = EntryName::Pin(Fixture::<V>::key(1, 1));
    world.plant_file(gone, "");
    assert_eq!(fate_of(&world.collect(1), gone), "Kept(Pinned)");
    world.later(DAY);
    assert_eq!(fate_of(&world.collect(1), gone), "Removed(NoSession)");
    assert_eq!(fate_of(&world.collect(1), gone), "nothing");
}

fn a_pin_that_cannot_be_read_has_no_end<V: Vfs + 'static>(world: &Fixture<V>) {
    let old = world.publish(SeedMode::Link, &[]).name;
    let new = world.publish(SeedMode::Link, &[]).name;
    let _ = set(world, Pinned::Session(old), Some(1));
    world.later(DAY * 9);
    let entry = name(EntryName::Pin(old.key));
    // Somebody writes it right now.
    let file = world.vfs.open_file(world.open().dir(), &entry, Access::ReadWrite).unwrap();
    let _ = world.vfs.try_lock(&file, LockKind::Exclusive).unwrap();
    assert_eq!(fate_of(&world.collect(1), old), "Kept(Pinned)");
    // Its writer has died.
    world.vfs.write_at(&file, 0, b"torn").unwrap();
    drop(file);
    assert_eq!(fate_of(&world.collect(1), old), "Kept(Pinned)");
    assert_eq!(published(world), [new, old]);
}

fn what_is_pinned_again_has_the_new_end<V: Vfs + 'static>(world: &Fixture<V>) {
    let session = world.publish(SeedMode::Link, &[]).name;
    for days in [Some(5), None, Some(2)] {
        let _ = set(world, Pinned::Session(session), days);
        let read = read_pin(&world.open(), EntryName::Pin(session.key)).unwrap().unwrap();
        assert_eq!(read.name, "release");
        assert_eq!(read.until.is_some(), days.is_some());
    }
}

fn what_is_not_there_cannot_be_pinned<V: Vfs + 'static>(world: &Fixture<V>) {
    world.make_unit();
    assert_eq!(set(world, Pinned::Unit, None), Pinning::NotThere);
    let session = world.publish(SeedMode::Link, &[]).name;
    let other = Fixture::<V>::key(1, 1).published(Hash::new(0));
    assert_eq!(set(world, Pinned::Session(other), None), Pinning::NotThere);
    // A collector is about to delete it.
    let lock = name(EntryName::Lock(session.key));
    let file = world.vfs.open_file(world.open().dir(), &lock, Access::ReadWrite).unwrap();
    let _ = world.vfs.try_lock(&file, LockKind::Exclusive).unwrap();
    assert_eq!(set(world, Pinned::Session(session), None), Pinning::Busy);
    assert_eq!(set(world, Pinned::Unit, None), Pinning::Busy);
    let unit = world.open();
    assert_eq!(unpin(&unit, EntryName::UnitPin, None).unwrap(), Pinning::NotThere);
    assert!(world.catalog().pins.is_empty());
}

fn a_pinned_session_is_kept_in_quarantine<V: Vfs + 'static>(world: &Fixture<V>) {
    let bad = world.publish(SeedMode::Link, &[]).name;
    let _ = world.publish(SeedMode::Link, &[]);
    let _ = set(world, Pinned::Session(bad), None);
    let _ = quarantine_for(&world.open(), bad, "bad");
    world.later(DAY * 30);
    let entry = EntryName::Quarantined(bad.key);
    assert_eq!(fate_of(&world.collect(1), entry), "Kept(Pinned)");
    let report = world.collect(1);
    assert!(report.disposals.iter().all(|d| !matches!(d.fate, Fate::Removed(_))), "{report:?}");
    let _ = unpin(&world.open(), EntryName::Pin(bad.key), None);
    assert_eq!(fate_of(&world.collect(1), entry), "Removed(LongQuarantined)");
}

fn a_pinned_session_does_not_keep_the_newer_ones<V: Vfs + 'static>(world: &Fixture<V>) {
    let old = world.publish(SeedMode::Link, &[("f", "1")]).name;
    assert_eq!(set(world, Pinned::Session(old), None), Pinning::Done);
    let new = world.publish(SeedMode::Link, &[("f", "2")]).name;
    world.later(DAY * 2);
    let policy = policy(2).limits(Limits::default().max_age(DAY));
    let done =
        operate(&world.vfs, &[Place::new(&*world.root)], &policy, Mode::Collect, &mut |_, _, _| {
            std::ops::ControlFlow::Continue(())
        });
    let units = &done.roots[0].as_ref().unwrap().units;
    let report = units[0].1.as_ref().unwrap();
    assert_eq!(fate_of(report, old), "Kept(Pinned)");
    assert_eq!(fate_of(report, new), "Removed(Unused)");
    assert_eq!(published(world), [old]);
}

/// A full disk: a file without a word would be a pin without an end.
fn what_could_not_be_pinned_is_not<V: Vfs + 'static>(world: &Fixture<V>) {
    let session = world.publish(SeedMode::Link, &[("f", "1")]).name;
    world.vfs.hook(|op, _| match op {
        "write_at" => Err(std::io::ErrorKind::StorageFull.into()),
        _ => Ok(()),
    });
    let says = Pin::new("release", world.vfs.now());
    let failed = pin(&world.open(), Pinned::Session(session), &says).unwrap_err();
    world.vfs.unhook();
    assert_eq!(failed.kind(), std::io::ErrorKind::StorageFull);
    assert!(world.catalog().pins.is_empty());
}
