//! Test your own protocol: a job queue in a directory, the bug that the explorer finds in it, and the fix.
//!
//! Jobs are files. A worker takes one by reading it and removing it; then it does the job. No job may be
//! done twice. `cargo run -p incrdir-vfs --features sim --example job_queue`

use std::cell::RefCell;
use std::io;
use std::rc::Rc;

use incrdir_vfs::sim::{Bounds, Broken, Cast, Oracle, Program, Scenario, SimVfs, explore};
use incrdir_vfs::{MemDisk, Name, Profile, Vfs};

/// The protocol under test, written against any file system. Returns the job that it took.
fn take_job<V: Vfs>(vfs: &V, queue: &V::Dir, how: Take) -> io::Result<Option<Name>> {
    for entry in vfs.list(queue)? {
        let job = entry?.name;
        let taken = match how {
            // The bug: that somebody else removed it meanwhile is taken for success.
            Take::Remove => match vfs.remove_file(queue, &job) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => true,
            },
            // The fix: it is ours only if it was us who removed it.
            Take::RemoveAndAsk => match vfs.remove_file(queue, &job) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                result => result.is_ok(),
            },
        };
        if taken {
            return Ok(Some(job));
        }
    }
    Ok(None)
}

#[derive(Clone, Copy)]
enum Take {
    Remove,
    RemoveAndAsk,
}

/// What the workers did: known to the oracle, not to the protocol.
type Done = Rc<RefCell<Vec<Name>>>;

/// Two workers, each of which takes one of two jobs.
struct Workers(Take);

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

    fn start(&self, _disk: &MemDisk) -> Cast {
        let done = Done::default();
        let worker = || -> Program {
            let (how, done) = (self.0, Rc::clone(&done));
            Box::new(move |vfs: &SimVfs<'_>| {
                if let Ok(Some(job)) = take_job(vfs, &vfs.root(), how) {
                    done.borrow_mut().push(job);
                }
            })
        };
        Cast { programs: vec![worker(), worker()], oracle: Box::new(OnlyOnce(done)) }
    }
}

struct OnlyOnce(Done);

impl Oracle for OnlyOnce {
    fn step(&mut self, _disk: &MemDisk) -> Result<(), Broken> {
        match &self.0.borrow()[..] {
            [a, b] if a == b => Err(Broken::new("ONLY-ONCE", format!("{a} was done twice"))),
            _ => Ok(()),
        }
    }
}

fn main() {
    let bounds = Bounds { kills: 1, ..Bounds::default() };
    let found = explore(&Workers(Take::Remove), &bounds).violation.expect("the bug is found");
    println!("removing without asking: {found}");

    let fixed = explore(&Workers(Take::RemoveAndAsk), &bounds);
    assert!(fixed.is_complete && fixed.violation.is_none());
    println!(
        "asking: every interleaving and every death, {} runs, nothing found",
        fixed.executions
    );
}
