//! Sentences about links of both kinds.

use std::io::ErrorKind;

use super::bench::{Bench, Case, Lacks, content_of, fails, name};
use crate::{Access, FileKind, Vfs};

pub(super) fn cases<V: Vfs>() -> Vec<Case<V>> {
    vec![
        Case { sentence: "hard links are names of one file", check: hard_links },
        Case { sentence: "a hard link never replaces", check: hard_link_exclusive },
        Case { sentence: "directories have one name", check: hard_link_dir },
        Case { sentence: "a symbolic link is never followed", check: symlinks },
        Case { sentence: "renaming moves and replaces links, not targets", check: rename_links },
        Case {
            sentence: "a symbolic link never replaces and is read as it was made",
            check: target,
        },
    ]
}

fn hard_links<V: Vfs>(bench: &mut Bench<'_, V>) {
    let (vfs, dir) = (bench.vfs, bench.dir);
    let file = bench.file("a", b"one");
    let linked = vfs.hard_link(dir, &name("a"), dir, &name("b"));
    if !bench.has(Lacks::HardLinks, linked) {
        fails(vfs.stat(dir, &name("b")), ErrorKind::NotFound);
        return;
    }
    let (a, b) = (vfs.stat(dir, &name("a")), vfs.stat(dir, &name("b")));
    let (a, b) = (a.expect("stat"), b.expect("stat"));
    assert_eq!((a.id, a.links, b.links), (b.id, 2, 2));
    vfs.write_at(&file, 0, b"two").expect("write");
    assert_eq!(bench.content("b").expect("read"), b"two", "there is one content");
    vfs.remove_file(dir, &name("a")).expect("remove");
    if !bench.is_gone(dir, "a") || bench.is_hidden() {
        return;
    }
    assert_eq!(vfs.stat(dir, &name("b")).expect("stat").links, 1);
    vfs.remove_file(dir, &name("b")).expect("remove");
    assert_eq!(vfs.stat_file(&file).expect("stat").links, 0);
    assert_eq!(content_of(vfs, &file).expect("read"), b"two", "an open file keeps its content");
}

fn hard_link_exclusive<V: Vfs>(bench: &mut Bench<'_, V>) {
    let (vfs, dir) = (bench.vfs, bench.dir);
    bench.file("a", b"a");
    bench.file("b", b"b");
    bench.sub_dir("dir");
    if bench.lacks.contains(&Lacks::HardLinks) {
        return;
    }
    for taken in ["a", "b", "dir"] {
        fails(vfs.hard_link(dir, &name("a"), dir, &name(taken)), ErrorKind::AlreadyExists);
    }
    assert_eq!(bench.content("b").expect("read"), b"b");
}

fn hard_link_dir<V: Vfs>(bench: &mut Bench<'_, V>) {
    let (vfs, dir) = (bench.vfs, bench.dir);
    bench.sub_dir("dir");
    let error = vfs.hard_link(dir, &name("dir"), dir, &name("second")).expect_err("a directory");
    assert!(!matches!(error.kind(), ErrorKind::NotFound | ErrorKind::AlreadyExists), "{error:?}");
}

fn rename_links<V: Vfs>(bench: &mut Bench<'_, V>) {
    let (vfs, dir) = (bench.vfs, bench.dir);
    if bench.lacks.contains(&Lacks::Symlinks) {
        return;
    }
    let kind = |file| vfs.stat(dir, &name(file)).expect("stat").kind;
    bench.file("target", b"target");
    bench.file("file", b"file");
    for link in ["moved", "replaced"] {
        vfs.symlink(&"target".into(), dir, &name(link)).expect("a free name");
    }
    vfs.symlink(&"nothing".into(), dir, &name("dangling")).expect("a free name");
    let onto_link = vfs.rename_new(dir, &name("file"), dir, &name("dangling"));
    let refused = onto_link.expect_err("a link that leads nowhere is a name").kind();
    assert!(matches!(refused, ErrorKind::AlreadyExists | ErrorKind::Unsupported), "{refused:?}");
    vfs.rename(dir, &name("moved"), dir, &name("new")).expect("a link");
    assert_eq!(kind("new"), FileKind::Symlink);
    vfs.rename(dir, &name("file"), dir, &name("replaced")).expect("a file over a link");
    assert_eq!(kind("replaced"), FileKind::File);
    assert_eq!(bench.content("target").expect("read"), b"target", "untouched");
}

fn symlinks<V: Vfs>(bench: &mut Bench<'_, V>) {
    let (vfs, dir) = (bench.vfs, bench.dir);
    bench.file("file", b"content");
    let target = bench.sub_dir("dir");
    drop(vfs.create_file(&target, &name("inside")).expect("a free name"));
    let made = vfs.symlink(&"file".into(), dir, &name("to-file"));
    if !bench.has(Lacks::Symlinks, made) {
        return;
    }
    vfs.symlink(&"dir".into(), dir, &name("to-dir")).expect("a free name");
    vfs.symlink(&"nothing".into(), dir, &name("dangling")).expect("a free name");
    for link in ["to-file", "to-dir", "dangling"] {
        let link = name(link);
        assert_eq!(vfs.stat(dir, &link).expect("stat").kind, FileKind::Symlink);
        fails(vfs.open_dir(dir, &link), ErrorKind::NotADirectory);
        fails(vfs.open_file(dir, &link, Access::Read), ErrorKind::InvalidInput);
        fails(vfs.open_file(dir, &link, Access::ReadWrite), ErrorKind::InvalidInput);
        fails(vfs.create_file(dir, &link), ErrorKind::AlreadyExists);
        fails(vfs.create_dir(dir, &link), ErrorKind::AlreadyExists);
        fails(vfs.remove_dir(dir, &link), ErrorKind::NotADirectory);
    }
    if !bench.lacks.contains(&Lacks::HardLinks)
        && vfs.hard_link(dir, &name("to-file"), dir, &name("linked")).is_ok()
    {
        assert_eq!(vfs.stat(dir, &name("linked")).expect("stat").kind, FileKind::Symlink);
    }
    for link in ["to-file", "to-dir", "dangling"] {
        vfs.remove_file(dir, &name(link)).expect("the link");
    }
    assert_eq!(bench.content("file").expect("untouched"), b"content");
    vfs.stat(&target, &name("inside")).expect("untouched");
}

fn target<V: Vfs>(bench: &mut Bench<'_, V>) {
    let (vfs, dir) = (bench.vfs, bench.dir);
    if bench.lacks.contains(&Lacks::Symlinks) {
        return;
    }
    bench.file("file", b"");
    fails(vfs.symlink(&"x".into(), dir, &name("file")), ErrorKind::AlreadyExists);
    fails(vfs.read_link(dir, &name("file")), ErrorKind::InvalidInput);
    for target in ["/absolute/path", "../up/and/away", "a b"] {
        vfs.symlink(&target.into(), dir, &name("link")).expect("a free name");
        assert_eq!(vfs.read_link(dir, &name("link")).expect("read"), target);
        vfs.remove_file(dir, &name("link")).expect("remove");
    }
}
