//! What units take: `incrdir ls`, a line for each, and `incrdir du`, which counts as `du` does.
#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "a test lives in the real world")]

mod common;

use std::fs;
use std::path::Path;
use std::process::Command;

use common::{Cache, incrdir, names, stderr, stdout};
use serde_json::Value;

fn json(arguments: &[&str]) -> Value {
    let output = incrdir(&[arguments, &["--format", "json"]].concat());
    assert!(output.status.success(), "{arguments:?}: {}", stderr(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Three units: of two sessions that share most, of one, and of one that is large.
fn three_units(cache: &Cache) {
    let link = ["--key", "shares", "--keep", "9", "--seed", "link"];
    assert!(
        cache
            .run(&link, "cd $INCRDIR_SESSION; mkdir d; head -c 100K /dev/urandom >d/old")
            .status
            .success()
    );
    assert!(cache.run(&link, "head -c 10K /dev/urandom >$INCRDIR_SESSION/new").status.success());
    cache.run(&["--key", "small"], "echo x >$INCRDIR_SESSION/f; ln -s f $INCRDIR_SESSION/link");
    cache.run(&["--key", "large"], "head -c 1M /dev/urandom >$INCRDIR_SESSION/f");
}

fn units(document: &Value) -> Vec<String> {
    let units = document["units"].as_array().unwrap();
    units.iter().map(|unit| unit["unit"].as_str().unwrap().to_string()).collect()
}

/// What `du` says that a path takes.
fn du(path: &Path) -> u64 {
    let counted = Command::new("du").args(["-s", "--block-size=1"]).arg(path).output().unwrap();
    stdout(&counted).split_whitespace().next().unwrap().parse().unwrap()
}

#[test]
fn du_counts_what_du_counts_to_the_byte() {
    let cache = Cache::new();
    three_units(&cache);
    // What is left of a crash, what was put away, and a pin count as well.
    cache.run(&["--key", "small"], "kill -9 $PPID; sleep 0.1");
    cache.run(&["--key", "large", "--on-reject", "3", "--retries", "0"], "exit 3");
    let root = cache.root();
    let root = root.to_str().unwrap();
    let unit = cache.root().join(&cache.units()[0]);
    assert!(incrdir(&["pin", unit.to_str().unwrap(), "--name", "p"]).status.success());

    let counted = json(&["du", root]);
    assert_eq!(counted["bytes"], du(&cache.root()), "{counted:#}");
    for unit in counted["units"].as_array().unwrap() {
        let path = cache.root().join(unit["unit"].as_str().unwrap());
        assert_eq!(unit["bytes"], du(&path), "{unit:#}");
    }
    // However often something is given.
    assert_eq!(json(&["du", root, unit.to_str().unwrap(), root])["bytes"], counted["bytes"]);
    assert_eq!(json(&["du", unit.to_str().unwrap()])["bytes"], du(&unit));
}

#[test]
fn du_says_what_sessions_and_units_share() {
    let cache = Cache::new();
    three_units(&cache);
    let root = cache.root();
    let root = root.to_str().unwrap();
    let before = json(&["du", root]);
    let shared = before["shared_bytes"].as_u64().unwrap();
    assert!((100 << 10..140 << 10).contains(&shared), "{before:#}");
    assert_eq!(before["shared_between_units"], 0);
    assert_eq!(
        before["unshared_bytes"].as_u64().unwrap(),
        before["bytes"].as_u64().unwrap() + shared,
        "one file is in two sessions"
    );
    // A file in two units, one of which has a name outside.
    let of = |key: usize| {
        let unit = cache.root().join(&cache.units()[key]);
        let is_session = |name: &String| name.starts_with("s-") && !name.ends_with(".lock");
        let session = names(&unit).into_iter().find(is_session).unwrap();
        unit.join(session)
    };
    let (one, other) = (of(1), of(2));
    fs::write(one.join("both"), vec![1; 50_000]).unwrap();
    fs::hard_link(one.join("both"), other.join("both")).unwrap();
    fs::hard_link(one.join("both"), cache.path("outside")).unwrap();
    let after = json(&["du", root]);
    let both = after["shared_between_units"].as_u64().unwrap();
    assert!((48 << 10..60 << 10).contains(&both), "{after:#}");
    assert_eq!(after["bytes"].as_u64().unwrap() - after["own_bytes"].as_u64().unwrap(), both);
    let said = stdout(&incrdir(&["du", root]));
    assert!(said.contains("in several units") && said.contains("also outside"), "{said}");
}

#[test]
fn ls_says_of_each_unit_what_is_to_be_known() {
    let cache = Cache::new();
    three_units(&cache);
    let root = cache.root();
    let root = root.to_str().unwrap();
    let lines: Vec<_> = stdout(&incrdir(&["ls", root])).lines().map(String::from).collect();
    assert_eq!(lines.len(), 5, "{lines:#?}");
    assert!(lines[0].starts_with("UNIT ") && lines[0].contains("SESSIONS"), "{lines:#?}");
    assert!(lines[4].starts_with("3 units, 4 sessions, "), "{lines:#?}");
    assert!(!lines.iter().any(|line| line.contains('\u{1b}')), "no colours in a pipe");

    let largest = json(&["ls", root, "--sort", "size"]);
    let bytes: Vec<_> =
        largest["units"].as_array().unwrap().iter().map(|unit| &unit["bytes"]).collect();
    assert!(bytes.is_sorted_by(|one, other| one.as_u64() >= other.as_u64()), "{bytes:?}");
    assert_eq!(units(&json(&["ls", root])), cache.units(), "by name");
    // The first one was used last.
    cache.run(&["--key", "shares"], "true");
    let oldest = json(&["ls", root, "--sort", "age"]);
    let uses: Vec<_> =
        oldest["units"].as_array().unwrap().iter().map(|unit| &unit["last_use"]).collect();
    assert!(uses.is_sorted_by(|one, other| one.as_str() <= other.as_str()), "{uses:?}");
    let last = uses[2].as_str().unwrap();
    assert!(last > uses[1].as_str().unwrap());

    let one = json(&["ls", root, "--unit", &cache.units()[1]]);
    assert_eq!(units(&one), [cache.units()[1].clone()]);
    assert_eq!(units(&json(&["ls", root, "--unit", "demo"])).len(), 3);
    let none = incrdir(&["ls", root, "--unit", "other"]);
    assert_eq!(none.status.code(), Some(1));
    assert!(stderr(&none).contains("there is no unit `other`"), "{}", stderr(&none));
}

#[test]
fn ls_says_what_is_used_dead_pinned_or_put_away() {
    let cache = Cache::new();
    cache.run(&[], "echo x >$INCRDIR_SESSION/f");
    cache.run(&["--on-reject", "3", "--retries", "0"], "exit 3");
    cache.run(&[], "true");
    let unit = cache.unit();
    let session = cache.published()[0].clone();
    for pinned in [&unit, &session] {
        let pinned = pinned.to_str().unwrap();
        assert!(incrdir(&["pin", pinned, "--name", "release"]).status.success());
    }
    cache.run(&[], "kill -9 $PPID; sleep 0.1");
    let script = r#""$0" ls "$1"; "$0" ls "$1" --format json"#;
    let root = cache.root();
    let mut run = cache.command(&[], script);
    let output = run.args([common::INCRDIR, root.to_str().unwrap()]).output().unwrap();
    let said = stdout(&output);
    assert!(said.contains("in use, pinned (release), 1 pinned, 1 quarantined, 1 dead"), "{said}");
    let document: Value = serde_json::from_str(&said[said.find('{').unwrap()..]).unwrap();
    let listed = &document["units"][0];
    assert_eq!(
        (&listed["pin"]["name"], &listed["pin"]["until"]),
        (&"release".into(), &Value::Null)
    );
    let pins = listed["entries"].as_array().unwrap().iter().filter(|entry| !entry["pin"].is_null());
    assert_eq!(pins.count(), 1);
    assert_eq!(listed["sessions"], 3, "published, dead, live; what was put away is none");
}
