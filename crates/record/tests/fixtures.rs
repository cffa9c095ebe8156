//! Records that older versions of incrdir wrote are read as they were meant.
//!
//! The fixtures are lock files as `incrdir run` left them on the second of two runs. The first run wrote the files `a` ("one")
//! and `d/b` ("two") and the link `l`, the second one replaced the content of `a` by "three".

use incrdir_record::{Durability, Kind, List, SeedMode, Whole};

/// As the first version with lists wrote it.
const FIRST_LISTS: &[u8] = include_bytes!("fixtures/first-lists.lock");

/// The last version that did not say where a session was published, nor more of a process than its id.
const BEFORE_PLACES: &[u8] = include_bytes!("fixtures/before-places.lock");

/// Version 0.1.0: with the place, the seal and the program that `run` ran.
const WITH_CHILDREN: &[u8] = include_bytes!("fixtures/with-children.lock");

/// Name, kind and length of every entry, directories before what is in them.
fn entries(list: &List) -> Vec<(String, Kind, u64)> {
    let mut entries = Vec::new();
    let mut blocks = vec![0];
    while let Some(block) = blocks.pop() {
        for item in list.block(block) {
            let name = String::from_utf8(list.name(item).to_vec()).unwrap();
            entries.push((name, item.kind(), list.listed(item).len));
            blocks.extend(item.block());
        }
    }
    entries.sort_by(|one, other| one.0.cmp(&other.0));
    entries
}

fn check(content: &[u8], session: &str, source: &str) -> Whole {
    let whole = Whole::decode(content.to_vec());
    let head = whole.record.head.as_ref().expect("a head");
    assert_eq!(head.program, "incrdir 0.1.0");
    assert_eq!(head.durability, Durability::Detect);
    assert_eq!(head.process.host, "buildhost");
    let origin = whole.record.origin.as_ref().expect("an origin");
    assert_eq!(origin.source, Some(source.parse().unwrap()));
    assert_eq!(origin.mode, SeedMode::Auto);
    assert_eq!((origin.since_cold, whole.record.is_watched), (None, false));
    assert_eq!((&whole.record.reason, whole.record.newer_version), (&None, None));
    let list = whole.list.as_ref().expect("a list");
    assert!(list.is_of(session.parse().unwrap()));
    assert_eq!(
        entries(list),
        [
            ("a".into(), Kind::File, 5),
            ("b".into(), Kind::File, 3),
            ("d".into(), Kind::Dir, 0),
            ("l".into(), Kind::Symlink, 1),
        ]
    );
    whole
}

#[test]
fn the_first_lists_are_read() {
    let whole = check(
        FIRST_LISTS,
        "s-hoj1aerld6-0kqualn-0000000000000000000000000",
        "s-hoj1aergej-0ifc20a-0000000000000000000000000",
    );
    assert_eq!((whole.record.place, whole.record.seal), (None, None));
    let process = &whole.record.head.as_ref().unwrap().process;
    assert_eq!((process.namespace, process.started), (None, None));
}

#[test]
fn lists_without_places_are_read() {
    let whole = check(
        BEFORE_PLACES,
        "s-hoj1afndhn-0001wqx-0000000000000000000000000",
        "s-hoj1afn9cs-1avkoup-0000000000000000000000000",
    );
    assert_eq!((whole.record.place, whole.record.seal), (None, None));
}

#[test]
fn places_seals_and_children_are_read() {
    let whole = check(
        WITH_CHILDREN,
        "s-hoj1avrrdr-1hhg4k6-0000000000000000000000000",
        "s-hoj1avrify-0v16whl-0000000000000000000000000",
    );
    let record = &whole.record;
    assert!(record.place.is_some_and(|place| place.inode != 0 && place.boot_id.is_some()));
    assert!(record.seal.is_some());
    let process = &record.head.as_ref().unwrap().process;
    assert_eq!(record.children.len(), 1, "{record:?}");
    assert_eq!(record.children[0].host, "buildhost");
    assert_eq!(record.children[0].namespace, process.namespace);
    assert!(process.started.is_some() && record.children[0].started >= process.started);
}
