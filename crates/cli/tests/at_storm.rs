//! `incrdir run --at` under SIGKILL: of incrdir, of its program, of both, at any time.
#![cfg(target_os = "linux")]
#![expect(clippy::disallowed_methods, reason = "a test lives in the real world")]

mod common;

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use common::at::{Around, assert_no_mounts_of};
use common::{Cache, incrdir, names, stderr, until};

/// A few random bits at a time, the same in each run of the test.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) % limit
    }
}

fn kill(pids: &[u32]) {
    let pids = pids.iter().map(u32::to_string);
    // They may have ended.
    let _ = Command::new("kill").arg("-KILL").args(pids).stderr(Stdio::null()).status();
}

fn children(pid: u32) -> Vec<u32> {
    let listed = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    listed.split_whitespace().filter_map(|pid| pid.parse().ok()).collect()
}

/// Kills so many runs, each in its own way, and looks what is left.
fn storm(around: Around, kills: u64) {
    if !around.is_to_be_had() {
        return;
    }
    let cache = Cache::new();
    fs::set_permissions(cache.dir.path(), fs::Permissions::from_mode(0o1777)).unwrap();
    fs::create_dir(cache.path("t")).unwrap();
    fs::set_permissions(cache.path("t"), fs::Permissions::from_mode(0o777)).unwrap();
    let options = ["--at", "t", "--wait", "--quiet"];
    let begun = Instant::now();
    let mut dice = Dice(kills);
    // How often CMD was there to be killed.
    let mut programs = 0;
    for number in 0..kills {
        let script = "date +%N >>t/f; sleep 0.03; date +%N >>t/g";
        let mut command = around.command(&cache, &options, script);
        let mut run = command.stderr(Stdio::null()).spawn().unwrap();
        thread::sleep(Duration::from_micros(dice.below(60_000)));
        let program = children(run.id());
        programs += program.len();
        match number % 3 {
            0 => kill(&[run.id()]),
            1 => kill(&program),
            _ => kill(&[&program[..], &[run.id()]].concat()),
        }
        run.wait().unwrap();
        assert_no_mounts_of(&cache);
    }
    println!("{around:?}: {kills} kills in {:?}, {programs} programs found", begun.elapsed());
    assert!(programs as u64 > kills / 10, "the kills came at the wrong time");
    // What was killed is cleared by the next run, and by the next collection when the last program has ended.
    let last = around.run(&cache, &["--at", "t", "--wait"], "touch t/last");
    assert!(last.status.success(), "{}", stderr(&last));
    assert_eq!(names(cache.dir.path()), ["root", "t"], "{}", stderr(&last));
    assert_eq!(names(&cache.path("t")), Vec::<String>::new(), "it is not a link any more");
    let newest = cache.published().pop().unwrap();
    let owner = fs::metadata(newest.join("last")).unwrap().uid();
    for name in names(&newest) {
        assert_eq!(fs::metadata(newest.join(name)).unwrap().uid(), owner);
    }
    until("the collection has handled all of it", || {
        let gc = incrdir(&["gc", cache.root().to_str().unwrap(), "--grace", "1s"]);
        assert!(gc.status.success(), "{}", stderr(&gc));
        let unit = names(&cache.unit());
        unit.len() == 4 && !unit.iter().any(|name| name.ends_with("-working"))
    });
    assert_no_mounts_of(&cache);
}

#[test]
fn nothing_leaks_when_anything_is_killed() {
    storm(Around::Plain, 30);
    storm(Around::Nobody, 30);
    storm(Around::Off, 30);
}

#[test]
#[ignore = "takes a minute"]
fn nothing_leaks_in_a_long_storm() {
    for around in [Around::Plain, Around::Nobody, Around::Nested, Around::Off] {
        storm(around, 400);
    }
}
