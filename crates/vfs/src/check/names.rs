//! Sentences about renaming and removing.

use std::io::ErrorKind;

use super::bench::{Bench, Case, Lacks, fails, name};
use crate::{FileKind, Name, Vfs};

pub(super) fn cases<V: Vfs>() -> Vec<Case<V>> {
    vec![
        Case { sentence: "a rename replaces a file by a file", check: replace_file },
        Case { sentence: "a rename replaces only an empty directory", check: replace_dir },
        Case { sentence: "a rename between directories moves", check: between },
        Case { sentence: "a directory cannot be moved into itself", check: cycle },
        Case { sentence: "rename_new refuses every name that exists", check: rename_new },
        Case { sentence: "a name and its inode are told by stat", check: stat },
        Case { sentence: "long names work up to the limit and are errors beyond", check: long },
    ]
}

fn replace_file<V: Vfs>(bench: &mut Bench<'_, V>) {
    let (vfs, dir) = (bench.vfs, bench.dir);
    bench.file("a", b"new");
    let old = bench.file("b", b"old");
    let id = vfs.stat(dir, &name("a")).expect("stat").id;
    let replaced = vfs.rename(dir, &name("a"), dir, &name("b"));
    if !bench.has(Lacks::OpenReplacements, replaced) {
        drop(old);
        vfs.rename(dir, &name("a"), dir, &name("b")).expect("a file over a file");
        assert_eq!(bench.content("b").expect("read"), b"new");
        return;
    }
    assert_eq!(bench.content("b").expect("read"), b"new");
    assert_eq!(vfs.stat(dir, &name("b")).expect("stat").id, id, "renaming keeps the identity");
    assert_eq!(vfs.stat_file(&old).expect("stat").links, 0, "what was replaced has no name");
    fails(vfs.stat(dir, &name("a")), ErrorKind::NotFound);
}

fn replace_dir<V: Vfs>(bench: &mut Bench<'_, V>) {
    let (vfs, dir) = (bench.vfs, bench.dir);
    let a = bench.sub_dir("a");
    drop(vfs.create_file(&a, &name("inside")).expect("a free name"));
    let full = bench.sub_dir("full");
    drop(vfs.create_file(&full, &name("other")).expect("a free name"));
    // Some systems rename nothing that is open.
    drop((a, full));
    bench.sub_dir("empty");
    bench.file("file", b"");
    let refused = vfs.rename(dir, &name("a"), dir, &name("full")).expect_err("not empty").kind();
    assert!(
        matches!(refused, ErrorKind::DirectoryNotEmpty | ErrorKind::AlreadyExists),
        "{refused:?}"
    );
    fails(vfs.rename(dir, &name("a"), dir, &name("file")), ErrorKind::NotADirectory);
    fails(vfs.rename(dir, &name("file"), dir, &name("empty")), ErrorKind::IsADirectory);
    vfs.rename(dir, &name("a"), dir, &name("empty")).expect("over an empty directory");
    let empty = vfs.open_dir(dir, &name("empty")).expect("open");
    vfs.stat(&empty, &name("inside")).expect("it is the one that was renamed");
}

fn between<V: Vfs>(bench: &mut Bench<'_, V>) {
    let (vfs, dir) = (bench.vfs, bench.dir);
    let sub = bench.sub_dir("sub");
    bench.file("file", b"content");
    vfs.create_dir(dir, &name("moved")).expect("a free name");
    vfs.rename(dir, &name("file"), &sub, &name("file")).expect("a file");
    vfs.rename(dir, &name("moved"), &sub, &name("moved")).expect("a directory");
    assert_eq!(vfs.stat(&sub, &name("file")).expect("stat").len, 7);
    assert_eq!(vfs.stat(&sub, &name("moved")).expect("stat").kind, FileKind::Dir);
    fails(vfs.stat(dir, &name("file")), ErrorKind::NotFound);
}

fn cycle<V: Vfs>(bench: &mut Bench<'_, V>) {
    let sub = bench.sub_dir("sub");
    let into = bench.vfs.rename(bench.dir, &name("sub"), &sub, &name("inner"));
    let kind = into.expect_err("it would be gone").kind();
    let is_open = bench.lacks.contains(&Lacks::OpenRenames) && kind == ErrorKind::ResourceBusy;
    assert!(kind == ErrorKind::InvalidInput || is_open, "{kind:?}");
}

fn rename_new<V: Vfs>(bench: &mut Bench<'_, V>) {
    let (vfs, dir) = (bench.vfs, bench.dir);
    bench.file("file", b"content");
    bench.file("taken", b"");
    bench.sub_dir("empty");
    bench.sub_dir("dir");
    let renamed = vfs.rename_new(dir, &name("file"), dir, &name("new"));
    if !bench.has(Lacks::RenameNew, renamed) {
        assert_eq!(bench.content("file").expect("untouched"), b"content");
        return;
    }
    assert_eq!(bench.content("new").expect("read"), b"content");
    for (from, to) in [("new", "taken"), ("new", "empty"), ("dir", "empty"), ("dir", "taken")] {
        fails(vfs.rename_new(dir, &name(from), dir, &name(to)), ErrorKind::AlreadyExists);
    }
    vfs.rename_new(dir, &name("dir"), dir, &name("moved")).expect("a directory");
}

fn stat<V: Vfs>(bench: &mut Bench<'_, V>) {
    let (vfs, dir) = (bench.vfs, bench.dir);
    let file = bench.file("file", b"content");
    let stat = vfs.stat(dir, &name("file")).expect("stat");
    assert_eq!((stat.kind, stat.len, stat.links), (FileKind::File, 7, 1));
    assert_eq!(stat, vfs.stat_file(&file).expect("stat"), "the name and the file say the same");
    bench.file("other", b"");
    let other = vfs.stat(dir, &name("other")).expect("stat");
    assert_eq!(other.id.device, stat.id.device);
    assert_ne!(other.id, stat.id);
    assert!(stat.mode <= 0o7777);
}

fn long<V: Vfs>(bench: &mut Bench<'_, V>) {
    let (vfs, dir) = (bench.vfs, bench.dir);
    let long = |len| Name::new("x".repeat(len)).expect("a single component");
    drop(vfs.create_file(dir, &long(143)).expect("every file system takes this much"));
    assert!(vfs.create_file(dir, &long(4096)).is_err());
    assert!(vfs.create_dir(dir, &long(4096)).is_err());
    assert!(vfs.rename(dir, &long(143), dir, &long(4096)).is_err());
    vfs.stat(dir, &long(143)).expect("untouched");
}
