//! Places where nothing can be done: each is a clear error, and nothing is lost.
#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "a test lives in the real world")]

mod common;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Output};

use common::mounted::Mounted;
use common::{Cache, INCRDIR, incrdir, names, stderr, stdout};

#[test]
fn a_root_that_does_not_exist_or_is_a_file() {
    let cache = Cache::new();
    let file = cache.path("file");
    fs::write(&file, "precious").unwrap();
    let (missing, file) = (cache.path("none"), file.to_str().unwrap().to_string());
    for command in ["ls", "gc"] {
        let output = incrdir(&[command, missing.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(1));
        let says = stderr(&output);
        assert!(
            says.contains("none`: No such file or directory")
                && says.contains("; give a directory that exists"),
            "{says}"
        );
        let output = incrdir(&[command, &file]);
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(&output).contains("is not a directory"), "{}", stderr(&output));
    }
    let run = |root: &str| incrdir(&["run", "--root", root, "--unit", "demo", "--", "true"]);
    let output = run(&file);
    assert_eq!(output.status.code(), Some(125));
    let says = stderr(&output);
    assert!(says.contains("as a cache: it is not a directory; give one"), "{says}");
    let output = run(&format!("{}/deeper", missing.display()));
    assert_eq!(output.status.code(), Some(125));
    assert!(
        stderr(&output).contains("its parent does not exist; make that first"),
        "{}",
        stderr(&output)
    );
    assert_eq!(fs::read_to_string(file).unwrap(), "precious");
    // The last component is made: a cache has to begin somewhere.
    assert!(run(missing.to_str().unwrap()).status.success());
}

/// A link to nothing was "not a directory", and what a file is in the way of had the words of the system alone.
#[test]
fn paths_that_lead_nowhere_say_why() {
    let cache = Cache::new();
    let (dangling, around) = (cache.path("dangling"), cache.path("around"));
    symlink("nothing", &dangling).unwrap();
    symlink("around", &around).unwrap();
    fs::write(cache.path("file"), "").unwrap();
    let run = |root: &Path| {
        let root = root.to_str().unwrap();
        let output = incrdir(&["run", "--root", root, "--unit", "demo", "--", "true"]);
        assert_eq!(output.status.code(), Some(125));
        stderr(&output)
    };
    for link in [&dangling, &around] {
        let says = run(link);
        assert!(says.contains("it is a symbolic link that leads to no directory; make"), "{says}");
    }
    let below = cache.path("file/below");
    let says = run(&below);
    assert!(
        says.contains("Not a directory (os error 20); a part of this path is a file"),
        "{says}"
    );
    for command in ["ls", "gc", "verify"] {
        let says = stderr(&incrdir(&[command, dangling.to_str().unwrap()]));
        assert!(says.contains("; it is a symbolic link: make what it leads to"), "{says}");
        let says = stderr(&incrdir(&[command, below.to_str().unwrap()]));
        assert!(says.contains("; a part of this path is a file"), "{says}");
    }
    let says = stderr(&cache.run(&[], "true"));
    assert!(says.contains("published"), "{says}");
    let root = cache.root();
    let run = ["run", "--root", root.to_str().unwrap(), "--unit", "demo", "--", "/"];
    let output = incrdir(&run);
    assert_eq!(output.status.code(), Some(126));
    assert!(stderr(&output).contains("cannot run `/`: it is a directory"), "{}", stderr(&output));
}

#[test]
fn a_unit_that_is_a_link_is_not_followed() {
    let cache = Cache::new();
    fs::create_dir_all(cache.root()).unwrap();
    let outside = cache.path("outside");
    fs::create_dir(&outside).unwrap();
    symlink(&outside, cache.root().join("demo-0000000000001")).unwrap();
    let root = cache.root();
    let root = root.to_str().unwrap();
    let output = incrdir(&["run", "--root", root, "--unit", "demo-0000000000001", "--", "true"]);
    assert_eq!(output.status.code(), Some(125));
    let link = "root/demo-0000000000001`: it is a symbolic link, which is not followed, because it";
    assert!(stderr(&output).contains(link), "{}", stderr(&output));
    // Not "there is no unit": somebody thought that this was one.
    for command in ["gc", "verify"] {
        let output = incrdir(&[command, root, "--unit", "demo"]);
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(&output).contains(link), "{}", stderr(&output));
    }
    fs::write(cache.root().join("file-0000000000001"), "").unwrap();
    let output = incrdir(&["run", "--root", root, "--unit", "file-0000000000001", "--", "true"]);
    assert!(stderr(&output).contains("it is a file and not a directory"), "{}", stderr(&output));
    fs::remove_file(cache.root().join("file-0000000000001")).unwrap();
    assert!(stdout(&incrdir(&["gc", root])).contains("1 foreign"));
    assert!(names(&outside).is_empty());
}

/// All of them said `0 units` or `0 sound`, as if all was well.
#[test]
fn a_directory_without_units_is_not_taken_for_one_where_all_is_well() {
    let cache = Cache::new();
    cache.run(&[], "touch $INCRDIR_SESSION/file");
    let (session, empty) = (cache.published().remove(0), cache.path("empty"));
    fs::create_dir(&empty).unwrap();
    for dir in [&session, &empty, &cache.dir.path().to_path_buf()] {
        for command in ["ls", "gc", "verify"] {
            let output = incrdir(&[command, dir.to_str().unwrap()]);
            assert!(output.status.success(), "{}", stderr(&output));
            assert_eq!(stdout(&output).lines().count(), 1, "{}", stdout(&output));
            let says = stderr(&output);
            assert!(says.contains("there is no unit in `"), "{command}: {says}");
            assert!(says.contains("neither a root, which holds units"), "{command}: {says}");
        }
    }
    for dir in [cache.root(), cache.unit()] {
        for command in ["ls", "gc", "verify"] {
            let says = stderr(&incrdir(&[command, dir.to_str().unwrap()]));
            assert!(!says.contains("there is no unit"), "{command}: {says}");
        }
    }
}

/// Runs `incrdir` as nobody in particular, if we may.
fn as_nobody(arguments: &[&str]) -> Option<Output> {
    // Another user must reach the binary: it is copied to where everybody may go. A process of its own
    // copies it, as one that another test starts meanwhile would inherit the open file: "text file busy".
    let dir = tempfile::tempdir().unwrap();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let copy = dir.path().join("incrdir");
    let copied = Command::new("install").args(["-m", "755", INCRDIR]).arg(&copy).status();
    assert!(copied.unwrap().success());
    let output = Command::new("setpriv")
        .args(["--reuid", "65534", "--regid", "65534", "--clear-groups"])
        .arg(&copy)
        .args(arguments)
        .output()
        .ok()?;
    if stderr(&output).starts_with("setpriv:") {
        println!("SKIPPED as nobody: {}", stderr(&output));
        return None;
    }
    Some(output)
}

#[test]
fn a_root_that_may_not_be_written() {
    let cache = Cache::new();
    cache.run(&[], "echo one > $INCRDIR_SESSION/state");
    cache.run(&["--keep", "9"], "true");
    fs::set_permissions(cache.dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let root = cache.root();
    let root = root.to_str().unwrap();
    let before = names(&cache.unit());

    let Some(listed) = as_nobody(&["ls", "-l", root]) else { return };
    assert!(
        listed.status.success() && stdout(&listed).contains("published"),
        "{}",
        stderr(&listed)
    );
    let run = as_nobody(&["run", "--root", root, "--unit", "demo", "--", "true"]).unwrap();
    assert_eq!(run.status.code(), Some(125));
    assert!(
        stderr(&run).contains("Permission denied") && stderr(&run).contains(root),
        "{}",
        stderr(&run)
    );
    // That the sessions are somebody else's is no failure: it would be one every time.
    let gc = as_nobody(&["gc", root, "--keep", "1", "--all"]).unwrap();
    assert!(gc.status.success(), "{}", stderr(&gc));
    assert!(stdout(&gc).contains("owned by root"), "{}", stdout(&gc));
    assert!(stderr(&gc).contains("because it belongs to root"), "{}", stderr(&gc));
    assert!(stderr(&gc).contains("change the owner with chown"), "{}", stderr(&gc));
    assert_eq!(names(&cache.unit()), before);
}

#[test]
fn a_unit_that_may_not_be_read() {
    let cache = Cache::new();
    cache.run(&[], "true");
    cache.run(&["--key", "other"], "true");
    fs::set_permissions(cache.dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let (root, unreadable) = (cache.root(), cache.units().remove(0));
    fs::set_permissions(root.join(&unreadable), fs::Permissions::from_mode(0o700)).unwrap();
    let root = root.to_str().unwrap();

    let Some(totals) = as_nobody(&["ls", root]) else { return };
    assert!(stdout(&totals).contains("-  cannot be read\n"), "{}", stdout(&totals));
    let listed = as_nobody(&["ls", "-l", root]).unwrap();
    assert_eq!(listed.status.code(), Some(1));
    let table = stdout(&listed);
    assert!(table.contains(&format!("{unreadable}\n  cannot be read\n")), "{table}");
    assert!(stderr(&listed).contains("Permission denied"), "{}", stderr(&listed));
    let verified = as_nobody(&["verify", root]).unwrap();
    assert_eq!(verified.status.code(), Some(1));
    assert!(
        stdout(&verified)
            .ends_with("1 sound, 0 damaged, 0 unknown, 0 without a record, 1 cannot be read\n"),
        "{}",
        stdout(&verified)
    );
    assert!(stderr(&verified).contains("Permission denied"), "{}", stderr(&verified));
}

#[test]
fn a_root_on_a_read_only_medium() {
    let cache = Cache::new();
    let Some(mounted) = Mounted::new(cache.dir.path(), "size=1m") else { return };
    cache.run(&["--keep", "9"], "echo one > $INCRDIR_SESSION/state");
    cache.run(&["--keep", "9"], "true");
    mounted.remount("ro");
    let root = cache.root();
    let root = root.to_str().unwrap();
    assert!(stdout(&incrdir(&["ls", root])).contains("2 sessions"));
    let run = cache.run(&[], "true");
    assert_eq!(run.status.code(), Some(125));
    assert!(stderr(&run).contains("Read-only file system"), "{}", stderr(&run));
    let gc = incrdir(&["gc", root, "--keep", "1"]);
    assert_eq!(gc.status.code(), Some(1));
    assert!(stdout(&gc).contains("Read-only file system"), "{}", stdout(&gc));
    assert_eq!(cache.published().len(), 2);
}

#[test]
fn a_disk_that_is_full() {
    let cache = Cache::new();
    let Some(_mounted) = Mounted::new(cache.dir.path(), "size=256k") else { return };
    assert!(cache.run(&[], "head -c 40000 /dev/zero > $INCRDIR_SESSION/state").status.success());
    // The program fills the disk: it fails, its session goes, and what it filled is free again.
    let filled =
        cache.run(&["--seed", "link"], "head -c 1000000 /dev/zero > $INCRDIR_SESSION/more");
    assert_eq!(filled.status.code(), Some(1), "{}", stderr(&filled));
    assert!(stderr(&filled).contains("abandoned"), "{}", stderr(&filled));
    assert_eq!(names(&cache.unit()).len(), 2);
    // Somebody else fills it: there is no room to begin.
    let mut fill = Command::new("dd");
    fill.args(["if=/dev/zero", "of=rest", "bs=4096"]).current_dir(cache.dir.path());
    let filled = fill.output().unwrap();
    assert!(stderr(&filled).contains("No space left"), "{}", stderr(&filled));
    let begun = cache.run(&["--seed", "copy"], "true");
    assert_eq!(begun.status.code(), Some(125), "{}", stderr(&begun));
    assert!(stderr(&begun).contains("No space left on device"), "{}", stderr(&begun));
    assert_eq!(names(&cache.unit()).len(), 2, "nothing is left of it: {:?}", names(&cache.unit()));
    // Room again, and everything is as it was.
    fs::remove_file(cache.path("rest")).unwrap();
    let next = cache.run(&["--seed", "copy"], "wc -c < $INCRDIR_SESSION/state");
    assert_eq!(stdout(&next).trim(), "40000", "{}", stderr(&next));
}
