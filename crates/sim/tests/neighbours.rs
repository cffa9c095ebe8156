//! Others who reach the same cache: through another mount, from another namespace, with a lock of something else. Nobody
//! alive is harmed, and nothing dead stays for ever.

use incrdir_gc::{Fate, Mode, Report, Why, collect};
use incrdir_lockfs::{Acquire, try_acquire};
use incrdir_naming::{EntryName, Hash, UnitName};
use incrdir_session::{
    Condemned, SeedMode, Unit, Working, begin, condemn, condemn_quarantined, create, publish,
    vfs_name,
};
use incrdir_sim::worlds::{name, options, policy};
use incrdir_vfs::{LockKind, MemDisk, MemVfs, Profile, Vfs};

fn unit_name() -> UnitName {
    UnitName::new("unit", 7).unwrap()
}

fn begins(vfs: &MemVfs, seed: SeedMode) -> Working<MemVfs> {
    begin(vfs, &vfs.root(), &unit_name(), &options(seed)).unwrap()
}

fn opened(vfs: &MemVfs) -> Unit<MemVfs> {
    Unit::open(vfs, &vfs.root(), &unit_name()).unwrap().unwrap()
}

fn collects(vfs: &MemVfs) -> Report {
    collect(&opened(vfs), &policy(2), Mode::Collect).unwrap()
}

/// Why each thing was removed, kept or left.
fn fates(report: &Report) -> Vec<Option<Why>> {
    let why = |fate: &Fate| match fate {
        Fate::Removed(why) | Fate::Kept(why) | Fate::Left(why) => Some(*why),
        Fate::Failed(_) => None,
    };
    report.outcomes.iter().map(|outcome| why(&outcome.fate)).collect()
}

fn publishes(session: Working<MemVfs>) {
    publish(session, Hash::new(1)).map_err(|error| error.to_string()).unwrap();
}

fn names(vfs: &MemVfs) -> Vec<String> {
    let unit = opened(vfs);
    let entries = vfs.list(unit.dir()).unwrap();
    let mut names: Vec<_> =
        entries.into_iter().map(|entry| entry.unwrap().name.to_string()).collect();
    names.sort();
    names
}

/// Over FUSE, two names of a file may be two files to the kernel. A lock file that was born by a link had a lock that kept
/// nobody out (bindfs), or could not be told to be the one that was made: eight attempts, eight lock files (sshfs).
#[test]
fn whoever_opens_the_name_of_a_new_lock_file_finds_it_held() {
    let disk = MemDisk::new(Profile::fuse());
    let (writer, other) = (disk.process(), disk.process());
    for seed in [SeedMode::Link, SeedMode::Copy, SeedMode::Auto] {
        let session = begins(&writer, seed);
        assert_eq!(session.report().attempts, 1);
        drop(create(&writer, session.dir(), &name("file")).unwrap());
        let unit = opened(&other);
        let lock = vfs_name(EntryName::Lock(session.name().key));
        for kind in [LockKind::Shared, LockKind::Exclusive] {
            let found = try_acquire(&other, unit.dir(), &lock, kind).unwrap();
            assert!(matches!(found, Acquire::Busy), "{found:?}");
        }
        let report = collects(&other);
        assert!(fates(&report).contains(&Some(Why::InUse)), "{report:?}");
        publishes(session);
    }
    collects(&other);
    let left = names(&other);
    assert_eq!(left.len(), 4, "two sessions and their lock files: {left:?}");
}

/// Any exclusive lock, of a file that nobody uses, took a live session away, and its publication failed.
#[test]
fn only_its_own_lock_condemns_a_session() {
    let disk = MemDisk::new(Profile::posix());
    let (writer, other) = (disk.process(), disk.process());
    let session = begins(&writer, SeedMode::Link);
    drop(create(&writer, session.dir(), &name("file")).unwrap());
    let unit = opened(&other);
    drop(other.create_file(unit.dir(), &name("anything")).unwrap());
    let anything = || match try_acquire(&other, unit.dir(), &name("anything"), LockKind::Exclusive)
    {
        Ok(Acquire::Locked(lock)) => lock,
        other => panic!("{other:?}"),
    };
    let condemned = condemn(&unit, session.name(), anything()).unwrap();
    assert!(matches!(condemned, Condemned::NotLocked), "{condemned:?}");
    let key = session.name().key;
    publishes(session);

    // Nor is one that is quarantined taken from whoever looks at it.
    drop(other.create_file(unit.dir(), &vfs_name(EntryName::QuarantineLock(key))).unwrap());
    other.create_dir(unit.dir(), &vfs_name(EntryName::Quarantined(key))).unwrap();
    for lock in [None, Some(anything())] {
        let condemned = condemn_quarantined(&unit, key, lock).unwrap();
        assert!(matches!(condemned, Condemned::NotLocked), "{condemned:?}");
    }
}
