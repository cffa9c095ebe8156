//! A path that somebody else could put something else at, and what the program believes of where it is.
#![cfg(target_os = "linux")]
#![expect(clippy::disallowed_methods, reason = "a test lives in the real world")]

mod common;

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};

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
