//! Defects of the seed protocol around collection, by their numbers.

use std::cell::Cell;
use std::ops::ControlFlow;
use std::rc::Rc;
use std::time::Duration;

use incrdir_gc::{Disposal, Fate, Mode, Why, carry_out, collect, plan, sweep};
use incrdir_lockfs::try_acquire;
use incrdir_naming::{EntryName, Hash, UnitName};
use incrdir_session::{Reading, SeedMode, Unrecorded, abandon, begin, publish, read};
use incrdir_sim::fixture::{Fixture, name};
use incrdir_sim::on_both;
use incrdir_sim::usual::{options, policy, time};
use incrdir_vfs::{LockKind, MemDisk, Profile, Vfs};

const HOUR: u64 = 3600 * 1_000_000;

on_both! {
    f05_the_survivor_can_be_read_while_others_are_collected,
    without_a_session_to_hold_no_published_one_is_collected,
    a_session_keeps_its_lock_file_as_long_as_its_name,
    f28_the_calls_of_a_pass_grow_with_what_there_is,
    f30_orphan_lock_files_are_collected,
    f30_a_lock_file_that_may_be_rustcs_is_not_opened_before_the_grace,
    f31_a_sweep_collects_units_that_nobody_works_on,
    a_session_in_use_is_left,
    an_old_plan_deletes_only_what_still_is_as_it_says,
    a_dry_run_says_what_a_collection_does_and_changes_nothing,
    a_second_collection_has_nothing_to_do,
    a_collection_can_be_stopped_after_any_entry,
    a_working_directory_without_a_lock_file_goes_after_the_grace,
    the_tree_of_a_tombstone_may_be_as_deep_as_it_likes,
}

/// The seed's collector holds every lock while it deletes, so whoever begins meanwhile starts cold.
fn f05_the_survivor_can_be_read_while_others_are_collected<V: Vfs + 'static>(world: &Fixture<V>) {
    let sessions: Vec<_> = (0..3).map(|_| world.publish(SeedMode::Link, &[("f", "")])).collect();
    let newest = sessions[2].name;
    let other = world.another();
    world.vfs.hook(move |_, _| {
        let Reading::Found(snapshot) =
            read(&other.vfs, &other.root, &other.unit, Unrecorded::Accept).unwrap()
        else {
            panic!("nothing to read during a collection");
        };
        assert_eq!(snapshot.name(), newest);
        Ok(())
    });
    assert_eq!(world.collect(1).removed(), 2);
}

/// The newest session has been renamed and its lock is not released yet: if the older one went now, a reader
/// would find nothing that can be had.
fn without_a_session_to_hold_no_published_one_is_collected<V: Vfs + 'static>(world: &Fixture<V>) {
    let old = world.publish(SeedMode::None, &[]);
    let new = world.publish(SeedMode::None, &[]);
    let lock = name(EntryName::Lock(new.name.key));
    let publisher = try_acquire(&world.vfs, world.open().dir(), &lock, LockKind::Exclusive);
    let report = world.collect(1);
    let fates: Vec<_> = report.disposals.iter().map(|o| (o.entry, &o.fate)).collect();
    assert!(
        matches!(fates[..], [_, (entry, Fate::Left(Why::NoGuard))] if entry == old.name.into()),
        "{report:?}"
    );
    drop(publisher);
    assert_eq!(world.collect(1).removed(), 1);
}

/// What a plan says is looked at again: a session that is held by then stays, and one that is gone is no failure.
fn an_old_plan_deletes_only_what_still_is_as_it_says<V: Vfs + 'static>(world: &Fixture<V>) {
    let old = world.publish(SeedMode::None, &[("f", "old")]);
    let reading = read(&world.vfs, &world.root, &world.unit, Unrecorded::Accept).unwrap();
    let new = world.publish(SeedMode::None, &[("f", "new")]);
    let (unit, policy, now) = (world.open(), policy(1), world.vfs.now());
    let planned = plan(&unit.list().unwrap(), now, &policy);
    let fate_of_old = || {
        let watch = &mut |_: &Disposal| ControlFlow::Continue(());
        let mut collected = carry_out(&unit, &planned, now, &policy, Mode::Collect, watch);
        collected.disposals.retain(|disposal| disposal.entry == old.name.into());
        assert!(matches!(collected.disposals[..], [_]), "{collected:?}");
        collected.disposals.remove(0).fate
    };
    assert!(matches!(fate_of_old(), Fate::Left(Why::InUse)));
    drop(reading);
    assert!(matches!(fate_of_old(), Fate::Removed(Why::Obsolete)));
    let again = fate_of_old();
    assert!(!matches!(again, Fate::Removed(_) | Fate::Failed(_)), "{again:?}");
    assert_eq!(world.catalog().published().collect::<Vec<_>>(), [new.name]);
}

/// A session without its lock file is garbage to rustc, at once.
fn a_session_keeps_its_lock_file_as_long_as_its_name<V: Vfs + 'static>(world: &Fixture<V>) {
    for seed in [SeedMode::None, SeedMode::Link] {
        let _ = world.publish(seed, &[("f", "")]);
    }
    world.begin(SeedMode::Link).leave();
    let (other, removed) = (world.another(), Rc::new(Cell::new(0)));
    let count = Rc::clone(&removed);
    world.vfs.hook(move |op, file| {
        let file = file.and_then(|file| file.to_str()).unwrap_or_default();
        if let (true, Some(session)) = (op == "remove_file", file.strip_suffix(".lock")) {
            count.set(count.get() + 1);
            let names = other.names();
            let is_there = names.iter().any(|n| n.starts_with(session) && n != file);
            assert!(!is_there, "{file} goes before its session: {names:?}");
        }
        Ok(())
    });
    world.collect(1);
    abandon(world.begin(SeedMode::Link)).unwrap();
    assert_eq!(removed.get(), 3);
}

/// The seed compares every lock file with every session: 20,000 leftovers took it 1.24 s.
fn f28_the_calls_of_a_pass_grow_with_what_there_is<V: Vfs + 'static>(world: &Fixture<V>) {
    let mut calls = Vec::new();
    for leftovers in [40, 80] {
        for _ in 0..leftovers / 2 {
            let dead = world.begin(SeedMode::None);
            let orphan = world.begin(SeedMode::None);
            world.vfs.remove_dir(orphan.unit().dir(), &name(orphan.name())).unwrap();
            dead.leave();
            orphan.leave();
        }
        world.vfs.take_calls();
        assert_eq!(world.collect(1).removed(), leftovers);
        calls.push(world.vfs.take_calls().len());
    }
    assert!(calls[1] <= 2 * calls[0], "{calls:?}");
}

/// The seed asks a lock file for the time stamp of a directory, gets none, and keeps it for ever.
fn f30_orphan_lock_files_are_collected<V: Vfs + 'static>(world: &Fixture<V>) {
    world.make_unit();
    let ours = world.begin(SeedMode::None);
    world.vfs.remove_dir(ours.unit().dir(), &name(ours.name())).unwrap();
    drop(ours);
    world.plant_file(EntryName::Lock(Fixture::<V>::key(0, 1)), "");
    world.plant_file(EntryName::Birth(Fixture::<V>::key(0, 2)), "");
    world.later(Duration::from_secs(3600));
    let report = world.collect(1);
    assert_eq!(report.removed(), 3, "{report:?}");
    assert_eq!(world.names(), Vec::<String>::new());
}

/// A rustc dies when somebody else holds the lock that it has just made.
fn f30_a_lock_file_that_may_be_rustcs_is_not_opened_before_the_grace<V: Vfs + 'static>(
    world: &Fixture<V>,
) {
    let unit = world.make_unit();
    // Old by its name, but made now; and young by its name.
    let now = incrdir_naming::Timestamp::from_system_time(world.vfs.now()).unwrap();
    for key in [Fixture::<V>::key(0, 1), incrdir_naming::Key::new(now, 1)] {
        world.plant_rustc(key, false);
        world.plant_file(EntryName::Lock(Fixture::<V>::key(1, key.rand() + 7)), "");
        world.plant_file(EntryName::Birth(key), "");
        let before = world.names();
        world.vfs.take_calls();
        let report = collect(&unit, &policy(1), Mode::Collect).unwrap();
        assert!(!world.vfs.take_calls().contains(&"open_file"));
        assert_eq!((report.removed(), world.names()), (0, before), "{report:?}");
        let young = |o: &&incrdir_gc::Disposal| matches!(o.fate, Fate::Left(Why::Young));
        assert_eq!(report.disposals.iter().filter(young).count(), 3, "{report:?}");
        for entry in world.names() {
            let _ = incrdir_session::remove_tree(&world.vfs, unit.dir(), &name(entry));
        }
    }
}

/// The seed collects only the unit that is being compiled.
fn f31_a_sweep_collects_units_that_nobody_works_on<V: Vfs + 'static>(world: &Fixture<V>) {
    for unit in ["removed_crate", "old_flags", "current"] {
        let unit = UnitName::new(unit, 1).unwrap();
        for _ in 0..3 {
            let session = begin(&world.vfs, &world.root, &unit, &options(SeedMode::Link)).unwrap();
            publish(session, Hash::new(0)).unwrap();
        }
    }
    world.vfs.create_dir(&world.root, &name("not-a-unit")).unwrap();
    let swept = sweep(&world.vfs, &world.root, &policy(1), Mode::Collect, &mut |_, _| {
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!(swept.units.len(), 3);
    assert_eq!(swept.foreign.len(), 1);
    for (unit, report) in &swept.units {
        assert_eq!(report.as_ref().unwrap().removed(), 2, "{unit}");
    }
}

fn a_session_in_use_is_left<V: Vfs + 'static>(world: &Fixture<V>) {
    let old = world.publish(SeedMode::None, &[("f", "")]);
    let Reading::Found(reader) =
        read(&world.vfs, &world.root, &world.unit, Unrecorded::Accept).unwrap()
    else {
        panic!("just published");
    };
    let new = world.publish(SeedMode::None, &[]);
    let live = world.begin(SeedMode::None);
    let report = world.collect(1);
    let in_use: Vec<_> = report
        .disposals
        .iter()
        .filter(|outcome| matches!(outcome.fate, Fate::Left(Why::InUse)))
        .map(|outcome| outcome.entry)
        .collect();
    assert_eq!(in_use, [live.name().into(), old.name.into()]);
    assert_eq!(world.session_tree(old.name).len(), 1);
    drop(reader);
    live.leave();
    assert_eq!(world.collect(1).removed(), 2);
    assert_eq!(world.catalog().published().collect::<Vec<_>>(), [new.name]);
}

fn a_dry_run_says_what_a_collection_does_and_changes_nothing<V: Vfs + 'static>(world: &Fixture<V>) {
    for content in ["a", "bb", "ccc"] {
        let _ = world.publish(SeedMode::Copy, &[("f", content)]);
    }
    let dead = world.begin(SeedMode::None);
    world.write(dead.dir(), "f", "dddd");
    dead.leave();
    world.plant_dir(EntryName::Tombstone(Fixture::<V>::key(0, 1), 3));
    let before = world.names();

    let dry = collect(&world.open(), &policy(1), Mode::DryRun).unwrap();
    assert_eq!(world.names(), before);
    let real = world.collect(1);
    assert_eq!(dry.removed(), 4, "{dry:?}");
    let told = |report: &incrdir_gc::Collected| -> Vec<String> {
        report.disposals.iter().map(|o| format!("{} {:?} {}", o.entry, o.fate, o.bytes)).collect()
    };
    assert_eq!(told(&dry), told(&real));
    // What four files of less than a block take on this medium.
    world.write(&world.root, "block", "content");
    let block = world.vfs.stat(&world.root, &name("block")).unwrap().allocated;
    assert_eq!(real.bytes(), 4 * block);
}

fn a_second_collection_has_nothing_to_do<V: Vfs + 'static>(world: &Fixture<V>) {
    for _ in 0..3 {
        let _ = world.publish(SeedMode::Link, &[("f", "")]);
        world.begin(SeedMode::Link).leave();
    }
    assert_eq!(world.collect(2).removed(), 4);
    world.vfs.take_calls();
    let again = world.collect(2);
    assert_eq!(again.removed(), 0);
    assert!(again.disposals.iter().all(|o| matches!(o.fate, Fate::Kept(Why::Newest))), "{again:?}");
    let calls = world.vfs.take_calls();
    // Where names have one case, it is looked up how the unit's is spelled.
    let other_case = name(world.unit.to_string().to_uppercase());
    let usual = ["open_dir", "stat", "list"];
    match world.vfs.stat(&world.root, &other_case) {
        Ok(_) => assert_eq!(calls, [&usual[..], &["list"]].concat()),
        Err(_) => assert_eq!(calls, usual),
    }
}

fn a_collection_can_be_stopped_after_any_entry<V: Vfs + 'static>(world: &Fixture<V>) {
    for stop_after in 1..6 {
        for _ in 0..3 {
            let _ = world.publish(SeedMode::Link, &[("f", "")]);
            world.begin(SeedMode::Link).leave();
        }
        let mut seen = 0;
        let report =
            incrdir_gc::collect_watched(&world.open(), &policy(1), Mode::Collect, &mut |_| {
                seen += 1;
                if seen == stop_after { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })
            .unwrap();
        assert!(report.interrupted);
        assert_eq!(report.disposals.len(), stop_after);
        assert_eq!(world.collect(1).failures().count(), 0);
        assert_eq!(world.names().len(), 2);
    }
}

fn a_working_directory_without_a_lock_file_goes_after_the_grace<V: Vfs + 'static>(
    world: &Fixture<V>,
) {
    world.make_unit();
    world.later(Duration::ZERO);
    world.plant_dir(Fixture::<V>::key(0, 1).working());
    let report = world.collect(1);
    assert!(matches!(report.disposals[0].fate, Fate::Left(Why::Young)), "{report:?}");
    world.later(Duration::from_secs(11));
    let report = world.collect(1);
    assert!(matches!(report.disposals[0].fate, Fate::Removed(Why::LostLock)), "{report:?}");
    assert_eq!(world.names(), Vec::<String>::new());
}

fn the_tree_of_a_tombstone_may_be_as_deep_as_it_likes<V: Vfs + 'static>(world: &Fixture<V>) {
    let session = world.begin(SeedMode::None);
    let vfs = &world.vfs;
    let mut dir = vfs.open_dir(session.unit().dir(), &name(session.name())).unwrap();
    for depth in 0..300 {
        // Names that the removal might itself want to use.
        for entry in ["0", "1", "2"] {
            vfs.create_dir(&dir, &name(entry)).unwrap();
        }
        world.write(&dir, "3", "content");
        dir = vfs.open_dir(&dir, &name(depth % 3)).unwrap();
    }
    drop(dir);
    vfs.take_calls();
    session.leave();
    let report = world.collect(1);
    assert_eq!((report.removed(), report.failures().count()), (1, 0), "{report:?}");
    assert_eq!(world.names(), Vec::<String>::new());
}

/// The seed keeps a descriptor for every published session.
#[test]
fn f29_a_collection_needs_few_descriptors() {
    let disk = MemDisk::new(Profile::posix().fd_limit(12));
    let vfs = disk.process();
    let root = vfs.root();
    let unit = UnitName::new("unit", 1).unwrap();
    for n in 0..100 {
        let session = begin(&vfs, &root, &unit, &options(SeedMode::None)).unwrap();
        if n % 2 == 0 {
            publish(session, Hash::new(0)).unwrap();
        } else {
            session.leave();
        }
    }
    let opened = disk.open_handles();
    let unit = incrdir_session::Unit::open(&vfs, &root, &unit).unwrap().unwrap();
    let report = collect(&unit, &policy(2), Mode::Collect).unwrap();
    assert_eq!((report.removed(), report.failures().count()), (98, 0));
    drop(unit);
    assert_eq!(disk.open_handles(), opened, "no descriptor is kept");
}

/// Linear, and no descriptor or list that grows: twenty thousand leftovers.
#[test]
fn f28_twenty_thousand_leftovers() {
    let disk = MemDisk::new(Profile::posix().fd_limit(12));
    let vfs = disk.process();
    let root = vfs.root();
    vfs.create_dir(&root, &name("unit-0000000000001")).unwrap();
    let dir = vfs.open_dir(&root, &name("unit-0000000000001")).unwrap();
    for n in 0..20_000 {
        let key = Fixture::<incrdir_vfs::MemVfs>::key(n, 1);
        drop(vfs.create_file(&dir, &name(EntryName::Lock(key))).unwrap());
        match n % 3 {
            0 => vfs.create_dir(&dir, &name(key.working())).unwrap(),
            1 => vfs.create_dir(&dir, &name(key.published(Hash::new(1)))).unwrap(),
            _ => {}
        }
    }
    disk.set_clock(time(24 * HOUR));
    let unit = UnitName::new("unit", 1).unwrap();
    let unit = incrdir_session::Unit::open(&vfs, &root, &unit).unwrap().unwrap();
    let report = collect(&unit, &policy(2), Mode::Collect).unwrap();
    assert_eq!((report.removed(), report.failures().count()), (19_998, 0));
    assert_eq!(vfs.list(&dir).unwrap().len(), 4);
}
