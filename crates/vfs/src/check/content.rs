//! Sentences about what is in files.

use std::io::ErrorKind;
use std::time::{Duration, SystemTime};

use super::bench::{Bench, COARSEST, Case, Lacks, content_of, fails, name};
use crate::{Access, Vfs};

pub(super) fn cases<V: Vfs>() -> Vec<Case<V>> {
    vec![
        Case { sentence: "what is written at an offset is read there", check: read_write },
        Case { sentence: "a gap reads as zeros", check: gap },
        Case { sentence: "a read ends with the file", check: short_read },
        Case { sentence: "a file opened for reading cannot be written", check: read_only },
        Case { sentence: "a copy has the whole content and a life of its own", check: copy },
        Case { sentence: "a copy begins at the beginning, every time", check: copy_again },
        Case { sentence: "a copy keeps holes as zeros", check: copy_sparse },
        Case { sentence: "what a file takes on the medium is told", check: allocated },
        Case { sentence: "a clone has the whole content and a life of its own", check: clone },
        Case { sentence: "permissions of a file can be set", check: mode },
        Case { sentence: "a clone replaces nothing", check: clone_new },
        Case { sentence: "a clone of what may not be written can be", check: clone_of_read_only },
        Case { sentence: "the time of a file can be set", check: mtime },
        Case { sentence: "a new file has the permissions of any new file", check: new_mode },
    ]
}

fn pattern(len: usize) -> Vec<u8> {
    (0..len).map(|i| (i * 31 % 251) as u8).collect()
}

fn read_write<V: Vfs>(bench: &mut Bench<'_, V>) {
    let vfs = bench.vfs;
    let file = bench.file("file", b"abcdef");
    vfs.write_at(&file, 2, b"XY").expect("write");
    vfs.write_at(&file, 6, b"gh").expect("append");
    vfs.write_at(&file, 3, b"").expect("nothing");
    assert_eq!(content_of(vfs, &file).expect("read"), b"abXYefgh");
    let mut middle = [0; 3];
    assert_eq!(vfs.read(&file, 1, &mut middle).expect("read"), 3);
    assert_eq!(&middle, b"bXY");
    let again = vfs.open_file(bench.dir, &name("file"), Access::ReadWrite).expect("open");
    vfs.write_at(&again, 0, b"A").expect("write");
    assert_eq!(bench.content("file").expect("read"), b"AbXYefgh", "opening does not truncate");
}

fn gap<V: Vfs>(bench: &mut Bench<'_, V>) {
    let file = bench.file("file", b"a");
    bench.vfs.write_at(&file, 70_000, b"b").expect("write");
    let content = content_of(bench.vfs, &file).expect("read");
    assert_eq!(content.len(), 70_001);
    assert_eq!((content[0], content[70_000]), (b'a', b'b'));
    assert!(content[1..70_000].iter().all(|byte| *byte == 0));
}

fn allocated<V: Vfs>(bench: &mut Bench<'_, V>) {
    const LEN: u64 = 1 << 20;
    /// File systems allocate ahead, and keep their own notes in blocks of the file.
    const SLACK: u64 = 1 << 17;
    let of = |file: &V::File| bench.vfs.stat_file(file).expect("look").allocated;
    let empty = bench.vfs.create_file(bench.dir, &name("empty")).expect("create");
    assert_eq!(of(&empty), 0);
    let full = bench.vfs.create_file(bench.dir, &name("full")).expect("create");
    bench.vfs.write_at(&full, 0, &pattern(LEN as usize)).expect("write");
    let sparse = bench.vfs.create_file(bench.dir, &name("sparse")).expect("create");
    bench.vfs.write_at(&sparse, LEN - 1, b"x").expect("write");
    let (full, sparse) = (of(&full), of(&sparse));
    assert!((1..=LEN + SLACK).contains(&full), "{full}");
    // Some file systems have no holes.
    assert!((1..=LEN + SLACK).contains(&sparse), "{sparse}");
}

fn short_read<V: Vfs>(bench: &mut Bench<'_, V>) {
    let vfs = bench.vfs;
    let file = bench.file("file", b"abc");
    let mut buf = [7; 8];
    assert_eq!(vfs.read(&file, 1, &mut buf).expect("read"), 2);
    assert_eq!(&buf[..2], b"bc");
    assert_eq!(vfs.read(&file, 3, &mut buf).expect("read"), 0);
    assert_eq!(vfs.read(&file, 1 << 40, &mut buf).expect("read"), 0);
    assert_eq!(vfs.read(&file, 0, &mut []).expect("read"), 0);
}

fn read_only<V: Vfs>(bench: &mut Bench<'_, V>) {
    bench.file("file", b"content");
    let file = bench.vfs.open_file(bench.dir, &name("file"), Access::Read).expect("open");
    assert!(bench.vfs.write_at(&file, 0, b"C").is_err());
    assert_eq!(bench.content("file").expect("read"), b"content");
}

fn copy<V: Vfs>(bench: &mut Bench<'_, V>) {
    let (vfs, dir) = (bench.vfs, bench.dir);
    for (number, len) in [0, 1, 100_000].into_iter().enumerate() {
        let content = pattern(len);
        bench.file(&format!("from-{number}"), &content);
        let from = vfs.open_file(dir, &name(&format!("from-{number}")), Access::Read);
        let from = from.expect("open");
        let to = vfs.create_file(dir, &name(&format!("to-{number}"))).expect("a free name");
        assert_eq!(vfs.copy(&from, &to).expect("copy"), len as u64);
        assert_eq!(content_of(vfs, &to).expect("read"), content);
        vfs.write_at(&to, 0, b"!").expect("write");
        assert_eq!(content_of(vfs, &from).expect("read"), content, "the source is untouched");
    }
}

fn copy_again<V: Vfs>(bench: &mut Bench<'_, V>) {
    let vfs = bench.vfs;
    let content = pattern(5_000);
    let from = bench.file("from", &content);
    vfs.read(&from, 0, &mut [0; 100]).expect("read");
    for copy in ["first", "second"] {
        let to = bench.file(copy, b"");
        assert_eq!(vfs.copy(&from, &to).expect("copy"), 5_000, "{copy}, from one open file");
        assert_eq!(content_of(vfs, &to).expect("read"), content);
    }
}

fn copy_sparse<V: Vfs>(bench: &mut Bench<'_, V>) {
    let vfs = bench.vfs;
    let from = bench.file("from", b"a");
    vfs.write_at(&from, 300_000, b"z").expect("write");
    let to = bench.file("to", b"");
    assert_eq!(vfs.copy(&from, &to).expect("copy"), 300_001);
    let content = content_of(vfs, &from).expect("read");
    assert!(content_of(vfs, &to).expect("read") == content, "hole and ends are the same");
}

fn clone<V: Vfs>(bench: &mut Bench<'_, V>) {
    let (vfs, dir) = (bench.vfs, bench.dir);
    let content = pattern(100_000);
    let from = bench.file("from", &content);
    let cloned = vfs.clone_file(&from, dir, &name("to"));
    let Some(to) = bench.got(Lacks::Clones, cloned) else {
        fails(vfs.stat(dir, &name("to")), ErrorKind::NotFound);
        return;
    };
    assert_eq!(content_of(vfs, &to).expect("read"), content);
    vfs.write_at(&to, 0, b"!").expect("write");
    assert_eq!(content_of(vfs, &from).expect("read"), content, "the source is untouched");
    let found = vfs.stat(dir, &name("to")).expect("stat");
    assert_eq!(found, vfs.stat_file(&to).expect("stat"), "what was opened has the name");
    assert_ne!(found.id, vfs.stat_file(&from).expect("stat").id);
}

fn clone_new<V: Vfs>(bench: &mut Bench<'_, V>) {
    let (vfs, dir) = (bench.vfs, bench.dir);
    let from = bench.file("from", b"content");
    bench.file("file", b"taken");
    bench.sub_dir("sub");
    if bench.lacks.contains(&Lacks::Clones) {
        return;
    }
    for taken in ["file", "sub", "from"] {
        fails(vfs.clone_file(&from, dir, &name(taken)), ErrorKind::AlreadyExists);
    }
    assert_eq!(bench.content("file").expect("read"), b"taken");
    assert_eq!(bench.content("from").expect("read"), b"content");
}

fn clone_of_read_only<V: Vfs>(bench: &mut Bench<'_, V>) {
    let (vfs, dir) = (bench.vfs, bench.dir);
    let from = bench.file("from", b"content");
    if bench.lacks.contains(&Lacks::Clones) || vfs.set_mode(&from, 0o444).is_err() {
        return;
    }
    drop(from);
    let from = vfs.open_file(dir, &name("from"), Access::Read).expect("open");
    let to = vfs.clone_file(&from, dir, &name("to")).expect("clone");
    vfs.write_at(&to, 0, b"C").expect("write");
    assert_eq!(content_of(vfs, &to).expect("read"), b"Content");
    let again = vfs.open_file(dir, &name("from"), Access::Read).expect("open");
    assert_eq!(vfs.stat_file(&again).expect("stat").mode & 0o777, 0o444, "untouched");
}

fn mode<V: Vfs>(bench: &mut Bench<'_, V>) {
    let file = bench.file("file", b"");
    for mode in [0o751, 0o600, 0o444] {
        let set = bench.vfs.set_mode(&file, mode);
        // Some modes can be set where others cannot.
        if !bench.has(Lacks::Modes, set) {
            return;
        }
        assert_eq!(bench.vfs.stat(bench.dir, &name("file")).expect("stat").mode, mode);
    }
}

fn mtime<V: Vfs>(bench: &mut Bench<'_, V>) {
    let file = bench.file("file", b"");
    // Whole and odd seconds, and a part of one.
    for micros in [1_600_000_000_000_000, 1_600_000_001_000_000, 1_600_000_001_123_456] {
        let time = SystemTime::UNIX_EPOCH + Duration::from_micros(micros);
        bench.vfs.set_mtime(&file, time).expect("set time");
        let kept = bench.vfs.stat(bench.dir, &name("file")).expect("stat").mtime;
        let off = time.duration_since(kept).or_else(|_| kept.duration_since(time));
        assert!(off.expect("one of them is later") < COARSEST, "{time:?} became {kept:?}");
    }
}

fn new_mode<V: Vfs>(bench: &mut Bench<'_, V>) {
    bench.file("file", b"");
    let mode = bench.vfs.stat(bench.dir, &name("file")).expect("stat").mode;
    assert_eq!(mode & 0o600, 0o600, "the owner can read and write it");
    assert_eq!(mode & 0o111, 0, "nobody can execute it");
}
