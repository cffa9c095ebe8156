//! The installed rustc and incrdir work in one incremental directory at the same time, for many builds.
//!
//! rustc dies when somebody else holds a lock that it has just made, warns when something of its own is
//! gone, and deletes what it takes for garbage. Nothing of that may happen because of us.
#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "a test lives in the real world")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const INCRDIR: &str = env!("CARGO_BIN_EXE_incrdir");
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// Builds of each of the two rustc loops; more of them can be asked for.
fn wanted_builds() -> usize {
    std::env::var("INCRDIR_BUILDS").ok().and_then(|builds| builds.parse().ok()).unwrap_or(40)
}

/// A small crate with enough modules for several incremental artefacts.
fn write_crate(dir: &Path, version: usize) {
    fs::create_dir_all(dir).unwrap();
    let mut lib = String::new();
    for module in 0..6 {
        // Only one module changes from build to build.
        let number = if module == version % 6 { version } else { 0 };
        lib.push_str(&format!(
            "pub mod m{module} {{ pub fn f(x: u64) -> u64 {{ (0..x).map(|i| i * {number}).sum() }} }}\n"
        ));
    }
    fs::write(dir.join("lib.rs"), lib).unwrap();
}

fn rustc(dir: &Path, incremental: &Path) -> Output {
    let mut incremental_arg = std::ffi::OsString::from("incremental=");
    incremental_arg.push(incremental);
    Command::new("rustc")
        .current_dir(dir)
        .args(["--edition=2024", "--crate-type=lib", "--crate-name=shared", "--out-dir=.", "-C"])
        .arg(incremental_arg)
        .arg("lib.rs")
        .output()
        .unwrap()
}

/// What rustc said that is not its own race with whoever deletes the same garbage (F16).
fn complaints(output: &Output) -> Vec<String> {
    String::from_utf8_lossy(&output.stderr)
        .lines()
        .filter(|line| !line.is_empty() && !line.contains("No such file or directory"))
        .filter(|line| !line.contains("warnings emitted") && !line.contains("warning emitted"))
        .map(String::from)
        .collect()
}

/// Builds again and again with a change each time. Returns what rustc complained about, and how often it
/// met its own race.
fn build_loop(dir: PathBuf, incremental: &Path) -> (usize, usize, Vec<String>) {
    let (mut builds, mut races, mut wrong) = (0, 0, Vec::new());
    let start = Instant::now();
    for version in 1..=wanted_builds() {
        write_crate(&dir, version);
        let output = rustc(&dir, incremental);
        builds += 1;
        let said = complaints(&output);
        races += usize::from(said.is_empty() && !output.stderr.is_empty());
        if !output.status.success() || !said.is_empty() {
            wrong.push(format!("{}: {}", output.status, String::from_utf8_lossy(&output.stderr)));
        }
        if start.elapsed() > TIME_LIMIT && wanted_builds() <= 40 {
            break;
        }
    }
    (builds, races, wrong)
}

/// Runs `incrdir` until told to stop; it must succeed every time.
fn incrdir_loop(arguments: &[&str], stop: &AtomicBool) -> (usize, Vec<String>) {
    let (mut runs, mut wrong) = (0, Vec::new());
    while !stop.load(Ordering::Relaxed) {
        let output = Command::new(INCRDIR).args(arguments).output().unwrap();
        runs += 1;
        if !output.status.success() {
            wrong.push(format!("{arguments:?} {output:?}"));
        }
    }
    (runs, wrong)
}

fn units(incremental: &Path) -> Vec<String> {
    let entries = fs::read_dir(incremental).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn builds_go_on_while_incrdir_collects_and_runs_beside_them() {
    if Command::new("rustc").arg("--version").output().is_err() {
        assert!(std::env::var_os("CI").is_none(), "CI must have a rustc");
        println!("SKIPPED: there is no rustc on this machine");
        return;
    }
    let tmp = tempfile::tempdir().unwrap();
    let incremental = tmp.path().join("incremental");
    let first = tmp.path().join("first");
    write_crate(&first, 0);
    assert!(rustc(&first, &incremental).status.success());
    let [unit] = &units(&incremental)[..] else { panic!("rustc makes one unit for one crate") };
    let (root, parent) = (incremental.to_str().unwrap(), tmp.path());
    let gc = ["gc", root, "--keep", "1", "--grace", "0s"];
    let run = ["run", "--root", root, "--unit", unit, "--seed", "link", "--quiet", "--", "true"];

    let stop = AtomicBool::new(false);
    let ((builds, races, wrong), ours) = thread::scope(|scope| {
        let ours =
            [scope.spawn(|| incrdir_loop(&gc, &stop)), scope.spawn(|| incrdir_loop(&run, &stop))];
        let builds = ["first", "second"]
            .map(|dir| parent.join(dir))
            .map(|dir| {
                let incremental = &incremental;
                scope.spawn(move || build_loop(dir, incremental))
            })
            .map(|thread| thread.join().unwrap());
        stop.store(true, Ordering::Relaxed);
        let [(a, ra, wa), (b, rb, wb)] = builds;
        ((a + b, ra + rb, [wa, wb].concat()), ours.map(|thread| thread.join().unwrap()))
    });
    let [(collections, gc_wrong), (sessions, run_wrong)] = ours;
    println!(
        "{builds} builds ({races} met their own race), {collections} collections, {sessions} sessions"
    );
    assert!(wrong.is_empty(), "{} of {builds} builds: {wrong:#?}", wrong.len());
    assert!(gc_wrong.is_empty() && run_wrong.is_empty(), "{gc_wrong:#?} {run_wrong:#?}");
    assert!(collections > builds && sessions > builds, "they were beside each other all the time");
    listed_rightly(&incremental, unit);
}

/// Everything that rustc left is in the listing under its name, as what it is.
fn listed_rightly(incremental: &Path, unit: &str) {
    let output =
        Command::new(INCRDIR).args(["ls", "--format", "json"]).arg(incremental).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let listed: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let listed = &listed["units"][0];
    assert_eq!((&listed["unit"], &listed["foreign"]), (&unit.into(), &serde_json::json!([])));
    for entry in fs::read_dir(incremental.join(unit)).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name.ends_with(".lock") {
            continue;
        }
        let entries = listed["entries"].as_array().unwrap();
        let found = entries.iter().find(|entry| entry["name"] == name.as_str());
        let state =
            found.unwrap_or_else(|| panic!("{name} is not listed"))["state"].as_str().unwrap();
        let expected: &[&str] =
            if name.ends_with("-working") { &["dead", "young"] } else { &["published"] };
        assert!(expected.contains(&state), "{name} is listed as {state}");
    }
}
