//! A session made out of the spare is exactly what one seeded by links would be, and whatever keeps the spare
//! from being used, the session begins all the same.
use std::io::ErrorKind;

use incrdir_lockfs::{Acquire, try_acquire};
use incrdir_naming::{EntryName, Hash, SessionName};
use incrdir_session::{BeginOptions, SeedMode, Working, abandon, begin, publish};
use incrdir_sim::fixture::{Fixture, create, in_memory, name};
use incrdir_sim::on_both;
use incrdir_sim::scripted::Scripted;
use incrdir_sim::trees::{Node, Tree};
use incrdir_sim::usual::{keep, recycling};
use incrdir_vfs::{LockKind, Profile, Vfs};
use proptest::prelude::*;

on_both! {
    the_spare_becomes_the_session,
    nothing_is_linked_that_is_there_already,
    a_spare_in_use_is_left_alone,
    the_newest_are_left_alone_as_asked,
    what_changed_its_kind_is_taken_over,
    a_failure_on_the_way_falls_back_to_links,
    a_spare_that_was_lost_was_not_collected,
    a_rename_that_was_done_and_reported_as_failed_counts,
    a_recycled_session_that_is_abandoned_leaves_the_source,
}

fn start<V: Vfs + 'static>(world: &Fixture<V>, options: &BeginOptions) -> Working<Scripted<V>> {
    begin(&world.vfs, &world.root, &world.unit, options).unwrap()
}

/// Publishes a session that changes these files, made as asked.
fn change<V: Vfs + 'static>(
    world: &Fixture<V>,
    options: &BeginOptions,
    files: &[(&str, &str)],
) -> (SessionName, Option<SessionName>) {
    let session = begin(&world.vfs, &world.root, &world.unit, options).unwrap();
    for (file, content) in files {
        let file = create(&world.vfs, session.dir(), &name(file)).unwrap();
        world.vfs.write_at(&file, 0, content.as_bytes()).unwrap();
    }
    let recycled = session.report().recycled;
    (publish(session, Hash::new(1)).unwrap().name, recycled)
}

/// Three sessions: all files, then one changed and one more, then one changed again.
fn three<V: Vfs + 'static>(world: &Fixture<V>) -> [SessionName; 2] {
    world.publish(SeedMode::None, &[("same", "1"), ("changed", "1"), ("gone", "1")]);
    let spare = world.publish(SeedMode::Link, &[("changed", "2"), ("late", "2")]).name;
    let session = world.begin(SeedMode::Link);
    world.vfs.remove_file(session.dir(), &name("gone")).unwrap();
    let file = create(&world.vfs, session.dir(), &name("changed")).unwrap();
    world.vfs.write_at(&file, 0, b"3").unwrap();
    drop(file);
    let source = publish(session, Hash::new(3)).unwrap().name;
    world.collect(2);
    [spare, source]
}

fn the_spare_becomes_the_session<V: Vfs + 'static>(world: &Fixture<V>) {
    let [spare, source] = three(world);
    let before = world.session_tree(source);
    let session = start(world, &recycling());
    let report = session.report();
    assert_eq!((report.source, report.recycled), (Some(source), Some(spare)));
    assert_eq!((report.seeded.recycled, report.seeded.linked), (2, 1));
    assert_eq!(world.session_tree(session.name()), before);
    assert_eq!(world.session_tree(source), before);
    let names = world.names();
    assert!(!names.iter().any(|name| name.starts_with(&spare.key.to_string())), "{names:?}");
    assert_eq!(names.len(), 4, "two sessions and their lock files: {names:?}");
    abandon(session).unwrap();
}

fn nothing_is_linked_that_is_there_already<V: Vfs + 'static>(world: &Fixture<V>) {
    let files: Vec<String> = (0..50).map(|number| format!("file-{number}")).collect();
    let files: Vec<_> = files.iter().map(|file| (file.as_str(), "content")).collect();
    world.publish(SeedMode::None, &files);
    world.publish(SeedMode::Link, &[("file-7", "new")]);
    for round in 0..4 {
        let (_, recycled) = change(world, &recycling(), &[("file-7", "newer")]);
        assert!(recycled.is_some(), "round {round}");
        let names = world.names();
        assert_eq!(names.len(), 4, "round {round}: {names:?}");
    }
    let session = start(world, &recycling());
    assert_eq!((session.report().seeded.recycled, session.report().seeded.linked), (49, 1));
    abandon(session).unwrap();
}

fn a_spare_in_use_is_left_alone<V: Vfs + 'static>(world: &Fixture<V>) {
    let [spare, source] = three(world);
    let unit = world.open();
    let lock = name(EntryName::Lock(spare.key));
    let held = try_acquire(&world.vfs, unit.dir(), &lock, LockKind::Shared).unwrap();
    assert!(matches!(held, Acquire::Locked(_)));
    let before = world.session_tree(spare);
    let session = start(world, &recycling());
    let report = session.report();
    assert_eq!((report.source, report.recycled), (Some(source), None));
    assert_eq!(report.seeded.linked, 3);
    assert_eq!(world.session_tree(spare), before);
    drop(held);
    abandon(session).unwrap();
}

fn the_newest_are_left_alone_as_asked<V: Vfs + 'static>(world: &Fixture<V>) {
    let [spare, source] = three(world);
    let two = recycling().retention(keep(3));
    let (newest, recycled) = change(world, &two, &[]);
    assert_eq!(recycled, None, "there are only {spare} and {source}");
    let (_, recycled) = change(world, &two, &[]);
    assert_eq!(recycled, Some(spare), "{source} and {newest} are left alone");
    let none = recycling().seed(SeedMode::None);
    assert_eq!(change(world, &none, &[]).1, None, "nothing to compare it with");
}

/// A file where there was a directory, a directory where there was a file, trees inside.
fn what_changed_its_kind_is_taken_over<V: Vfs + 'static>(world: &Fixture<V>) {
    let (vfs, write) = (&world.vfs, |dir: &V::Dir, file: &str| world.write(dir, file, file));
    let session = world.begin(SeedMode::None);
    for dir in ["tree", "to-file", "kept"] {
        vfs.create_dir(session.dir(), &name(dir)).unwrap();
        let dir = vfs.open_dir(session.dir(), &name(dir)).unwrap();
        write(&dir, "inside");
        vfs.create_dir(&dir, &name("deeper")).unwrap();
        write(&vfs.open_dir(&dir, &name("deeper")).unwrap(), "bottom");
    }
    write(session.dir(), "to-dir");
    publish(session, Hash::new(0)).unwrap();
    let session = world.begin(SeedMode::Link);
    assert!(incrdir_session::remove_tree(vfs, session.dir(), &name("tree")).errors.is_empty());
    assert!(incrdir_session::remove_tree(vfs, session.dir(), &name("to-file")).errors.is_empty());
    vfs.remove_file(session.dir(), &name("to-dir")).unwrap();
    vfs.create_dir(session.dir(), &name("to-dir")).unwrap();
    write(&vfs.open_dir(session.dir(), &name("to-dir")).unwrap(), "new");
    write(session.dir(), "to-file");
    let kept = vfs.open_dir(session.dir(), &name("kept")).unwrap();
    write(&kept, "more");
    vfs.set_dir_mode(&kept, 0o750).unwrap();
    drop(kept);
    let source = publish(session, Hash::new(1)).unwrap().name;
    let before = world.session_tree(source);
    let session = start(world, &recycling());
    assert!(session.report().recycled.is_some());
    assert_eq!(world.session_tree(session.name()), before);
    assert_eq!(world.session_tree(source), before);
    let unit = world.open();
    let dir = vfs.open_dir(unit.dir(), &name(session.name())).unwrap();
    assert_eq!(vfs.stat(&dir, &name("kept")).unwrap().mode & 0o777, 0o750);
    abandon(session).unwrap();
}

fn a_failure_on_the_way_falls_back_to_links<V: Vfs + 'static>(world: &Fixture<V>) {
    let [spare, source] = three(world);
    let before = world.session_tree(source);
    let mut fails = true;
    world.vfs.hook(move |op, _| match (op, std::mem::replace(&mut fails, false)) {
        ("hard_link", true) => Err(ErrorKind::StorageFull.into()),
        (_, was) => {
            fails = was;
            Ok(())
        }
    });
    let session = start(world, &recycling());
    let report = session.report();
    assert_eq!((report.source, report.recycled), (Some(source), None));
    assert!(report.recycling_failed.is_some());
    assert_eq!(world.session_tree(session.name()), before);
    let names = world.names();
    assert!(!names.iter().any(|name| name.contains(&spare.to_string())), "{names:?}");
    assert_eq!(names.len(), 4, "{names:?}");
    abandon(session).unwrap();
}

/// "collected meanwhile" was said of the session that the new one was to be made of.
fn a_spare_that_was_lost_was_not_collected<V: Vfs + 'static>(world: &Fixture<V>) {
    let [spare, source] = three(world);
    world.vfs.hook(|op, file| match (op, file.and_then(|file| file.to_str())) {
        ("hard_link" | "create_file", Some("changed")) => Err(ErrorKind::StorageFull.into()),
        _ => Ok(()),
    });
    let session = start(world, &recycling().or_cold(true));
    world.vfs.unhook();
    let report = session.report();
    assert_eq!(report.source, None);
    assert!(report.recycling_failed.is_some());
    let rejected: Vec<_> = report.rejected.iter().map(|rejected| rejected.session).collect();
    assert_eq!(rejected, [source], "nothing is said of {spare}: {report:?}");
    abandon(session).unwrap();
}

fn a_rename_that_was_done_and_reported_as_failed_counts<V: Vfs + 'static>(world: &Fixture<V>) {
    let [spare, source] = three(world);
    let before = world.session_tree(source);
    let (other, from) = (world.another(), name(spare));
    world.vfs.hook(move |op, renamed| {
        if op == "rename_new" && renamed == Some(&from) {
            let lock = other.names().into_iter().rfind(|name| name.ends_with(".lock")).unwrap();
            let to = name(lock.replace(".lock", "-working"));
            let unit = other.open();
            other.vfs.rename_new(unit.dir(), &from, unit.dir(), &to).unwrap();
            return Err(ErrorKind::NotFound.into());
        }
        Ok(())
    });
    let session = start(world, &recycling());
    assert_eq!(session.report().recycled, Some(spare));
    assert_eq!(world.session_tree(session.name()), before);
    abandon(session).unwrap();
}

fn a_recycled_session_that_is_abandoned_leaves_the_source<V: Vfs + 'static>(world: &Fixture<V>) {
    let [_, source] = three(world);
    let before = world.session_tree(source);
    abandon(start(world, &recycling())).unwrap();
    assert_eq!(world.names().len(), 2);
    assert_eq!(world.session_tree(source), before);
}

proptest! {
    /// Whatever was changed, removed and added in a chain of sessions: one that is recycled has the files
    /// that a linked one has.
    #[test]
    fn recycled_is_what_linked_is(
        chain in proptest::collection::vec(
            proptest::collection::vec((0..6_u8, proptest::option::of(0..9_u8)), 0..5),
            3..7,
        ),
    ) {
        in_memory(Profile::posix(), |world| {
            let mut expected = Tree::new();
            for (number, changes) in chain.iter().enumerate() {
                let session =
                    begin(&world.vfs, &world.root, &world.unit, &recycling()).unwrap();
                assert_eq!(session.report().recycled.is_some(), number >= 2);
                assert_eq!(world.session_tree(session.name()), expected);
                for (file, content) in changes {
                    let file = file.to_string();
                    match content {
                        None => {
                            let _ = world.vfs.remove_file(session.dir(), &name(&file));
                            expected.remove(&file);
                        }
                        Some(content) => {
                            let content = content.to_string();
                            let made = create(&world.vfs, session.dir(), &name(&file)).unwrap();
                            world.vfs.write_at(&made, 0, content.as_bytes()).unwrap();
                            expected.insert(file, Node::File(content.into()));
                        }
                    }
                }
                publish(session, Hash::new(0)).unwrap();
            }
        });
    }
}

/// Directories are compared, not made again, also where listings do not say what they are.
#[test]
fn directories_are_recycled_where_listings_tell_no_kinds() {
    in_memory(Profile::posix().lists_kinds(false), |world| {
        let session = begin(&world.vfs, &world.root, &world.unit, &recycling()).unwrap();
        world.vfs.create_dir(session.dir(), &name("below")).unwrap();
        let below = world.vfs.open_dir(session.dir(), &name("below")).unwrap();
        drop(create(&world.vfs, &below, &name("file")).unwrap());
        drop(below);
        publish(session, Hash::new(1)).unwrap();
        change(world, &recycling(), &[("other", "1")]);
        let session = start(world, &recycling());
        let seeded = &session.report().seeded;
        assert!(session.report().recycled.is_some());
        assert_eq!((seeded.recycled, seeded.directories, seeded.linked), (1, 1, 1), "{seeded:?}");
    });
}
