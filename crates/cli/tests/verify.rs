//! `incrdir verify`, audits and durability, as users see them.
#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "a test lives in the real world")]

mod common;

use std::fs;

use common::{Cache, incrdir, names, stderr, stdout};
use serde_json::Value;

fn verify(cache: &Cache, options: &[&str]) -> (Option<i32>, Value) {
    let root = cache.root();
    let arguments = [&["verify", root.to_str().unwrap(), "--format", "json"], options].concat();
    let output = incrdir(&arguments);
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap())
}

/// The verdicts, newest first.
fn verdicts(document: &Value) -> Vec<&str> {
    let sessions = document["sessions"].as_array().unwrap();
    sessions.iter().map(|session| session["verdict"].as_str().unwrap()).collect()
}

#[test]
fn verify_tells_what_is_damaged_and_puts_it_away_if_told() {
    let cache = Cache::new();
    cache.run(&["--digests"], "echo one > $INCRDIR_SESSION/state");
    cache.run(&["--digests"], "echo two > $INCRDIR_SESSION/state; mkdir $INCRDIR_SESSION/dir");
    let (code, document) = verify(&cache, &["--digests"]);
    assert_eq!((code, verdicts(&document)), (Some(0), vec!["sound", "sound"]), "{document:#}");
    assert_eq!(document["sessions"][0]["entries"], 2);

    let newest = cache.published().pop().unwrap();
    let state = newest.join("state");
    let before = fs::metadata(&state).unwrap().modified().unwrap();
    fs::write(&state, "TWO\n").unwrap();
    fs::File::open(&state).unwrap().set_modified(before).unwrap();
    let (code, document) = verify(&cache, &[]);
    assert_eq!((code, verdicts(&document)), (Some(0), vec!["sound", "sound"]), "same length");
    let (code, document) = verify(&cache, &["--digests"]);
    assert_eq!((code, verdicts(&document)), (Some(1), vec!["damaged", "sound"]));
    let reason = document["sessions"][0]["reason"].as_str().unwrap();
    assert!(reason.ends_with("state` has another content than recorded"), "{reason}");
    assert!(newest.exists(), "looking changes nothing");

    let (code, document) = verify(&cache, &["--digests", "--quarantine"]);
    assert_eq!((code, verdicts(&document)), (Some(1), vec!["quarantined", "sound"]));
    assert!(!newest.exists());
    let root = cache.root();
    let listed = stdout(&incrdir(&["ls", "-l", root.to_str().unwrap()]));
    assert!(listed.contains("quarantined"), "{listed}");
    assert!(listed.contains("state` has another content than recorded"), "{listed}");
    let output = cache.run(&["--seed", "copy"], "cat $INCRDIR_SESSION/state");
    assert_eq!(stdout(&output), "one\n");

    let kept = stdout(&incrdir(&["gc", root.to_str().unwrap(), "--all"]));
    assert!(kept.contains("kept"), "{kept}");
    incrdir(&["gc", root.to_str().unwrap(), "--quarantine", "0s"]);
    assert!(names(&cache.unit()).iter().all(|name| !name.starts_with("q-")));
}

#[test]
fn a_program_that_writes_through_links_is_found_out() {
    for audit in ["attributes", "digests"] {
        let cache = Cache::new();
        let begun = "echo one > $INCRDIR_SESSION/state; echo other > $INCRDIR_SESSION/other";
        cache.run(&["--digests"], begun);
        let output = cache.run(
            &["--quiet", "--seed", "link", "--digests", "--audit", audit],
            "echo longer > $INCRDIR_SESSION/state; false",
        );
        let said = stderr(&output);
        if audit == "attributes" && said.contains("a file can change without its times") {
            // On tmpfs, where the program is not even started.
            assert!(said.contains("--audit digests"), "{said}");
            continue;
        }
        assert!(said.contains("is damaged: `") && said.contains("/state` has 7 bytes"), "{said}");
        assert!(said.contains("quarantined as q-"), "{said}");
        let next = cache.run(&["--seed", "link"], "true");
        assert!(stderr(&next).contains("cold start"), "{}", stderr(&next));
    }
    // The same program with copies of its own harms nothing.
    let cache = Cache::new();
    cache.run(&[], "echo one > $INCRDIR_SESSION/state");
    let output =
        cache.run(&["--quiet", "--seed", "copy"], "echo longer > $INCRDIR_SESSION/state; false");
    assert_eq!(stderr(&output), "");
    assert_eq!(verdicts(&verify(&cache, &[]).1), ["sound"]);
}

#[test]
fn every_level_of_durability_publishes() {
    let cache = Cache::new();
    for level in ["none", "detect", "consistent", "durable"] {
        let output = cache.run(&["--durability", level, "--seed", "copy"], "true");
        assert!(stderr(&output).contains("published "), "{level}: {}", stderr(&output));
    }
    let output = cache.run(&["--durability", "eventually"], "true");
    assert_eq!(output.status.code(), Some(125), "{}", stderr(&output));
}

#[test]
fn what_has_no_record_is_refused_until_it_is_accepted() {
    let cache = Cache::new();
    cache.run(&["--durability", "none"], "echo one > $INCRDIR_SESSION/state");
    let refused = cache.run(&["--durability", "none"], "true");
    assert!(stderr(&refused).contains("--accept-unrecorded"), "{}", stderr(&refused));
    let accepted = cache.run(&["--accept-unrecorded"], "true");
    assert!(stderr(&accepted).contains("seeded from"), "{}", stderr(&accepted));
    assert_eq!(verify(&cache, &[]).0, Some(0), "what has no record is not known to be damaged");
}

#[test]
fn verify_says_what_it_cannot_do() {
    let cache = Cache::new();
    cache.run(&[], "true");
    let root = cache.root();
    let missing = incrdir(&["verify", root.join("missing").to_str().unwrap()]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(stderr(&missing).contains("cannot open"), "{}", stderr(&missing));
    let nobody = incrdir(&["verify", root.to_str().unwrap(), "--unit", "nobody"]);
    assert!(stderr(&nobody).contains("there is no unit `nobody`"), "{}", stderr(&nobody));
    let table = stdout(&incrdir(&["verify", root.to_str().unwrap()]));
    assert!(table.ends_with("1 sound, 0 damaged, 0 unknown, 0 without a record\n"), "{table}");
}
