//! Two machines, which are two roots here, that share sessions through a store, which is a directory here.
#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "a test lives in the real world")]

mod common;

use common::shared::{Shared, objects};
use common::{incrdir, stderr, stdout};

const WARM: &str = "cat $INCRDIR_SESSION/state";

#[test]
fn another_machine_starts_from_what_the_first_one_pushed() {
    let shared = Shared::new();
    let script =
        "cd $INCRDIR_SESSION; echo one >state; mkdir d; ln -s d l; echo x >d/f; chmod 640 d/f";
    let first = shared.run("a", &["--pull", "STORE", "--push", "STORE"], script);
    let says = stderr(&first);
    assert!(says.contains("nothing pulled: the store has nothing of demo-"), "{says}");
    assert!(
        says.contains("incrdir: pushed s-") && says.contains(" to main (2 files; 1 object, "),
        "{says}"
    );
    assert!(says.trim_end().ends_with("ms") || says.trim_end().ends_with(" s"), "how long: {says}");

    let second = shared.run(
        "b",
        &["--pull", "STORE"],
        "cat {session}/state; stat -c %a {session}/d/f; cat {session}/l/f",
    );
    let says = stderr(&second);
    assert_eq!(stdout(&second), "one\n640\nx\n", "{says}");
    assert!(says.contains("pulled s-") && says.contains(" of main (2 files; 1 object, "), "{says}");
    assert!(says.contains("seeded from s-") && says.contains("; published s-"), "{says}");

    // What it has published is newer.
    let third = shared.run("b", &["--pull", "STORE"], "true");
    assert!(!stderr(&third).contains("pull"), "{}", stderr(&third));
    let quiet = shared.run("c", &["--pull", "STORE", "--push", "STORE", "--quiet"], WARM);
    assert_eq!((stdout(&quiet), stderr(&quiet)), ("one\n".into(), String::new()));
}

#[test]
fn a_change_of_a_line_sends_and_fetches_what_changed() {
    let shared = Shared::new();
    let script = "cd $INCRDIR_SESSION; for n in 1 2 3 4; do head -c 100k /dev/urandom >large$n; echo $n >small$n; done";
    let options = ["--pull", "STORE", "--push", "STORE", "--report", "report.json"];
    shared.run("a", &options, script);
    let report = shared.report();
    assert_eq!(
        (&report["push"]["files"], &report["push"]["known"]),
        (&8.into(), &0.into()),
        "{report:#}"
    );
    assert_eq!(report["push"]["objects"], 5, "each large one, and the small ones together");
    let whole = report["push"]["bytes"].as_u64().unwrap();
    assert!(whole > 400 << 10, "{report:#}");

    shared.run("b", &options, "echo changed >{session}/small2");
    let report = shared.report();
    let (pull, push) = (&report["pull"], &report["push"]);
    assert_eq!((&pull["files"], &pull["objects"]), (&8.into(), &5.into()), "{report:#}");
    assert_eq!((&pull["scope"], &pull["why"]), (&"main".into(), &serde_json::Value::Null));
    assert_eq!(
        (&push["files"], &push["known"], &push["objects"]),
        (&8.into(), &7.into(), &1.into()),
        "{report:#}"
    );
    assert!(push["bytes"].as_u64().unwrap() < 2 << 10, "{report:#}");

    shared.run("a", &options, "cat {session}/small2");
    let report = shared.report();
    assert_eq!(
        (&report["pull"]["known"], &report["pull"]["objects"]),
        (&7.into(), &1.into()),
        "{report:#}"
    );
    assert!(report["pull"]["bytes"].as_u64().unwrap() < 100, "{report:#}");
    assert!(report["pull"]["here"].as_str().unwrap().starts_with("s-"), "{report:#}");
}

#[test]
fn only_what_is_published_is_pushed() {
    let shared = Shared::new();
    let failed = shared.run("a", &["--push", "STORE"], "exit 7");
    assert_eq!(failed.status.code(), Some(7));
    assert!(!stderr(&failed).contains("push"), "{}", stderr(&failed));
    assert!(objects(&shared.store()).is_empty());
    let fine = shared.run("a", &["--push", "STORE", "--publish-on", "7"], "exit 7");
    assert_eq!(fine.status.code(), Some(7));
    assert!(stderr(&fine).contains("incrdir: pushed s-"), "{}", stderr(&fine));
}

/// The environment of a CI job says where.
#[test]
fn stores_can_be_set_once() {
    let shared = Shared::new();
    let url = shared.url();
    let run = |root: &str, scope: &str, script: &str| {
        let mut command = shared.command(root, &[], script);
        command.env("INCRDIR_PULL", &url).env("INCRDIR_PUSH", &url).env("INCRDIR_SCOPE", scope);
        command.output().unwrap()
    };
    assert!(stderr(&run("a", "x", "echo 1 >{session}/state")).contains(" to x (1 file"));
    assert_eq!(stdout(&run("b", "x", WARM)), "1\n");
    let other = run("c", "y", "true");
    assert!(stderr(&other).contains("cold start"), "{}", stderr(&other));
    let bad = run("c", "a/b", "true");
    assert_eq!(bad.status.code(), Some(125));
    assert!(stderr(&bad).contains("write `feature-x` for `feature/x`"), "{}", stderr(&bad));
}

#[test]
fn a_branch_starts_from_main_also_on_a_new_machine() {
    let shared = Shared::new();
    let main = ["--key", "main", "--push", "STORE"];
    shared.run("a", &main, "echo of main >{session}/state");
    let branch = ["--key", "branch", "--or-key", "main", "--pull", "STORE", "--push", "STORE"];
    let says = shared.run("b", &branch, "cat {session}/state; echo of branch >{session}/state");
    assert_eq!(stdout(&says), "of main\n", "{}", stderr(&says));
    assert!(stderr(&says).contains(" of demo-"), "which unit: {}", stderr(&says));
    // Its own comes first from then on.
    let own = shared.run("c", &branch, WARM);
    assert_eq!(stdout(&own), "of branch\n", "{}", stderr(&own));
    let report = ["--report", "report.json"];
    let again = shared.run("c", &[&branch[..], &report].concat(), WARM);
    assert_eq!(stdout(&again), "of branch\n", "{}", stderr(&again));
}

#[test]
fn options_that_contradict_each_other_are_refused() {
    let shared = Shared::new();
    let key = shared.path("key");
    assert!(incrdir(&["remote", "keygen", key.to_str().unwrap()]).status.success());
    let key = key.to_str().unwrap();
    for (options, says) in [
        (&["--push", "STORE", "--durability", "none"][..], "--durability none records nothing"),
        (&["--pull", "STORE", "--durability", "none"], "--durability none records nothing"),
        (&["--pull", "STORE", "--seed", "none"], "--seed none starts from nothing"),
        (
            &["--pull", "STORE", "--sign-key", key],
            "--sign-key signs what is pushed: give --push too",
        ),
        (&["--pull", "STORE", "--read-scope", "x"], "give the --trust-key of whoever pushes there"),
        (&["--pull", "STORE", "--signed-only"], "without a --trust-key"),
        (&["--pull", "STORE", "--trust-key", "abc"], "not an ed25519 key"),
        (&["--pull", "STORE", "--trust-key", "@/no/such"], "cannot open the key `/no/such`"),
        (&["--trust-key", "abc"], "--trust-key is about a store: give --pull or --push too"),
        (&["--scope", "x"], "--scope is about a store"),
        (&["--require-remote"], "--require-remote is about a store"),
        (&["--pull", "/a/dir"], "a store is a URL, such as s3://bucket/prefix"),
        (&["--scope", "a/b", "--pull", "STORE"], "is not a scope"),
    ] {
        let output = shared.run("a", options, "touch ran");
        assert_eq!(output.status.code(), Some(125), "{options:?}");
        assert!(stderr(&output).contains(says), "{options:?}: {}", stderr(&output));
    }
    assert!(!shared.path("ran").exists() && !shared.path("a").exists());
}
