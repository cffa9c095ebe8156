//! `incrdir run --bind` and `--chdir`: other directories beside the session.
#![cfg(target_os = "linux")]
#![expect(clippy::disallowed_methods, reason = "a test lives in the real world")]

mod common;

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Output;

use common::at::{Around, assert_no_mounts_of};
use common::{Cache, names, stderr, stdout};

fn cache() -> Option<Cache> {
    let cache = Cache::new();
    for dir in ["tree7", "tree7/deps", "tree8", "src"] {
        fs::create_dir(cache.path(dir)).unwrap();
        fs::write(cache.path(dir).join("name"), dir).unwrap();
    }
    fs::remove_file(cache.path("src/name")).unwrap();
    Around::Plain.is_to_be_had().then_some(cache)
}

fn run(cache: &Cache, options: &[&str], script: &str) -> Output {
    Around::Plain.run(cache, options, script)
}

/// Work trees of any name build at one path, and continue each other's work.
#[test]
fn sources_and_session_stand_at_one_path() {
    let Some(cache) = cache() else { return };
    for (tree, before) in [("tree7", ""), ("tree8", "tree7")] {
        let bind = format!("{tree}=src");
        let options = ["--bind", &bind, "--at", "src/target", "--chdir", "src"];
        let script = "cat target/built 2>/dev/null; cp name target/built; pwd >&2";
        let output = run(&cache, &options, script);
        assert_eq!(stdout(&output), before, "{}", stderr(&output));
        assert!(stderr(&output).contains(&cache.path("src\n").display().to_string()));
        assert!(stderr(&output).contains("; at src/target in a mount namespace"));
        assert_eq!(names(&cache.path(tree).join("target")), Vec::<String>::new());
    }
    assert_eq!(names(&cache.path("src")), Vec::<String>::new());
    assert_no_mounts_of(&cache);
}

/// What is bound is what is there, not what an earlier bind shows there.
#[test]
fn binds_do_not_hide_each_others_sources() {
    let Some(cache) = cache() else { return };
    let output = run(
        &cache,
        &["--bind", "tree7=tree8", "--bind", "tree8=tree7"],
        "cat tree7/name tree8/name; ls -d $INCRDIR_SESSION/. >/dev/null",
    );
    assert_eq!(stdout(&output), "tree8tree7", "{}", stderr(&output));
    assert!(stderr(&output).contains("; in a mount namespace"), "{}", stderr(&output));
    let nested =
        run(&cache, &["--bind", "tree7=src", "--bind", "tree8=src/deps"], "cat src/deps/name");
    assert_eq!(stdout(&nested), "tree8", "{}", stderr(&nested));
}

/// The session may be where a bind hides it.
#[test]
fn the_session_is_found_behind_a_bind() {
    let Some(cache) = cache() else { return };
    fs::create_dir(cache.path("root")).unwrap();
    let shown = run(&cache, &["--bind", "tree7=root", "--at", "src"], "touch src/f; ls root");
    assert_eq!(stdout(&shown), "deps\nname\n", "{}", stderr(&shown));
    assert!(cache.published()[0].join("f").exists());
    let hidden = run(&cache, &["--bind", "tree7=root"], "touch started");
    assert_eq!(hidden.status.code(), Some(125), "{}", stderr(&hidden));
    let says = "a --bind hides the session from CMD; show it elsewhere with --at";
    assert!(stderr(&hidden).contains(says), "{}", stderr(&hidden));
    assert!(!cache.path("started").exists());
}

#[test]
fn what_is_not_there_or_hides_another_is_refused() {
    let Some(cache) = cache() else { return };
    fs::write(cache.path("file"), "").unwrap();
    symlink("src", cache.path("link")).unwrap();
    let before = names(cache.dir.path());
    for (options, says) in [
        (&["--bind", "no=src"][..], "/no`: there is no such directory"),
        (&["--bind", "tree7=no"], "/no`: there is no such directory"),
        (&["--bind", "file=src"], "/file`: it is not a directory"),
        (&["--bind", "tree7=file"], "/file`: it is not a directory"),
        (&["--bind", "tree7=src", "--bind", "tree8=src"], "names `"),
        (&["--bind", "tree8=tree7/deps", "--bind", "src=tree7"], "give them in the other order"),
        (&["--bind", "tree7=src", "--bind", "tree8=link"], "is hidden by another --bind"),
        (&["--bind", "tree7=src", "--at", "link"], "is hidden by another --bind or by --at"),
        (&["--bind", "tree7=src", "--chdir", "src/no"], "/src/no`: there is no such directory"),
    ] {
        let output = run(&cache, options, "touch started");
        assert_eq!(output.status.code(), Some(125), "{options:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(says), "{options:?}: {}", stderr(&output));
        assert_eq!(names(cache.dir.path()), before, "{options:?}");
    }
}

#[test]
fn without_namespaces_a_bind_is_an_error_with_the_remedy() {
    if !Around::Off.is_to_be_had() {
        return;
    }
    let Some(cache) = cache() else { return };
    let output = Around::Off.run(&cache, &["--bind", "tree7=src", "--at", "src/target"], "true");
    assert_eq!(output.status.code(), Some(125), "{}", stderr(&output));
    assert!(stderr(&output).contains("--bind needs a mount namespace"), "{}", stderr(&output));
    assert!(stderr(&output).contains("`sysctl user.max_user_namespaces`"), "{}", stderr(&output));
}

/// Also in the session itself, and with nothing else.
#[test]
fn the_program_starts_where_it_is_told_to() {
    let Some(cache) = cache() else { return };
    let alone = run(&cache, &["--chdir", "tree7"], "cat name; touch $INCRDIR_SESSION/f");
    assert_eq!(stdout(&alone), "tree7", "{}", stderr(&alone));
    assert!(!stderr(&alone).contains("namespace"), "{}", stderr(&alone));
    for around in Around::both() {
        let inside = around.run(&cache, &["--at", "t", "--chdir", "t"], "ls; pwd");
        let t = cache.path("t").display().to_string();
        let session = cache.published().last().unwrap().parent().unwrap().display().to_string();
        assert!(stdout(&inside).starts_with("f\n"), "{around:?}: {}", stderr(&inside));
        assert!(stdout(&inside).contains(&t) || stdout(&inside).contains(&session));
        let missing = around.run(&cache, &["--at", "t", "--chdir", "t/no"], "true");
        assert_eq!(missing.status.code(), Some(125), "{}", stderr(&missing));
        assert!(stderr(&missing).contains("there is no such directory"), "{}", stderr(&missing));
        assert!(stderr(&missing).contains("abandoned, because `sh` could not be shown"));
    }
}
