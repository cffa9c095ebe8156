//! Test your own protocol: a job queue in a directory, the bug that the explorer finds in it, and the fix. The
//! guide `docs/testing-your-own-protocol.md` explains it part by part.
//!
//! `cargo run -p incrdir-explore --example job_queue`

use std::any::Any;
use std::collections::BTreeSet;
use std::io;

use incrdir_explore::{
    Bounds, Broken, Explore, Happened, Oracle, Program, ReplayError, Report, Scenario, Setup,
    SimVfs, Verdict,
};
use incrdir_vfs::{Look, MemDisk, Name, Profile, Vfs};

fn take_job<V: Vfs>(vfs: &V, queue: &V::Dir) -> io::Result<Option<Name>> {
    let Some(entry) = vfs.list(queue)?.into_iter().next() else { return Ok(None) };
    let job = entry?.name;
    match vfs.remove_file(queue, &job) {
        // Somebody else was faster; the job is gone in any case.
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        result => result?,
    }
    Ok(Some(job))
}

fn take_job_mended<V: Vfs>(vfs: &V, queue: &V::Dir) -> io::Result<Option<Name>> {
    for entry in vfs.list(queue)? {
        let job = entry?.name;
        match vfs.remove_file(queue, &job) {
            Ok(()) => return Ok(Some(job)),
            // Somebody else was faster, and does it: on to the next one.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// What a worker tells the oracle, and the protocol knows nothing of.
struct Does(Name);

#[derive(Clone, Hash, Default)]
struct OnlyOnce(BTreeSet<Name>);

impl Oracle for OnlyOnce {
    fn step(&mut self, _look: Look<'_>, _happened: &Happened<'_>) -> Verdict {
        Ok(()) // nothing on the disk alone is wrong
    }

    fn hear(&mut self, _look: Look<'_>, _worker: usize, event: &dyn Any) -> Verdict {
        match event.downcast_ref() {
            Some(Does(job)) if !self.0.insert(job.clone()) => {
                Err(Broken::new("ONLY-ONCE", format!("{job} is done twice")))
            }
            _ => Ok(()),
        }
    }
}

/// Two workers and two jobs.
pub fn workers(are_mended: bool) -> impl Scenario {
    Workers { are_mended }
}

struct Workers {
    are_mended: bool,
}

impl Scenario for Workers {
    fn disk(&self) -> MemDisk {
        let disk = MemDisk::new(Profile::posix());
        let vfs = disk.process();
        for job in ["compile", "link"] {
            let job = Name::new(job).expect("a file name");
            drop(vfs.create_file(&vfs.root(), &job).expect("a free name"));
        }
        disk
    }

    fn setup(&self) -> Setup {
        let are_mended = self.are_mended;
        let work = move |vfs: &SimVfs<'_>| {
            let queue = vfs.root();
            let taken =
                if are_mended { take_job_mended(vfs, &queue) } else { take_job(vfs, &queue) };
            if let Ok(Some(job)) = taken {
                vfs.report(Does(job));
            }
        };
        Setup::new(vec![Program::new(work), Program::new(work)], OnlyOnce::default())
    }
}

fn main() -> Result<(), ReplayError> {
    let bounds = Bounds::default().kills(1);
    let workers = Workers { are_mended: false };
    let explore = Explore::new(&workers).bounds(bounds.clone());
    let found = explore.run().violation.expect("a bug");
    // As simple as it gets, told step by step, and seen again.
    let found = explore.shrink(&found);
    println!("{found}");
    for step in explore.tell(&found.tape)? {
        println!("{step}");
    }
    assert!(explore.replay(&found.tape)?.violation.is_some());

    let mended = Explore::new(&Workers { are_mended: true }).bounds(bounds).run();
    assert!(mended.is_complete && mended.violation.is_none());
    println!("mended: every interleaving and every death, {} states, no violation", mended.states);
    Ok(())
}

/// The test that stays: every interleaving, and every death of one of them.
#[test]
fn no_job_is_done_twice() {
    incrdir_explore::check(&Workers { are_mended: true });
}
