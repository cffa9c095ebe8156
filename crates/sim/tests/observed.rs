//! What a subscriber of `tracing` is told: of a usual session, and of what does not go as usual.

mod heard;

use std::io::{Error, ErrorKind};
use std::time::Duration;

use incrdir_gc::{Mode, sweep};
use incrdir_lockfs::{Acquire, acquire_or_create, try_acquire};
use incrdir_naming::{EntryName, Hash};
use incrdir_session::{
    Durability, PublishError, Reading, SeedMode, Unrecorded, Working, abandon, begin, publish,
    read, vfs_name,
};
use incrdir_sim::fixture::{Fixture, in_memory, name};
use incrdir_sim::on_both;
use incrdir_sim::scripted::Scripted;
use incrdir_sim::usual::{options, policy, recycling, time};
use incrdir_vfs::{LockKind, Profile, Vfs};
use tracing::Level;

use heard::{heard, only};

on_both! {
    a_usual_session_is_three_spans,
    a_warm_begin_says_what_it_was_seeded_with,
    a_session_made_out_of_the_spare_says_so,
    a_lost_race_is_told_with_the_name,
    a_unit_that_vanishes_is_told,
    a_source_in_use_is_told,
    damage_is_a_warning_with_the_file,
    a_collection_says_what_it_freed_and_why,
    reading_says_which_session,
    waiting_for_a_lock_is_told,
    a_failure_is_told_with_its_cause,
}

fn warm<V: Vfs + 'static>(world: &Fixture<V>) -> Working<Scripted<V>> {
    let _ = world.publish(SeedMode::Link, &[("a", "one"), ("b", "two")]);
    world.begin(SeedMode::Link)
}

fn a_usual_session_is_three_spans<V: Vfs + 'static>(world: &Fixture<V>) {
    let cycle = || {
        let session = begin(&world.vfs, &world.root, &world.unit, &recycling()).unwrap();
        world.write(session.dir(), "file", "content");
        let published = publish(session, Hash::new(1)).unwrap();
        let _ = world.collect(2);
        published.name
    };
    for _ in 0..3 {
        cycle();
    }
    let (published, told) = heard(Level::INFO, cycle);
    let whats: Vec<_> = told.iter().map(|told| told.what.as_str()).collect();
    assert_eq!(whats, ["@begin", "@publish", "@collect"], "{told:#?}");
    for one in &told {
        assert_eq!(one.field("unit"), world.unit.to_string());
        assert_eq!(one.fields.get("error"), None);
    }
    assert_eq!(told[1].field("published"), published.to_string());
    assert_eq!(told[1].field("session"), told[0].field("session"));
    assert_eq!(told[0].target, "incrdir_session");
    assert_eq!(told[2].target, "incrdir_gc");
    // At the level `debug` there is no file: a session of a thousand files has as many lines as one of three.
    let (_, detailed) = heard(Level::DEBUG, cycle);
    assert!(detailed.iter().all(|told| !told.what.contains("file")), "{detailed:#?}");
}

fn a_warm_begin_says_what_it_was_seeded_with<V: Vfs + 'static>(world: &Fixture<V>) {
    let source = world.publish(SeedMode::Link, &[("a", "one"), ("b", "two")]).name;
    let (session, told) = heard(Level::TRACE, || world.begin(SeedMode::Link));
    let span = only(&told, "@begin");
    assert_eq!(span.level, Level::INFO);
    assert_eq!(span.field("session"), session.name().to_string());
    assert_eq!(span.field("source"), source.to_string());
    for (count, number) in [
        ("recycled", "0"),
        ("linked", "2"),
        ("cloned", "0"),
        ("copied", "0"),
        ("copied_bytes", "0"),
    ] {
        assert_eq!(span.field(count), number, "{count}");
    }
    assert_eq!(only(&told, "@seed").within, ["begin"]);
    assert_eq!(only(&told, "@fill").within, ["begin", "seed"]);
    let files: Vec<_> = told
        .iter()
        .filter(|told| told.what == "taking over")
        .map(|one| one.field("name"))
        .collect();
    // In the order in which the directory is listed.
    assert_eq!(files.len(), 2);
    assert!(files.contains(&"a") && files.contains(&"b"), "{files:?}");
    let copied = heard(Level::INFO, || world.begin(SeedMode::Copy)).1;
    assert_eq!(only(&copied, "@begin").field("copied"), "2");
    assert_eq!(only(&copied, "@begin").field("copied_bytes"), "6");
    let (_, cold) = heard(Level::INFO, || world.begin(SeedMode::None));
    assert_eq!(only(&cold, "@begin").fields.get("source"), None);
}

fn a_session_made_out_of_the_spare_says_so<V: Vfs + 'static>(world: &Fixture<V>) {
    let mut published = Vec::new();
    for content in ["one", "two"] {
        let session = begin(&world.vfs, &world.root, &world.unit, &recycling()).unwrap();
        world.write(session.dir(), "same", "same");
        world.write(session.dir(), "other", content);
        published.push(publish(session, Hash::new(1)).unwrap().name);
    }
    let (_, told) =
        heard(Level::DEBUG, || begin(&world.vfs, &world.root, &world.unit, &recycling()).unwrap());
    let span = only(&told, "@begin");
    assert_eq!(span.field("spare"), published[0].to_string());
    assert_eq!(span.field("source"), published[1].to_string());
    assert_eq!(only(&told, "@recycle").within, ["begin", "seed"]);
    assert_eq!(only(&told, "@reconcile").within, ["begin", "seed", "recycle"]);
    assert!(told.iter().all(|told| told.what != "@fill"), "{told:#?}");
}

fn a_lost_race_is_told_with_the_name<V: Vfs + 'static>(world: &Fixture<V>) {
    world.make_unit();
    world.vfs.set_clock(time(0));
    world.vfs.force_random([5, 6]);
    let taken = Fixture::<V>::key(0, 5);
    let other = world.another();
    let mut is_first = true;
    world.vfs.hook(move |call, _| {
        // After the unit was listed.
        if call == "create_file" && std::mem::take(&mut is_first) {
            other.plant_file(EntryName::Lock(taken), "");
        }
        Ok(())
    });
    let (session, told) = heard(Level::DEBUG, || world.begin(SeedMode::None));
    world.vfs.unhook();
    let lock = only(&told, "the name of the new lock file is taken");
    assert_eq!(lock.target, "incrdir_lockfs");
    assert!(lock.field("path").ends_with(&EntryName::Lock(taken).to_string()), "{lock:?}");
    assert_eq!(only(&told, "lost a race").field("attempt"), "1");
    let span = only(&told, "@begin");
    assert_eq!(span.field("lost_races"), "1");
    assert_eq!(span.field("session"), session.name().to_string());
}

fn a_unit_that_vanishes_is_told<V: Vfs + 'static>(world: &Fixture<V>) {
    world.make_unit();
    let other = world.another();
    let mut is_first = true;
    world.vfs.hook(move |call, _| {
        if call == "create_file" && std::mem::take(&mut is_first) {
            other.vfs.remove_dir(&other.root, &name(&other.unit))?;
        }
        Ok(())
    });
    let (_session, told) = heard(Level::DEBUG, || world.begin(SeedMode::None));
    world.vfs.unhook();
    let vanished = only(&told, "the unit vanished");
    assert!(vanished.field("error").starts_with("cannot create lock file `"), "{vanished:?}");
}

fn a_source_in_use_is_told<V: Vfs + 'static>(world: &Fixture<V>) {
    let source = world.publish(SeedMode::Link, &[("a", "one")]).name;
    let unit = world.open();
    let lock = vfs_name(EntryName::Lock(source.key));
    let held = try_acquire(&world.vfs, unit.dir(), &lock, LockKind::Exclusive).unwrap();
    assert!(matches!(held, Acquire::Locked(_)));
    let (_session, told) = heard(Level::DEBUG, || world.begin(SeedMode::Link));
    let busy = told.iter().find(|told| told.what == "the lock is busy").expect("it is held");
    assert!(busy.field("path").ends_with(&lock.to_string()), "{busy:?}");
    assert_eq!(busy.field("kind"), "Shared");
    let passed = told.iter().find(|told| told.what.contains("passed over")).expect("rejected");
    assert_eq!(passed.field("session"), source.to_string());
    assert_eq!(passed.field("why"), "in use");
    let again = told.iter().filter(|told| told.what.contains("listing the unit again")).count();
    assert_eq!(again, 2);
    assert_eq!(only(&told, "@begin").field("rejected"), "1");
}

fn damage_is_a_warning_with_the_file<V: Vfs + 'static>(world: &Fixture<V>) {
    let source = world.publish(SeedMode::Link, &[("a", "one"), ("b", "two")]).name;
    let dir = world.vfs.open_dir(world.open().dir(), &name(source)).unwrap();
    world.vfs.remove_file(&dir, &name("b")).unwrap();
    drop(dir);
    let (_session, told) = heard(Level::DEBUG, || world.begin(SeedMode::Link));
    let damaged = only(&told, "is not what was published");
    assert_eq!(damaged.level, Level::WARN);
    assert_eq!(damaged.field("session"), source.to_string());
    assert_eq!(damaged.field("unit"), world.unit.to_string());
    // What is found first depends on what the times of the file system tell.
    assert!(damaged.field("why").replace('\\', "/").contains("/b`"), "{damaged:?}");
    let quarantined = only(&told, "quarantining a published session");
    assert_eq!(quarantined.level, Level::INFO);
    let why = quarantined.field("why").replace('\\', "/");
    assert!(why.ends_with("/b` is missing"), "{quarantined:?}");
    assert_eq!(only(&told, "@quarantine").field("outcome"), "done");
    assert!(told.iter().filter(|told| told.level <= Level::WARN).count() == 1, "{told:#?}");
}

fn a_collection_says_what_it_freed_and_why<V: Vfs + 'static>(world: &Fixture<V>) {
    let names: Vec<_> =
        (0..3).map(|_| world.publish(SeedMode::None, &[("a", "one")]).name).collect();
    let dead = world.begin(SeedMode::None);
    let dead_name = dead.name();
    dead.leave();
    let (swept, told) = heard(Level::DEBUG, || {
        let mut watch = |_: &_, _: &_| std::ops::ControlFlow::Continue(());
        sweep(&world.vfs, &world.root, &policy(1), Mode::Collect, &mut watch).unwrap()
    });
    let report = swept.units[0].1.as_ref().unwrap();
    assert_eq!(report.removed(), 3);
    let span = only(&told, "@collect");
    assert_eq!(span.within, ["sweep"]);
    assert_eq!(span.field("keep"), "1");
    assert_eq!(span.field("removed"), "3");
    assert_eq!(span.field("kept"), "1");
    assert_eq!(span.field("bytes"), report.bytes().to_string());
    assert_eq!(only(&told, "@sweep").field("units"), "1");
    for (session, what, why) in [
        (names[0], "removed", "obsolete"),
        (names[1], "removed", "obsolete"),
        (names[2], "kept", "newest"),
        (dead_name, "removed", "writer is dead"),
    ] {
        let is_it = |told: &&heard::Told| {
            told.fields.get("entry").is_some_and(|entry| *entry == session.to_string())
        };
        let decided = told.iter().find(is_it).expect("each entry is told");
        assert_eq!((decided.what.as_str(), decided.field("why")), (what, why));
        assert_eq!(decided.level, Level::DEBUG);
    }
}

fn reading_says_which_session<V: Vfs + 'static>(world: &Fixture<V>) {
    let name = world.publish(SeedMode::Link, &[("a", "one")]).name;
    let (reading, told) =
        heard(Level::DEBUG, || read(&world.vfs, &world.root, &world.unit, Unrecorded::Refuse));
    assert!(matches!(reading.unwrap(), Reading::Found(_)));
    let span = only(&told, "@read");
    assert_eq!(span.level, Level::DEBUG, "a reader may read often");
    assert_eq!(span.field("session"), name.to_string());
}

fn waiting_for_a_lock_is_told<V: Vfs + 'static>(world: &Fixture<V>) {
    let lock = name("some.lock");
    let held = acquire_or_create(&world.vfs, &world.root, &lock, Duration::ZERO).unwrap();
    assert!(held.is_some());
    let patience = Duration::from_millis(3);
    let (waited, told) =
        heard(Level::DEBUG, || acquire_or_create(&world.vfs, &world.root, &lock, patience));
    assert!(waited.unwrap().is_none());
    let pauses: Vec<_> = told
        .iter()
        .filter(|told| told.what.contains("waiting"))
        .map(|told| (told.field("pause"), &told.within[..]))
        .collect();
    assert_eq!(pauses, [("1ms", &["acquire"][..]), ("2ms", &["acquire"])]);
}

fn a_failure_is_told_with_its_cause<V: Vfs + 'static>(world: &Fixture<V>) {
    let session = warm(world);
    world.vfs.hook(|call, _| match call {
        "list" => Err(Error::new(ErrorKind::PermissionDenied, "not today")),
        _ => Ok(()),
    });
    let (published, told) = heard(Level::INFO, || publish(session, Hash::new(1)));
    world.vfs.unhook();
    let error = only(&told, "@publish").field("error").to_string();
    assert!(error.starts_with("cannot list `") && error.ends_with("`: not today"), "{error}");
    let (_, told) = heard(Level::INFO, || drop(published));
    let given_up = only(&told, "@abandon");
    assert_eq!(given_up.field("removed"), "2", "{given_up:?}");
}

#[test]
fn what_cannot_be_linked_is_copied_and_that_is_told_once() {
    in_memory(Profile::posix().max_links(0), |world| {
        let session = warm(world);
        let files = session.report().seeded.copied;
        assert_eq!(files, 2);
        let (_session, told) = heard(Level::DEBUG, || world.begin(SeedMode::Link));
        let fallback = only(&told, "copying files that were to be linked");
        assert!(fallback.field("error").starts_with("cannot link `"), "{fallback:?}");
        assert_eq!(only(&told, "@begin").field("copied"), "2");
    });
}

#[test]
fn where_no_rename_refuses_to_replace_that_is_told() {
    in_memory(Profile::posix().rename_new(false), |world| {
        let (session, told) = heard(Level::DEBUG, || world.begin(SeedMode::None));
        let made = only(&told, "not born locked");
        assert!(
            made.field("path").ends_with(&EntryName::Lock(session.name().key).to_string()),
            "{made:?}"
        );
        let (_, told) = heard(Level::DEBUG, || publish(session, Hash::new(1)).unwrap());
        let rename = only(&told, "no rename refuses to replace here: renaming");
        assert_eq!(rename.within, ["publish", "rename"]);
    });
}

#[test]
fn a_directory_that_is_busy_is_waited_for_and_that_is_told() {
    in_memory(Profile::posix().renames_open(false), |world| {
        let session = world.begin(SeedMode::None);
        let file = world.vfs.create_file(session.dir(), &name("open")).unwrap();
        let (published, told) = heard(Level::DEBUG, || publish(session, Hash::new(1)));
        let Err(PublishError::NotPublished { session, source }) = published else {
            panic!("it is open, and nothing is lost");
        };
        assert_eq!(source.kind(), ErrorKind::ResourceBusy);
        let waits = told.iter().filter(|told| told.what.contains("cannot rename yet"));
        let pauses: Vec<_> = waits.map(|told| told.field("pause").to_owned()).collect();
        assert_eq!(pauses[..6], ["10ms", "20ms", "40ms", "80ms", "160ms", "320ms"]);
        let lasts = |text: &String| humantime::parse_duration(text).unwrap();
        assert_eq!(pauses.iter().map(lasts).sum::<Duration>(), Duration::from_secs(5));
        drop(file);
        publish(*session, Hash::new(1)).expect("it can be published still");
    });
}

#[test]
fn syncing_is_a_span_of_its_own() {
    in_memory(Profile::posix(), |world| {
        let durable = options(SeedMode::None).durability(Durability::Durable);
        let session = begin(&world.vfs, &world.root, &world.unit, &durable).unwrap();
        let (_, told) = heard(Level::DEBUG, || publish(session, Hash::new(1)).unwrap());
        for part in ["@survey", "@rename", "@sync"] {
            assert_eq!(only(&told, part).within, ["publish"], "{part}");
        }
        assert_eq!(only(&told, "@publish").field("durability"), "Durable");
    });
}

#[test]
fn whoever_listens_changes_no_call() {
    in_memory(Profile::posix(), |world| {
        let usual = |world: &Fixture<_>| {
            let session = warm(world);
            publish(session, Hash::new(1)).unwrap();
            abandon(world.begin(SeedMode::Link)).unwrap();
            let _ = world.collect(1);
            world.vfs.take_calls()
        };
        let quiet = usual(world);
        in_memory(Profile::posix(), |world| {
            // Looking at the clock is a call, too.
            assert_eq!(heard(Level::TRACE, || usual(world)).0, quiet);
        });
    });
}
