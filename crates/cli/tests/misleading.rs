//! What is said must not be taken for something else.
#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "a test lives in the real world")]

mod common;

use std::fs;
use std::process::Command;

use common::{Cache, INCRDIR, incrdir, names, stderr, stdout};

/// `incrdir gc cache-1700000000000` took the root for a unit of its parent, and said that all was well.
#[test]
fn a_root_that_is_called_like_a_unit_is_a_root() {
    let cache = Cache::new();
    let root = cache.path("cache-1700000000000");
    let run = |root: &std::path::Path| {
        let mut command = Command::new(INCRDIR);
        command.args(["run", "--unit", "demo", "--keep", "9", "--root"]).arg(root);
        command.args(["--", "sh", "-c", "echo x >$INCRDIR_SESSION/f"]).output().unwrap()
    };
    for _ in 0..3 {
        assert!(run(&root).status.success());
    }
    let root = root.to_str().unwrap();
    let listed = stdout(&incrdir(&["ls", root]));
    assert!(listed.contains("1 unit, 3 sessions"), "{listed}");
    assert!(stdout(&incrdir(&["verify", root])).contains("3 sound"));
    let collected = stdout(&incrdir(&["gc", root, "--keep", "1"]));
    assert!(collected.contains("removed 2 "), "{collected}");
    // A unit stays one, whatever lies in it, and also an empty one.
    let unit = fs::read_dir(root).unwrap().next().unwrap().unwrap().path();
    fs::create_dir(unit.join("stray-0000000000001")).unwrap();
    let listed = stdout(&incrdir(&["ls", unit.to_str().unwrap()]));
    assert!(listed.contains("1 unit, 1 session"), "{listed}");
    let empty = cache.path("empty-0000000000001");
    fs::create_dir(&empty).unwrap();
    let listed = stdout(&incrdir(&["ls", empty.to_str().unwrap()]));
    assert!(listed.contains("1 unit, 0 sessions"), "{listed}");
}

/// With ten thousand sessions without a record, such as rustc's, the one line had more than a megabyte.
#[test]
fn the_one_line_stays_short() {
    let cache = Cache::new();
    cache.run(&[], "exit 1");
    let unit = cache.unit();
    for number in 0..500 {
        let session = format!("s-hofbj985f4-{number:07}");
        fs::create_dir(unit.join(format!("{session}-18xvudajikphu8ktz4jz3zhmb"))).unwrap();
        fs::write(unit.join(format!("{session}.lock")), "").unwrap();
    }
    let says = stderr(&cache.run(&["--keep", "1000"], "true"));
    let lines: Vec<_> = says.lines().collect();
    assert_eq!(lines.len(), 5, "{says}");
    assert!(lines[0].starts_with("incrdir: cold start; published s-"), "{says}");
    assert!(lines[1].starts_with("incrdir: not from s-"), "{says}");
    assert_eq!(lines[4], "incrdir: nor from 497 more");
    assert!(lines.iter().all(|line| line.len() < 140), "{says}");
}

/// A lock file that takes nothing on the medium took all of its length in memory.
#[test]
fn a_hole_in_a_lock_file_is_not_read() {
    let cache = Cache::new();
    cache.run(&["--quiet"], "echo one >$INCRDIR_SESSION/f");
    let unit = cache.unit();
    let lock = names(&unit).into_iter().find(|name| name.ends_with(".lock")).unwrap();
    let lock = fs::File::options().write(true).open(unit.join(lock)).unwrap();
    lock.set_len(256 << 20).unwrap();
    let line = "ulimit -v 200000; exec \"$0\" \"$@\"";
    let mut verify = Command::new("sh");
    let verified = verify.args(["-c", line, INCRDIR, "verify"]).arg(cache.root()).output().unwrap();
    assert!(stdout(&verified).contains("1 sound"), "{}", stderr(&verified));
    let says = stderr(&cache.run(&[], "grep one $INCRDIR_SESSION/f"));
    assert!(says.contains("seeded from") && says.contains("; published"), "{says}");
}
