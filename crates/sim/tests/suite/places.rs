//! Trees that were copied, mounted again or replaced, and contents that times do not tell: what is known of a session and
//! by what.
use std::time::Duration;

use incrdir_naming::{EntryName, Hash, SessionName};
use incrdir_session::{
    Accepted, Audit, BeginOptions, Distrust, Error, Inspection, PublishError, Rejection, Scrutiny,
    SeedMode, Selection, Sound, Unrecorded, Working, abandon, accept_moved, begin, inspect,
    publish,
};
use incrdir_sim::fixture::{Fixture, name};
use incrdir_sim::scripted::Scripted;
use incrdir_sim::usual::{anew, keep, options};
use incrdir_vfs::{Keep, MemDisk, MemVfs, Name, Profile, Vfs};

const FILES: [(&str, &str); 3] = [("a", "one"), ("b", "two"), ("c", "three")];

fn strict(seed: SeedMode) -> BeginOptions {
    options(seed).unrecorded(Unrecorded::Refuse).retention(keep(2))
}

/// A world whose disk can be changed from outside.
fn on(profile: Profile, scenario: impl FnOnce(&MemDisk, &Fixture<MemVfs>)) {
    let disk = MemDisk::new(profile);
    disk.set_clock(std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(1_900_000_000));
    let vfs = disk.process();
    let root = vfs.root();
    scenario(&disk, &Fixture::new(vfs, root));
}

fn start(world: &Fixture<MemVfs>, options: &BeginOptions) -> Working<Scripted<MemVfs>> {
    begin(&world.vfs, &world.root, &world.unit, options).unwrap()
}

/// Two sessions; the newer one has other contents, of the same lengths.
fn two(world: &Fixture<MemVfs>, options: &BeginOptions) -> [SessionName; 2] {
    [1, 2].map(|version| {
        let session = start(world, options);
        for (file, content) in FILES {
            world.write(session.dir(), file, &format!("{content}{version}"));
        }
        world.later(Duration::from_secs(10));
        publish(session, Hash::new(version)).unwrap().name
    })
}

fn unit(world: &Fixture<MemVfs>) -> [Name; 1] {
    [name(&world.unit)]
}

/// Takes the unit away and puts a copy of it in its place.
fn restore(disk: &MemDisk, world: &Fixture<MemVfs>, keep: Keep) {
    let (unit, aside) = (unit(world), [name("aside")]);
    disk.copy_tree(&unit, &aside, keep, true).unwrap();
    disk.remove_tree(&unit).unwrap();
    world.later(Duration::from_secs(10));
    disk.copy_tree(&aside, &unit, keep, true).unwrap();
}

/// What a session takes over of a restored one must not become all that its record says.
#[test]
fn a_part_of_a_restored_session_is_not_recorded_as_the_whole() {
    on(Profile::ext4(), |disk, world| {
        let [_, newer] = two(world, &strict(SeedMode::Copy));
        let whole = world.session_tree(newer);
        restore(disk, world, Keep::Times);
        let part = Selection::new(&["a"], &[]).unwrap();
        let session = start(world, &strict(SeedMode::Copy).selection(part));
        assert_eq!((session.report().is_moved, session.report().unselected), (true, 1));
        publish(session, Hash::new(3)).unwrap();
        let found = inspect(&world.open(), newer, Scrutiny::Names);
        let Inspection::Sound(Sound { entries, extra, .. }) = found else { panic!("{found:?}") };
        assert_eq!((entries, extra.len()), (3, 0));
        assert_eq!(world.session_tree(newer), whole);
    });
}

/// Numbers are given again, so a copy may have those of other files; what is started from is the newest state all the same.
#[test]
fn a_copy_is_started_from_by_lengths_and_times() {
    for keep in [Keep::Times, Keep::Seconds] {
        for seed in [SeedMode::Link, SeedMode::Copy] {
            on(Profile::ext4(), |disk, world| {
                let [_, newer] = two(world, &strict(seed));
                let wanted = world.session_tree(newer);
                restore(disk, world, keep);
                let found = inspect(&world.open(), newer, Scrutiny::Attributes);
                let Inspection::Sound(Sound { is_moved, .. }) = found else { panic!("{found:?}") };
                assert!(is_moved);
                let session = start(world, &strict(seed));
                assert!(session.report().is_moved, "{:?}", session.report());
                assert_eq!(world.tree(session.dir()), wanted);
                let next = publish(session, Hash::new(3)).unwrap().name;
                assert_eq!(world.session_tree(next), wanted);
                let session = start(world, &strict(seed));
                assert!(!session.report().is_moved);
                assert_eq!(world.tree(session.dir()), wanted);
            });
        }
    }
}

/// Its directory has the number that the original had: only its birth tells.
#[test]
fn a_copy_with_the_number_of_the_original_is_a_copy() {
    on(Profile::ext4(), |disk, world| {
        let [_, newer] = two(world, &strict(SeedMode::Copy));
        let (path, aside) = ([name(&world.unit), name(newer)], [name("aside")]);
        let number = |world: &Fixture<MemVfs>| {
            world.vfs.stat(world.open().dir(), &name(newer)).unwrap().id.inode
        };
        let before = number(world);
        disk.copy_tree(&path, &aside, Keep::Times, true).unwrap();
        disk.remove_tree(&path).unwrap();
        world.later(Duration::from_secs(10));
        disk.copy_tree(&aside, &path, Keep::Times, true).unwrap();
        assert_eq!(number(world), before, "numbers are given again here");
        let found = inspect(&world.open(), newer, Scrutiny::Attributes);
        assert!(matches!(found, Inspection::Sound(Sound { is_moved: true, .. })), "{found:?}");
    });
}

#[test]
fn a_copy_without_times_is_left_alone_unless_digests_or_somebody_speak_for_it() {
    for digests in [false, true] {
        on(Profile::ext4(), |disk, world| {
            let options = strict(SeedMode::Copy).digests(digests);
            let [older, newer] = two(world, &options);
            let wanted = world.session_tree(newer);
            restore(disk, world, Keep::Nothing);
            let session = start(world, &options);
            let report = session.report();
            if digests {
                assert_eq!(report.source, Some(newer), "{report:?}");
                assert_eq!(world.tree(session.dir()), wanted);
                return;
            }
            assert_eq!(report.source, None);
            for rejected in &report.rejected {
                let Rejection::Untrusted { why, quarantine: None } = &rejected.why else {
                    panic!("{rejected:?}")
                };
                assert!(matches!(**why, Distrust::Moved { .. }), "{why:?}");
            }
            abandon(session).unwrap();
            assert_eq!(world.catalog().published().collect::<Vec<_>>(), [newer, older]);
            assert!(matches!(accept_moved(&world.open(), newer).unwrap(), Accepted::Done(3)));
            let session = start(world, &options);
            assert_eq!(world.tree(session.dir()), wanted);
        });
    }
}

#[test]
fn a_copy_that_was_changed_is_left_alone_and_not_damaged() {
    on(Profile::ext4(), |disk, world| {
        let [_, newer] = two(world, &strict(SeedMode::Copy));
        restore(disk, world, Keep::Times);
        let unit = world.open();
        let dir = world.vfs.open_dir(unit.dir(), &name(newer)).unwrap();
        world.overwrite(&dir, "a", "longer than it was");
        let session = start(world, &strict(SeedMode::Copy));
        assert_ne!(session.report().source, Some(newer));
        assert!(world.catalog().quarantined.is_empty());
    });
}

/// A disk that was pulled may have lost what was written, though the machine has run all the time.
#[test]
fn another_mount_is_looked_at_file_by_file() {
    on(Profile::ext4(), |disk, world| {
        let [older, newer] = two(world, &strict(SeedMode::Link));
        let path = [name(&world.unit), name(newer), name("a")];
        disk.remount();
        disk.store(&path, 0, b"?").unwrap();
        let session = start(world, &strict(SeedMode::Link));
        assert_eq!(session.report().source, Some(older), "{:?}", session.report());
        assert!(world.catalog().quarantined.contains(&EntryName::Quarantined(newer.key)));
    });
}

#[test]
fn a_store_that_moves_no_time_is_not_overlooked() {
    let profiles = [
        Profile::tmpfs(),
        Profile::tmpfs().fine_times(true),
        Profile::ext4().times_tell_all(false),
    ];
    let with_and_without = |profile: Profile| [(profile.clone(), false), (profile, true)];
    for (profile, digests) in profiles.into_iter().flat_map(with_and_without) {
        on(profile, |disk, world| {
            let options = strict(SeedMode::Copy).digests(digests);
            for round in 0..6 {
                let session = start(world, &options);
                let tree = world.tree(session.dir());
                if round == 0 {
                    world.write(session.dir(), "db", "0");
                } else {
                    let seen = incrdir_sim::trees::content(&world.vfs, session.dir(), &name("db"));
                    assert_eq!(seen.unwrap(), format!("{}", round - 1).as_bytes(), "{tree:?}");
                    let path = [name(&world.unit), name(session.name()), name("db")];
                    disk.store(&path, 0, format!("{round}").as_bytes()).unwrap();
                }
                world.later(Duration::from_secs(5));
                publish(session, Hash::new(round)).unwrap();
                world.collect(2);
            }
        });
    }
}

#[test]
fn within_one_second_nothing_is_overlooked_where_times_are_whole_seconds() {
    let with_births = Profile::posix().time_step(Duration::from_secs(1));
    for profile in [Profile::ext3(), with_births] {
        on(profile, |_, world| eight_rounds(world));
    }
}

/// Each round reads what the one before wrote, and writes over it.
fn eight_rounds(world: &Fixture<MemVfs>) {
    for round in 0..8_u32 {
        let session = start(world, &strict(SeedMode::Copy));
        if round > 0 {
            let seen = incrdir_sim::trees::content(&world.vfs, session.dir(), &name("n")).unwrap();
            assert_eq!(seen, format!("{:04}", round - 1).as_bytes());
            world.overwrite(session.dir(), "n", &format!("{round:04}"));
        } else {
            world.write(session.dir(), "n", "0000");
        }
        publish(session, Hash::new(round.into())).unwrap();
        world.collect(2);
    }
}

#[test]
fn a_number_counts_on_one_device_only() {
    on(Profile::ext4(), |disk, world| {
        let options = strict(SeedMode::Link);
        for round in 0..5_u32 {
            let session = start(world, &options);
            for sub in ["x", "y"] {
                // Each session has volumes of its own, and numbers begin anew in each.
                let path = [name(&world.unit), name(session.name()), name(sub)];
                if round > 0 {
                    disk.remove_tree(&path).unwrap();
                }
                world.vfs.create_dir(session.dir(), &name(sub)).unwrap();
                disk.subvolume(&path).unwrap();
                let dir = world.vfs.open_dir(session.dir(), &name(sub)).unwrap();
                world.write(&dir, "f", &format!("{sub}{round}"));
            }
            let wanted = world.tree(session.dir());
            let published = publish(session, Hash::new(round.into())).unwrap().name;
            assert_eq!(world.session_tree(published), wanted);
            let session = start(world, &options.clone().retention(anew()));
            assert_eq!(world.tree(session.dir()), wanted, "round {round}");
            abandon(session).unwrap();
            assert!(world.catalog().quarantined.is_empty());
        }
    });
}

#[test]
fn a_directory_in_place_of_the_sessions_own_is_published_and_nothing_else_is() {
    on(Profile::posix(), |disk, world| {
        two(world, &strict(SeedMode::Link));
        let session = start(world, &strict(SeedMode::Link));
        let path = [name(&world.unit), name(session.name())];
        disk.remove_tree(&path).unwrap();
        let unit = world.open();
        world.vfs.create_dir(unit.dir(), &path[1]).unwrap();
        let dir = world.vfs.open_dir(unit.dir(), &path[1]).unwrap();
        world.write(&dir, "anew", "content");
        let wanted = world.tree(&dir);
        let published = publish(session, Hash::new(3)).unwrap().name;
        assert_eq!(world.session_tree(published), wanted);
        let session = start(world, &strict(SeedMode::Link));
        assert_eq!(session.report().source, Some(published));
        assert_eq!(world.tree(session.dir()), wanted);

        let path = [name(&world.unit), name(session.name())];
        disk.remove_tree(&path).unwrap();
        world.vfs.symlink(&"/elsewhere".into(), unit.dir(), &path[1]).unwrap();
        let PublishError::NotPublished { source, session } =
            publish(session, Hash::new(4)).unwrap_err()
        else {
            panic!("published a link")
        };
        assert!(matches!(source, Error::Replaced { .. }), "{source:?}");
        // Nor is it deleted: it may be somebody else's.
        let refused = abandon(*session).unwrap_err();
        assert!(matches!(refused, Error::Replaced { .. }), "{refused:?}");
        assert!(world.vfs.stat(unit.dir(), &path[1]).is_ok());
        assert_eq!(world.catalog().published().next(), Some(published));
    });
}

#[test]
fn a_failure_does_not_cost_the_warm_session() {
    on(Profile::posix(), |_, world| {
        let [_, newer] = two(world, &strict(SeedMode::Copy));
        let fail = || {
            world.vfs.hook(|op, _| match op {
                "copy" => Err(std::io::ErrorKind::StorageFull.into()),
                _ => Ok(()),
            });
        };
        fail();
        let plain = strict(SeedMode::Copy).retention(anew());
        let error = begin(&world.vfs, &world.root, &world.unit, &plain).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::StorageFull);
        assert!(matches!(error, Error::Source { session, .. } if session == newer));
        let cold = plain.or_cold(true);
        for round in 0..2 {
            fail();
            let session = start(world, &cold);
            world.vfs.unhook();
            // The second one starts from the first, in which there is nothing to copy.
            assert_eq!(session.report().source.is_none(), round == 0);
            publish(session, Hash::new(10 + round)).unwrap();
            world.collect(2);
            assert!(world.catalog().published().any(|session| session == newer), "{round}");
        }
        for round in 0..3 {
            publish(start(world, &cold), Hash::new(20 + round)).unwrap();
            world.collect(2);
        }
        assert!(!world.catalog().published().any(|session| session == newer), "kept for ever");
    });
}

#[test]
fn a_stray_file_is_a_note_as_long_as_the_mount_lives() {
    on(Profile::posix(), |disk, world| {
        let [older, newer] = two(world, &strict(SeedMode::Link));
        let unit = world.open();
        let dir = world.vfs.open_dir(unit.dir(), &name(newer)).unwrap();
        world.later(Duration::from_secs(1));
        world.write(&dir, ".DS_Store", "");
        let session = start(world, &strict(SeedMode::Link).retention(anew()));
        assert_eq!((session.report().source, session.report().extra.len()), (Some(newer), 1));
        abandon(session).unwrap();
        let found = inspect(&unit, newer, Scrutiny::Attributes);
        assert!(matches!(found, Inspection::Sound(Sound { ref extra, .. }) if extra.len() == 1));
        disk.remount();
        let session = start(world, &strict(SeedMode::Link));
        assert_eq!(session.report().source, Some(older));
    });
}

#[test]
fn a_session_that_somebody_may_write_into_is_not_recycled() {
    for seed in [SeedMode::Link, SeedMode::Copy] {
        on(Profile::posix().fine_times(true), |_, world| {
            let mut session = start(world, &strict(seed));
            world.write(session.dir(), "a", "1");
            session.note_survivors().unwrap();
            publish(session, Hash::new(1)).unwrap();
            publish(start(world, &strict(seed)), Hash::new(2)).unwrap();
            let session = start(world, &strict(seed));
            assert_eq!(session.report().recycled, None);
            publish(session, Hash::new(3)).unwrap();
            world.collect(2);
            assert!(start(world, &strict(seed)).report().recycled.is_some());
        });
    }
}

#[test]
fn what_a_session_wrote_through_a_link_is_seen_when_it_is_abandoned() {
    on(Profile::posix(), |_, world| {
        let [older, newer] = two(world, &strict(SeedMode::Link));
        let linked = strict(SeedMode::Link).retention(anew());
        let session = start(world, &linked);
        world.later(Duration::from_secs(1));
        world.overwrite(session.dir(), "a", "half of");
        let damaged = abandon(session).unwrap().audited.damaged;
        assert_eq!(damaged.len(), 1, "{damaged:?}");
        assert_eq!(damaged[0].session, newer);
        assert_eq!(start(world, &linked).report().source, Some(older));
    });
}

#[test]
fn an_audit_that_would_see_nothing_is_refused() {
    on(Profile::tmpfs(), |_, world| {
        let blind = strict(SeedMode::Link).audit(Audit::Attributes);
        let error = begin(&world.vfs, &world.root, &world.unit, &blind).unwrap_err();
        assert!(matches!(error, Error::BlindAudit { .. }), "{error:?}");
    });
}

#[test]
fn a_unit_is_opened_by_the_spelling_that_is_listed() {
    on(Profile::fat(), |_, world| {
        two(world, &options(SeedMode::Copy));
        let other = incrdir_naming::UnitName::new("Unit", 7).unwrap();
        let error = begin(&world.vfs, &world.root, &other, &options(SeedMode::Copy)).unwrap_err();
        assert!(matches!(error, Error::Spelling { .. }), "{error:?}");
    });
}

/// Deeper than a recursion could go, with few descriptors.
#[test]
fn depth_takes_neither_stack_nor_descriptors() {
    on(Profile::posix().fd_limit(14).fine_times(true), |_, world| {
        let session = start(world, &strict(SeedMode::Copy));
        let mut path = Vec::new();
        for level in 0..300 {
            let mut dir = world.vfs.open_dir(&world.root, &name(&world.unit)).unwrap();
            dir = world.vfs.open_dir(&dir, &name(session.name())).unwrap();
            for name in &path {
                dir = world.vfs.open_dir(&dir, name).unwrap();
            }
            world.vfs.create_dir(&dir, &name("d")).unwrap();
            world.write(&dir, "f", &format!("{level}"));
            path.push(name("d"));
        }
        publish(session, Hash::new(1)).unwrap();
        for round in 2..5 {
            let session = start(world, &strict(SeedMode::Copy));
            assert_eq!(session.report().seeded.directories, 300, "{:?}", session.report());
            publish(session, Hash::new(round)).unwrap();
        }
    });
}
