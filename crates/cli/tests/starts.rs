//! What a session starts from: another unit, a part of the last session, an older one after the last one was rejected.
#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "a test lives in the real world")]

mod common;

use common::{Cache, names, stderr};

#[test]
fn a_branch_starts_from_main_and_goes_its_own_way() {
    let cache = Cache::new();
    let run = |keys: &[&str], script: &str| {
        let output = cache.run(keys, script);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        stderr(&output)
    };
    let add =
        |what: &str| format!("echo {what} >> $INCRDIR_SESSION/log; cat $INCRDIR_SESSION/log >&2");
    run(&["--key", "v1", "--key", "main"], &add("main"));
    let branch = ["--key", "v1", "--key", "b", "--or-key", "absent", "--or-key", "main"];
    let told = run(&branch, &add("b"));
    assert!(
        told.starts_with("main\nb\nincrdir: seeded from s-") && told.contains(" of demo-"),
        "{told}"
    );
    run(&["--key", "v1", "--key", "main"], &add("main2"));
    let told = run(&branch, &add("b2"));
    assert!(told.starts_with("main\nb\nb2\n") && !told.contains(" of demo-"), "{told}");
    let listed =
        common::incrdir(&["ls".as_ref(), cache.root().as_os_str(), "--format=json".as_ref()]);
    let listed = common::stdout(&listed);
    assert_eq!(listed.matches("\"source_unit\": \"demo-").count(), 1, "{listed}");
    // Another version shares nothing.
    let told = run(&["--key", "v2", "--key", "b", "--or-key", "main"], &add("new"));
    assert!(told.starts_with("new\n"), "{told}");
    let units = cache.units();
    assert_eq!(units.len(), 3, "none is made for a key that is only read: {units:?}");
}

#[test]
fn options_that_mean_nothing_are_refused() {
    let cache = Cache::new();
    for (options, says) in [
        (&["--or-key", "main"][..], "--key"),
        (&["--retries", "2"], "--on-reject"),
        (&["--publish-on", "3", "--on-reject", "3"], "name the same status"),
        (&["--on-reject", "0"], "a number from 1 to 124"),
        (&["--on-reject", "125"], "a number from 1 to 124"),
        (&["--exclude", "../x"], "can match nothing"),
        (&["--include", "[a"], "cannot use `[a` as a pattern"),
    ] {
        let output = cache.run(options, "true");
        let told = stderr(&output);
        assert_eq!(output.status.code(), Some(125), "{options:?} {told}");
        assert!(told.contains(says), "{options:?} {told}");
        assert!(!cache.root().exists(), "nothing is made: {options:?}");
    }
}

#[test]
fn what_is_excluded_does_not_come_back() {
    let cache = Cache::new();
    let make = "cd $INCRDIR_SESSION && mkdir -p deps logs && touch deps/.cargo-lock deps/lib logs/today x.tmp";
    assert!(cache.run(&[], make).status.success());
    for seed in ["link", "copy", "auto"] {
        let options = [
            "--seed",
            seed,
            "--exclude",
            ".cargo-lock",
            "--exclude",
            "*.tmp",
            "--exclude",
            "logs/",
        ];
        let output = cache.run(&options, "cd $INCRDIR_SESSION && find . -type f >&2; exit 3");
        let told = stderr(&output);
        assert!(
            told.starts_with("./deps/lib\nincrdir: ") && told.contains("4 entries not selected"),
            "{told}"
        );
        let output =
            cache.run(&["--seed", seed, "--include", "deps"], "cd $INCRDIR_SESSION && ls; exit 3");
        assert_eq!(common::stdout(&output), "deps\n");
    }
}

/// Tools with a bad cache fail for ever, until somebody deletes it by hand.
#[test]
fn what_a_program_rejects_is_quarantined_and_an_older_one_tried() {
    let cache = Cache::new();
    let with = |state: &str| {
        let script = format!("echo {state} > $INCRDIR_SESSION/state");
        assert!(cache.run(&["--keep", "4"], &script).status.success());
    };
    with("good");
    with("bad");
    with("bad");
    let program = "state=$(cat $INCRDIR_SESSION/state || echo none); echo $state; [ $state = bad ] && exit 86; exit 0";
    let output = cache.run(&["--on-reject", "86", "--keep", "4"], program);
    let told = stderr(&output);
    assert_eq!(output.status.code(), Some(86), "one retry, and both are bad: {told}");
    assert_eq!(common::stdout(&output), "bad\nbad\n", "{told}");
    assert_eq!(told.matches("quarantined as q-").count(), 2, "{told}");
    let output = cache.run(&["--on-reject", "86", "--keep", "4"], program);
    assert_eq!((output.status.code(), common::stdout(&output).as_str()), (Some(0), "good\n"));
    assert_eq!(names(&cache.unit()).iter().filter(|name| name.starts_with("q-")).count(), 4);
    // Cold, there is nothing to blame.
    let output = cache.run(&["--seed", "none", "--on-reject", "86"], "exit 86");
    assert_eq!(output.status.code(), Some(86));
    assert!(!stderr(&output).contains("rejected"), "{}", stderr(&output));
}

#[test]
fn an_older_session_is_there_when_the_last_one_is_rejected() {
    for keep in [None, Some("2"), Some("3")] {
        let cache = Cache::new();
        let keep: Vec<_> = keep.into_iter().flat_map(|keep| ["--keep", keep]).collect();
        let options = [&keep[..], &["--on-reject", "86"]].concat();
        for state in ["1", "2", "3", "4"] {
            let script = format!("echo {state} > $INCRDIR_SESSION/state");
            assert!(cache.run(&options, &script).status.success());
        }
        let script =
            "state=$(cat $INCRDIR_SESSION/state); echo $state; [ $state = 4 ] && exit 86; exit 0";
        let output = cache.run(&options, script);
        assert_eq!(common::stdout(&output), "4\n3\n", "{keep:?} {}", stderr(&output));
        assert_eq!(output.status.code(), Some(0));
    }
}

#[test]
fn a_rejected_session_that_others_use_is_passed_over_all_the_same() {
    let cache = Cache::new();
    for state in ["1", "2"] {
        let script = format!("echo {state} > $INCRDIR_SESSION/state");
        assert!(cache.run(&["--keep", "3"], &script).status.success());
    }
    let last = cache.published().pop().unwrap();
    let lock = last.to_str().unwrap().rsplit_once('-').unwrap().0.to_owned() + ".lock";
    let held = std::fs::File::open(lock).unwrap();
    held.lock_shared().unwrap();
    let script =
        "state=$(cat $INCRDIR_SESSION/state); echo $state; [ $state = 2 ] && exit 86; exit 0";
    let output = cache.run(&["--on-reject", "86"], script);
    let told = stderr(&output);
    assert_eq!(common::stdout(&output), "2\n1\n", "{told}");
    assert!(told.contains("still in its place, because it is in use"), "{told}");
    assert!(told.contains("refused by the caller"), "{told}");
}

#[test]
fn a_new_root_is_marked_as_a_cache_unless_told_otherwise() {
    let cache = Cache::new();
    assert!(cache.run(&["--no-tag"], "true").status.success());
    assert!(!cache.root().join("CACHEDIR.TAG").exists());
    let cache = Cache::new();
    assert!(cache.run(&[], "true").status.success());
    assert!(cache.root().join("CACHEDIR.TAG").exists());
    let listed = common::incrdir(&["ls".as_ref(), cache.root().as_os_str()]);
    assert!(common::stdout(&listed).contains(" 0 foreign"), "{}", common::stdout(&listed));
}

/// Many programs exit with a small number when they are interrupted.
#[test]
fn a_signal_rejects_nothing() {
    let cache = Cache::new();
    assert!(cache.run(&["--keep", "3"], "true").status.success());
    let options = ["--on-reject", "42", "--retries", "5"];
    let script =
        "trap 'exit 42' TERM; touch $INCRDIR_SESSION/../../../here; sleep 9 >none 2>&1 & wait";
    let mut command = cache.heeding_command(&options, script);
    let child = command.stderr(std::process::Stdio::piped()).spawn().unwrap();
    common::until("it runs", || cache.path("here").exists());
    let killed = std::process::Command::new("kill").arg(child.id().to_string()).status().unwrap();
    assert!(killed.success());
    let output = child.wait_with_output().unwrap();
    assert!(!stderr(&output).contains("rejected"), "{}", stderr(&output));
    assert_eq!(cache.published().len(), 1);
}

/// A checker that found errors has a good cache.
#[test]
fn a_status_may_be_as_good_as_zero() {
    let cache = Cache::new();
    let options = ["--publish-on", "1", "--publish-on", "7", "--keep", "9"];
    for (status, published) in [(1, 1), (7, 2), (3, 2), (0, 3)] {
        let output = cache.run(&options, &format!("exit {status}"));
        assert_eq!(output.status.code(), Some(status), "{}", stderr(&output));
        assert_eq!(cache.published().len(), published, "{status} {}", stderr(&output));
        let says = if status == 3 { "abandoned" } else { "published" };
        assert!(stderr(&output).contains(says), "{}", stderr(&output));
    }
    let output = cache.run(&options, "kill -9 $$");
    assert!(stderr(&output).contains("abandoned"), "{}", stderr(&output));
}
