//! A full disk, and that it is told what would help.
#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "a test lives in the real world")]

mod common;

use std::fs;
use std::io::Write;
use std::process::Output;

use common::mounted::Mounted;
use common::{Cache, incrdir, names, stderr, stdout};

/// Leaves nothing free.
fn fill(cache: &Cache) {
    let mut file = fs::File::create(cache.path("rest")).unwrap();
    while file.write_all(&[1; 4096]).is_ok() {}
}

/// The line about it, which comes after the error.
#[track_caller]
fn advice(output: &Output, error: &str) -> String {
    assert_eq!(output.status.code(), Some(125), "{}", stderr(output));
    let says = stderr(output);
    let mut lines = says.lines().skip_while(|line| !line.contains("No space left on device"));
    assert!(lines.next().is_some_and(|line| line.contains(error)), "{says}");
    lines.next().expect(&says).to_string()
}

/// It said "No space left on device", and neither how much was needed nor where there was some to be had.
#[test]
fn there_is_no_room_to_begin() {
    let cache = Cache::new();
    let Some(_mounted) = Mounted::new(cache.dir.path(), "size=1m") else { return };
    for round in 0..2 {
        let write = format!("head -c 100000 /dev/zero >$INCRDIR_SESSION/state; echo {round}");
        assert!(cache.run(&["--seed", "none"], &write).status.success());
        let other = format!("head -c 50000 /dev/zero >$INCRDIR_SESSION/other; echo {round}");
        assert!(cache.run(&["--key", "other", "--seed", "none"], &other).status.success());
    }
    fill(&cache);
    let root = cache.root();
    let root = root.display();
    let output = cache.run(&["--seed", "copy", "--keep", "3"], "true");
    let says = advice(&output, "os error 28");
    for part in [
        &format!("0 B are free where `{root}` is"),
        ", which a session starts from, takes 100 KiB; ",
        &format!("`incrdir gc {root}` would free 0 B; "),
        // Of this unit and the other one.
        &format!("`incrdir gc {root} --keep 1` would free 152 KiB"),
    ] {
        assert!(says.contains(part), "{part}: {says}");
    }
    // It is as it says.
    let collected = incrdir(&["gc", &root.to_string(), "--keep", "1"]);
    assert!(stdout(&collected).contains("removed 2 (152 KiB)"), "{}", stdout(&collected));
    assert!(cache.run(&["--seed", "copy", "--keep", "3"], "true").status.success());
}

/// A session that waits for others had the room that this one needed, and no collection took it away.
#[test]
fn what_waits_for_others_makes_room() {
    let cache = Cache::new();
    // Links take no blocks, but directories take inodes: there are enough for two sessions.
    let Some(_mounted) = Mounted::new(cache.dir.path(), "size=4m,nr_inodes=260") else { return };
    let make = "cd $INCRDIR_SESSION && mkdir $(seq 100)";
    let made = cache.run(&["--seed", "link", "--keep", "1", "--warm"], make);
    assert!(made.status.success(), "{}", stderr(&made));
    assert!(names(&cache.unit()).iter().any(|name| name.ends_with("-working")), "one waits");
    let others = cache.run(&["--seed", "copy", "--keep", "1"], "ls $INCRDIR_SESSION | wc -l");
    assert!(others.status.success(), "{}", stderr(&others));
    assert_eq!(stdout(&others).trim(), "100");
}

/// What CMD has left room for is not enough for the record. Nothing is published, and the same is said.
#[test]
fn there_is_no_room_to_publish() {
    let cache = Cache::new();
    let Some(_mounted) = Mounted::new(cache.dir.path(), "size=1m") else { return };
    let many = "i=0; while [ $i -lt 400 ]; do : >$INCRDIR_SESSION/$i; i=$((i+1)); done; \
                cat /dev/zero >rest 2>/dev/null; true";
    let output = cache.run(&["--keep", "1"], many);
    let says = advice(&output, "cannot");
    assert!(says.contains("0 B are free where") && says.contains("would free 0 B"), "{says}");
    assert!(!says.contains("--keep 1"), "it keeps one already: {says}");
}
