//! Verdicts on file systems in memory, where everything can be had.

use std::time::Duration;

use incrdir_probe::{
    Doubt, Exclusion, Findings, Mount, Obstacle, Options, Verdict, Who, Witness, probe,
};
use incrdir_session::Drawback;
use incrdir_vfs::{Clones, LockKind, MemDisk, MemVfs, Name, Profile, TryLock, Vfs};

/// A process as a witness.
fn witness(who: Who, vfs: MemVfs) -> Witness<'static> {
    Witness::new(who, move |ask| {
        let scratch = vfs.open_dir(&vfs.root(), ask.scratch)?;
        let dir = vfs.open_dir(&scratch, ask.dir)?;
        let file = vfs.open_file(&dir, ask.file, incrdir_vfs::Access::ReadWrite)?;
        vfs.try_lock(&file, LockKind::Exclusive)
    })
}

fn examined(disk: &MemDisk) -> Findings {
    let vfs = disk.process();
    let options = Options::default().witness(witness(Who::Process, disk.process()));
    let before = disk.tree();
    let findings = probe(&vfs, &vfs.root(), options);
    assert!(findings.left.is_none(), "{findings:?}");
    assert_eq!(disk.tree(), before, "nothing is left");
    assert_eq!(disk.open_handles(), 0, "every handle was closed");
    findings
}

fn of(profile: Profile) -> Findings {
    examined(&MemDisk::new(profile))
}

#[test]
fn a_local_file_system_is_good_with_links_or_clones() {
    for profile in [
        Profile::posix(),
        Profile::ext4(),
        Profile::posix().clones(Clones::IntoFile),
        Profile::posix().clones(Clones::IntoFile).max_links(0),
    ] {
        let findings = of(profile);
        assert_eq!(findings.verdict(), Verdict::Good, "{findings:?}");
        assert_eq!(findings.verdict().remedy(), None);
    }
    let findings = of(Profile::posix());
    assert!(findings.hard_links.unwrap() && findings.ids_after_link.unwrap());
    assert!(!findings.clones.unwrap());
    assert!(findings.listed_ids_are_true.unwrap() && findings.ids_after_rename.unwrap());
    // The least that a time can be later, on Windows 100 ns.
    let finest = Duration::from_nanos(if cfg!(windows) { 100 } else { 1 });
    assert_eq!(findings.time_step.unwrap(), finest);
    assert!(!findings.times_move_at_once.unwrap(), "not in steps of a nanosecond here");
    assert!(of(Profile::ext4()).times_move_at_once.unwrap());
    assert!(findings.modes.unwrap() && findings.owners.unwrap() && findings.extended.unwrap());
    assert!(findings.symlinks.unwrap() && findings.syncs_directories.unwrap());
    assert_eq!(findings.locks.two_descriptors.unwrap(), Exclusion::Excludes);
    assert_eq!(findings.locks.by_another_name.unwrap(), Exclusion::Excludes);
    assert!(findings.locks.shared_by_readers.unwrap());
    assert!(matches!(findings.locks.witnesses[..], [(Who::Process, Ok(Exclusion::Excludes))]));
    let names = findings.names.unwrap();
    assert!(names.renames_without_replacing.unwrap() && names.renames_with_open_files.unwrap());
    assert!(!names.folds_case.unwrap() && !names.normalises.unwrap());
    assert_eq!(names.longest.unwrap(), 255);
}

#[test]
fn times_that_do_not_tell_are_a_drawback() {
    for profile in [Profile::tmpfs(), Profile::overlay()] {
        let name = profile.name;
        let findings = of(profile);
        let right = match name {
            "mem-tmpfs" => Verdict::Works,
            // One whose locks are asked for by the layer.
            _ => Verdict::LocksUntrusted(Doubt::Unproven),
        };
        assert_eq!(findings.verdict(), right, "{name}");
        assert!(findings.drawbacks().contains(&Drawback::Times), "{name}");
    }
    let coarse = of(Profile::ext3());
    assert_eq!(coarse.verdict(), Verdict::Works);
    assert!(coarse.drawbacks().contains(&Drawback::CoarseTimes(Duration::from_secs(1))));
    assert!(!coarse.times_move_at_once.unwrap());
}

#[test]
fn without_links_and_clones_it_works_by_copying() {
    let findings = of(Profile::fat());
    assert_eq!(findings.verdict(), Verdict::Copies);
    assert!(!findings.hard_links.as_ref().unwrap() && !findings.modes.as_ref().unwrap());
    assert!(findings.ids_after_link.is_err() && findings.locks.by_another_name.is_err());
    assert_eq!(*findings.time_step.as_ref().unwrap(), Duration::from_secs(2));
    assert!(findings.drawbacks().contains(&Drawback::NoHardLinks));
    assert!(findings.names.unwrap().folds_case.unwrap());
}

#[test]
fn what_windows_cannot_is_said() {
    let drawbacks = of(Profile::windows()).drawbacks();
    assert!(drawbacks.contains(&Drawback::NoDirectorySync), "{drawbacks:?}");
    assert!(drawbacks.contains(&Drawback::NoOpenRename), "{drawbacks:?}");
}

/// Two processes of one host exclude each other there, and nothing here can show that those of another are not excluded.
#[test]
fn what_cannot_be_proven_is_not_trusted() {
    let doubt = |profile| match of(profile).verdict() {
        Verdict::LocksUntrusted(doubt) => doubt,
        verdict => panic!("{verdict:?}"),
    };
    for profile in [Profile::fuse(), Profile::nfs_with_local_locks(), Profile::virtiofs()] {
        assert_eq!(doubt(profile), Doubt::Unproven);
    }
    assert_eq!(doubt(Profile::nfs_with_lying_locks()), Doubt::TwoDescriptors);
    // Over FUSE two names are two files, each with a lock of its own.
    let fuse = of(Profile::fuse());
    assert_eq!(fuse.locks.by_another_name.unwrap(), Exclusion::BothHold);
    assert!(!fuse.ids_after_link.unwrap());
}

/// With one kernel below it, whatever the type says.
#[test]
fn locks_of_a_device_are_those_of_its_one_kernel() {
    let disk = MemDisk::new(Profile::fuse());
    let vfs = disk.process();
    let mount = Mount::new("fuseblk", "/dev/sdb1").is_on_a_device(true);
    let findings = probe(&vfs, &vfs.root(), Options::default().mount(Some(mount)));
    assert_eq!(findings.verdict(), Verdict::Works);
    assert_eq!(findings.name(), "fuseblk");
    // What is begun there goes by the type all the same.
    assert!(findings.drawbacks().contains(&Drawback::Locks));
}

#[test]
fn a_process_that_is_not_excluded_is_named() {
    let disk = MemDisk::new(Profile::posix().locks(incrdir_vfs::Locks::PerHost));
    let vfs = disk.process();
    let way = Who::Way("/other".into());
    let elsewhere = witness(way.clone(), disk.process_on(1));
    let options =
        Options::default().witness(witness(Who::Process, disk.process())).witness(elsewhere);
    let findings = probe(&vfs, &vfs.root(), options);
    assert!(matches!(findings.locks.witnesses[0].1, Ok(Exclusion::Excludes)), "{findings:?}");
    assert_eq!(findings.verdict(), Verdict::LocksUntrusted(Doubt::NotExcluded(way)));
    assert!(findings.verdict().to_string().contains("/other"));
}

#[test]
fn a_witness_who_is_kept_out_for_ever_or_says_nothing() {
    let disk = MemDisk::new(Profile::posix());
    let vfs = disk.process();
    let never = Witness::new(Who::Process, |_| Ok(TryLock::Busy));
    let findings = probe(&vfs, &vfs.root(), Options::default().witness(never));
    assert_eq!(findings.verdict(), Verdict::LocksUntrusted(Doubt::NeverFree));
    let silent = Witness::new(Who::Process, |_| Err(std::io::ErrorKind::TimedOut.into()));
    let findings = probe(&vfs, &vfs.root(), Options::default().witness(silent));
    assert!(findings.locks.witnesses[0].1.is_err());
    assert_eq!(findings.verdict(), Verdict::Good, "the type promises it");
}

#[test]
fn what_cannot_be_used_says_why_and_what_it_can() {
    let unusable = |findings: &Findings| match findings.verdict() {
        Verdict::Unusable(obstacle) => obstacle,
        verdict => panic!("{verdict:?}: {findings:?}"),
    };
    let without_locks = of(Profile::posix().locks(incrdir_vfs::Locks::Unsupported));
    assert_eq!(unusable(&without_locks), Obstacle::NoLocks);
    assert!(without_locks.hard_links.unwrap(), "the rest was tried all the same");

    let full = MemDisk::new(Profile::posix());
    full.set_capacity(64 << 10);
    let full = examined(&full);
    assert_eq!(unusable(&full), Obstacle::Full);
    assert!(full.names.unwrap().folds_case.is_ok(), "files without content can be made");

    let disk = MemDisk::new(Profile::posix());
    disk.set_max_inodes(1);
    assert_eq!(unusable(&examined(&disk)), Obstacle::NoInodes);

    let disk = MemDisk::new(Profile::posix().read_only(true));
    let findings = examined(&disk);
    assert_eq!(unusable(&findings), Obstacle::ReadOnly);
    assert_eq!(findings.name(), "mem-posix");
    assert!(findings.space.is_ok());
}

/// What is there already tells, where nothing can be made.
#[test]
fn a_read_only_directory_is_looked_at() {
    let disk = MemDisk::new(Profile::posix());
    let writer = disk.process();
    writer.create_file(&writer.root(), &Name::new("file").unwrap()).unwrap();
    let world = disk.look(|look| look.to_disk());
    let vfs = world.process();
    assert!(probe(&vfs, &vfs.root(), Options::default()).listed_ids_are_true.unwrap());
}
