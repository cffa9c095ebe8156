//! What a loss of what was not durable takes and leaves besides names and contents.

#![cfg(feature = "unstable-explore")]

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::time::{Duration, SystemTime};

use incrdir_vfs::{Extended, Handle, MemDisk, Name, Owner, Profile, Stat, Vfs};
use incrdir_vfs::{Loss, Persistence};

fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

/// Every image that is left after all that was done.
fn images(disk: &MemDisk, model: &Persistence, loss: Loss) -> Vec<MemDisk> {
    let (journaled, model) = (disk.journaled(), &model.loss(loss));
    let mut images = Vec::new();
    let _ = journaled.losses(disk.journal_len(), model, &mut BTreeSet::new(), &mut |image| {
        images.push(image);
        ControlFlow::Continue(())
    });
    images
}

fn look(disk: &MemDisk, file: &str) -> Option<Stat> {
    disk.look(|look| look.root().get(&name(file)).map(|seen| seen.stat()))
}

#[test]
fn the_power_and_a_device_go_differently() {
    let disk = MemDisk::new(Profile::posix());
    disk.remount();
    disk.begin_journal();
    let vfs = disk.process();
    drop(vfs.create_file(&vfs.root(), &name("file")).unwrap());
    let (boot, mount) = (vfs.boot_id(), vfs.stat_dir(&vfs.root()).unwrap().mount);
    for (loss, same_boot) in [(Loss::Power, false), (Loss::Device, true)] {
        let images = images(&disk, &Persistence::POSIX, loss);
        assert_eq!(images.len(), 2, "with the file and without it");
        for image in images {
            let vfs = image.process();
            assert_eq!(vfs.boot_id() == boot, same_boot);
            assert_ne!(vfs.stat_dir(&vfs.root()).unwrap().mount, mount);
        }
    }
}

/// Whoever looks at the attributes alone sees nothing of what was lost: a content is missing, and all looks right.
#[test]
fn attributes_are_as_they_were_set() {
    let disk = MemDisk::new(Profile::posix());
    let vfs = disk.process();
    let root = vfs.root();
    drop(vfs.create_file(&root, &name("old")).unwrap());
    disk.begin_journal();
    let file = vfs.create_file(&root, &name("file")).unwrap();
    disk.advance(Duration::from_secs(1));
    vfs.write_at(&file, 0, b"content").unwrap();
    let attribute = Extended::new("user.test", vec![1]);
    vfs.set_extended(Handle::File(&file), &attribute).unwrap();
    vfs.set_owner(Handle::File(&file), Owner::new(1, 2)).unwrap();
    vfs.set_mtime(&file, SystemTime::UNIX_EPOCH).unwrap();
    vfs.set_mode(&file, 0o751).unwrap();
    let before = look(&disk, "file").unwrap();
    let mut lengths = BTreeSet::new();
    for image in images(&disk, &Persistence::EXT4_XFS, Loss::Power) {
        let Some(mut after) = look(&image, "file") else { continue };
        lengths.insert(after.len);
        (after.len, after.allocated) = (before.len, before.allocated);
        assert_eq!(after, before);
        let kept = image.look(|look| look.root().get(&name("file")).unwrap().extended().count());
        assert_eq!(kept, 1);
    }
    assert_eq!(lengths, BTreeSet::from([0, 3, 7]));
}

/// The time at which a directory got or lost a name is written together with that.
#[test]
fn the_times_of_names_survive_with_them() {
    let disk = MemDisk::new(Profile::posix());
    let vfs = disk.process();
    let root = vfs.root();
    vfs.create_dir(&root, &name("old")).unwrap();
    disk.begin_journal();
    let before = look(&disk, "old").unwrap();
    disk.advance(Duration::from_secs(1));
    vfs.rename(&root, &name("old"), &root, &name("new")).unwrap();
    let after = look(&disk, "new").unwrap();
    assert!(after.ctime > before.ctime);
    let images = images(&disk, &Persistence::POSIX, Loss::Device);
    assert_eq!(images.len(), 2);
    for image in images {
        let root = image.look(|look| look.root().stat());
        match (look(&image, "old"), look(&image, "new")) {
            (Some(left), None) => {
                assert_eq!(left, before);
                assert!(root.mtime < after.ctime.unwrap());
            }
            (None, Some(moved)) => {
                assert_eq!(moved, after);
                assert_eq!(Some(root.mtime), after.ctime);
            }
            _ => panic!("renamed by half: {image:?}"),
        }
    }
}

#[test]
fn what_was_done_from_outside_can_be_lost() {
    let disk = MemDisk::new(Profile::posix());
    let vfs = disk.process();
    vfs.create_dir(&vfs.root(), &name("other")).unwrap();
    disk.begin_journal();
    disk.subvolume([&name("other")]).unwrap();
    let devices: BTreeSet<Option<u64>> = images(&disk, &Persistence::POSIX, Loss::Power)
        .iter()
        .map(|image| look(image, "other").map(|stat| stat.id.device))
        .collect();
    assert_eq!(devices, BTreeSet::from([None, Some(1), Some(2)]));
}

/// The directories are written on their own: the removal is lost and the file that got the number is there.
#[test]
fn no_two_files_are_left_with_one_number() {
    let disk = MemDisk::new(Profile::ext4());
    let vfs = disk.process();
    let root = vfs.root();
    for dir in ["a", "b"] {
        vfs.create_dir(&root, &name(dir)).unwrap();
    }
    let (a, b) = (name("a"), name("b"));
    let (a, b) = (vfs.open_dir(&root, &a).unwrap(), vfs.open_dir(&root, &b).unwrap());
    drop(vfs.create_file(&a, &name("old")).unwrap());
    disk.begin_journal();
    vfs.remove_file(&a, &name("old")).unwrap();
    drop(vfs.create_file(&b, &name("new")).unwrap());
    let mut both = 0;
    for image in images(&disk, &Persistence::POSIX, Loss::Power) {
        let at = |path: [&str; 2]| {
            image.look(|look| look.at(&path.map(name)).map(|seen| seen.stat().id))
        };
        if let (Some(old), Some(new)) = (at(["a", "old"]), at(["b", "new"])) {
            assert_ne!(old, new);
            both += 1;
        }
    }
    assert_eq!(both, 1);
}
