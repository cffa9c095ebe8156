//! Test your own protocol: a job queue in a directory, the bug that the explorer finds in it, and the fix. The
//! guide `docs/testing-your-own-protocol.md` explains it part by part.
//!
//! `cargo run -p incrdir-vfs --features sim --example job_queue`

use incrdir_explore::Report;
use std::any::Any;
use std::collections::BTreeSet;
use std::io;

use incrdir_explore::{
    Bounds, Broken, Cast, Happened, Oracle, Program, Scenario, SimVfs, TapeError, Verdict, explore,
    replay, shrink, tell,
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

    fn cast(&self) -> Cast {
        let are_mended = self.are_mended;
        let work = move |vfs: &SimVfs<'_>| {
            let queue = vfs.root();
            let taken =
                if are_mended { take_job_mended(vfs, &queue) } else { take_job(vfs, &queue) };
            if let Ok(Some(job)) = taken {
                vfs.report(Does(job));
            }
        };
        Cast::new(vec![Program::new(work), Program::new(work)], OnlyOnce::default())
    }
}

fn main() -> Result<(), TapeError> {
    let bounds = Bounds { kills: 1, ..Bounds::default() };
    let workers = Workers { are_mended: false };
    let found = explore(&workers, &bounds).violation.expect("a bug");
    // As simple as it gets, told call by call, and seen again.
    let found = shrink(&workers, &bounds, &found);
    println!("{found}");
    for told in tell(&workers, &bounds, &found.tape)? {
        println!("worker {}: {}: {}", told.process, told.call, told.outcome);
    }
    assert!(replay(&workers, &bounds, &found.tape)?.violation.is_some());

    let mended = explore(&Workers { are_mended: true }, &bounds);
    assert!(mended.is_complete && mended.violation.is_none());
    println!("mended: every interleaving and every death, {} states, no violation", mended.states);
    Ok(())
}
