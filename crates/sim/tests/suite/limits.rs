//! Limits of age, size and free space over several roots, and the last use that decides whose turn it is.

use std::cell::RefCell;
use std::ops::ControlFlow;
use std::rc::Rc;
use std::time::Duration;

use incrdir_gc::{
    CARGO_LOCKS, Collected, EmptyUnits, Fate, FreeSpace, Limits, Mode, Operated, Place, Policy,
    Why, operate,
};
use incrdir_lockfs::{Acquire, try_acquire};
use incrdir_naming::{EntryName, Hash, SessionName, UnitName};
use incrdir_session::{Reading, SeedMode, Unit, Unrecorded, Working, begin, publish, read};
use incrdir_sim::fixture::{Fixture, create, name};
use incrdir_sim::on_both;
use incrdir_sim::scripted::Scripted;
use incrdir_sim::usual::{keep, options};
use incrdir_vfs::{LockKind, MemDisk, Name, Profile, Vfs};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const BLOCKS: usize = 64 << 10;

on_both! {
    a_unit_that_is_not_used_loses_everything_and_its_directory,
    reading_and_beginning_are_use,
    a_use_is_written_down_once_in_an_hour,
    the_least_recently_used_unit_goes_first_and_only_as_much_as_is_needed,
    a_unit_in_use_stays_whatever_its_age,
    who_begins_before_the_lock_is_taken_keeps_the_unit,
    who_works_when_the_newest_session_is_locked_keeps_it,
    who_begins_while_older_sessions_go_is_not_shut_out,
    who_begins_before_the_turn_of_the_unit_keeps_all_of_it,
    a_dry_run_says_the_same_and_changes_nothing,
    a_unit_with_anything_foreign_keeps_its_directory,
    a_unit_of_rustc_keeps_its_directory_while_the_lock_of_cargo_is_held,
    a_clock_that_was_wrong_does_not_keep_a_unit_for_ever,
    stopping_leaves_what_the_next_pass_goes_on_with,
    what_another_pass_deletes_meanwhile_counts,
    what_has_a_name_elsewhere_does_not_count,
    a_lock_file_with_a_time_of_the_future_protects_nothing,
    a_dry_run_knows_what_cannot_be_deleted,
    an_older_session_in_use_keeps_the_newer_ones,
    where_there_is_no_room_to_rename_sessions_go_where_they_stand,
}

fn unit(number: u64) -> UnitName {
    UnitName::new("unit", number).unwrap()
}

/// Publishes in a unit of its own; every session holds one file of 64 KiB of its own.
fn publish_in<V: Vfs + 'static>(world: &Fixture<V>, number: u64) -> SessionName {
    let session = begin(&world.vfs, &world.root, &unit(number), &options(SeedMode::Link)).unwrap();
    let file = create(&world.vfs, session.dir(), &name("file")).unwrap();
    world.vfs.write_at(&file, 0, &vec![7; BLOCKS]).unwrap();
    drop(file);
    publish(session, Hash::new(0)).unwrap().name
}

fn operated<V: Vfs>(world: &Fixture<V>, limits: Limits, mode: Mode) -> Operated {
    let policy = Policy::default().retention(keep(2)).limits(limits);
    operate(&world.vfs, &[Place::new(&*world.root)], &policy, mode, &mut |_, _, _| {
        ControlFlow::Continue(())
    })
}

fn reports(operated: &Operated) -> Vec<(&UnitName, &Collected)> {
    let units = &operated.roots[0].as_ref().unwrap().units;
    units.iter().map(|(name, report)| (name, report.as_ref().unwrap())).collect()
}

/// How many sessions each unit has, `None` for a unit without a directory.
fn left<V: Vfs + 'static>(world: &Fixture<V>, units: u64) -> Vec<Option<usize>> {
    let count = |number| {
        let unit = Unit::open(&world.vfs, &world.root, &unit(number)).unwrap()?;
        Some(unit.list().unwrap().published().count())
    };
    (0..units).map(count).collect()
}

fn fates(report: &Collected) -> Vec<String> {
    report.disposals.iter().map(|d| format!("{:?}", d.fate)).collect()
}

fn a_unit_that_is_not_used_loses_everything_and_its_directory<V: Vfs + 'static>(
    world: &Fixture<V>,
) {
    publish_in(world, 0);
    publish_in(world, 0);
    world.later(DAY * 2);
    let limits = Limits::default().max_age(DAY * 3);
    assert_eq!(reports(&operated(world, limits, Mode::Collect))[0].1.removed(), 0);
    assert_eq!(left(world, 1), [Some(2)]);
    world.later(DAY * 4);
    let done = operated(world, limits, Mode::Collect);
    let report = reports(&done)[0].1;
    assert_eq!(fates(report), ["Removed(Unused)"; 2]);
    assert!(report.emptied && report.last_use.is_some());
    assert_eq!(left(world, 1), [None]);
    publish_in(world, 0);
    assert_eq!(left(world, 1), [Some(1)]);
}

/// Neither leaves anything else behind: a session that is abandoned leaves no name, a reader none at all.
fn reading_and_beginning_are_use<V: Vfs + 'static>(world: &Fixture<V>) {
    for number in 0..3 {
        publish_in(world, number);
    }
    world.later(DAY * 4);
    let begun = begin(&world.vfs, &world.root, &unit(0), &options(SeedMode::Link)).unwrap();
    incrdir_session::abandon(begun).unwrap();
    let Reading::Found(snapshot) =
        read(&world.vfs, &world.root, &unit(1), Unrecorded::Accept).unwrap()
    else {
        panic!("nothing to read");
    };
    snapshot.release();
    world.later(DAY * 5);
    operated(world, Limits::default().max_age(DAY * 2), Mode::Collect);
    assert_eq!(left(world, 3), [Some(1), Some(1), None]);
}

fn a_use_is_written_down_once_in_an_hour<V: Vfs + 'static>(world: &Fixture<V>) {
    publish_in(world, 0);
    let mut writes = Vec::new();
    // Each is another hour's, but for the last.
    for minutes in [0, 30, 61, 90, 130, 131] {
        world.later(Duration::from_secs(60 * minutes));
        world.vfs.take_calls();
        let reading = read(&world.vfs, &world.root, &unit(0), Unrecorded::Accept).unwrap();
        drop(reading);
        writes.push(world.vfs.take_calls().iter().filter(|call| **call == "set_mtime").count());
    }
    assert_eq!(writes, [0, 0, 1, 0, 1, 0]);
}

fn the_least_recently_used_unit_goes_first_and_only_as_much_as_is_needed<V: Vfs + 'static>(
    world: &Fixture<V>,
) {
    for days in 0..4 {
        world.later(DAY * days);
        publish_in(world, u64::from(days));
        publish_in(world, u64::from(days));
    }
    // The oldest unit is read last.
    world.later(DAY * 5);
    drop(read(&world.vfs, &world.root, &unit(0), Unrecorded::Accept).unwrap());
    let total = 8 * BLOCKS as u64;
    let limits = Limits::default().max_bytes(total - 3 * BLOCKS as u64);
    let done = operated(world, limits, Mode::Collect);
    assert_eq!(left(world, 4), [Some(2), None, Some(1), Some(2)]);
    assert_eq!((done.bytes, done.over_bytes), (Some(total), 0));
    assert_eq!(fates(reports(&done)[2].1), ["Kept(Newest)", "Removed(OverSize)"]);
    // A second pass has nothing to do.
    let again = operated(world, limits, Mode::Collect);
    assert_eq!(again.bytes, Some(total - 3 * BLOCKS as u64));
    assert!(reports(&again).iter().all(|(_, report)| report.removed() == 0));
}

fn a_unit_in_use_stays_whatever_its_age<V: Vfs + 'static>(world: &Fixture<V>) {
    for number in 0..2 {
        publish_in(world, number);
    }
    let limits = Limits::default().max_age(DAY).max_bytes(0);
    let writer = begin(&world.vfs, &world.root, &unit(0), &options(SeedMode::Link)).unwrap();
    let reader = read(&world.vfs, &world.root, &unit(1), Unrecorded::Accept).unwrap();
    world.later(DAY * 2);
    let done = operated(world, limits, Mode::Collect);
    assert_eq!(left(world, 2), [Some(1), Some(1)]);
    for (_, report) in reports(&done) {
        assert!(fates(report).contains(&"Left(InUse)".into()), "{report:?}");
    }
    assert!(done.over_bytes > 0, "it says that it could not do all");
    drop((writer, reader));
    operated(world, limits, Mode::Collect);
    assert_eq!(left(world, 2), [None, None]);
}

/// The listing is old by the time the session is locked.
fn who_begins_before_the_lock_is_taken_keeps_the_unit<V: Vfs + 'static>(world: &Fixture<V>) {
    let session = publish_in(world, 0);
    world.later(DAY * 2);
    let lock = name(EntryName::Lock(session.key));
    let other = world.another();
    world.vfs.hook(move |op, entry| {
        if op == "open_file_rw" && entry == Some(&lock) {
            // A reader that has come and gone.
            let vfs = other.vfs.inner();
            let dir = vfs.open_dir(&other.root, &name(unit(0))).unwrap();
            let file = vfs.open_file(&dir, &lock, incrdir_vfs::Access::ReadWrite).unwrap();
            vfs.set_mtime(&file, vfs.now() + DAY * 2).unwrap();
        }
        Ok(())
    });
    let done = operated(world, Limits::default().max_age(DAY), Mode::Collect);
    world.vfs.unhook();
    assert_eq!(fates(reports(&done)[0].1), ["Left(Changed)"]);
    assert_eq!(left(world, 1), [Some(1)]);
}

/// Begins in a unit just before `lock` is opened by whoever wants to delete its session, and keeps the session.
fn begins_before<V: Vfs + 'static>(
    world: &Fixture<V>,
    lock: Name,
    number: u64,
) -> Rc<RefCell<Vec<Working<Scripted<V>>>>> {
    let (begun, other) = (Rc::default(), world.another());
    let sessions: Rc<RefCell<Vec<_>>> = Rc::clone(&begun);
    world.vfs.hook(move |op, entry| {
        if op == "open_file_rw" && entry == Some(&lock) {
            let options = options(SeedMode::Link);
            let session = begin(&other.vfs, &other.root, &unit(number), &options).unwrap();
            sessions.borrow_mut().push(session);
        }
        Ok(())
    });
    begun
}

fn lock_of(session: SessionName) -> Name {
    name(EntryName::Lock(session.key))
}

/// Its use was noted a moment ago, so that no time says that somebody has begun: its name does.
fn who_works_when_the_newest_session_is_locked_keeps_it<V: Vfs + 'static>(world: &Fixture<V>) {
    let session = publish_in(world, 0);
    let begun = begins_before(world, lock_of(session), 0);
    let done = operated(world, Limits::default().max_bytes(0), Mode::Collect);
    world.vfs.unhook();
    assert_eq!(fates(reports(&done)[0].1), ["Left(InUse)"]);
    assert_eq!(begun.borrow()[0].report().source, Some(session));
    assert_eq!(left(world, 1), [Some(1)]);
    begun.take();
    operated(world, Limits::default().max_bytes(0), Mode::Collect);
    assert_eq!(left(world, 1), [None]);
}

/// The newest one is not even locked: somebody else may be about to begin.
fn who_begins_while_older_sessions_go_is_not_shut_out<V: Vfs + 'static>(world: &Fixture<V>) {
    let (old, new) = (publish_in(world, 0), publish_in(world, 0));
    let begun = begins_before(world, lock_of(old), 0);
    world.vfs.take_calls();
    let done = operated(world, Limits::default().max_bytes(0), Mode::Collect);
    let locked = world.vfs.take_calls().iter().filter(|call| **call == "open_file_rw").count();
    world.vfs.unhook();
    assert_eq!(fates(reports(&done)[0].1), ["Left(InUse)", "Removed(OverSize)"]);
    assert_eq!((locked, begun.borrow()[0].report().source), (1, Some(new)));
}

/// It was not in use when all units were looked at to find the least recently used one.
fn who_begins_before_the_turn_of_the_unit_keeps_all_of_it<V: Vfs + 'static>(world: &Fixture<V>) {
    let first = publish_in(world, 0);
    publish_in(world, 1);
    publish_in(world, 1);
    let begun = begins_before(world, lock_of(first), 1);
    operated(world, Limits::default().max_bytes(0), Mode::Collect);
    world.vfs.unhook();
    assert_eq!((left(world, 2), begun.borrow().len()), (vec![None, Some(2)], 1));
}

fn a_dry_run_says_the_same_and_changes_nothing<V: Vfs + 'static>(world: &Fixture<V>) {
    for number in 0..3 {
        for _ in 0..3 {
            publish_in(world, number);
        }
        world.later(DAY * (number as u32 + 1));
    }
    let limits = Limits::default().max_age(DAY * 3).max_bytes(3 * BLOCKS as u64);
    let dry = operated(world, limits, Mode::DryRun);
    assert_eq!(left(world, 3), [Some(3); 3]);
    let told: Vec<_> =
        reports(&dry).iter().map(|(_, r)| (fates(r), r.bytes(), r.emptied)).collect();
    let done = operated(world, limits, Mode::Collect);
    let was: Vec<_> =
        reports(&done).iter().map(|(_, r)| (fates(r), r.bytes(), r.emptied)).collect();
    assert_eq!(told, was);
    assert_eq!((dry.over_bytes, dry.bytes), (done.over_bytes, done.bytes));
    assert_eq!(left(world, 3), [None, Some(1), Some(2)]);
}

fn a_unit_with_anything_foreign_keeps_its_directory<V: Vfs + 'static>(world: &Fixture<V>) {
    publish_in(world, 0);
    let opened = Unit::open(&world.vfs, &world.root, &unit(0)).unwrap().unwrap();
    drop(world.vfs.create_file(opened.dir(), &name("notes")).unwrap());
    world.later(DAY * 2);
    for mode in [Mode::DryRun, Mode::Collect] {
        let done = operated(world, Limits::default().max_age(DAY), mode);
        assert!(!reports(&done)[0].1.emptied);
    }
    assert_eq!(left(world, 1), [Some(0)]);
}

fn a_unit_of_rustc_keeps_its_directory_while_the_lock_of_cargo_is_held<V: Vfs + 'static>(
    world: &Fixture<V>,
) {
    let locks = CARGO_LOCKS.map(name);
    let policy = Policy::default().limits(Limits::default().max_age(DAY));
    let run = || {
        let empty = EmptyUnits::Under(&*world.root, &locks);
        let place = Place::new(&*world.root).empty(empty);
        operate(&world.vfs, &[place], &policy, Mode::Collect, &mut |_, _, _| {
            ControlFlow::Continue(())
        });
    };
    publish_in(world, 0);
    world.later(DAY * 2);
    run();
    assert_eq!(left(world, 1), [Some(0)], "there is no such lock");
    drop(world.vfs.create_file(&world.root, &locks[0]).unwrap());
    let file = world.vfs.create_file(&world.root, &locks[1]).unwrap();
    let _ = world.vfs.try_lock(&file, LockKind::Exclusive).unwrap();
    run();
    assert_eq!(left(world, 1), [Some(0)], "cargo is at work");
    drop(file);
    run();
    assert_eq!(left(world, 1), [None]);
}

fn a_clock_that_was_wrong_does_not_keep_a_unit_for_ever<V: Vfs + 'static>(world: &Fixture<V>) {
    world.later(DAY * 3000);
    let session = publish_in(world, 0);
    world.later(Duration::ZERO);
    let dir = Unit::open(&world.vfs, &world.root, &unit(0)).unwrap().unwrap();
    let lock = name(EntryName::Lock(session.key));
    let file = world.vfs.open_file(dir.dir(), &lock, incrdir_vfs::Access::ReadWrite).unwrap();
    world.vfs.set_mtime(&file, world.vfs.inner().now() + DAY * 3000).unwrap();
    drop(file);
    operated(world, Limits::default().max_age(DAY), Mode::Collect);
    assert_eq!(left(world, 1), [None]);
}

fn stopping_leaves_what_the_next_pass_goes_on_with<V: Vfs + 'static>(world: &Fixture<V>) {
    for number in 0..3 {
        publish_in(world, number);
    }
    world.later(DAY * 2);
    let policy = Policy::default().limits(Limits::default().max_age(DAY));
    let mut removed = 0;
    let done = operate(
        &world.vfs,
        &[Place::new(&*world.root)],
        &policy,
        Mode::Collect,
        &mut |_, _, disposal| {
            removed += usize::from(matches!(disposal.fate, Fate::Removed(Why::Unused)));
            if removed == 1 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        },
    );
    assert!(done.interrupted);
    assert_eq!(left(world, 3), [Some(0), Some(1), Some(1)]);
    operated(world, Limits::default().max_age(DAY), Mode::Collect);
    assert_eq!(left(world, 3), [None; 3]);
}

/// Two timers at the same moment: together they free as much as one of them would.
fn what_another_pass_deletes_meanwhile_counts<V: Vfs + 'static>(world: &Fixture<V>) {
    let sessions: Vec<_> = (0..8)
        .map(|number| {
            world.later(DAY * number);
            publish_in(world, u64::from(number))
        })
        .collect();
    let limits = Limits::default().max_bytes(4 * BLOCKS as u64);
    // Just before each of these is locked, another pass deletes two sessions. The second of them is deleted while it is locked by the other
    // one, and is found in use.
    let other = world.another();
    let first = lock_of(sessions[0]);
    let mut is_first = true;
    world.vfs.hook(move |op, entry| {
        if op == "open_file_rw" && entry == Some(&first) && std::mem::take(&mut is_first) {
            for number in 0..2 {
                let unit = Unit::open(&other.vfs, &other.root, &unit(number)).unwrap().unwrap();
                let only = [UnitName::clone(unit.name())];
                let place = Place::new(&*other.root).units(Some(only.into()));
                let policy = Policy::default().limits(Limits::default().max_bytes(0));
                operate(&other.vfs, &[place], &policy, Mode::Collect, &mut |_, _, _| {
                    ControlFlow::Continue(())
                });
            }
        }
        Ok(())
    });
    let done = operated(world, limits, Mode::Collect);
    world.vfs.unhook();
    let count = left(world, 8).iter().flatten().sum::<usize>();
    assert_eq!((count, done.over_bytes), (4, 0), "{:?}", left(world, 8));
}

/// Deleting it would free nothing, so what stays must not pay for it.
fn what_has_a_name_elsewhere_does_not_count<V: Vfs + 'static>(world: &Fixture<V>) {
    let session = publish_in(world, 0);
    world.later(DAY);
    publish_in(world, 1);
    let dir = Unit::open(&world.vfs, &world.root, &unit(0)).unwrap().unwrap();
    let dir = world.vfs.open_dir(dir.dir(), &name(EntryName::Session(session))).unwrap();
    world.vfs.hard_link(&dir, &name("file"), &world.root, &name("elsewhere")).unwrap();
    let done = operated(world, Limits::default().max_bytes(BLOCKS as u64), Mode::Collect);
    assert_eq!((done.bytes, done.over_bytes), (Some(BLOCKS as u64), 0));
    assert_eq!(left(world, 2), [Some(1); 2]);
}

fn a_lock_file_with_a_time_of_the_future_protects_nothing<V: Vfs + 'static>(world: &Fixture<V>) {
    let session = publish_in(world, 0);
    let dir = Unit::open(&world.vfs, &world.root, &unit(0)).unwrap().unwrap();
    let lock = lock_of(session);
    let file = world.vfs.open_file(dir.dir(), &lock, incrdir_vfs::Access::ReadWrite).unwrap();
    world.vfs.set_mtime(&file, world.vfs.inner().now() + DAY * 3000).unwrap();
    drop(file);
    operated(world, Limits::default().max_bytes(0), Mode::Collect);
    assert_eq!(left(world, 1), [None]);
}

/// Whoever reads the older one belongs to those who use the unit.
fn an_older_session_in_use_keeps_the_newer_ones<V: Vfs + 'static>(world: &Fixture<V>) {
    let old = publish_in(world, 0);
    publish_in(world, 0);
    world.later(DAY * 2);
    let other = world.another();
    let dir = Unit::open(&other.vfs, &other.root, &unit(0)).unwrap().unwrap();
    let held = try_acquire(&other.vfs, dir.dir(), &lock_of(old), LockKind::Shared).unwrap();
    assert!(matches!(held, Acquire::Locked(_)));
    let done = operated(world, Limits::default().max_age(DAY), Mode::Collect);
    assert_eq!(fates(reports(&done)[0].1), ["Kept(Newest)", "Left(InUse)"]);
    assert_eq!(left(world, 1), [Some(2)]);
    drop(held);
    operated(world, Limits::default().max_age(DAY), Mode::Collect);
    assert_eq!(left(world, 1), [None]);
}

/// A full XFS refuses to rename when the new name takes a block.
fn where_there_is_no_room_to_rename_sessions_go_where_they_stand<V: Vfs + 'static>(
    world: &Fixture<V>,
) {
    publish_in(world, 0);
    publish_in(world, 0);
    world.vfs.hook(|op, _| match op {
        "rename" | "rename_new" => Err(std::io::ErrorKind::StorageFull.into()),
        _ => Ok(()),
    });
    let done = operated(world, Limits::default().max_bytes(0), Mode::Collect);
    world.vfs.unhook();
    assert_eq!(fates(reports(&done)[0].1), ["Removed(OverSize)"; 2]);
    assert_eq!(left(world, 1), [None]);
}

fn a_dry_run_knows_what_cannot_be_deleted<V: Vfs + 'static>(world: &Fixture<V>) {
    publish_in(world, 0);
    world.vfs.hook(|op, _| match op {
        "open_file_rw" => Err(std::io::ErrorKind::PermissionDenied.into()),
        _ => Ok(()),
    });
    let limits = Limits::default().max_bytes(0);
    for mode in [Mode::DryRun, Mode::Collect] {
        let told = fates(reports(&operated(world, limits, mode))[0].1);
        assert!(told[0].starts_with("Failed("), "{mode:?}: {told:?}");
    }
    world.vfs.unhook();
}

/// Only in memory: a test does not fill a real disk.
#[test]
fn a_full_file_system_gets_free_space_until_there_is_some_to_lose() {
    let disk = MemDisk::new(Profile::posix());
    let vfs = disk.process();
    let root = vfs.root();
    let world = Fixture::new(vfs, root);
    for number in 0..8 {
        publish_in(&world, number);
        world.later(DAY * (number as u32 + 1));
    }
    // Ten of them would fit.
    disk.set_capacity(10 * BLOCKS as u64);
    let limits = |below, until| Limits::default().free(FreeSpace::percent(below, until));
    operated(&world, limits(10, 40), Mode::Collect);
    assert_eq!(left(&world, 8).iter().flatten().sum::<usize>(), 8, "enough is free");
    let dry = operated(&world, limits(25, 40), Mode::DryRun);
    let would: usize = reports(&dry).iter().map(|(_, report)| report.removed()).sum();
    operated(&world, limits(25, 40), Mode::Collect);
    let now = left(&world, 8);
    assert_eq!(now.iter().flatten().sum::<usize>(), 8 - would);
    assert_eq!((now[0], now[1], now[7]), (None, None, Some(1)), "{now:?}");
}
