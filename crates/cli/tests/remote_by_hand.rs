//! `incrdir remote`: pushing, pulling, listing and collecting by hand.
#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "a test lives in the real world")]

mod common;

use std::fs::File;
use std::time::{Duration, SystemTime};

use common::shared::{Shared, objects};
use common::{incrdir, stderr, stdout};
use serde_json::Value;

const OF_A: [&str; 4] = ["--root", "a", "--unit", "demo"];
const OF_B: [&str; 4] = ["--root", "b", "--unit", "demo"];

#[test]
fn a_session_goes_in_and_comes_out() {
    let shared = Shared::new();
    let nothing = shared.remote("push", &OF_A);
    assert_eq!(nothing.status.code(), Some(1));
    shared.run("a", &[], "echo one >{session}/state");
    shared.run("a", &[], "echo two >{session}/state");
    let unit = shared.path("a").join("demo-2j838h7wmnycv");
    let older = common::names(&unit)
        .into_iter()
        .find(|name| name.starts_with("s-") && !name.ends_with(".lock"))
        .unwrap();

    let output = shared.remote("push", &[&OF_A[..], &["--session", &older[..20]]].concat());
    assert!(stdout(&output).starts_with("pushed s-"), "{}", stderr(&output));
    let output = shared.remote("push", &[&OF_A[..], &["--session", &older]].concat());
    assert!(stdout(&output).contains("is in the store already"), "{}", stderr(&output));
    let output = shared.remote("push", &[&OF_A[..], &["--session", "s-x"]].concat());
    assert!(stderr(&output).contains("no published session `s-x`"), "{}", stderr(&output));

    let output = shared.remote("pull", &OF_B);
    assert!(stdout(&output).starts_with("pulled s-"), "{}", stderr(&output));
    assert_eq!(stdout(&shared.run("b", &[], "cat {session}/state")), "one\n");
    // What that run has published is newer than anything there.
    let output = shared.remote("pull", &OF_B);
    assert!(
        stdout(&output).contains("nothing pulled: the store has nothing newer than s-"),
        "{}",
        stderr(&output)
    );
    shared.remote("push", &OF_A);
    assert_eq!(shared.files("demo-").len(), 2);
}

#[test]
fn a_listing_says_who_pushed_what() {
    let shared = Shared::new();
    let empty = shared.remote("ls", &[]);
    assert_eq!(stdout(&empty), "0 units, 0 sessions, 0 B stored\n", "{}", stderr(&empty));
    shared.run("a", &["--push", "STORE"], "head -c 64k /dev/urandom >{session}/large");
    shared.run("a", &["--push", "STORE", "--scope", "x"], "echo 1 >{session}/small");
    let listed = stdout(&shared.remote("ls", &["--unit", "demo"]));
    let lines: Vec<_> = listed.lines().collect();
    assert_eq!(lines[0], "demo-2j838h7wmnycv");
    assert!(lines[1].trim_start().starts_with("SCOPE  SESSION"), "{listed}");
    assert!(lines[2].starts_with("  x ") && lines[2].contains("  2  64 KiB"), "{listed}");
    assert!(lines[3].starts_with("  main ") && lines[3].ends_with("nobody"), "{listed}");
    assert!(lines[4].starts_with("1 unit, 2 sessions, "), "{listed}");
    let json: Value =
        serde_json::from_slice(&shared.remote("ls", &["--format", "json"]).stdout).unwrap();
    let session = &json["units"][0]["sessions"][1];
    assert_eq!((&session["scope"], &session["bytes"]), (&"main".into(), &65536.into()), "{json:#}");
    assert_eq!(session["program"], concat!("incrdir ", env!("CARGO_PKG_VERSION")));
    let other = shared.remote("ls", &["--unit", "other"]);
    assert_eq!(other.status.code(), Some(1));
    assert!(stderr(&other).contains("there is no unit `other` in the store"), "{}", stderr(&other));
}

/// Everything in the store is a day older.
fn a_day_passes(shared: &Shared) {
    for path in objects(&shared.store()) {
        let file = File::options().append(true).open(&path).unwrap();
        let then = file.metadata().unwrap().modified().unwrap();
        file.set_modified(then - Duration::from_secs(25 * 3600)).unwrap();
    }
}

#[test]
fn collections_remove_what_is_not_kept_and_a_day_later_what_nobody_needs() {
    let shared = Shared::new();
    for _ in 0..3 {
        let script = "head -c 100k /dev/urandom >{session}/large";
        shared.run("a", &["--push", "STORE"], script);
    }
    let collect = |options: &[&str]| {
        let output = shared.remote("collect", options);
        assert!(output.status.success(), "{}{}", stdout(&output), stderr(&output));
        stdout(&output)
    };
    let before = objects(&shared.store());
    let keeps = ["--keep", "1", "--max-percent", "90"];
    let dry = collect(&[&keeps[..], &["--dry-run"]].concat());
    assert!(dry.ends_with("would remove 2 sessions and 0 objects (0 B)\n"), "{dry}");
    assert_eq!(dry.matches("  would remove  main  s-").count(), 2, "{dry}");
    let mut after = objects(&shared.store());
    after.retain(|path| !path.ends_with("collections"));
    assert_eq!(after, before);

    let said = collect(&keeps);
    assert!(said.contains("2 objects wait (200 KiB) until the grace is over"), "{said}");
    assert_eq!((shared.files("demo-").len(), shared.files("o").len()), (1, 3));
    let said = collect(&keeps);
    assert!(said.ends_with("removed 0 sessions and 0 objects (0 B)\n"), "{said}");
    a_day_passes(&shared);
    let few = shared.remote("collect", &["--keep", "1", "--max-percent", "50%"]);
    assert_eq!(few.status.code(), Some(1));
    assert!(
        stdout(&few).contains("if that is meant, say so with --max-percent"),
        "{}",
        stdout(&few)
    );
    let json: Value =
        serde_json::from_str(&collect(&[&keeps[..], &["--format", "json"]].concat())).unwrap();
    let unit = &json["units"][0];
    assert_eq!(
        (&unit["deleted_objects"], &unit["waiting_objects"]),
        (&2.into(), &0.into()),
        "{json:#}"
    );
    assert_eq!((shared.files("demo-").len(), shared.files("o").len()), (1, 1));
    let pulled = shared.run("b", &["--pull", "STORE"], "stat -c %s {session}/large");
    assert_eq!(stdout(&pulled), "102400\n", "{}", stderr(&pulled));
}

#[test]
fn values_that_make_no_sense_are_told_so() {
    let shared = Shared::new();
    for (options, says) in [
        (&["--grace", "1h"][..], "--grace can only be longer than 24h"),
        (&["--max-percent", "0"], "a percentage is a number from 1 to 100"),
        (&["--max-percent", "101"], "a percentage is a number from 1 to 100"),
        (&["--keep", "0"], "say 1 or more"),
        (&["--keep", "-1"], "a number of sessions is written in digits"),
    ] {
        let output = shared.remote("collect", options);
        assert_eq!(output.status.code(), Some(2), "{options:?}");
        assert!(stderr(&output).contains(says), "{options:?}: {}", stderr(&output));
    }
    let output = incrdir(&["remote", "ls"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("or set INCRDIR_PULL"), "{}", stderr(&output));
}

/// Whoever sets the clock of a store back is not served worse than by a new object.
#[test]
fn an_age_in_the_future_is_a_dash() {
    let shared = Shared::new();
    shared.run("a", &["--push", "STORE"], "true");
    let manifest = shared.files("demo-").pop().unwrap();
    let later = SystemTime::now() + Duration::from_secs(3600);
    File::options().append(true).open(manifest).unwrap().set_modified(later).unwrap();
    let listed = stdout(&shared.remote("ls", &[]));
    assert!(listed.lines().nth(2).unwrap().contains("    -  "), "{listed}");
}
