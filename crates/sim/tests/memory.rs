//! What a session keeps in memory: the lists of two sessions and one listing, and no more.
#![cfg(unix)]

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
    let tmp = tempfile::tempdir().unwrap();
    let (vfs, root) = CapVfs::open_ambient_dir(tmp.path()).unwrap();
    let unit = UnitName::new("unit", 7).unwrap();
    let recycling = options(SeedMode::Link).retention(keep(2));
    // Cold, linked, and then made out of the spare.
    for session in 0..4 {
        let profiler = dhat::Profiler::builder().testing().build();
        let working = begin(&vfs, &root, &unit, &recycling).unwrap();
        for file in (0..FILES).filter(|file| session == 0 || file % 100 == session) {
            let file = name(format!("{file:07}-module.cgu.0.rcgu.o"));
            let _ = vfs.remove_file(working.dir(), &file);
            drop(vfs.create_file(working.dir(), &file).unwrap());
        }
        publish(working, Hash::new(session as u128)).unwrap();
        let per_file = dhat::HeapStats::get().max_bytes / FILES;
        drop(profiler);
        println!("session {session}: {per_file} bytes a file");
        assert!((1..200).contains(&per_file), "session {session} takes {per_file} bytes a file");
    }
}
