//! Nothing grows: neither what is on the disk nor what is open, however many sessions there are and whoever
//! else publishes meanwhile.
#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "it looks at the real disk from outside")]
use std::path::Path;
use std::sync::Barrier;

use incrdir_gc::{Mode, collect};
use incrdir_naming::{Hash, UnitName};
use incrdir_session::{BeginOptions, SeedMode, Unit, begin, publish};
use incrdir_sim::fixture::{create, name};
use incrdir_sim::usual::{keep, options, policy, recycling};
use incrdir_vfs::{CapVfs, MemDisk, Profile, Vfs};

const FILES: u32 = 20;

/// A session that replaces one file, and a collection.
fn session<V: Vfs>(vfs: &V, root: &V::Dir, options: &BeginOptions, round: u32) {
    let unit = UnitName::new("unit", 7).unwrap();
    let session = begin(vfs, root, &unit, options).unwrap();
    let is_cold = session.report().source.is_none();
    for number in 0..FILES {
        if is_cold || number == round % FILES {
            let file = create(vfs, session.dir(), &name(number)).unwrap();
            vfs.write_at(&file, 0, format!("{round:08}").as_bytes()).unwrap();
        }
    }
    publish(session, Hash::new(0)).map_err(|error| error.to_string()).unwrap();
    let unit = Unit::open(vfs, root, &unit).unwrap().unwrap();
    let report = collect(&unit, &policy(2), Mode::Collect).unwrap();
    assert_eq!(report.failures().count(), 0, "{report:?}");
}

#[test]
fn a_thousand_sessions_leave_what_ten_do() {
    let copies = options(SeedMode::Copy).retention(keep(2));
    for options in [recycling(), options(SeedMode::Link), copies] {
        let disk = MemDisk::new(Profile::posix());
        let vfs = disk.process();
        let root = vfs.root();
        let mut after_ten = None;
        for round in 0..1000 {
            session(&vfs, &root, &options, round);
            let now = (disk.inode_count(), disk.open_handles(), disk.bytes());
            if round >= 10 {
                assert_eq!(
                    *after_ten.get_or_insert(now),
                    now,
                    "{:?} in round {round}",
                    options.seed
                );
            }
        }
    }
}

/// Names and bytes below a directory, and the greatest number of names of one file.
fn usage(dir: &Path) -> (usize, u64, u64) {
    use std::os::unix::fs::MetadataExt;
    let mut total = (0, 0, 0);
    for entry in std::fs::read_dir(dir).unwrap() {
        let entry = entry.unwrap();
        let metadata = entry.metadata().unwrap();
        total.0 += 1;
        if metadata.is_dir() {
            let (names, bytes, links) = usage(&entry.path());
            total = (total.0 + names, total.1 + bytes, total.2.max(links));
        } else {
            total = (total.0, total.1 + metadata.len(), total.2.max(metadata.nlink()));
        }
    }
    total
}

fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count)
}

#[test]
fn eight_writers_at_once_leave_what_one_does() {
    const ROUNDS: u32 = 125;
    let tmp = tempfile::tempdir().unwrap();
    let (vfs, root) = CapVfs::open_ambient_dir(tmp.path()).unwrap();
    for round in 0..5 {
        session(&vfs, &root, &recycling(), round);
    }
    let (before, open) = (usage(tmp.path()), descriptors());
    let barrier = Barrier::new(8);
    std::thread::scope(|scope| {
        for writer in 0..8 {
            let (barrier, dir) = (&barrier, tmp.path());
            scope.spawn(move || {
                let (vfs, root) = CapVfs::open_ambient_dir(dir).unwrap();
                barrier.wait();
                for round in 0..ROUNDS {
                    session(&vfs, &root, &recycling(), writer * ROUNDS + round);
                }
            });
        }
    });
    // What one of them left to the next collection, because somebody else had it.
    session(&vfs, &root, &recycling(), 0);
    let after = usage(tmp.path());
    assert_eq!((after.0, after.2), (before.0, before.2), "names, and names of one file");
    // The records differ in a few bytes: some files were synced into them by other sessions.
    assert!(after.1 < before.1 + before.1 / 4, "{after:?} {before:?}");
    assert_eq!(descriptors(), open);
}
