//! What a session may cost: calls on the file system, counted at the door of the in-memory back end.
//! `cargo xtask syscalls` sees the same on a real one.

use incrdir_gc::{Mode, collect};
use incrdir_naming::{Hash, UnitName};
use incrdir_session::{SeedMode, Unit, begin, publish};
use incrdir_sim::fixture::{create, name};
use incrdir_sim::usual::{keep, options, policy};
use incrdir_vfs::{MemDisk, MemVfs, OpKind, Profile, Vfs};

/// Over and above one for each file.
const BUDGET: u64 = 60;
/// Seven to make it, three to list it for the record.
const PER_DIRECTORY: u64 = 10;

struct Cache {
    disk: MemDisk,
    vfs: MemVfs,
    unit: UnitName,
}

fn cache(files: usize, directories: usize) -> Cache {
    let disk = MemDisk::new(Profile::posix());
    let vfs = disk.process();
    let cache = Cache { disk, vfs, unit: UnitName::new("unit", 1).unwrap() };
    let (vfs, root) = (&cache.vfs, cache.vfs.root());
    let session = begin(vfs, &root, &cache.unit, &options(SeedMode::None)).unwrap();
    for number in 0..files {
        drop(create(vfs, session.dir(), &name(number)).unwrap());
    }
    for number in 0..directories {
        let below = name(format!("dir-{number}"));
        vfs.create_dir(session.dir(), &below).unwrap();
        let below = vfs.open_dir(session.dir(), &below).unwrap();
        drop(create(vfs, &below, &name("file")).unwrap());
    }
    publish(session, Hash::new(0)).unwrap();
    cache
}

/// Calls of begin, publish and a collection that finds nothing to do.
fn session(cache: &Cache) -> incrdir_vfs::CallCounts {
    let (vfs, root) = (&cache.vfs, cache.vfs.root());
    let before = cache.disk.calls();
    let session = begin(vfs, &root, &cache.unit, &options(SeedMode::Link)).unwrap();
    publish(session, Hash::new(0)).unwrap();
    let unit = Unit::open(vfs, &root, &cache.unit).unwrap().unwrap();
    assert_eq!(collect(&unit, &policy(2), Mode::Collect).unwrap().removed(), 0);
    cache.disk.calls() - before
}

#[test]
fn a_session_takes_one_call_a_file_and_a_few_more() {
    for (files, directories) in [(0, 0), (1, 0), (1000, 0), (10, 20)] {
        let calls = session(&cache(files, directories));
        let linked = (files + directories) as u64;
        let allowed = linked + BUDGET + PER_DIRECTORY * directories as u64;
        assert!(calls.total() <= allowed, "{} of {allowed}: {calls:?}", calls.total());
        assert_eq!(calls[OpKind::HardLink], linked);
        assert_eq!(calls[OpKind::RenameNew], 2, "the lock file's birth and the publication");
        assert_eq!(
            calls[OpKind::SyncFile] + calls[OpKind::SyncDir],
            0,
            "nothing asked for durability"
        );
    }
}

/// What a session takes that is made out of the spare: nothing for a file that did not change; of one that did, a look
/// at the source, the removal and the link. One of the others looks for a pin of the spare.
#[test]
fn a_recycled_session_takes_three_calls_a_changed_file_and_a_few_more() {
    const RECYCLING: u64 = 34;
    for (files, changed) in [(0, 0), (1000, 0), (1000, 10)] {
        let cache = cache(files, 0);
        let (vfs, root) = (&cache.vfs, cache.vfs.root());
        let options = options(SeedMode::Link).retention(keep(2));
        let mut calls = cache.disk.calls();
        for round in 0..3 {
            let before = cache.disk.calls();
            let session = begin(vfs, &root, &cache.unit, &options).unwrap();
            calls = cache.disk.calls() - before;
            for number in 0..changed {
                drop(create(vfs, session.dir(), &name(number)).unwrap());
            }
            let before = cache.disk.calls();
            assert_eq!(session.report().recycled.is_some(), round > 0, "{:?}", session.report());
            publish(session, Hash::new(0)).unwrap();
            let publishing = cache.disk.calls() - before;
            // One look at each file that was replaced, and what does not depend on their number: the list of the session and
            // of the unit, its place before, its name before and after, its source, the list and the seal.
            assert!(publishing.total() <= changed as u64 + 10, "{publishing:?}");
            assert_eq!(publishing[OpKind::SyncFile] + publishing[OpKind::SyncDir], 0);
        }
        let allowed = 3 * changed as u64 + RECYCLING;
        assert!(calls.total() <= allowed, "{} of {allowed}: {calls:?}", calls.total());
        assert_eq!(calls[OpKind::HardLink], changed as u64, "{calls:?}");
    }
}

#[test]
fn a_session_leaves_no_descriptor_open_and_no_file_behind() {
    let cache = cache(10, 2);
    let (vfs, root) = (&cache.vfs, cache.vfs.root());
    let before = (cache.disk.open_handles(), cache.disk.inode_count(), cache.disk.bytes());
    for seed in [SeedMode::Link, SeedMode::Copy, SeedMode::None] {
        let session = begin(vfs, &root, &cache.unit, &options(seed)).unwrap();
        incrdir_session::abandon(session).unwrap();
        let after = (cache.disk.open_handles(), cache.disk.inode_count(), cache.disk.bytes());
        assert_eq!(after, before, "{seed:?}");
    }
}
