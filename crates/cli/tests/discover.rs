//! `gc`, `ls` and `verify` on what is cargo's, and on all roots below a directory.
#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "a test lives in the real world")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::{Cache, INCRDIR, incrdir, names, stderr, stdout};
use serde_json::Value;

const UNIT: &str = "demo-0000000000001";
const LOCK: &str = "s-hce0fdbqzv-1wf0why.lock";
const SESSION: &str = "s-hce0fdbqzv-1wf0why-18xvudajikphu8ktz4jz3zhmb";

fn json(arguments: &[&str]) -> Value {
    let output = incrdir(&[arguments, &["--format", "json"]].concat());
    assert!(output.status.success(), "{arguments:?}: {}", stderr(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A unit with a session of 2025, as rustc leaves it.
fn plant_unit(root: &Path) {
    let unit = root.join(UNIT);
    fs::create_dir_all(unit.join(SESSION)).unwrap();
    fs::write(unit.join(SESSION).join("file"), "12345").unwrap();
    fs::write(unit.join(LOCK), "").unwrap();
    let touched = Command::new("touch").args(["-d", "2025-10-26"]).arg(unit.join(LOCK)).status();
    assert!(touched.unwrap().success());
}

/// A project with a target of two profiles.
fn plant_project(dir: &Path) -> PathBuf {
    let target = dir.join("target");
    for profile in ["debug", "x86_64-unknown-none/release"] {
        let profile = target.join(profile);
        plant_unit(&profile.join("incremental"));
        fs::write(profile.join(".cargo-lock"), "").unwrap();
    }
    fs::write(target.join(".rustc_info.json"), "{}").unwrap();
    fs::write(dir.join("Cargo.toml"), "").unwrap();
    target
}

fn roots_of(document: &Value, dir: &Path) -> Vec<String> {
    let dir = dir.canonicalize().unwrap();
    let relative = |root: &Value| {
        let path = Path::new(root.as_str().unwrap()).strip_prefix(&dir).unwrap();
        path.to_str().unwrap().to_string()
    };
    document["roots"].as_array().unwrap().iter().map(relative).collect()
}

#[test]
fn a_project_a_target_and_a_profile_stand_for_their_sessions() {
    let cache = Cache::new();
    let dir = cache.dir.path();
    plant_project(dir);
    let both = ["target/debug/incremental", "target/x86_64-unknown-none/release/incremental"];
    for (path, roots) in [
        ("", &both[..]),
        ("target", &both[..]),
        ("target/debug", &both[..1]),
        ("target/debug/incremental", &both[..1]),
        ("target/x86_64-unknown-none", &both[1..]),
    ] {
        let path = dir.join(path);
        let path = path.to_str().unwrap();
        for command in [&["ls"][..], &["gc", "--dry-run"]] {
            let document = json(&[command, &[path]].concat());
            assert_eq!(roots_of(&document, dir), roots, "{command:?} {path}");
            assert_eq!(document["units"].as_array().unwrap().len(), roots.len());
            assert_eq!(document["root"].is_null(), roots.len() > 1);
            for (unit, root) in document["units"].as_array().unwrap().iter().zip(roots) {
                assert!(unit["root"].as_str().unwrap().ends_with(root), "{unit}");
            }
        }
        assert_eq!(json(&["verify", path])["units"], roots.len(), "{path}");
        let selected = json(&["gc", "--dry-run", "--unit", "demo", path]);
        assert_eq!(roots_of(&selected, dir), roots);
        let other = incrdir(&["gc", "--dry-run", "--unit", "other", path]);
        assert_eq!(other.status.code(), Some(1));
        assert!(stderr(&other).contains("there is no unit `other`"), "{}", stderr(&other));
    }
    // Several paths, one of them twice.
    let target = dir.join("target");
    let paths =
        [dir, &target, &target.join("debug")].map(|path| path.to_str().unwrap().to_string());
    let several = json(&["gc", "--dry-run", &paths[0], &paths[1], &paths[2]]);
    assert_eq!(roots_of(&several, dir), both);
}

/// It said "there is no unit" with status 0 in both cases.
#[test]
fn what_was_looked_for_in_vain_is_told_and_may_be_a_failure() {
    let cache = Cache::new();
    let empty = cache.path("empty");
    fs::create_dir_all(empty.join("src")).unwrap();
    let empty = empty.to_str().unwrap();
    for command in [&["ls"][..], &["gc"], &["gc", "--dry-run"]] {
        for (options, says) in [
            (&[][..], "neither a root, which holds units, nor the directory of one, nor a target"),
            (&["--recursive"], "none of 2 directories holds units"),
        ] {
            for (expect, status) in [(&[][..], 0), (&["--expect"], 3)] {
                let output = incrdir(&[command, options, expect, &[empty]].concat());
                assert_eq!(output.status.code(), Some(status), "{command:?} {options:?}");
                let told = stderr(&output);
                assert!(told.contains(says) && told.contains(empty), "{told}");
            }
        }
    }
    plant_unit(&cache.path("empty/root"));
    for options in [&["ls", "--recursive"][..], &["gc", "--recursive"]] {
        let output = incrdir(&[options, &["--expect", empty]].concat());
        assert!(output.status.success() && stderr(&output).is_empty(), "{}", stderr(&output));
    }
}

/// A checkout may hold anything under that name.
#[test]
#[cfg(unix)]
fn what_is_called_cargo_lock_and_is_none_is_not_read() {
    let cache = Cache::new();
    let project = cache.path("project");
    let root = plant_project(&project);
    let lock = project.join("Cargo.lock");
    let gc = || {
        let mut gc = Command::new(INCRDIR);
        gc.args(["gc", "--recursive", "--dry-run"]).arg(&project).output().unwrap()
    };
    assert!(Command::new("mkfifo").arg(&lock).status().unwrap().success());
    assert!(gc().status.success());
    std::fs::remove_file(&lock).unwrap();
    std::os::unix::fs::symlink("/dev/zero", &lock).unwrap();
    assert!(gc().status.success());
    assert!(root.exists());
}

#[test]
fn all_roots_below_directories_are_found_once() {
    let cache = Cache::new();
    let dir = cache.dir.path();
    cache.run(&[], "mkdir -p $INCRDIR_SESSION/target/debug/incremental && touch $INCRDIR_SESSION/target/debug/.cargo-lock");
    plant_project(&dir.join("work/one"));
    plant_project(&dir.join("work/two"));
    plant_unit(&dir.join("by hand\n"));
    let all = [
        "by hand\n",
        "root",
        "work/one/target/debug/incremental",
        "work/one/target/x86_64-unknown-none/release/incremental",
        "work/two/target/debug/incremental",
        "work/two/target/x86_64-unknown-none/release/incremental",
    ];
    let path = |name: &str| dir.join(name).to_str().unwrap().to_string();
    for command in [&["ls"][..], &["gc", "--dry-run"]] {
        let found = json(&[command, &["--recursive", &path("")]].concat());
        // Not what is in a session.
        assert_eq!(roots_of(&found, dir), all, "{command:?}");
    }
    let overlapping =
        json(&["gc", "-r", "--dry-run", &path("work/one"), &path("work"), &path("root")]);
    assert_eq!(roots_of(&overlapping, dir), all[1..]);
    let table = stdout(&incrdir(&["gc", "-r", "--dry-run", &path("")]));
    assert!(!table.contains("by hand\n"), "{table}");
    let unit = json(&["gc", "-r", "--dry-run", cache.unit().to_str().unwrap()]);
    assert_eq!(roots_of(&unit, dir), ["root"]);

    // A disk that is missing does not keep the others from being collected.
    let missing =
        incrdir(&["gc", "-r", "--dry-run", &path("missing"), &path("work"), "--format", "json"]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(stderr(&missing).contains("missing`: No such file"), "{}", stderr(&missing));
    let document: Value = serde_json::from_slice(&missing.stdout).unwrap();
    assert_eq!(roots_of(&document, dir), all[2..]);

    let session = cache.published().remove(0).join("target");
    let refused = incrdir(&["gc", "--recursive", session.to_str().unwrap()]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains("in the published session"), "{}", stderr(&refused));
}

#[test]
fn limits_hold_for_all_roots_together_and_are_named() {
    let cache = Cache::new();
    let dir = cache.dir.path();
    cache.run(&[], "echo new > $INCRDIR_SESSION/new");
    plant_project(&dir.join("project"));
    plant_unit(&dir.join("strange"));
    let dir = dir.to_str().unwrap();

    let dry = json(&["gc", "-r", "--dry-run", "--keep", "0", "--max-age", "30d", dir]);
    let real = json(&["gc", "-r", "--keep", "0", "--max-age", "30d", dir]);
    for document in [&dry, &real] {
        assert_eq!((&document["removed"], &document["keep"]), (&3.into(), &0.into()));
        assert_eq!(document["emptied"], 2, "rustc may be about to use the other one: {document:#}");
        let entries = document["units"].as_array().unwrap().iter();
        let rules: Vec<_> = entries
            .flat_map(|unit| unit["entries"].as_array().unwrap())
            .map(|entry| (entry["fate"].as_str().unwrap(), entry["rule"].as_str().unwrap()))
            .collect();
        let removed = ("removed", "--max-age");
        assert_eq!(rules, [removed, removed, ("kept", "--keep"), removed]);
    }
    let incremental = cache.path("project/target/debug/incremental");
    assert_eq!(names(&incremental), Vec::<String>::new());
    assert_eq!(names(&cache.path("strange")), [UNIT]);
    assert_eq!(cache.published().len(), 1);

    let table = stdout(&incrdir(&["gc", "-r", "--max-size", "0B", "--dry-run", dir]));
    assert!(table.contains("would remove") && table.contains("(--max-size)"), "{table}");
    let free = stdout(&incrdir(&["gc", "-r", "--free", "99.9%", "--dry-run", dir]));
    assert!(free.contains("(--free)"), "{free}");

    for (options, says) in [
        (&["--keep", "0"][..], "--keep 0 would delete every session"),
        (&["--max-age", "30"], "a time is numbers with their units"),
        (&["--max-size", "50G"], "write GiB or GB"),
        (&["--free", "15"], "`%` is missing"),
        (&["--cross-mounts"], "--recursive"),
    ] {
        let output = incrdir(&[&["gc", dir], options].concat());
        assert_eq!(output.status.code(), Some(2), "{options:?}");
        assert!(stderr(&output).contains(says), "{options:?}: {}", stderr(&output));
    }
}

/// Empty units of cargo's are left while cargo may be about to start rustc in them.
#[test]
fn an_empty_unit_of_cargos_stays_while_cargo_is_at_work() {
    let cache = Cache::new();
    let target = plant_project(cache.dir.path());
    let lock = target.join("debug/.cargo-lock");
    let gc = [INCRDIR, "gc", "--max-age", "1d", target.to_str().unwrap()];
    let held = Command::new("flock").arg("--shared").arg(&lock).args(gc).output().unwrap();
    assert!(held.status.success(), "{}", stderr(&held));
    let unit = target.join("debug/incremental").join(UNIT);
    assert_eq!(names(&unit), Vec::<String>::new());
    assert_eq!(names(&target.join("x86_64-unknown-none/release/incremental")).len(), 0);
    let after = incrdir(&gc[1..]);
    assert!(after.status.success() && !unit.exists(), "{}", stderr(&after));
}

/// Runs a script in mounts of its own, if there are any to be had.
#[cfg(target_os = "linux")]
fn in_mounts(cache: &Cache, script: &str) -> Option<std::process::Output> {
    let output = Command::new("unshare")
        .args(["--mount", "sh", "-ec", script, INCRDIR])
        .current_dir(cache.dir.path())
        .output()
        .ok()?;
    if stderr(&output).contains("unshare failed") || stderr(&output).contains("permission denied") {
        println!("SKIPPED: no mounts to be had: {}", stderr(&output));
        return None;
    }
    Some(output)
}

#[test]
#[cfg(target_os = "linux")]
fn what_is_mounted_is_entered_only_if_told_and_loops_end() {
    let cache = Cache::new();
    plant_unit(&cache.path("dir/root"));
    for dir in ["loop", "disk", "proc"] {
        fs::create_dir(cache.path("dir").join(dir)).unwrap();
    }
    let script = "mount --bind dir dir/loop; mount -t tmpfs none dir/disk; mount -t proc none dir/proc; \
                  cp -a dir/root dir/disk/other; \
                  \"$0\" gc -r --dry-run --format json dir; \"$0\" gc -r --cross-mounts --dry-run --format json dir";
    let Some(output) = in_mounts(&cache, script) else { return };
    assert!(output.status.success(), "{}", stderr(&output));
    let documents = serde_json::Deserializer::from_slice(&output.stdout).into_iter::<Value>();
    let documents: Vec<Value> = documents.map(Result::unwrap).collect();
    let dir = cache.path("dir");
    assert_eq!(roots_of(&documents[0], &dir), ["root"]);
    assert_eq!(documents[0]["mounts"].as_array().unwrap().len(), 3);
    assert_eq!(roots_of(&documents[1], &dir), ["disk/other", "root"]);
    assert_eq!(documents[1]["searched"].as_u64(), Some(6), "the loop is not walked, nor is /proc");
}

/// A dry run promised what could not be done.
#[test]
#[cfg(target_os = "linux")]
fn what_is_mounted_read_only_is_told() {
    let cache = Cache::new();
    cache.run(&["--keep", "9"], "touch $INCRDIR_SESSION/one");
    cache.run(&["--keep", "9"], "touch $INCRDIR_SESSION/two");
    let script = "mount --bind root root; mount -o remount,ro,bind root; \"$0\" gc --keep 1 --dry-run root; \
                  \"$0\" gc --keep 1 root || true";
    let Some(output) = in_mounts(&cache, script) else { return };
    let says = stderr(&output);
    assert_eq!(says.matches("the file system is mounted read-only").count(), 2, "{says}");
    assert!(stdout(&output).contains("would remove 1"), "{}", stdout(&output));
    assert!(stdout(&output).contains("removed 0 (0 B), 1 failed"), "{}", stdout(&output));
}

/// A home directory holds directories of others, and that is no failure of every pass.
#[test]
#[cfg(target_os = "linux")]
fn a_directory_that_may_not_be_read_is_told_and_the_search_goes_on() {
    let cache = Cache::new();
    let copy = cache.path("incrdir");
    let copied = Command::new("install").args(["-m", "755", INCRDIR]).arg(&copy).status();
    assert!(copied.unwrap().success());
    plant_unit(&cache.path("dir/z"));
    fs::create_dir(cache.path("dir/a")).unwrap();
    let mode = |path: &str, mode| {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(cache.path(path), fs::Permissions::from_mode(mode)).unwrap();
    };
    mode("", 0o755);
    mode("dir/a", 0o700);
    let output = Command::new("setpriv")
        .args(["--reuid", "65534", "--regid", "65534", "--clear-groups"])
        .arg(&copy)
        .args(["gc", "-r", "--dry-run", "--format", "json"])
        .arg(cache.path("dir"))
        .output()
        .unwrap();
    if stderr(&output).contains("setpriv:") {
        println!("SKIPPED: {}", stderr(&output));
        return;
    }
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(stderr(&output).contains("dir/a`: Permission denied"), "{}", stderr(&output));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(roots_of(&document, &cache.path("dir")), ["z"]);
    assert_eq!(document["unsearched"], 1);
}
