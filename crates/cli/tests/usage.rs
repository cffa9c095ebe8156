//! Mistakes on the command line, and that each is told what would be right.
#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "a test lives in the real world")]

mod common;

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use common::{Cache, incrdir, stderr};

/// What standard error says, which must do nothing to a terminal.
#[track_caller]
fn says(arguments: &[&str], status: i32) -> String {
    let output = incrdir(arguments);
    let says = stderr(&output);
    assert_eq!(output.status.code(), Some(status), "{arguments:?}: {says}");
    assert!(says.chars().all(|c| c == '\n' || !c.is_control()), "{says:?}");
    assert!(!says.contains("invalid digit") && !says.contains("as a value, use '-- "), "{says}");
    says
}

#[test]
fn the_program_comes_after_two_dashes() {
    let cache = Cache::new();
    let root = cache.root();
    let run = ["run", "--root", root.to_str().unwrap(), "--unit", "demo"];
    for (rest, tip) in [
        (&["make", "all"][..], "tip: put -- before the program: `incrdir run [OPTIONS] -- make`"),
        (
            &["make", "--jobs", "2"],
            "tip: put -- before the program: `incrdir run [OPTIONS] -- make`",
        ),
        (&[], "tip: put -- before the program: `incrdir run [OPTIONS] -- CMD`"),
    ] {
        let says = says(&[&run, rest].concat(), 125);
        assert!(says.contains(tip), "{rest:?}: {says}");
    }
    for rest in [&["--"][..], &["--frobnicate", "--", "true"], &["extra", "--", "true"]] {
        let says = says(&[&run, rest].concat(), 125);
        assert!(!says.contains("put --"), "{rest:?}: {says}");
    }
    assert!(!root.exists());
}

/// A value that begins with `-` was taken for an option that there is not, with the tip to write `-- -1`.
#[test]
fn values_are_told_what_they_should_be() {
    let bad: &[(&str, &str, &[&str], &str)] = &[
        (
            "gc",
            "--keep",
            &["x", "", "1.5", "-1", "--dry-run", "٣"],
            "a number of sessions is written in digits, such as 3",
        ),
        ("run", "--keep", &["0"], "the newest session is always kept: say 1 or more"),
        ("gc", "--max-age", &["x", "", "30", "-1d"], "a time is numbers with their units, such as"),
        (
            "gc",
            "--max-size",
            &["x", "", "-1GiB", "1e3GiB"],
            "a size is a number with its unit, such as",
        ),
        ("gc", "--max-size", &["50"], "which unit? `50B` is bytes"),
        ("gc", "--max-size", &["50G", "1.5 g"], "can be read in two ways: write GiB or GB"),
        ("gc", "--max-size", &["17EiB"], "more than there can be (16EiB)"),
        (
            "gc",
            "--free",
            &["x", "", "15%-20%", "-1%", "15%..."],
            "a share of the file system is a percentage",
        ),
        ("gc", "--free", &["15", "15..20"], "`%` is missing"),
        ("gc", "--free", &["20%..15%"], "the second share is less than the first"),
        (
            "gc",
            "--free",
            &["100%", "1000%"],
            "no file system with files in it is free to 100% or more",
        ),
        (
            "pin",
            "--until",
            &["x", "", "-1day", "2027-13-01", "99999999999999years"],
            "a date is a day such as",
        ),
        ("pin", "--until", &["1970-01-01"], "that is over already"),
        ("gc", "--keep", &["99999999999999999999"], "more than there can be"),
        (
            "gc",
            "--grace",
            &["x", "", "10", "-1s", "1 fortnight"],
            "a time is numbers with their units, such as",
        ),
        ("gc", "--quarantine", &["99999999999999999999d"], "longer than can be counted"),
        ("gc", "--format", &["-x", "", "xml"], "[possible values: table, json]"),
        (
            "run",
            "--publish-on",
            &["x", "", "0", "125", "300", "-3"],
            "the status is a number from 1 to 124",
        ),
        (
            "run",
            "--on-reject",
            &["x", "", "0", "125", "300", "-3"],
            "the status is a number from 1 to 124",
        ),
        ("run", "--retries", &["x", "", "-1", "1.5"], "how often is a number in digits, such as 3"),
        ("run", "--retries", &["4294967296"], "more than there can be"),
        (
            "run",
            "--hash",
            &["x", "", "-1", "123456789012345678901234567890123"],
            "a hash is 1 to 32 hexadecimal digits",
        ),
        (
            "run",
            "--trust-owner",
            &["x", "", "-1", "4294967296"],
            "an owner is the number of a user, or `any`",
        ),
        ("run", "--bind", &["x", "", "=", "-a", "a="], "a bind is SRC=DEST"),
        ("run", "--seed", &["-x", "", "AUTO"], "[possible values: auto, link,"),
    ];
    for (command, option, values, expected) in bad {
        for value in *values {
            let (rest, status) = match *command {
                "run" => (&["--root", "r", "--unit", "u", "--", "true"][..], 125),
                _ => (&["."][..], 2),
            };
            let says = says(&[&[*command, *option, *value], rest].concat(), status);
            assert!(says.contains(expected), "{option} {value:?}: {says}");
            assert!(says.contains(option), "{option} {value:?}: {says}");
        }
    }
}

/// `incrdir ls "$ROOT"` without a ROOT was "a value is required, but none was supplied".
#[test]
fn values_with_nothing_in_them() {
    let tip = "tip: the value is empty: is a variable of the shell not set?";
    for arguments in [&["ls", ""][..], &["gc", ""], &["man", "--out="], &["completions", ""]] {
        let says = says(arguments, 2);
        assert!(says.contains(tip), "{arguments:?}: {says}");
    }
    assert!(!says(&["ls"], 2).contains("empty"));
    assert!(!says(&["man", "--out"], 2).contains("empty"));
}

#[test]
fn options_that_there_are_not() {
    assert!(says(&["gc", "--kepe", "3", "."], 2).contains("a similar argument exists: '--keep'"));
    assert!(says(&["gc", "-1"], 2).contains("unexpected argument '-1'"));
    assert!(
        says(&["run", "--root", "--unit", "u", "--", "true"], 125)
            .contains("a value is required for '--root")
    );
}

#[test]
fn values_that_are_not_text_or_act_on_a_terminal() {
    let bytes = || OsString::from_vec(b"\xff\xfe".to_vec());
    for option in ["--keep", "--grace", "--unit"] {
        let output = incrdir(&["gc".into(), option.into(), bytes(), ".".into()]);
        assert_eq!(output.status.code(), Some(2), "{option}: {}", stderr(&output));
        let says = stderr(&output);
        assert!(
            says.starts_with("error: `\u{fffd}\u{fffd}` is not UTF-8; only paths"),
            "{option}: {says}"
        );
    }
    let evil = "1\u{1b}[2J\u{202e}";
    for option in ["--keep", "--grace", "--format"] {
        let says = says(&["gc", option, evil, "."], 2);
        assert!(says.contains("1\\u{1b}[2J\\u{202e}"), "{option}: {says}");
    }
}
