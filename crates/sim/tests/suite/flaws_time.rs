//! Defects of the seed protocol around clocks and the order of sessions, by their numbers.

use std::io::ErrorKind;
use std::time::{Duration, SystemTime};

use incrdir_naming::{EntryName, Hash, Key, Timestamp};
use incrdir_session::{Error, SeedMode, begin, publish};
use incrdir_sim::fixture::Fixture;
use incrdir_sim::on_both;
use incrdir_sim::usual::{options, time};
use incrdir_vfs::Vfs;

const DAY: u64 = 24 * 3600 * 1_000_000;

on_both! {
    f07_after_a_backward_step_new_work_is_still_the_newest,
    f08_after_a_forward_step_live_sessions_are_still_live,
    f09_a_publish_that_comes_late_says_so,
    f27_a_clock_out_of_range_is_a_typed_error,
    f27_a_name_from_the_end_of_time_stops_nobody,
    f34_of_two_sessions_with_one_stamp_one_is_newer,
    a_stamp_far_ahead_does_not_keep_leftovers_for_years,
}

/// Made while the clock was ten years ahead, leftovers were "within the grace" for ten years.
fn a_stamp_far_ahead_does_not_keep_leftovers_for_years<V: Vfs + 'static>(world: &Fixture<V>) {
    world.make_unit();
    let micros = |days: u64, seconds: u64| {
        let now = world.vfs.now() + Duration::from_secs(days * 24 * 3600 + seconds);
        Timestamp::from_system_time(now).unwrap()
    };
    let leftovers = |stamp| {
        world.plant_rustc(Key::new(stamp, 1), false);
        world.plant_file(EntryName::Lock(Key::new(stamp, 2)), "");
        world.plant_file(EntryName::Birth(Key::new(stamp, 3)), "");
    };
    // Its own time says that it has just been made: rustc may be about to lock it.
    leftovers(micros(3650, 0));
    let report = world.collect(1);
    assert_eq!(report.removed(), 0, "{report:?}");
    world.later(Duration::from_secs(11));
    let report = world.collect(1);
    assert_eq!(report.removed(), 3, "{report:?}");
    // A name that is ahead by less than a day is one of a clock that is in use.
    leftovers(micros(0, 3600));
    world.later(Duration::from_secs(11));
    assert_eq!(world.collect(1).removed(), 0);
    world.later(Duration::from_secs(3700));
    assert_eq!(world.collect(1).removed(), 3);
    // The clock is set right: then the files' own times are far ahead too.
    leftovers(micros(0, 0));
    let now = world.vfs.now();
    world.vfs.set_clock(now - Duration::from_secs(3650 * 24 * 3600));
    let report = world.collect(1);
    assert_eq!(report.removed(), 3, "{report:?}");
}

/// The clock is set back, or the cache comes from a machine that is ahead. In the seed every new publish is
/// then older than the old one, and deleted at once.
fn f07_after_a_backward_step_new_work_is_still_the_newest<V: Vfs + 'static>(world: &Fixture<V>) {
    world.vfs.set_clock(time(DAY));
    let old = world.publish(SeedMode::None, &[("version", "old")]);
    world.vfs.set_clock(time(0));
    let new = world.publish(SeedMode::Link, &[("version", "new")]);

    assert!(new.name.key > old.name.key);
    assert_eq!(new.superseded_by, None);
    world.collect(1);
    assert_eq!(world.catalog().published().collect::<Vec<_>>(), [new.name]);
}

/// The clock is set forward: to the seed, everything looks old enough to be collected.
fn f08_after_a_forward_step_live_sessions_are_still_live<V: Vfs + 'static>(world: &Fixture<V>) {
    world.vfs.set_clock(time(0));
    let live = world.begin(SeedMode::None);
    world.write(live.dir(), "file", "content");
    world.vfs.set_clock(time(10_000 * DAY));
    let report = world.collect(1);
    assert_eq!(report.removed(), 0, "{report:?}");
    let published = publish(live, Hash::new(0)).expect("nobody touched it");
    assert_eq!(world.session_tree(published.name).len(), 1);
}

/// A session that began earlier is published after one that began later. The seed's own collector deletes
/// it on the spot, without a word.
fn f09_a_publish_that_comes_late_says_so<V: Vfs + 'static>(world: &Fixture<V>) {
    let early = world.begin(SeedMode::None);
    let late = world.publish(SeedMode::None, &[]);
    let early = publish(early, Hash::new(0)).unwrap();
    assert_eq!(early.superseded_by, Some(late.name));
    world.collect(2);
    assert_eq!(world.catalog().published().collect::<Vec<_>>(), [late.name, early.name]);
}

/// In the seed, a clock before 1970 or after 2085 is a panic.
fn f27_a_clock_out_of_range_is_a_typed_error<V: Vfs + 'static>(world: &Fixture<V>) {
    world.make_unit();
    let century = Duration::from_secs(100 * 366 * 24 * 3600);
    for clock in [SystemTime::UNIX_EPOCH - century, SystemTime::UNIX_EPOCH + 2 * century] {
        world.vfs.set_clock(clock);
        let error =
            begin(&world.vfs, &world.root, &world.unit, &options(SeedMode::None)).unwrap_err();
        assert!(matches!(error, Error::Timestamp { .. }), "{error:?}");
        assert_eq!(error.kind(), ErrorKind::InvalidData);
        assert_eq!(world.names(), Vec::<String>::new());
        assert_eq!(world.collect(1).removed(), 0);
    }
}

/// A name with the last time stamp there is: nothing can come after it, and sessions begin all the same.
fn f27_a_name_from_the_end_of_time_stops_nobody<V: Vfs + 'static>(world: &Fixture<V>) {
    world.make_unit();
    let end = Key::new(Timestamp::MAX, 1);
    world.plant_rustc(end, true);
    let published = world.publish(SeedMode::Link, &[("ours", "")]);
    assert_eq!(published.superseded_by, Some(end.published(Hash::new(1))));
    world.collect(2);
    assert!(world.catalog().published().any(|session| session == published.name));
}

/// The seed drops all sessions but those with the greatest time stamp: with a coarse or frozen clock, two
/// stay for ever.
fn f34_of_two_sessions_with_one_stamp_one_is_newer<V: Vfs + 'static>(world: &Fixture<V>) {
    world.make_unit();
    for rand in [9, 3, 7] {
        world.plant_rustc(Fixture::<V>::key(0, rand), true);
    }
    world.collect(1);
    let newest = Fixture::<V>::key(0, 9);
    assert_eq!(
        world.names(),
        [newest.published(Hash::new(1)).to_string(), EntryName::Lock(newest).to_string()]
    );
}
