//! A part of a list: what is left keeps its content, whatever its number becomes.

use std::time::SystemTime;

use incrdir_naming::{Hash, Key, Timestamp};
use incrdir_record::{Content, Kind, List, ListWriter, Listed, Whole, header};

/// `a`, `dir` with `b` and `inner` with `c`, `d`, which has the content of another session's.
fn list() -> List {
    let mut writer = ListWriter::new(key(1), Hash::new(7), SystemTime::UNIX_EPOCH, 0);
    let file = |inode| Listed::new(Kind::File, inode, 1, SystemTime::UNIX_EPOCH);
    let mut other = file(6);
    other.content = Some(Content { session: key(9), entry: 77 });
    writer.begin_block(3);
    writer.add(b"a", &file(1));
    writer.add_dir(b"dir");
    writer.add(b"d", &other);
    writer.begin_block(2);
    writer.add(b"b", &file(3));
    writer.add_dir(b"inner");
    writer.begin_block(1);
    writer.add(b"c", &file(5));
    let content = [header(), writer.finish().unwrap()].concat();
    Whole::decode(content).list.expect("a list")
}

fn key(micros: u64) -> Key {
    Key::new(Timestamp::from_micros(micros).unwrap(), 3)
}

/// Name and content of each entry, in the order of the numbers.
fn entries(list: &List) -> Vec<(String, Option<Content>)> {
    let entry = |number| {
        let item = list.item(number);
        let name = String::from_utf8(list.name(item).to_vec()).unwrap();
        (name, (item.kind() == Kind::File).then(|| list.content(number)))
    };
    (0..list.len()).map(entry).collect()
}

#[test]
fn what_is_left_keeps_its_content() {
    let whole = list();
    let before = entries(&whole);
    let names: Vec<_> = before.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["a", "dir", "d", "b", "inner", "c"]);
    let part = whole.select(&[false, true, true, false, true, true]).unwrap();
    let after = entries(&part);
    let names: Vec<_> = after.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["dir", "d", "inner", "c"]);
    for entry in after {
        assert!(before.contains(&entry), "{entry:?}");
    }
    assert!(part.is_recorded() && part.key() == whole.key());
    assert!(part.is_of(key(1).published(Hash::new(7))));
    assert_eq!(part.block(part.item(0).block().unwrap()).len(), 1);
}

#[test]
fn all_or_nothing_is_a_part_too() {
    let whole = list();
    assert_eq!(entries(&whole.select(&[true; 6]).unwrap()), entries(&whole));
    assert!(whole.select(&[false; 6]).unwrap().is_empty());
    // Of a directory that is left out, nothing is left.
    let part = whole.select(&[false, false, false, true, true, true]).unwrap();
    assert!(part.is_empty());
}
