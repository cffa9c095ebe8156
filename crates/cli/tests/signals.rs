//! Signals, and what is inherited from whoever starts the command.
#![cfg(target_os = "linux")]
#![expect(clippy::disallowed_methods, reason = "a test lives in the real world")]

mod common;

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use common::{Cache, HEEDS, INCRDIR, incrdir, names, stderr, stdout, until};

/// `incrdir run …` with a script, started by a shell that has done something to itself first. The shell becomes it.
fn started_after(cache: &Cache, first: &str, script: &str) -> Command {
    let mut command = Command::new("perl");
    command.args(["-e", HEEDS, "sh", "-c", &format!("{first}; exec \"$0\" \"$@\""), INCRDIR]);
    command.arg("run").arg("--root").arg(cache.root()).args(["--unit", "demo", "--"]);
    command.args(["sh", "-c", script]).current_dir(cache.dir.path());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// `incrdir …`, ignoring no signal.
fn heeding() -> Command {
    let mut command = Command::new("perl");
    command.args(["-e", HEEDS, INCRDIR]);
    command
}

const WAIT: &str = "echo $$ >ready; while [ -e ready ]; do sleep 0.02; done";

fn is_ready(cache: &Cache) {
    until("it is ready", || {
        fs::read_to_string(cache.path("ready")).is_ok_and(|it| it.ends_with('\n'))
    });
}

fn send(signal: &str, pid: u32) {
    let sent = Command::new("kill").args(["-s", signal, &pid.to_string()]).status().unwrap();
    assert!(sent.success());
}

fn go_on(cache: &Cache, child: Child) -> Output {
    fs::remove_file(cache.path("ready")).unwrap();
    child.wait_with_output().unwrap()
}

/// Who ignores SIGCHLD has the kernel forget how children ended: finished work was "cannot run …: No child processes".
#[test]
fn work_is_published_although_the_caller_ignores_its_children() {
    let cache = Cache::new();
    let by_perl = "$SIG{CHLD}='IGNORE'; exec @ARGV";
    let run = Command::new("perl")
        .args(["-e", by_perl, INCRDIR, "run", "--unit", "demo", "--root"])
        .arg(cache.root())
        .args(["--", "sh", "-c", "sh -c 'exit 0'; echo done >$INCRDIR_SESSION/f"])
        .output()
        .unwrap();
    assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
    assert!(stderr(&run).contains("; published s-"), "{}", stderr(&run));
}

/// `nohup incrdir run` ended on hang-up, and background jobs of shells without job control on ^C of another one.
#[test]
fn what_was_ignored_stays_ignored_for_the_program_too() {
    let cache = Cache::new();
    let script = format!("grep SigIgn /proc/self/status; {WAIT}");
    let child = started_after(&cache, "trap '' HUP INT QUIT TERM USR1", &script).spawn().unwrap();
    is_ready(&cache);
    for signal in ["HUP", "INT", "QUIT", "TERM", "USR1"] {
        send(signal, child.id());
    }
    let output = go_on(&cache, child);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stderr(&output).contains("; published s-"), "{}", stderr(&output));
    let told = stdout(&output);
    let mask = told.strip_prefix("SigIgn:").unwrap().trim();
    let ignored = (1 << 0) | (1 << 1) | (1 << 2) | (1 << 14) | (1 << 9);
    let mask = u64::from_str_radix(mask, 16).unwrap();
    assert_eq!(mask & ignored, ignored, "by the program: {told}");
}

/// SIGUSR1 ended incrdir and left the program behind.
#[test]
fn signals_that_are_the_programs_own_business_reach_it_and_say_nothing_about_the_session() {
    for signal in ["USR1", "USR2", "VTALRM", "PROF"] {
        let cache = Cache::new();
        let script = format!("trap 'echo {signal}' {signal}; {WAIT}");
        let child = started_after(&cache, ":", &script).spawn().unwrap();
        is_ready(&cache);
        send(signal, child.id());
        std::thread::sleep(Duration::from_millis(200));
        let output = go_on(&cache, child);
        assert_eq!(output.status.code(), Some(0), "{signal}: {}", stderr(&output));
        assert_eq!(stdout(&output).trim(), signal);
        assert!(stderr(&output).contains("; published s-"), "{}", stderr(&output));
    }
    // One that it does not expect ends it, as ever.
    let cache = Cache::new();
    let child = started_after(&cache, ":", WAIT).spawn().unwrap();
    is_ready(&cache);
    send("USR1", child.id());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(128 + 10), "{}", stderr(&output));
    assert!(stderr(&output).contains("was ended by signal 10"), "{}", stderr(&output));
    assert_eq!(names(&cache.unit()), Vec::<String>::new());
}

/// What `setsid` starts is in a process group of its own: all of it is told.
#[test]
fn a_program_with_a_group_of_its_own_is_told_with_its_group() {
    let cache = Cache::new();
    let inner = "trap 'echo told >told; exit 3' TERM; echo x >ready; sleep 20 & wait";
    let script = format!("exec setsid sh -c \"({inner}) & wait; wait\"");
    let child = started_after(&cache, ":", &script).spawn().unwrap();
    is_ready(&cache);
    send("TERM", child.id());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(128 + 15), "{}", stderr(&output));
    until("those that it had started were told", || cache.path("told").exists());
}

fn big_session(cache: &Cache, megabytes: u32) {
    let script = format!("head -c {megabytes}M /dev/zero >$INCRDIR_SESSION/big");
    assert!(cache.run(&["--quiet"], &script).status.success());
}

/// Sends a signal as soon as a session is being made, and says how long it took to end.
fn stopped(cache: &Cache, options: &[&str], script: &str) -> (Output, Duration) {
    let mut command = cache.heeding_command(options, script);
    let child = command.stderr(Stdio::piped()).spawn().unwrap();
    let is_working = |name: &String| name.ends_with("-working");
    until("it has begun", || names(&cache.unit()).iter().any(is_working));
    let start = Instant::now();
    send("TERM", child.id());
    let output = child.wait_with_output().unwrap();
    (output, start.elapsed())
}

/// What a process has read until now. Where nothing tells, a tenth of a second stands for enough.
fn bytes_read(pid: u32) -> u64 {
    let Ok(counts) = fs::read_to_string(format!("/proc/{pid}/io")) else {
        std::thread::sleep(Duration::from_millis(100));
        return u64::MAX;
    };
    counts.lines().find_map(|line| line.strip_prefix("rchar: ")).unwrap().parse().unwrap()
}

fn tree(dir: &Path) -> Vec<String> {
    names(dir).into_iter().filter(|name| !name.ends_with(".lock")).collect()
}

/// SIGTERM while 2.7 GiB were copied was heeded 8 s later, after the program had been started.
#[test]
fn seeding_is_stopped_and_the_program_is_not_started() {
    let cache = Cache::new();
    big_session(&cache, 400);
    // The copy is one call after the other, on one file.
    let (output, took) = stopped(&cache, &["--seed", "copy"], "touch started");
    assert_eq!(output.status.code(), Some(128 + 15), "{}", stderr(&output));
    assert!(!cache.path("started").exists(), "{}", stderr(&output));
    let says = stderr(&output);
    assert!(says.contains("interrupted by signal 15 before CMD was started"), "{says}");
    assert!(took < Duration::from_secs(2), "{took:?}");
    incrdir(&["gc", cache.root().to_str().unwrap(), "--grace", "0s"]);
    assert_eq!(tree(&cache.unit()).len(), 1, "{:?}", names(&cache.unit()));
}

#[test]
fn publishing_is_stopped_and_the_session_is_abandoned() {
    let cache = Cache::new();
    let script = "truncate -s 2G $INCRDIR_SESSION/big; echo x >ready";
    let mut command = cache.heeding_command(&["--digests"], script);
    let child = command.stderr(Stdio::piped()).spawn().unwrap();
    is_ready(&cache);
    // Reading all of it takes longer than that.
    std::thread::sleep(Duration::from_millis(50));
    send("TERM", child.id());
    let output = child.wait_with_output().unwrap();
    let says = stderr(&output);
    assert_eq!(output.status.code(), Some(128 + 15), "{says}");
    assert!(says.contains("abandoned, because ") && says.contains("signal 15"), "{says}");
    assert_eq!(cache.published(), Vec::<std::path::PathBuf>::new());
    incrdir(&["gc", cache.root().to_str().unwrap(), "--grace", "0s"]);
    assert_eq!(cache.units(), Vec::<String>::new());
}

#[test]
fn a_collection_and_a_verification_are_stopped_within_one_session() {
    let cache = Cache::new();
    // As much as a fast machine still reads for half a second.
    cache.run(&["--quiet", "--digests"], "truncate -s 1G $INCRDIR_SESSION/big");
    let root = cache.root();
    let mut verify = heeding();
    verify.args(["verify", "--digests"]).arg(&root).stdout(Stdio::piped());
    let child = verify.spawn().unwrap();
    until("it has begun to read", || bytes_read(child.id()) > 4 << 20);
    send("HUP", child.id());
    let start = Instant::now();
    let output = child.wait_with_output().unwrap();
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    assert_eq!(output.status.code(), Some(130));
    assert!(stdout(&output).starts_with("interrupted: 0 sound"), "{}", stdout(&output));

    // A tombstone of many files.
    let tombstone = cache.unit().join("d-hofbj985f4-1wf0why");
    let many = 30_000;
    fs::create_dir(&tombstone).unwrap();
    for number in 0..many {
        fs::write(tombstone.join(number.to_string()), "").unwrap();
    }
    let mut gc = heeding();
    let child = gc.arg("gc").arg(&root).stdout(Stdio::piped()).spawn().unwrap();
    until("it is at it", || names(&tombstone).len() < many);
    send("TERM", child.id());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", stdout(&output));
    assert!(stdout(&output).contains("stopped meanwhile"), "{}", stdout(&output));
    assert!(tombstone.exists(), "what is left is the next collection's");
    let again = incrdir(&["gc", root.to_str().unwrap()]);
    assert!(again.status.success() && !tombstone.exists());
}

/// A limit on file sizes ended incrdir, and its program's work was lost without a word.
#[test]
fn a_limit_on_file_sizes_is_an_error() {
    let cache = Cache::new();
    cache.run(&["--quiet"], "head -c 3M /dev/zero >$INCRDIR_SESSION/big");
    let limited = |options: &str, script: &str| {
        let line = format!(
            "ulimit -f 2048; exec \"$0\" run {options} --unit demo --root \"$1\" -- sh -c '{script}'"
        );
        Command::new("sh").args(["-c", &line, INCRDIR]).arg(cache.root()).output().unwrap()
    };
    let output = limited("--seed copy", "true");
    assert_eq!(output.status.code(), Some(125), "{}", stderr(&output));
    assert!(stderr(&output).contains("(`ulimit -f`)"), "{}", stderr(&output));
    // The program is ended by its own writing, as ever.
    let output = limited("--seed none", "head -c 3M /dev/zero >$INCRDIR_SESSION/big");
    assert!(stderr(&output).contains("; abandoned, because "), "{}", stderr(&output));
    assert_eq!(tree(&cache.unit()).len(), 1, "{:?}", names(&cache.unit()));
}
