//! File systems that take two spellings of a name for one, and give back another one than was given, as macOS has them.

use std::time::Duration;

use incrdir_naming::{Hash, UnitName};
use incrdir_session::{
    BeginOptions, Error, Inspection, Scrutiny, SeedMode, Selection, Unrecorded, begin, inspect,
    publish,
};
use incrdir_sim::fixture::{Fixture, create, in_memory, name};
use incrdir_sim::trees::Node;
use incrdir_sim::usual::{keep, options};
use incrdir_vfs::{Access, Clones, Extended, Handle, MemDisk, MemVfs, Owner, Profile, Vfs};

/// `é` as one character, and as a letter and an accent.
const ONE: &str = "caf\u{e9}";
const TWO: &str = "cafe\u{301}";

fn macos() -> [Profile; 2] {
    [Profile::apfs(), Profile::hfs()]
}

#[test]
fn hfs_gives_back_other_bytes_and_apfs_the_same() {
    for (profile, listed) in [(Profile::apfs(), ONE), (Profile::hfs(), TWO)] {
        in_memory(profile, |world| {
            world.write(&world.root, ONE, "");
            let found = world.vfs.list(&world.root).unwrap().remove(0).unwrap().name;
            assert_eq!(found, name(listed));
            assert!(world.vfs.stat(&world.root, &name(TWO)).is_ok(), "it is one name");
        });
    }
}

/// Every session has all files of the one before, and its record says what is there, however names were given.
#[test]
fn no_file_is_lost_by_a_name_that_comes_back_spelled_otherwise() {
    for profile in macos() {
        for seed in [SeedMode::Link, SeedMode::Copy, SeedMode::Auto] {
            in_memory(profile.clone(), |world| rounds(world, seed));
        }
    }
}

fn rounds(world: &Fixture<MemVfs>, seed: SeedMode) {
    let options = options(seed).unrecorded(Unrecorded::Refuse).digests(true).retention(keep(2));
    let mut files = 0;
    let mut before = None;
    for round in 0..8 {
        let session = begin(&world.vfs, &world.root, &world.unit, &options).unwrap();
        assert_eq!(session.report().source, before, "{:?}", session.report());
        let tree = world.tree(session.dir());
        assert_eq!(tree.values().filter(|node| matches!(node, Node::File(_))).count(), files);
        // The same file under the other spelling, a new one, and a directory.
        let (this, other) = if round % 2 == 0 { (ONE, TWO) } else { (TWO, ONE) };
        world.write(session.dir(), this, &round.to_string());
        world.write(session.dir(), &format!("{other}{round}"), "new");
        let _ = world.vfs.create_dir(session.dir(), &name("\u{e0}"));
        let below = world.vfs.open_dir(session.dir(), &name("a\u{300}")).unwrap();
        world.write(&below, this, "below");
        drop(below);
        files = world.tree(session.dir()).values().filter(|it| **it != Node::Dir).count();
        assert_eq!(files, 3 + round);
        world.later(Duration::from_secs(10));
        let published = publish(session, Hash::new(round as u128)).unwrap().name;
        let found = inspect(&world.open(), published, Scrutiny::Digests);
        assert!(matches!(&found, Inspection::Sound(sound) if sound.extra.is_empty()), "{found:?}");
        before = Some(published);
    }
}

/// Two spellings of an accent are one text, so whoever asks with one gets what the other one made: there is no other
/// program. Letters of another case are.
#[test]
fn a_unit_is_one_however_its_accents_are_spelled_and_not_however_its_case_is() {
    for profile in macos() {
        in_memory(profile, |world| {
            let unit = |text: &str| UnitName::new(text, 7).unwrap();
            let begun =
                |text: &str| begin(&world.vfs, &world.root, &unit(text), &options(SeedMode::Copy));
            let first = publish(begun(ONE).unwrap(), Hash::new(1)).unwrap().name;
            for again in [ONE, TWO] {
                let session = begun(again).unwrap();
                assert_eq!(session.report().source, Some(first), "{again:?}");
            }
            publish(begun("\u{e9}").unwrap(), Hash::new(1)).unwrap();
            assert!(matches!(begun("\u{c9}").unwrap_err(), Error::Spelling { .. }), "no ASCII");
            for other in ["CAF\u{c9}", "CAFE\u{301}", "caf\u{c9}", "Caf\u{e9}"] {
                let refused = begun(other).unwrap_err();
                assert!(matches!(refused, Error::Spelling { .. }), "{other}: {refused:?}");
            }
        });
    }
}

/// What is selected is a text, and does not depend on how the file system lists it.
#[test]
fn a_selection_finds_names_however_they_are_listed() {
    for profile in macos() {
        for asked in [ONE, TWO] {
            in_memory(profile.clone(), |world| {
                let _ = world.publish(SeedMode::Copy, &[(ONE, "kept"), ("cafe", "not")]);
                let selection = Selection::new(&[] as &[&str], &[asked]).unwrap();
                let options = options(SeedMode::Copy).selection(selection);
                let session = begin(&world.vfs, &world.root, &world.unit, &options).unwrap();
                let tree = world.tree(session.dir());
                assert_eq!(tree.len(), 1, "{tree:?}");
                assert!(tree.values().all(|node| *node == Node::File(b"kept".into())));
            });
        }
    }
}

/// A clone that brings along what the original has ends with no more and no less than a copy.
#[test]
fn a_clone_ends_with_what_a_copy_ends_with() {
    const CAPABILITY: &str = "security.capability";
    const MAKER: Owner = Owner::new(501, 20);
    for other in [MAKER, Owner::new(502, 20)] {
        let profile = Profile::apfs().folds_case(false);
        let ended = [Clones::AsName, Clones::IntoFile, Clones::No].map(|clones| {
            let disk = MemDisk::new(profile.clone().clones(clones));
            let world = |user| {
                let vfs = disk.process_as(user);
                let root = vfs.root();
                Fixture::new(vfs, root)
            };
            let made = world(MAKER);
            let session = made.begin(SeedMode::None);
            for (text, mode) in [("plain", 0o644), ("read-only", 0o444), ("acts", 0o4755)] {
                let file = create(&made.vfs, session.dir(), &name(text)).unwrap();
                made.vfs.write_at(&file, 0, b"content").unwrap();
                for attribute in ["user.colour", CAPABILITY] {
                    let attribute = Extended::new(attribute, text);
                    made.vfs.set_extended(Handle::File(&file), &attribute).unwrap();
                }
                made.vfs.set_mode(&file, mode).unwrap();
                let mtime = std::time::UNIX_EPOCH + Duration::from_secs(1_600_000_000);
                made.vfs.set_mtime(&file, mtime).unwrap();
            }
            publish(session, Hash::new(1)).unwrap();
            let world = world(other);
            let options = BeginOptions::new("test").seed(SeedMode::Auto).retention(keep(1));
            let session = begin(&world.vfs, &world.root, &world.unit, &options).unwrap();
            let seeded = &session.report().seeded;
            match clones {
                Clones::No => assert_eq!((seeded.cloned, seeded.copied), (0, 3)),
                _ => assert_eq!((seeded.cloned, seeded.copied), (3, 0), "{seeded:?}"),
            }
            ["plain", "read-only", "acts"].map(|file| {
                let file = world.vfs.open_file(session.dir(), &name(file), Access::Read).unwrap();
                let stat = world.vfs.stat_file(&file).unwrap();
                let extended = world.vfs.extended(Handle::File(&file)).unwrap();
                (stat.mode, stat.owner, stat.mtime, stat.len, extended)
            })
        });
        assert_eq!(ended[0], ended[2], "by a call that makes the name, and by copying");
        assert_eq!(ended[1], ended[2], "by a call that fills a file, and by copying");
    }
}
