//! CMD sees its session at a path of its user's choice: in a mount namespace, in one of the user's own, or by a link.
#![cfg(target_os = "linux")]
#![expect(clippy::disallowed_methods, reason = "a test lives in the real world")]

mod common;

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use common::{Cache, INCRDIR, names, stderr, stdout, until};

const NOBODY: u32 = 65534;

/// Where namespaces are switched off, as administrators and containers do it.
const WITHOUT: &str = "echo 0 > /proc/sys/user/max_user_namespaces && \
                       echo 0 > /proc/sys/user/max_mnt_namespaces && exec \"$@\"";

/// How the command is started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum World {
    /// As whoever runs the tests.
    Own,
    /// As the superuser of a user namespace, as in a container without privileges.
    Container,
    /// In one where there are no namespaces.
    WithoutNamespaces,
    /// As a user without any rights.
    Nobody,
}

impl World {
    fn says(self) -> &'static str {
        match self {
            Self::WithoutNamespaces => "at build by a link, because ",
            Self::Nobody => "at build in a mount namespace of the user's own; ",
            Self::Own | Self::Container => "at build in a mount namespace",
        }
    }

    /// The beginning of a command line. `None`: this cannot be had here, and it is said.
    fn starter(self) -> Option<Command> {
        let (program, arguments): (&str, &[&str]) = match self {
            Self::Own => ("env", &[]),
            Self::Container => ("unshare", &["-Ur"]),
            Self::WithoutNamespaces => ("unshare", &["-Ur", "sh", "-c", WITHOUT, "sh"]),
            Self::Nobody => {
                ("setpriv", &["--reuid", "65534", "--regid", "65534", "--clear-groups"])
            }
        };
        let starter = || {
            let mut command = Command::new(program);
            command.args(arguments);
            command
        };
        let works = starter().arg("true").output().is_ok_and(|output| output.status.success());
        if !works {
            eprintln!("NOT RUN: {self:?} (`{program}` does not work here)");
        }
        works.then(starter)
    }
}

/// A directory that everybody may use, and in it a cache.
fn place() -> Cache {
    let cache = Cache::new();
    fs::set_permissions(cache.dir.path(), fs::Permissions::from_mode(0o1777)).unwrap();
    cache
}

fn command(world: World, cache: &Cache, options: &[&str], script: &str) -> Option<Command> {
    let mut command = world.starter()?;
    command.arg(INCRDIR).arg("run").arg("--root").arg(cache.root()).args(["--unit", "demo"]);
    command.args(options).args(["--", "sh", "-c", script]).current_dir(cache.dir.path());
    Some(command)
}

fn run(world: World, cache: &Cache, options: &[&str], script: &str) -> Option<Output> {
    Some(command(world, cache, options, script)?.output().unwrap())
}

const WORLDS: [World; 4] = [World::Own, World::Container, World::WithoutNamespaces, World::Nobody];

/// What is left beside the cache.
fn left(cache: &Cache) -> Vec<String> {
    let mut left = names(cache.dir.path());
    left.retain(|name| name != "root");
    left
}

/// Where PATH was missing: a directory is made to be mounted on, a link needs none.
fn made(world: World) -> &'static [&'static str] {
    if world == World::WithoutNamespaces { &[] } else { &["build"] }
}

fn is_mounted_below(dir: &Path) -> bool {
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
    mounts.contains(dir.canonicalize().unwrap().to_str().unwrap())
}

#[test]
fn the_session_is_at_the_path_whatever_its_name() {
    for world in WORLDS {
        let cache = place();
        let script = "echo $INCRDIR_SESSION && cat build/log; echo again >> build/log";
        for round in 0..3 {
            let Some(output) = run(world, &cache, &["--at", "build"], script) else { break };
            let told = stderr(&output);
            assert_eq!(output.status.code(), Some(0), "{world:?} {told}");
            assert!(told.contains(world.says()), "{world:?} {told}");
            let path = cache.dir.path().canonicalize().unwrap().join("build");
            let expected = format!("{}\n{}", path.display(), "again\n".repeat(round));
            assert_eq!(stdout(&output), expected, "{world:?}");
            assert_eq!(left(&cache), made(world), "{world:?}");
            if world != World::WithoutNamespaces {
                assert_eq!(names(&cache.path("build")), [""; 0], "left, and empty");
            }
            assert!(!is_mounted_below(cache.dir.path()));
        }
    }
}

#[test]
fn files_belong_to_whom_they_should() {
    for world in [World::Own, World::Nobody] {
        let cache = place();
        let Some(output) = run(world, &cache, &["--at", "build"], "id -u; touch build/file") else {
            continue;
        };
        assert!(output.status.success(), "{}", stderr(&output));
        let file = fs::metadata(cache.published()[0].join("file")).unwrap();
        let user = if world == World::Nobody { NOBODY } else { rustix_user() };
        assert_eq!((file.uid(), stdout(&output)), (user, format!("{user}\n")));
    }
}

fn rustix_user() -> u32 {
    fs::metadata("/proc/self").unwrap().uid()
}

#[test]
fn exit_statuses_are_those_without_a_path() {
    for world in WORLDS {
        let cache = place();
        for (script, status) in [("exit 3", 3), ("kill -9 $$", 137), ("exit 0", 0)] {
            let Some(output) = run(world, &cache, &["--at", "build"], script) else { break };
            assert_eq!(output.status.code(), Some(status), "{world:?} {}", stderr(&output));
        }
        for (program, status, says) in [
            ("/no/such", 127, "cannot run `/no/such`: it does not exist"),
            ("no-such", 127, "it was not found in PATH"),
            ("/etc/passwd", 126, "cannot run `/etc/passwd`: "),
        ] {
            let Some(mut command) = world.starter() else { break };
            command.arg(INCRDIR).args(["run", "--unit", "demo", "--at", "build", "--root"]);
            command.arg(cache.root()).args(["--", program]).current_dir(cache.dir.path());
            // Other directories may be shut to that user.
            command.env("PATH", "/usr/bin:/bin");
            let output = command.output().unwrap();
            let told = stderr(&output);
            assert_eq!(output.status.code(), Some(status), "{world:?} {told}");
            assert!(told.contains(says), "{world:?} {told}");
        }
        if world.starter().is_some() {
            assert_eq!(left(&cache), made(world), "{world:?}");
        }
    }
}

/// Each waits until the other one is there, and sees its own.
#[test]
fn two_runs_have_one_path_at_once() {
    for world in [World::Own, World::Nobody, World::Container] {
        let cache = place();
        let meet = |own: &str, other: &str| {
            let root = cache.root();
            let root = root.display();
            format!(
                "echo {own} > build/who; touch {root}/{own}; \
                 for i in $(seq 500); do [ -e {root}/{other} ] && break; sleep 0.02; done; \
                 sleep 0.2; cat build/who"
            )
        };
        let Some(mut first) = command(world, &cache, &["--at", "build"], &meet("a", "b")) else {
            continue;
        };
        let first = first.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let second = run(world, &cache, &["--at", "build"], &meet("b", "a")).unwrap();
        let first = first.wait_with_output().unwrap();
        assert_eq!((stdout(&first), stdout(&second)), ("a\n".into(), "b\n".into()), "{world:?}");
    }
}

#[test]
fn a_link_is_for_one_run_at_a_time() {
    let cache = place();
    let world = World::WithoutNamespaces;
    let wait = "touch root/here; for i in $(seq 500); do [ -e root/go ] && break; sleep 0.02; done";
    let Some(mut first) = command(world, &cache, &["--at", "build"], wait) else { return };
    let mut first = first.stderr(Stdio::null()).spawn().unwrap();
    until("it runs", || cache.root().join("here").exists());
    let output = run(world, &cache, &["--at", "build"], "true").unwrap();
    let told = stderr(&output);
    assert_eq!(output.status.code(), Some(125), "{told}");
    assert!(
        told.contains("build` is in use by process ") && told.contains("which runs `sh` since"),
        "{told}"
    );
    assert!(told.contains("wait for it with --wait"), "{told}");
    // In a namespace, the link would lead into the other one's session.
    let output = run(World::Own, &cache, &["--at", "build"], "true").unwrap();
    assert!(stderr(&output).contains("is in use by process "), "{}", stderr(&output));
    let mut waiting = command(world, &cache, &["--at", "build", "--wait"], "true").unwrap();
    let waiting = waiting.stderr(Stdio::piped()).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(300));
    fs::write(cache.root().join("go"), "").unwrap();
    let waited = waiting.wait_with_output().unwrap();
    assert_eq!(waited.status.code(), Some(0), "{}", stderr(&waited));
    assert!(stderr(&waited).contains("; waiting for it"), "{}", stderr(&waited));
    assert!(first.wait().unwrap().success());
    assert_eq!(left(&cache), [""; 0]);
}

#[test]
fn other_directories_stand_where_they_are_wanted() {
    let cache = place();
    for dir in ["tree", "src"] {
        fs::create_dir(cache.path(dir)).unwrap();
    }
    fs::write(cache.path("tree/main.c"), "").unwrap();
    for world in [World::Own, World::Container, World::Nobody] {
        let options = ["--bind", "tree=src", "--at", "src/target", "--chdir", "src"];
        if world == World::Nobody {
            // It may not make PATH in a directory of another user.
            fs::create_dir_all(cache.path("tree/target")).unwrap();
            fs::remove_dir_all(cache.root()).unwrap();
        }
        // `pwd` believes PWD.
        let script = "pwd; cd .; [ $PWD = \"$(pwd)\" ] && ls; touch target/made; ls target";
        let Some(mut command) = command(world, &cache, &options, script) else { continue };
        let output = command.current_dir(cache.dir.path()).env("PWD", cache.path("tree"));
        let output = output.output().unwrap();
        let src = cache.dir.path().canonicalize().unwrap().join("src");
        let expected = format!("{}\nmain.c\ntarget\nmade\n", src.display());
        assert_eq!(stdout(&output), expected, "{world:?} {}", stderr(&output));
        assert_eq!(names(&cache.path("src")), [""; 0]);
        assert_eq!(names(&cache.path("tree")), ["main.c", "target"]);
        assert_eq!(names(&cache.path("tree/target")), [""; 0]);
    }
    let off = run(World::WithoutNamespaces, &cache, &["--bind", "tree=src"], "true");
    if let Some(off) = off {
        assert_eq!(off.status.code(), Some(125));
        assert!(stderr(&off).contains("--bind needs a mount namespace"), "{}", stderr(&off));
    }
}

#[test]
fn places_that_cannot_be_are_refused_and_nothing_is_lost() {
    for world in WORLDS {
        let cache = place();
        fs::create_dir(cache.path("dir")).unwrap();
        fs::create_dir(cache.path("shut")).unwrap();
        fs::set_permissions(cache.path("shut"), fs::Permissions::from_mode(0o555)).unwrap();
        fs::create_dir(cache.path("full")).unwrap();
        fs::write(cache.path("full/precious"), "x").unwrap();
        fs::write(cache.path("file"), "x").unwrap();
        symlink("nowhere", cache.path("dangling")).unwrap();
        let _ = run(world, &cache, &[], "true");
        let before = left(&cache);
        for (options, says) in [
            (&["--at", "file"][..], "file` is not a directory; remove it"),
            (&["--at", "root"], "root` is the root "),
            (&["--at", "root/below"], " or inside it, where only incrdir writes"),
            (&["--at", "no/such"], "there is no directory `"),
            (&["--at", "dangling"], "dangling` is a symbolic link that "),
            (&["--at", ""], "a value is required for '--at <PATH>'"),
            (&["--at", "/"], "does not end with a name"),
            (&["--at", "a", "--at", "b"], "cannot be used multiple times"),
            (&["--at", "a", "--bind", "dir=a"], "would be hidden by the session"),
            (&["--bind", "dir"], "a bind is SRC=DEST"),
            (&["--bind", "dir=dir", "--bind", "full=dir"], "twice"),
            (&["--at", "a", "--chdir", "nowhere"], "nowhere`: there is no such directory"),
            (&["--chdir", "file"], "file`: it is not a directory"),
            (&["--wait"], "--at"),
        ] {
            let Some(output) = run(world, &cache, options, "touch ran") else { break };
            let told = stderr(&output);
            assert_eq!(output.status.code(), Some(125), "{world:?} {options:?} {told}");
            assert!(told.contains(says), "{world:?} {options:?} {told}");
            assert_eq!(left(&cache), before, "{world:?} {options:?}");
        }
        if world == World::Nobody
            && let Some(output) = run(world, &cache, &["--at", "shut/new"], "true")
        {
            assert!(stderr(&output).contains("cannot be made: "), "{}", stderr(&output));
        }
        let Some(output) = run(world, &cache, &["--at", "full"], "ls full; touch full/new") else {
            continue;
        };
        let told = stderr(&output);
        match world {
            World::WithoutNamespaces => {
                assert!(told.contains("is not empty, and a link"), "{told}")
            }
            _ => {
                assert!(told.contains("was not empty; its 1 entry is hidden from CMD"), "{told}");
                assert_eq!(stdout(&output), "");
            }
        }
        assert_eq!(names(&cache.path("full")), ["precious"], "{world:?}");
    }
}

/// Whoever removes the directory below a mount ends the mount, and could put a link to elsewhere there.
#[test]
fn a_path_that_others_could_replace_is_refused() {
    let cache = place();
    fs::create_dir(cache.path("open")).unwrap();
    fs::set_permissions(cache.path("open"), fs::Permissions::from_mode(0o777)).unwrap();
    let refused = |path: &str, says: &str| {
        let output = run(World::Own, &cache, &["--at", path], "true").unwrap();
        let told = stderr(&output);
        assert_eq!(output.status.code(), Some(125), "{told}");
        assert!(told.contains(says) && told.contains("could make CMD write elsewhere"), "{told}");
        assert!(!cache.root().exists(), "nothing was made");
    };
    refused("open/build", "may be written by everybody and has no sticky bit");
    if rustix_user() == 0 {
        fs::create_dir(cache.path("theirs")).unwrap();
        std::os::unix::fs::chown(cache.path("theirs"), Some(NOBODY), None).unwrap();
        refused("theirs", "belongs to user 65534");
        let options = ["--at", "theirs", "--trust-owner", "65534"];
        assert!(run(World::Own, &cache, &options, "true").unwrap().status.success());
        // Whose work tree it is, may have their own directory in it.
        std::os::unix::fs::chown(cache.dir.path(), Some(NOBODY), None).unwrap();
        assert!(run(World::Own, &cache, &["--at", "theirs"], "true").unwrap().status.success());
    }
    let options = ["--at", "open/build", "--trust-owner", "any"];
    assert!(run(World::Own, &cache, &options, "true").unwrap().status.success());
}

/// Whatever is killed, at any time: the next run works, and nothing is left of the others.
#[test]
fn whatever_is_killed_leaves_nothing_that_the_next_run_does_not_clear() {
    let rounds: u32 =
        std::env::var("INCRDIR_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(40);
    for world in WORLDS {
        let cache = place();
        for round in 0..rounds {
            let script = "echo $$ > build/pid; sleep 0.05; touch build/file";
            let Some(mut command) = command(world, &cache, &["--at", "build"], script) else {
                break;
            };
            let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            // What `unshare` and `setpriv` start keeps their process id.
            std::thread::sleep(Duration::from_micros(u64::from(round * 7919 % 60_000)));
            let id = child.id().to_string();
            let children = Command::new("pgrep").args(["-P", &id]).output().unwrap();
            let (own, programs) = (round % 3 != 1, round % 3 != 0);
            if own {
                let _ = child.kill();
            }
            if programs {
                for program in stdout(&children).lines() {
                    let _ = Command::new("kill").args(["-9", program]).output();
                }
            }
            let _ = child.wait();
        }
        let Some(output) = run(world, &cache, &["--at", "build", "--wait"], "ls build") else {
            continue;
        };
        assert_eq!(output.status.code(), Some(0), "{world:?} {}", stderr(&output));
        assert_eq!(left(&cache), made(world), "{world:?}");
        if world != World::WithoutNamespaces {
            assert_eq!(names(&cache.path("build")), [""; 0], "{world:?}");
        }
        assert!(!is_mounted_below(cache.dir.path()), "{world:?}");
        std::thread::sleep(Duration::from_millis(100));
        let output = run(world, &cache, &["--at", "build"], "true").unwrap();
        assert!(output.status.success());
        let unit = names(&cache.unit());
        assert!(
            unit.iter().all(|name| !name.contains("-working") && !name.starts_with("d-")),
            "{world:?} {unit:?}"
        );
    }
}
