//! `incrdir doctor`: where it looks, what it says and what it leaves.

#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "a test lives in the real world")]

mod common;

use std::path::Path;
use std::process::Command;

use common::{Cache, INCRDIR, incrdir, names, stderr, stdout};

/// The directory that was examined, without links.
fn examined(arguments: &[&str]) -> String {
    let output = incrdir(&[&["doctor", "--format", "json"], arguments].concat());
    let text = stdout(&output);
    let field = text.lines().find_map(|line| line.trim().strip_prefix("\"directory\": \""));
    field.unwrap_or_else(|| panic!("{text}{}", stderr(&output))).trim_end_matches("\",").into()
}

fn real(path: &Path) -> String {
    path.canonicalize().unwrap().display().to_string()
}

#[test]
fn a_root_is_examined_and_nothing_is_left() {
    let cache = Cache::new();
    assert!(cache.run(&[], "echo x >$INCRDIR_SESSION/f").status.success());
    let before = names(&cache.root());
    let output = incrdir(&["doctor".as_ref(), cache.root().as_os_str()]);
    let text = stdout(&output);
    let usable = ["good: ", "works"].iter().any(|word| text.starts_with(word));
    assert_eq!(output.status.success(), usable, "{text}");
    for row in
        ["file system ", "hard links ", "locks: two processes ", "namespaces for `run --at` "]
    {
        assert!(text.lines().any(|line| line.starts_with(row)), "{row}: {text}");
    }
    // Whoever has other verdicts on temporary directories still has these.
    assert!(text.contains("locks: two processes") && text.contains("excluded"), "{text}");
    assert_eq!(names(&cache.root()), before);
}

#[test]
fn of_what_belongs_to_a_session_the_root_is_examined() {
    let cache = Cache::new();
    assert!(cache.run(&[], "mkdir $INCRDIR_SESSION/d").status.success());
    let root = real(&cache.root());
    let (unit, session) = (cache.unit(), cache.published().pop().unwrap());
    for dir in [&cache.root(), &unit, &session, &session.join("d")] {
        assert_eq!(examined(&[&dir.display().to_string()]), root);
    }
    assert_eq!(names(&session), ["d"]);
}

#[test]
fn without_a_directory_it_is_that_of_the_variable_or_the_current_one() {
    let cache = Cache::new();
    let doctor = |root: Option<&Path>| {
        let mut command = Command::new(INCRDIR);
        command.arg("doctor").current_dir(cache.dir.path()).env_remove("INCRDIR_ROOT");
        // Whoever runs the tests may have a file.
        command.env("INCRDIR_CONFIG", "");
        root.map(|root| command.env("INCRDIR_ROOT", root));
        stdout(&command.output().unwrap())
    };
    let other = tempfile::tempdir().unwrap();
    assert!(doctor(None).contains(&format!("\n`{}`\n", real(cache.dir.path()))));
    assert!(doctor(Some(other.path())).contains(&format!("\n`{}`\n", real(other.path()))));
    // Where it would be made.
    let missing = doctor(Some(Path::new("root")));
    assert!(missing.contains(&format!("`{}`, where it would be made", real(cache.dir.path()))));
}

#[test]
fn what_cannot_be_examined_is_a_failure_with_a_remedy() {
    let cache = Cache::new();
    std::fs::write(cache.path("file"), "").unwrap();
    std::os::unix::fs::symlink("nowhere", cache.path("link")).unwrap();
    for (name, says) in [
        ("file", "is not a directory; give the directory that it is in"),
        ("link", "a symbolic link that leads nowhere"),
        ("no/where", "neither it nor the directory that it would be in is there"),
    ] {
        let output = incrdir(&["doctor".as_ref(), cache.path(name).as_os_str()]);
        assert_eq!(output.status.code(), Some(1), "{name}");
        assert!(stderr(&output).contains(says), "{}", stderr(&output));
        assert_eq!(stdout(&output), "");
    }
    assert_eq!(incrdir(&["doctor", "--format", "x"]).status.code(), Some(2));
}

/// A name that would move the cursor or make up a line.
#[test]
fn names_are_shown_as_they_are() {
    let cache = Cache::new();
    let odd = cache.path("a\n\u{1b}[31mb");
    std::fs::create_dir(&odd).unwrap();
    let output = incrdir(&["doctor".as_ref(), odd.as_os_str()]);
    assert!(stdout(&output).contains("a\\n\\u{1b}[31mb`"), "{}", stdout(&output));
    assert!(!stdout(&output).contains('\u{1b}'));
}
