//! Copies that several threads make are those that one would have made.
#![expect(clippy::disallowed_methods, reason = "it looks at the real disk from outside")]
#![cfg_attr(not(unix), allow(dead_code, unused_imports, reason = "some tests are for Unix"))]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use incrdir_naming::Hash;
use incrdir_session::{Rejection, SeedMode, Working, begin, publish};
use incrdir_sim::fixture::{Fixture, real};
use incrdir_sim::usual::{keep, options};
use incrdir_vfs::CapVfs;

type World = Fixture<CapVfs>;

/// The threads are the real back end's own.
fn start(world: &World) -> Working<CapVfs> {
    begin(world.vfs.inner(), &world.root, &world.unit, &options(SeedMode::Copy)).unwrap()
}

/// What is seen of a file or directory but its content, and which other names it has.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    content: Option<Vec<u8>>,
    modified: SystemTime,
    read_only: bool,
    others: Vec<PathBuf>,
}

#[cfg(unix)]
fn identity(path: &Path) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;
    let found = fs::symlink_metadata(path).unwrap();
    (found.dev(), found.ino())
}

#[cfg(unix)]
fn look(top: &Path) -> BTreeMap<PathBuf, Seen> {
    let (mut seen, mut waiting) = (BTreeMap::new(), vec![PathBuf::new()]);
    let mut names: BTreeMap<(u64, u64), Vec<PathBuf>> = BTreeMap::new();
    while let Some(dir) = waiting.pop() {
        for entry in fs::read_dir(top.join(&dir)).unwrap() {
            let path = dir.join(entry.unwrap().file_name());
            let whole = top.join(&path);
            let found = fs::symlink_metadata(&whole).unwrap();
            names.entry(identity(&whole)).or_default().push(path.clone());
            let content = found.is_file().then(|| fs::read(&whole).unwrap());
            let (modified, read_only) = (found.modified().unwrap(), found.permissions().readonly());
            if found.is_dir() {
                waiting.push(path.clone());
            }
            seen.insert(path, Seen { content, modified, read_only, others: Vec::new() });
        }
    }
    for mut group in names.into_values() {
        group.sort();
        for path in &group {
            seen.get_mut(path).unwrap().others = group.clone();
        }
    }
    seen
}

/// Directories in directories, each with files of its own, some of which have another name in another directory.
#[cfg(unix)]
fn make(top: &Path) {
    let mut dir = top.to_path_buf();
    for depth in 0..12 {
        dir = if depth % 4 == 0 { top.join(format!("{depth}")) } else { dir.join("below") };
        fs::create_dir(&dir).unwrap();
        for number in 0..40 {
            let file = dir.join(format!("file-{number}"));
            fs::write(&file, format!("{depth} {number}").repeat(number * 20)).unwrap();
            if number % 9 == 0 {
                fs::hard_link(&file, top.join(format!("{depth}-{number}"))).unwrap();
            }
        }
        let old = SystemTime::UNIX_EPOCH + Duration::from_secs(1_600_000_000 + depth);
        fs::File::open(&dir).unwrap().set_modified(old).unwrap();
        if depth % 3 == 0 {
            std::os::unix::fs::symlink("file-1", dir.join("link")).unwrap();
        }
    }
}

#[cfg(unix)]
#[test]
fn a_tree_is_copied_as_it_is() {
    real(|world| {
        let session = start(world);
        make(session.path());
        let wanted = look(session.path());
        publish(session, Hash::new(0)).unwrap();
        let session = start(world);
        let report = session.report();
        assert_eq!((report.seeded.copied, report.seeded.directories), (12 * 45, 12));
        assert_eq!((report.seeded.symlinks, report.seeded.linked), (4, 0));
        assert!(report.seeded.attributes_lost.is_none());
        // The time of a link is not carried over.
        let but_links = |mut seen: BTreeMap<PathBuf, Seen>| {
            seen.retain(|path, _| !path.ends_with("link"));
            seen
        };
        assert_eq!(but_links(look(session.path())), but_links(wanted));
    });
}

/// The last file of the first job and the first of the second are missing: the first of them is what is told.
#[test]
fn the_first_failure_is_the_one_that_counts() {
    real(|world| {
        let session = start(world);
        // Below the top: a change there would be seen before anything is copied.
        let below = session.path().join("below");
        fs::create_dir(&below).unwrap();
        for number in 0..400 {
            fs::write(below.join(format!("file-{number:03}")), "content").unwrap();
        }
        let listed: Vec<PathBuf> =
            fs::read_dir(&below).unwrap().map(|entry| entry.unwrap().file_name().into()).collect();
        let published = publish(session, Hash::new(0)).unwrap();
        for missing in [63, 64] {
            fs::remove_file(published.path.join("below").join(&listed[missing])).unwrap();
        }
        let session = start(world);
        let rejected = &session.report().rejected[0];
        let Rejection::Untrusted { why, .. } = &rejected.why else { panic!("{rejected:?}") };
        let told = format!("{why:?}");
        let names = |number: usize| told.contains(&*listed[number].to_string_lossy());
        assert!(told.contains("Lacking") && names(63) && !names(64), "{told}");
    });
}

/// Copies of the spare are looked at before they are taken, and those that nobody touched are not copied again; what the program
/// wrote into one that stood in the spare is recorded as new.
#[cfg(unix)]
#[test]
fn what_somebody_wrote_into_is_found_among_many() {
    real(|world| {
        let copies = options(SeedMode::Copy).retention(keep(2));
        let start = || begin(world.vfs.inner(), &world.root, &world.unit, &copies).unwrap();
        // Where the clock is coarse, what was written a moment ago is not told from what is written now.
        let settle = || std::thread::sleep(Duration::from_millis(50));
        let file = |top: &Path, number: usize| {
            top.join(format!("{}", number % 10)).join(format!("file-{number:03}"))
        };
        let session = start();
        for number in 0..10 {
            fs::create_dir(session.path().join(format!("{number}"))).unwrap();
        }
        (0..300).for_each(|number| fs::write(file(session.path(), number), "one").unwrap());
        settle();
        publish(session, Hash::new(0)).unwrap();
        let session = start();
        settle();
        let spare = publish(session, Hash::new(0)).unwrap();
        let session = start();
        settle();
        publish(session, Hash::new(0)).unwrap();
        // It is the oldest by now; nobody is to do this.
        for number in [17, 230] {
            fs::write(file(&spare.path, number), "two").unwrap();
        }
        let session = start();
        assert_eq!(session.report().recycled, Some(spare.name));
        assert_eq!((session.report().seeded.recycled, session.report().seeded.copied), (298, 2));
        let content = |top: &Path, number| fs::read_to_string(file(top, number)).unwrap();
        assert!((0..300).all(|number| content(session.path(), number) == "one"));
        for number in [5, 17, 299] {
            fs::write(file(session.path(), number), "own").unwrap();
        }
        settle();
        publish(session, Hash::new(0)).unwrap();
        for _ in 0..3 {
            let session = start();
            let own = |number: &usize| content(session.path(), *number) == "own";
            assert_eq!((0..300).filter(own).collect::<Vec<_>>(), [5, 17, 299]);
            settle();
            publish(session, Hash::new(0)).unwrap();
        }
        let session = start();
        assert_eq!(session.report().seeded.recycled, 300, "{:?}", session.report());
    });
}
