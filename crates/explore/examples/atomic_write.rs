//! A protocol of one process that only fears crashes: replace the content of a file so that it is always the old or the new
//! one, whole. The bug that a loss of power shows, and the fix.
//!
//! `cargo run -p incrdir-explore --example atomic_write`

use std::io;

use incrdir_explore::{
    Broken, Explore, Happened, Oracle, Persistence, Program, ReplayError, Scenario, Setup, Verdict,
};
use incrdir_vfs::{Look, MemDisk, Name, Profile, Vfs};

/// Writes a new file and renames it onto the old one.
fn save<V: Vfs>(vfs: &V, dir: &V::Dir, content: &[u8], syncs: bool) -> io::Result<()> {
    let (new, state) = (name("state.new"), name("state"));
    let file = vfs.create_file(dir, &new)?;
    vfs.write_at(&file, 0, content)?;
    if syncs {
        vfs.sync_file(&file)?;
    }
    vfs.rename(dir, &new, dir, &state)
}

fn name(name: &str) -> Name {
    Name::new(name).expect("a file name")
}

/// The file is the old one or the new one, whatever happens.
#[derive(Clone, Hash)]
struct OldOrNew;

impl Oracle for OldOrNew {
    fn step(&mut self, look: Look<'_>, _happened: &Happened<'_>) -> Verdict {
        match look.at([&name("state")]).and_then(|state| state.content()) {
            Some(b"old" | b"new") => Ok(()),
            Some(torn) => Err(Broken::new("OLD-OR-NEW", format!("\"{}\"", torn.escape_ascii()))),
            None => Err(Broken::new("OLD-OR-NEW", "the file is gone")),
        }
    }
}

/// One process that saves once.
pub fn scenario(syncs: bool) -> impl Scenario {
    Save { syncs }
}

struct Save {
    syncs: bool,
}

impl Scenario for Save {
    fn disk(&self) -> MemDisk {
        let disk = MemDisk::new(Profile::posix());
        let vfs = disk.process();
        let file = vfs.create_file(&vfs.root(), &name("state")).expect("an empty disk");
        vfs.write_at(&file, 0, b"old").expect("room");
        disk
    }

    fn setup(&self) -> Setup {
        let syncs = self.syncs;
        let program = Program::new(move |vfs| drop(save(vfs, &vfs.root(), b"new", syncs)));
        Setup::new(vec![program], OldOrNew)
    }
}

fn main() -> Result<(), ReplayError> {
    // What ext4 and xfs may do, and what POSIX would allow.
    let models = [Persistence::EXT4_XFS, Persistence::POSIX];
    let careless = Save { syncs: false };
    let explore = Explore::new(&careless).power_losses(&models);
    let found = explore.run().violation.expect("a bug");
    let found = explore.shrink(&found);
    println!("{found}");
    for step in explore.tell(&found.tape)? {
        println!("{step}");
    }
    assert!(explore.replay(&found.tape)?.violation.is_some());

    let careful = Explore::new(&Save { syncs: true }).power_losses(&models).run();
    assert!(careful.is_complete && careful.violation.is_none());
    println!("mended: {} images of the disk, no violation", careful.images);
    Ok(())
}

/// The test that stays.
#[test]
fn the_file_is_the_old_or_the_new_one() {
    let models = [Persistence::EXT4_XFS, Persistence::POSIX];
    Explore::new(&Save { syncs: true }).power_losses(&models).check();
}
