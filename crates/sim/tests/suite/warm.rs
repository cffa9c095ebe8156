//! A session that was filled ahead of time: taken over as it is, or not at all.
#![cfg_attr(windows, expect(dead_code, unused_imports, reason = "nothing waits there"))]

use std::time::Duration;

use incrdir_gc::{Fate, Limits, Mode, Place, Policy, Why, operate};
use incrdir_lockfs::{Acquire, try_acquire};
use incrdir_naming::{EntryName, Hash, SessionName};
use incrdir_record::encode_reason;
use incrdir_session::{
    BeginOptions, Reading, Retention, SeedMode, Selection, Unrecorded, Unwarmed, Warmed, Working,
    abandon, begin, clear, publish, publish_if_changed, read, reject, warm,
};
use incrdir_sim::fixture::{Fixture, create, in_memory, name};
use incrdir_sim::on_both;
use incrdir_sim::scripted::Scripted;
use incrdir_sim::usual::{keep, options, policy, recycling};
use incrdir_vfs::{FileKind, LockKind, MemVfs, Profile, Vfs};

type World = Fixture<MemVfs>;

#[cfg(not(windows))]
on_both! {
    who_begins_next_gets_what_waits,
    a_second_one_is_not_filled,
    a_newer_session_makes_it_useless,
    collections_keep_one_and_no_more,
    it_is_for_those_who_begin_alike,
    nothing_waits_where_nothing_is_published,
    what_waits_goes_first_when_a_unit_is_not_used,
    who_lost_its_lock_keeps_the_unit,
    an_unchanged_session_is_found_to_be_unchanged,
    what_was_rejected_does_not_come_back,
    it_is_no_writer_that_died,
    it_may_be_abandoned_or_cleared,
    a_published_session_that_is_touched_is_not_followed,
    a_file_of_several_names_may_wait,
}

/// Mounts have no numbers on Windows, so nothing would show what becomes of a session that waits.
#[cfg(windows)]
#[test]
fn nothing_waits_on_windows() {
    incrdir_sim::fixture::real(|world| {
        for content in ["1", "2"] {
            world.publish(SeedMode::Link, &[("one", content)]);
        }
        let warmed = warms(world, &recycling());
        assert!(matches!(warmed, Warmed::Not(Unwarmed::Unproven)), "{warmed:?}");
        assert_eq!(world.catalog().published().count(), 2);
    });
}

/// How sessions are begun here: by links and by copies.
fn modes() -> [BeginOptions; 2] {
    [recycling(), options(SeedMode::Copy).retention(keep(2))]
}

fn start<V: Vfs>(world: &Fixture<V>, options: &BeginOptions) -> Working<Scripted<V>> {
    begin(&world.vfs, &world.root, &world.unit, options).unwrap()
}

/// Publishes a session with directories and several files; `changed` is what it puts into one of them.
fn publish_tree<V: Vfs>(world: &Fixture<V>, options: &BeginOptions, changed: &str) -> SessionName {
    let session = start(world, options);
    let (vfs, top) = (&world.vfs, session.dir());
    if session.report().source.is_none() {
        for dir in ["a", "d"] {
            vfs.create_dir(top, &name(dir)).unwrap();
        }
        let a = vfs.open_dir(top, &name("a")).unwrap();
        vfs.create_dir(&a, &name("b")).unwrap();
        let b = vfs.open_dir(&a, &name("b")).unwrap();
        vfs.symlink(&"one".into(), &b, &name("link")).unwrap();
        for (dir, file) in [(top, "top"), (&a, "one"), (&b, "one"), (&b, "two")] {
            world.write(dir, file, "first");
        }
    }
    let d = vfs.open_dir(top, &name("d")).unwrap();
    world.write(&d, "changed", changed);
    publish(session, Hash::new(0)).unwrap().name
}

fn two<V: Vfs>(world: &Fixture<V>, options: &BeginOptions) -> SessionName {
    publish_tree(world, options, "1");
    publish_tree(world, options, "2")
}

fn warms<V: Vfs>(world: &Fixture<V>, options: &BeginOptions) -> Warmed {
    warm(&world.vfs, &world.root, &world.unit, options).unwrap()
}

fn waits<V: Vfs>(world: &Fixture<V>, options: &BeginOptions) -> SessionName {
    match warms(world, options) {
        Warmed::Now(session, _) => session,
        other => panic!("{other:?}"),
    }
}

fn working<V: Vfs>(world: &Fixture<V>) -> Vec<SessionName> {
    let catalog = world.catalog();
    let working = catalog.sessions.iter().filter(|(_, found)| found.working);
    working.map(|(key, _)| key.working()).collect()
}

/// What the newest session's record says is what is there.
fn checks_out<V: Vfs>(world: &Fixture<V>, newest: SessionName) {
    let read = read(&world.vfs, &world.root, &world.unit, Unrecorded::Refuse).unwrap();
    let Reading::Found(snapshot) = read else { panic!("{read:?}") };
    assert_eq!(snapshot.name(), newest, "{:?}", snapshot.rejected());
    assert!(snapshot.extra().is_empty(), "{:?}", snapshot.extra());
    snapshot.release();
    let audited =
        incrdir_session::audit(&world.open(), incrdir_session::Scrutiny::Attributes).unwrap();
    assert!(audited.damaged.is_empty() && audited.skipped.is_empty(), "{audited:?}");
}

fn who_begins_next_gets_what_waits<V: Vfs>(world: &Fixture<V>) {
    for options in modes() {
        let mut source = two(world, &options);
        for round in 0..4 {
            let wanted = world.session_tree(source);
            let waiting = waits(world, &options);
            assert_eq!(world.session_tree(waiting), wanted);
            let session = start(world, &options);
            let report = session.report();
            assert_eq!((report.waited, report.source), (Some(waiting), Some(source)), "{round}");
            assert_eq!(report.recycled, None);
            assert_eq!(world.tree(session.dir()), wanted, "{round}");
            assert!(session.name() > waiting, "it is as new as it looks");
            let d = world.vfs.open_dir(session.dir(), &name("d")).unwrap();
            world.write(&d, "changed", &format!("round {round}"));
            let a = world.vfs.open_dir(session.dir(), &name("a")).unwrap();
            let b = world.vfs.open_dir(&a, &name("b")).unwrap();
            world.write(&b, "one", &format!("round {round}"));
            drop((a, b, d));
            let wanted = world.tree(session.dir());
            source = publish(session, Hash::new(round)).unwrap().name;
            assert_eq!(world.session_tree(source), wanted);
            checks_out(world, source);
            assert_eq!(world.catalog().sessions.len(), 2, "{:?}", world.names());
        }
        // What such sessions say of themselves is good for those that begin without.
        for _ in 0..3 {
            let wanted = world.session_tree(source);
            let session = start(world, &options);
            assert_eq!(world.tree(session.dir()), wanted);
            source = publish(session, Hash::new(0)).unwrap().name;
            checks_out(world, source);
        }
    }
}

fn a_second_one_is_not_filled<V: Vfs>(world: &Fixture<V>) {
    for options in modes() {
        two(world, &options);
        let waiting = waits(world, &options);
        let before = world.names();
        for _ in 0..2 {
            assert!(matches!(warms(world, &options), Warmed::Before(it) if it == waiting));
        }
        assert_eq!(world.names(), before);
        assert_eq!(start(world, &options).report().waited, Some(waiting));
    }
}

fn a_newer_session_makes_it_useless<V: Vfs>(world: &Fixture<V>) {
    for options in modes() {
        two(world, &options);
        let earlier =
            start(world, &options.clone().retention(Retention::default().without_recycling()));
        let waiting = waits(world, &options);
        let source = publish(earlier, Hash::new(1)).unwrap().name;
        // It has an older name than what waits, and is what is newest.
        let session = start(world, &options);
        assert_eq!((session.report().waited, session.report().source), (None, Some(source)));
        publish(session, Hash::new(2)).unwrap();
        let collected = world.collect(2);
        let fate = collected.disposals.iter().find(|it| it.entry == waiting.into()).unwrap();
        assert!(matches!(fate.fate, Fate::Removed(Why::Outdated)), "{fate:?}");
        assert!(working(world).is_empty());
    }
}

fn collections_keep_one_and_no_more<V: Vfs>(world: &Fixture<V>) {
    let links = recycling();
    two(world, &links);
    let first = waits(world, &links);
    let copies = waits(world, &options(SeedMode::Copy));
    for mode in [Mode::DryRun, Mode::Collect, Mode::Collect] {
        let collected = incrdir_gc::collect(&world.open(), &policy(2), mode).unwrap();
        let fate = |session: SessionName| {
            collected.disposals.iter().find(|it| it.entry == session.into()).map(|it| &it.fate)
        };
        assert!(matches!(fate(copies), Some(Fate::Kept(Why::Waiting))), "{collected:?}");
        assert!(matches!(fate(first), None | Some(Fate::Removed(Why::Outdated))), "{collected:?}");
    }
    assert_eq!(working(world), [copies]);
    let taken = start(world, &options(SeedMode::Copy));
    assert_eq!(taken.report().waited, Some(copies));
    drop(taken);
    // Where the room is needed, none stays.
    waits(world, &links);
    let needy = policy(2).keeps_waiting(false);
    incrdir_gc::collect(&world.open(), &needy, Mode::Collect).unwrap();
    assert!(working(world).is_empty());
}

fn it_is_for_those_who_begin_alike<V: Vfs>(world: &Fixture<V>) {
    let links = recycling();
    let source = two(world, &links);
    let waiting = waits(world, &links);
    let others = [
        options(SeedMode::Copy),
        options(SeedMode::None),
        links.clone().selection(Selection::new(&["a/b"], &[]).unwrap()),
        links.clone().only(source),
        links.clone().refused(vec![source]),
    ];
    for other in others {
        let session = start(world, &other);
        assert_eq!(session.report().waited, None, "{other:?}");
    }
    let digests = links.digests(true).durability(incrdir_session::Durability::Durable);
    let session = start(world, &digests);
    assert_eq!(session.report().waited, Some(waiting));
    let source = publish(session, Hash::new(0)).unwrap().name;
    checks_out(world, source);
    let unit = world.open();
    let sound = incrdir_session::inspect(&unit, source, incrdir_session::Scrutiny::Digests);
    assert!(format!("{sound:?}").contains("Sound"), "{sound:?}");
}

fn nothing_waits_where_nothing_is_published<V: Vfs>(world: &Fixture<V>) {
    let nothing = |warmed| matches!(warmed, Warmed::Not(Unwarmed::NothingPublished));
    assert!(nothing(warms(world, &recycling())));
    assert!(world.vfs.list(&world.root).unwrap().is_empty(), "no unit is made");
    start(world, &recycling()).leave();
    assert!(nothing(warms(world, &recycling())));
    two(world, &recycling());
    assert!(nothing(warms(world, &options(SeedMode::None))));
}

fn what_waits_goes_first_when_a_unit_is_not_used<V: Vfs>(world: &Fixture<V>) {
    let unused = Policy::default().limits(Limits::default().max_age(Some(Duration::from_secs(1))));
    for mode in [Mode::DryRun, Mode::Collect] {
        if mode == Mode::DryRun {
            two(world, &recycling());
            waits(world, &recycling());
        }
        world.later(Duration::from_secs(3_600));
        let places = [Place::new(&*world.root)];
        let mut seen = Vec::new();
        let operated = operate(&world.vfs, &places, &unused, mode, &mut |_, _, disposal| {
            if matches!(disposal.fate, Fate::Removed(Why::Unused)) {
                seen.push(disposal.entry);
            }
            std::ops::ControlFlow::Continue(())
        });
        let is_working = |entry: &EntryName| matches!(entry, EntryName::Session(session) if !session.is_published());
        assert_eq!(seen.len(), 2, "{operated:?}");
        assert!(is_working(&seen[0]) && !is_working(&seen[1]), "{seen:?}");
    }
    assert!(world.vfs.list(&world.root).unwrap().is_empty());
}

/// Its lock is free as that of one that waits, and a program works in it.
fn who_lost_its_lock_keeps_the_unit<V: Vfs>(world: &Fixture<V>) {
    let source = two(world, &recycling());
    let mut session = start(world, &recycling());
    session.note_child(world.vfs.process().pid).unwrap();
    let name = session.name();
    session.leave();
    world.later(Duration::from_secs(3_600));
    let unused = Policy::default().limits(Limits::default().max_age(Some(Duration::from_secs(1))));
    let places = [Place::new(&*world.root)];
    let go_on = &mut |_, _: &_, _: &_| std::ops::ControlFlow::Continue(());
    operate(&world.vfs, &places, &unused, Mode::Collect, go_on);
    assert_eq!(working(world), [name]);
    assert!(world.catalog().published().any(|it| it == source));
}

fn an_unchanged_session_is_found_to_be_unchanged<V: Vfs>(world: &Fixture<V>) {
    for options in modes() {
        // Without directories: then the list of what waits is read when it is published. Links count as changed.
        let session = start(world, &options);
        world.write(session.dir(), "one", "1");
        let source = publish(session, Hash::new(0)).unwrap().name;
        for is_changed in [false, true] {
            waits(world, &options);
            let session = start(world, &options);
            assert!(session.report().waited.is_some());
            if is_changed {
                world.write(session.dir(), "one", "2");
            }
            let published = publish_if_changed(session, Hash::new(1)).unwrap();
            assert_eq!(published.is_some(), is_changed, "{options:?}");
            assert_eq!(world.catalog().published().next() == Some(source), !is_changed);
            assert!(working(world).is_empty());
        }
        world.vfs.remove_file(world.open().dir(), &name("none")).unwrap_err();
        remove_unit(world);
    }
}

/// Publishes a session in which one file has a name at the top and one in a directory.
fn publish_two_names<V: Vfs>(world: &Fixture<V>, options: &BeginOptions) -> SessionName {
    let session = start(world, options);
    let (vfs, top) = (&world.vfs, session.dir());
    vfs.create_dir(top, &name("d")).unwrap();
    let d = vfs.open_dir(top, &name("d")).unwrap();
    world.write(top, "one", "first");
    vfs.hard_link(top, &name("one"), &d, &name("other")).unwrap();
    drop(d);
    publish(session, Hash::new(0)).unwrap().name
}

fn a_file_of_several_names_may_wait<V: Vfs>(world: &Fixture<V>) {
    for options in modes() {
        publish_two_names(world, &options);
        for round in 0..3 {
            let waiting = waits(world, &options);
            let session = start(world, &options);
            assert_eq!(session.report().waited, Some(waiting), "{:?}, {round}", options.seed);
            let (vfs, top) = (&world.vfs, session.dir());
            let d = vfs.open_dir(top, &name("d")).unwrap();
            let one = vfs.stat(top, &name("one")).unwrap();
            assert_eq!(one.id, vfs.stat(&d, &name("other")).unwrap().id, "{round}");
            world.write(&d, "changed", &format!("round {round}"));
            drop(d);
            let newest = publish(session, Hash::new(0)).unwrap().name;
            checks_out(world, newest);
        }
        remove_unit(world);
    }
}

/// Whatever name is used to write, to make and to remove names.
#[test]
fn a_file_of_several_names_that_was_changed_while_it_waited_is_not_taken() {
    const CHANGES: [Change; 4] = [
        |world, top| world.overwrite(top, "one", "xxxxx"),
        |world, top| {
            let d = world.vfs.open_dir(top, &name("d")).unwrap();
            world.overwrite(&d, "other", "xxxxx");
        },
        |world, top| {
            let unit = world.open();
            world.vfs.hard_link(top, &name("one"), unit.dir(), &name("elsewhere")).unwrap();
        },
        |world, top| {
            let d = world.vfs.open_dir(top, &name("d")).unwrap();
            world.vfs.remove_file(&d, &name("other")).unwrap();
        },
    ];
    let copies = options(SeedMode::Copy).retention(keep(2));
    for (number, change) in CHANGES.into_iter().enumerate() {
        in_memory(Profile::posix(), |world| {
            let source = publish_two_names(world, &copies);
            let wanted = world.session_tree(source);
            let waiting = waits(world, &copies);
            let dir = world.vfs.open_dir(world.open().dir(), &name(waiting)).unwrap();
            change(world, &dir);
            drop(dir);
            let session = start(world, &copies);
            assert_eq!(session.report().waited, None, "{number}");
            assert_eq!(world.tree(session.dir()), wanted, "{number}");
        });
    }
}

fn remove_unit<V: Vfs>(world: &Fixture<V>) {
    let root = &world.root;
    incrdir_session::remove_tree(&world.vfs, root, &name(&world.unit));
}

fn what_was_rejected_does_not_come_back<V: Vfs>(world: &Fixture<V>) {
    publish_tree(world, &recycling(), "1");
    // It starts from what will be rejected, and is abandoned.
    let session = start(world, &recycling());
    let bad = session.source().unwrap();
    abandon(session).unwrap();
    let waiting = waits(world, &recycling());
    reject(&world.vfs, &world.root, &bad, "bad").unwrap();
    let session = start(world, &recycling());
    assert_eq!((session.report().waited, session.report().source), (None, None));
    drop(session);
    world.collect(2);
    assert!(!working(world).contains(&waiting));
}

fn it_is_no_writer_that_died<V: Vfs>(world: &Fixture<V>) {
    let source = two(world, &recycling());
    waits(world, &recycling());
    let looks = |world: &Fixture<V>| {
        world.vfs.take_calls();
        let others = recycling().selection(Selection::new(&["x"], &[]).unwrap());
        drop(start(world, &others.retention(Retention::default().without_recycling())));
        world.vfs.take_calls().iter().filter(|call| **call == "list").count()
    };
    let with = looks(world);
    for session in working(world) {
        assert!(session != source);
        let unit = world.open();
        incrdir_session::remove_tree(&world.vfs, unit.dir(), &name(session));
        world.vfs.remove_file(unit.dir(), &name(EntryName::Lock(session.key))).unwrap();
    }
    let without = looks(world);
    assert_eq!(with, without, "what is published need not be looked at");
}

fn it_may_be_abandoned_or_cleared<V: Vfs>(world: &Fixture<V>) {
    for options in modes() {
        let source = two(world, &options);
        waits(world, &options);
        abandon(start(world, &options)).unwrap();
        assert!(working(world).is_empty());
        waits(world, &options);
        let mut session = start(world, &options);
        assert!(session.report().waited.is_some());
        clear(&mut session).unwrap();
        assert!(session.report().waited.is_none());
        assert!(world.tree(session.dir()).is_empty());
        world.write(session.dir(), "new", "1");
        let published = publish(session, Hash::new(3)).unwrap().name;
        checks_out(world, published);
        assert!(published > source);
        remove_unit(world);
    }
}

fn a_published_session_that_is_touched_is_not_followed<V: Vfs>(world: &Fixture<V>) {
    let source = two(world, &recycling());
    let waiting = waits(world, &recycling());
    let dir = world.vfs.open_dir(world.open().dir(), &name(source)).unwrap();
    world.vfs.remove_file(&dir, &name("top")).unwrap();
    drop(dir);
    let session = start(world, &recycling());
    assert_eq!(session.report().waited, None, "what is missing there was linked into it before");
    assert!(!working(world).contains(&waiting), "nobody tries it again");
}

/// Appends to the record of a published session, as whoever finds something wrong with it does.
#[test]
fn what_is_said_of_its_source_counts() {
    in_memory(Profile::posix(), |world| {
        let source = two(world, &recycling());
        let waiting = waits(world, &recycling());
        let unit = world.open();
        let lock = name(EntryName::Lock(source.key));
        let lock = try_acquire(&world.vfs, unit.dir(), &lock, LockKind::Exclusive).unwrap();
        let Acquire::Locked(mut lock) = lock else { panic!("{lock:?}") };
        lock.append(&encode_reason("it is bad")).unwrap();
        lock.release().unwrap();
        let session = start(world, &recycling());
        assert_eq!((session.report().waited, session.report().source), (None, None));
        assert!(!working(world).contains(&waiting));
    });
}

/// Somebody wrote through a link and died: what waits may share what was written.
#[test]
fn after_a_writer_died_what_waits_is_not_taken() {
    in_memory(Profile::posix(), |world| {
        let source = two(world, &recycling());
        let session = start(world, &recycling());
        waits(world, &recycling());
        world.vfs.inner().pause(Duration::from_secs(5));
        world.overwrite(session.dir(), "top", "other");
        session.leave();
        let session = start(world, &recycling());
        assert_eq!((session.report().waited, session.report().source), (None, None));
        assert!(world.catalog().quarantined.contains(&EntryName::Quarantined(source.key)));
    });
}

/// One without a record is found out before the spare is used up.
#[test]
fn from_a_session_without_a_record_nothing_is_filled() {
    in_memory(Profile::posix(), |world| {
        let unrecorded = recycling().durability(incrdir_session::Durability::None);
        two(world, &unrecorded);
        let warmed = warms(world, &unrecorded);
        assert!(matches!(warmed, Warmed::Not(Unwarmed::Unrecorded)), "{warmed:?}");
        assert_eq!(world.catalog().published().count(), 2);
        assert!(working(world).is_empty());
    });
}

/// Nothing shows what happens to copies among links.
#[test]
fn with_copies_among_links_nothing_waits() {
    in_memory(Profile::posix().max_links(1), |world| {
        two(world, &recycling());
        let warmed = warms(world, &recycling());
        assert!(matches!(warmed, Warmed::Not(Unwarmed::Unproven)), "{warmed:?}");
        assert!(working(world).is_empty());
    });
}

type Change = fn(&World, &<MemVfs as Vfs>::Dir);

/// What somebody may do to a session that waits.
const CHANGES: [(&str, bool, Change); 9] = [
    ("a file at the top goes", true, |world, top| {
        world.vfs.remove_file(top, &name("top")).unwrap();
    }),
    ("a file comes at the top", true, |world, top| world.write(top, "more", "x")),
    ("a file at the top is replaced", true, |world, top| world.write(top, "top", "x")),
    ("a file below goes", true, |world, top| {
        let a = world.vfs.open_dir(top, &name("a")).unwrap();
        let b = world.vfs.open_dir(&a, &name("b")).unwrap();
        world.vfs.remove_file(&b, &name("one")).unwrap();
    }),
    ("a file below is replaced", true, |world, top| {
        let a = world.vfs.open_dir(top, &name("a")).unwrap();
        world.write(&a, "one", "x");
    }),
    ("a directory gets another mode", true, |world, top| {
        let a = world.vfs.open_dir(top, &name("a")).unwrap();
        world.vfs.set_dir_mode(&a, 0o700).unwrap();
    }),
    ("a directory is replaced", true, |world, top| {
        let a = world.vfs.open_dir(top, &name("a")).unwrap();
        incrdir_session::remove_tree(&world.vfs, &a, &name("b"));
        world.vfs.create_dir(&a, &name("b")).unwrap();
    }),
    ("a directory becomes a link", true, |world, top| {
        incrdir_session::remove_tree(&world.vfs, top, &name("d"));
        world.vfs.symlink(&"a".into(), top, &name("d")).unwrap();
    }),
    // Through a link it is the published file that is written.
    ("a file below is written", false, |world, top| {
        let a = world.vfs.open_dir(top, &name("a")).unwrap();
        world.overwrite(&a, "one", "xxxxx");
    }),
];

/// Whatever was done to what waits, soon or late, whoever begins has what was published.
#[test]
fn what_was_changed_while_it_waited_is_not_taken() {
    for options in modes() {
        for (what, counts_for_links, change) in CHANGES {
            for pause in [Duration::ZERO, Duration::from_secs(5)] {
                if options.seed == SeedMode::Link && !counts_for_links {
                    continue;
                }
                let case = format!("{what}, {:?}, {pause:?}", options.seed);
                in_memory(Profile::posix(), |world| {
                    let source = two(world, &options);
                    let wanted = world.session_tree(source);
                    let waiting = waits(world, &options);
                    world.vfs.inner().pause(pause);
                    let dir = world.vfs.open_dir(world.open().dir(), &name(waiting)).unwrap();
                    change(world, &dir);
                    drop(dir);
                    let session = start(world, &options);
                    assert_eq!(session.report().waited, None, "{case}");
                    assert_eq!(world.tree(session.dir()), wanted, "{case}");
                    assert_eq!(working(world), [session.name()], "{case}: nobody tries it again");
                });
            }
        }
    }
}

/// Copies without a directory: nothing but looks at them shows that one was written.
#[test]
fn a_copy_that_was_written_while_it_waited_is_not_taken() {
    in_memory(Profile::posix(), |world| {
        let copies = options(SeedMode::Copy).retention(keep(2));
        let session = start(world, &copies);
        world.write(session.dir(), "one", "1");
        let source = publish(session, Hash::new(0)).unwrap().name;
        let waiting = waits(world, &copies);
        let dir = world.vfs.open_dir(world.open().dir(), &name(waiting)).unwrap();
        world.overwrite(&dir, "one", "2");
        drop(dir);
        let session = start(world, &copies);
        assert_eq!(session.report().waited, None);
        assert_eq!(world.tree(session.dir()), world.session_tree(source));
    });
}

/// What it is called, and how it is done.
type NewRun = (&'static str, fn(&World));

/// After a restart, in another mount, and as a copy, it is not known to be whole.
#[test]
fn what_waits_is_not_taken_in_another_run_or_mount() {
    let changes: [NewRun; 2] = [
        ("restarted", |world| world.vfs.set_boot_id(77)),
        ("mounted again", |world| world.vfs.set_mount(77)),
    ];
    for options in modes() {
        for (what, change) in changes {
            in_memory(Profile::posix(), |world| {
                let source = two(world, &options);
                let wanted = world.session_tree(source);
                waits(world, &options);
                change(world);
                let session = start(world, &options);
                assert_eq!(session.report().waited, None, "{what}");
                assert_eq!(world.tree(session.dir()), wanted, "{what}");
            });
        }
    }
    in_memory(Profile::posix(), |world| {
        two(world, &recycling());
        waits(world, &recycling());
        world.vfs.set_boot_id(77);
        world.collect(2);
        assert!(working(world).is_empty(), "it waits for nobody");
    });
}

/// Where changes do not show, nothing waits, and nothing is left of the attempt.
#[test]
fn where_changes_do_not_show_nothing_waits() {
    let copies = options(SeedMode::Copy).retention(keep(2));
    let cases = [
        (Profile::nfs_with_lying_locks(), recycling(), Unwarmed::Locks),
        (Profile::tmpfs(), copies.clone(), Unwarmed::Unproven),
        (Profile::ext3(), recycling(), Unwarmed::Unproven),
        (Profile::overlay(), recycling(), Unwarmed::Locks),
        (Profile::posix().time_step(Duration::from_secs(86_400)), copies, Unwarmed::Unproven),
    ];
    for (profile, options, wanted) in cases {
        let case = profile.name;
        in_memory(profile, |world| {
            two(world, &options);
            match warms(world, &options) {
                Warmed::Not(why) => assert_eq!(why, wanted, "{case}"),
                other => panic!("{case}: {other:?}"),
            }
            assert!(working(world).is_empty(), "{case}");
        });
    }
}

/// Coarse clocks: it pauses, and what waits is taken.
#[test]
fn where_times_are_coarse_it_pauses() {
    for profile in [Profile::tmpfs(), Profile::posix().time_step(Duration::from_secs(1))] {
        in_memory(profile, |world| {
            two(world, &recycling());
            let waiting = waits(world, &recycling());
            assert_eq!(start(world, &recycling()).report().waited, Some(waiting));
        });
    }
}

/// Flat, by links: as many calls for a thousand files as for ten, whatever changed.
#[test]
fn taking_over_takes_as_many_calls_for_many_files_as_for_few() {
    let calls = |files: usize| {
        let mut calls = Vec::new();
        in_memory(Profile::ext4(), |world| {
            for changed in [files, files / 2] {
                let session = start(world, &recycling());
                for file in 0..changed {
                    world.write(session.dir(), &format!("file-{file}"), "1");
                }
                publish(session, Hash::new(0)).unwrap();
            }
            waits(world, &recycling());
            world.vfs.take_calls();
            let session = start(world, &recycling());
            assert!(session.report().waited.is_some());
            calls = world.vfs.take_calls();
            publish(session, Hash::new(0)).unwrap();
        });
        calls
    };
    assert_eq!(calls(10), calls(1_000));
}

/// A call that fails while it is taken over makes nobody's begin fail, and gives nobody half of anything.
#[test]
fn a_call_that_fails_is_one_of_no_consequence() {
    for options in modes() {
        for at in 0_usize.. {
            let mut is_over = false;
            in_memory(Profile::posix(), |world| {
                let source = two(world, &options);
                let wanted = world.session_tree(source);
                let waiting = waits(world, &options);
                let lock = name(EntryName::Lock(waiting.key));
                let (mut left, failed) = (at, std::rc::Rc::new(std::cell::Cell::new(false)));
                let seen = std::rc::Rc::clone(&failed);
                let entry = name(waiting);
                world.vfs.hook(move |_, touched| {
                    let is_of_it = touched.is_some_and(|it| *it == lock || *it == entry);
                    if !is_of_it {
                        return Ok(());
                    }
                    if left == 0 && !seen.replace(true) {
                        return Err(std::io::ErrorKind::StorageFull.into());
                    }
                    left = left.saturating_sub(1);
                    Ok(())
                });
                let session = start(world, &options);
                assert_eq!(world.tree(session.dir()), wanted);
                is_over = !failed.get();
                assert!(!is_over || session.report().waited.is_some());
                let kind = world.vfs.inner().stat(world.open().dir(), &name(session.name()));
                assert_eq!(kind.unwrap().kind, FileKind::Dir);
                publish(session, Hash::new(0)).unwrap();
            });
            if is_over {
                break;
            }
        }
    }
}

/// Stopped at any call, it leaves nothing that the next collection does not remove, and nothing that is taken.
#[test]
fn stopping_it_leaves_what_a_crash_leaves() {
    for after in 0..200 {
        let mut ended = false;
        in_memory(Profile::posix(), |world| {
            let source = two(world, &recycling());
            let wanted = world.session_tree(source);
            world.vfs.stop_after(after);
            ended = warm(&world.vfs, &world.root, &world.unit, &recycling()).is_ok();
            world.vfs.stop_after(usize::MAX);
            let session = start(world, &recycling());
            assert_eq!(session.report().waited.is_some(), ended, "{after}");
            assert_eq!(world.tree(session.dir()), wanted);
            publish(session, Hash::new(0)).unwrap();
            world.collect(2);
            assert!(working(world).is_empty());
        });
        if ended {
            return;
        }
    }
    panic!("it never ends");
}

/// Nobody makes a file through the name of what was a directory.
#[test]
fn names_are_those_of_the_session() {
    in_memory(Profile::posix(), |world| {
        two(world, &recycling());
        waits(world, &recycling());
        let session = start(world, &recycling());
        drop(create(&world.vfs, session.dir(), &name("new")).unwrap());
        assert!(session.path().ends_with(session.name().to_string()), "{:?}", session.path());
    });
}
