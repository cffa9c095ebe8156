//! Roots and units in somebody else's hands. Most of it needs root: what needs another user is skipped without.
#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "a test lives in the real world")]

mod common;

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;
use std::process::{Command, Output};

use common::{Cache, INCRDIR, names, stderr, until};

const NOBODY: u32 = 65534;

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[track_caller]
fn refused(output: &Output, says: &str) {
    assert_eq!(output.status.code(), Some(125), "{}", stderr(output));
    assert!(stderr(output).contains(says), "{}", stderr(output));
}

#[test]
fn what_everybody_may_write_is_refused_unless_it_is_sticky() {
    let cache = Cache::new();
    cache.run(&["--quiet"], "true");
    for dir in [cache.root(), cache.unit()] {
        let before = names(&cache.unit());
        set_mode(&dir, 0o777);
        let output = cache.run(&[], "touch $INCRDIR_SESSION/file");
        refused(&output, "may be written by everybody and has no sticky bit");
        refused(&output, &format!("`{}`", dir.display()));
        refused(&output, "(`chmod +t`), or trust everybody with `--trust-owner any`");
        assert_eq!(names(&cache.unit()), before, "nothing was done");
        assert!(cache.run(&["--trust-owner", "any"], "true").status.success());
        set_mode(&dir, 0o1777);
        assert!(cache.run(&["--quiet"], "true").status.success());
        set_mode(&dir, 0o755);
    }
}

/// Under a umask that shares everything, what is made is shared, but nobody renames what is another's.
#[test]
fn what_is_made_under_an_open_umask_is_sticky() {
    let cache = Cache::new();
    let line = "umask 0; exec \"$0\" run --unit demo --root \"$1\" -- true";
    for _ in 0..2 {
        let run =
            Command::new("sh").args(["-c", line, INCRDIR]).arg(cache.root()).output().unwrap();
        assert!(run.status.success(), "{}", stderr(&run));
    }
    for dir in [cache.root(), cache.unit()] {
        assert_eq!(fs::metadata(&dir).unwrap().mode() & 0o7777, 0o1777, "{}", dir.display());
    }
}

/// The owner of a unit put a symbolic link in the place of root's session, and CMD wrote elsewhere with root's rights.
#[test]
fn what_belongs_to_another_user_is_refused() {
    let cache = Cache::new();
    cache.run(&["--quiet"], "true");
    for dir in [cache.root(), cache.unit()] {
        if chown(&dir, Some(NOBODY), None).is_err() {
            println!("SKIPPED: only root gives things away");
            return;
        }
        let output = cache.run(&[], "true");
        refused(&output, &format!("`{}` belongs to user {NOBODY}", dir.display()));
        refused(&output, &format!("`--trust-owner {NOBODY}`"));
        refused(&cache.run(&["--trust-owner", "1"], "true"), "belongs to user");
        let trusted = NOBODY.to_string();
        assert!(cache.run(&["--trust-owner", &trusted], "true").status.success());
        let by_environment =
            cache.command(&[], "true").env("INCRDIR_TRUST_OWNER", format!("1,{trusted}")).output();
        assert!(by_environment.unwrap().status.success());
        // Looking and collecting follow no link, and are not refused.
        for command in ["ls", "gc", "verify"] {
            let output = common::incrdir(&[command, cache.root().to_str().unwrap()]);
            assert!(output.status.success(), "{command}: {}", stderr(&output));
        }
        chown(&dir, Some(0), None).unwrap();
    }
    // The superuser's, and a group's that is not: somebody of that group could do it.
    chown(cache.unit(), None, Some(NOBODY)).unwrap();
    set_mode(&cache.unit(), 0o775);
    refused(&cache.run(&[], "true"), "may be written by group 65534");
}

/// What was put in its place is never published, whoever did it.
#[test]
fn a_session_that_became_a_link_is_not_published() {
    let cache = Cache::new();
    let outside = cache.path("outside");
    fs::create_dir(&outside).unwrap();
    let output = cache.run(
        &[],
        "rm -r $INCRDIR_SESSION; ln -s $PWD/outside $INCRDIR_SESSION; touch $INCRDIR_SESSION/f",
    );
    assert_eq!(output.status.code(), Some(125), "{}", stderr(&output));
    assert!(stderr(&output).contains("a symbolic link"), "{}", stderr(&output));
    assert_eq!(cache.published().len(), 0);
    assert_eq!(names(&outside), ["f"], "nothing outside is deleted");
}

/// Who may read a lock file may hold it for ever. That costs a warm start, and harms nobody.
#[test]
fn a_lock_that_somebody_holds_for_ever_is_gone_round() {
    let cache = Cache::new();
    for round in 1..=2 {
        cache.run(&["--keep", "9"], &format!("echo {round} >$INCRDIR_SESSION/f"));
    }
    let held = cache.path("held");
    let lock_of = |session: &Path| {
        let name = session.file_name().unwrap().to_string_lossy().into_owned();
        let stem: Vec<_> = name.split('-').take(3).collect();
        session.with_file_name(format!("{}.lock", stem.join("-")))
    };
    let mut holders = Vec::new();
    for (number, source) in [(2, "1"), (1, "")] {
        let lock = lock_of(&cache.published()[number - 1]);
        let script = format!("echo held >>{}; exec sleep 100", held.display());
        let holder = Command::new("flock")
            .args(["--no-fork", "-x"])
            .arg(&lock)
            .args(["sh", "-c", &script])
            .spawn();
        let Ok(holder) = holder else {
            println!("SKIPPED: there is no flock");
            return;
        };
        holders.push(holder);
        until("it is held", || {
            fs::read_to_string(&held).is_ok_and(|text| text.lines().count() == holders.len())
        });
        let output = cache.run(&["--keep", "9"], "cat $INCRDIR_SESSION/f; exit 1");
        assert_eq!(common::stdout(&output).trim(), source, "{}", stderr(&output));
        assert!(stderr(&output).contains(": in use"), "{}", stderr(&output));
    }
    for mut holder in holders {
        holder.kill().unwrap();
        holder.wait().unwrap();
    }
}
