//! Sentences about directories.

use std::io::ErrorKind;
use std::time::Duration;

use super::bench::{Bench, Case, Lacks, fails, name};
use crate::{Access, FileKind, Process, Vfs};

pub(super) fn cases<V: Vfs>() -> Vec<Case<V>> {
    vec![
        Case { sentence: "a directory is made exclusively", check: exclusive },
        Case { sentence: "only an empty directory can be removed", check: remove },
        Case { sentence: "only a directory can be opened as one", check: open },
        Case { sentence: "what does not exist is NotFound everywhere", check: not_found },
        Case { sentence: "a handle goes on denoting what it opened", check: handles },
        Case { sentence: "a directory that was removed takes no names", check: removed },
        Case { sentence: "a directory can be made durable, or says that it cannot", check: sync },
        Case { sentence: "permissions of a directory can be set", check: mode },
        Case {
            sentence: "names move the time of their directory, or that is not said",
            check: times,
        },
        Case { sentence: "clock, luck and process answer", check: world },
    ]
}

fn exclusive<V: Vfs>(bench: &mut Bench<'_, V>) {
    let (vfs, dir) = (bench.vfs, bench.dir);
    bench.file("file", b"");
    vfs.create_dir(dir, &name("dir")).expect("a free name");
    for taken in ["file", "dir"] {
        fails(vfs.create_dir(dir, &name(taken)), ErrorKind::AlreadyExists);
        fails(vfs.create_file(dir, &name(taken)), ErrorKind::AlreadyExists);
    }
}

fn remove<V: Vfs>(bench: &mut Bench<'_, V>) {
    let (vfs, dir) = (bench.vfs, bench.dir);
    let full = bench.sub_dir("full");
    drop(vfs.create_file(&full, &name("file")).expect("a free name"));
    bench.file("file", b"");
    fails(vfs.remove_dir(dir, &name("full")), ErrorKind::DirectoryNotEmpty);
    fails(vfs.remove_dir(dir, &name("file")), ErrorKind::NotADirectory);
    fails(vfs.remove_file(dir, &name("full")), ErrorKind::IsADirectory);
    vfs.remove_file(&full, &name("file")).expect("a file");
    drop(full);
    vfs.remove_dir(dir, &name("full")).expect("an empty directory");
    fails(vfs.stat(dir, &name("full")), ErrorKind::NotFound);
}

fn open<V: Vfs>(bench: &mut Bench<'_, V>) {
    let (vfs, dir) = (bench.vfs, bench.dir);
    bench.file("file", b"");
    fails(vfs.open_dir(dir, &name("file")), ErrorKind::NotADirectory);
    bench.sub_dir("dir");
    match vfs.open_file(dir, &name("dir"), Access::Read) {
        // Some systems open a directory like a file; what it is can then be asked.
        Ok(file) => assert_eq!(vfs.stat_file(&file).expect("stat").kind, FileKind::Dir),
        Err(error) => {
            let kind = error.kind();
            assert!(matches!(kind, ErrorKind::IsADirectory | ErrorKind::InvalidInput), "{error:?}");
        }
    }
    assert!(vfs.path(dir).is_absolute() || !vfs.path(dir).as_os_str().is_empty());
    let below = vfs.open_dir(dir, &name("dir")).expect("a directory");
    assert_eq!(vfs.path(&below), vfs.path(dir).join("dir"));
}

fn not_found<V: Vfs>(bench: &mut Bench<'_, V>) {
    let (vfs, dir) = (bench.vfs, bench.dir);
    let (none, new) = (name("none"), name("new"));
    fails(vfs.open_dir(dir, &none), ErrorKind::NotFound);
    fails(vfs.remove_dir(dir, &none), ErrorKind::NotFound);
    fails(vfs.stat(dir, &none), ErrorKind::NotFound);
    fails(vfs.rename(dir, &none, dir, &new), ErrorKind::NotFound);
    fails(vfs.remove_file(dir, &none), ErrorKind::NotFound);
    fails(vfs.read_link(dir, &none), ErrorKind::NotFound);
    fails(vfs.open_file(dir, &none, Access::Read), ErrorKind::NotFound);
    fails(vfs.open_file(dir, &none, Access::ReadWrite), ErrorKind::NotFound);
    fails(vfs.hard_link(dir, &none, dir, &new), ErrorKind::NotFound);
    let renamed = vfs.rename_new(dir, &none, dir, &new);
    let kind = renamed.expect_err("nothing to rename").kind();
    assert!(matches!(kind, ErrorKind::NotFound | ErrorKind::Unsupported), "{kind:?}");
}

fn handles<V: Vfs>(bench: &mut Bench<'_, V>) {
    let (vfs, dir) = (bench.vfs, bench.dir);
    let (old, new) = (name("old"), name("new"));
    let sub = bench.sub_dir("old");
    let file = vfs.create_file(&sub, &name("file")).expect("a free name");
    let renamed = vfs.rename(dir, &old, dir, &new);
    if !bench.has(Lacks::OpenRenames, renamed) {
        vfs.stat(&sub, &name("file")).expect("nothing was renamed");
        drop((sub, file));
        vfs.rename(dir, &old, dir, &new).expect("nothing is open any more");
        return;
    }
    vfs.create_dir(dir, &old).expect("the name is free again");

    drop(vfs.create_file(&sub, &name("second")).expect("through the handle"));
    let renamed = vfs.open_dir(dir, &new).expect("the new name");
    vfs.stat(&renamed, &name("second")).expect("the handle went along with the name");
    vfs.remove_file(&renamed, &name("file")).expect("an open file");
    vfs.write_at(&file, 0, b"nameless").expect("an open file lives on");
    let stat = vfs.stat_file(&file).expect("stat");
    assert_eq!(stat.len, 8);
    assert!(!bench.is_gone(&renamed, "file") || stat.links == 0 || bench.is_hidden());
}

fn removed<V: Vfs>(bench: &mut Bench<'_, V>) {
    let (vfs, dir) = (bench.vfs, bench.dir);
    let gone = bench.sub_dir("dir");
    vfs.remove_dir(dir, &name("dir")).expect("an empty directory");
    if !bench.has_gone(Lacks::OpenDirRemovals, dir, "dir") {
        drop(gone);
        fails(vfs.stat(dir, &name("dir")), ErrorKind::NotFound);
        return;
    }
    bench.sub_dir("dir");
    bench.file("file", b"");
    let (file, new) = (name("file"), name("new"));
    fails(vfs.create_file(&gone, &new), ErrorKind::NotFound);
    fails(vfs.create_dir(&gone, &new), ErrorKind::NotFound);
    fails(vfs.open_file(&gone, &new, Access::Read), ErrorKind::NotFound);
    fails(vfs.open_dir(&gone, &new), ErrorKind::NotFound);
    fails(vfs.stat(&gone, &new), ErrorKind::NotFound);
    fails(vfs.read_link(&gone, &new), ErrorKind::NotFound);
    fails(vfs.remove_file(&gone, &new), ErrorKind::NotFound);
    fails(vfs.remove_dir(&gone, &new), ErrorKind::NotFound);
    fails(vfs.rename(dir, &file, &gone, &new), ErrorKind::NotFound);
    fails(vfs.rename(&gone, &file, dir, &new), ErrorKind::NotFound);
    let may_lack = [
        vfs.rename_new(dir, &file, &gone, &new),
        vfs.hard_link(dir, &file, &gone, &new),
        vfs.symlink(&"file".into(), &gone, &new),
    ];
    for refused in may_lack {
        let kind = refused.expect_err("no names in a removed directory").kind();
        let lacking = matches!(kind, ErrorKind::Unsupported | ErrorKind::PermissionDenied);
        assert!(kind == ErrorKind::NotFound || lacking, "{kind:?}");
    }
    vfs.stat(dir, &file).expect("nothing was moved");
    // Some systems show an empty directory.
    match vfs.list(&gone) {
        Ok(entries) => assert!(entries.is_empty()),
        Err(error) => assert_eq!(error.kind(), ErrorKind::NotFound),
    }
    let anew = vfs.open_dir(dir, &name("dir")).expect("made anew");
    assert!(vfs.list(&anew).expect("list").is_empty(), "the old handle does not reach the new one");
}

fn sync<V: Vfs>(bench: &mut Bench<'_, V>) {
    let synced = bench.vfs.sync_dir(bench.dir);
    bench.has(Lacks::DirSync, synced);
    let file = bench.file("file", b"content");
    bench.vfs.sync_file(&file).expect("every file can be synced");
}

fn mode<V: Vfs>(bench: &mut Bench<'_, V>) {
    let sub = bench.sub_dir("dir");
    let set = bench.vfs.set_dir_mode(&sub, 0o710);
    if bench.has(Lacks::Modes, set) {
        assert_eq!(bench.vfs.stat(bench.dir, &name("dir")).expect("stat").mode, 0o710);
    }
}

/// The coarsest step of a clock that times are taken from.
const KERNEL_STEP: Duration = Duration::from_millis(20);

fn times<V: Vfs>(bench: &mut Bench<'_, V>) {
    let (vfs, dir) = (bench.vfs, bench.dir);
    let info = vfs.fs_info(dir).expect("fs_info");
    if !info.names_move_times {
        return;
    }
    let sub = bench.sub_dir("dir");
    let other = bench.sub_dir("other");
    let ctime = |dir| vfs.stat_dir(dir).expect("stat").stat.ctime.expect("it says that it has one");
    let moves = |change: &dyn Fn()| {
        let before = ctime(&sub);
        vfs.pause(info.time_step.max(KERNEL_STEP));
        assert_eq!(ctime(&sub), before, "nothing happened in between");
        change();
        assert!(ctime(&sub) > before);
    };
    let (one, two) = (name("one"), name("two"));
    moves(&|| drop(vfs.create_file(&sub, &one).expect("a free name")));
    moves(&|| vfs.rename(&sub, &one, &sub, &two).expect("a file"));
    moves(&|| drop(vfs.create_file(&sub, &one).expect("a free name")));
    moves(&|| vfs.rename(&sub, &one, &sub, &two).expect("over another file"));
    moves(&|| vfs.rename(&sub, &two, &other, &two).expect("out of it"));
    moves(&|| vfs.rename(&other, &two, &sub, &two).expect("into it"));
    moves(&|| vfs.remove_file(&sub, &two).expect("a file"));
    moves(&|| vfs.create_dir(&sub, &one).expect("a free name"));
    moves(&|| vfs.remove_dir(&sub, &one).expect("an empty directory"));
    drop(vfs.create_file(&other, &one).expect("a free name"));
    if bench.has(Lacks::HardLinks, vfs.hard_link(&other, &one, &other, &two)) {
        moves(&|| vfs.hard_link(&other, &one, &sub, &one).expect("a free name"));
    }
    if !bench.lacks.contains(&Lacks::Modes) {
        moves(&|| vfs.set_dir_mode(&sub, 0o700).expect("set mode"));
    }
}

fn world<V: Vfs>(bench: &mut Bench<'_, V>) {
    let vfs = bench.vfs;
    let before = vfs.now();
    vfs.pause(Duration::ZERO);
    vfs.pause(Duration::from_millis(1));
    assert!(vfs.now() > before, "time passes");
    assert!((0..8).any(|_| vfs.random() != vfs.random()), "draws differ");
    assert_eq!((vfs.boot_id(), vfs.process()), (vfs.boot_id(), vfs.process()));
    let own = vfs.process();
    assert_ne!(vfs.is_alive(&own), Some(false), "the caller is alive");
    assert_eq!(vfs.process_of(own.pid), Process { user: None, ..own.clone() });
    // Known by less, it may be the caller; known by more than that, it is not.
    let by_number = Process { namespace: None, started: None, ..own.clone() };
    assert_ne!(vfs.is_alive(&by_number), Some(false), "the number says nothing of others");
    if let Some(started) = own.started {
        let another = Process { started: Some(started + 1), ..own.clone() };
        assert_eq!(vfs.is_alive(&another), Some(false), "the caller was started before");
    }
    if let Some(namespace) = own.namespace {
        let elsewhere = Process { namespace: Some(namespace + 1), ..own };
        assert_eq!(vfs.is_alive(&elsewhere), None, "nobody sees into another namespace");
    }
    assert!(!vfs.fs_info(bench.dir).expect("fs_info").name.is_empty());
}
