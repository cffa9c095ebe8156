//! Defects of the seed protocol around names, listings and links, by their numbers.

use std::io::ErrorKind;
use std::time::Duration;

use incrdir_gc::{Fate, Mode, Why, collect};
use incrdir_naming::{EntryName, Hash, UnitName};
use incrdir_session::{Reading, SeedMode, Unit, Unrecorded, read};
use incrdir_sim::fixture::{Fixture, in_memory, name};
use incrdir_sim::on_both;
use incrdir_sim::trees::Node;
use incrdir_sim::usual::policy;
use incrdir_vfs::{Profile, Vfs};

on_both! {
    f10_names_are_compared_whole,
    f10_a_session_seen_under_both_names_is_published,
    f11_a_listing_with_errors_deletes_nothing,
    f12_a_session_whose_lock_file_was_lost_is_adopted,
    f14_a_link_is_never_followed,
    f15_what_is_not_ours_is_never_touched,
    f27_a_unit_that_cannot_be_listed_is_an_error_not_a_panic,
    f27_odd_names_are_foreign,
}

/// `s-T-1` is a prefix of `s-T-12-…`: in the seed the lock file of the one counts as the other's.
fn f10_names_are_compared_whole<V: Vfs + 'static>(world: &Fixture<V>) {
    world.make_unit();
    let stamp = "hofbj985f4";
    world.plant_file(format!("s-{stamp}-1.lock"), "");
    world.plant_dir(format!("s-{stamp}-12-abc"));
    world.plant_file(format!("s-{stamp}-12.lock"), "");
    world.later(Duration::from_secs(11));
    let report = world.collect(1);
    assert_eq!(report.removed(), 1, "{report:?}");
    assert_eq!(world.names(), [format!("s-{stamp}-12-abc"), format!("s-{stamp}-12.lock")]);
}

/// Renamed while it is listed, a session may stand there under both names: not a dead one and a good one.
fn f10_a_session_seen_under_both_names_is_published<V: Vfs + 'static>(world: &Fixture<V>) {
    world.make_unit();
    let key = Fixture::<V>::key(0, 1);
    world.plant_rustc(key, true);
    let catalog = world.catalog();
    let mut torn = catalog;
    torn.sessions.get_mut(&key).expect("planted").working = true;
    let plan = incrdir_gc::plan(&torn, world.vfs.now(), &policy(1));
    assert_eq!(plan.keep, [key.published(Hash::new(1))]);
    assert_eq!((plan.working.len(), plan.lockless.len(), plan.orphans.len()), (0, 0, 0));
}

/// One entry of a listing cannot be read, and it is a lock file: in the seed, its session looks as if it had
/// none and is deleted.
fn f11_a_listing_with_errors_deletes_nothing<V: Vfs + 'static>(world: &Fixture<V>) {
    let sessions: Vec<_> = (0..3).map(|_| world.publish(SeedMode::None, &[("file", "")])).collect();
    world.begin(SeedMode::None).leave();
    world.plant_dir(EntryName::Tombstone(Fixture::<V>::key(0, 1), 0));
    let before = world.names();

    world.vfs.hook_listing(|name| match name.to_str() {
        Some(name) if name.ends_with(".lock") => Err(ErrorKind::Other.into()),
        _ => Ok(()),
    });
    let report = world.collect(1);
    world.vfs.unhook();
    let tombstone = EntryName::Tombstone(Fixture::<V>::key(0, 1), 0).to_string();
    let expected: Vec<_> = before.into_iter().filter(|name| *name != tombstone).collect();
    assert_eq!(world.names(), expected, "only the tombstone is gone");
    assert_eq!(report.listing_errors.len(), 4);
    let left = report
        .disposals
        .iter()
        .filter(|outcome| matches!(outcome.fate, Fate::Left(Why::IncompleteListing)));
    assert_eq!(left.count(), 3);
    assert_eq!(world.catalog().published().count(), sessions.len());
}

/// Ignore rules and archives drop `*.lock`: the seed refuses such a session and then deletes it.
fn f12_a_session_whose_lock_file_was_lost_is_adopted<V: Vfs + 'static>(world: &Fixture<V>) {
    let published = world.publish(SeedMode::None, &[("file", "content")]);
    let lock = name(EntryName::Lock(published.name.key));
    let lose_it = || world.vfs.remove_file(world.open().dir(), &lock).unwrap();
    let there = || world.names().contains(&lock.to_string());

    lose_it();
    let Reading::Found(snapshot) =
        read(&world.vfs, &world.root, &world.unit, Unrecorded::Accept).unwrap()
    else {
        panic!("not adopted by a reader");
    };
    assert_eq!(snapshot.name(), published.name);
    drop(snapshot);
    assert!(there());

    lose_it();
    assert_eq!(world.begin(SeedMode::Link).report().source, Some(published.name));
    assert!(there());

    lose_it();
    assert_eq!(world.collect(1).failures().count(), 0);
    assert!(there());
    assert_eq!(world.names(), [published.name.to_string(), lock.to_string()]);
}

/// The seed resolves a link and deletes what it points to.
fn f14_a_link_is_never_followed<V: Vfs + 'static>(world: &Fixture<V>) {
    let _ = world.publish(SeedMode::None, &[("file", "")]);
    let vfs = &world.vfs;
    vfs.create_dir(&world.root, &name("outside")).unwrap();
    let outside = vfs.open_dir(&world.root, &name("outside")).unwrap();
    world.write(&outside, "precious", "content");

    let key = Fixture::<V>::key(0, 1);
    let unit = world.open();
    let planted = [
        key.published(Hash::new(1)).to_string(),
        Fixture::<V>::key(0, 2).working().to_string(),
        EntryName::Tombstone(key, 0).to_string(),
    ];
    for link in &planted {
        vfs.symlink(&"../outside".into(), unit.dir(), &name(link)).unwrap();
    }
    vfs.symlink(&"../outside/precious".into(), unit.dir(), &name(EntryName::Lock(key))).unwrap();
    // Inside a session, a link is deleted with it, and not what it points to.
    let dead = world.begin(SeedMode::None);
    vfs.symlink(&"../../outside".into(), dead.dir(), &name("link")).unwrap();
    dead.leave();

    let report = world.collect(1);
    assert_eq!(report.removed(), 1, "{report:?}");
    assert_eq!(report.foreign.len(), 4, "{report:?}");
    assert_eq!(world.tree(&outside)["precious"], Node::File(b"content".into()));

    // A unit that is a link is not a unit.
    let linked = UnitName::new("linked", 1).unwrap();
    vfs.symlink(&"unit-0000000000007".into(), &world.root, &name(&linked)).unwrap();
    let error = Unit::open(vfs, &world.root, &linked).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotADirectory);
}

/// What a listing does not tell is looked at.
#[test]
fn f14_a_link_is_never_followed_where_listings_tell_no_kinds() {
    in_memory(Profile::posix().lists_kinds(false), f14_a_link_is_never_followed);
}

/// The seed deletes any directory called `s-…` that has no lock file.
fn f15_what_is_not_ours_is_never_touched<V: Vfs + 'static>(world: &Fixture<V>) {
    world.make_unit();
    let foreign = [
        "notes",
        "s-notes",
        "s-hofbj985f4-1wf0why-HASH",
        "s-hofbj985f4-1wf0why-working.old",
        "s-hofbj985f4-1wf0why-",
        "d-hofbj985f4-1wf0why-0",
        "s-hofbj985f4-1wf0why-working-2",
    ];
    for directory in foreign {
        world.plant_dir(directory);
    }
    world.plant_file("s-hofbj985f4-1wf0why.lock.gz", "archived");
    world.plant_file("l-hofbj985f4", "");
    let before = world.names();
    let report = world.collect(1);
    assert_eq!(report.foreign.len(), before.len(), "{report:?}");
    assert_eq!((report.removed(), world.names()), (0, before));
}

fn f27_a_unit_that_cannot_be_listed_is_an_error_not_a_panic<V: Vfs + 'static>(world: &Fixture<V>) {
    let unit = world.make_unit();
    world.vfs.hook(|op, _| match op {
        "list" => Err(ErrorKind::PermissionDenied.into()),
        _ => Ok(()),
    });
    let error = collect(&unit, &policy(1), Mode::Collect).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert!(error.to_string().contains("unit-0000000000007"), "names the path: {error}");
}

fn f27_odd_names_are_foreign<V: Vfs + 'static>(world: &Fixture<V>) {
    world.make_unit();
    let odd = [
        "s-",
        "s--",
        "s---",
        "-",
        "s-zzzzzzzzzz-zzzzzzz-zzzzzzzzzzzzz",
        "s-0000000000-é-working",
        "d-",
        "q-.lock",
    ];
    for entry in odd {
        world.plant_dir(entry);
    }
    let report = world.collect(1);
    assert_eq!((report.removed(), report.foreign.len()), (0, odd.len()), "{report:?}");
}
