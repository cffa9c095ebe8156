//! Manual pages, as `man` shows them.
#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "a test lives in the real world")]

mod common;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use common::{Cache, incrdir, names, stderr, stdout};

/// Shows a page in a terminal of 80 columns. `None`: there is no `man` here.
fn shown(page: &Path) -> Option<Output> {
    let mut man = Command::new("man");
    man.args(["-l", "--warnings=all", "-P", "cat"]).arg(page).env("MANWIDTH", "80");
    match man.env("LC_ALL", "C.UTF-8").output() {
        Ok(output) => Some(output),
        Err(why) => {
            println!("SKIPPED: man: {why}");
            None
        }
    }
}

#[test]
fn every_command_has_a_page_that_can_be_shown() {
    let cache = Cache::new();
    let dir = cache.path("share/man/man1");
    let output = incrdir(&["man".as_ref(), "--out".as_ref(), dir.as_os_str()]);
    assert!(output.status.success() && output.stdout.is_empty(), "{}", stderr(&output));
    let pages = names(&dir);
    for command in ["", "-run", "-ls", "-gc", "-verify", "-completions", "-man"] {
        assert!(pages.contains(&format!("incrdir{command}.1")), "{pages:?}");
    }
    assert!(!pages.contains(&"incrdir-help.1".into()), "{pages:?}");
    for page in pages {
        let Some(output) = shown(&dir.join(&page)) else { return };
        assert!(output.status.success(), "{page}");
        assert_eq!(stderr(&output), "", "{page} has warnings");
        let text = stdout(&output);
        for heading in ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS"] {
            assert!(text.lines().any(|line| line == heading), "{page} has no {heading}:\n{text}");
        }
    }
}

#[test]
fn what_helps_most_has_the_usual_headings() {
    let cache = Cache::new();
    let file = cache.path("page.1");
    fs::write(&file, &incrdir(&["man", "gc"]).stdout).unwrap();
    let Some(output) = shown(&file) else { return };
    let text = stdout(&output);
    let (_, exit) = text.split_once("\nEXIT STATUS\n").expect(&text);
    let (exit, examples) = exit.split_once("\nEXAMPLES\n").expect(&text);
    assert!(exit.trim_start().starts_with("0, 1 if"), "{exit}");
    let (examples, _) = examples.split_once("\nSEE ALSO\n").expect(&text);
    assert!(
        examples
            .lines()
            .filter(|it| !it.is_empty())
            .all(|line| line.starts_with("       incrdir gc ")),
        "{examples}"
    );
    assert!(text.contains("--dry-run\n"), "{text}");
    // The footer, which readers look at for the version.
    assert!(text.contains(&format!("incrdir {}", env!("CARGO_PKG_VERSION"))), "{text}");
}

#[test]
fn pages_that_cannot_be_had() {
    let output = incrdir(&["man", "frobnicate"]);
    assert_eq!(output.status.code(), Some(1));
    let says = stderr(&output);
    assert!(says.contains("no command `frobnicate`; there are run, ls, show"), "{says}");
    let cache = Cache::new();
    let file = cache.path("file");
    fs::write(&file, "precious").unwrap();
    let output = incrdir(&["man".as_ref(), "--out".as_ref(), file.as_os_str()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("cannot write into"), "{}", stderr(&output));
    assert_eq!(fs::read_to_string(file).unwrap(), "precious");
}

/// It was called after the package, which is not what people type.
#[test]
fn the_command_is_called_as_it_is_typed() {
    let says = stdout(&incrdir(&["--version"]));
    assert_eq!(says.trim(), format!("incrdir {}", env!("CARGO_PKG_VERSION")));
}
