//! Sentences about listings.

use std::collections::BTreeMap;

use super::bench::{Bench, Case, Lacks, name};
use crate::{Entry, FileKind, Name, Vfs, kind_of};

pub(super) fn cases<V: Vfs>() -> Vec<Case<V>> {
    vec![
        Case { sentence: "a listing has every entry once, with its kind", check: kinds },
        Case { sentence: "every listing begins at the beginning", check: twice },
        Case { sentence: "a listing shows what came after its directory was opened", check: late },
        Case { sentence: "listings of one directory do not disturb each other", check: handles },
        Case { sentence: "a listing of thousands is complete", check: thousands },
        Case { sentence: "inode numbers in a listing are true where that is said", check: inodes },
        Case { sentence: "names that are not UTF-8 are names", check: odd_names },
    ]
}

fn list<V: Vfs>(bench: &Bench<'_, V>) -> BTreeMap<Name, Entry> {
    let entries = bench.vfs.list(bench.dir).expect("list");
    let count = entries.len();
    let by_name: BTreeMap<_, _> = entries
        .into_iter()
        .map(|entry| entry.expect("an entry"))
        .map(|entry| (entry.name.clone(), entry))
        .collect();
    assert_eq!(by_name.len(), count, "no name stands there twice");
    by_name
}

fn kinds<V: Vfs>(bench: &mut Bench<'_, V>) {
    assert!(list(bench).is_empty(), "`.` and `..` are not listed");
    bench.file("file", b"");
    bench.sub_dir("dir");
    let mut expected = vec![("dir", FileKind::Dir), ("file", FileKind::File)];
    if !bench.lacks.contains(&Lacks::Symlinks) {
        bench.vfs.symlink(&"dir".into(), bench.dir, &name("link")).expect("a free name");
        expected.push(("link", FileKind::Symlink));
    }
    let listed: Vec<_> = list(bench)
        .into_values()
        .map(|entry| {
            let kind = kind_of(bench.vfs, bench.dir, &entry).expect("kind");
            (entry.name.to_string(), kind)
        })
        .collect();
    let expected: Vec<_> = expected.into_iter().map(|(name, kind)| (name.into(), kind)).collect();
    assert_eq!(listed, expected);
}

fn twice<V: Vfs>(bench: &mut Bench<'_, V>) {
    bench.file("a", b"");
    assert_eq!(list(bench).len(), 1);
    bench.file("b", b"");
    assert_eq!(list(bench).len(), 2);
    bench.vfs.remove_file(bench.dir, &name("a")).expect("remove");
    assert_eq!(list(bench).len(), 1);
}

/// btrfs gives an open directory its end when it is opened, and another one only when it is rewound.
fn late<V: Vfs>(bench: &mut Bench<'_, V>) {
    let sub = bench.sub_dir("sub");
    let other = bench.vfs.open_dir(bench.dir, &name("sub")).expect("open");
    drop(bench.vfs.create_file(&other, &name("late")).expect("a free name"));
    assert_eq!(bench.vfs.list(&sub).expect("list").len(), 1, "through the older handle");
}

fn handles<V: Vfs>(bench: &mut Bench<'_, V>) {
    let first = bench.sub_dir("sub");
    let second = bench.vfs.open_dir(bench.dir, &name("sub")).expect("open");
    for file in ["a", "b", "c"] {
        drop(bench.vfs.create_file(&first, &name(file)).expect("a free name"));
    }
    for handle in [&first, &second, &first, &second] {
        assert_eq!(bench.vfs.list(handle).expect("list").len(), 3);
    }
}

fn thousands<V: Vfs>(bench: &mut Bench<'_, V>) {
    for number in 0..3000 {
        let name = name(&format!("a-rather-long-name-for-entry-{number}"));
        drop(bench.vfs.create_file(bench.dir, &name).expect("a free name"));
    }
    assert_eq!(list(bench).len(), 3000);
}

fn inodes<V: Vfs>(bench: &mut Bench<'_, V>) {
    for file in ["a", "b", "c"] {
        bench.file(file, b"");
    }
    if !bench.vfs.fs_info(bench.dir).expect("fs_info").listed_inodes_are_true {
        return;
    }
    for (name, entry) in list(bench) {
        assert_eq!(entry.inode, bench.vfs.stat(bench.dir, &name).expect("stat").id.inode);
    }
}

#[cfg(unix)]
fn odd_names<V: Vfs>(bench: &mut Bench<'_, V>) {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let odd = Name::new(OsStr::from_bytes(b"caf\xe9 \n\x01")).expect("a single component");
    match bench.vfs.create_file(bench.dir, &odd) {
        Ok(_) => assert_eq!(list(bench).into_keys().collect::<Vec<_>>(), [odd]),
        // A file system may have its own idea of names, but then says so.
        Err(_) => assert!(list(bench).is_empty()),
    }
}

#[cfg(not(unix))]
fn odd_names<V: Vfs>(bench: &mut Bench<'_, V>) {
    // Characters that have one spelling: a file system may list others as it spells them.
    let odd = "日本語 %PATH% ' & ^";
    bench.file(odd, b"");
    assert_eq!(list(bench).into_keys().collect::<Vec<_>>(), [name(odd)]);
}
