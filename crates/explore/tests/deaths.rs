//! Most deaths lead to where another has led, and are not tried; those that leave something else are.

use std::any::Any;

use incrdir_explore::{
    Bounds, Broken, Explore, Happened, Oracle, Program, Report, Scenario, Setup, SimVfs, Summary,
    Verdict,
};
use incrdir_vfs::{Access, LockKind, Look, MemDisk, Name, Profile, TryLock, Vfs};

fn name(name: &str) -> Name {
    Name::new(name).unwrap()
}

/// Two processes that look at a file, have it locked for a while, and look again.
struct Lookers(Profile);

/// It was locked by somebody else.
struct Busy;

fn looks(vfs: &SimVfs<'_>) {
    let root = vfs.root();
    let Ok(file) = vfs.open_file(&root, &name("file"), Access::ReadWrite) else { return };
    let look = || (0..3).for_each(|_| drop(vfs.stat_file(&file)));
    look();
    match vfs.try_lock(&file, LockKind::Exclusive) {
        Ok(TryLock::Locked) => {
            look();
            let _ = vfs.unlock(&file);
            look();
        }
        _ => vfs.report(Busy),
    }
}

/// Nobody finds it locked by somebody who is dead.
#[derive(Clone, Hash, Default)]
struct Released {
    is_one_dead: bool,
}

impl Oracle for Released {
    fn step(&mut self, _: Look<'_>, happened: &Happened<'_>) -> Verdict {
        self.is_one_dead |= matches!(happened, Happened::Death { .. });
        Ok(())
    }

    fn hear(&mut self, _: Look<'_>, _: usize, _: &dyn Any) -> Verdict {
        match self.is_one_dead {
            true => Err(Broken::new("RELEASED", "the dead lock others out")),
            false => Ok(()),
        }
    }
}

impl Scenario for Lookers {
    fn disk(&self) -> MemDisk {
        let disk = MemDisk::new(self.0.clone());
        let vfs = disk.process();
        drop(vfs.create_file(&vfs.root(), &name("file")).unwrap());
        disk
    }

    fn setup(&self) -> Setup {
        Setup::new(vec![Program::new(looks), Program::new(looks)], Released::default())
    }
}

fn both(profile: Profile) -> [Summary; 2] {
    let scenario = Lookers(profile);
    let explore = Explore::new(&scenario).bounds(Bounds::default().kills(1).preemptions(2));
    [explore.run(), explore.run_unmerged()]
}

#[test]
fn what_a_death_leads_to_is_explored_once() {
    let [merged, unmerged] = both(Profile::posix());
    assert!(merged.is_complete && unmerged.is_complete);
    assert_eq!(merged.states, unmerged.states);
    // There are four times as many states in which somebody may die.
    assert!(merged.steps < 3 * merged.states, "{} of {}", merged.steps, merged.states);
}

#[test]
fn a_lock_that_outlives_who_had_it_is_found() {
    let found =
        both(Profile::windows()).map(|summary| summary.violation.map(|it| it.broken.oracle));
    assert_eq!(found, [Some("RELEASED"); 2]);
    // Where it does not, there is nothing to find.
    assert!(both(Profile::posix()).iter().all(|summary| summary.violation.is_none()));
}
