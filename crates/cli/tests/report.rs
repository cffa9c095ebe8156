//! What `run` says: one short line for people, a document for programs.
#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "a test lives in the real world")]

mod common;

use std::fs;

use common::{Cache, incrdir, names, stderr};
use serde_json::Value;

fn report(cache: &Cache) -> Value {
    serde_json::from_str(&fs::read_to_string(cache.path("report.json")).unwrap()).unwrap()
}

#[test]
fn a_program_can_read_all_that_was_done() {
    let cache = Cache::new();
    let run = |options: &[&str], script: &str| {
        let options = [&["--report", "report.json", "--quiet"], options].concat();
        cache.run(&options, script)
    };
    run(&[], "echo one >$INCRDIR_SESSION/f");
    let first = report(&cache);
    assert_eq!((&first["format"], &first["version"]), (&"incrdir-run".into(), &1.into()));
    assert_eq!(first["root"], cache.root().to_str().unwrap());
    assert_eq!(
        (&first["unit"], &first["exit_status"]),
        (&cache.units()[0].clone().into(), &0.into())
    );
    let ran = &first["runs"][0];
    assert_eq!((&ran["outcome"], &ran["begin"]["source"]), (&"published".into(), &Value::Null));
    assert_eq!(ran["published"], cache.published()[0].file_name().unwrap().to_str().unwrap());
    for what in ["begin", "publish", "collect"] {
        assert!(ran["seconds"][what].as_f64().is_some_and(|took| took > 0.0), "{what}: {ran:#}");
    }

    let output = run(&["--seed", "copy"], "exit 7");
    assert_eq!(output.status.code(), Some(7));
    let failed = report(&cache);
    let ran = &failed["runs"][0];
    assert_eq!((&ran["outcome"], &failed["exit_status"]), (&"abandoned".into(), &7.into()));
    assert_eq!(ran["reason"], "`sh` exited with 7");
    assert_eq!(
        (&ran["begin"]["source"], &ran["begin"]["files_copied"]),
        (&first["runs"][0]["published"], &1.into())
    );

    // What it was started from is rejected, and it runs again.
    cache.run(&["--quiet", "--keep", "3"], "echo two >$INCRDIR_SESSION/f");
    let script = "grep -q two $INCRDIR_SESSION/f && exit 3; true";
    run(&["--on-reject", "3"], script);
    let twice = report(&cache);
    let runs = twice["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 2, "{twice:#}");
    assert!(runs[0]["rejected"].as_str().unwrap().starts_with("quarantined as q-"), "{twice:#}");
    assert_eq!((&runs[0]["exit_status"], &runs[1]["outcome"]), (&3.into(), &"published".into()));
}

#[test]
fn it_is_written_also_if_nothing_could_be_done() {
    let cache = Cache::new();
    fs::write(cache.root(), "a file").unwrap();
    let output = cache.run(&["--report", "report.json"], "true");
    assert_eq!(output.status.code(), Some(125));
    let failed = report(&cache);
    assert_eq!((&failed["exit_status"], &failed["runs"]), (&125.into(), &serde_json::json!([])));
    assert!(failed["error"].as_str().unwrap().contains("not a directory"), "{failed:#}");
    // Who wants a report gets one, or CMD is not run.
    fs::remove_file(cache.root()).unwrap();
    let output = cache.run(&["--report", "no/such/file"], "touch here");
    assert_eq!(output.status.code(), Some(125));
    assert!(
        stderr(&output).contains("cannot write --report `no/such/file`"),
        "{}",
        stderr(&output)
    );
    assert!(!cache.path("here").exists() && !cache.root().exists());
}

#[test]
fn the_line_is_short_and_reasons_are_on_lines_of_their_own() {
    let cache = Cache::new();
    cache.run(&["--keep", "9"], "echo 1 >$INCRDIR_SESSION/f; mkfifo $INCRDIR_SESSION/pipe");
    cache.run(&["--keep", "9"], "echo 2 >$INCRDIR_SESSION/f");
    let newest = cache.published().pop().unwrap();
    // The name of the session is gone from its record's list.
    fs::remove_file(newest.join("f")).unwrap();
    let says = stderr(&cache.run(&["--keep", "9", "--seed", "copy"], "true"));
    let lines: Vec<_> = says.lines().collect();
    assert!(lines[0].len() < 130 && lines[0].starts_with("incrdir: seeded from s-"), "{says}");
    let name = newest.file_name().unwrap().to_str().unwrap();
    assert!(
        lines.iter().any(|line| line.starts_with(&format!("incrdir: not from {name}: "))),
        "{says}"
    );
    assert!(
        lines.iter().any(|line| line.starts_with("incrdir: left out 1 that are no files")),
        "{says}"
    );
}

/// "cannot publish P: cannot rename P" said the path twice.
#[test]
fn a_path_is_said_once() {
    let cache = Cache::new();
    let output = cache.run(&[], "rm -r $INCRDIR_SESSION");
    assert_eq!(output.status.code(), Some(125));
    let first = stderr(&output).lines().next().unwrap().to_string();
    assert_eq!(first.matches("-working`").count(), 1, "{first}");
    assert!(first.starts_with("incrdir: cannot publish: cannot look at `/"), "{first}");
    let output = cache.run(&[], "rm -r $INCRDIR_SESSION; ln -s /tmp $INCRDIR_SESSION");
    let first = stderr(&output).lines().next().unwrap().to_string();
    assert_eq!(first.matches("-working`").count(), 1, "{first}");
    let _ = incrdir(&["gc", cache.root().to_str().unwrap()]);
    assert!(!names(&cache.root()).is_empty());
}
