//! What becomes of a disk in memory while no process does anything.

#![cfg(feature = "mem")]

use std::io::{self, ErrorKind};
use std::time::{Duration, SystemTime};

use incrdir_vfs::{
    Access, Clones, Extended, FileKind, Handle, Keep, MemDir, MemDisk, MemVfs, Name, Owner,
    Profile, Stat, Vfs,
};

const ALICE: Owner = Owner::new(1000, 100);

fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

fn path(text: &str) -> Vec<Name> {
    text.split('/').map(name).collect()
}

/// A disk with a directory `a` of hers: a file with two names, one of them in `a/sub`, and a link.
fn world(profile: Profile) -> (MemDisk, MemVfs) {
    let disk = MemDisk::new(profile);
    let vfs = disk.process_as(ALICE);
    vfs.create_dir(&vfs.root(), &name("a")).unwrap();
    let a = dir(&vfs, "a");
    vfs.create_dir(&a, &name("sub")).unwrap();
    let file = vfs.create_file(&a, &name("file")).unwrap();
    vfs.write_at(&file, 0, b"content").unwrap();
    vfs.set_mode(&file, 0o750).unwrap();
    vfs.set_extended(Handle::File(&file), &attribute()).unwrap();
    vfs.hard_link(&a, &name("file"), &dir(&vfs, "a/sub"), &name("again")).unwrap();
    vfs.symlink(&"file".into(), &a, &name("link")).unwrap();
    let odd = SystemTime::UNIX_EPOCH + Duration::from_millis(1_600_000_000_700);
    vfs.set_mtime(&file, odd).unwrap();
    vfs.set_dir_mtime(&dir(&vfs, "a/sub"), odd).unwrap();
    disk.advance(Duration::from_secs(3));
    let vfs = disk.process();
    (disk, vfs)
}

fn attribute() -> Extended {
    Extended::new("user.test", b"value".to_vec())
}

fn dir(vfs: &MemVfs, at: &str) -> MemDir {
    path(at).iter().fold(vfs.root(), |dir, name| vfs.open_dir(&dir, name).unwrap())
}

fn look(disk: &MemDisk, at: &str) -> Option<Stat> {
    disk.look(|look| look.at(&path(at)).map(|seen| seen.stat()))
}

fn attributes(disk: &MemDisk, at: &str) -> usize {
    disk.look(|look| look.at(&path(at)).unwrap().extended().count())
}

fn fails<T>(result: io::Result<T>, kind: ErrorKind) {
    assert_eq!(result.err().map(|error| error.kind()), Some(kind));
}

#[test]
fn a_device_is_a_world_of_its_own() {
    let (disk, vfs) = world(Profile::ext4());
    let root = vfs.root();
    fails(disk.subvolume(&path("a")), ErrorKind::DirectoryNotEmpty);
    fails(disk.subvolume(&path("a/file")), ErrorKind::NotADirectory);
    fails(disk.subvolume(&path("none")), ErrorKind::NotFound);
    vfs.create_dir(&root, &name("other")).unwrap();
    let held = dir(&vfs, "other");
    fails(disk.subvolume(&path("other")), ErrorKind::ResourceBusy);
    drop(held);
    disk.subvolume(&path("other")).unwrap();

    let (a, other) = (dir(&vfs, "a"), dir(&vfs, "other"));
    vfs.create_file(&other, &name("file")).unwrap();
    let (here, there) = (look(&disk, "a").unwrap(), look(&disk, "other/file").unwrap());
    assert_eq!(there.id.inode, here.id.inode, "each device has its first number");
    assert_ne!(there.id.device, here.id.device);
    assert_eq!(there.id.device, look(&disk, "other").unwrap().id.device, "below it, all is on it");
    let mount = |dir| vfs.stat_dir(dir).unwrap().mount;
    assert_eq!(mount(&a), mount(&other), "one mount may have several devices");

    let (file, new) = (name("file"), name("new"));
    fails(vfs.rename(&a, &file, &other, &new), ErrorKind::CrossesDevices);
    fails(vfs.rename_new(&other, &file, &a, &new), ErrorKind::CrossesDevices);
    fails(vfs.hard_link(&a, &file, &other, &new), ErrorKind::CrossesDevices);
    fails(disk.rename_tree(&path("a"), &path("other/a")), ErrorKind::CrossesDevices);
    disk.copy_tree(&path("a"), &path("other/a"), Keep::Times, true).unwrap();
    assert_eq!(look(&disk, "other/a/file").unwrap().id.device, there.id.device);
    vfs.rename(&root, &name("other"), &root, &name("renamed")).expect("its own name is here");
}

#[test]
fn numbers_on_two_devices_are_alike_though_none_is_given_again() {
    let (disk, vfs) = world(Profile::posix());
    vfs.create_dir(&vfs.root(), &name("first")).unwrap();
    vfs.create_dir(&vfs.root(), &name("other")).unwrap();
    disk.subvolume(&path("other")).unwrap();
    vfs.create_file(&dir(&vfs, "other"), &name("file")).unwrap();
    let (here, there) = (look(&disk, "first").unwrap(), look(&disk, "other/file").unwrap());
    assert_eq!((here.id.inode, here.id.device + 1), (there.id.inode, there.id.device));
}

#[test]
fn a_clone_does_not_cross_devices() {
    let (disk, vfs) = world(Profile::posix().clones(Clones::IntoFile));
    vfs.create_dir(&vfs.root(), &name("other")).unwrap();
    disk.subvolume(&path("other")).unwrap();
    let from = vfs.open_file(&dir(&vfs, "a"), &name("file"), Access::Read).unwrap();
    let other = dir(&vfs, "other");
    fails(vfs.clone_file(&from, &other, &name("file")), ErrorKind::CrossesDevices);
    let to = vfs.create_file(&other, &name("file")).unwrap();
    assert_eq!(vfs.copy(&from, &to).unwrap(), 7);
}

#[test]
fn a_copied_tree_is_new_whatever_it_keeps() {
    let (disk, vfs) = world(Profile::posix());
    let whole =
        |time: SystemTime| time.duration_since(SystemTime::UNIX_EPOCH).unwrap().subsec_nanos() == 0;
    for (keep, to) in [(Keep::Times, "b"), (Keep::Seconds, "c"), (Keep::Nothing, "d")] {
        disk.copy_tree(&path("a"), &path(to), keep, true).unwrap();
        for below in ["file", "sub"] {
            let from = look(&disk, &format!("a/{below}")).unwrap();
            let copy = look(&disk, &format!("{to}/{below}")).unwrap();
            assert_ne!(copy.id, from.id);
            assert!(copy.ctime > from.ctime, "{keep:?}");
            assert_eq!((copy.mode, copy.len), (from.mode, from.len));
            match keep {
                Keep::Times => assert_eq!((copy.mtime, copy.owner), (from.mtime, Some(ALICE))),
                Keep::Seconds => {
                    assert!(copy.mtime < from.mtime && whole(copy.mtime));
                    assert_eq!(copy.owner, Some(ALICE));
                }
                Keep::Nothing => {
                    assert_eq!(Some(copy.mtime), copy.ctime);
                    assert_eq!(copy.owner, Some(Owner::new(0, 0)));
                }
            }
        }
        let kept = attributes(&disk, &format!("{to}/file"));
        assert_eq!(kept, usize::from(keep == Keep::Times));
        assert_eq!(look(&disk, &format!("{to}/link")).unwrap().kind, FileKind::Symlink);
        let born = |at: &str| vfs.stat_dir(&dir(&vfs, at)).unwrap().born;
        assert!(born(to) > born("a"));
    }
    assert_eq!(disk.bytes(), 4 * 7, "copies take room");
}

#[test]
fn a_copy_keeps_links_or_makes_files_of_them() {
    let (disk, _vfs) = world(Profile::posix());
    disk.copy_tree(&path("a"), &path("b"), Keep::Times, true).unwrap();
    let id = |at: &str| look(&disk, at).map(|stat| (stat.id, stat.links)).unwrap();
    assert_eq!(id("b/file"), id("b/sub/again"));
    assert_eq!(id("b/file").1, 2);
    disk.copy_tree(&path("a"), &path("c"), Keep::Times, false).unwrap();
    assert_ne!(id("c/file").0, id("c/sub/again").0);
    assert_eq!((id("a/file").1, id("c/file").1), (2, 1));
}

#[test]
fn a_copy_goes_to_a_free_name_and_not_into_itself() {
    let (disk, _vfs) = world(Profile::posix().capacity(10));
    let copy = |from: &str, to: &str| disk.copy_tree(&path(from), &path(to), Keep::Times, true);
    fails(copy("a/file", "a/link"), ErrorKind::AlreadyExists);
    fails(copy("a", "a/sub/a"), ErrorKind::InvalidInput);
    fails(copy("none", "b"), ErrorKind::NotFound);
    fails(copy("a/file", "a/file/b"), ErrorKind::NotADirectory);
    fails(copy("a", "b"), ErrorKind::StorageFull);
    assert_eq!(disk.bytes(), 7);
}

#[test]
fn trees_are_moved_and_removed() {
    let (disk, vfs) = world(Profile::posix());
    let held = vfs.open_file(&dir(&vfs, "a"), &name("file"), Access::Read).unwrap();
    let id = look(&disk, "a/sub").unwrap().id;
    disk.rename_tree(&path("a/sub"), &path("sub")).unwrap();
    assert_eq!(look(&disk, "sub").unwrap().id, id);
    disk.remove_tree(&path("sub")).unwrap();
    fails(disk.remove_tree(&path("sub")), ErrorKind::NotFound);
    disk.remove_tree(&path("a")).unwrap();
    assert_eq!(disk.tree(), "");
    assert_eq!(vfs.read(&held, 0, &mut [0; 8]).unwrap(), 7, "what is open stays");
    drop(held);
    assert_eq!((disk.bytes(), disk.inode_count()), (0, 1));
    assert_eq!(disk.calls()[incrdir_vfs::OpKind::RemoveFile], 0, "nobody called");
}

#[test]
fn a_mount_has_a_number_until_the_machine_is_started_again() {
    let (disk, vfs) = world(Profile::posix());
    let (root, boot) = (vfs.root(), vfs.boot_id());
    let first = vfs.stat_dir(&root).unwrap();
    disk.remount();
    let second = vfs.stat_dir(&root).expect("what is open stays open");
    assert_ne!(first.mount, second.mount);
    assert_eq!((first.stat, first.born, boot), (second.stat, second.born, vfs.boot_id()));

    disk.restart();
    assert!(vfs.stat_dir(&root).is_err(), "no process is left");
    let vfs = disk.process();
    let third = vfs.stat_dir(&vfs.root()).unwrap();
    assert_ne!(vfs.boot_id(), boot);
    assert_eq!(first.mount, third.mount, "only together with the start does it say anything");
    assert_eq!(third.stat, first.stat);
    assert_eq!(look(&disk, "a/file").unwrap().len, 7);
}

#[test]
fn no_lock_outlives_a_restart() {
    let disk = MemDisk::new(Profile::windows());
    let lock = |vfs: &MemVfs| {
        let file = vfs.open_file(&vfs.root(), &name("lock"), Access::ReadWrite).unwrap();
        let locked = vfs.try_lock(&file, incrdir_vfs::LockKind::Exclusive).unwrap();
        (file, locked)
    };
    let vfs = disk.process();
    drop(vfs.create_file(&vfs.root(), &name("lock")).unwrap());
    let _held = lock(&vfs);
    disk.restart();
    let vfs = disk.process();
    assert_eq!(lock(&vfs).1, incrdir_vfs::TryLock::Locked);
    assert_eq!(vfs.stat_dir(&vfs.root()).unwrap().mount, None, "mounts have no numbers there");
}

#[test]
fn numbers_and_times_that_do_not_last_are_others_when_it_is_mounted_again() {
    let (disk, vfs) = world(Profile::tmpfs());
    let held = dir(&vfs, "a");
    let (a, before) = (vfs.stat_dir(&held).unwrap().stat, look(&disk, "a/file").unwrap());
    let sub = look(&disk, "a/sub").unwrap();
    disk.remount();
    let after = look(&disk, "a/file").unwrap();
    assert_ne!(after.id, before.id);
    assert_ne!(look(&disk, "a/sub").unwrap().id, sub.id);
    assert!(after.mtime < before.mtime, "there was a part of a second");
    assert_eq!(vfs.stat_dir(&held).unwrap().stat, a, "what is open is remembered");

    let (disk, _vfs) = world(Profile::posix());
    let before = look(&disk, "a/file").unwrap();
    disk.remount();
    assert_eq!(look(&disk, "a/file").unwrap(), before, "elsewhere they last");
}
