//! The contract, held by every back end that comes with the crate.

#![cfg(all(feature = "cap", feature = "mem", feature = "unstable-check"))]

use std::collections::BTreeSet;
use std::path::Path;

use incrdir_vfs::check::{Lacks, contract};
use incrdir_vfs::{CapVfs, Clones, Locks, MemDisk, Owner, Owners, Profile, Vfs};

/// What this file system is known to lack.
fn known(fs: &str) -> Option<BTreeSet<Lacks>> {
    match fs {
        "ext4" | "tmpfs" => Some([Lacks::Clones].into()),
        _ => None,
    }
}

fn real(parent: &Path) {
    let tmp = tempfile::tempdir_in(parent).unwrap();
    let (vfs, root) = CapVfs::open_ambient_dir(tmp.path()).unwrap();
    let fs = vfs.fs_info(&root).unwrap().name;
    let lacks = contract(&vfs, &root);
    println!("{} is {fs} and lacks {lacks:?}", parent.display());
    if let Some(known) = known(&fs) {
        assert_eq!(lacks, known, "{fs}");
    }
}

#[test]
fn the_temporary_directory() {
    real(&std::env::temp_dir());
}

#[test]
#[cfg(target_os = "linux")]
fn shared_memory() {
    real(Path::new("/dev/shm"));
}

fn in_memory(profile: Profile) -> BTreeSet<Lacks> {
    let disk = MemDisk::new(profile);
    let vfs = disk.process();
    let lacks = contract(&vfs, &vfs.root());
    assert_eq!(disk.open_handles(), 0, "every handle was closed");
    lacks
}

#[test]
fn memory_like_posix() {
    assert_eq!(in_memory(Profile::posix()), [Lacks::Clones].into());
}

#[test]
fn memory_with_clones() {
    assert_eq!(in_memory(Profile::posix().clones(Clones::IntoFile)), BTreeSet::new());
}

#[test]
fn memory_like_fat() {
    let links = [Lacks::HardLinks, Lacks::Symlinks, Lacks::Clones];
    let lacks = links.into_iter().chain([Lacks::Modes, Lacks::Owners, Lacks::Extended]).collect();
    assert_eq!(in_memory(Profile::fat()), lacks);
}

#[test]
fn memory_like_ext() {
    assert_eq!(in_memory(Profile::ext4()), [Lacks::Clones].into());
    assert_eq!(in_memory(Profile::ext3()), [Lacks::Clones].into());
}

#[test]
fn memory_like_windows() {
    let lacks = [Lacks::Clones, Lacks::Modes, Lacks::Owners, Lacks::Extended, Lacks::DirSync];
    let open = [Lacks::OpenRenames, Lacks::OpenReplacements];
    let removals = [Lacks::OpenRemovals, Lacks::OpenDirRemovals];
    let lacks = lacks.into_iter().chain(open).chain(removals).collect();
    assert_eq!(in_memory(Profile::windows()), lacks);
}

#[test]
fn memory_like_macos() {
    assert_eq!(in_memory(Profile::apfs()), BTreeSet::new());
    assert_eq!(in_memory(Profile::hfs()), [Lacks::Clones].into());
}

/// What its owner may not write is opened otherwise than by the superuser.
#[test]
fn memory_like_macos_for_a_user() {
    let disk = MemDisk::new(Profile::apfs());
    let vfs = disk.process_as(Owner::new(501, 20));
    assert_eq!(contract(&vfs, &vfs.root()), BTreeSet::new());
}

#[test]
fn memory_without_much() {
    let profile = Profile::fat().rename_new(false).locks(Locks::Unsupported);
    let lacks = in_memory(profile);
    assert!(lacks.contains(&Lacks::RenameNew) && lacks.contains(&Lacks::Locks), "{lacks:?}");

    let mounted = Profile::fat().owners(Owners::OfTheMount);
    assert!(!in_memory(mounted).contains(&Lacks::Owners));
}
