//! The examples do what they say.
#![expect(clippy::disallowed_methods, reason = "a test lives in the real world")]
#![expect(unreachable_pub, reason = "the examples are programs of their own")]

use std::fs;

#[path = "../examples/build_server.rs"]
mod build_server;
#[path = "../examples/snapshot.rs"]
mod snapshot;
#[path = "../examples/word_index.rs"]
#[allow(dead_code, reason = "its main function is for people")]
mod word_index;

#[test]
fn a_word_index_reads_only_what_has_changed() {
    let dir = tempfile::tempdir().unwrap();
    let texts = dir.path().join("texts");
    fs::create_dir(&texts).unwrap();
    fs::write(texts.join("one"), "Some words.").unwrap();
    fs::write(texts.join("two"), "Other words").unwrap();
    let cache = incrdir::Cache::open(dir.path().join("cache")).unwrap();
    let search = |word| word_index::search(&cache, &texts, word).unwrap();
    assert_eq!(search("words"), (vec!["one".into(), "two".into()], 2));
    assert_eq!(search("some"), (vec!["one".into()], 0));
    fs::write(texts.join("two"), "Some more").unwrap();
    assert_eq!(search("some"), (vec!["one".into(), "two".into()], 1));
    // A run that fails changes nothing.
    fs::write(texts.join("three"), b"\xff").unwrap();
    assert!(word_index::search(&cache, &texts, "some").is_err());
    fs::remove_file(texts.join("three")).unwrap();
    assert_eq!(search("more"), (vec!["two".into()], 0));
}

#[test]
fn the_threads_of_a_server_share_a_cache() {
    build_server::main().unwrap();
}

#[test]
fn a_snapshot_stays_as_it_is() {
    snapshot::main().unwrap();
}
