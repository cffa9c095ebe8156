//! Walks through trees: what is mounted is not entered, what is ours is opened, what cannot be renamed is deleted where it
//! stands, and what lets others act as the owner stays with the owner.
use std::num::NonZeroUsize;
use std::time::Duration;

use incrdir_gc::{Fate, Why};
use incrdir_naming::{EntryName, Hash};
use incrdir_session::{
    Distrust, Error, Inspection, PublishError, Quarantine, Scrutiny, SeedMode, Working, abandon,
    begin, clear, inspect, publish, quarantine,
};
use incrdir_sim::fixture::{Fixture, create, name};
use incrdir_sim::scripted::Scripted;
use incrdir_sim::trees::{Node, Tree};
use incrdir_sim::usual::{options, recycling_after};
use incrdir_vfs::{Access, Extended, Handle, MemDisk, MemVfs, Name, Owner, Profile, Vfs};

/// A world whose disk can be changed from outside, and a directory of somebody else's in it.
fn on(profile: Profile, scenario: impl FnOnce(&MemDisk, &Fixture<MemVfs>)) {
    let disk = MemDisk::new(profile);
    disk.set_clock(std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(1_900_000_000));
    let vfs = disk.process();
    let root = vfs.root();
    vfs.create_dir(&root, &name("home")).unwrap();
    let home = vfs.open_dir(&root, &name("home")).unwrap();
    drop(vfs.create_file(&home, &name("precious")).unwrap());
    scenario(&disk, &Fixture::new(vfs, root));
}

fn home(world: &Fixture<MemVfs>) -> Tree {
    world.tree(&world.vfs.open_dir(&world.root, &name("home")).unwrap())
}

fn whole() -> Tree {
    Tree::from([("precious".into(), Node::File(Vec::new()))])
}

fn path(world: &Fixture<MemVfs>, session: impl ToString, below: &[&str]) -> Vec<Name> {
    let mut path = vec![name(&world.unit), name(session)];
    path.extend(below.iter().map(name));
    path
}

/// A session with a directory in which somebody else's is mounted, two levels down.
fn with_mount(
    disk: &MemDisk,
    world: &Fixture<MemVfs>,
    seed: SeedMode,
) -> Working<Scripted<MemVfs>> {
    let session = world.begin(seed);
    let vfs = &world.vfs;
    world.write(session.dir(), "file", "ours");
    vfs.create_dir(session.dir(), &name("a")).unwrap();
    let a = vfs.open_dir(session.dir(), &name("a")).unwrap();
    world.write(&a, "file", "ours");
    vfs.create_dir(&a, &name("m")).unwrap();
    disk.mount(&[name("home")], &path(world, session.name(), &["a", "m"])).unwrap();
    session
}

#[test]
fn what_is_mounted_in_a_session_is_not_deleted_with_it() {
    on(Profile::posix(), |disk, world| {
        let session = with_mount(disk, world, SeedMode::Copy);
        let abandoned = abandon(session).unwrap();
        assert_eq!(abandoned.removed.failures, 1);
        let told = std::error::Error::source(&abandoned.removed.errors[0]).unwrap().to_string();
        assert!(told.contains("unmount"), "{told}");
        assert_eq!(abandoned.removed.files, 2, "what is ours is gone");
        assert_eq!(home(world), whole());
        // The tombstone stays, and goes as soon as nothing is mounted in it.
        assert_eq!(world.collect(1).failures().count(), 1);
        assert_eq!(home(world), whole());
        let [tombstone] = &world.names()[..] else { panic!("{:?}", world.names()) };
        let unit = world.open();
        let top = world.vfs.open_dir(unit.dir(), &name(tombstone)).unwrap();
        // What stands in the way may have been moved up within the tombstone.
        let mut mounts = vec![];
        for entry in world.vfs.list(&top).unwrap() {
            let entry = entry.unwrap().name;
            let inner = world.vfs.open_dir(&top, &entry);
            match inner {
                Err(_) => mounts.push(path(world, tombstone, &[&entry.to_string()])),
                Ok(inner) => {
                    for below in world.vfs.list(&inner).unwrap() {
                        let below = below.unwrap().name.to_string();
                        mounts.push(path(world, tombstone, &[&entry.to_string(), &below]));
                    }
                }
            }
        }
        for mount in &mounts {
            disk.unmount(mount).unwrap();
        }
        assert_eq!(world.collect(1).failures().count(), 0);
        assert_eq!(world.names(), Vec::<String>::new());
        assert_eq!(home(world), whole());
    });
}

#[test]
fn a_dead_session_with_a_mount_is_collected_around_it() {
    on(Profile::posix(), |disk, world| {
        drop(with_mount(disk, world, SeedMode::Copy));
        let report = world.collect(1);
        let (_, error) = report.failures().next().expect("it says so");
        assert_eq!(error.kind(), std::io::ErrorKind::CrossesDevices);
        assert_eq!(home(world), whole());
    });
}

/// Neither is it recorded as the session's, nor copied into the next one.
#[test]
fn what_is_mounted_is_neither_published_nor_seeded() {
    on(Profile::posix(), |disk, world| {
        let session = with_mount(disk, world, SeedMode::Copy);
        let place = path(world, session.name(), &["a", "m"]);
        let error = publish(session, Hash::new(1)).unwrap_err();
        assert_eq!(error.cause().kind(), std::io::ErrorKind::CrossesDevices);
        let PublishError::NotPublished { session, .. } = error else { panic!("{error}") };
        disk.unmount(&place).unwrap();
        // A file, too.
        world.write(session.dir(), "other", "ours");
        let file = path(world, session.name(), &["other"]);
        disk.mount(&[name("home"), name("precious")], &file).unwrap();
        let error = publish(*session, Hash::new(1)).unwrap_err();
        assert_eq!(error.cause().kind(), std::io::ErrorKind::CrossesDevices);
        let PublishError::NotPublished { session, .. } = error else { panic!("{error}") };
        disk.unmount(&file).unwrap();
        let published = publish(*session, Hash::new(1)).unwrap().name;
        // Mounted over a published session later: begin says so, and loses nothing.
        disk.mount(&[name("home")], &path(world, published, &["a", "m"])).unwrap();
        let failed = begin(&world.vfs, &world.root, &world.unit, &options(SeedMode::Copy));
        let error = failed.unwrap_err();
        assert!(matches!(error, Error::Source { .. }), "{error}");
        assert_eq!(error.kind(), std::io::ErrorKind::CrossesDevices);
        disk.unmount(&path(world, published, &["a", "m"])).unwrap();
        assert_eq!(world.begin(SeedMode::Copy).report().source, Some(published));
        assert_eq!(home(world), whole());
    });
}

/// The lower layer of an overlay: files can be replaced and removed there, directories cannot be renamed.
#[test]
fn where_directories_cannot_be_renamed_sessions_are_deleted_where_they_stand() {
    on(Profile::overlay(), |disk, world| {
        let mut sessions = Vec::new();
        for version in 0..4 {
            let session = world.begin(SeedMode::Copy);
            let vfs = &world.vfs;
            if version == 0 {
                vfs.create_dir(session.dir(), &name("a")).unwrap();
                let a = vfs.open_dir(session.dir(), &name("a")).unwrap();
                vfs.create_dir(&a, &name("b")).unwrap();
                let b = vfs.open_dir(&a, &name("b")).unwrap();
                world.write(&b, "deep", "ours");
            }
            world.write(session.dir(), "file", &version.to_string());
            world.later(Duration::from_secs(10));
            sessions.push(publish(session, Hash::new(version)).unwrap().name);
        }
        disk.begin_layer();
        let report = world.collect(2);
        assert_eq!(report.failures().count(), 0, "{:?}", report.disposals);
        let kept = |fate: &Fate| matches!(fate, Fate::Kept(Why::Newest));
        assert_eq!(report.disposals.iter().filter(|outcome| kept(&outcome.fate)).count(), 2);
        assert_eq!(world.names().len(), 4, "{:?}", world.names());
        // One that is damaged is not used, and says why to whoever comes next.
        let newest = sessions[3];
        let dir = world.vfs.open_dir(world.open().dir(), &name(newest)).unwrap();
        world.vfs.remove_file(&dir, &name("file")).unwrap();
        drop(dir);
        let done = quarantine(&world.open(), newest, Scrutiny::Names);
        assert!(matches!(done, Quarantine::InPlace), "{done:?}");
        let found = inspect(&world.open(), newest, Scrutiny::Record);
        let Inspection::Distrusted(Distrust::Forbidden { reason }) = found else {
            panic!("{found:?}")
        };
        assert!(reason.contains("file"), "{reason}");
        let session = world.begin(SeedMode::Copy);
        assert_eq!(session.report().source, Some(sessions[2]));
        abandon(session).unwrap();
        // It is none of those that a collection keeps for readers.
        assert_eq!(world.collect(1).removed(), 0);
        assert!(world.names().contains(&sessions[2].to_string()));
    });
}

/// Whoever dies while a session is deleted where it stands leaves one that nobody uses, and that the next one deletes.
#[test]
fn a_death_while_deleting_in_place_leaves_nothing_to_start_from() {
    on(Profile::overlay(), |disk, world| {
        for version in 0..2 {
            let session = world.begin(SeedMode::Copy);
            for file in ["a", "b"] {
                world.write(session.dir(), file, &version.to_string());
            }
            publish(session, Hash::new(version)).unwrap();
        }
        disk.begin_layer();
        let before = world.names();
        world.vfs.hook(|call, name| match name {
            Some(name) if call == "remove_file" && name.to_str() == Some("b") => {
                Err(std::io::Error::other("killed"))
            }
            _ => Ok(()),
        });
        let report = world.collect(1);
        world.vfs.unhook();
        assert_eq!(report.failures().count(), 1);
        assert_eq!(world.names(), before, "neither the directory nor its lock file is gone");
        let older = world.catalog().published().nth(1).unwrap();
        let found = inspect(&world.open(), older, Scrutiny::Record);
        let is_put_away = matches!(found, Inspection::Distrusted(Distrust::Forbidden { .. }));
        assert!(is_put_away, "{found:?}");
        assert_eq!(world.collect(1).failures().count(), 0);
        assert_eq!(world.names().len(), 2);
    });
}

const SOMEBODY: Owner = Owner::new(7, 7);

/// A program may leave what nobody may read, its owner included.
#[test]
fn what_is_ours_is_published_and_deleted_whatever_its_permissions() {
    let disk = MemDisk::new(Profile::posix());
    let vfs = disk.process_as(SOMEBODY);
    let root = vfs.root();
    let world = Fixture::new(vfs, root);
    let shut = |session: &Working<Scripted<MemVfs>>| {
        let vfs = &world.vfs;
        vfs.create_dir(session.dir(), &name("shut")).unwrap();
        let dir = vfs.open_dir(session.dir(), &name("shut")).unwrap();
        let file = create(vfs, &dir, &name("file")).unwrap();
        vfs.write_at(&file, 0, b"content").unwrap();
        vfs.set_mode(&file, 0).unwrap();
        vfs.set_dir_mode(&dir, 0).unwrap();
    };
    let session = world.begin(SeedMode::Copy);
    shut(&session);
    abandon(session).map(|abandoned| assert_eq!(abandoned.removed.failures, 0)).unwrap();
    drop({
        let session = world.begin(SeedMode::Copy);
        shut(&session);
        session
    });
    assert_eq!(world.collect(1).failures().count(), 0);
    assert_eq!(world.names(), Vec::<String>::new());
    let session = world.begin(SeedMode::Copy);
    shut(&session);
    let published = publish(session, Hash::new(1)).unwrap().name;
    let next = world.begin(SeedMode::Copy);
    assert_eq!(next.report().source, Some(published));
    let tree = world.tree(next.dir());
    assert_eq!(tree.get("shut/file"), Some(&Node::File(b"content".into())));
}

/// A file that lets whoever runs it do what its owner may is not one in somebody else's name.
#[test]
fn what_lets_others_act_as_the_owner_goes_with_the_owner() {
    const CAPABILITY: &str = "security.capability";
    let disk = MemDisk::new(Profile::posix());
    let giver = disk.process();
    let root = giver.root();
    let world = Fixture::new(giver, root);
    let session = world.begin(SeedMode::None);
    let vfs = &world.vfs;
    for file in ["set-user-id", "capable"] {
        let file = create(vfs, session.dir(), &name(file)).unwrap();
        vfs.set_owner(Handle::File(&file), SOMEBODY).unwrap();
        vfs.set_mode(&file, 0o4755).unwrap();
        let attribute = Extended::new(CAPABILITY, vec![1]);
        vfs.set_extended(Handle::File(&file), &attribute).unwrap();
    }
    publish(session, Hash::new(1)).unwrap();
    // Somebody who may not give files away copies them.
    let other = disk.process_as(Owner::new(8, 8));
    let root = other.root();
    let world = Fixture::new(other, root);
    let vfs = &world.vfs;
    let stays_plain = |file: &<MemVfs as Vfs>::File| {
        assert_eq!(vfs.stat_file(file).unwrap().mode & 0o6000, 0);
        assert_eq!(vfs.extended(Handle::File(file)).unwrap(), []);
    };
    let session = world.begin(SeedMode::Copy);
    for file in ["set-user-id", "capable"] {
        stays_plain(&vfs.open_file(session.dir(), &name(file), Access::Read).unwrap());
    }
    let linked = begin(vfs, &world.root, &world.unit, &options(SeedMode::Link)).unwrap();
    stays_plain(&linked.edit(&name("set-user-id").into()).unwrap());
}

/// The seed's `delete_all_session_dir_contents`.
#[test]
fn a_session_that_is_cleared_begins_cold_and_reaches_nothing_published() {
    for seed in [SeedMode::Link, SeedMode::Copy] {
        on(Profile::posix(), |_, world| {
            let published = world.publish(seed, &[("a", "one"), ("b", "two")]).name;
            let before = world.session_tree(published);
            let recycle = NonZeroUsize::new(1);
            let options = options(seed).retention(recycling_after(recycle));
            let mut session = begin(&world.vfs, &world.root, &world.unit, &options).unwrap();
            // One file vanishes by itself.
            world.vfs.remove_file(session.dir(), &name("a")).unwrap();
            let cleared = clear(&mut session).unwrap();
            assert_eq!(cleared.removed.files, 1);
            assert_eq!(session.report().source, None);
            assert_eq!(world.tree(session.dir()), Tree::new());
            assert_eq!(world.session_tree(published), before);
            world.write(session.dir(), "b", "new");
            let next = publish(session, Hash::new(2)).unwrap().name;
            let found = inspect(&world.open(), next, Scrutiny::Digests);
            assert!(matches!(found, Inspection::Sound(_)), "{found:?}");
            assert_eq!(world.begin(seed).report().source, Some(next));
            assert_eq!(world.session_tree(published), before);
        });
    }
}

/// What was written through a link before is found: afterwards nobody could tell.
#[test]
fn clearing_looks_for_what_was_written_through_links() {
    on(Profile::posix(), |_, world| {
        let published = world.publish(SeedMode::Link, &[("a", "one")]).name;
        world.later(Duration::from_secs(10));
        let mut session = world.begin(SeedMode::Link);
        world.overwrite(session.dir(), "a", "broken");
        let cleared = clear(&mut session).unwrap();
        let damaged: Vec<_> = cleared.audited.damaged.iter().map(|found| found.session).collect();
        assert_eq!(damaged, [published]);
        assert!(world.names().contains(&EntryName::Quarantined(published.key).to_string()));
    });
}
