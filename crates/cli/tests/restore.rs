//! `incrdir restore`, as its users see it.
#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "a test lives in the real world")]

mod common;

use std::fs;
use std::os::unix::fs::MetadataExt;

use common::{Cache, incrdir, names, stderr, stdout};
use serde_json::Value;

fn publish(cache: &Cache, options: &[&str], text: &str) {
    let script =
        format!("cd $INCRDIR_SESSION; rm -f state; echo {text} >state; echo {text} >only-{text}");
    assert!(cache.run(options, &script).status.success());
}

#[test]
fn what_was_published_before_is_the_newest_again() {
    let cache = Cache::new();
    for text in ["one", "two", "three"] {
        publish(&cache, &["--keep", "9", "--durability", "consistent", "--digests"], text);
    }
    let older = cache.published()[0].clone();
    let output = incrdir(&["restore", older.to_str().unwrap()]);
    assert!(output.status.success(), "{}", stderr(&output));
    let sessions = cache.published();
    assert_eq!(sessions.len(), 4, "nothing is deleted");
    let newest = sessions[3].file_name().unwrap().to_str().unwrap();
    assert!(
        stdout(&output).contains(&format!(" as {newest} (2 files copied, ")),
        "{}",
        stdout(&output)
    );
    assert_eq!(names(&sessions[3]), ["only-one", "state"]);
    assert_eq!(fs::read_to_string(older.join("state")).unwrap(), "one\n", "it is as it was");
    let next = cache.run(&["--keep", "9"], "cat $INCRDIR_SESSION/state");
    assert_eq!(stdout(&next), "one\n");
    // What it was promised and recorded with.
    let shown = incrdir(&["show", sessions[3].to_str().unwrap(), "--format", "json"]);
    let shown: Value = serde_json::from_slice(&shown.stdout).unwrap();
    assert_eq!(
        (&shown["record"]["durability"], &shown["record"]["digested"]["files"]),
        (&"consistent".into(), &2.into())
    );
    assert_eq!(shown["sources"][0]["name"], older.file_name().unwrap().to_str().unwrap());

    let again = incrdir(&["restore", cache.unit().to_str().unwrap()]);
    assert!(again.status.success() && stdout(&again).contains("is the newest session already"));
    assert_eq!(cache.published().len(), 5, "four, and the run's");
}

/// The oldest session that is kept is what the next one is made of: not if it is the one that is wanted.
#[test]
fn the_spare_can_be_restored() {
    let cache = Cache::new();
    for text in ["one", "two"] {
        publish(&cache, &["--keep", "2", "--seed", "link"], text);
    }
    let older = cache.published()[0].clone();
    assert!(incrdir(&["restore", older.to_str().unwrap()]).status.success());
    let sessions = cache.published();
    let inode = |at: usize| fs::metadata(sessions[at].join("state")).unwrap().ino();
    assert_eq!((sessions.len(), inode(0)), (3, inode(2)), "made by links, it is restored by links");
    assert_eq!(fs::read_to_string(sessions[2].join("state")).unwrap(), "one\n");
}

#[test]
fn what_cannot_be_restored_is_said_and_nothing_else_is_taken() {
    let cache = Cache::new();
    for text in ["one", "two", "three"] {
        publish(&cache, &["--keep", "9"], text);
    }
    let sessions = cache.published();
    let unit = cache.unit();
    let refused = |session: &std::path::Path, says: &str| {
        let before = names(&unit);
        let output = incrdir(&["restore", session.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(1), "{says}: {}", stdout(&output));
        assert!(stderr(&output).contains(says), "{says}: {}", stderr(&output));
        assert_eq!(names(&unit), before, "{says}");
    };
    // Written to since, which a session that begins from the newest one would not notice.
    fs::write(sessions[0].join("state"), "bad").unwrap();
    refused(&sessions[0], "it is not what was published");
    // Somebody publishes or collects it.
    let lock = sessions[1].to_str().unwrap().rsplit_once('-').unwrap().0.to_string() + ".lock";
    let lock = fs::File::open(lock).unwrap();
    rustix::fs::flock(&lock, rustix::fs::FlockOperation::LockExclusive).unwrap();
    refused(&sessions[1], "in use");
    drop(lock);
    refused(&unit.join("s-zzz"), "there is no session");
    // rustc's has no record.
    let rustc = unit.join("s-hce0fdbqzv-1wf0why-18xvudajikphu8ktz4jz3zhmb");
    fs::create_dir(&rustc).unwrap();
    fs::write(unit.join("s-hce0fdbqzv-1wf0why.lock"), "").unwrap();
    fs::write(rustc.join("state"), "rustc").unwrap();
    refused(&rustc, "it has no record of its files");
    let accepted = incrdir(&["restore", rustc.to_str().unwrap(), "--accept-unrecorded"]);
    assert!(accepted.status.success(), "{}", stderr(&accepted));
    let newest = cache.published().pop().unwrap();
    assert!(
        newest.to_str().unwrap().ends_with("-18xvudajikphu8ktz4jz3zhmb"),
        "under the same hash"
    );
    assert_eq!(fs::read_to_string(newest.join("state")).unwrap(), "rustc");
}
