//! The command on Windows, where the programs of the other tests are missing: with `cmd`, and with itself.
#![cfg(windows)]
#![expect(clippy::disallowed_methods, reason = "a test lives in the real world")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use common::{INCRDIR, stderr, stdout};

struct World {
    dir: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    fn root(&self) -> PathBuf {
        self.dir.path().join("cache")
    }

    fn incrdir(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(INCRDIR);
        command.args(arguments).env("INCRDIR_CONFIG", "").env("INCRDIR_ROOT", self.root());
        command.current_dir(self.dir.path());
        command
    }

    /// `incrdir run --unit demo OPTIONS -- PROGRAM`
    fn command(&self, options: &[&str], program: &[&str]) -> Command {
        self.incrdir(&[&["run", "--unit", "demo"], options, &["--"], program].concat())
    }

    fn run(&self, options: &[&str], script: &str) -> Output {
        self.command(options, &["cmd", "/c", script]).output().unwrap()
    }

    /// What a look at the root shows.
    fn ls(&self) -> String {
        let output = self.incrdir(&["ls", "--long"]).arg(self.root()).output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        stdout(&output)
    }

    /// The one published session, by its path.
    fn newest(&self) -> PathBuf {
        let mut found = sessions(&self.root());
        found.retain(|path| !path.ends_with("-working"));
        found.pop().expect("a published session")
    }
}

/// The directories of sessions below a root, oldest first.
fn sessions(root: &Path) -> Vec<PathBuf> {
    let entries = |dir: &Path| fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let units = entries(root).filter(|path| path.is_dir());
    let mut found: Vec<_> = units.flat_map(|unit| entries(&unit).collect::<Vec<_>>()).collect();
    found.retain(|path| path.is_dir());
    found.sort();
    found
}

fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(60), "{what}");
        sleep(Duration::from_millis(50));
    }
}

/// This program, as one that sleeps for some seconds.
fn sleeper() -> Vec<String> {
    let this = std::env::current_exe().unwrap().into_os_string().into_string().unwrap();
    [&this, "--exact", "sleeps", "--ignored"].map(Into::into).into()
}

#[test]
#[ignore = "a program that other tests start"]
fn sleeps() {
    sleep(Duration::from_secs(5));
}

/// Starts a session whose program sleeps, and waits until that runs.
fn start_sleeping(world: &World) -> Child {
    let sleeper = sleeper();
    let program: Vec<&str> = sleeper.iter().map(String::as_str).collect();
    let run = world.command(&[], &program).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    until("the session has begun", || {
        world.root().is_dir() && sessions(&world.root()).iter().any(|path| is_working(path))
    });
    sleep(Duration::from_millis(500));
    run.unwrap()
}

fn is_working(path: &Path) -> bool {
    path.to_string_lossy().ends_with("-working")
}

#[test]
fn what_succeeds_is_published_and_the_next_one_starts_from_it() {
    let world = World::new();
    let first = world.run(&[], r"echo one> %INCRDIR_SESSION%\state");
    assert_eq!(first.status.code(), Some(0), "{}", stderr(&first));
    for level in ["detect", "consistent", "durable"] {
        let next = world.run(
            &["--durability", level],
            r"type %INCRDIR_SESSION%\state & echo two>> %INCRDIR_SESSION%\state",
        );
        assert_eq!(next.status.code(), Some(0), "{level}: {}", stderr(&next));
        assert!(stdout(&next).starts_with("one"), "{level}");
    }
    let failed = world.run(&[], r"echo bad> %INCRDIR_SESSION%\state & exit 3");
    assert_eq!(failed.status.code(), Some(3));
    let state = fs::read_to_string(world.newest().join("state")).unwrap();
    assert_eq!(state.split_whitespace().collect::<Vec<_>>(), ["one", "two", "two", "two"]);
    for command in ["verify", "gc", "du", "stats", "doctor"] {
        let output = world.incrdir(&[command]).output().unwrap();
        assert!(output.status.success(), "{command}: {}", stderr(&output));
    }
}

#[test]
fn a_session_that_is_being_written_can_be_looked_at() {
    let world = World::new();
    world.run(&[], "exit 0");
    let mut run = start_sleeping(&world);
    let shown = world.ls();
    assert!(shown.contains("live") && shown.contains("published"), "{shown}");
    assert!(run.wait().unwrap().success());
    assert!(!world.ls().contains("live"), "{}", world.ls());
}

#[test]
fn a_session_lives_as_long_as_its_program_and_no_longer() {
    let world = World::new();
    let mut run = start_sleeping(&world);
    run.kill().unwrap();
    run.wait().unwrap();
    let working = || sessions(&world.root()).into_iter().filter(|path| is_working(path)).count();
    assert!(world.incrdir(&["gc"]).output().unwrap().status.success());
    assert_eq!(working(), 1, "what incrdir has started is running: {}", world.ls());
    until("the program ends, and its session is no one's", || {
        assert!(world.incrdir(&["gc"]).output().unwrap().status.success());
        working() == 0
    });
}

#[test]
fn several_processes_share_a_unit() {
    let world = World::new();
    let script = r"echo more>> %INCRDIR_SESSION%\state";
    let start = || {
        let mut command = world.command(&[], &["cmd", "/c", script]);
        command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    };
    for _ in 0..4 {
        let running: Vec<_> = (0..4).map(|_| start()).collect();
        for one in running {
            let output = one.wait_with_output().unwrap();
            assert!(output.status.success(), "{}", stderr(&output));
        }
    }
    assert!(world.incrdir(&["gc"]).output().unwrap().status.success());
    let verified = world.incrdir(&["verify"]).output().unwrap();
    assert!(verified.status.success(), "{}{}", stdout(&verified), stderr(&verified));
    assert_eq!(sessions(&world.root()).len(), 2, "{}", world.ls());
}

#[test]
fn files_that_are_read_only_are_taken_over_and_deleted() {
    let world = World::new();
    let first =
        world.run(&[], r"echo one> %INCRDIR_SESSION%\state & attrib +r %INCRDIR_SESSION%\state");
    assert!(first.status.success(), "{}", stderr(&first));
    for _ in 0..3 {
        let next = world.run(&["--durability", "consistent"], r"echo x> %INCRDIR_SESSION%\new");
        assert!(next.status.success(), "{}", stderr(&next));
        assert!(fs::metadata(world.newest().join("state")).unwrap().permissions().readonly());
    }
    let all = world.incrdir(&["gc", "--max-age", "0s"]).output().unwrap();
    assert!(all.status.success(), "{}", stderr(&all));
    assert_eq!(
        fs::read_dir(world.root())
            .unwrap()
            .filter(|entry| entry.as_ref().unwrap().path().is_dir())
            .count(),
        0
    );
}

/// A root with a path longer than 260 characters, in which three sessions have been published.
fn far_away(world: &World) -> PathBuf {
    let part = "a-directory-with-a-long-name-of-its-own".repeat(3);
    let root = world.root().join(&part).join(&part).join(&part);
    assert!(root.as_os_str().len() > 300);
    fs::create_dir_all(&root).unwrap();
    for _ in 0..3 {
        let sleeper = std::env::current_exe().unwrap();
        let mut command = world.incrdir(&["run", "--unit", "demo", "--root"]);
        command.arg(&root).arg("--").arg(sleeper).args(["--exact", "writes", "--ignored"]);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}{}", stdout(&output), stderr(&output));
    }
    root
}

#[test]
fn paths_may_be_longer_than_260_characters() {
    let world = World::new();
    let newest = sessions(&far_away(&world)).pop().unwrap();
    assert_eq!(fs::read_to_string(newest.join("below/state")).unwrap(), "xxx");
}

#[test]
fn what_is_far_away_can_be_collected() {
    let world = World::new();
    let root = far_away(&world);
    let gone = world.incrdir(&["gc", "--max-age", "0s"]).arg(&root).output().unwrap();
    assert!(gone.status.success(), "{}", stderr(&gone));
    assert!(sessions(&root).is_empty());
}

/// A program of the standard library's, which may be given long paths.
#[test]
#[ignore = "a program that other tests start"]
fn writes() {
    let below = PathBuf::from(std::env::var_os("INCRDIR_SESSION").unwrap()).join("below");
    fs::create_dir_all(&below).unwrap();
    let state = fs::read_to_string(below.join("state")).unwrap_or_default();
    fs::write(below.join("state"), state + "x").unwrap();
}

#[test]
fn names_of_devices_are_refused_with_the_reason() {
    let world = World::new();
    let refused =
        world.incrdir(&["run", "--unit", "nul.x", "--", "cmd", "/c", "exit 0"]).output().unwrap();
    assert_eq!(refused.status.code(), Some(125));
    assert!(stderr(&refused).contains("is a device on Windows"), "{}", stderr(&refused));
    assert!(!world.root().exists(), "nothing was made");
}

#[test]
fn units_that_differ_in_case_only_are_refused() {
    let world = World::new();
    assert!(world.run(&[], "exit 0").status.success());
    let other = ["run", "--unit", "DEMO", "--", "cmd", "/c", "exit 0"];
    let refused = world.incrdir(&other).output().unwrap();
    assert_eq!(refused.status.code(), Some(125));
    let said = stderr(&refused);
    assert!(said.contains("demo") && said.contains("DEMO"), "{said}");
}

#[test]
fn sessions_are_shared_through_a_directory() {
    let (one, other) = (World::new(), World::new());
    let store = tempfile::tempdir().unwrap();
    let url = format!("file:///{}", store.path().display().to_string().replace('\\', "/"));
    let options = ["--pull", &url, "--push", &url, "--scope", "ABC-1"];
    let first =
        one.run(&options, r"mkdir %INCRDIR_SESSION%\d & echo one> %INCRDIR_SESSION%\d\state");
    assert_eq!(first.status.code(), Some(0), "{}", stderr(&first));
    assert!(stderr(&first).contains("incrdir: pushed s-"), "{}", stderr(&first));
    let second = other.run(&options, r"type %INCRDIR_SESSION%\d\state");
    assert_eq!(second.status.code(), Some(0), "{}", stderr(&second));
    assert!(stdout(&second).starts_with("one"), "{}", stderr(&second));

    let ls = one.incrdir(&["remote", "ls", &url]).output().unwrap();
    assert!(stdout(&ls).contains("ABC-1"), "{}{}", stdout(&ls), stderr(&ls));
    let bad = one.run(&["--push", "file://store", "--pull", &url], "exit 0");
    assert!(stderr(&bad).contains("three slashes"), "{}", stderr(&bad));
}
