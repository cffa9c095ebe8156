//! Trees of many small files: what several threads do at once is what one would have done, and nobody looks twice.
#![expect(clippy::disallowed_methods, reason = "it looks at the real disk from outside")]

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use incrdir_session::{Census, measure, remove_tree};
use incrdir_sim::fixture::name;
use incrdir_vfs::{
    Access, CapDir, CapVfs, DirStat, Entry, FsInfo, LockKind, MemDisk, Name, OpKind, Process,
    Profile, Stat, TryLock, Vfs, Work,
};

const DIRECTORIES: usize = 6;
const FILES: usize = 200;

/// Directories in directories; each file has a second name in the same directory and two in the next one.
fn make_tree<V: Vfs>(vfs: &V, root: &V::Dir) {
    vfs.create_dir(root, &name("tree")).unwrap();
    let top = vfs.open_dir(root, &name("tree")).unwrap();
    let mut before = None;
    for number in 0..DIRECTORIES {
        let parent = before.as_ref().filter(|_| number % 3 > 0).unwrap_or(&top);
        vfs.create_dir(parent, &name(number)).unwrap();
        let dir = vfs.open_dir(parent, &name(number)).unwrap();
        for file in 0..FILES {
            let file = format!("file-{file}");
            let created = vfs.create_file(&dir, &name(&file)).unwrap();
            vfs.write_at(&created, 0, &[b'x'; 5000]).unwrap();
            vfs.hard_link(&dir, &name(&file), &dir, &name(format!("{file}-too"))).unwrap();
            if let Some(before) = &before {
                for twin in ["a", "b"] {
                    let twin = name(format!("{file}-{twin}"));
                    vfs.hard_link(before, &name(&file), &dir, &twin).unwrap();
                }
            }
        }
        before = Some(dir);
    }
}

fn every_name_goes_and_every_file_is_freed_once<V: Vfs>(vfs: &V, root: &V::Dir) {
    make_tree(vfs, root);
    let size = measure(vfs, root, &name("tree")).unwrap();
    let names = DIRECTORIES * FILES * 2 + (DIRECTORIES - 1) * FILES * 2;
    assert_eq!((size.files, size.own_bytes), (names as u64, size.bytes));
    let removed = remove_tree(vfs, root, &name("tree"));
    assert_eq!(removed.failures, 0, "{:?}", removed.errors);
    assert_eq!((removed.files, removed.bytes), (size.files, size.bytes));
    assert!(vfs.list(root).unwrap().is_empty());
}

#[test]
fn many_files_in_memory() {
    let vfs = MemDisk::new(Profile::posix()).process();
    every_name_goes_and_every_file_is_freed_once(&vfs, &vfs.root());
}

#[test]
fn many_files_on_the_real_disk() {
    let tmp = tempfile::tempdir().unwrap();
    let (vfs, root) = CapVfs::open_ambient_dir(tmp.path()).unwrap();
    every_name_goes_and_every_file_is_freed_once(&vfs, &root);
}

/// The real file system, on which it takes long until a look is back.
#[derive(Clone)]
struct Slow(CapVfs);

macro_rules! passed_on {
    ($($name:ident($($argument:ident: $taken:ty),*) -> $returned:ty;)*) => {
        $(fn $name(&self, $($argument: $taken),*) -> $returned {
            self.0.$name($($argument),*)
        })*
    };
}

impl Vfs for Slow {
    type Dir = CapDir;
    type File = File;

    passed_on! {
        open_dir(dir: &CapDir, name: &Name) -> io::Result<CapDir>;
        create_dir(dir: &CapDir, name: &Name) -> io::Result<()>;
        remove_dir(dir: &CapDir, name: &Name) -> io::Result<()>;
        list(dir: &CapDir) -> io::Result<Vec<io::Result<Entry>>>;
        stat_dir(dir: &CapDir) -> io::Result<DirStat>;
        set_dir_mtime(dir: &CapDir, mtime: SystemTime) -> io::Result<()>;
        rename(from_dir: &CapDir, from: &Name, to_dir: &CapDir, to: &Name) -> io::Result<()>;
        remove_file(dir: &CapDir, name: &Name) -> io::Result<()>;
        create_file(dir: &CapDir, name: &Name) -> io::Result<File>;
        open_file(dir: &CapDir, name: &Name, access: Access) -> io::Result<File>;
        read(file: &File, offset: u64, buf: &mut [u8]) -> io::Result<usize>;
        write_at(file: &File, offset: u64, bytes: &[u8]) -> io::Result<()>;
        copy(from: &File, to: &File) -> io::Result<u64>;
        stat_file(file: &File) -> io::Result<Stat>;
        set_mtime(file: &File, mtime: SystemTime) -> io::Result<()>;
        sync_file(file: &File) -> io::Result<()>;
        try_lock(file: &File, kind: LockKind) -> io::Result<TryLock>;
        unlock(file: &File) -> io::Result<()>;
        fs_info(dir: &CapDir) -> io::Result<FsInfo>;
        now() -> SystemTime;
        pause(duration: Duration) -> ();
        random() -> u32;
        is_alive(process: &Process) -> Option<bool>;
        process() -> Process;
        process_of(pid: u32) -> Process;
    }

    fn path<'a>(&self, dir: &'a CapDir) -> &'a Path {
        dir.path()
    }

    fn stat(&self, dir: &CapDir, name: &Name) -> io::Result<Stat> {
        let found = self.0.stat(dir, name);
        std::thread::sleep(Duration::from_millis(20));
        found
    }

    fn for_all<const N: usize, J: Send, T: Send>(
        &self,
        dirs: [&CapDir; N],
        jobs: Vec<J>,
        work: impl Fn(&Self, [&CapDir; N], J) -> T + Sync,
    ) -> Vec<T> {
        self.0.for_all(dirs, jobs, |vfs, dirs, job| work(&Self(vfs.clone()), dirs, job))
    }
}

/// Of two threads that delete two names of one file, each saw that the file had another name, so that its bytes were not
/// reported as freed.
#[test]
fn one_of_two_names_that_go_at_the_same_time_is_the_last() {
    let tmp = tempfile::tempdir().unwrap();
    let (vfs, root) = CapVfs::open_ambient_dir(tmp.path()).unwrap();
    for dir in ["tree", "tree/one", "tree/two"] {
        std::fs::create_dir(tmp.path().join(dir)).unwrap();
    }
    for file in ["a", "b", "c", "d", "e"] {
        let [one, two] = ["one", "two"].map(|dir| tmp.path().join("tree").join(dir).join(file));
        std::fs::write(&one, [b'x'; 5000]).unwrap();
        std::fs::hard_link(one, two).unwrap();
    }
    let size = measure(&vfs, &root, &name("tree")).unwrap();
    let removed = remove_tree(&Slow(vfs), &root, &name("tree"));
    assert_eq!((removed.files, removed.bytes), (10, size.bytes), "{removed:?}");
}

/// Each step is told once, by whichever thread, and being told to stop ends all of them.
#[test]
fn steps_are_told_and_stopping_stops_all() {
    let tmp = tempfile::tempdir().unwrap();
    let (vfs, root) = CapVfs::open_ambient_dir(tmp.path()).unwrap();
    make_tree(&vfs, &root);
    let (stop, told) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(BTreeSet::new())));
    let limit = Arc::new(AtomicU64::new(1000));
    let vfs = {
        let (stop, told, limit) = (Arc::clone(&stop), Arc::clone(&told), Arc::clone(&limit));
        vfs.stopped_by(Arc::clone(&stop)).on_step(move |step| {
            assert_eq!(step.work, Work::Remove);
            assert!(told.lock().unwrap().insert(step.done), "{step:?} twice");
            stop.fetch_or(step.done >= limit.load(Ordering::Relaxed), Ordering::Relaxed);
        })
    };
    let before = names_below(tmp.path());
    let removed = remove_tree(&vfs, &root, &name("tree"));
    assert_eq!(removed.errors.first().map(incrdir_vfs::Error::kind), Some(ErrorKind::Interrupted));
    assert!((900..1100).contains(&removed.files), "{removed:?}");
    assert_eq!(before - names_below(tmp.path()), removed.files as usize);

    stop.store(false, Ordering::Relaxed);
    limit.store(u64::MAX, Ordering::Relaxed);
    told.lock().unwrap().clear();
    let rest = remove_tree(&vfs, &root, &name("tree"));
    assert_eq!(rest.failures, 0, "{:?}", rest.errors);
    assert_eq!(names_below(tmp.path()), 0);
    let told = told.lock().unwrap();
    assert_eq!(told.last().copied(), Some(told.len() as u64), "no step is left out");
    assert!(told.len() as u64 >= rest.files);
}

fn names_below(dir: &Path) -> usize {
    let entries = std::fs::read_dir(dir).unwrap().map(Result::unwrap);
    let below = |path: &Path| if path.is_dir() { names_below(path) } else { 1 };
    entries.map(|entry| below(&entry.path())).sum()
}

/// Trees that share files in all ways: with one other, with all, with none, and with what is not measured.
#[test]
fn parts_of_a_census_add_up_to_the_whole() {
    let vfs = MemDisk::new(Profile::posix()).process();
    let root = vfs.root();
    let dirs = [0, 1, 2, 3].map(|number| {
        vfs.create_dir(&root, &name(number)).unwrap();
        vfs.open_dir(&root, &name(number)).unwrap()
    });
    for file in 0_usize..81 {
        // In each directory it has no name, one or two.
        let names = [file % 3, file / 3 % 3, file / 9 % 3, file / 27];
        drop(vfs.create_file(&root, &name("first")).unwrap());
        let first = vfs.open_file(&root, &name("first"), Access::ReadWrite).unwrap();
        vfs.write_at(&first, 0, &vec![b'x'; 4096 << (file % 5)]).unwrap();
        for (dir, names) in dirs.iter().zip(names) {
            for twin in 0..names {
                vfs.hard_link(&root, &name("first"), dir, &name(format!("{file}-{twin}"))).unwrap();
            }
        }
        vfs.remove_file(&root, &name("first")).unwrap();
    }
    let measured = |trees: &[usize]| {
        let mut census = Census::default();
        for tree in trees {
            census.measure(&vfs, &root, &name(tree)).unwrap();
        }
        census
    };
    let numbers = |census: &Census| (census.bytes(), census.own_bytes());
    // The last one is somebody else's.
    let whole = numbers(&measured(&[0, 1, 2]));
    for parts in [
        &[&[0_usize][..], &[1], &[2]][..],
        &[&[0, 1], &[2]],
        &[&[2], &[0, 1]],
        &[&[2, 1], &[], &[0]],
    ] {
        let mut sum = Census::default();
        parts.iter().for_each(|part| sum.add(measured(part)));
        assert_eq!(numbers(&sum), whole, "{parts:?}");
    }
    assert!(whole.1 < whole.0);
}

#[test]
fn a_file_is_looked_at_once_for_all_its_names() {
    let disk = MemDisk::new(Profile::posix());
    let vfs = disk.process();
    let root = vfs.root();
    make_tree(&vfs, &root);
    let before = disk.calls();
    measure(&vfs, &root, &name("tree")).unwrap();
    let looks = (disk.calls() - before)[OpKind::Stat];
    assert_eq!(looks, (DIRECTORIES * FILES) as u64);
}
