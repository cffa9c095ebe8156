//! Short storms on the temporary directory and in shared memory, one with operators. The long one is `cargo xtask storm`.

use std::path::Path;
use std::time::Duration;

use incrdir_sim::storm::{Outcome, Plan, drive};

fn storm(parent: &Path, sessions: usize, has_operators: bool) -> Outcome {
    let dir = tempfile::tempdir_in(parent).unwrap();
    // Where starting a process takes as long as it lives here, few of them come to anything.
    let sessions = if cfg!(windows) { sessions / 20 } else { sessions };
    let (time_limit, dir) = (Duration::from_secs(120), dir.path().into());
    let plan = Plan { sessions, time_limit, workers: 8, has_operators, dir };
    let outcome = drive(Path::new(env!("CARGO_BIN_EXE_storm")), &plan).unwrap();
    println!("{outcome:#?}");
    assert!(outcome.violations.is_empty(), "{outcome:#?}");
    // The storm was one: sessions ended, processes were killed, others looked on. How often depends on the
    // machine, and no bound on it would be fair to all.
    assert!(outcome.published + outcome.abandoned >= sessions, "{outcome:#?}");
    assert!(outcome.kills > 0 && outcome.reads > 0 && outcome.collections > 0, "{outcome:#?}");
    outcome
}

#[test]
fn on_the_temporary_directory() {
    storm(&std::env::temp_dir(), 2000, false);
}

#[test]
#[cfg(target_os = "linux")]
fn in_shared_memory() {
    storm(Path::new("/dev/shm"), 1000, false);
}

#[test]
fn with_evictors_and_pinners() {
    let outcome = storm(&std::env::temp_dir(), 1000, true);
    assert!(outcome.pinned > 0, "{outcome:#?}");
    assert!(outcome.evicted > 0 || cfg!(windows), "{outcome:#?}");
}
