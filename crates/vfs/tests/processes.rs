//! What several processes on one disk in memory see of each other.

#![cfg(feature = "mem")]

use std::io::ErrorKind;
use std::time::Duration;

use incrdir_vfs::{
    Access, LockKind, MemDisk, MemFile, MemVfs, Name, OpKind, Profile, Space, Ticks, TryLock, Vfs,
};

fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

fn open(vfs: &MemVfs) -> MemFile {
    vfs.open_file(&vfs.root(), &name("lock"), Access::ReadWrite).unwrap()
}

#[test]
fn a_killed_process_loses_its_locks_and_can_do_nothing_more() {
    let disk = MemDisk::new(Profile::posix());
    let (victim, other) = (disk.process(), disk.process());
    let root = victim.root();
    let file = victim.create_file(&root, &name("lock")).unwrap();
    assert_eq!(victim.try_lock(&file, LockKind::Exclusive).unwrap(), TryLock::Locked);
    let theirs = open(&other);
    assert_eq!(other.try_lock(&theirs, LockKind::Shared).unwrap(), TryLock::Busy);

    disk.kill(&victim);
    assert_eq!(other.try_lock(&theirs, LockKind::Shared).unwrap(), TryLock::Locked);
    assert!(victim.write_at(&file, 0, b"late").is_err());
    assert!(victim.create_dir(&root, &name("late")).is_err());
    assert_eq!(other.list(&other.root()).unwrap().len(), 1);
    // Its handles are dropped when its code returns, and close nobody else's.
    drop((file, root));
    assert_eq!(disk.open_handles(), 1);
}

#[test]
fn a_child_that_inherited_an_open_file_keeps_its_lock() {
    let disk = MemDisk::new(Profile::posix());
    let (parent, child, other) = (disk.process(), disk.process(), disk.process());
    let file = parent.create_file(&parent.root(), &name("lock")).unwrap();
    assert_eq!(parent.try_lock(&file, LockKind::Exclusive).unwrap(), TryLock::Locked);
    let inherited = child.inherit(&file);
    disk.kill(&parent);
    let theirs = open(&other);
    assert_eq!(other.try_lock(&theirs, LockKind::Exclusive).unwrap(), TryLock::Busy);
    drop(inherited);
    assert_eq!(other.try_lock(&theirs, LockKind::Exclusive).unwrap(), TryLock::Locked);
}

#[test]
fn unlocking_releases_for_those_who_inherited_too() {
    let disk = MemDisk::new(Profile::posix());
    let (parent, child, other) = (disk.process(), disk.process(), disk.process());
    let file = parent.create_file(&parent.root(), &name("lock")).unwrap();
    assert_eq!(parent.try_lock(&file, LockKind::Exclusive).unwrap(), TryLock::Locked);
    let _inherited = child.inherit(&file);
    parent.unlock(&file).unwrap();
    assert_eq!(other.try_lock(&open(&other), LockKind::Exclusive).unwrap(), TryLock::Locked);
}

#[test]
fn a_disk_is_full_by_arithmetic() {
    let disk = MemDisk::new(Profile::posix().capacity(10));
    let vfs = disk.process();
    let root = vfs.root();
    let a = vfs.create_file(&root, &name("a")).unwrap();
    let b = vfs.create_file(&root, &name("b")).unwrap();
    vfs.write_at(&a, 0, &[1; 6]).unwrap();
    assert_eq!(vfs.copy(&a, &b).unwrap_err().kind(), ErrorKind::StorageFull);
    vfs.write_at(&b, 0, &[2; 4]).unwrap();
    assert_eq!(vfs.write_at(&b, 4, &[2]).unwrap_err().kind(), ErrorKind::StorageFull);
    vfs.write_at(&a, 0, &[3; 6]).expect("in place there is room");
    // A file without a name takes room until it is closed.
    vfs.remove_file(&root, &name("a")).unwrap();
    assert_eq!(disk.bytes(), 10);
    drop(a);
    assert_eq!(disk.bytes(), 4);
    vfs.write_at(&b, 4, &[2; 6]).unwrap();
}

#[test]
fn the_number_of_files_is_limited() {
    let disk = MemDisk::new(Profile::posix());
    let vfs = disk.process();
    let root = vfs.root();
    assert_eq!(vfs.space(&root).unwrap().available_inodes, None, "no limit");
    disk.set_max_inodes(2);
    vfs.create_file(&root, &name("a")).unwrap();
    assert_eq!(vfs.space(&root).unwrap().available_inodes, Some(0));
    let full = ErrorKind::StorageFull;
    assert_eq!(vfs.create_file(&root, &name("b")).unwrap_err().kind(), full);
    assert_eq!(vfs.create_dir(&root, &name("b")).unwrap_err().kind(), full);
    assert_eq!(vfs.symlink(&"a".into(), &root, &name("b")).unwrap_err().kind(), full);
    vfs.hard_link(&root, &name("a"), &root, &name("b")).expect("it needs no inode");
}

#[test]
fn room_is_what_the_disk_holds_without_what_is_on_it() {
    let disk = MemDisk::new(Profile::posix());
    let vfs = disk.process();
    let root = vfs.root();
    assert_eq!(vfs.space(&root).unwrap().available_bytes, u64::MAX, "unlimited");
    disk.set_capacity(10);
    let file = vfs.create_file(&root, &name("a")).unwrap();
    vfs.write_at(&file, 0, &[1; 6]).unwrap();
    assert_eq!(vfs.space(&root).unwrap(), Space::new(10, 4));
    disk.set_capacity(5);
    assert_eq!(vfs.space(&root).unwrap(), Space::new(5, 0), "others have filled it");
    assert_eq!(vfs.write_at(&file, 6, &[1]).unwrap_err().kind(), ErrorKind::StorageFull);
}

#[test]
fn descriptors_are_limited_per_process() {
    let disk = MemDisk::new(Profile::posix().fd_limit(2));
    let (first, second) = (disk.process(), disk.process());
    let root = first.root();
    let file = first.create_file(&root, &name("a")).unwrap();
    let error = first.create_file(&root, &name("b")).unwrap_err();
    assert_eq!(error.to_string(), "too many open files");
    assert_eq!(disk.inode_count(), 2, "nothing was made");
    drop(second.root());
    drop(file);
    first.create_file(&root, &name("b")).unwrap();
}

#[test]
fn a_read_only_disk_can_be_read_and_locked() {
    let disk = MemDisk::new(Profile::posix().read_only(true));
    let vfs = disk.process();
    let made = vfs.create_dir(&vfs.root(), &name("dir"));
    assert_eq!(made.unwrap_err().kind(), ErrorKind::ReadOnlyFilesystem);
    assert!(vfs.list(&vfs.root()).unwrap().is_empty());
}

#[test]
fn clock_and_luck_are_those_of_the_test() {
    let disk = MemDisk::new(Profile::posix());
    let vfs = disk.process();
    let first = vfs.now();
    assert_eq!(vfs.now() - first.duration_since(first).unwrap(), first + Duration::from_micros(1));
    disk.set_ticks(Ticks::Never);
    assert_eq!(vfs.now(), vfs.now());
    vfs.pause(Duration::from_secs(5));
    assert_eq!(vfs.now(), first + Duration::from_micros(1) + Duration::from_secs(5));
    disk.force_random([7, 7]);
    assert_eq!((vfs.random(), vfs.random()), (7, 7));
    let again = MemDisk::new(Profile::posix()).process();
    assert_eq!(vfs.random(), again.random(), "luck is the same in every run");
}

#[test]
fn calls_are_counted() {
    let disk = MemDisk::new(Profile::posix());
    let vfs = disk.process();
    let root = vfs.root();
    let before = disk.calls();
    vfs.create_dir(&root, &name("a")).unwrap();
    let _ = vfs.create_dir(&root, &name("a")).unwrap_err();
    vfs.now();
    let made = disk.calls() - before;
    assert_eq!((made[OpKind::CreateDir], made[OpKind::Now], made.total()), (2, 1, 2));
}

#[test]
fn one_case_is_one_name_spelled_as_it_was_first() {
    let disk = MemDisk::new(Profile::fat());
    let vfs = disk.process();
    let root = vfs.root();
    drop(vfs.create_file(&root, &name("ReadMe")).unwrap());
    assert_eq!(vfs.stat(&root, &name("README")).unwrap().len, 0);
    let taken = vfs.create_dir(&root, &name("readme"));
    assert_eq!(taken.unwrap_err().kind(), ErrorKind::AlreadyExists);
    let listed = vfs.list(&root).unwrap().remove(0).unwrap();
    assert_eq!(listed.name, name("ReadMe"));
}
