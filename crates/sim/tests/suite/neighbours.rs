//! Others who reach the same cache: through another mount, from another namespace, with a lock of something else. Nobody
//! alive is harmed, and nothing dead stays for ever.
use std::time::Duration;

use incrdir_gc::{Collected, Fate, Mode, Why, collect};
use incrdir_lockfs::{Acquire, try_acquire};
use incrdir_naming::{EntryName, Hash, UnitName};
use incrdir_session::{
    Condemned, Liveness, SeedMode, Unit, Working, abandon, begin, condemn, condemn_quarantined,
    liveness, publish, read_record, vfs_name,
};
use incrdir_sim::fixture::{create, name};
use incrdir_sim::usual::{options, policy};
use incrdir_vfs::{LockKind, Locks, MemDisk, MemVfs, OpKind, Profile, Vfs};

fn unit_name() -> UnitName {
    UnitName::new("unit", 7).unwrap()
}

fn begins(vfs: &MemVfs, seed: SeedMode) -> Working<MemVfs> {
    begin(vfs, &vfs.root(), &unit_name(), &options(seed)).unwrap()
}

fn opened(vfs: &MemVfs) -> Unit<MemVfs> {
    Unit::open(vfs, &vfs.root(), &unit_name()).unwrap().unwrap()
}

fn collects(vfs: &MemVfs) -> Collected {
    collect(&opened(vfs), &policy(2), Mode::Collect).unwrap()
}

/// Why each thing was removed, kept or left.
fn fates(report: &Collected) -> Vec<Option<Why>> {
    let why = |fate: &Fate| match fate {
        Fate::Removed(why) | Fate::Kept(why) | Fate::Left(why) => Some(*why),
        Fate::Failed(_) => None,
    };
    report.disposals.iter().map(|outcome| why(&outcome.fate)).collect()
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

const DAY: Duration = Duration::from_secs(24 * 3600);

/// Locks that exclude nobody, as those of another mount.
fn lying() -> MemDisk {
    MemDisk::new(Profile::posix().locks(Locks::AlwaysGranted))
}

/// What everybody who asks is told of a writer whose lock is free.
fn told(vfs: &MemVfs, session: &Working<MemVfs>) -> Liveness {
    let unit = opened(vfs);
    let lock = vfs_name(EntryName::Lock(session.name().key));
    let Acquire::Locked(lock) = try_acquire(vfs, unit.dir(), &lock, LockKind::Shared).unwrap()
    else {
        panic!("its lock is not free")
    };
    liveness(&unit, &lock, &read_record(&lock).unwrap(), &unit.fs_info().unwrap(), DAY).unwrap()
}

/// Two containers have two mounts of one volume. The process that the record names is not there, in the collector's
/// namespace: the session was deleted at once, and its work lost.
#[test]
fn a_writer_in_another_namespace_is_spared_for_a_day() {
    for seen_from_outside in [false, true] {
        let disk = lying();
        let (inner, outer) = (disk.process_in(7), disk.process());
        let (writer, collector) = if seen_from_outside { (inner, outer) } else { (outer, inner) };
        let session = begins(&writer, SeedMode::Link);
        drop(create(&writer, session.dir(), &name("file")).unwrap());
        assert_eq!(told(&collector, &session), Liveness::Unknown);
        assert_eq!(fates(&collects(&collector)), [Some(Why::Doubtful)]);
        disk.kill(&writer);
        assert_eq!(fates(&collects(&collector)), [Some(Why::Doubtful)]);
        disk.advance(DAY + Duration::from_secs(3600));
        assert_eq!(told(&collector, &session), Liveness::Dead);
        assert_eq!(fates(&collects(&collector)), [Some(Why::DeadWriter)]);
    }
}

/// The id of a dead writer is given to something that runs for ever, and its session stayed as long.
#[test]
fn a_process_that_was_given_the_id_of_the_writer_is_not_the_writer() {
    let disk = lying();
    let (writer, collector) = (disk.process(), disk.process());
    let session = begins(&writer, SeedMode::Link);
    disk.kill(&writer);
    let server = disk.process_after(&writer);
    assert_eq!(server.process().pid, writer_pid(&collector, &session));
    assert_eq!(told(&collector, &session), Liveness::Dead);
    assert_eq!(fates(&collects(&collector)), [Some(Why::DeadWriter)]);
}

fn writer_pid(vfs: &MemVfs, session: &Working<MemVfs>) -> u32 {
    let unit = opened(vfs);
    let lock = vfs_name(EntryName::Lock(session.name().key));
    let Acquire::Locked(lock) = try_acquire(vfs, unit.dir(), &lock, LockKind::Shared).unwrap()
    else {
        panic!("its lock is not free")
    };
    incrdir_session::read_record(&lock).unwrap().head.unwrap().process.pid
}

/// Records of before, and of systems that do not tell: who has the number may be the writer, and if nobody has it, the
/// writer may have it in another namespace.
#[test]
fn where_namespaces_are_not_known_no_number_proves_a_death() {
    let disk = lying();
    let (writer, collector) = (disk.process(), disk.process());
    disk.set_tells_processes(false);
    let session = begins(&writer, SeedMode::Link);
    for tells in [false, true] {
        disk.set_tells_processes(tells);
        assert_eq!(told(&collector, &session), Liveness::Alive);
    }
    disk.kill(&writer);
    for tells in [false, true] {
        disk.set_tells_processes(tells);
        assert_eq!(told(&collector, &session), Liveness::Unknown);
        assert_eq!(fates(&collects(&collector)), [Some(Why::Doubtful)]);
    }
    // One whose record says more than can be told now is not known either.
    let known = begins(&collector, SeedMode::Link);
    disk.set_tells_processes(false);
    assert_eq!(told(&disk.process(), &known), Liveness::Unknown);
    disk.advance(DAY + Duration::from_secs(3600));
    let report = collects(&disk.process());
    assert!(fates(&report).contains(&Some(Why::DeadWriter)), "{report:?}");
}

/// The program that `run` runs closes what it inherits, as `sudo`, `ssh` and servers do; then `run` is killed. The session
/// was deleted under the program, also where locks can be relied on.
#[test]
fn a_session_lives_as_long_as_a_process_that_was_noted() {
    for disk in [MemDisk::new(Profile::posix()), lying()] {
        let (writer, program, collector) = (disk.process(), disk.process(), disk.process());
        let mut session = begins(&writer, SeedMode::Link);
        session.note_child(program.process().pid).unwrap();
        drop(create(&writer, session.dir(), &name("file")).unwrap());
        disk.kill(&writer);
        assert_eq!(told(&collector, &session), Liveness::Alive);
        for _ in 0..2 {
            assert_eq!(fates(&collects(&collector)), [Some(Why::Doubtful)]);
            disk.advance(DAY + Duration::from_secs(3600));
        }
        disk.kill(&program);
        // Whoever is given its number is not it.
        let _other = disk.process_after(&program);
        assert_eq!(told(&collector, &session), Liveness::Dead);
        assert_eq!(fates(&collects(&collector)), [Some(Why::DeadWriter)]);
    }
}

/// One that cannot be asked for is spared for a day, unless the machine was started again and nobody else's kernel has this
/// file system.
#[test]
fn a_noted_process_in_another_namespace_is_spared_for_a_day() {
    for is_started_again in [false, true] {
        let disk = MemDisk::new(Profile::posix());
        let writer = disk.process_in(7);
        let program = disk.process_in(7);
        let mut session = begins(&writer, SeedMode::Link);
        session.note_child(program.process().pid).unwrap();
        disk.kill(&writer);
        let expected = if is_started_again { Liveness::Dead } else { Liveness::Unknown };
        if is_started_again {
            disk.set_boot_id(Some(2));
        }
        assert_eq!(told(&disk.process(), &session), expected);
    }
}

/// A published session was compared with its record at every begin as long as a live writer had a free lock.
#[test]
fn who_is_alive_is_not_audited() {
    let disk = lying();
    let (writer, other) = (disk.process(), disk.process());
    let session = begins(&writer, SeedMode::Link);
    drop(create(&writer, session.dir(), &name("file")).unwrap());
    publishes(session);
    let session = begins(&writer, SeedMode::Link);
    let looks = |seed| {
        let before = disk.calls()[OpKind::Stat];
        let session = begins(&other, seed);
        abandon(session).unwrap();
        disk.calls()[OpKind::Stat] - before
    };
    let while_alive = looks(SeedMode::Copy);
    disk.kill(&writer);
    session.leave();
    assert!(looks(SeedMode::Copy) > while_alive, "{while_alive}");
}
