//! `pin` and `unpin`, and that `gc` respects what they say.
#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "a test lives in the real world")]

mod common;

use std::path::{Path, PathBuf};
use std::process::Output;

use common::{Cache, incrdir, names, stderr, stdout};

/// Three published sessions, oldest first.
fn three(cache: &Cache) -> Vec<PathBuf> {
    for content in ["1", "2", "3"] {
        let script = format!("echo {content} >\"$INCRDIR_SESSION/f\"");
        assert!(cache.run(&["--keep", "4"], &script).status.success());
    }
    cache.published()
}

fn call(arguments: &[&str], path: &Path) -> Output {
    let (command, options) = arguments.split_first().unwrap();
    let path = path.to_str().unwrap();
    incrdir(&[&[*command, path][..], options].concat())
}

fn keep_one(cache: &Cache) -> Vec<PathBuf> {
    let output = call(&["gc", "--keep", "1"], &cache.root());
    assert!(output.status.success(), "{}", stderr(&output));
    cache.published()
}

#[test]
fn a_pinned_session_is_kept_until_it_is_unpinned() {
    let cache = Cache::new();
    let sessions = three(&cache);
    let pinned = call(&["pin", "--name", "release", "--until", "30days"], &sessions[0]);
    assert!(pinned.status.success(), "{}", stderr(&pinned));
    assert!(stdout(&pinned).starts_with("pinned "), "{}", stdout(&pinned));
    assert_eq!(keep_one(&cache), [sessions[0].clone(), sessions[2].clone()]);
    // Runs, too, which would make the next session out of the oldest one.
    assert!(cache.run(&["--keep", "2"], "true").status.success());
    assert!(cache.published().contains(&sessions[0]));
    let unpinned = call(&["unpin", "--name", "release"], &cache.root());
    assert!(unpinned.status.success(), "{}", stderr(&unpinned));
    assert!(!keep_one(&cache).contains(&sessions[0]));
    let again = call(&["unpin", "--name", "release"], &cache.root());
    assert_eq!(again.status.code(), Some(1));
    assert!(stderr(&again).contains("there is no such pin"), "{}", stderr(&again));
}

#[test]
fn a_unit_is_pinned_by_its_directory() {
    let cache = Cache::new();
    three(&cache);
    assert!(call(&["pin"], &cache.unit()).status.success());
    assert!(names(&cache.unit()).contains(&"p-unit".into()));
    assert_eq!(keep_one(&cache).len(), 1, "what --keep keeps is pinned, and no more");
    assert!(call(&["unpin"], &cache.unit()).status.success());
    assert!(!names(&cache.unit()).contains(&"p-unit".into()));
}

#[test]
fn names_may_be_short() {
    let cache = Cache::new();
    let sessions = three(&cache);
    let session = sessions[0].to_str().unwrap();
    let beginning: std::path::PathBuf = session[..session.rfind('-').unwrap()].into();
    for path in [beginning, cache.root().join("demo")] {
        for command in ["pin", "unpin"] {
            let output = call(&[command], &path);
            assert!(output.status.success(), "{command} {path:?}: {}", stderr(&output));
        }
    }
}

#[test]
fn what_cannot_be_pinned_is_said() {
    let cache = Cache::new();
    let sessions = three(&cache);
    let missing = cache.unit().join("s-hce0fdbqzv-1wf0why-18xvudajikphu8ktz4jz3zhmb");
    for (path, says) in [
        (cache.root(), "is neither a unit nor a session"),
        (missing, "there is no session"),
        (cache.path("nothing"), "there is no unit `nothing`"),
        (cache.path("nothing/below"), "No such file or directory"),
    ] {
        let output = call(&["pin"], &path);
        assert_eq!(output.status.code(), Some(1), "{path:?}");
        assert!(stderr(&output).contains(says), "{}", stderr(&output));
    }
    for date in ["8000years", "2020-01-01", "yesterday", "", "99999999999999years", "2027-13-01"] {
        let output = call(&["pin", "--until", date], &sessions[0]);
        assert_eq!(output.status.code(), Some(2), "{date}");
    }
    for date in ["2099-12-31", "2099-12-31T10:00:00Z", "1h 30min"] {
        assert!(call(&["pin", "--until", date], &sessions[0]).status.success(), "{date}");
    }
}

/// Somebody else's program may have written it.
#[test]
fn a_pin_for_ten_thousand_years_is_shown() {
    let cache = Cache::new();
    three(&cache);
    let far = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(400_000_000_000);
    let pin = incrdir_record::Pin::new("far", std::time::SystemTime::now()).until(Some(far));
    std::fs::write(cache.unit().join("p-unit"), pin.encode()).unwrap();
    for command in [&["ls"][..], &["ls", "--format", "json"], &["show"]] {
        let output = call(command, &cache.unit());
        assert!(output.status.success(), "{command:?}: {}", stderr(&output));
    }
}
