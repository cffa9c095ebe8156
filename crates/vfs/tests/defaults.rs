//! What has a default, and whether that is what the contract asks for.

#![cfg(all(feature = "mem", feature = "unstable-check"))]

use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime};

use incrdir_vfs::check::{DEFAULTED, Lacks, contract, not_passed_on};
use incrdir_vfs::{
    Access, DirStat, Entry, FsInfo, LockKind, MemDisk, Name, Process, Profile, Stat, TryLock, Vfs,
};

/// The core and nothing else, done by the file system below.
#[derive(Clone)]
struct Bare<V>(V);

macro_rules! passed_on {
    ($($name:ident($($argument:ident: $taken:ty),*) -> $returned:ty;)*) => {
        $(fn $name(&self, $($argument: $taken),*) -> $returned {
            self.0.$name($($argument),*)
        })*
    };
}

impl<V: Vfs> Vfs for Bare<V> {
    type Dir = V::Dir;
    type File = V::File;

    passed_on! {
        open_dir(dir: &V::Dir, name: &Name) -> io::Result<V::Dir>;
        create_dir(dir: &V::Dir, name: &Name) -> io::Result<()>;
        remove_dir(dir: &V::Dir, name: &Name) -> io::Result<()>;
        list(dir: &V::Dir) -> io::Result<Vec<io::Result<Entry>>>;
        stat_dir(dir: &V::Dir) -> io::Result<DirStat>;
        set_dir_mtime(dir: &V::Dir, mtime: SystemTime) -> io::Result<()>;
        stat(dir: &V::Dir, name: &Name) -> io::Result<Stat>;
        rename(from_dir: &V::Dir, from: &Name, to_dir: &V::Dir, to: &Name) -> io::Result<()>;
        remove_file(dir: &V::Dir, name: &Name) -> io::Result<()>;
        create_file(dir: &V::Dir, name: &Name) -> io::Result<V::File>;
        open_file(dir: &V::Dir, name: &Name, access: Access) -> io::Result<V::File>;
        read(file: &V::File, offset: u64, buf: &mut [u8]) -> io::Result<usize>;
        write_at(file: &V::File, offset: u64, bytes: &[u8]) -> io::Result<()>;
        copy(from: &V::File, to: &V::File) -> io::Result<u64>;
        stat_file(file: &V::File) -> io::Result<Stat>;
        set_mtime(file: &V::File, mtime: SystemTime) -> io::Result<()>;
        sync_file(file: &V::File) -> io::Result<()>;
        try_lock(file: &V::File, kind: LockKind) -> io::Result<TryLock>;
        unlock(file: &V::File) -> io::Result<()>;
        fs_info(dir: &V::Dir) -> io::Result<FsInfo>;
        now() -> SystemTime;
        pause(duration: Duration) -> ();
        random() -> u32;
        is_alive(process: &Process) -> Option<bool>;
        process() -> Process;
        process_of(pid: u32) -> Process;
    }

    fn path<'a>(&self, dir: &'a V::Dir) -> &'a Path {
        self.0.path(dir)
    }
}

/// Otherwise whoever writes the core alone would break the contract by what they did not write.
#[test]
fn what_is_left_out_is_lacking_as_the_contract_says() {
    let inner = MemDisk::new(Profile::posix()).process();
    let root = inner.root();
    let all_but_locks = [
        Lacks::HardLinks,
        Lacks::Symlinks,
        Lacks::Clones,
        Lacks::Modes,
        Lacks::RenameNew,
        Lacks::DirSync,
        Lacks::Owners,
        Lacks::Extended,
        Lacks::Space,
    ];
    assert_eq!(contract(&Bare(inner), &root), all_but_locks.into());
}

#[test]
fn a_decorator_that_forgets_everything_is_told_of_everything() {
    assert_eq!(not_passed_on(|spy, dir| (Bare(spy), dir)), DEFAULTED);
}

/// A method that gets a default has to be in the list of those that decorators are asked for, but for the one whose default is
/// as right as any other.
#[test]
fn every_method_with_a_default_is_in_the_list() {
    let source = include_str!("../src/vfs.rs");
    let (_, table) = source.split_once("pub trait Vfs").unwrap();
    let (table, _) = table.split_once("\n}\n").unwrap();
    let methods = table.split("\n    fn ").skip(1).filter(|method| !method.starts_with("for_all<"));
    let with_default = methods
        .filter(|method| method.find(['{', ';']).is_some_and(|at| method[at..].starts_with('{')));
    let names: Vec<_> = with_default.map(|method| method.split('(').next().unwrap()).collect();
    assert_eq!(names, DEFAULTED);
}
