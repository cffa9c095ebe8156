//! `incrdir run --warm`: the next session, filled when this one is done.
#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "a test lives in the real world")]

mod common;

use std::fs;

use common::{Cache, incrdir, names, stderr, stdout};
use serde_json::Value;

const WARM: [&str; 5] = ["--seed", "link", "--warm", "--report", "report.json"];

/// Replaces a file in a directory.
const WORK: &str =
    "cd $INCRDIR_SESSION && mkdir -p d && echo $$ > d/new && mv d/new d/file && ls -R";

fn report(cache: &Cache) -> Value {
    serde_json::from_str(&fs::read_to_string(cache.path("report.json")).unwrap()).unwrap()
}

fn waiting(cache: &Cache) -> Vec<String> {
    let mut names = names(&cache.unit());
    names.retain(|name| name.ends_with("-working"));
    names
}

fn of_root(cache: &Cache, command: &str, options: &[&str]) -> std::process::Output {
    incrdir(&[&[command, cache.root().to_str().unwrap()], options].concat())
}

#[test]
fn the_next_run_takes_over_what_waits() {
    let cache = Cache::new();
    for run in 0..4 {
        let output = cache.run(&WARM, WORK);
        let says = stderr(&output);
        assert_eq!(says.contains("(filled before)"), run > 0, "{run}: {says}");
        assert!(stdout(&output).contains("file"), "{run}");
        let report = report(&cache);
        let waits = report["warm"]["session"].as_str().unwrap().to_string();
        assert!(report["warm"]["seconds"].as_f64().unwrap() > 0.0, "{report}");
        assert_eq!(report["runs"][0]["begin"]["waited"].is_string(), run > 0, "{report}");
        assert_eq!(waiting(&cache), [waits]);
        assert_eq!(cache.published().len(), 1, "the older one was made into what waits");
    }
    let listed = stdout(&of_root(&cache, "ls", &[]));
    assert!(listed.contains("1 waiting"), "{listed}");
    let listed = stdout(&of_root(&cache, "ls", &["--long"]));
    assert!(listed.contains("  waiting    no"), "{listed}");
    let kept = stdout(&of_root(&cache, "gc", &[]));
    assert!(kept.contains("1 waits to be taken over"), "{kept}");
    assert_eq!(waiting(&cache).len(), 1);
    // Another kind of session is not for it.
    let says = stderr(&cache.run(&[], "true"));
    assert!(!says.contains("filled before"), "{says}");
    assert!(waiting(&cache).is_empty(), "it waits for nobody any more: {says}");
    let gone = stdout(&of_root(&cache, "gc", &["--max-age", "0s"]));
    assert!(gone.contains("1 empty unit"), "{gone}");
}

#[test]
fn a_program_that_fails_leaves_one_that_waits_all_the_same() {
    let cache = Cache::new();
    cache.run(&WARM, WORK);
    let failed = cache.run(&WARM, "exit 3");
    assert_eq!(failed.status.code(), Some(3), "{}", stderr(&failed));
    assert_eq!(waiting(&cache).len(), 1);
    let says = stderr(&cache.run(&WARM, WORK));
    assert!(says.contains("(filled before)"), "{says}");
}

#[test]
fn where_nothing_can_wait_it_is_said_in_the_report_and_nothing_fails() {
    let cache = Cache::new();
    let failed = cache.run(&WARM, "exit 1");
    assert_eq!(failed.status.code(), Some(1));
    let report = report(&cache);
    assert_eq!(report["warm"]["session"], Value::Null);
    let why = report["warm"]["why"].as_str().unwrap();
    assert!(why.contains("no published session"), "{why}");
    assert_eq!(stderr(&failed).lines().count(), 1, "{}", stderr(&failed));
}

#[test]
fn what_it_could_not_do_is_refused() {
    let cache = Cache::new();
    for options in [&["--warm", "--seed", "none"], &["--warm", "--durability", "none"]] {
        let refused = cache.run(options, "true");
        assert_eq!(refused.status.code(), Some(125), "{}", stderr(&refused));
        assert!(stderr(&refused).contains("--warm fills the next session"), "{}", stderr(&refused));
        assert!(!cache.root().exists());
    }
}

/// Nobody has begun what waits, and nobody has published it.
#[test]
fn what_waits_is_neither_begun_nor_published() {
    let cache = Cache::new();
    for _ in 0..2 {
        assert!(cache.run(&WARM, WORK).status.success());
    }
    let waiting = cache.unit().join(&waiting(&cache)[0]);
    let shown = stdout(&incrdir(&["show", waiting.to_str().unwrap()]));
    assert!(shown.contains("  state       waiting\n"), "{shown}");
    assert!(shown.contains("  filled      ") && !shown.contains("  published "), "{shown}");
    let counted = stdout(&of_root(&cache, "stats", &[]));
    assert!(counted.contains("1 warm, 0 cold"), "{counted}");
    assert!(counted.contains("from the records of 1 of 2 sessions"), "{counted}");
}
