//! `incrdir diff`, as its users see it.
#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "a test lives in the real world")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use common::{Cache, incrdir, stderr, stdout};
use serde_json::Value;

fn diff(a: &Path, b: &Path, options: &[&str]) -> (Option<i32>, Value) {
    let paths = [a.to_str().unwrap(), b.to_str().unwrap()];
    let output = incrdir(&[&["diff", "--format", "json"], &paths[..], options].concat());
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap())
}

fn paths(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|entry| entry["path"].as_str().unwrap()).collect()
}

/// Publishes a session with these options, and says where it is.
fn publish(cache: &Cache, options: &[&str], script: &str) -> PathBuf {
    let options = [&["--keep", "9"], options].concat();
    let output = cache.run(&options, &format!("cd $INCRDIR_SESSION; {script}"));
    assert!(output.status.success(), "{}", stderr(&output));
    cache.published().pop().unwrap()
}

fn said(output: &Output) -> Vec<String> {
    stdout(output).lines().map(String::from).collect()
}

#[test]
fn what_was_added_removed_and_changed_is_told() {
    let cache = Cache::new();
    let a = publish(
        &cache,
        &[],
        "mkdir d; echo 1 >d/same; echo 1 >gone; echo 1 >longer; echo 1 >other; ln -s x link; mkdir kind",
    );
    let b = publish(
        &cache,
        &[],
        "rm gone; echo 12345 >longer; echo 2 >other; ln -sf y link; echo new >d/new; rmdir kind; echo file >kind",
    );
    let (code, document) = diff(&a, &b, &[]);
    assert_eq!(code, Some(1));
    assert_eq!(paths(&document["added"]), ["d/new"]);
    assert_eq!(paths(&document["removed"]), ["gone"]);
    let changes: Vec<_> = document["changed"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["path"].as_str().unwrap(), it["what"].as_str().unwrap()))
        .collect();
    assert_eq!(
        changes,
        [("kind", "kind"), ("link", "target"), ("longer", "length"), ("other", "content")]
    );
    assert_eq!(
        (&document["same"]["files"], &document["unknown"]),
        (&1.into(), &serde_json::json!([]))
    );
    // What is not known from the records was read, and nothing else.
    assert_eq!(document["read"]["files"], 1, "{document:#}");

    let output = incrdir(&["diff", a.to_str().unwrap(), b.to_str().unwrap()]);
    let lines = said(&output);
    assert!(lines[0].starts_with("--- ") && lines[1].starts_with("+++ "), "{lines:#?}");
    let signs: Vec<_> = lines[2..lines.len() - 1].iter().map(|line| &line[..1]).collect();
    assert_eq!(signs, ["+", "-", "~", "~", "~", "~"], "{lines:#?}");
    assert!(lines[5].ends_with("link") && lines[6].contains("2 B to 6 B  longer"), "{lines:#?}");
    let short = said(&incrdir(&["diff", "--stat", a.to_str().unwrap(), b.to_str().unwrap()]));
    assert_eq!(
        short,
        ["1 added (4 B), 1 removed (2 B), 4 changed (14 B), 1 file the same (2 B), 1 file read"]
    );
    // The other way round.
    let (code, back) = diff(&b, &a, &[]);
    assert_eq!(
        (code, paths(&back["added"]), paths(&back["removed"])),
        (Some(1), vec!["gone"], vec!["d/new"])
    );
}

#[test]
fn what_cannot_be_known_is_said() {
    let cache = Cache::new();
    let a = publish(&cache, &[], "echo 1 >again; echo 1 >other");
    let b = publish(&cache, &[], "rm again other; echo 1 >again; echo 2 >other");
    let (code, document) = diff(&a, &b, &["--no-read"]);
    assert_eq!(code, Some(2), "it is not known whether they are the same");
    assert_eq!(paths(&document["unknown"]), ["again", "other"]);
    assert_eq!(diff(&a, &b, &[]).1["read"]["files"], 2);
    // What was recorded cannot be looked at any more.
    fs::remove_file(b.join("other")).unwrap();
    let (code, document) = diff(&a, &b, &[]);
    assert_eq!((code, paths(&document["unknown"])), (Some(2), vec!["other"]));

    let digested = Cache::new();
    let a = publish(&digested, &["--digests"], "echo 1 >again; echo 1 >other");
    let b = publish(&digested, &["--digests"], "rm again other; echo 1 >again; echo 2 >other");
    let (code, document) = diff(&a, &b, &["--no-read"]);
    assert_eq!((code, paths(&document["changed"])), (Some(1), vec!["other"]), "digests tell");
    assert_eq!((&document["read"]["files"], &document["same"]["files"]), (&0.into(), &1.into()));
}

#[test]
fn a_session_is_compared_with_its_source_or_by_name() {
    let cache = Cache::new();
    let a = publish(&cache, &["--seed", "link"], "echo 1 >f");
    let b = publish(&cache, &["--seed", "link"], "echo 2 >g");
    let same = publish(&cache, &["--seed", "link"], "true");
    let run = |arguments: &[&str]| incrdir(&[&["diff"], arguments].concat());
    let of_source = run(&[b.to_str().unwrap()]);
    assert_eq!(of_source.status.code(), Some(1));
    assert!(said(&of_source)[0].ends_with(a.file_name().unwrap().to_str().unwrap()));
    let unit = cache.unit();
    let unit = unit.to_str().unwrap();
    assert_eq!(run(&[unit]).status.code(), Some(0), "the newest has what its source has");
    let name = b.file_name().unwrap().to_str().unwrap();
    assert_eq!(run(&[unit, &name[..name.rfind('-').unwrap()]]).status.code(), Some(0));
    assert_eq!(run(&[same.to_str().unwrap(), a.to_str().unwrap()]).status.code(), Some(1));
    for (arguments, says) in [
        (&[a.to_str().unwrap()][..], "was started from nothing"),
        (&[unit, "s-zzz"], "there is no session `s-zzz`"),
        (&["nowhere"], "cannot open `nowhere`"),
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&output).contains(says), "{arguments:?}: {}", stderr(&output));
    }
    assert_eq!(run(&["--no-such"]).status.code(), Some(2));
}

/// rustc's have no record: one file in both is one file, and the rest is read.
#[test]
fn sessions_without_a_record_are_compared_by_what_is_there() {
    let cache = Cache::new();
    let unit = cache.path("rustc-0l5si3gacvbvl");
    let name =
        |time: char| unit.join(format!("s-hce0fdbqz{time}-1wf0why-18xvudajikphu8ktz4jz3zhmb"));
    let (a, b) = (name('v'), name('w'));
    for session in [&a, &b] {
        fs::create_dir_all(session.join("d")).unwrap();
    }
    fs::write(a.join("d/linked"), "1").unwrap();
    fs::hard_link(a.join("d/linked"), b.join("d/linked")).unwrap();
    for (session, text) in [(&a, "1"), (&b, "2")] {
        fs::write(session.join("own"), text).unwrap();
    }
    let (code, document) = diff(&a, &b, &[]);
    assert_eq!((code, paths(&document["changed"])), (Some(1), vec!["own"]));
    assert_eq!((&document["same"]["files"], &document["read"]["files"]), (&1.into(), &1.into()));
}
