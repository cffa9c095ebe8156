//! Owners, extended attributes, times and inode numbers of a disk in memory.

#![cfg(feature = "mem")]

use std::io::ErrorKind;
use std::time::{Duration, SystemTime};

use incrdir_vfs::{
    Access, Extended, Handle, MemDir, MemDisk, MemFile, MemVfs, Name, Owner, Owners, Profile, Stat,
    Vfs, is_transient,
};

const ALICE: Owner = Owner::new(1000, 100);
const BOB: Owner = Owner::new(1001, 100);

fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

fn world(profile: Profile) -> (MemDisk, MemVfs, MemDir) {
    let disk = MemDisk::new(profile);
    let vfs = disk.process();
    let root = vfs.root();
    (disk, vfs, root)
}

fn file(vfs: &MemVfs, file: &str, content: &[u8]) -> MemFile {
    let file = vfs.create_file(&vfs.root(), &name(file)).unwrap();
    vfs.write_at(&file, 0, content).unwrap();
    file
}

fn look(vfs: &MemVfs, file: &str) -> Stat {
    vfs.stat(&vfs.root(), &name(file)).unwrap()
}

#[test]
fn files_are_of_those_who_made_them() {
    let (disk, root, _) = world(Profile::posix());
    let alice = disk.process_as(ALICE);
    file(&alice, "hers", b"");
    alice.create_dir(&alice.root(), &name("dir")).unwrap();
    file(&root, "roots", b"");
    assert_eq!(look(&root, "hers").owner, Some(ALICE));
    assert_eq!(look(&root, "dir").owner, Some(ALICE));
    assert_eq!(look(&root, "roots").owner, Some(Owner::new(0, 0)));
}

#[test]
fn only_root_gives_files_away() {
    let (disk, root, _) = world(Profile::posix());
    let alice = disk.process_as(ALICE);
    let hers = file(&alice, "hers", b"");
    let refused = alice.set_owner(Handle::File(&hers), BOB).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::PermissionDenied);
    alice.set_owner(Handle::File(&hers), ALICE).unwrap();
    let bob = disk.process_as(BOB);
    let its = bob.open_file(&bob.root(), &name("hers"), Access::ReadWrite).unwrap();
    let refused = bob.set_owner(Handle::File(&its), ALICE).unwrap_err();
    assert_eq!(
        refused.kind(),
        ErrorKind::PermissionDenied,
        "it is not his, even to leave as it is"
    );
    let opened = root.open_file(&root.root(), &name("hers"), Access::ReadWrite).unwrap();
    root.set_owner(Handle::File(&opened), BOB).unwrap();
    assert_eq!(look(&alice, "hers").owner, Some(BOB));
}

#[test]
fn a_file_that_is_given_away_lets_nobody_act_as_its_owner() {
    let (_disk, vfs, root) = world(Profile::posix());
    let given = file(&vfs, "file", b"");
    let capability = Extended::new("security.capability", vec![1]);
    // Without the bit that lets the group execute it, the group's bit means something else.
    for (mode, left) in [(0o6755, 0o755), (0o6745, 0o2745)] {
        vfs.set_mode(&given, mode).unwrap();
        vfs.set_extended(Handle::File(&given), &capability).unwrap();
        vfs.set_owner(Handle::File(&given), ALICE).unwrap();
        assert_eq!(look(&vfs, "file").mode, left);
        assert!(vfs.extended(Handle::File(&given)).unwrap().is_empty());
    }
    vfs.create_dir(&root, &name("dir")).unwrap();
    let dir = vfs.open_dir(&root, &name("dir")).unwrap();
    vfs.set_dir_mode(&dir, 0o2755).unwrap();
    vfs.set_owner(Handle::Dir(&dir), ALICE).unwrap();
    assert_eq!(look(&vfs, "dir").mode, 0o2755, "of a directory it says whose the new files are");
}

#[test]
fn some_file_systems_know_no_owners() {
    let (disk, ..) = world(Profile::fat().owners(Owners::OfTheMount));
    let alice = disk.process_as(ALICE);
    let hers = file(&alice, "file", b"");
    assert_eq!(look(&alice, "file").owner, Some(Owner::new(0, 0)), "the mount's");
    let given = alice.set_owner(Handle::File(&hers), ALICE);
    assert_eq!(given.unwrap_err().kind(), ErrorKind::PermissionDenied);

    let (_disk, vfs, _) = world(Profile::fat());
    let its = file(&vfs, "file", b"");
    assert_eq!(look(&vfs, "file").owner, None);
    let given = vfs.set_owner(Handle::File(&its), ALICE);
    assert_eq!(given.unwrap_err().kind(), ErrorKind::Unsupported);
}

#[test]
fn two_changes_within_a_step_show_one_ctime() {
    let coarse = Profile::posix().fine_times(false);
    let (_disk, vfs, _) = world(coarse);
    let changed = file(&vfs, "file", b"a");
    let before = look(&vfs, "file");
    vfs.write_at(&changed, 0, b"b").unwrap();
    assert_eq!(look(&vfs, "file"), before);
}

#[test]
fn fine_times_tell_what_changed_after_a_look() {
    let (disk, vfs, _) = world(Profile::ext4());
    let changed = file(&vfs, "file", b"a");
    vfs.write_at(&changed, 0, b"b").unwrap();
    let clock = disk.look(|look| look.clock());
    let before = vfs.stat_file(&changed).unwrap();
    assert_eq!(before.ctime, Some(clock), "nobody had looked");
    vfs.write_at(&changed, 0, b"c").unwrap();
    let after = vfs.stat_file(&changed).unwrap();
    assert!(after.ctime > before.ctime && after.mtime > before.mtime);
    // What is changed later, whatever it is, shows no earlier time.
    let other = file(&vfs, "other", b"");
    assert!(vfs.stat_file(&other).unwrap().ctime >= after.ctime);
    // A clock that is set back takes times back with it, fine or not.
    disk.set_clock(clock - Duration::from_secs(60));
    vfs.write_at(&changed, 0, b"d").unwrap();
    assert!(vfs.stat_file(&changed).unwrap().ctime < before.ctime);
}

/// Only what a call showed counts: an oracle's look is none.
#[test]
fn looking_from_outside_changes_nothing() {
    let (disk, vfs, _) = world(Profile::ext4());
    let changed = file(&vfs, "file", b"a");
    let before = disk.look(|look| look.root().get(&name("file")).unwrap().stat());
    vfs.write_at(&changed, 0, b"b").unwrap();
    assert_eq!(disk.look(|look| look.root().get(&name("file")).unwrap().stat()), before);
}

#[test]
fn an_owner_lets_none_but_their_group_have_a_file() {
    let (disk, root, _) = world(Profile::posix());
    let alice = disk.process_as(ALICE);
    let hers = file(&alice, "hers", b"");
    let other = Owner::new(ALICE.user, 7);
    let refused = alice.set_owner(Handle::File(&hers), other).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::PermissionDenied);
    let opened = root.open_file(&root.root(), &name("hers"), Access::ReadWrite).unwrap();
    root.set_owner(Handle::File(&opened), other).unwrap();
    alice.set_owner(Handle::File(&hers), ALICE).unwrap();
    assert_eq!(look(&root, "hers").owner, Some(ALICE));
}

#[test]
fn a_directory_that_is_renamed_shows_another_ctime() {
    let (disk, vfs, root) = world(Profile::posix());
    vfs.create_dir(&root, &name("old")).unwrap();
    vfs.create_dir(&root, &name("replaced")).unwrap();
    let first = look(&vfs, "old");
    disk.advance(Duration::from_secs(1));
    vfs.rename_new(&root, &name("old"), &root, &name("new")).unwrap();
    let second = look(&vfs, "new");
    disk.advance(Duration::from_secs(1));
    vfs.rename(&root, &name("new"), &root, &name("replaced")).unwrap();
    let third = look(&vfs, "replaced");
    assert!(first.ctime < second.ctime && second.ctime < third.ctime);
    for mut moved in [second, third] {
        moved.ctime = first.ctime;
        assert_eq!(moved, first, "nothing else moves");
    }
}

#[test]
fn small_inodes_have_no_room_for_parts_of_seconds_or_for_births() {
    let (disk, vfs, root) = world(Profile::ext3());
    disk.advance(Duration::from_millis(1_700));
    file(&vfs, "file", b"a");
    let mtime = look(&vfs, "file").mtime.duration_since(SystemTime::UNIX_EPOCH).unwrap();
    assert_eq!(mtime.subsec_nanos(), 0);
    assert_eq!(vfs.stat_dir(&root).unwrap().born, None);
    assert_eq!(vfs.fs_info(&root).unwrap().time_step, Duration::from_secs(1));
    let (_disk, vfs, root) = world(Profile::ext4());
    assert!(vfs.stat_dir(&root).unwrap().born.is_some());
}

#[test]
fn numbers_of_what_was_removed_are_given_again() {
    let (_disk, vfs, root) = world(Profile::ext4());
    let number = |file: &str| look(&vfs, file).id.inode;
    for made in ["a", "b", "c"] {
        file(&vfs, made, b"");
    }
    let (a, b) = (number("a"), number("b"));
    let held = vfs.open_file(&root, &name("a"), Access::Read).unwrap();
    vfs.remove_file(&root, &name("a")).unwrap();
    vfs.remove_file(&root, &name("b")).unwrap();
    file(&vfs, "d", b"");
    assert_eq!(number("d"), b, "a is still open");
    drop(held);
    vfs.create_dir(&root, &name("e")).unwrap();
    assert_eq!(number("e"), a);

    let (_disk, vfs, root) = world(Profile::posix());
    file(&vfs, "a", b"");
    let a = look(&vfs, "a").id;
    vfs.remove_file(&root, &name("a")).unwrap();
    file(&vfs, "b", b"");
    assert_ne!(look(&vfs, "b").id, a, "elsewhere they are not");
}

#[test]
fn a_store_through_a_mapping_moves_the_times_where_they_tell_all() {
    for (profile, tells) in [(Profile::ext4(), true), (Profile::tmpfs(), false)] {
        let (disk, vfs, root) = world(profile);
        let mapped = file(&vfs, "file", b"abc");
        let before = look(&vfs, "file");
        disk.advance(Duration::from_secs(1));
        vfs.store(&mapped, 1, b"XYZ").unwrap();
        let after = look(&vfs, "file");
        assert_eq!((after.ctime > before.ctime, after.mtime > before.mtime), (tells, tells));
        let mut content = [0; 4];
        assert_eq!(vfs.read(&mapped, 0, &mut content).unwrap(), 3, "it made the file no longer");
        assert_eq!(&content[..3], b"aXY");
        disk.store([&name("file")], 0, b"o").unwrap();
        assert_eq!(vfs.read(&mapped, 0, &mut content).unwrap(), 3);
        assert_eq!(&content[..3], b"oXY");
        let reader = vfs.open_file(&root, &name("file"), Access::Read).unwrap();
        let refused = vfs.store(&reader, 0, b"x").unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::PermissionDenied);
    }
}

/// As the Linux client of NFS does it.
#[test]
fn what_is_removed_while_open_hides_until_it_is_closed() {
    let (_disk, vfs, root) = world(Profile::nfs());
    let first = file(&vfs, "first", b"");
    vfs.hard_link(&root, &name("first"), &root, &name("second")).unwrap();
    let second = vfs.open_file(&root, &name("second"), Access::Read).unwrap();
    for removed in ["first", "second"] {
        vfs.remove_file(&root, &name(removed)).unwrap();
    }
    let names = || vfs.list(&root).unwrap().into_iter().map(|entry| entry.unwrap().name);
    assert_eq!(names().count(), 2);
    assert!(names().all(|name| is_transient(&name)), "{:?}", names().collect::<Vec<_>>());
    assert!(vfs.fs_info(&root).unwrap().renames_removed);
    drop((first, second));
    assert_eq!(names().count(), 0);
}
