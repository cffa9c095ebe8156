//! A short storm on the temporary directory and one in shared memory. The long one is `cargo xtask storm`.

use std::path::Path;
use std::time::Duration;

use incrdir_sim::storm::{Plan, drive};

fn storm(parent: &Path, sessions: usize) {
    let dir = tempfile::tempdir_in(parent).unwrap();
    let plan =
        Plan { sessions, time_limit: Duration::from_secs(120), workers: 8, dir: dir.path().into() };
    let outcome = drive(Path::new(env!("CARGO_BIN_EXE_storm")), &plan).unwrap();
    println!("{outcome:#?}");
    assert!(outcome.violations.is_empty(), "{outcome:#?}");
    // The storm was one: sessions ended, processes were killed, others looked on. How often depends on the
    // machine, and no bound on it would be fair to all.
    assert!(outcome.published + outcome.abandoned >= sessions, "{outcome:#?}");
    assert!(outcome.kills > 0 && outcome.reads > 0 && outcome.collections > 0, "{outcome:#?}");
}

#[test]
fn on_the_temporary_directory() {
    storm(&std::env::temp_dir(), 2000);
}

#[test]
#[cfg(target_os = "linux")]
fn in_shared_memory() {
    storm(Path::new("/dev/shm"), 1000);
}
