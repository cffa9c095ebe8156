//! Whoever has the lock of a name has it alone, whatever happens in between.

use std::any::Any;
use std::collections::BTreeSet;
use std::time::Duration;

use incrdir_explore::{
    Bounds, Broken, Explore, Happened, Oracle, Program, Report, Scenario, Setup, SimVfs, Verdict,
};
use incrdir_lockfs::acquire_or_create;
use incrdir_vfs::{Look, MemDisk, Name, Profile, Vfs};

/// What a program tells the oracle.
#[derive(Clone, Copy)]
enum Says {
    Entered,
    Leaves,
}

/// Those who have the lock.
#[derive(Clone, Hash, Default)]
struct Alone(BTreeSet<usize>);

impl Oracle for Alone {
    fn step(&mut self, _look: Look<'_>, happened: &Happened<'_>) -> Verdict {
        if let Happened::Death { process } = happened {
            self.0.remove(process);
        }
        Ok(())
    }

    fn hear(&mut self, _look: Look<'_>, process: usize, event: &dyn Any) -> Verdict {
        match event.downcast_ref() {
            Some(Says::Entered) => drop(self.0.insert(process)),
            Some(Says::Leaves) => drop(self.0.remove(&process)),
            None => {}
        }
        match self.0.len() {
            0 | 1 => Ok(()),
            _ => Err(Broken::new("ALONE", format!("{:?} have it", self.0))),
        }
    }
}

#[derive(Clone, Copy)]
enum After {
    Removes,
    Releases,
}

fn locks(vfs: &SimVfs<'_>, after: After) {
    let (root, name) = (vfs.root(), Name::new("lock").unwrap());
    let Ok(Some(lock)) = acquire_or_create(vfs, &root, &name, Duration::ZERO) else { return };
    vfs.report(Says::Entered);
    let _ = vfs.stat_dir(&root); // what the lock is for
    vfs.report(Says::Leaves);
    let _ = match after {
        After::Removes => lock.remove(&root, &name).is_ok(),
        After::Releases => lock.release().is_ok(),
    };
}

struct Lockers(&'static [After]);

impl Scenario for Lockers {
    fn disk(&self) -> MemDisk {
        MemDisk::new(Profile::posix())
    }

    fn setup(&self) -> Setup {
        let program = |after: &After| {
            let after = *after;
            Program::new(move |vfs| locks(vfs, after))
        };
        Setup::new(self.0.iter().map(program).collect(), Alone::default())
    }
}

#[test]
fn two_that_remove_it_are_never_both_inside() {
    use After::{Releases, Removes};
    for who in [&[Removes, Removes][..], &[Removes, Releases], &[Releases, Releases]] {
        Explore::new(&Lockers(who)).bounds(Bounds::default().kills(1).faults(1)).check();
    }
}

#[test]
fn nor_are_three() {
    use After::{Releases, Removes};
    incrdir_explore::check(&Lockers(&[Removes, Removes, Releases]));
}
