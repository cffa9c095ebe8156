//! A directory in which nothing changed is not listed, neither by begin nor by publish; and whatever was changed in one shows.

use std::time::Duration;

use incrdir_lockfs::{Acquire, try_acquire};
use incrdir_naming::{EntryName, Hash, SessionName};
use incrdir_session::{
    BeginOptions, Durability, Reading, Scrutiny, SeedMode, Selection, Unrecorded, Working, audit,
    begin, publish, read, read_with_list,
};
use incrdir_sim::fixture::{Fixture, create, in_memory, name};
use incrdir_sim::scripted::Scripted;
use incrdir_sim::usual::{keep, options, recycling};
use incrdir_vfs::{FileKind, LockKind, MemVfs, Name, Profile, Vfs};

type World = Fixture<MemVfs>;
type Dir = <MemVfs as Vfs>::Dir;

/// Longer than any step of a clock here.
const LONG: Duration = Duration::from_secs(5);

const DIRECTORIES: [&str; 4] = ["a", "a/b", "a/c", "d"];
const FILES: [&str; 6] = ["a/b/one", "a/b/two", "a/c/one", "a/one", "d/one", "top"];

/// Does something in a directory below another one.
fn within<T>(vfs: &MemVfs, top: &Dir, path: &str, act: impl FnOnce(&Dir) -> T) -> T {
    let mut opened: Option<Dir> = None;
    for part in path.split('/').filter(|part| !part.is_empty()) {
        opened = Some(vfs.open_dir(opened.as_ref().unwrap_or(top), &name(part)).unwrap());
    }
    act(opened.as_ref().unwrap_or(top))
}

fn write(vfs: &MemVfs, top: &Dir, path: &str, content: &str) {
    let (dir, file) = path.rsplit_once('/').unwrap_or(("", path));
    let file = within(vfs, top, dir, |dir| create(vfs, dir, &name(file)).unwrap());
    vfs.write_at(&file, 0, content.as_bytes()).unwrap();
}

fn start(world: &World, options: &BeginOptions) -> Working<Scripted<MemVfs>> {
    begin(&world.vfs, &world.root, &world.unit, options).unwrap()
}

/// Publishes a session on which the program was at work for a while.
fn end(world: &World, session: Working<Scripted<MemVfs>>) -> SessionName {
    world.vfs.inner().pause(LONG);
    publish(session, Hash::new(0)).unwrap().name
}

/// Two published sessions that differ in one file in `d`; the older one is the next spare. If the programs took their time,
/// each has settled.
fn two_after(world: &World, options: &BeginOptions, work: Duration) -> [SessionName; 2] {
    let vfs = world.vfs.inner();
    let end = |session| {
        vfs.pause(work);
        publish(session, Hash::new(0)).unwrap().name
    };
    let session = start(world, options);
    for dir in DIRECTORIES {
        let (before, dir) = dir.rsplit_once('/').unwrap_or(("", dir));
        within(vfs, session.dir(), before, |above| vfs.create_dir(above, &name(dir)).unwrap());
    }
    FILES.iter().for_each(|file| write(vfs, session.dir(), file, "1"));
    let spare = end(session);
    let session = start(world, options);
    write(vfs, session.dir(), "d/one", "2");
    [spare, end(session)]
}

fn two(world: &World, options: &BeginOptions) -> [SessionName; 2] {
    two_after(world, options, LONG)
}

type Change = fn(&MemVfs, &Dir);

/// Changes at the top, of what is in `a/b`, or of what `a/b` is.
const CHANGES: [(&str, Change); 10] = [
    ("a file at the top goes", |vfs, top| vfs.remove_file(top, &name("top")).unwrap()),
    ("a file at the top is replaced", |vfs, top| write(vfs, top, "top", "x")),
    ("a file goes", |vfs, top| {
        within(vfs, top, "a/b", |dir| vfs.remove_file(dir, &name("one")).unwrap());
    }),
    ("a file comes", |vfs, top| write(vfs, top, "a/b/three", "x")),
    ("a file is replaced", |vfs, top| write(vfs, top, "a/b/one", "x")),
    ("a file gets another name", |vfs, top| {
        within(vfs, top, "a/b", |dir| vfs.rename(dir, &name("one"), dir, &name("three")).unwrap());
    }),
    ("two files change their names", |vfs, top| {
        within(vfs, top, "a/b", |dir| {
            for (from, to) in [("one", "three"), ("two", "one"), ("three", "two")] {
                vfs.rename(dir, &name(from), dir, &name(to)).unwrap();
            }
        });
    }),
    ("the directory is made anew", |vfs, top| {
        remove(vfs, top);
        within(vfs, top, "a", |above| vfs.create_dir(above, &name("b")).unwrap());
        write(vfs, top, "a/b/one", "x");
        write(vfs, top, "a/b/two", "x");
    }),
    ("the directory goes", remove),
    ("the directory gets another mode", |vfs, top| {
        within(vfs, top, "a/b", |dir| vfs.set_dir_mode(dir, 0o700).unwrap());
    }),
];

fn remove(vfs: &MemVfs, top: &Dir) {
    for file in ["one", "two"] {
        within(vfs, top, "a/b", |dir| vfs.remove_file(dir, &name(file)).unwrap());
    }
    within(vfs, top, "a", |above| vfs.remove_dir(above, &name("b")).unwrap());
}

/// Fine times and coarse ones, names that move times and names that do not.
fn profiles() -> [Profile; 6] {
    let seconds = Profile::posix().name("whole seconds").time_step(Duration::from_secs(1));
    let (posix, tmpfs) = (Profile::posix(), Profile::tmpfs());
    [Profile::ext4(), Profile::ext3(), seconds, posix, tmpfs, Profile::nfs()]
}

fn modes() -> [BeginOptions; 2] {
    [recycling(), options(SeedMode::Copy).retention(keep(2))]
}

fn mode_of(world: &World, top: &Dir) -> u32 {
    let vfs = world.vfs.inner();
    within(vfs, top, "a/b", |dir| vfs.stat_dir(dir).unwrap().stat.mode)
}

/// Whatever somebody did in the spare, immediately after it was published or later, the session has what its source has.
#[test]
fn what_was_changed_in_the_spare_is_mended() {
    for (profile, options) in
        profiles().into_iter().flat_map(|profile| modes().map(|options| (profile.clone(), options)))
    {
        for (what, change) in CHANGES {
            for waits in [false, true] {
                let case = format!("{}, {what}, waits: {waits}", profile.name);
                in_memory(profile.clone(), |world| {
                    let work = if waits { LONG } else { Duration::ZERO };
                    let [spare, source] = two_after(world, &options, work);
                    let vfs = world.vfs.inner();
                    vfs.pause(work);
                    let unit = world.open();
                    within(vfs, unit.dir(), &spare.to_string(), |top| change(vfs, top));
                    let session = start(world, &options);
                    let wanted = world.session_tree(source);
                    assert_eq!(world.tree(session.dir()), wanted, "{case}");
                    let mode = mode_of(world, session.dir());
                    within(vfs, unit.dir(), &source.to_string(), |source| {
                        assert_eq!(mode, mode_of(world, source), "{case}");
                    });
                    let published = end(world, session);
                    checks_out(world, &case);
                    assert_eq!(world.session_tree(published), wanted, "{case}");
                });
            }
        }
    }
}

/// Publishes a session whose program changed nothing but the mode of a directory.
fn end_with_other_mode(world: &World, options: &BeginOptions) {
    let session = start(world, options);
    let vfs = world.vfs.inner();
    within(vfs, session.dir(), "a/b", |dir| vfs.set_dir_mode(dir, 0o711).unwrap());
    end(world, session);
}

/// The source's program changed only attributes of a directory, whose names are those of the spare's.
#[test]
fn attributes_are_taken_over() {
    for options in modes() {
        in_memory(Profile::ext4(), |world| {
            two(world, &options);
            end_with_other_mode(world, &options);
            for _ in 0..3 {
                let session = start(world, &options);
                assert!(session.report().recycled.is_some());
                assert_eq!(mode_of(world, session.dir()), 0o711);
                end(world, session);
            }
        });
    }
}

/// Whatever the program did in the session, it is recorded, and the next session has it.
#[test]
fn what_was_changed_in_the_session_is_recorded() {
    for (profile, options) in
        profiles().into_iter().flat_map(|profile| modes().map(|options| (profile.clone(), options)))
    {
        for (what, change) in CHANGES {
            let case = format!("{}, {what}", profile.name);
            in_memory(profile.clone(), |world| {
                two(world, &options);
                let session = start(world, &options);
                change(world.vfs.inner(), session.dir());
                let wanted = world.tree(session.dir());
                end(world, session);
                checks_out(world, &case);
                for round in 0..3 {
                    let session = start(world, &options);
                    assert_eq!(world.tree(session.dir()), wanted, "{case}, {round}");
                    end(world, session);
                    checks_out(world, &case);
                }
            });
        }
    }
}

/// What the newest session's record says is what is there.
fn checks_out(world: &World, case: &str) {
    let read = read(&world.vfs, &world.root, &world.unit, Unrecorded::Refuse).unwrap();
    let Reading::Found(snapshot) = read else { panic!("{case}: {read:?}") };
    let newest = world.catalog().published().next().unwrap();
    assert_eq!(snapshot.name(), newest, "{case}: {:?}", snapshot.rejected());
    assert!(snapshot.extra().is_empty(), "{case}: {:?}", snapshot.extra());
    snapshot.release();
    let audited = audit(&world.open(), Scrutiny::Attributes).unwrap();
    assert!(audited.damaged.is_empty() && audited.skipped.is_empty(), "{case}: {audited:?}");
    names_its_directories(world, newest, case);
}

/// The record has the directories that are there, and not those of the source.
fn names_its_directories(world: &World, session: SessionName, case: &str) {
    let unit = world.open();
    let lock = name(EntryName::Lock(session.key));
    let lock = try_acquire(&world.vfs, unit.dir(), &lock, LockKind::Shared).unwrap();
    let Acquire::Locked(lock) = lock else { panic!("{case}: {lock:?}") };
    let list = read_with_list(&lock).unwrap().list.unwrap();
    let mut blocks = vec![(0, session.to_string())];
    while let Some((block, path)) = blocks.pop() {
        for item in list.block(block) {
            let Some(below) = item.block() else { continue };
            let dir = String::from_utf8(list.name(item).to_vec()).unwrap();
            let seen = within(world.vfs.inner(), unit.dir(), &path, |above| {
                world.vfs.inner().stat(above, &name(&dir)).unwrap()
            });
            let path = format!("{path}/{dir}");
            assert_eq!(list.listed(item).inode, seen.id.inode, "{case}: {path}");
            blocks.push((below, path));
        }
    }
}

/// Listings of a begin and a publication, and directories opened for them.
fn cost(world: &World, options: &BeginOptions) -> (usize, usize) {
    world.vfs.take_calls();
    let session = start(world, options);
    assert!(session.report().recycled.is_some());
    end(world, session);
    let calls = world.vfs.take_calls();
    let count = |wanted: &str| calls.iter().filter(|call| **call == wanted).count();
    (count("list"), count("open_dir"))
}

/// Two listings of the unit, and two of the top: by publish, because the top's own rename moved its time, and where the clock is
/// coarse by begin.
#[test]
fn what_nobody_changed_is_not_listed() {
    for (profile, lists) in [(Profile::ext4(), 3), (Profile::posix(), 4), (Profile::tmpfs(), 4)] {
        in_memory(profile, |world| {
            two(world, &recycling());
            let changed = cost(world, &recycling());
            // Nothing differs any more between the spare and its source.
            cost(world, &recycling());
            let same = cost(world, &recycling());
            assert!(changed.0 > same.0, "{changed:?} {same:?}");
            assert_eq!(same.0, lists, "{same:?}");
            // `a` has directories in it that are looked at, once by begin and once by publish.
            let flat = 4;
            assert_eq!(same.1, flat + 2, "{same:?}");
        });
    }
}

/// Where names do not move times, after a restart, and where a clock is coarse and the change was just made, nothing is known by
/// a look.
#[test]
fn what_cannot_be_known_is_listed() {
    let lists_all = |profile: Profile, before: &dyn Fn(&World)| {
        in_memory(profile, |world| {
            two(world, &recycling());
            before(world);
            let (lists, _) = cost(world, &recycling());
            assert!(lists >= 3 + 2 * DIRECTORIES.len(), "{lists}");
        });
    };
    lists_all(Profile::ext4().names_move_times(false), &|_| {});
    lists_all(Profile::ext4(), &|world| world.vfs.set_boot_id(77));
    lists_all(Profile::ext4(), &|world| world.vfs.set_mount(77));
}

/// The names of a directory that did not change since they were synced are durable.
#[test]
fn names_that_are_durable_are_not_synced_again() {
    in_memory(Profile::ext4(), |world| {
        let consistent = recycling().durability(Durability::Consistent);
        let syncs = |options: &BeginOptions| {
            world.vfs.take_calls();
            let session = start(world, options);
            end(world, session);
            world.vfs.take_calls().iter().filter(|call| **call == "sync_dir").count()
        };
        two(world, &recycling());
        let all = 1 + DIRECTORIES.len();
        assert_eq!(syncs(&consistent), all, "the sessions before promised nothing");
        assert_eq!(
            syncs(&consistent),
            all + 1,
            "neither did the spare; and the unit, for the source did"
        );
        assert_eq!(syncs(&consistent), 2, "the unit and the top");
    });
}

/// A selection leaves blocks out of the list, so that others have other numbers.
#[test]
fn a_selection_is_taken_over_all_the_same() {
    for profile in profiles() {
        in_memory(profile, |world| {
            let [_, source] = two(world, &recycling());
            let some = recycling().selection(Selection::new(&["a/b"], &[]).unwrap());
            let mut wanted = world.session_tree(source);
            wanted.retain(|path, _| !path.starts_with("a/b"));
            for _ in 0..3 {
                let session = start(world, &some);
                assert_eq!(world.tree(session.dir()), wanted);
                end(world, session);
                checks_out(world, "selected");
            }
        });
    }
}

/// The one name of a directory may be anything's by now.
#[test]
fn what_is_no_directory_any_more_is_none() {
    let kind = |vfs: &MemVfs, dir: &Dir, name: &Name| vfs.stat(dir, name).unwrap().kind;
    in_memory(Profile::ext4(), |world| {
        let [spare, _] = two(world, &recycling());
        let vfs = world.vfs.inner();
        within(vfs, world.open().dir(), &spare.to_string(), |top| {
            remove(vfs, top);
            write(vfs, top, "a/b", "a file");
        });
        let session = start(world, &recycling());
        within(vfs, session.dir(), "a", |above| {
            assert_eq!(kind(vfs, above, &name("b")), FileKind::Dir);
            remove(vfs, session.dir());
            vfs.symlink(&"c".into(), above, &name("b")).unwrap();
        });
        let published = end(world, session);
        checks_out(world, "a link");
        within(vfs, world.open().dir(), &format!("{published}/a"), |above| {
            assert_eq!(kind(vfs, above, &name("b")), FileKind::Symlink);
        });
    });
}

/// Somebody who is not told to stop makes a file at the top after that was listed and before the session has its published name:
/// the seal would be that of a directory which nobody listed.
#[test]
fn a_top_that_changed_while_it_was_published_is_listed() {
    for options in modes() {
        in_memory(Profile::ext4(), |world| {
            let session = start(world, &options);
            write(world.vfs.inner(), session.dir(), "top", "1");
            let (disk, root, unit) =
                (world.vfs.inner().clone(), world.root.clone(), world.unit.clone());
            world.vfs.hook(move |call, from| {
                if call == "rename_new"
                    && from.is_some_and(|from| from.to_string().ends_with("-working"))
                {
                    let path = format!("{unit}/{}", from.expect("it has one"));
                    within(&disk, &root, &path, |top| write(&disk, top, "late", "x"));
                }
                Ok(())
            });
            let spare = end(world, session);
            world.vfs.unhook();
            let session = start(world, &options);
            let wanted = world.tree(session.dir());
            assert_eq!(wanted.len(), 1, "{wanted:?}");
            end(world, session);
            let session = start(world, &options);
            assert_eq!(session.report().recycled, Some(spare));
            assert_eq!(world.tree(session.dir()), wanted);
            end(world, session);
            checks_out(world, "changed while it was published");
        });
    }
}

/// A directory that could not be given the mode of the source's is recorded with the mode that it has.
#[test]
fn what_could_not_be_given_is_not_recorded() {
    for options in modes() {
        in_memory(Profile::ext4(), |world| {
            two(world, &options);
            end_with_other_mode(world, &options);
            world.vfs.hook(|call, _| match call {
                "set_dir_mode" | "set_dir_mtime" => {
                    Err(std::io::ErrorKind::PermissionDenied.into())
                }
                _ => Ok(()),
            });
            let session = start(world, &options);
            let mode = mode_of(world, session.dir());
            assert_ne!(mode, 0o711);
            end(world, session);
            world.vfs.unhook();
            let session = start(world, &options);
            assert_eq!(mode_of(world, session.dir()), mode, "as it was published");
        });
    }
}
