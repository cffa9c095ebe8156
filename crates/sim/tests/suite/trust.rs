//! What is torn or damaged is never started from, and is told by name.
use std::io::ErrorKind;
use std::num::NonZeroUsize;
use std::time::Duration;

use incrdir_gc::{Fate, Why};
use incrdir_lockfs::{Acquire, try_acquire};
use incrdir_naming::{EntryName, Hash, SessionName};
use incrdir_session::{
    Audit, BeginOptions, Distrust, Durability, Inspection, Mismatch, PublishError, Quarantine,
    Reading, Rejection, Scrutiny, SeedMode, Sound, Unrecorded, Working, abandon, begin, inspect,
    publish, read,
};
#[cfg(unix)]
use incrdir_sim::fixture::create;
use incrdir_sim::fixture::{Fixture, fat, in_memory, memory, name, real, reseal};
use incrdir_sim::on_both;
use incrdir_sim::scripted::Scripted;
use incrdir_sim::usual::{anew, keep, options, recycling, recycling_after};
use incrdir_vfs::{Access, LockKind, Profile, Vfs};
use proptest::prelude::*;

on_both! {
    after_a_power_loss_a_torn_session_is_quarantined_and_an_older_one_used,
    a_lost_relink_is_seen_by_the_file_id,
    contents_are_compared_where_digests_are_recorded,
    a_half_deleted_session_is_never_started_from,
    a_reader_is_not_given_a_half_deleted_session,
    a_damaged_session_in_use_stays_and_is_not_used,
    what_has_no_record_is_used_only_if_that_is_accepted,
    a_newer_record_is_refused_politely,
    a_record_of_another_session_does_not_count,
    an_absurdly_long_record_is_not_read,
    every_truncation_of_a_record_is_seen,
    writing_in_place_is_found_by_the_audit_at_publish,
    what_was_written_in_place_is_recorded_as_it_is_now,
    writing_in_place_is_found_by_the_audit_at_abandon,
    writing_in_place_harms_nothing_under_copy,
    what_a_killed_writer_wrote_in_place_is_found_by_the_next_begin,
    what_a_killed_writer_wrote_in_place_is_found_by_the_collection,
    a_dead_writers_session_stays_as_long_as_its_victim_is_in_use,
    a_quarantined_session_goes_after_a_time,
    a_failed_sync_fails_the_publish_and_keeps_the_session,
    a_failed_sync_of_the_unit_says_what_is_published,
}

const FILES: [(&str, &str); 3] = [("a", "one"), ("b", "two"), ("c", "three")];

fn strict(seed: SeedMode) -> BeginOptions {
    options(seed).unrecorded(Unrecorded::Refuse)
}

fn start<V: Vfs + 'static>(world: &Fixture<V>, options: &BeginOptions) -> Working<Scripted<V>> {
    begin(&world.vfs, &world.root, &world.unit, options).unwrap()
}

/// Two published sessions; the newer one changed `c`.
fn two<V: Vfs + 'static>(world: &Fixture<V>, options: &BeginOptions) -> [SessionName; 2] {
    let session = start(world, &options.clone().seed(SeedMode::None));
    FILES.iter().for_each(|(file, content)| world.write(session.dir(), file, content));
    let older = publish(session, Hash::new(1)).unwrap().name;
    let session = start(world, options);
    assert_eq!(session.report().source, Some(older), "{:?}", session.report());
    world.write(session.dir(), "c", "seven");
    [older, publish(session, Hash::new(2)).unwrap().name]
}

fn dir_of<V: Vfs + 'static>(world: &Fixture<V>, session: SessionName) -> V::Dir {
    world.vfs.open_dir(world.open().dir(), &name(session)).unwrap()
}

fn replace<V: Vfs + 'static>(world: &Fixture<V>, session: SessionName, file: &str, content: &str) {
    world.write(&dir_of(world, session), file, content);
}

fn mismatch(rejection: &Rejection) -> &Mismatch {
    match rejection {
        Rejection::Untrusted { why, .. } => match &**why {
            Distrust::Mismatch { mismatch, .. } => mismatch,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

/// Begins, and expects the older session because of what is wrong with the newer one.
fn falls_back<V: Vfs + 'static>(
    world: &Fixture<V>,
    [older, newer]: [SessionName; 2],
) -> Working<Scripted<V>> {
    let session = start(world, &strict(SeedMode::Link));
    let report = session.report();
    assert_eq!(report.source, Some(older), "{report:?}");
    assert_eq!(report.rejected[0].session, newer);
    let Rejection::Untrusted { quarantine, .. } = &report.rejected[0].why else {
        panic!("{report:?}")
    };
    let expected = EntryName::Quarantined(newer.key);
    assert!(
        matches!(quarantine.as_deref(), Some(Quarantine::Done(name)) if *name == expected),
        "{report:?}"
    );
    let names = world.names();
    assert!(!names.contains(&newer.to_string()), "{names:?}");
    assert!(names.contains(&expected.to_string()), "{names:?}");
    assert!(names.contains(&EntryName::QuarantineLock(newer.key).to_string()), "{names:?}");
    session
}

fn after_a_power_loss_a_torn_session_is_quarantined_and_an_older_one_used<V: Vfs + 'static>(
    world: &Fixture<V>,
) {
    let sessions = two(world, &strict(SeedMode::Link));
    // What ext4 leaves of a file that was never synced.
    replace(world, sessions[1], "c", "");
    // Nobody can know without a power loss, and nobody asks: that is what begin is cheap by.
    world.vfs.set_boot_id(2);
    let session = falls_back(world, sessions);
    let Rejection::Untrusted { why, .. } = &session.report().rejected[0].why else { panic!() };
    assert!(why.to_string().ends_with("c` has 0 bytes where 5 are recorded"), "{why}");
    // What was found good is used again and again.
    abandon(session).unwrap();
    assert_eq!(start(world, &strict(SeedMode::Link)).report().source, Some(sessions[0]));
}

/// After recycling, a power loss may keep the publishing rename and lose a relink inside the directory: an
/// older file of the same name and length stands there then.
fn a_lost_relink_is_seen_by_the_file_id<V: Vfs + 'static>(world: &Fixture<V>) {
    let sessions = two(world, &strict(SeedMode::Link));
    let dir = dir_of(world, sessions[1]);
    let stat = world.vfs.stat(&dir, &name("c")).unwrap();
    world.write(&dir, "other", "SEVEN");
    let other = world.vfs.open_file(&dir, &name("other"), Access::ReadWrite).unwrap();
    world.vfs.set_mtime(&other, stat.mtime).unwrap();
    drop(other);
    world.vfs.rename(&dir, &name("other"), &dir, &name("c")).unwrap();
    drop(dir);
    world.vfs.set_boot_id(2);
    let session = falls_back(world, sessions);
    assert_eq!(*mismatch(&session.report().rejected[0].why), Mismatch::File);
}

fn contents_are_compared_where_digests_are_recorded<V: Vfs + 'static>(world: &Fixture<V>) {
    for digests in [true, false] {
        let options = strict(SeedMode::Link).digests(digests);
        let sessions = two(world, &options);
        let dir = dir_of(world, sessions[1]);
        let file = world.vfs.open_file(&dir, &name("c"), Access::ReadWrite).unwrap();
        let mtime = world.vfs.stat_file(&file).unwrap().mtime;
        world.vfs.write_at(&file, 0, b"SEVEN").unwrap();
        world.vfs.set_mtime(&file, mtime).unwrap();
        drop((file, dir));
        let unit = world.open();
        let found = inspect(&unit, sessions[1], Scrutiny::Digests);
        world.vfs.set_boot_id(2 + u128::from(digests));
        if digests {
            assert!(matches!(found, Inspection::Distrusted(_)), "{found:?}");
            let session = falls_back(world, sessions);
            assert_eq!(*mismatch(&session.report().rejected[0].why), Mismatch::Content);
        } else {
            // Same length, same time, same file: without digests nothing tells.
            assert!(matches!(found, Inspection::Sound(Sound { entries: 3, .. })), "{found:?}");
            assert_eq!(start(world, &options).report().source, Some(sessions[1]));
        }
        world.collect(1);
    }
}

/// `rm -rf`, or a foreign collector, that died half-way: record and lock file are intact, and of this boot.
fn a_half_deleted_session_is_never_started_from<V: Vfs + 'static>(world: &Fixture<V>) {
    for seed in [SeedMode::Link, SeedMode::Copy] {
        for recycle in [None, NonZeroUsize::new(1)] {
            let sessions = two(world, &strict(seed));
            world.vfs.remove_file(&dir_of(world, sessions[1]), &name("c")).unwrap();
            let options = strict(seed).retention(recycling_after(recycle));
            let session = start(world, &options);
            let source = session.report().source;
            // The older one is not made into the session before it is known that the newer one has what is needed.
            assert_eq!(source, Some(sessions[0]), "{seed:?} {recycle:?} {:?}", session.report());
            assert_eq!(world.tree(session.dir()).len(), 3);
            abandon(session).unwrap();
            world.vfs.set_clock(world.vfs.now() + Duration::from_secs(30));
            world.collect(1);
            let unit = world.open();
            for session in unit.list().unwrap().published() {
                let lock = name(EntryName::Lock(session.key));
                incrdir_session::remove_tree(&world.vfs, unit.dir(), &name(session));
                world.vfs.remove_file(unit.dir(), &lock).unwrap();
            }
        }
    }
}

fn a_reader_is_not_given_a_half_deleted_session<V: Vfs + 'static>(world: &Fixture<V>) {
    let sessions = two(world, &strict(SeedMode::Link));
    world.vfs.remove_file(&dir_of(world, sessions[1]), &name("a")).unwrap();
    let found = read(&world.vfs, &world.root, &world.unit, Unrecorded::Refuse).unwrap();
    let Reading::Found(snapshot) = found else { panic!("{found:?}") };
    assert_eq!(snapshot.name(), sessions[0]);
    assert_eq!(*mismatch(&snapshot.rejected()[0].why), Mismatch::Missing);
    assert!(world.names().contains(&EntryName::Quarantined(sessions[1].key).to_string()));
}

fn a_damaged_session_in_use_stays_and_is_not_used<V: Vfs + 'static>(world: &Fixture<V>) {
    let [older, newer] = two(world, &strict(SeedMode::Link));
    replace(world, newer, "c", "");
    let unit = world.open();
    let lock = name(EntryName::Lock(newer.key));
    let held = try_acquire(&world.vfs, unit.dir(), &lock, LockKind::Shared).unwrap();
    world.vfs.set_boot_id(2);
    let session = start(world, &strict(SeedMode::Link));
    assert_eq!(session.report().source, Some(older));
    let Rejection::Untrusted { quarantine, .. } = &session.report().rejected[0].why else {
        panic!()
    };
    assert!(matches!(quarantine.as_deref(), Some(Quarantine::Busy)), "{quarantine:?}");
    assert!(world.names().contains(&newer.to_string()));
    drop(held);
}

fn what_has_no_record_is_used_only_if_that_is_accepted<V: Vfs + 'static>(world: &Fixture<V>) {
    world.make_unit();
    world.plant_rustc(Fixture::<V>::key(1, 1), true);
    let none = options(SeedMode::Link).durability(Durability::None);
    for expected in [Fixture::<V>::key(1, 1).published(Hash::new(1)), {
        let session = start(world, &none.clone().seed(SeedMode::None));
        publish(session, Hash::new(1)).unwrap().name
    }] {
        for unrecorded in [Unrecorded::Refuse, Unrecorded::Accept] {
            let is_accepted = unrecorded == Unrecorded::Accept;
            let session = start(world, &none.clone().unrecorded(unrecorded));
            let report = session.report();
            assert_eq!(report.source.is_some(), is_accepted, "{expected} {report:?}");
            if !is_accepted {
                let Rejection::Untrusted { why, quarantine: None } = &report.rejected[0].why else {
                    panic!("{report:?}")
                };
                assert!(matches!(**why, Distrust::Unrecorded));
            }
            abandon(session).unwrap();
            let found = read(&world.vfs, &world.root, &world.unit, unrecorded).unwrap();
            assert_eq!(matches!(found, Reading::Found(_)), is_accepted);
        }
    }
}

/// Puts other bytes in the place of a lock file's content.
fn forge<V: Vfs + 'static>(world: &Fixture<V>, session: SessionName, content: &[u8]) {
    let unit = world.open();
    let lock = name(EntryName::Lock(session.key));
    world.vfs.remove_file(unit.dir(), &lock).unwrap();
    let file = world.vfs.create_file(unit.dir(), &lock).unwrap();
    world.vfs.write_at(&file, 0, content).unwrap();
}

fn record_of<V: Vfs + 'static>(world: &Fixture<V>, session: SessionName) -> Vec<u8> {
    let lock = name(EntryName::Lock(session.key));
    incrdir_sim::trees::content(&world.vfs, world.open().dir(), &lock).unwrap()
}

fn a_newer_record_is_refused_politely<V: Vfs + 'static>(world: &Fixture<V>) {
    let [older, newer] = two(world, &strict(SeedMode::Link));
    let mut content = record_of(world, newer);
    content[7] = 2;
    forge(world, newer, &content);
    let session = start(world, &options(SeedMode::Link));
    assert_eq!(session.report().source, Some(older));
    let Rejection::Untrusted { why, quarantine: None } = &session.report().rejected[0].why else {
        panic!("{:?}", session.report())
    };
    assert!(why.to_string().contains("version 2"), "{why}");
    assert!(world.names().contains(&newer.to_string()), "it is somebody's good session");
}

fn a_record_of_another_session_does_not_count<V: Vfs + 'static>(world: &Fixture<V>) {
    let sessions = two(world, &strict(SeedMode::Link));
    let content = record_of(world, sessions[0]);
    forge(world, sessions[1], &content);
    let session = falls_back(world, sessions);
    let Rejection::Untrusted { why, .. } = &session.report().rejected[0].why else { panic!() };
    assert_eq!(why.to_string(), "its record is another session's");
}

/// 1 GiB, all hole.
fn an_absurdly_long_record_is_not_read<V: Vfs + 'static>(world: &Fixture<V>) {
    let sessions = two(world, &strict(SeedMode::Link));
    // In memory a hole takes memory: a little more than what is read at most is as good.
    let unit = world.open();
    let is_real = world.vfs.fs_info(unit.dir()).unwrap().name != "mem-posix";
    let len = if is_real { 1 << 30 } else { (256 << 20) + 1 };
    let lock = name(EntryName::Lock(sessions[1].key));
    let file = world.vfs.open_file(unit.dir(), &lock, Access::ReadWrite).unwrap();
    world.vfs.write_at(&file, len - 1, &[0]).unwrap();
    drop(file);
    world.vfs.take_calls();
    let session = falls_back(world, sessions);
    let Rejection::Untrusted { why, .. } = &session.report().rejected[0].why else { panic!() };
    assert_eq!(why.to_string(), "its record is longer than any record");
}

/// Where the list of a record ends. What comes after it says where the session was published: without that each file is
/// looked at.
fn end_of_list(record: &[u8]) -> usize {
    const HEADER: usize = 8;
    const AROUND: usize = 9;
    let mut at = HEADER;
    let mut end = 0;
    while at + AROUND <= record.len() {
        let len = u32::from_le_bytes(record[at + 1..at + 5].try_into().unwrap()) as usize;
        let is_list = record[at] == 3;
        at += AROUND + len;
        end = if is_list { at } else { end };
    }
    end
}

fn every_truncation_of_a_record_is_seen<V: Vfs + 'static>(world: &Fixture<V>) {
    let [_, newer] = two(world, &strict(SeedMode::Link));
    let content = record_of(world, newer);
    let unit = world.open();
    let end = end_of_list(&content);
    for len in 0..content.len() {
        forge(world, newer, &content[..len]);
        let found = inspect(&unit, newer, Scrutiny::Digests);
        match len {
            // That is how rustc leaves its own.
            0 => assert!(matches!(found, Inspection::Unrecorded), "{found:?}"),
            len if len >= end => assert!(matches!(found, Inspection::Sound(_)), "{found:?}"),
            _ => assert!(matches!(found, Inspection::Distrusted(_)), "{len}: {found:?}"),
        }
    }
    forge(world, newer, &content);
    assert!(matches!(
        inspect(&unit, newer, Scrutiny::Digests),
        Inspection::Sound(Sound { entries: 3, .. })
    ));
}

fn audited(audit: Audit) -> BeginOptions {
    strict(SeedMode::Link).audit(audit)
}

/// A program that truncates and rewrites reaches through the link into what was published.
fn writing_in_place_is_found_by_the_audit_at_publish<V: Vfs + 'static>(world: &Fixture<V>) {
    let [older, newer] = two(world, &strict(SeedMode::Link));
    let session = start(world, &audited(Audit::Attributes));
    world.overwrite(session.dir(), "a", "in place");
    let published = publish(session, Hash::new(3)).unwrap();
    let damaged: Vec<_> = published.audited.damaged.iter().map(|damaged| damaged.session).collect();
    assert_eq!(damaged, [newer, older], "both have the file");
    let why = published.audited.damaged[0].why.to_string().replace('\\', "/");
    assert!(why.contains(&format!("{newer}/a` has 8 bytes where 3 are recorded")), "{why}");
    assert!(published.audited.is_settled());
    // What the program wrote is its own, and whole: the next session starts from that.
    let next = start(world, &strict(SeedMode::Link));
    assert_eq!(next.report().source, Some(published.name));
    let found = inspect(&world.open(), published.name, Scrutiny::Attributes);
    assert!(matches!(found, Inspection::Sound(Sound { entries: 3, .. })), "{found:?}");
}

/// With the same length and the old time put back, only contents tell.
fn what_was_written_in_place_is_recorded_as_it_is_now<V: Vfs + 'static>(world: &Fixture<V>) {
    let options = audited(Audit::Digests).digests(true);
    let [_, newer] = two(world, &options);
    let session = start(world, &options);
    let before = world.vfs.stat(session.dir(), &name("a")).unwrap().mtime;
    world.overwrite(session.dir(), "a", "new");
    let file = world.vfs.open_file(session.dir(), &name("a"), Access::ReadWrite).unwrap();
    world.vfs.set_mtime(&file, before).unwrap();
    drop(file);
    let published = publish(session, Hash::new(3)).unwrap();
    assert!(published.audited.damaged.iter().any(|damaged| damaged.session == newer));
    let found = inspect(&world.open(), published.name, Scrutiny::Digests);
    assert!(matches!(found, Inspection::Sound(Sound { entries: 3, .. })), "{found:?}");
}

fn writing_in_place_is_found_by_the_audit_at_abandon<V: Vfs + 'static>(world: &Fixture<V>) {
    let [older, newer] = two(world, &strict(SeedMode::Link));
    let session = start(world, &audited(Audit::Digests));
    // Only the newer one has this file.
    world.overwrite(session.dir(), "c", "in place");
    let abandoned = abandon(session).unwrap();
    assert_eq!(abandoned.audited.damaged.len(), 1);
    assert_eq!(abandoned.audited.damaged[0].session, newer);
    assert_eq!(start(world, &strict(SeedMode::Link)).report().source, Some(older));
}

fn writing_in_place_harms_nothing_under_copy<V: Vfs + 'static>(world: &Fixture<V>) {
    let sessions = two(world, &strict(SeedMode::Copy));
    let options = strict(SeedMode::Copy).audit(Audit::Digests);
    let session = start(world, &options);
    world.overwrite(session.dir(), "a", "in place");
    assert!(publish(session, Hash::new(3)).unwrap().audited.damaged.is_empty());
    for session in sessions {
        let found = inspect(&world.open(), session, Scrutiny::Digests);
        assert!(matches!(found, Inspection::Sound(Sound { entries: 3, .. })), "{found:?}");
    }
}

fn what_a_killed_writer_wrote_in_place_is_found_by_the_next_begin<V: Vfs + 'static>(
    world: &Fixture<V>,
) {
    let sessions = two(world, &strict(SeedMode::Link));
    let session = start(world, &strict(SeedMode::Link));
    world.overwrite(session.dir(), "c", "in place");
    session.leave();
    abandon(falls_back(world, sessions)).unwrap();
}

fn what_a_killed_writer_wrote_in_place_is_found_by_the_collection<V: Vfs + 'static>(
    world: &Fixture<V>,
) {
    let [older, newer] = two(world, &strict(SeedMode::Link));
    let session = start(world, &strict(SeedMode::Link));
    world.overwrite(session.dir(), "c", "in place");
    session.leave();
    let report = world.collect(2);
    assert_eq!(report.damaged.len(), 1);
    assert_eq!(report.damaged[0].session, newer);
    assert_eq!(report.removed(), 1, "{report:?}");
    assert_eq!(start(world, &strict(SeedMode::Link)).report().source, Some(older));
}

/// It is the only witness.
fn a_dead_writers_session_stays_as_long_as_its_victim_is_in_use<V: Vfs + 'static>(
    world: &Fixture<V>,
) {
    let [_, newer] = two(world, &strict(SeedMode::Link));
    let session = start(world, &strict(SeedMode::Link));
    let dead = session.name();
    world.overwrite(session.dir(), "c", "in place");
    session.leave();
    let unit = world.open();
    let lock = name(EntryName::Lock(newer.key));
    let held = try_acquire(&world.vfs, unit.dir(), &lock, LockKind::Shared).unwrap();
    assert!(matches!(held, Acquire::Locked(_)));
    let report = world.collect(2);
    let fate = &report.disposals.iter().find(|outcome| outcome.entry == dead.into()).unwrap().fate;
    assert!(matches!(fate, Fate::Left(Why::Unaudited)), "{report:?}");
    drop(held);
    assert_eq!(world.collect(2).removed(), 1);
    assert!(!world.names().contains(&newer.to_string()));
}

fn a_quarantined_session_goes_after_a_time<V: Vfs + 'static>(world: &Fixture<V>) {
    let sessions = two(world, &strict(SeedMode::Link));
    replace(world, sessions[1], "c", "");
    world.vfs.set_boot_id(2);
    abandon(falls_back(world, sessions)).unwrap();
    world.collect(1);
    let quarantined = EntryName::Quarantined(sessions[1].key).to_string();
    assert!(world.names().contains(&quarantined));
    world.later(Duration::from_secs(8 * 24 * 60 * 60));
    let report = world.collect(1);
    assert_eq!(report.removed(), 1, "{report:?}");
    assert!(world.names().iter().all(|name| !name.starts_with("q-") && !name.starts_with("d-")));
}

fn a_failed_sync_fails_the_publish_and_keeps_the_session<V: Vfs + 'static>(world: &Fixture<V>) {
    for op in ["sync_file", "sync_dir"] {
        let options = strict(SeedMode::Link).durability(Durability::Consistent);
        let session = start(world, &options);
        world.write(session.dir(), "file", op);
        let working = session.name();
        world.vfs.hook(
            move |called, _| {
                if called == op { Err(ErrorKind::StorageFull.into()) } else { Ok(()) }
            },
        );
        let error = publish(session, Hash::new(1)).unwrap_err();
        world.vfs.unhook();
        let PublishError::NotPublished { session, source } = error else { panic!("{error}") };
        assert_eq!((source.kind(), session.name()), (ErrorKind::StorageFull, working));
        assert!(source.to_string().starts_with("cannot sync `"), "{source}");
        abandon(*session).unwrap();
        assert_eq!(world.names(), Vec::<String>::new());
    }
}

fn a_failed_sync_of_the_unit_says_what_is_published<V: Vfs + 'static>(world: &Fixture<V>) {
    let options = strict(SeedMode::Link).durability(Durability::Durable);
    let session = start(world, &options);
    let mut syncs = 0;
    world.vfs.hook(move |called, _| {
        syncs += u32::from(called == "sync_dir");
        if syncs == 2 { Err(ErrorKind::Other.into()) } else { Ok(()) }
    });
    let error = publish(session, Hash::new(1)).unwrap_err();
    world.vfs.unhook();
    let PublishError::NotDurable { published, .. } = &error else { panic!("{error}") };
    assert!(world.names().contains(&published.name.to_string()));
    assert!(error.to_string().contains("is published"), "{error}");
}

/// No sync more than a level needs: files that were synced before are not synced again.
#[test]
fn levels_sync_what_changed_and_no_more() {
    memory(|world| {
        let syncs = |world: &Fixture<incrdir_vfs::MemVfs>, options: &BeginOptions, file: &str| {
            let session = start(world, options);
            world.write(session.dir(), file, "content");
            world.vfs.take_calls();
            publish(session, Hash::new(1)).unwrap();
            let calls = world.vfs.take_calls();
            let count = |op| calls.iter().filter(|call| **call == op).count();
            (count("sync_file"), count("sync_dir"))
        };
        let level = |durability| strict(SeedMode::Link).durability(durability);
        assert_eq!(syncs(world, &level(Durability::Detect), "a"), (0, 0));
        // Two files, one of them inherited from a session that synced nothing, and the record.
        assert_eq!(syncs(world, &level(Durability::Consistent), "b"), (3, 1));
        assert_eq!(syncs(world, &level(Durability::Consistent), "c"), (2, 1));
        assert_eq!(syncs(world, &level(Durability::Durable), "c"), (2, 2));
        let recycled = recycling().durability(Durability::Durable);
        assert_eq!(syncs(world, &recycled, "c"), (2, 2));
    });
}

/// A file system that gives files other numbers after each start: nothing but digests tells there.
#[test]
fn where_ids_mean_nothing_only_digests_count() {
    for digests in [false, true] {
        let scenario = |world: &Fixture<incrdir_vfs::MemVfs>| {
            let options = strict(SeedMode::Copy).digests(digests);
            let [_, newer] = two(world, &options);
            world.vfs.set_boot_id(2);
            let session = start(world, &options);
            let report = session.report();
            assert_eq!(report.source, digests.then_some(newer), "{report:?}");
            if !digests {
                let Rejection::Untrusted { why, quarantine: None } = &report.rejected[0].why else {
                    panic!("{report:?}")
                };
                assert!(matches!(**why, Distrust::Unknowable { .. }), "{why}");
            }
        };
        in_memory(Profile::fat(), scenario);
    }
}

/// Files that are copied are not copied again if the spare has them: with clocks that can be relied on by
/// their ctime, else by digest.
#[test]
fn copies_are_recycled() {
    fn scenario<V: Vfs + 'static>(world: &Fixture<V>, digests: bool) {
        let recycle = NonZeroUsize::new(1);
        let options = strict(SeedMode::Copy).retention(recycling_after(recycle)).digests(digests);
        let [older, _] = two(world, &options);
        let mut sessions = vec![older];
        for round in ["first", "second", "third"] {
            let session = start(world, &options);
            world.write(session.dir(), "b", round);
            // Else everything was written within one step of the clock before it was recorded.
            world.vfs.pause(Duration::from_millis(50));
            sessions.push(publish(session, Hash::new(3)).unwrap().name);
        }
        let session = start(world, &options);
        let report = session.report();
        let (spare, source) = (sessions[2], sessions[3]);
        assert_eq!((report.source, report.recycled), (Some(source), Some(spare)), "{report:?}");
        let seeded = &report.seeded;
        assert_eq!((seeded.recycled, seeded.copied), (2, 1), "{seeded:?}");
        assert_eq!(world.tree(session.dir()), world.session_tree(source));
        // And nobody else has a name for any of it.
        for entry in world.vfs.list(session.dir()).unwrap() {
            let links = world.vfs.stat(session.dir(), &entry.unwrap().name).unwrap().links;
            assert_eq!(links, 1);
        }
    }
    memory(|world| scenario(world, false));
    real(|world| scenario(world, false));
    fat(|world| scenario(world, true));
}

/// Lists hold whatever the system takes for a name.
#[cfg(unix)]
#[test]
fn names_that_are_no_text_are_seeded_and_recycled() {
    fn scenario<V: Vfs + 'static>(world: &Fixture<V>) {
        let odd = incrdir_vfs::Name::from_encoded_bytes(b"\xff\xfe").unwrap();
        let session = start(world, &strict(SeedMode::None));
        let file = create(&world.vfs, session.dir(), &odd).unwrap();
        world.vfs.write_at(&file, 0, b"odd").unwrap();
        drop(file);
        publish(session, Hash::new(1)).map_err(|error| error.to_string()).unwrap();
        for options in [strict(SeedMode::Link), strict(SeedMode::Copy), recycling()] {
            let session = start(world, &options);
            assert!(session.report().source.is_some(), "{:?}", session.report());
            assert_eq!(world.vfs.stat(session.dir(), &odd).unwrap().len, 3);
            publish(session, Hash::new(2)).map_err(|error| error.to_string()).unwrap();
        }
    }
    memory(scenario);
    // macOS has only names that are text.
    #[cfg(not(target_vendor = "apple"))]
    real(scenario);
}

/// A copy in the spare that somebody touched after it had been recorded is copied again.
#[test]
fn a_touched_copy_is_not_recycled() {
    memory(|world| {
        let options = strict(SeedMode::Copy).retention(keep(2));
        let [older, _] = two(world, &options);
        world.vfs.pause(Duration::from_millis(50));
        abandon(start(world, &options.clone().retention(anew()))).unwrap();
        let dir = dir_of(world, older);
        let file = world.vfs.open_file(&dir, &name("a"), Access::ReadWrite).unwrap();
        let mtime = world.vfs.stat_file(&file).unwrap().mtime;
        world.vfs.write_at(&file, 0, b"ONE").unwrap();
        world.vfs.set_mtime(&file, mtime).unwrap();
        drop((file, dir));
        let session = start(world, &options);
        assert_eq!(session.report().recycled, Some(older));
        let content = incrdir_sim::trees::content(&world.vfs, session.dir(), &name("a")).unwrap();
        assert_eq!(content, b"one");
    });
}

/// A file that is removed and made again may be given the same number once the source has been collected:
/// by its number alone it would pass for the source's, with a length and a time that are not its own. Found
/// by a storm of processes; the memory never gives a number twice.
#[test]
fn a_file_number_that_is_given_again_is_not_taken_for_the_old_file() {
    real(|world| {
        let [_, newer] = two(world, &strict(SeedMode::Link));
        let session = start(world, &strict(SeedMode::Link));
        assert_eq!(session.report().source, Some(newer));
        let other = start(world, &strict(SeedMode::Link).seed(SeedMode::None));
        publish(other, Hash::new(9)).unwrap();
        world.collect(1);
        for (file, _) in FILES {
            world.vfs.remove_file(session.dir(), &name(file)).unwrap();
        }
        for (file, _) in FILES.iter().rev() {
            world.write(session.dir(), file, "of another length");
        }
        let published = publish(session, Hash::new(3)).unwrap();
        let found = inspect(&world.open(), published.name, Scrutiny::Attributes);
        assert!(matches!(found, Inspection::Sound(Sound { entries: 3, .. })), "{found:?}");
    });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    /// Whatever happens to the bytes of a record, it is either the same record or not trusted.
    #[test]
    fn a_damaged_record_is_never_trusted(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let scenario = |world: &Fixture<incrdir_vfs::MemVfs>| {
            let options = strict(SeedMode::Link).digests(true);
            let [_, newer] = two(world, &options);
            let whole = record_of(world, newer);
            let mut content = whole.clone();
            for (at, byte) in &changes {
                content[at.index(whole.len())] = *byte;
            }
            forge(world, newer, &content);
            let found = inspect(&world.open(), newer, Scrutiny::Digests);
            let end = end_of_list(&whole);
            if content[..end] != whole[..end] {
                // What comes after the list is not needed for it.
                assert!(!matches!(found, Inspection::Sound(_)), "{found:?}");
            }
        };
        in_memory(Profile::posix(), scenario);
    }

    /// Nor does a record make anything panic that is changed and has its checksums put right.
    #[test]
    fn a_forged_record_does_not_panic(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        forges_source in any::<bool>(),
        seed in prop_oneof![Just(SeedMode::Link), Just(SeedMode::Copy)],
    ) {
        let scenario = |world: &Fixture<incrdir_vfs::MemVfs>| {
            let options = strict(seed).digests(true).retention(keep(2));
            let [older, newer] = two(world, &options);
            let forged = if forges_source { newer } else { older };
            let mut content = record_of(world, forged);
            for (at, byte) in &changes {
                let at = at.index(content.len());
                content[at] = *byte;
            }
            reseal(&mut content);
            forge(world, forged, &content);
            let _ = inspect(&world.open(), forged, Scrutiny::Digests);
            let session = start(world, &options);
            let _ = publish(session, Hash::new(3));
        };
        in_memory(Profile::posix(), scenario);
    }
}
