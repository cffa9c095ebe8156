//! `incrdir run`, as its users see it.
#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "a test lives in the real world")]

mod common;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Stdio};

use common::{Cache, INCRDIR, incrdir, names, stderr, stdout, until};

#[test]
fn the_first_session_is_cold_and_the_next_one_starts_from_it() {
    let cache = Cache::new();
    let cold = cache.run(&[], "echo one > $INCRDIR_SESSION/state; echo said by the program");
    assert_eq!(stdout(&cold), "said by the program\n", "standard output is the program's own");
    assert_eq!(stderr(&cold).lines().count(), 1, "{}", stderr(&cold));
    assert!(stderr(&cold).contains("cold start, nothing is published yet"), "{}", stderr(&cold));

    let seeded = cache.run(&["--seed", "link"], "cat $INCRDIR_SESSION/state");
    assert_eq!(stdout(&seeded), "one\n");
    let first = cache.published()[0].file_name().unwrap().to_string_lossy().into_owned();
    let first = first.rsplit_once('-').unwrap().0;
    let report = stderr(&seeded);
    assert!(report.contains(&format!("seeded from {first} (1 file linked)")), "{report}");
    assert!(report.contains("; published s-") && report.contains("collected 0"), "{report}");
    assert!(report.trim_end().ends_with(" ms"), "how long it took: {report}");
    assert!(report.len() < 130, "one short line: {report}");
    assert_eq!(cache.published().len(), 2);

    let third = cache.run(&["--quiet"], "true");
    assert_eq!(stderr(&third), "");
    assert_eq!(cache.published().len(), 2, "the newest two are kept");
}

#[test]
fn it_exits_as_the_program_did_and_publishes_only_success() {
    let cache = Cache::new();
    for (script, code) in [
        ("exit 0", 0),
        ("exit 3", 3),
        ("exit 200", 200),
        ("kill -KILL $$", 137),
        ("kill -TERM $$", 143),
    ] {
        let output = cache.run(&[], &format!("touch $INCRDIR_SESSION/file; {script}"));
        assert_eq!(output.status.code(), Some(code), "{script}: {}", stderr(&output));
        let said = match code {
            0 => "; published s-".into(),
            137 | 143 => format!("; abandoned, because `sh` was ended by signal {};", code - 128),
            _ => format!("; abandoned, because `sh` exited with {code};"),
        };
        assert!(stderr(&output).contains(&said), "{script}: {}", stderr(&output));
    }
    assert_eq!(names(&cache.unit()).len(), 2, "one session and its lock file");

    let root = cache.root();
    let run = |program: &str| {
        incrdir(&["run", "--root", root.to_str().unwrap(), "--unit", "demo", "--", program])
    };
    let missing = run("no-such-program");
    assert_eq!(missing.status.code(), Some(127));
    let says = stderr(&missing);
    assert!(says.contains("cannot run `no-such-program`: it was not found in PATH\n"), "{says}");
    assert!(says.contains("abandoned, because `no-such-program` could not be run"), "{says}");
    let not_executable = run("/etc/passwd");
    assert_eq!(not_executable.status.code(), Some(126));
    let says = stderr(&run("/no/such/program"));
    assert!(says.contains("cannot run `/no/such/program`: it does not exist\n"), "{says}");
    let script = cache.path("script");
    fs::write(&script, "#!/no/such/interpreter\n").unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let says = stderr(&run(script.to_str().unwrap()));
    assert!(says.contains("the interpreter or loader that it names is not"), "{says}");
    assert_eq!(names(&cache.unit()).len(), 2, "nothing is left of them");
}

#[test]
fn the_program_is_told_where_its_session_is() {
    let cache = Cache::new();
    let root = cache.root();
    let output = Command::new(INCRDIR)
        .args(["run", "--root", root.to_str().unwrap(), "--unit", "demo", "--"])
        .args([
            "sh",
            "-c",
            r#"test "$1" = "$INCRDIR_SESSION" && echo "$2""#,
            "sh",
            "{session}",
            "--x={session}/y",
        ])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let told = stdout(&output);
    let unit = cache.unit();
    assert!(told.starts_with(&format!("--x={}/s-", unit.display())), "{told}");
    assert!(told.ends_with("-working/y\n"), "{told}");
}

#[test]
fn hashes_keys_and_names_choose_what_they_should() {
    let cache = Cache::new();
    cache.run(&["--hash", "Ff"], "true");
    let published = cache.published()[0].display().to_string();
    assert!(published.ends_with("-0000000000000000000000073"), "{published}");
    fs::remove_dir_all(cache.root()).unwrap();

    for keys in [&[][..], &["--key", "1.95"], &["--key", "1.95", "--key", "release"]] {
        assert!(cache.run(keys, "true").status.success());
    }
    assert_eq!(cache.units().len(), 3, "other keys are other units");
    let whole = "demo-0l5si3gacvbvl";
    let root = cache.root();
    let run = |extra: &[&str]| {
        let mut arguments = vec!["run", "--root", root.to_str().unwrap(), "--unit", whole];
        arguments.extend(extra);
        arguments.extend(["--", "true"]);
        incrdir(&arguments)
    };
    assert!(run(&[]).status.success());
    assert!(names(&cache.root()).contains(&whole.to_string()));
    let both = run(&["--key", "x"]);
    assert_eq!(both.status.code(), Some(125));
    assert!(stderr(&both).contains("--key"), "{}", stderr(&both));
}

#[test]
fn bad_options_are_refused_before_anything_happens() {
    let cache = Cache::new();
    for (options, says) in [
        (&["--hash", "xyz"][..], "hexadecimal"),
        (&["--hash", ""], "hexadecimal"),
        (&["--hash", "123456789012345678901234567890123"], "hexadecimal"),
        (&["--keep", "0"], "1 or more"),
        (&["--seed", "magic"], "possible values"),
        (&["--digests", "--durability", "none"], "leave out one of them"),
        (&["--audit", "attributes"], "which only --seed link makes"),
        (&["--audit", "digests", "--seed", "copy"], "which only --seed link makes"),
    ] {
        let output = cache.run(options, "true");
        assert_eq!(output.status.code(), Some(125), "{options:?}");
        assert!(stderr(&output).contains(says), "{options:?}: {}", stderr(&output));
    }
    assert!(!cache.root().exists());
    let root = cache.root();
    let no_program = incrdir(&["run", "--root", root.to_str().unwrap(), "--unit", "demo"]);
    assert_eq!(no_program.status.code(), Some(125));
    let no_name = incrdir(&["run", "--root", root.to_str().unwrap(), "--unit", "", "--", "true"]);
    assert_eq!(no_name.status.code(), Some(125));
    assert!(stderr(&no_name).contains("as --unit: "), "{}", stderr(&no_name));
    assert!(!cache.root().exists());
    for option in ["--quarantine", "--grace"] {
        let never = incrdir(&["gc", ".", option, "never"]);
        assert_eq!(never.status.code(), Some(2));
        assert!(stderr(&never).contains("such as 7days, 12h"), "{}", stderr(&never));
    }
}

#[test]
fn names_that_look_like_paths_are_names() {
    let cache = Cache::new();
    let root = cache.root();
    for name in [".", ".."] {
        let arguments = ["run", "--root", root.to_str().unwrap(), "--unit", name, "--", "true"];
        assert!(incrdir(&arguments).status.success());
    }
    assert_eq!(cache.units(), [".-2j838h7wmnycv", "..-2j838h7wmnycv"]);
}

#[test]
fn a_program_that_removes_its_session_is_told_that_it_did() {
    let cache = Cache::new();
    let output = cache.run(&[], "rm -r $INCRDIR_SESSION");
    assert_eq!(output.status.code(), Some(125));
    let says = stderr(&output);
    assert!(says.contains("; the session's directory is gone: CMD must not remove it"), "{says}");
    assert!(says.contains("; abandoned, because it could not be published"), "{says}");
    assert_eq!(names(&cache.unit()), Vec::<String>::new());
}

/// Starts a session whose program says that it is ready and then waits, as long as that can be read.
fn start(cache: &Cache, script: &str) -> Child {
    let ready = cache.path("ready");
    let script = format!("{script}; echo $$ > ready; while [ -e ready ]; do sleep 0.02; done");
    let child = cache.heeding_command(&[], &script).stderr(Stdio::piped()).spawn().unwrap();
    until("the program is ready", || fs::read_to_string(&ready).is_ok_and(|pid| !pid.is_empty()));
    child
}

fn signal(child: &Child, signal: &str) {
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

#[test]
fn signals_reach_the_program_and_the_session_is_abandoned() {
    for (name, number) in [("-INT", 2), ("-TERM", 15), ("-HUP", 1), ("-QUIT", 3)] {
        let cache = Cache::new();
        let child = start(&cache, "touch $INCRDIR_SESSION/half");
        signal(&child, name);
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(128 + number), "{name}: {}", stderr(&output));
        let says = format!("abandoned, because `sh` was interrupted by signal {number};");
        assert!(stderr(&output).contains(&says), "{}", stderr(&output));
        assert_eq!(names(&cache.unit()), Vec::<String>::new());
    }
}

#[test]
fn a_program_that_ends_well_after_a_signal_was_interrupted_all_the_same() {
    let cache = Cache::new();
    let child = start(&cache, "trap 'touch told; exit 0' TERM");
    signal(&child, "-TERM");
    let output = child.wait_with_output().unwrap();
    assert!(cache.path("told").exists(), "the program has got it");
    assert_eq!(output.status.code(), Some(143));
    assert_eq!(names(&cache.unit()), Vec::<String>::new());
}

/// Killed with SIGKILL, `incrdir` cannot tell its program to stop: as long as that goes on writing, its
/// session is not dead.
#[test]
fn a_session_lives_as_long_as_its_program() {
    let cache = Cache::new();
    let mut child = start(&cache, "touch $INCRDIR_SESSION/written");
    child.kill().unwrap();
    child.wait().unwrap();
    let working = names(&cache.unit());
    let gc = || incrdir(&["gc", cache.root().to_str().unwrap(), "--grace", "0s"]);

    let left = gc();
    assert!(stdout(&left).contains("in use"), "{}", stdout(&left));
    assert_eq!(names(&cache.unit()), working);

    fs::remove_file(cache.path("ready")).unwrap();
    until("the program has ended and its session is collected", || {
        gc();
        cache.units().is_empty()
    });
}

/// A program that leaves a server behind, which inherited the lock with everything else.
#[test]
fn publishing_releases_the_lock_for_those_who_inherited_it() {
    let cache = Cache::new();
    fs::write(cache.path("serve"), "").unwrap();
    let output = cache.run(&[], "(while [ -e serve ]; do sleep 0.02; done) > /dev/null 2>&1 &");
    assert!(stderr(&output).contains("published"), "{}", stderr(&output));
    let next = cache.run(&["--keep", "1"], "true");
    assert!(stderr(&next).contains("seeded from"), "{}", stderr(&next));
    assert_eq!(cache.published().len(), 1, "it could be collected");
}

/// `sudo`, `ssh` and servers close what they inherit. Then `run` was killed, and a collection deleted the session under the
/// program.
#[test]
#[cfg(target_os = "linux")]
fn a_program_that_closes_the_lock_keeps_its_session() {
    let cache = Cache::new();
    // Not every shell closes descriptors of two digits.
    let script = "exec bash -c 'for fd in /proc/$$/fd/*; do n=${fd##*/}; \
                  [ $n -gt 2 ] && eval \"exec $n>&-\"; done; touch ready; \
                  for i in $(seq 500); do [ -e go ] && break; sleep 0.02; done; test -d {session} && touch kept'";
    let mut run = cache.command(&[], script).spawn().unwrap();
    until("CMD is at work", || cache.path("ready").exists());
    run.kill().unwrap();
    run.wait().unwrap();
    let unit = cache.unit();
    for _ in 0..2 {
        let collected = incrdir(&["gc".as_ref(), cache.root().as_os_str()]);
        assert!(stdout(&collected).contains("removed 0"), "{}", stdout(&collected));
        let listed = incrdir(&["ls".as_ref(), "-l".as_ref(), cache.root().as_os_str()]);
        assert!(stdout(&listed).contains("live"), "{}", stdout(&listed));
    }
    fs::write(cache.path("go"), "").unwrap();
    until("CMD has its session", || cache.path("kept").exists());
    until("it is collected", || {
        let _ = incrdir(&["gc".as_ref(), cache.root().as_os_str()]);
        !unit.exists()
    });
}
