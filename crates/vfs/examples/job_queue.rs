//! Test your own protocol: a job queue in a directory, the bug that the explorer finds in it, and the fix.
//!
//! Jobs are files. A worker takes one by reading it and removing it; then it does the job. No job may be
//! done twice. `cargo run -p incrdir-vfs --features sim --example job_queue`

use std::any::Any;
use std::collections::BTreeSet;
use std::io;

use incrdir_vfs::sim::{
    Bounds, Broken, Cast, Happened, Oracle, Program, Scenario, SimVfs, Verdict, explore, shrink,
    tell,
};
use incrdir_vfs::{Look, MemDisk, Name, Profile, Vfs};

/// The protocol under test, written against any file system. Returns the job that it took.
fn take_job<V: Vfs>(vfs: &V, queue: &V::Dir, how: Take) -> io::Result<Option<Name>> {
    for entry in vfs.list(queue)? {
        let job = entry?.name;
        let removed = match vfs.remove_file(queue, &job) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => false,
            result => result.map(|()| true)?,
        };
        // The bug: that somebody else removed it meanwhile is taken for success.
        if removed || matches!(how, Take::WithoutAsking) {
            return Ok(Some(job));
        }
    }
    Ok(None)
}

#[derive(Clone, Copy)]
enum Take {
    WithoutAsking,
    IfRemoved,
}

/// Two workers, each of which takes one of two jobs.
struct Workers(Take);

/// What a worker tells the oracle, and the protocol knows nothing of.
struct Does(Name);

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
        let how = self.0;
        let work = move |vfs: &SimVfs<'_>| {
            if let Ok(Some(job)) = take_job(vfs, &vfs.root(), how) {
                vfs.report(Does(job));
            }
        };
        Cast::new(vec![Program::new(work), Program::new(work)], OnlyOnce::default())
    }
}

#[derive(Clone, Hash, Default)]
struct OnlyOnce(BTreeSet<Name>);

impl Oracle for OnlyOnce {
    fn step(&mut self, _look: Look<'_>, _happened: &Happened<'_>) -> Verdict {
        Ok(())
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

fn main() {
    let bounds = Bounds { kills: 1, ..Bounds::default() };
    let buggy = Workers(Take::WithoutAsking);
    let found = explore(&buggy, &bounds).violation.expect("the bug is found");
    let found = shrink(&buggy, &bounds, &found);
    println!("removing without asking: {found}");
    for told in tell(&buggy, &bounds, &found.tape).expect("it is a tape") {
        println!("worker {}: {} gives {}", told.process, told.call, told.outcome);
    }

    let fixed = explore(&Workers(Take::IfRemoved), &bounds);
    assert!(fixed.is_complete && fixed.violation.is_none());
    println!("asking: every interleaving and every death, {} states, nothing found", fixed.states);
}
