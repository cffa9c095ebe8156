//! Sessions that start from another unit, that take over a part of their source, or that do not want a source.

use std::io::ErrorKind;

use incrdir_lockfs::try_acquire;
use incrdir_naming::{EntryName, Hash, UnitName};
use incrdir_record::{Record, SeedMode};
use incrdir_session::{
    BeginOptions, Error, Quarantine, Rejection, Selection, Unit, Working, abandon, begin, publish,
    publish_if_changed, quarantine_for, read_record,
};
use incrdir_sim::fixture::{Fixture, name, path};
use incrdir_sim::on_both;
use incrdir_sim::scripted::Scripted;
use incrdir_sim::trees::{Node, Tree};
use incrdir_sim::usual::{keep, options};
use incrdir_vfs::{Access, LockKind, Vfs, VfsExt};

on_both! {
    a_new_branch_starts_from_main,
    nothing_of_another_unit_is_linked,
    its_own_sessions_come_first,
    fallbacks_are_tried_in_their_order,
    a_damaged_fallback_is_quarantined_where_it_is,
    an_unchanged_session_of_another_unit_is_published,
    what_is_excluded_is_left_out,
    what_is_not_included_is_left_out,
    a_selection_holds_in_recycled_sessions,
    a_refused_source_is_passed_over,
    an_older_session_is_gone_back_to,
    a_session_that_cannot_be_gone_back_to_is_an_error,
}

fn branch() -> UnitName {
    UnitName::new("branch", 8).unwrap()
}

fn main_unit() -> UnitName {
    UnitName::new("unit", 7).unwrap()
}

fn from_main(seed: SeedMode) -> BeginOptions {
    options(seed).retention(keep(2)).fallbacks(vec![main_unit()])
}

fn start<V: Vfs + 'static>(
    world: &Fixture<V>,
    unit: &UnitName,
    options: &BeginOptions,
) -> Working<Scripted<V>> {
    begin(&world.vfs, &world.root, unit, options).unwrap()
}

fn tree(files: &[(&str, &str)]) -> Tree {
    files
        .iter()
        .map(|(file, text)| (file.to_string(), Node::File(text.as_bytes().into())))
        .collect()
}

fn lock_file<V: Vfs + 'static>(
    world: &Fixture<V>,
    session: incrdir_naming::SessionName,
) -> Vec<u8> {
    let unit = world.open();
    let lock = name(EntryName::Lock(session.key));
    let file = world.vfs.open_file(unit.dir(), &lock, Access::Read).unwrap();
    let mut content = vec![0; 1 << 20];
    let len = world.vfs.read(&file, 0, &mut content).unwrap();
    content.truncate(len);
    content
}

const SEEDS: [SeedMode; 3] = [SeedMode::Link, SeedMode::Copy, SeedMode::Auto];

fn a_new_branch_starts_from_main<V: Vfs + 'static>(world: &Fixture<V>) {
    let source = world.publish(SeedMode::None, &[("a", "1"), ("b", "2")]).name;
    let before = (world.names(), lock_file(world, source));
    for (number, seed) in SEEDS.into_iter().enumerate() {
        let unit = UnitName::new("branch", number as u64).unwrap();
        let session = start(world, &unit, &from_main(seed));
        let report = session.report();
        assert_eq!((report.source, &report.source_unit), (Some(source), &Some(main_unit())));
        assert_eq!(report.recycled, None);
        assert_eq!(world.tree(session.dir()), tree(&[("a", "1"), ("b", "2")]));
        let lock = name(EntryName::Lock(session.name().key));
        let held =
            incrdir_lockfs::try_acquire(&world.vfs, session.unit().dir(), &lock, LockKind::Shared);
        assert!(matches!(held, Ok(incrdir_lockfs::Acquire::Busy)));
        let published = publish(session, Hash::new(1)).unwrap();
        let lock =
            incrdir_lockfs::try_acquire(&world.vfs, published.unit.dir(), &lock, LockKind::Shared);
        let Ok(incrdir_lockfs::Acquire::Locked(lock)) = lock else { panic!("not published") };
        let origin = read_record(&lock).unwrap().origin.unwrap();
        assert_eq!((origin.source, origin.unit), (Some(source), Some(main_unit())));
    }
    assert_eq!((world.names(), lock_file(world, source)), before, "main is as it was");
}

/// Whoever writes into a file of the branch must not write into main: main's sessions are started from without asking what the
/// writers of other units did.
fn nothing_of_another_unit_is_linked<V: Vfs + 'static>(world: &Fixture<V>) {
    let source = world.publish(SeedMode::None, &[("a", "1")]).name;
    let session = start(world, &branch(), &from_main(SeedMode::Link));
    assert_eq!((session.report().mode, session.report().seeded.linked), (SeedMode::Auto, 0));
    world.overwrite(session.dir(), "a", "x");
    assert_eq!(world.session_tree(source), tree(&[("a", "1")]));
    let own = publish(session, Hash::new(1)).unwrap().name;
    // Its own files are.
    let session = start(world, &branch(), &from_main(SeedMode::Link));
    assert_eq!((session.report().source, &session.report().source_unit), (Some(own), &None));
    assert_eq!((session.report().mode, session.report().seeded.linked), (SeedMode::Link, 1));
    abandon(session).unwrap();
}

fn its_own_sessions_come_first<V: Vfs + 'static>(world: &Fixture<V>) {
    let session = start(world, &branch(), &from_main(SeedMode::Copy));
    assert_eq!(session.report().source, None, "there is no main yet");
    world.write(session.dir(), "a", "branch");
    publish(session, Hash::new(1)).unwrap();
    world.publish(SeedMode::None, &[("a", "main"), ("b", "main")]);
    for round in 0..3 {
        let session = start(world, &branch(), &from_main(SeedMode::Copy));
        assert_eq!(session.report().source_unit, None);
        assert_eq!(session.report().recycled.is_some(), round > 0, "its own spare");
        assert_eq!(world.tree(session.dir()), tree(&[("a", "branch")]));
        publish(session, Hash::new(2 + round)).unwrap();
    }
}

fn fallbacks_are_tried_in_their_order<V: Vfs + 'static>(world: &Fixture<V>) {
    let units = ["none", "first", "second"].map(|unit| UnitName::new(unit, 1).unwrap());
    for unit in &units[1..] {
        let session = start(world, unit, &options(SeedMode::Copy));
        world.write(session.dir(), "who", unit.name());
        publish(session, Hash::new(0)).unwrap();
    }
    // Itself among them, and one that does not exist.
    let mut fallbacks = vec![branch()];
    fallbacks.extend(units.clone());
    let options = options(SeedMode::Copy).fallbacks(fallbacks);
    let session = start(world, &branch(), &options);
    assert_eq!(session.report().source_unit.as_ref(), Some(&units[1]));
    assert_eq!(world.tree(session.dir()), tree(&[("who", "first")]));
    abandon(session).unwrap();
    assert!(Unit::open(&world.vfs, &world.root, &units[0]).unwrap().is_none(), "none is made");
    let cold = start(world, &branch(), &options.seed(SeedMode::None));
    assert_eq!(cold.report().source, None);
    abandon(cold).unwrap();
}

fn a_damaged_fallback_is_quarantined_where_it_is<V: Vfs + 'static>(world: &Fixture<V>) {
    let source = world.publish(SeedMode::None, &[("a", "1"), ("b", "2")]).name;
    let dir = world.vfs.open_dir(world.open().dir(), &name(source)).unwrap();
    world.vfs.remove_file(&dir, &name("b")).unwrap();
    drop(dir);
    let session = start(world, &branch(), &from_main(SeedMode::Copy));
    assert_eq!(session.report().source, None);
    let [rejected] = &session.report().rejected[..] else { panic!("{:?}", session.report()) };
    assert_eq!((rejected.session, &rejected.unit), (source, &Some(main_unit())));
    assert!(matches!(rejected.why, Rejection::Untrusted { .. }), "{rejected:?}");
    assert!(world.names().iter().all(|name| name.starts_with("q-")), "{:?}", world.names());
    abandon(session).unwrap();
}

fn an_unchanged_session_of_another_unit_is_published<V: Vfs + 'static>(world: &Fixture<V>) {
    world.publish(SeedMode::None, &[("a", "1")]);
    let session = start(world, &branch(), &from_main(SeedMode::Copy).digests(true));
    assert!(publish_if_changed(session, Hash::new(0)).unwrap().is_some());
    let session = start(world, &branch(), &from_main(SeedMode::Copy).digests(true));
    assert_eq!(session.report().source_unit, None);
    assert!(publish_if_changed(session, Hash::new(0)).unwrap().is_none());
}

const NESTED: [(&str, &str); 6] = [
    ("keep", "1"),
    ("x.tmp", "2"),
    ("deps/a", "3"),
    ("deps/.cargo-lock", "4"),
    ("deps/deep/b.tmp", "5"),
    ("logs/today", "6"),
];

fn publish_nested<V: Vfs + 'static>(world: &Fixture<V>, options: &BeginOptions, version: u128) {
    let session = start(world, &main_unit(), options);
    for (file, content) in NESTED {
        let content = format!("{content}{version}");
        world.vfs.write_file(session.dir(), &path(file), content.as_bytes()).unwrap();
    }
    publish(session, Hash::new(version)).unwrap();
}

fn files(tree: &Tree) -> Vec<&str> {
    let is_file = |(_, node): &(&String, &Node)| matches!(node, Node::File(_));
    tree.iter().filter(is_file).map(|(path, _)| path.as_str()).collect()
}

fn selecting(excluded: &[&str], included: &[&str]) -> BeginOptions {
    options(SeedMode::Link).selection(Selection::new(excluded, included).unwrap())
}

fn what_is_excluded_is_left_out<V: Vfs + 'static>(world: &Fixture<V>) {
    publish_nested(world, &options(SeedMode::None), 1);
    for seed in SEEDS {
        let options = selecting(&["*.tmp", ".cargo-lock", "logs/"], &[]).seed(seed);
        let session = start(world, &main_unit(), &options);
        let found = world.tree(session.dir());
        assert_eq!(files(&found), ["deps/a", "keep"]);
        assert!(found.contains_key("deps/deep") && !found.contains_key("logs"));
        assert_eq!(session.report().unselected, 5, "four files and a directory");
        let lock = session.lock_file();
        let mut record = vec![0; 4096];
        let len = world.vfs.read(lock, 0, &mut record).unwrap();
        let origin = Record::decode(&record[..len]).origin.unwrap();
        assert_eq!(origin.patterns, ["-*.tmp", "-.cargo-lock", "-logs/"]);
        abandon(session).unwrap();
    }
}

fn what_is_not_included_is_left_out<V: Vfs + 'static>(world: &Fixture<V>) {
    publish_nested(world, &options(SeedMode::None), 1);
    for (excluded, included, expected) in [
        (&[][..], &["deps"][..], &["deps/.cargo-lock", "deps/a", "deps/deep/b.tmp"][..]),
        (&["*.tmp"], &["deps"], &["deps/.cargo-lock", "deps/a"]),
        (&[], &["*.tmp"], &["deps/deep/b.tmp", "x.tmp"]),
        (&["deps"], &["deps/a", "keep"], &["keep"]),
        (&[], &["deps/*/b.tmp"], &["deps/deep/b.tmp"]),
        (&[], &["nothing"], &[]),
    ] {
        let session = start(world, &main_unit(), &selecting(excluded, included));
        let found = world.tree(session.dir());
        assert_eq!(files(&found), expected, "{excluded:?} {included:?}");
        assert!(!found.contains_key("logs"), "nothing in it is taken");
        abandon(session).unwrap();
    }
}

/// What is left out counts as gone in the spare, too; what is taken is known to be the same by its content.
fn a_selection_holds_in_recycled_sessions<V: Vfs + 'static>(world: &Fixture<V>) {
    for seed in [SeedMode::Link, SeedMode::Copy] {
        let selecting = selecting(&["*.tmp", "logs"], &[]).seed(seed).retention(keep(2));
        let whole = options(seed).retention(keep(2));
        publish_nested(world, &whole, 1);
        world.later(std::time::Duration::from_secs(10));
        let again = start(world, &main_unit(), &whole);
        world.later(std::time::Duration::from_secs(10));
        publish(again, Hash::new(2)).unwrap();
        world.later(std::time::Duration::from_secs(10));
        let session = start(world, &main_unit(), &selecting);
        let report = session.report();
        assert!(report.recycled.is_some(), "{report:?}");
        assert_eq!((report.seeded.recycled, report.seeded.copied), (3, 0), "{seed:?} {report:?}");
        assert_eq!(files(&world.tree(session.dir())), ["deps/.cargo-lock", "deps/a", "keep"]);
        let name = publish(session, Hash::new(3)).unwrap().name;
        assert_eq!(files(&world.session_tree(name)), ["deps/.cargo-lock", "deps/a", "keep"]);
        world.collect(1);
        let unit = world.open();
        assert!(matches!(quarantine_for(&unit, name, "used"), Quarantine::Done(_)));
    }
}

fn a_refused_source_is_passed_over<V: Vfs + 'static>(world: &Fixture<V>) {
    let older = world.publish(SeedMode::None, &[("a", "1")]).name;
    let newer = world.publish(SeedMode::Copy, &[("a", "2")]).name;
    let session = start(world, &main_unit(), &options(SeedMode::Copy).refused(vec![newer]));
    assert_eq!(session.report().source, Some(older));
    let [rejected] = &session.report().rejected[..] else { panic!("{:?}", session.report()) };
    assert!(matches!(rejected.why, Rejection::Refused));
    abandon(session).unwrap();
    let both = options(SeedMode::Copy).refused(vec![newer, older]);
    let session = start(world, &main_unit(), &both);
    assert_eq!(session.report().source, None, "also when the unit is listed again");
    abandon(session).unwrap();
    let held = start(world, &main_unit(), &options(SeedMode::Copy));
    assert_eq!(held.report().source, Some(newer));
    let unit = world.open();
    let Quarantine::Done(put) = quarantine_for(&unit, newer, "it crashes the tool") else {
        panic!("not quarantined")
    };
    assert!(world.names().contains(&put.to_string()), "{:?}", world.names());
    abandon(held).unwrap();
    let session = start(world, &main_unit(), &options(SeedMode::Copy));
    assert_eq!(session.report().source, Some(older));
    abandon(session).unwrap();
    assert!(matches!(quarantine_for(&unit, newer, "again"), Quarantine::Changed));
}

/// Even where the oldest one would be made into the new session.
fn an_older_session_is_gone_back_to<V: Vfs + 'static>(world: &Fixture<V>) {
    for seed in [SeedMode::Link, SeedMode::Copy] {
        let older = world.publish(SeedMode::None, &[("a", "1"), ("b", "1")]).name;
        let newer = world.publish(seed, &[("a", "2"), ("c", "2")]).name;
        let recycling = options(seed).retention(keep(2));
        let session = start(world, &main_unit(), &recycling.clone().only(older));
        let report = session.report();
        assert_eq!((report.source, report.recycled), (Some(older), None), "{seed:?}");
        assert_eq!(world.tree(session.dir()), tree(&[("a", "1"), ("b", "1")]));
        let restored = publish(session, Hash::new(0)).unwrap();
        assert_eq!(restored.superseded_by, None);
        assert_eq!(world.session_tree(older), world.session_tree(restored.name));
        // The next one starts from it.
        let next = start(world, &main_unit(), &options(seed));
        assert_eq!(next.report().source, Some(restored.name));
        assert_eq!(world.session_tree(newer)["c"], Node::File(b"2"[..].into()));
        abandon(next).unwrap();
    }
}

/// Nothing else is taken instead, whatever else the caller would start from.
fn a_session_that_cannot_be_gone_back_to_is_an_error<V: Vfs + 'static>(world: &Fixture<V>) {
    let older = world.publish(SeedMode::None, &[("a", "1")]).name;
    world.publish(SeedMode::Copy, &[("a", "2")]);
    let only = options(SeedMode::Copy).or_cold(true).only(older);
    let cannot =
        |options: &BeginOptions| match begin(&world.vfs, &world.root, &main_unit(), options) {
            Err(Error::NotThisOne { path, source }) => {
                assert!(path.ends_with(older.to_string()), "{path:?}");
                (source.to_string(), Error::NotThisOne { path, source }.kind())
            }
            other => panic!("{other:?}"),
        };
    let names = world.names();
    let (why, _) = cannot(&only.clone().refused(vec![older]));
    assert_eq!(why, "refused by the caller");
    let unit = world.open();
    let lock = name(EntryName::Lock(older.key));
    let held = try_acquire(&world.vfs, unit.dir(), &lock, LockKind::Exclusive).unwrap();
    assert_eq!(cannot(&only), ("in use".into(), ErrorKind::ResourceBusy));
    assert_eq!(world.names(), names, "nothing is left of the attempt");
    drop(held);
    assert!(matches!(quarantine_for(&unit, older, "bad"), Quarantine::Done(_)));
    assert_eq!(cannot(&only), ("collected meanwhile".into(), ErrorKind::NotFound));
    let elsewhere = only.fallbacks(vec![branch()]);
    assert_eq!(cannot(&elsewhere).1, ErrorKind::NotFound);
}
