//! Defects of the seed protocol around the content of sessions, by their numbers.
use std::cell::Cell;
use std::io::ErrorKind;
use std::rc::Rc;

use incrdir_naming::Hash;
use incrdir_session::{
    Error, PublishError, Rejection, SeedError, SeedMode, abandon, begin, publish,
};
use incrdir_sim::fixture::{Fixture, fat, in_memory, name, path};
use incrdir_sim::on_both;
use incrdir_sim::trees::Node;
use incrdir_sim::usual::options;
use incrdir_vfs::{Profile, Vfs};

on_both! {
    f17_writing_in_place_under_copy_does_not_reach_the_source,
    f17_create_and_detach_do_not_reach_the_source,
    f17_a_file_that_is_replaced_while_it_is_edited_is_not_the_source,
    f18_a_copy_never_goes_into_an_existing_link,
    f21_a_source_that_cannot_be_used_is_named_and_the_next_one_tried,
    f21_nested_directories_links_and_attributes_are_seeded,
    f22_links_are_not_tried_again_after_the_file_system_said_no,
    f22_a_file_with_too_many_links_is_copied_and_the_rest_linked,
    f23_what_was_abandoned_is_gone_and_what_was_deleted_cannot_be_published,
    a_short_copy_is_no_copy,
    a_clone_that_cannot_be_had_is_not_copied,
}

fn file(content: &str) -> Node {
    Node::File(content.into())
}

/// A program opens a file of its session and writes: through a hard link it writes into the published
/// session, and a build that is then interrupted leaves that behind. Copies keep it out.
fn f17_writing_in_place_under_copy_does_not_reach_the_source<V: Vfs + 'static>(world: &Fixture<V>) {
    let published = world.publish(SeedMode::None, &[("state", "before")]);
    for mode in [SeedMode::Copy, SeedMode::Auto] {
        let session = world.begin(mode);
        assert_eq!(session.report().source, Some(published.name));
        world.overwrite(session.dir(), "state", "AFTER!");
        assert_eq!(world.session_tree(published.name)["state"], file("before"));
        abandon(session).unwrap();
    }
    // The test can fail: under a link, the same write goes through.
    let session = world.begin(SeedMode::Link);
    world.overwrite(session.dir(), "state", "AFTER!");
    assert_eq!(world.session_tree(published.name)["state"], file("AFTER!"));
}

fn f17_create_and_detach_do_not_reach_the_source<V: Vfs + 'static>(world: &Fixture<V>) {
    let published = world.publish(SeedMode::None, &[("created", "one"), ("detached", "two")]);
    let before = world.session_tree(published.name);
    let session = world.begin(SeedMode::Link);
    assert_eq!(session.report().seeded.linked, 2);

    let created = session.create(&path("created")).unwrap();
    world.vfs.write_at(&created, 0, b"ONE!").unwrap();
    let source_stat = world.vfs.stat(session.dir(), &name("detached")).unwrap();
    let detached = session.edit(&path("detached")).unwrap();
    let stat = world.vfs.stat_file(&detached).unwrap();
    assert_eq!((stat.links, stat.mode, stat.mtime), (1, source_stat.mode, source_stat.mtime));
    assert_ne!(stat.id, source_stat.id);
    world.vfs.write_at(&detached, 1, b"WO!").unwrap();
    // What is private already is opened as it is.
    let again = session.edit(&path("detached")).unwrap();
    assert_eq!(world.vfs.stat_file(&again).unwrap().id, stat.id);

    assert_eq!(world.session_tree(published.name), before);
    let tree = world.tree(session.dir());
    assert_eq!((&tree["created"], &tree["detached"]), (&file("ONE!"), &file("tWO!")));
    let missing = session.edit(&path("missing")).err().unwrap();
    assert_eq!(missing.kind(), ErrorKind::NotFound);
}

/// Between opening a shared file and looking at it, another thread of the program replaces it. The only link that is left is
/// the published session's, so the file looked private.
fn f17_a_file_that_is_replaced_while_it_is_edited_is_not_the_source<V: Vfs + 'static>(
    world: &Fixture<V>,
) {
    let published = world.publish(SeedMode::None, &[("state", "before")]);
    let before = world.session_tree(published.name);
    let session = world.begin(SeedMode::Link);
    let disk = world.vfs.inner().clone();
    let dir = disk.open_dir(world.open().dir(), &name(session.name())).unwrap();
    let mut is_done = false;
    world.vfs.hook(move |op, _| {
        if op == "stat_file" && !std::mem::replace(&mut is_done, true) {
            disk.remove_file(&dir, &name("state"))?;
            let new = disk.create_file(&dir, &name("state"))?;
            disk.write_at(&new, 0, b"new")?;
        }
        Ok(())
    });
    let edited = session.edit(&path("state")).unwrap();
    world.vfs.unhook();
    world.vfs.write_at(&edited, 0, b"NEW").unwrap();
    assert_eq!(world.session_tree(published.name), before);
    assert_eq!(world.tree(session.dir())["state"], file("NEW"));
}

/// A link that was made although an error was reported, then a copy onto that name: in the seed both files,
/// being one, are truncated.
fn f18_a_copy_never_goes_into_an_existing_link<V: Vfs + 'static>(world: &Fixture<V>) {
    let published = world.publish(SeedMode::None, &[("state", "precious")]);
    let disk = world.vfs.inner().clone();
    let source = disk.open_dir(world.open().dir(), &name(published.name)).unwrap();
    let (root, unit) = (Rc::clone(&world.root), name(&world.unit));
    world.vfs.hook(move |op, file| {
        let (true, Some(file)) = (op == "hard_link", file) else { return Ok(()) };
        let unit = disk.open_dir(&root, &unit)?;
        for entry in disk.list(&unit)? {
            let entry = entry?.name;
            if entry.to_str().is_some_and(|name| name.ends_with("-working")) {
                disk.hard_link(&source, file, &disk.open_dir(&unit, &entry)?, file)?;
            }
        }
        Err(ErrorKind::PermissionDenied.into())
    });
    let or_cold = options(SeedMode::Link).or_cold(true);
    let session = begin(&world.vfs, &world.root, &world.unit, &or_cold).unwrap();
    world.vfs.unhook();
    assert_eq!(session.report().source, None);
    let rejected = &session.report().rejected;
    assert!(matches!(rejected[0].why, Rejection::Seed(SeedError::Io(_))), "{rejected:?}");
    assert_eq!(world.session_tree(published.name)["state"], file("precious"));
    assert!(world.tree(session.dir()).is_empty());
}

/// In the seed, one unreadable file or one directory is an unexplained cold start.
fn f21_a_source_that_cannot_be_used_is_named_and_the_next_one_tried<V: Vfs + 'static>(
    world: &Fixture<V>,
) {
    let older = world.publish(SeedMode::None, &[("a", "older")]);
    let newest = world.publish(SeedMode::None, &[("a", "newest"), ("poisoned", "")]);
    world.vfs.hook(|op, file| match (op, file.and_then(|file| file.to_str())) {
        ("open_file", Some("poisoned")) => Err(ErrorKind::Other.into()),
        _ => Ok(()),
    });
    // That is for the caller to choose: what the newest one holds would be lost without a reason.
    let refused =
        begin(&world.vfs, &world.root, &world.unit, &options(SeedMode::Copy)).unwrap_err();
    assert!(matches!(&refused, Error::Source { session, .. } if *session == newest.name));
    let or_cold = options(SeedMode::Copy).or_cold(true);
    let session = begin(&world.vfs, &world.root, &world.unit, &or_cold).unwrap();
    let report = session.report();
    assert_eq!(report.source, Some(older.name));
    assert_eq!(report.rejected.len(), 1);
    assert_eq!(report.rejected[0].session, newest.name);
    assert!(report.rejected[0].why.to_string().contains("poisoned"), "{:?}", report.rejected);
    let tree = world.tree(session.dir());
    assert_eq!(tree.into_iter().collect::<Vec<_>>(), [("a".to_string(), file("older"))]);
}

fn f21_nested_directories_links_and_attributes_are_seeded<V: Vfs + 'static>(world: &Fixture<V>) {
    let vfs = &world.vfs;
    let session = world.begin(SeedMode::None);
    vfs.create_dir(session.dir(), &name("deps")).unwrap();
    let deps = vfs.open_dir(session.dir(), &name("deps")).unwrap();
    world.write(&deps, "lib", "content");
    vfs.create_dir(&deps, &name("empty")).unwrap();
    vfs.symlink(&"../deps/lib".into(), &deps, &name("link")).unwrap();
    vfs.symlink(&"/nowhere".into(), session.dir(), &name("dangling")).unwrap();
    let lib = session.edit(&path("deps/lib")).unwrap();
    vfs.set_mode(&lib, 0o751).unwrap();
    vfs.set_mtime(&lib, incrdir_sim::usual::time(0)).unwrap();
    vfs.set_dir_mode(&deps, 0o700).unwrap();
    let tree = world.tree(session.dir());
    publish(session, Hash::new(0)).unwrap();

    for mode in [SeedMode::Link, SeedMode::Copy, SeedMode::Auto] {
        let session = world.begin(mode);
        assert_eq!(world.tree(session.dir()), tree, "{mode:?}");
        let seeded = &session.report().seeded;
        assert_eq!((seeded.linked + seeded.cloned + seeded.copied, seeded.symlinks), (1, 2));
        assert_eq!((seeded.directories, seeded.left_out.len()), (2, 0));
        let deps = vfs.stat(session.dir(), &name("deps")).unwrap();
        assert_eq!(deps.mode, 0o700, "{mode:?}");
        let deps = vfs.open_dir(session.dir(), &name("deps")).unwrap();
        let lib = vfs.stat(&deps, &name("lib")).unwrap();
        assert_eq!((lib.mode, lib.mtime), (0o751, incrdir_sim::usual::time(0)), "{mode:?}");
        abandon(session).unwrap();
    }
}

/// The seed tries to link every file after the first one could not be, and warns every time.
fn f22_links_are_not_tried_again_after_the_file_system_said_no<V: Vfs + 'static>(
    world: &Fixture<V>,
) {
    let files = [("a", "1"), ("b", "2"), ("c", "3"), ("d", "4")];
    let published = world.publish(SeedMode::None, &files);
    for kind in [ErrorKind::Unsupported, ErrorKind::PermissionDenied, ErrorKind::CrossesDevices] {
        let tried = Rc::new(Cell::new(0));
        let count = Rc::clone(&tried);
        world.vfs.hook(move |op, _| match op {
            "hard_link" => {
                count.set(count.get() + 1);
                Err(kind.into())
            }
            _ => Ok(()),
        });
        let session = world.begin(SeedMode::Link);
        world.vfs.unhook();
        assert_eq!(tried.get(), 1, "{kind:?}");
        let report = session.report();
        assert_eq!((report.source, report.seeded.copied), (Some(published.name), 4));
        assert_eq!(report.seeded.bytes, 4);
        assert_eq!(report.seeded.fallback.as_ref().map(|error| error.kind()), Some(kind));
        abandon(session).unwrap();
    }
}

fn f22_a_file_with_too_many_links_is_copied_and_the_rest_linked<V: Vfs + 'static>(
    world: &Fixture<V>,
) {
    let _ = world.publish(SeedMode::None, &[("a", ""), ("full", "x"), ("z", "")]);
    world.vfs.hook(|op, file| match (op, file.and_then(|file| file.to_str())) {
        ("hard_link", Some("full")) => Err(ErrorKind::TooManyLinks.into()),
        _ => Ok(()),
    });
    let session = world.begin(SeedMode::Link);
    let seeded = &session.report().seeded;
    assert_eq!((seeded.linked, seeded.copied, seeded.bytes), (2, 1, 1));
}

/// After errors the seed deletes the session and then tries to publish it.
fn f23_what_was_abandoned_is_gone_and_what_was_deleted_cannot_be_published<V: Vfs + 'static>(
    world: &Fixture<V>,
) {
    let failed = world.begin(SeedMode::None);
    world.write(failed.dir(), "half", "");
    let removed = abandon(failed).unwrap().removed;
    assert_eq!((removed.files, removed.failures), (1, 0));
    assert_eq!(world.names(), Vec::<String>::new());

    let deleted = world.begin(SeedMode::None);
    let working = name(deleted.name());
    world.vfs.remove_dir(world.open().dir(), &working).unwrap();
    let error = publish(deleted, Hash::new(0)).unwrap_err();
    assert_eq!(error.cause().kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains("-working"), "{error}");
    // The session comes back in the error, and can still be abandoned.
    let PublishError::NotPublished { session, .. } = error else { panic!("{error}") };
    abandon(*session).unwrap();
    world.collect(1);
    assert_eq!(world.names(), Vec::<String>::new());
}

/// The file system says that it copied, and copied less.
fn a_short_copy_is_no_copy<V: Vfs + 'static>(world: &Fixture<V>) {
    let published = world.publish(SeedMode::None, &[("file", "content")]);
    world.vfs.cut_copies(3);
    let session = world.begin(SeedMode::Copy);
    assert_eq!(session.report().source, None);
    let rejected = &session.report().rejected[0];
    assert_eq!(rejected.session, published.name);
    let short = matches!(rejected.why, Rejection::Seed(SeedError::Short { copied: 3, len: 7, .. }));
    assert!(short, "{rejected:?}");
    assert!(world.tree(session.dir()).is_empty());
}

fn a_clone_that_cannot_be_had_is_not_copied<V: Vfs + 'static>(world: &Fixture<V>) {
    let _ = world.publish(SeedMode::None, &[("file", "content")]);
    world.vfs.hook(|op, _| match op {
        "clone_file" => Err(ErrorKind::Unsupported.into()),
        _ => Ok(()),
    });
    let session = world.begin(SeedMode::Clone);
    let report = session.report();
    assert_eq!(report.source, None);
    let why = &report.rejected[0].why;
    assert!(matches!(why, Rejection::Seed(SeedError::CannotClone { .. })), "{why:?}");
    assert!(why.to_string().contains("auto"), "names the remedy: {why}");
    assert!(world.tree(session.dir()).is_empty());

    let session = world.begin(SeedMode::Auto);
    assert_eq!(session.report().seeded.copied, 1);
    assert!(session.report().seeded.fallback.is_some());
}

/// On a file system without links, modes and fine times, a session works all the same.
#[test]
fn on_fat_sessions_are_copied() {
    fat(|world| {
        let first = world.publish(SeedMode::Link, &[("a", "1"), ("b", "22")]);
        let session = world.begin(SeedMode::Link);
        let seeded = &session.report().seeded;
        assert_eq!(
            (session.report().source, seeded.copied, seeded.bytes),
            (Some(first.name), 2, 3)
        );
        assert!(seeded.fallback.is_some());
        let second = publish(session, Hash::new(0)).unwrap();
        world.collect(1);
        assert_eq!(world.session_tree(second.name)["b"], file("22"));
        assert_eq!(world.names().len(), 2);
    });
}

/// Without a rename that refuses to replace, lock files are born by link and unlink, and without hard links
/// directly; sessions and their collection come to the same.
#[test]
fn sessions_come_to_the_same_where_the_file_system_can_do_less() {
    let no_rename_new = Profile::posix().rename_new(false);
    for profile in [no_rename_new, Profile::fat().rename_new(false)] {
        in_memory(profile, |world| {
            for content in ["1", "2", "3"] {
                let _ = world.publish(SeedMode::Link, &[("a", content), ("b", "")]);
                world.begin(SeedMode::Link).leave();
            }
            let live = world.begin(SeedMode::Link);
            let report = world.collect(1);
            assert_eq!((report.removed(), report.failures().count()), (5, 0), "{report:?}");
            let last = publish(live, Hash::new(0)).unwrap();
            world.collect(1);
            assert_eq!(world.names().len(), 2, "{:?}", world.names());
            assert_eq!(world.session_tree(last.name)["a"], file("3"));
        });
    }
}
