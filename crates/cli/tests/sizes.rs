//! Sizes are what things take on the medium, each file once, and freed is what is free afterwards.
#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "a test lives in the real world")]

mod common;

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use common::{Cache, incrdir, stdout};
use serde_json::Value;

const MIB: u64 = 1 << 20;

fn json(command: &[&str], cache: &Cache) -> Value {
    let root = cache.root();
    let mut arguments = command.to_vec();
    arguments.extend([root.to_str().unwrap(), "--format", "json"]);
    serde_json::from_slice(&incrdir(&arguments).stdout).unwrap()
}

fn taken(file: &Path) -> u64 {
    fs::metadata(file).unwrap().blocks() * 512
}

fn linked(cache: &Cache, script: &str) {
    assert!(cache.run(&["--quiet", "--keep", "9", "--seed", "link"], script).status.success());
}

/// Three linked sessions were three times as much to `ls` as to `du`, and a dry run freed nothing where all would go.
#[test]
fn what_sessions_share_counts_once_and_is_freed_with_its_last_name() {
    let cache = Cache::new();
    linked(&cache, "head -c 2M /dev/urandom >$INCRDIR_SESSION/old");
    linked(&cache, "head -c 1M /dev/urandom >$INCRDIR_SESSION/own");
    linked(&cache, "cd $INCRDIR_SESSION; rm old own; head -c 4M /dev/urandom >new");
    let sessions = cache.published();
    let (old, own) = (taken(&sessions[0].join("old")), taken(&sessions[1].join("own")));
    let new = taken(&sessions[2].join("new"));
    assert!(old >= 2 * MIB && own >= MIB && new >= 4 * MIB, "{old} {own} {new}");

    let listed = json(&["ls"], &cache);
    let entries = listed["units"][0]["entries"].as_array().unwrap();
    let sizes: Vec<_> = entries
        .iter()
        .map(|entry| (entry["bytes"].as_u64().unwrap(), entry["own_bytes"].as_u64().unwrap()))
        .collect();
    assert_eq!(sizes, [(old, 0), (old + own, own), (new, new)]);
    assert_eq!(listed["bytes"], old + own + new);

    let dry = json(&["gc", "--dry-run", "--keep", "1"], &cache);
    assert_eq!(dry["bytes"], old + own, "{dry:#}");
    let real = json(&["gc", "--keep", "1"], &cache);
    assert_eq!(real["bytes"], dry["bytes"], "{real:#}");
}

/// Freed was a gigabyte that had never been there.
#[test]
fn holes_are_nothing() {
    let cache = Cache::new();
    linked(&cache, "truncate -s 1G $INCRDIR_SESSION/hole");
    linked(&cache, "rm $INCRDIR_SESSION/hole");
    let listed = json(&["ls"], &cache);
    assert!(listed["bytes"].as_u64().unwrap() < MIB, "{listed:#}");
    let gone = json(&["gc", "--keep", "1"], &cache);
    assert_eq!(gone["removed"], 1);
    assert!(gone["bytes"].as_u64().unwrap() < MIB, "{gone:#}");
}

#[test]
fn the_table_shows_what_is_a_sessions_own() {
    let cache = Cache::new();
    linked(&cache, "head -c 64K /dev/urandom >$INCRDIR_SESSION/f");
    linked(&cache, "true");
    let listed = stdout(&incrdir(&["ls", "-l", cache.root().to_str().unwrap()]));
    let rows: Vec<_> = listed.lines().filter(|line| line.contains(" s-")).collect();
    assert_eq!(rows.len(), 2);
    assert!(rows.iter().all(|row| row.contains(" 64 KiB ") && row.contains(" 0 B ")), "{listed}");
    assert!(listed.contains("SIZE") && listed.contains("OWN"), "{listed}");
    assert!(listed.contains("2 sessions, 64 KiB"), "{listed}");
}
