//! Where what is said cannot be written.
#![cfg(target_os = "linux")]
#![expect(clippy::disallowed_methods, reason = "a test lives in the real world")]

mod common;

use std::fs::{self, File};
use std::process::{Command, Output, Stdio};

use common::{Cache, INCRDIR, incrdir, stderr};

/// Runs it with a device that is always full as standard output.
fn to_full(arguments: &[&str]) -> Output {
    let full = File::options().write(true).open("/dev/full").unwrap();
    let mut command = Command::new(INCRDIR);
    command.args(arguments).stdout(full).stderr(Stdio::piped()).output().unwrap()
}

/// Runs it with standard output a pipe that nobody reads any more.
fn to_nobody(arguments: &[&str]) -> Output {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = Command::new(INCRDIR);
    command.args(arguments).stdout(writer).stderr(Stdio::piped()).output().unwrap()
}

/// `incrdir ls R | head -1` panicked.
#[test]
fn a_reader_that_has_had_enough_is_no_failure_and_the_work_is_done() {
    let cache = Cache::new();
    for _ in 0..3 {
        cache.run(&["--keep", "9"], "true");
    }
    let root = cache.root();
    let root = root.to_str().unwrap();
    let unit = cache.unit();
    let unit = unit.to_str().unwrap();
    for arguments in [
        &["ls", root][..],
        &["ls", root, "--format", "json"],
        &["ls", "-l", root],
        &["du", root],
        &["show", unit],
        &["stats", root],
        &["verify", root],
        &["gc", root, "--dry-run"],
        &["gc", root, "--keep", "1"],
        &["--help"],
    ] {
        let output = to_nobody(arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", stderr(&output));
        assert_eq!(stderr(&output), "", "{arguments:?}");
    }
    assert_eq!(cache.published().len(), 1, "the collection was not cut short");
    // The status that the work had.
    cache.run(&["--keep", "1"], "echo whole > $INCRDIR_SESSION/file");
    fs::write(cache.published()[0].join("file"), "changed").unwrap();
    assert_eq!(to_nobody(&["verify", root]).status.code(), Some(1));
}

#[test]
fn a_standard_output_that_cannot_be_written_is_an_error() {
    let cache = Cache::new();
    for _ in 0..3 {
        cache.run(&["--keep", "9"], "true");
    }
    let root = cache.root();
    let root = root.to_str().unwrap();
    let unit = cache.unit();
    let unit = unit.to_str().unwrap();
    for (arguments, status) in [
        (&["ls", root][..], 1),
        (&["ls", root, "--format", "json"], 1),
        (&["du", root], 1),
        (&["show", unit], 1),
        (&["stats", root], 1),
        (&["diff", unit, unit], 2),
        (&["verify", root], 1),
        (&["gc", root, "--keep", "1", "--format", "json"], 1),
        (&["gc", root], 1),
        (&["ls", "--help"], 1),
        (&["run", "--help"], 125),
    ] {
        let output = to_full(arguments);
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {}", stderr(&output));
        assert_eq!(
            stderr(&output),
            "incrdir: cannot write to standard output: No space left on device (os error 28)\n",
            "{arguments:?}"
        );
    }
    assert_eq!(cache.published().len(), 1, "the collection was not cut short");
}

#[test]
fn what_cannot_be_said_on_standard_error_is_not_said() {
    let cache = Cache::new();
    let full = || File::options().write(true).open("/dev/full").unwrap();
    for (script, code) in [("touch $INCRDIR_SESSION/file", 0), ("exit 7", 7)] {
        let status = cache.command(&[], script).stderr(full()).status().unwrap();
        assert_eq!(status.code(), Some(code), "{script}");
    }
    assert_eq!(cache.published().len(), 1);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    assert_eq!(cache.command(&[], "exit 7").stderr(writer).status().unwrap().code(), Some(7));
    let mut missing = Command::new(INCRDIR);
    let status = missing.args(["ls", "no-such-directory"]).stderr(full()).status().unwrap();
    assert_eq!(status.code(), Some(1));
}

#[test]
fn help_shows_how_it_is_done_and_where_there_is_more() {
    for command in ["run", "ls", "gc", "verify", "du", "show", "diff", "restore", "stats"] {
        let output = incrdir(&[command, "--help"]);
        let help = common::stdout(&output);
        assert!(help.contains(&format!("Example: incrdir {command} ")), "{help}");
        assert!(help.contains("crates/cli/README.md"), "{help}");
        let explains = help.contains("Foreign entries have");
        assert_eq!(explains, command == "ls" || command == "gc", "{help}");
        if command == "run" {
            assert!(help.contains("--unit <NAME> -- <CMD> [ARG]...\n"), "{help}");
        }
    }
}
