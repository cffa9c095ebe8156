//! What a session keeps in memory: the lists of two sessions and one listing, and no more.
#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "it touches the real disk from outside")]

use std::fs::{File, read_dir, remove_file};
use std::path::Path;

use incrdir_naming::{Hash, UnitName};
use incrdir_session::{SeedMode, begin, publish};
use incrdir_sim::fixture::name;
use incrdir_sim::usual::{keep, options};
use incrdir_vfs::{CapVfs, Vfs};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

/// With names as long as compilers give their files.
const FILES: usize = 10_000;

#[test]
fn a_session_takes_less_than_200_bytes_a_file() {
    for (session, bytes) in bytes_a_file(&[]).into_iter().enumerate() {
        assert!((1..200).contains(&bytes), "session {session} takes {bytes} bytes a file");
    }
    // Beside one that is a directory, the list of the spare is kept while the rest is listed.
    for (session, bytes) in bytes_a_file(&["below"]).into_iter().enumerate() {
        assert!((1..320).contains(&bytes), "session {session} takes {bytes} bytes a file");
    }
}

/// Of sessions that are cold, linked, and then made out of the spare; the last two out of one that somebody has touched, so that it is
/// listed.
fn bytes_a_file(directories: &[&str]) -> Vec<usize> {
    let tmp = tempfile::tempdir().unwrap();
    let (vfs, root) = CapVfs::open_ambient_dir(tmp.path()).unwrap();
    let unit = UnitName::new("unit", 7).unwrap();
    let recycling = options(SeedMode::Link).retention(keep(2));
    let session = |session: usize| {
        if session == 4 {
            touch_all(&tmp.path().join(unit.to_string()));
        }
        let profiler = dhat::Profiler::builder().testing().build();
        let working = begin(&vfs, &root, &unit, &recycling).unwrap();
        for file in (0..FILES).filter(|file| session == 0 || file % 100 == session) {
            let file = name(format!("{file:07}-module.cgu.0.rcgu.o"));
            let _ = vfs.remove_file(working.dir(), &file);
            drop(vfs.create_file(working.dir(), &file).unwrap());
        }
        for directory in directories.iter().filter(|_| session == 0) {
            vfs.create_dir(working.dir(), &name(directory)).unwrap();
        }
        publish(working, Hash::new(session as u128)).unwrap();
        let bytes = dhat::HeapStats::get().max_bytes / FILES;
        drop(profiler);
        bytes
    };
    (0..6).map(session).collect()
}

/// Makes a name in each directory, and removes it again.
fn touch_all(unit: &Path) {
    for entry in read_dir(unit).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            let touched = entry.path().join("touched");
            File::create(&touched).unwrap();
            remove_file(&touched).unwrap();
        }
    }
}
