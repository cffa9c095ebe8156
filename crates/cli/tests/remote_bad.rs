//! Stores that fail, and what is wrong in them: it is said, nothing of it is believed, and the build goes on.
#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "a test lives in the real world")]

mod common;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Output;
use std::time::{Duration, SystemTime};

use common::mounted::Mounted;
use common::shared::{Shared, objects};
use common::{INCRDIR, stderr, stdout};

const BOTH: [&str; 4] = ["--pull", "STORE", "--push", "STORE"];

/// A store with a first session, and a second one.
fn filled() -> Shared {
    let shared = Shared::new();
    let first = "cd $INCRDIR_SESSION; head -c 100k /dev/urandom >large; echo first >state; echo x >goodname";
    shared.run("a", &BOTH, first);
    shared.run(
        "a",
        &BOTH,
        "cd $INCRDIR_SESSION; echo second >state; head -c 100k /dev/urandom >large",
    );
    shared
}

/// The manifest of the newest session.
fn newest(shared: &Shared) -> std::path::PathBuf {
    shared.files("demo-").pop().unwrap()
}

#[track_caller]
fn assert_goes_on(output: &Output, printed: &str, says: &[&str]) {
    let said = stderr(output);
    assert_eq!((output.status.code(), &*stdout(output)), (Some(0), printed), "{said}");
    for says in says {
        assert!(said.contains(says), "{says}: {said}");
    }
}

fn change(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(path).unwrap();
    change(&mut bytes);
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_store_that_is_not_there_does_not_fail_the_build() {
    let shared = Shared::new();
    fs::remove_dir(shared.store()).unwrap();
    let missing = shared.run("a", &BOTH, "echo built");
    let says = [
        "nothing pulled, and the build goes on without it: cannot open the store",
        "make it, or correct the URL",
        "incrdir: not pushed: cannot open",
    ];
    assert_goes_on(&missing, "built\n", &says);
    let quiet = shared.run("a", &[&BOTH[..], &["--quiet"]].concat(), "exit 3");
    assert_eq!(quiet.status.code(), Some(3), "the program's own");
    assert!(stderr(&quiet).contains("nothing pulled"), "a failure is said also then");

    let required = shared.run("a", &["--pull", "STORE", "--require-remote"], "touch ran");
    assert_eq!(required.status.code(), Some(125));
    assert!(!shared.path("ran").exists(), "it is not run");
    let report = ["--push", "STORE", "--require-remote", "--report", "report.json"];
    let required = shared.run("a", &report, "touch ran");
    assert_eq!(required.status.code(), Some(125), "{}", stderr(&required));
    let report = shared.report();
    assert!(shared.path("ran").exists() && report["push"]["pushed"] == false, "{report:#}");
    assert!(report["push"]["why"].as_str().unwrap().contains("cannot open"), "{report:#}");
    assert_eq!(report["runs"][0]["outcome"], "published");

    fs::write(shared.store(), "a file").unwrap();
    assert_goes_on(&shared.run("a", &BOTH, "true"), "", &["a store is a directory"]);
    let other = shared.run("a", &["--pull", "gopher://x/y"], "true");
    assert_goes_on(
        &other,
        "",
        &["`gopher://x/y` is not the URL of a store: write file:///directory"],
    );
}

#[test]
fn a_store_that_cannot_be_written_can_be_pulled_from() {
    let shared = Shared::new();
    let store = shared.store();
    let Some(mounted) = Mounted::new(&store, "size=10m") else { return };
    shared.run("a", &BOTH, "echo 1 >{session}/state");
    mounted.remount("ro");
    let output = shared.run("b", &BOTH, "cat {session}/state");
    assert_goes_on(&output, "1\n", &["pulled s-", "not pushed: ", "it is mounted read-only"]);
}

#[test]
fn a_store_that_is_full_leaves_the_session_here() {
    let shared = Shared::new();
    let store = shared.store();
    let Some(_mounted) = Mounted::new(&store, "size=256k") else { return };
    let output = shared.run("a", &BOTH, "head -c 4M /dev/urandom >{session}/large");
    assert_goes_on(&output, "", &["; published s-", "not pushed: ", "make room there"]);
    let next = shared.run("a", &[], "stat -c %s {session}/large");
    assert_eq!(stdout(&next), "4194304\n");
}

/// As another user, because root may do anything.
#[test]
fn a_store_of_somebody_else() {
    let shared = Shared::new();
    shared.run("a", &BOTH, "echo 1 >{session}/state");
    fs::set_permissions(shared.dir.path(), fs::Permissions::from_mode(0o1777)).unwrap();
    let mut nobody = std::process::Command::new("setpriv");
    nobody.args(["--reuid", "65534", "--regid", "65534", "--clear-groups", INCRDIR, "run"]);
    nobody.args([
        "--root",
        "b",
        "--unit",
        "demo",
        "--pull",
        &shared.url(),
        "--push",
        &shared.url(),
    ]);
    nobody.args(["--", "cat", "{session}/state"]).current_dir(shared.dir.path());
    match nobody.env("INCRDIR_CONFIG", "").output() {
        Ok(output) if !stderr(&output).starts_with("setpriv") => {
            assert_goes_on(&output, "1\n", &["not pushed: ", "look at who may do that there"]);
        }
        why => println!("SKIPPED: cannot be another user: {why:?}"),
    }
}

#[test]
fn what_is_damaged_in_the_store_is_named_and_the_next_older_session_taken() {
    type Damage = (fn(&Shared), &'static str);
    let damages: [Damage; 6] = [
        (|shared| become_a_pipe(&newest_large(shared)), "is damaged"),
        (|shared| fs::remove_file(newest_large(shared)).unwrap(), "is missing"),
        (|shared| change(&newest_large(shared), |it| it.truncate(1000)), "is damaged"),
        (|shared| change(&newest_large(shared), |it| it[50_000] ^= 1), "is damaged"),
        (|shared| change(&newest(shared), |it| *it.last_mut().unwrap() ^= 1), "its body"),
        (|shared| change(&newest(shared), |it| it.truncate(3)), "not a manifest of incrdir"),
    ];
    for (damage, says) in damages {
        let shared = filled();
        let name = newest(&shared).file_name().unwrap().to_str().unwrap().to_owned();
        damage(&shared);
        let output = shared.run("b", &BOTH, "cat {session}/state");
        let refused = format!("not pulled: s-{name} of main: ");
        assert_goes_on(&output, "first\n", &[&refused, says, "incrdir: pulled s-"]);
    }
}

/// Whoever opens it waits until somebody writes.
fn become_a_pipe(path: &Path) {
    fs::remove_file(path).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
}

fn newest_large(shared: &Shared) -> std::path::PathBuf {
    let mut objects = shared.files("o");
    objects.retain(|path| fs::metadata(path).unwrap().len() > 50 << 10);
    objects.sort_by_key(|path| fs::metadata(path).unwrap().modified().unwrap());
    objects.pop().unwrap()
}

#[test]
fn if_nothing_is_whole_the_build_is_cold() {
    let shared = filled();
    for object in shared.files("o") {
        change(&object, |it| it.truncate(it.len() / 2));
    }
    let output = shared.run("b", &["--pull", "STORE"], "ls -A {session}; echo built");
    let says = ["nothing that the store has can be used", "cold start"];
    assert_goes_on(&output, "built\n", &says);
    let required = shared.run("c", &["--pull", "STORE", "--require-remote"], "true");
    assert_eq!(required.status.code(), Some(125), "{}", stderr(&required));
}

/// What a push leaves that died before its manifest.
#[test]
fn half_a_push_is_no_session_and_the_next_push_uses_it() {
    let shared = filled();
    let before = objects(&shared.store()).len();
    for manifest in shared.files("demo-") {
        fs::remove_file(manifest).unwrap();
    }
    let output = shared.run("b", &["--pull", "STORE"], "ls -A {session}");
    assert_goes_on(&output, "", &["the store has nothing of demo-", "cold start"]);
    // The large file of the last session is in an object of its own, and found again.
    let pushed = shared.run("a", &[&BOTH[..], &["--report", "report.json"]].concat(), "true");
    assert!(stderr(&pushed).contains("pushed s-"), "{}", stderr(&pushed));
    assert!(shared.report()["push"]["bytes"].as_u64().unwrap() < 10 << 10, "{:#}", shared.report());
    assert!(objects(&shared.store()).len() < before + 2);
}

/// Somebody who may write into the store and knows the format.
#[test]
fn a_hostile_manifest_writes_nothing() {
    const FIXED: usize = 10;
    for (name, says) in [
        ("../../xx", "has the name \"../../xx\""),
        ("/tmp/xyz", "has the name \"/tmp/xyz\""),
        ("........", ""),
        ("go\0dname", "has the name"),
        ("....////", "has the name"),
    ] {
        let shared = filled();
        change(&newest(&shared), |bytes| {
            let mut body = zstd::decode_all(&bytes[FIXED..]).unwrap();
            let at = body.windows(8).position(|it| it == b"goodname").unwrap();
            body[at..at + 8].copy_from_slice(name.as_bytes());
            bytes.truncate(FIXED);
            bytes.extend(zstd::encode_all(&*body, 3).unwrap());
        });
        let output = shared.run("b", &["--pull", "STORE"], "cat {session}/state");
        let is_fine = says.is_empty();
        let printed = if is_fine { "second\n" } else { "first\n" };
        assert_goes_on(&output, printed, &[says, "pulled s-"]);
        assert!(!shared.path("xx").exists() && !shared.path("b/xx").exists());
        assert!(stderr(&output).chars().all(|c| c == '\n' || !c.is_control()));
    }
}

/// A collection takes what is under a link from one scope to another for nobody's, and it is the object of a session.
#[test]
fn nothing_is_deleted_through_a_link() {
    let shared = Shared::new();
    shared.run("a", &BOTH, "head -c 100000 /dev/urandom >$INCRDIR_SESSION/f");
    let object = shared.files("o").remove(0);
    let scope = object.parent().unwrap();
    std::os::unix::fs::symlink(scope, scope.with_file_name("pr-7")).unwrap();
    let first = shared.remote("collect", &["--keep", "1"]);
    assert!(stdout(&first).contains("1 object waits"), "{}", stdout(&first));
    let long_ago = SystemTime::now() - Duration::from_secs(48 * 3600);
    for note in shared.files("n") {
        fs::File::options().write(true).open(note).unwrap().set_modified(long_ago).unwrap();
    }
    let second = shared.remote("collect", &["--keep", "1"]);
    assert!(stdout(&second).contains("take the link away"), "{}", stdout(&second));
    assert!(!second.status.success() && object.exists());
}

/// What pushes leave in a directory that were killed while they wrote an object.
#[test]
fn what_was_half_written_goes_after_the_grace() {
    let shared = filled();
    let object = shared.files("o").remove(0).display().to_string();
    let long_ago = SystemTime::now() - Duration::from_secs(48 * 3600);
    let half = |path: &str, is_old: bool| {
        fs::write(path, "half").unwrap();
        let file = fs::File::options().write(true).open(path).unwrap();
        if is_old {
            file.set_modified(long_ago).unwrap();
        }
        std::path::PathBuf::from(path)
    };
    let old = half(&format!("{object}#1"), true);
    let young = half(&format!("{object}#2"), false);
    let foreign = half(&shared.store().join("1/notes#1").display().to_string(), true);
    let dry = stdout(&shared.remote("collect", &["--dry-run"]));
    assert!(dry.contains("would remove 1 file (4 B) left behind") && old.exists(), "{dry}");
    let swept = shared.remote("collect", &[]);
    assert!(stdout(&swept).contains("removed 1 file (4 B)"), "{}", stdout(&swept));
    assert_eq!((old.exists(), young.exists(), foreign.exists()), (false, true, true));
    let again = shared.remote("collect", &["--format", "json"]);
    let again: serde_json::Value = serde_json::from_str(&stdout(&again)).unwrap();
    assert_eq!((&again["leftover_files"], &again["leftover_bytes"]), (&0.into(), &0.into()));
}

/// Each reason is its own.
#[test]
fn links_that_no_other_machine_could_follow_are_not_sent() {
    let shared = Shared::new();
    for (target, why) in [
        ("/etc/passwd", "leads out of the session"),
        ("../x", "leads out of the session"),
        ("a/../b", "has `..` behind a name"),
        ("c:x", "has `\\` or `:` in it"),
    ] {
        let script = format!("ln -s {target} {{session}}/l");
        let output = shared.run("a", &["--push", "STORE", "--seed", "none"], &script);
        assert_goes_on(&output, "", &["not pushed: `l` cannot be sent: it ", why]);
    }
}

/// The disk of the cache, not that of the store.
#[test]
fn a_cache_that_is_full_is_told_from_a_store_that_is() {
    let shared = Shared::new();
    shared.run("a", &BOTH, "head -c 4M /dev/urandom >{session}/large");
    let root = shared.path("b");
    fs::create_dir(&root).unwrap();
    let Some(_mounted) = Mounted::new(&root, "size=256k") else { return };
    let output = shared.run("b", &["--pull", "STORE"], "echo built");
    let says = ["nothing pulled, and the build goes on", "make room on the disk of the cache"];
    assert_goes_on(&output, "built\n", &says);
}
