//! What beginning tells of the file system: once for a unit, without a call, and not to who does not want to know.

use incrdir_naming::{Hash, UnitName};
use incrdir_session::{BeginOptions, Drawback, SeedMode, begin, publish};
use incrdir_sim::fixture::{create, name};
use incrdir_vfs::{Clones, MemDisk, MemVfs, Profile, Vfs};

/// What each of several runs is told; each changes a file and is published.
fn told(disk: &MemDisk, unit: &str, options: &BeginOptions, runs: usize) -> Vec<Vec<Drawback>> {
    let vfs = disk.process();
    (0..runs).map(|_| run(&vfs, unit, options)).collect()
}

fn run(vfs: &MemVfs, unit: &str, options: &BeginOptions) -> Vec<Drawback> {
    let unit = UnitName::new(unit, 1).unwrap();
    let session = begin(vfs, &vfs.root(), &unit, options).unwrap();
    let file = create(vfs, session.dir(), &name("file")).unwrap();
    vfs.write_at(&file, 0, b"content").unwrap();
    drop(file);
    let drawbacks = session.report().drawbacks.clone();
    publish(session, Hash::new(0)).unwrap();
    drawbacks
}

fn options(seed: SeedMode) -> BeginOptions {
    BeginOptions::new("test").seed(seed)
}

#[test]
fn what_is_known_is_told_first_and_what_is_seen_when_files_are_taken_over() {
    use Drawback::{CoarseTimes, Locks, NoClones, NoHardLinks, Times};
    let two = std::time::Duration::from_secs(2);
    for (profile, seed, first, second) in [
        (Profile::posix(), SeedMode::Auto, vec![], vec![NoClones]),
        (Profile::posix(), SeedMode::Link, vec![], vec![]),
        (Profile::posix().clones(Clones::IntoFile), SeedMode::Auto, vec![], vec![]),
        (Profile::tmpfs(), SeedMode::Copy, vec![Times], vec![]),
        (Profile::fuse(), SeedMode::Link, vec![Locks, Times], vec![]),
        (Profile::fat(), SeedMode::Link, vec![Times, CoarseTimes(two)], vec![NoHardLinks]),
    ] {
        for keep in [1, 2] {
            let options = options(seed).retention(incrdir_sim::usual::keep(keep));
            let disk = MemDisk::new(profile.clone());
            let right = [first.clone(), second.clone(), vec![], vec![], vec![]];
            assert_eq!(told(&disk, "unit", &options, 5), right, "{} {seed:?}", profile.name);
            // Another unit has not been told yet.
            assert_eq!(told(&disk, "other", &options, 1), right[..1], "{}", profile.name);
            let muted = options.clone().tells_drawbacks(false);
            assert_eq!(told(&disk, "muted", &muted, 2), [vec![], vec![]], "{}", profile.name);
        }
    }
}

/// A new branch takes files over from main at once, so it is told all at once.
#[test]
fn a_new_unit_with_files_of_another_one_is_told_all_of_it() {
    let disk = MemDisk::new(Profile::tmpfs());
    let main = UnitName::new("main", 1).unwrap();
    told(&disk, "main", &options(SeedMode::Auto), 3);
    let branch = options(SeedMode::Auto).fallbacks(vec![main]);
    let told = told(&disk, "branch", &branch, 3);
    let seen: Vec<Vec<Drawback>> = told
        .into_iter()
        .map(|mut told| {
            told.sort();
            told
        })
        .collect();
    assert_eq!(seen, [vec![Drawback::NoClones, Drawback::Times], vec![], vec![]]);
}
