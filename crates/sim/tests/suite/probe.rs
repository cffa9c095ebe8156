//! A probe whose calls fail, that is killed, and that is told to stop: what it returns and what it leaves.

use std::cell::Cell;
use std::io::ErrorKind;
use std::rc::Rc;
use std::time::Duration;

use incrdir_probe::{Findings, Options, Verdict, probe};
use incrdir_sim::scripted::Scripted;
use incrdir_vfs::{MemDisk, MemVfs, Profile};

const DAYS: Duration = Duration::from_secs(2 * 24 * 60 * 60);

fn scripted(disk: &MemDisk) -> Scripted<MemVfs> {
    Scripted::new(disk.process())
}

fn examine(vfs: &Scripted<MemVfs>) -> Findings {
    probe(vfs, &vfs.inner().root(), Options::default())
}

/// How many calls a probe makes.
fn calls(profile: Profile) -> usize {
    let vfs = scripted(&MemDisk::new(profile));
    examine(&vfs);
    vfs.take_calls().len()
}

#[test]
fn whenever_it_is_killed_the_next_one_removes_what_it_left() {
    for profile in [Profile::posix(), Profile::fuse()] {
        let all = calls(profile.clone());
        assert!(all > 100, "{all}");
        let mut has_left = 0;
        for at in 0..all {
            let disk = MemDisk::new(profile.clone());
            let vfs = scripted(&disk);
            let (made, killer) = (Rc::new(Cell::new(0)), disk.clone());
            let victim = vfs.inner().clone();
            vfs.hook(move |_, _| {
                if made.replace(made.get() + 1) == at {
                    killer.kill(&victim);
                }
                Ok(())
            });
            examine(&vfs);
            has_left += usize::from(!disk.tree().is_empty());
            disk.advance(DAYS);
            let next = scripted(&disk);
            examine(&next);
            assert_eq!(disk.tree(), "", "{}: killed before call {at} of {all}", profile.name);
        }
        assert!(has_left > 100, "{has_left}");
    }
}

/// Whatever fails, the rest is found out, and nothing is left but what could not be removed.
#[test]
fn a_call_that_fails_is_said_and_the_rest_goes_on() {
    let all = calls(Profile::posix());
    for kind in [ErrorKind::Other, ErrorKind::NotFound] {
        for at in 0..all {
            let disk = MemDisk::new(Profile::posix());
            let vfs = scripted(&disk);
            let made = Rc::new(Cell::new(0));
            vfs.hook(move |_, _| match made.replace(made.get() + 1) == at {
                true => Err(kind.into()),
                false => Ok(()),
            });
            let findings = examine(&vfs);
            vfs.unhook();
            if findings.left.is_none() && !disk.tree().is_empty() {
                // The removal of the lock file, whose directory is gone, may be what failed.
                assert!(!disk.tree().contains(" Dir "), "{kind:?} at {at}: {}", disk.tree());
            }
            disk.advance(DAYS);
            examine(&scripted(&disk));
            assert_eq!(disk.tree(), "", "{kind:?} at {at} of {all}");
        }
    }
}

#[test]
fn told_to_stop_it_cleans_up_and_knows_no_verdict() {
    let all = calls(Profile::posix());
    for after in 0..all {
        let disk = MemDisk::new(Profile::posix());
        let vfs = scripted(&disk);
        vfs.stop_after(after);
        let findings = examine(&vfs);
        assert_eq!(disk.tree(), "", "stopped after {after}");
        assert!(findings.is_cut_short || findings.verdict() == Verdict::Good, "{after}");
    }
}
