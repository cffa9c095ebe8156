//! The example does what it says.
#![expect(clippy::disallowed_methods, reason = "a test lives in the real world")]
#![expect(unreachable_pub, reason = "the example is a program of its own")]

use std::fs;

#[path = "../examples/word_index_by_layers.rs"]
#[allow(dead_code, reason = "its main function is for people")]
mod word_index_by_layers;

#[test]
fn a_word_index_by_layers_reads_only_what_has_changed() {
    let dir = tempfile::tempdir().unwrap();
    let [texts, cache] = ["texts", "cache"].map(|name| dir.path().join(name));
    fs::create_dir(&texts).unwrap();
    fs::create_dir(&cache).unwrap();
    fs::write(texts.join("one"), "Some words.").unwrap();
    fs::write(texts.join("two"), "Other words").unwrap();
    let search = |word| word_index_by_layers::search(&cache, &texts, word).unwrap();
    assert_eq!(search("words"), (vec!["one".into(), "two".into()], 2));
    assert_eq!(search("some"), (vec!["one".into()], 0));
    fs::write(texts.join("two"), "Some more").unwrap();
    assert_eq!(search("some"), (vec!["one".into(), "two".into()], 1));
    // A run that fails changes nothing.
    fs::write(texts.join("three"), b"\xff").unwrap();
    assert!(word_index_by_layers::search(&cache, &texts, "some").is_err());
    fs::remove_file(texts.join("three")).unwrap();
    assert_eq!(search("more"), (vec!["two".into()], 0));
}
