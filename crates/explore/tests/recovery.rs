//! A recovery that is cut short is recovered from.

use std::sync::Arc;

use incrdir_explore::{
    Bounds, Broken, Explore, Happened, Oracle, Persistence, Program, Scenario, Setup, SimVfs,
    Verdict,
};
use incrdir_vfs::{Access, Look, MemDisk, Name, Profile, Vfs};

const WORK: &[u8] = b"the work";

fn name(name: &str) -> Name {
    Name::new(name).unwrap()
}

/// Puts content into a file that is made for it.
fn put(vfs: &SimVfs<'_>, file: &str) -> std::io::Result<()> {
    let file = vfs.create_file(&vfs.root(), &name(file))?;
    vfs.write_at(&file, 0, WORK).map(drop)
}

/// Makes "done" out of what a process has left in "todo".
type Recover = fn(&SimVfs<'_>) -> std::io::Result<()>;

fn removes_first(vfs: &SimVfs<'_>) -> std::io::Result<()> {
    vfs.open_file(&vfs.root(), &name("todo"), Access::Read)?;
    vfs.remove_file(&vfs.root(), &name("todo"))?;
    put(vfs, "done")
}

fn believes_what_is_there(vfs: &SimVfs<'_>) -> std::io::Result<()> {
    if !vfs.stat(&vfs.root(), &name("done")).is_ok_and(|stat| stat.len > 0) {
        let _ = vfs.remove_file(&vfs.root(), &name("done"));
        put(vfs, "done")?;
    }
    vfs.remove_file(&vfs.root(), &name("todo"))
}

fn renames(vfs: &SimVfs<'_>) -> std::io::Result<()> {
    if vfs.stat(&vfs.root(), &name("todo")).is_ok() {
        let _ = vfs.remove_file(&vfs.root(), &name("new"));
        put(vfs, "new")?;
        vfs.rename(&vfs.root(), &name("new"), &vfs.root(), &name("done"))?;
        vfs.remove_file(&vfs.root(), &name("todo"))?;
    }
    Ok(())
}

struct Work(Recover);

#[derive(Clone, Hash)]
struct IsDone;

impl Oracle for IsDone {
    fn step(&mut self, _: Look<'_>, _: &Happened<'_>) -> Verdict {
        Ok(())
    }

    fn recovered(&mut self, look: Look<'_>) -> Verdict {
        let done = look.root().get(&name("done"));
        match done.and_then(|done| done.content()) {
            Some(WORK) => Ok(()),
            found => Err(Broken::new("DONE", format!("{found:?}"))),
        }
    }
}

impl Scenario for Work {
    fn disk(&self) -> MemDisk {
        MemDisk::new(Profile::posix())
    }

    fn setup(&self) -> Setup {
        let recover = Arc::new(self.0);
        let recovery = Program::new(move |vfs| drop(recover(vfs)));
        let leaves = |vfs: &SimVfs<'_>| drop(vfs.create_file(&vfs.root(), &name("todo")));
        Setup::new(vec![Program::new(leaves)], IsDone).recovery(vec![recovery])
    }
}

fn bounds(deaths: u32) -> Bounds {
    Bounds::default().recovery_crashes(deaths)
}

/// The first loses what it was to save when it dies between two calls, the second when half of a call is done.
#[test]
fn what_a_dead_recovery_leaves_is_recovered_from() {
    for (recover, place) in [(removes_first as Recover, "+3"), (believes_what_is_there, "+4h")] {
        let work = Work(recover);
        assert!(Explore::new(&work).bounds(bounds(0)).run().violation.is_none(), "{place}");
        let explore = Explore::new(&work).bounds(bounds(1));
        let found = explore.run().violation.expect(place);
        assert_eq!(found.broken.oracle, "DONE", "{place}");
        let shrunk = explore.shrink(&found);
        for tape in [&found.tape, &shrunk.tape] {
            let (cut, _) = tape.split_once('#').expect("a checksum");
            assert_eq!(cut, place);
            let again = explore.replay(tape).unwrap();
            assert_eq!(again.violation.expect(place).broken, found.broken);
        }
        let told = explore.tell(&shrunk.tape).unwrap();
        assert!(told.iter().any(|step| step.outcome.starts_with("dies")), "{told:?}");
        assert!(explore.replay("+99").is_err(), "there is no such step");
    }
}

/// A recovery that syncs what it has saved before it removes what it was saved from, or does not.
struct Durable {
    syncs: bool,
}

impl Scenario for Durable {
    fn disk(&self) -> MemDisk {
        let disk = MemDisk::new(Profile::posix());
        let vfs = disk.process();
        drop(vfs.create_file(&vfs.root(), &name("todo")));
        disk
    }

    fn setup(&self) -> Setup {
        let syncs = self.syncs;
        let recovery = Program::new(move |vfs| {
            let root = vfs.root();
            if vfs.stat(&root, &name("todo")).is_ok() {
                let _ = vfs.remove_file(&root, &name("done"));
                put(vfs, "done").unwrap();
                if syncs {
                    let done = vfs.open_file(&root, &name("done"), Access::ReadWrite).unwrap();
                    vfs.sync_file(&done).unwrap();
                }
                let _ = vfs.remove_file(&root, &name("todo"));
            }
        });
        let looks = Program::new(|vfs| drop(vfs.list(&vfs.root())));
        Setup::new(vec![looks], IsDone).recovery(vec![recovery])
    }
}

/// The first loss of power takes nothing, for nothing was done; the second takes what the recovery has not synced.
#[test]
fn a_loss_of_power_in_a_recovery_is_recovered_from() {
    let models = [Persistence::EXT4_XFS];
    let careless = Durable { syncs: false };
    let once = Explore::new(&careless).power_losses(&models).run();
    assert!(once.is_complete && once.violation.is_none(), "{:?}", once.violation);
    let explore = Explore::new(&careless).power_losses(&models).bounds(bounds(1));
    let found = explore.run().violation.expect("what was saved is lost");
    assert_eq!(found.broken.oracle, "DONE");
    for tape in [&found.tape, &explore.shrink(&found).tape] {
        assert!(tape.contains(":ext4, xfs:"), "{tape}");
        assert_eq!(explore.replay(tape).unwrap().violation.expect("the same").broken, found.broken);
    }
    for crashes in 1..3 {
        let careful = Durable { syncs: true };
        let explore = Explore::new(&careful).power_losses(&models).bounds(bounds(crashes));
        let (merged, unmerged) = (explore.run(), explore.run_unmerged());
        assert!(merged.is_complete && merged.violation.is_none(), "{:?}", merged.violation);
        assert!(unmerged.is_complete && unmerged.violation.is_none(), "{:?}", unmerged.violation);
        assert_eq!(merged.recoveries, unmerged.recoveries);
    }
}

#[test]
fn one_that_can_be_begun_again_is_explored_to_its_end() {
    let work = Work(renames);
    let mut recoveries = Vec::new();
    for deaths in 0..3 {
        let explore = Explore::new(&work).bounds(bounds(deaths));
        let (merged, unmerged) = (explore.run(), explore.run_unmerged());
        assert!(merged.is_complete && merged.violation.is_none(), "{:?}", merged.violation);
        assert!(unmerged.is_complete && unmerged.violation.is_none(), "{:?}", unmerged.violation);
        assert_eq!(merged.recoveries, unmerged.recoveries);
        recoveries.push(merged.recoveries);
    }
    // Undisturbed; after a file is made, half written, written, renamed; in what those leave the same again, besides after the
    // removal of a file that was begun, and with what is done already beside the three of a file that is begun anew.
    assert_eq!(recoveries, [1, 1 + 4, 1 + 4 + 5 + 3]);
}
