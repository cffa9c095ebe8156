//! What is left of a probe, and what becomes of that.

use std::time::Duration;

use incrdir_probe::{Options, probe};
use incrdir_vfs::{LockKind, MemDisk, MemVfs, Name, Owner, Profile, RelPath, Vfs, VfsExt};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const LOCK: &str = ".incrdir-probe.0123abcd.lock";

fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

/// What a probe leaves that was killed between its first trials.
fn leave(vfs: &MemVfs, content: &[u8]) {
    vfs.write_file(&vfs.root(), &RelPath::new(LOCK).unwrap(), content).unwrap();
    for file in ["1/a", "2/dir/file"] {
        let path = RelPath::new(format!(".incrdir-probe.0123abcd/{file}")).unwrap();
        vfs.write_file(&vfs.root(), &path, b"content").unwrap();
    }
}

fn removed(disk: &MemDisk) -> usize {
    let vfs = disk.process();
    probe(&vfs, &vfs.root(), Options::default()).leftovers_removed
}

#[test]
fn a_leftover_is_removed_after_a_day() {
    let disk = MemDisk::new(Profile::posix());
    leave(&disk.process(), b"incrdir-probe 1\n");
    let before = disk.tree();
    assert_eq!(removed(&disk), 0, "it is young");
    assert_eq!(disk.tree(), before);
    disk.advance(DAY);
    assert_eq!(removed(&disk), 1);
    assert_eq!(disk.tree(), "", "and nothing else is there");
}

#[test]
fn a_lock_that_is_held_keeps_it() {
    let disk = MemDisk::new(Profile::posix());
    let owner = disk.process();
    leave(&owner, b"incrdir-probe 1\n");
    disk.advance(DAY);
    let file = owner.open_file(&owner.root(), &name(LOCK), incrdir_vfs::Access::ReadWrite).unwrap();
    let _ = owner.try_lock(&file, LockKind::Exclusive).unwrap();
    assert_eq!(removed(&disk), 0);
    drop(file);
    assert_eq!(removed(&disk), 1);
}

#[test]
fn what_is_not_a_probes_is_not_touched() {
    // Another content, and none although there is a directory.
    for content in [&b"precious"[..], b"incrdir-probe 2\n", b""] {
        let disk = MemDisk::new(Profile::posix());
        leave(&disk.process(), content);
        disk.advance(DAY);
        let before = disk.tree();
        assert_eq!(removed(&disk), 0, "{content:?}");
        assert_eq!(disk.tree(), before);
    }
    // Another user's.
    let disk = MemDisk::new(Profile::posix());
    let vfs = disk.process();
    vfs.set_dir_mode(&vfs.root(), 0o1777).unwrap();
    leave(&disk.process_as(Owner::new(1000, 1000)), b"incrdir-probe 1\n");
    disk.advance(DAY);
    assert_eq!(removed(&disk), 0);
    // A directory of ours that somebody has moved to where a killed probe's would be.
    let disk = MemDisk::new(Profile::posix());
    let path = RelPath::new(".incrdir-probe.0123abcd.lock").unwrap();
    let vfs = disk.process();
    vfs.write_file(&vfs.root(), &path, b"").unwrap();
    disk.advance(DAY);
    assert_eq!(removed(&disk), 1, "an empty lock file without a directory");
}
