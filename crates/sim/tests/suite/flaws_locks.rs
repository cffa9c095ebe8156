//! Defects of the seed protocol around lock files and names that collide, by their numbers.

use std::cell::RefCell;
use std::io::{self, ErrorKind};
use std::rc::Rc;

use incrdir_lockfs::{Acquire, Create, Way, create_locked, try_acquire};
use incrdir_naming::EntryName;
use incrdir_session::{Error, Reading, SeedMode, Unrecorded, Working, abandon, begin, read};
use incrdir_sim::fixture::{Fixture, name};
use incrdir_sim::on_both;
use incrdir_sim::scripted::Scripted;
use incrdir_sim::usual::{options, time};
use incrdir_vfs::{LockKind, TryLock, Vfs};

on_both! {
    f04_a_lock_on_a_file_that_lost_its_name_is_no_lock,
    f04_a_lock_file_that_was_taken_at_its_birth_is_not_ours,
    f13_a_name_that_collides_is_never_shared,
    f16_collectors_that_meet_are_silent,
    f25_without_locks_begin_says_so_and_leaves_nothing,
    f26_readers_open_the_lock_file_for_reading_only,
    f26_lock_files_have_the_permissions_of_any_new_file,
}

/// C opens a lock file; its owner removes it and goes; C locks what it opened; D makes the file anew and
/// locks it. In the seed, C and D both hold "the" lock.
fn f04_a_lock_on_a_file_that_lost_its_name_is_no_lock<V: Vfs + 'static>(world: &Fixture<V>) {
    let lock = name("s-hofbj985f4-1wf0why.lock");
    drop(world.vfs.create_file(&world.root, &lock).unwrap());

    let held_by_d = Rc::new(RefCell::new(None));
    let (disk, root, d) =
        (world.vfs.inner().clone(), Rc::clone(&world.root), Rc::clone(&held_by_d));
    let other_lock = lock.clone();
    world.vfs.hook(move |op, _| {
        if op == "try_lock" && d.borrow().is_none() {
            disk.remove_file(&root, &other_lock)?;
            let file = disk.create_file(&root, &other_lock)?;
            assert_eq!(disk.try_lock(&file, LockKind::Exclusive)?, TryLock::Locked);
            *d.borrow_mut() = Some(file);
        }
        Ok(())
    });
    let c = try_acquire(&world.vfs, &world.root, &lock, LockKind::Exclusive).unwrap();
    assert!(held_by_d.borrow().is_some(), "the hook ran");
    assert!(matches!(c, Acquire::Busy), "{c:?}");
}

/// A collector removes a lock file that is being born, and a namesake makes it anew, before its maker has
/// locked it: the maker then locks a file without a name, and renames the namesake's.
fn f04_a_lock_file_that_was_taken_at_its_birth_is_not_ours<V: Vfs + 'static>(world: &Fixture<V>) {
    let (birth, lock) = (name("l-hofbj985f4-1wf0why"), name("s-hofbj985f4-1wf0why.lock"));
    let namesake = Rc::new(RefCell::new(None));
    let (disk, root, theirs) =
        (world.vfs.inner().clone(), Rc::clone(&world.root), Rc::clone(&namesake));
    let other_birth = birth.clone();
    world.vfs.hook(move |op, _| {
        if op == "try_lock" && theirs.borrow().is_none() {
            disk.remove_file(&root, &other_birth)?;
            *theirs.borrow_mut() = Some(disk.create_file(&root, &other_birth)?);
        }
        Ok(())
    });
    let made = create_locked(&world.vfs, &world.root, &birth, &lock, b"head", &mut Way::default())
        .unwrap();
    assert!(namesake.borrow().is_some(), "the hook ran");
    assert!(matches!(made, Create::Taken), "{made:?}");
}

/// Cloned machines draw the same random numbers at the same time. The seed's `create_dir_all` joins the
/// other's session without a word.
fn f13_a_name_that_collides_is_never_shared<V: Vfs + 'static>(world: &Fixture<V>) {
    world.make_unit();
    world.vfs.set_clock(time(0));
    world.vfs.force_random([5, 6]);
    let twin = world.another();
    twin.vfs.set_clock(time(0));
    twin.vfs.force_random([5]);

    let twins: Rc<RefCell<Option<Working<Scripted<V>>>>> = Rc::default();
    let theirs = Rc::clone(&twins);
    world.vfs.hook(move |op, _| {
        // After our listing, before our lock file: the twin's session is begun in between.
        if op == "create_file" && theirs.borrow().is_none() {
            let session = twin.begin(SeedMode::None);
            *theirs.borrow_mut() = Some(session);
        }
        Ok(())
    });
    let ours = world.begin(SeedMode::None);
    world.vfs.unhook();

    let theirs = twins.borrow_mut().take().expect("the hook ran");
    assert_ne!(ours.name(), theirs.name());
    assert_eq!(ours.report().attempts, 2);
    world.write(ours.dir(), "ours", "");
    assert!(world.tree(theirs.dir()).is_empty());
    abandon(ours).unwrap();
    abandon(theirs).unwrap();
    assert_eq!(world.names(), Vec::<String>::new());
}

/// Two collectors delete the same things. In the seed the slower one warns about files that are gone.
fn f16_collectors_that_meet_are_silent<V: Vfs + 'static>(world: &Fixture<V>) {
    for n in 0..4 {
        let _ = world.publish(SeedMode::Link, &[("file", &n.to_string())]);
        world.begin(SeedMode::Link).leave();
    }
    for meeting in
        ["open_file", "rename_new", "remove_file", "remove_dir", "list", "stat", "unlock"]
    {
        world.begin(SeedMode::Link).leave();
        let other = world.another();
        let met = Rc::new(RefCell::new(false));
        let hooked = Rc::clone(&met);
        world.vfs.hook(move |op, _| {
            if op == meeting && !hooked.replace(true) {
                let report = other.collect(1);
                assert_eq!(report.failures().count(), 0, "{report:?}");
            }
            Ok(())
        });
        let report = world.collect(1);
        world.vfs.unhook();
        assert!(*met.borrow(), "{meeting}: the hook ran");
        assert_eq!(report.failures().count(), 0, "{meeting}: {report:?}");
        assert_eq!(world.names().len(), 2, "{meeting}: {:?}", world.names());
    }
}

/// Where there are no locks the seed stops the build with an error of the system's.
fn f25_without_locks_begin_says_so_and_leaves_nothing<V: Vfs + 'static>(world: &Fixture<V>) {
    world.make_unit();
    world.vfs.hook(|op, _| match op {
        "try_lock" => Err(ErrorKind::Unsupported.into()),
        _ => Ok(()),
    });
    let error = begin(&world.vfs, &world.root, &world.unit, &options(SeedMode::Link)).unwrap_err();
    assert!(matches!(&error, Error::Lock(incrdir_lockfs::Error::Unsupported { .. })), "{error:?}");
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert_eq!(io::Error::from(error).kind(), ErrorKind::Unsupported);
    let fs = world.vfs.fs_info(&world.root).unwrap().name;
    let error = begin(&world.vfs, &world.root, &world.unit, &options(SeedMode::Link)).unwrap_err();
    assert!(error.to_string().contains(&*fs), "names the file system: {error}");
    assert!(error.to_string().contains("local file system"), "names the remedy: {error}");
    world.vfs.unhook();
    assert_eq!(world.names(), Vec::<String>::new());
}

/// The seed opens lock files for writing and makes them private, so neither a read-only cache nor another
/// user's can be read.
fn f26_readers_open_the_lock_file_for_reading_only<V: Vfs + 'static>(world: &Fixture<V>) {
    let published = world.publish(SeedMode::None, &[("file", "content")]);
    world.vfs.hook(|op, _| match op {
        "open_file_rw" | "create_file" | "write_at" | "remove_file" => {
            Err(ErrorKind::PermissionDenied.into())
        }
        _ => Ok(()),
    });
    let Reading::Found(snapshot) =
        read(&world.vfs, &world.root, &world.unit, Unrecorded::Accept).unwrap()
    else {
        panic!("nothing to read");
    };
    assert_eq!(snapshot.name(), published.name);
}

fn f26_lock_files_have_the_permissions_of_any_new_file<V: Vfs + 'static>(world: &Fixture<V>) {
    let session = world.begin(SeedMode::None);
    drop(world.vfs.create_file(&world.root, &name("any")).unwrap());
    let any = world.vfs.stat(&world.root, &name("any")).unwrap();
    let lock = name(EntryName::Lock(session.name().key));
    let lock = world.vfs.stat(session.unit().dir(), &lock).unwrap();
    assert_eq!(lock.mode, any.mode);
}
