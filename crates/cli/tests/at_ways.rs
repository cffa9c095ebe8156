//! `incrdir run --at`: the session at one path, by a mount and by a link.
#![cfg(target_os = "linux")]
#![expect(clippy::disallowed_methods, reason = "a test lives in the real world")]

mod common;

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::process::{Child, Command, Stdio};

use common::at::{Around, assert_no_mounts_of};
use common::{Cache, INCRDIR, names, stderr, stdout, until};

const WAIT: &str = "echo $$ >ready; while [ -e ready ]; do sleep 0.02; done";

fn started(mut command: Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn is_ready(cache: &Cache) {
    until("it is ready", || {
        fs::read_to_string(cache.path("ready")).is_ok_and(|it| it.ends_with('\n'))
    });
}

fn go_on(cache: &Cache, child: Child) -> std::process::Output {
    fs::remove_file(cache.path("ready")).unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn every_session_is_seen_at_the_same_path() {
    for around in Around::both() {
        let cache = Cache::new();
        let script = "test \"$INCRDIR_SESSION\" = $PWD/t && cat t/f; echo \"$0\" >>t/f";
        for expected in ["", "x\n", "x\nx\n"] {
            let run = around.run(&cache, &["--at", "t"], &script.replace("$0", "x"));
            assert!(run.status.success(), "{around:?}: {}", stderr(&run));
            assert!(stderr(&run).contains(around.says()), "{}", stderr(&run));
            assert_eq!(stdout(&run), expected);
        }
        // A directory that is there stays what it is, and is empty to everybody else.
        let _ = fs::create_dir(cache.path("t"));
        fs::set_permissions(cache.path("t"), fs::Permissions::from_mode(0o710)).unwrap();
        let before = fs::metadata(cache.path("t")).unwrap().ino();
        let told = around
            .of(&cache, &["--at", "./t/"])
            .args(["sh", "-c", "echo $0 $1", "{session}", "--x={session}/y"])
            .output()
            .unwrap();
        let t = cache.path("t").display().to_string();
        assert_eq!(stdout(&told), format!("{t} --x={t}/y\n"), "{}", stderr(&told));
        let after = fs::metadata(cache.path("t")).unwrap();
        assert_eq!((after.ino(), after.mode() & 0o777), (before, 0o710));
        assert_eq!(names(cache.dir.path()), ["root", "t"], "{around:?}");
        assert_eq!(names(&cache.path("t")), Vec::<String>::new());
        assert_no_mounts_of(&cache);
    }
}

#[test]
fn it_exits_as_the_program_did() {
    for around in Around::both() {
        let cache = Cache::new();
        let script = cache.path("script");
        fs::write(&script, "#!/no/such/interpreter\n").unwrap();
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
        for (command, code, says) in [
            (&["sh", "-c", "exit 0"][..], 0, "; published s-"),
            (&["sh", "-c", "exit 3"], 3, "`sh` exited with 3"),
            (&["sh", "-c", "kill -KILL $$"], 137, "`sh` was ended by signal 9"),
            (&["sh", "-c", "kill -TERM $$"], 143, "`sh` was ended by signal 15"),
            (&["no-such-program"], 127, "cannot run `no-such-program`: it was not found in PATH\n"),
            (&["./no-such"], 127, "cannot run `./no-such`: it does not exist\n"),
            (&["./script"], 127, "the interpreter or loader that it names is not"),
            (&["/etc/passwd"], 126, "cannot run `/etc/passwd`: Permission denied"),
        ] {
            let run = around.of(&cache, &["--at", "t"]).args(command).output().unwrap();
            assert_eq!(run.status.code(), Some(code), "{around:?}: {}", stderr(&run));
            assert!(stderr(&run).contains(says), "{around:?} {command:?}: {}", stderr(&run));
        }
        assert_eq!(names(&cache.unit()).len(), 2, "{:?}", names(&cache.unit()));
        assert!(!names(cache.dir.path()).iter().any(|name| name.contains("incrdir")));
    }
}

/// The right way each time, and files of the right owner.
#[test]
fn the_way_is_found_wherever_it_runs() {
    for around in [Around::Plain, Around::Nobody, Around::Nested, Around::Off] {
        if !around.is_to_be_had() {
            continue;
        }
        let cache = Cache::new();
        fs::set_permissions(cache.dir.path(), fs::Permissions::from_mode(0o1777)).unwrap();
        let run = around.run(&cache, &["--at", "t"], "umask 022; touch t/f; id -u; id -g");
        assert!(stderr(&run).contains(around.says()), "{around:?}: {}", stderr(&run));
        let file = fs::metadata(cache.published()[0].join("f")).unwrap();
        let own = fs::metadata("/proc/self").unwrap();
        let (user, group) = match around {
            Around::Nobody => (65534, 65534),
            _ => (own.uid(), own.gid()),
        };
        assert_eq!((file.uid(), file.gid()), (user, group), "{around:?}");
        if matches!(around, Around::Plain | Around::Nobody) {
            assert_eq!(stdout(&run), format!("{user}\n{group}\n"));
        }
        assert_no_mounts_of(&cache);
    }
}

#[test]
fn runs_in_namespaces_have_the_path_at_once() {
    let cache = Cache::new();
    let around = Around::Plain;
    if !around.is_to_be_had() {
        return;
    }
    let options = ["--at", "t"];
    let first = started(around.command(&cache, &options, &format!("echo 1 >t/f; {WAIT}; cat t/f")));
    is_ready(&cache);
    let second = around.run(&cache, &options, "ls t; echo 2 >t/f; cat t/f");
    assert_eq!(stdout(&second), "2\n", "{}", stderr(&second));
    // Who needs the path as a link does not take the mount of the other one away.
    if Around::Off.is_to_be_had() {
        let link = Around::Off.run(&cache, &options, "true");
        assert_eq!(link.status.code(), Some(125), "{}", stderr(&link));
        assert!(stderr(&link).contains("in a mount namespace; wait for it with --wait"));
    }
    assert_eq!(stdout(&go_on(&cache, first)), "1\n");
    assert_eq!(names(cache.dir.path()), ["root", "t"]);
}

#[test]
fn a_link_is_one_runs_at_a_time() {
    let around = Around::Off;
    if !around.is_to_be_had() {
        return;
    }
    let cache = Cache::new();
    let options = ["--at", "t"];
    let first = started(around.command(&cache, &options, &format!("echo 1 >t/f; {WAIT}")));
    is_ready(&cache);
    // In either way: a mount on what the link leads to would end with the link.
    for other in Around::both() {
        let busy = other.run(&cache, &options, "touch started");
        assert_eq!(busy.status.code(), Some(125), "{other:?}: {}", stderr(&busy));
        assert!(stderr(&busy).contains(", which runs `sh` since 2"), "{}", stderr(&busy));
        assert!(stderr(&busy).ends_with("; wait for it with --wait\n"), "{}", stderr(&busy));
        assert!(!cache.path("started").exists());
    }
    let waiting = started(around.command(&cache, &["--at", "t", "--wait"], "cat t/f"));
    std::thread::sleep(std::time::Duration::from_millis(500));
    assert!(go_on(&cache, first).status.success());
    let waited = waiting.wait_with_output().unwrap();
    assert_eq!(stdout(&waited), "1\n", "it starts from what was published meanwhile");
    assert_eq!(stderr(&waited).matches("; waiting for it\n").count(), 1, "{}", stderr(&waited));
    assert_eq!(names(cache.dir.path()), ["root"], "nothing is left where nothing was");
}

#[test]
fn waiting_is_ended_by_a_signal() {
    if !Around::Off.is_to_be_had() {
        return;
    }
    let cache = Cache::new();
    let holder = started(Around::Off.command(&cache, &["--at", "t"], WAIT));
    is_ready(&cache);
    let mut command = cache.heeding_command(&["--at", "t", "--wait"], "touch started");
    let waiting = command.stderr(Stdio::piped()).spawn().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(300));
    let kill = ["-s", "TERM", &waiting.id().to_string()].map(String::from);
    assert!(Command::new("kill").args(kill).status().unwrap().success());
    let output = waiting.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(128 + 15), "{}", stderr(&output));
    assert!(!cache.path("started").exists());
    go_on(&cache, holder);
}

#[test]
fn signals_reach_the_program_in_its_namespace() {
    for (signal, script, code) in [
        ("TERM", "true", 128 + 15),
        ("USR1", "trap 'echo USR1' USR1", 0),
        ("USR1", "true", 128 + 10),
    ] {
        let cache = Cache::new();
        let mut command = cache.heeding_command(&["--at", "t"], &format!("{script}; {WAIT}"));
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        is_ready(&cache);
        // The program is a child of incrdir: no helper is between.
        let program = fs::read_to_string(cache.path("ready")).unwrap();
        let stat = fs::read_to_string(format!("/proc/{}/stat", program.trim())).unwrap();
        assert_eq!(stat.split(' ').nth(3), Some(&*child.id().to_string()), "{stat}");
        let sent = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status();
        assert!(sent.unwrap().success());
        std::thread::sleep(std::time::Duration::from_millis(200));
        let _ = fs::remove_file(cache.path("ready"));
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{signal}: {}", stderr(&output));
    }
}

/// A run that was killed leaves its link, which the next one clears, in either way. Nobody else's is touched.
#[test]
fn a_stale_link_is_cleared() {
    if !Around::Off.is_to_be_had() {
        return;
    }
    for was_there in [false, true] {
        for next in Around::both() {
            let cache = Cache::new();
            if was_there {
                fs::create_dir(cache.path("t")).unwrap();
            }
            let killed = Around::Off.run(&cache, &["--at", "t"], "kill -9 $PPID; exit 0");
            assert_eq!(killed.status.code(), None, "{}", stderr(&killed));
            assert!(cache.path("t").is_symlink() && cache.path(".t.incrdir-lease").exists());
            // The program may still be ending.
            let run = next.run(&cache, &["--at", "t", "--wait"], "touch t/f");
            assert!(run.status.success(), "{next:?}: {}", stderr(&run));
            let there =
                if was_there || next == Around::Plain { &["root", "t"][..] } else { &["root"] };
            assert_eq!(names(cache.dir.path()), there, "{next:?} {}", stderr(&run));
            assert!(cache.published()[0].join("f").exists());
        }
    }
    let cache = Cache::new();
    symlink("/no/where", cache.path("t")).unwrap();
    for around in Around::both() {
        let run = around.run(&cache, &["--at", "t"], "true");
        assert_eq!(run.status.code(), Some(125), "{}", stderr(&run));
        assert!(stderr(&run).contains("is a symbolic link that "), "{}", stderr(&run));
        assert_eq!(names(cache.dir.path()), ["t"], "{around:?}");
    }
}

/// What a program puts into the place of its link is left alone.
#[test]
fn a_link_that_was_replaced_is_left_alone() {
    if !Around::Off.is_to_be_had() {
        return;
    }
    let cache = Cache::new();
    fs::create_dir(cache.path("t")).unwrap();
    let run = Around::Off.run(&cache, &["--at", "t"], "rm t; mkdir t; echo mine >t/f");
    assert!(run.status.success(), "{}", stderr(&run));
    assert_eq!(fs::read_to_string(cache.path("t/f")).unwrap(), "mine\n");
    assert_eq!(names(cache.dir.path()), ["root", "t"]);
    fs::remove_dir_all(cache.path("t")).unwrap();
    let run = Around::Off.run(&cache, &["--at", "t"], "rm t; ln -s /no/where t");
    assert!(run.status.success(), "{}", stderr(&run));
    assert_eq!(fs::read_link(cache.path("t")).unwrap().to_str(), Some("/no/where"));
    assert_eq!(names(cache.dir.path()), ["root", "t"]);
}

/// A link is its program's as long as that runs, even if incrdir was killed.
#[test]
fn a_link_is_not_taken_from_a_program_that_still_runs() {
    if !Around::Off.is_to_be_had() {
        return;
    }
    let cache = Cache::new();
    let mut killed = started(Around::Off.command(&cache, &["--at", "t"], WAIT));
    is_ready(&cache);
    killed.kill().unwrap();
    killed.wait().unwrap();
    for other in Around::both() {
        let busy = other.run(&cache, &["--at", "t"], "true");
        assert_eq!(busy.status.code(), Some(125), "{other:?}: {}", stderr(&busy));
        assert!(stderr(&busy).contains("is in use by process "), "{}", stderr(&busy));
    }
    fs::remove_file(cache.path("ready")).unwrap();
    let next = Around::Off.run(&cache, &["--at", "t", "--wait"], "true");
    assert!(next.status.success(), "{}", stderr(&next));
    assert_eq!(names(cache.dir.path()), ["root"]);
}

/// Where mounts are shared with other namespaces, as on most systems, those of CMD must not arrive there.
#[test]
fn no_mount_is_seen_outside() {
    let cache = Cache::new();
    fs::create_dir(cache.path("t")).unwrap();
    fs::create_dir(cache.path("d")).unwrap();
    let line = "mount --make-rshared / && export OUTER=$$ && \"$@\"";
    let script = "grep -c \"$PWD/[td] \" /proc/self/mountinfo; grep -c \"$PWD/[td] \" /proc/$OUTER/mountinfo";
    let inner = Around::Plain.command(&cache, &["--at", "t", "--bind", "root=d"], script);
    fs::create_dir(cache.root()).unwrap();
    let mut outer = Command::new("unshare");
    outer.args(["-m", "sh", "-c", line, "sh"]).arg(inner.get_program()).args(inner.get_args());
    let run = outer.current_dir(cache.dir.path()).output().unwrap();
    if stderr(&run).starts_with("unshare: ") || stderr(&run).starts_with("mount: ") {
        println!("SKIPPED: only the superuser shares mounts: {}", stderr(&run));
        return;
    }
    assert_eq!(stdout(&run), "2\n0\n", "{}", stderr(&run));
}

#[test]
fn what_wants_to_be_two_things_is_refused_before_anything_is_made() {
    for around in Around::both() {
        let cache = Cache::new();
        fs::create_dir(cache.path("dir")).unwrap();
        fs::write(cache.path("file"), "kept").unwrap();
        fs::create_dir_all(cache.path("root/inside")).unwrap();
        symlink("root", cache.path("link")).unwrap();
        let before = names(cache.dir.path());
        for (options, says) in [
            (&["--at", "file"][..], "is not a directory; remove it, or choose another PATH"),
            (&["--at", "no/t"], "PATH may be new, but not the place for it"),
            (&["--at", ""], ""),
            (&["--at", "/"], "does not end with a name"),
            (&["--at", "root"], "is the root "),
            (&["--at", "root/t"], "is the root "),
            (&["--at", "link/inside"], "or inside it"),
            (&["--at", "t", "--at", "u"], "cannot be used multiple times"),
            (&["--at", "t", "--bind", "dir"], "a bind is SRC=DEST"),
            (&["--at", "t", "--bind", "dir=t"], "would be hidden by the session"),
            (&["--at", "t", "--chdir", "no"], "there is no such directory"),
            (&["--chdir", "file"], "it is not a directory"),
            (&["--wait"], "--at <PATH>"),
        ] {
            let run = around.run(&cache, options, "touch started");
            assert_eq!(run.status.code(), Some(125), "{around:?} {options:?}: {}", stderr(&run));
            assert!(stderr(&run).contains(says), "{around:?} {options:?}: {}", stderr(&run));
            assert_eq!(names(cache.dir.path()), before, "{around:?} {options:?}");
            assert_eq!(names(&cache.root()), ["inside"]);
        }
        assert_eq!(fs::read_to_string(cache.path("file")).unwrap(), "kept");
    }
}

#[test]
fn what_is_in_the_way_is_hidden_or_refused_and_never_lost() {
    for around in Around::both() {
        let cache = Cache::new();
        fs::create_dir(cache.path("t")).unwrap();
        fs::write(cache.path("t/mine"), "kept").unwrap();
        let run = around.run(&cache, &["--at", "t"], "ls t");
        let says = match around {
            Around::Off => "is not empty, and a link would have to replace it; empty it",
            _ => "/t` was not empty; its 1 entry is hidden from CMD\n",
        };
        assert!(stderr(&run).contains(says), "{around:?}: {}", stderr(&run));
        assert_eq!(stdout(&run), "");
        assert_eq!(run.status.success(), around == Around::Plain);
        assert_eq!(fs::read_to_string(cache.path("t/mine")).unwrap(), "kept");
    }
}

#[test]
fn the_root_may_be_below_the_path() {
    if !Around::Plain.is_to_be_had() {
        return;
    }
    let cache = Cache::new();
    let run =
        Around::Plain.run(&cache, &["--at", &cache.dir.path().display().to_string()], "ls -A");
    assert!(run.status.success(), "{}", stderr(&run));
    assert!(stderr(&run).contains("contains the root `"), "{}", stderr(&run));
    assert_eq!(stdout(&run), "");
    assert_eq!(cache.published().len(), 1);
}

#[test]
fn a_mount_point_is_hidden_in_a_namespace_and_refused_for_a_link() {
    let cache = Cache::new();
    fs::create_dir(cache.path("t")).unwrap();
    let line = "mount -t tmpfs none t && touch t/mine && exec \"$@\"";
    for (around, says) in
        [(Around::Plain, "its 1 entry is hidden"), (Around::Off, "is a mount point")]
    {
        let inner = around.command(&cache, &["--at", "t"], "ls t");
        let mut outer = Command::new("unshare");
        outer.args(["-Urm", "sh", "-c", line, "sh"]).arg(inner.get_program());
        let run = outer.args(inner.get_args()).current_dir(cache.dir.path()).output().unwrap();
        if run.status.code() == Some(1) {
            println!("SKIPPED: cannot mount a file system: {}", stderr(&run));
            return;
        }
        assert!(stderr(&run).contains(says), "{around:?}: {}", stderr(&run));
        assert_eq!(stdout(&run), "");
    }
}

/// Not a user's business, and no way to do more than any user may.
#[test]
fn the_inner_way_in_is_not_in_the_help() {
    let help = stdout(&common::incrdir(&["help", "run"]));
    assert!(help.contains("--at <PATH>") && !help.contains("__enter"), "{help}");
    let alone = Command::new(INCRDIR).arg("__enter-mount-namespace").output().unwrap();
    assert!(!alone.status.success());
}
