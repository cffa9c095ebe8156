//! What is printed does nothing to a terminal, whatever is called what.
#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "a test lives in the real world")]

mod common;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use common::{Cache, INCRDIR, incrdir, stderr, stdout};

/// Clears the screen, forges a line of ours, and shows letters backwards.
const EVIL: &str = "\u{1b}[2J\nincrdir: published\u{202e}x\u{9b}";
const SHOWN: &str = "\\u{1b}[2J\\nincrdir: published\\u{202e}x\\u{9b}";

#[track_caller]
fn shows(text: &str, lines: usize) {
    assert!(text.contains(SHOWN), "{text:?}");
    let acts = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
    assert!(!text.contains(acts), "{text:?}");
    assert_eq!(text.lines().count(), lines, "{text:?}");
}

fn in_root(root: &Path, arguments: &[&str]) -> Output {
    incrdir(&[arguments, &[root.to_str().unwrap()]].concat())
}

/// Names with escape sequences and line ends were printed as they are, and made up lines of the report.
#[test]
fn names_are_spelled_out_in_every_command() {
    let cache = Cache::new();
    let root = cache.path(EVIL);
    let run = |options: &[&str], script: &str| {
        let mut command = Command::new(INCRDIR);
        command.args(["run", "--unit", "demo", "--root"]).arg(&root).args(options);
        command.args(["--", "sh", "-c", script]).env("EVIL", EVIL).output().unwrap()
    };
    for command in ["ls", "gc", "verify"] {
        shows(&stderr(&in_root(&root, &[command])), 1);
    }
    // A pipe is left out by the next session, and named.
    assert!(
        run(&[], "mkfifo \"$INCRDIR_SESSION/p$EVIL\"; echo x >\"$INCRDIR_SESSION/$EVIL\"")
            .status
            .success()
    );
    shows(&stderr(&run(&["--seed", "copy"], "true")), 2);
    // A file that is missing is named by verify.
    let unit = fs::read_dir(&root).unwrap().next().unwrap().unwrap().path();
    let sessions = fs::read_dir(&unit).unwrap().map(|entry| entry.unwrap().path());
    for session in sessions.filter(|path| path.is_dir()) {
        fs::remove_file(session.join(EVIL)).unwrap();
    }
    shows(&stdout(&in_root(&root, &["verify"])), 4);
    // Documents are exact.
    let document = stdout(&in_root(&root, &["verify", "--format", "json"]));
    assert!(document.contains("\\u001b[2J\\nincrdir: published\u{202e}x"), "{document}");
    // Quarantined, with the reason in the record.
    assert!(in_root(&root, &["verify", "--quarantine"]).stderr.is_empty());
    let listed = stdout(&in_root(&root, &["ls", "-l"]));
    shows(&listed, 7);
}

#[test]
fn usage_errors_and_programs_are_spelled_out() {
    let cache = Cache::new();
    let root = cache.root();
    let usage = incrdir(&["gc", "--format", EVIL, "."]);
    assert!(stderr(&usage).contains(SHOWN), "{}", stderr(&usage));
    assert!(!stderr(&usage).contains('\u{1b}'), "{:?}", stderr(&usage));
    let run = ["run", "--root", root.to_str().unwrap(), "--unit", "demo", "--", EVIL];
    shows(&stderr(&incrdir(&run)), 2);
}
