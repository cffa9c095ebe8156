//! A path that somebody else could put something else at, and what the program believes of where it is.
#![cfg(target_os = "linux")]
#![expect(clippy::disallowed_methods, reason = "a test lives in the real world")]

mod common;

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};

use common::at::Around;
use common::{Cache, stderr, stdout};

const NOBODY: u32 = 65534;

/// Whoever removes the directory below a mount ends the mount, and could put a link to elsewhere there.
#[test]
fn a_path_that_others_could_replace_is_refused() {
    let cache = Cache::new();
    fs::set_permissions(cache.dir.path(), fs::Permissions::from_mode(0o1777)).unwrap();
    fs::create_dir(cache.path("open")).unwrap();
    fs::set_permissions(cache.path("open"), fs::Permissions::from_mode(0o777)).unwrap();
    let refused = |path: &str, says: &str| {
        let output = Around::Plain.run(&cache, &["--at", path], "true");
        let told = stderr(&output);
        assert_eq!(output.status.code(), Some(125), "{told}");
        assert!(told.contains(says) && told.contains("could make CMD write elsewhere"), "{told}");
        assert!(!cache.root().exists(), "nothing was made");
    };
    let accepted = |options: &[&str]| {
        let output = Around::Plain.run(&cache, options, "true");
        assert!(output.status.success(), "{}", stderr(&output));
    };
    refused("open/build", "may be written by everybody and has no sticky bit");
    // A link leads there just as well, and so does what a bind is mounted on.
    fs::create_dir(cache.path("open/there")).unwrap();
    symlink(cache.path("open/there"), cache.path("link")).unwrap();
    refused("link", "may be written by everybody and has no sticky bit");
    fs::create_dir_all(cache.path("src/t")).unwrap();
    let bind = ["--bind", "src=open/there", "--at", "open/there/t"];
    let output = Around::Plain.run(&cache, &bind, "true");
    assert!(stderr(&output).contains("--bind to `"), "{}", stderr(&output));
    assert_eq!(output.status.code(), Some(125));
    if fs::metadata("/proc/self").unwrap().uid() == 0 {
        fs::create_dir(cache.path("theirs")).unwrap();
        chown(cache.path("theirs"), Some(NOBODY), None).unwrap();
        refused("theirs", "belongs to user 65534");
        accepted(&["--at", "theirs", "--trust-owner", "65534"]);
        // Whose work tree it is, may have their own directory in it.
        chown(cache.dir.path(), Some(NOBODY), None).unwrap();
        accepted(&["--at", "theirs"]);
    }
    accepted(&["--at", "open/build", "--trust-owner", "any"]);
}

/// Another user said of a path of root's that a link there, or a directory aside, was left by incrdir.
#[test]
fn what_others_say_of_a_path_is_not_believed() {
    if fs::metadata("/proc/self").unwrap().uid() != 0 {
        println!("SKIPPED: it takes another user");
        return;
    }
    let cache = Cache::new();
    fs::set_permissions(cache.dir.path(), fs::Permissions::from_mode(0o1777)).unwrap();
    let [lease, aside] = [".t.incrdir-lease", ".t.incrdir-aside"].map(|name| cache.path(name));
    for around in [Around::Plain, Around::Nested, Around::Off] {
        if !around.is_to_be_had() {
            continue;
        }
        fs::write(&lease, "{}\n{\"target\":\"mine\"}\n").unwrap();
        chown(&lease, Some(NOBODY), None).unwrap();
        symlink("mine", cache.path("t")).unwrap();
        let output = around.run(&cache, &["--at", "t"], "true");
        assert_eq!(output.status.code(), Some(125), "{around:?} {}", stderr(&output));
        assert!(cache.path("t").is_symlink(), "{around:?}: not theirs to remove");
        fs::remove_file(cache.path("t")).unwrap();
        fs::create_dir(&aside).unwrap();
        chown(&aside, Some(NOBODY), None).unwrap();
        let output = around.run(&cache, &["--at", "t"], "true");
        assert_eq!(output.status.code(), Some(125), "{around:?} {}", stderr(&output));
        fs::remove_file(&lease).unwrap();
        let output = around.run(&cache, &["--at", "t"], "true");
        if around == Around::Off {
            assert_eq!(output.status.code(), Some(125), "{around:?} {}", stderr(&output));
        }
        assert!(aside.is_dir(), "{around:?}: not theirs to move");
        fs::remove_dir(&aside).unwrap();
        let _ = fs::remove_dir(cache.path("t"));
    }
}

/// It was found when the session had been begun, and a kept one made into it.
#[test]
fn a_path_that_is_taken_costs_no_session() {
    if !Around::Plain.is_to_be_had() {
        return;
    }
    let cache = Cache::new();
    fs::create_dir(cache.path("t")).unwrap();
    for _ in 0..2 {
        assert!(Around::Plain.run(&cache, &["--at", "t"], "true").status.success());
    }
    let published = cache.published();
    let held = fs::File::open(cache.path("t")).unwrap();
    held.lock().unwrap();
    let output = Around::Plain.run(&cache, &["--at", "t"], "true");
    assert_eq!(output.status.code(), Some(125), "{}", stderr(&output));
    assert!(stderr(&output).contains("is in use by another run"), "{}", stderr(&output));
    assert_eq!(cache.published(), published);
}

/// Shells believe PWD where it leads to the same directory, as the path of a work tree does that is mounted elsewhere too.
#[test]
fn the_program_is_told_where_it_starts() {
    if !Around::Plain.is_to_be_had() {
        return;
    }
    let cache = Cache::new();
    for dir in ["tree", "src"] {
        fs::create_dir(cache.path(dir)).unwrap();
    }
    let options = ["--bind", "tree=src", "--at", "src/t", "--chdir", "src"];
    let mut command = Around::Plain.command(&cache, &options, "pwd; echo $PWD");
    let output = command.env("PWD", cache.path("tree")).output().unwrap();
    let src = cache.dir.path().canonicalize().unwrap().join("src");
    assert_eq!(stdout(&output), format!("{0}\n{0}\n", src.display()), "{}", stderr(&output));
}
