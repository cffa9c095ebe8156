//! Sentences about owners, extended attributes and times.

use std::time::{Duration, SystemTime};

use super::bench::{Bench, COARSEST, Case, Lacks, name};
use crate::{Extended, Handle, Stat, Vfs};

pub(super) fn cases<V: Vfs>() -> Vec<Case<V>> {
    vec![
        Case { sentence: "an open directory tells what a look at its name does", check: dir },
        Case {
            sentence: "the time of a directory can be set, but not when it was made",
            check: mtime,
        },
        Case { sentence: "what one process makes has one owner", check: owner },
        Case { sentence: "a file that is given away lets nobody act as its owner", check: give },
        Case {
            sentence: "extended attributes are set, replaced, told and removed",
            check: extended,
        },
        Case {
            sentence: "the names of a file share its attributes, a copy has its own",
            check: shared,
        },
        Case { sentence: "every change moves the ctime, and no look does", check: ctime },
    ]
}

/// One that everybody may set on what is theirs.
fn attribute(value: &[u8]) -> Extended {
    Extended { name: "user.incrdir.check".into(), value: value.into() }
}

fn dir<V: Vfs>(bench: &mut Bench<'_, V>) {
    let vfs = bench.vfs;
    let (first, second) = (bench.sub_dir("first"), bench.sub_dir("second"));
    let told = vfs.stat_dir(&first).expect("stat");
    assert_eq!(told.stat, vfs.stat(bench.dir, &name("first")).expect("stat"));
    assert_eq!(told, vfs.stat_dir(&first).expect("stat"), "nothing happened in between");
    let other = vfs.stat_dir(&second).expect("stat");
    assert_ne!(told.stat.id, other.stat.id);
    assert_eq!(told.mount, other.mount, "both are in one mount");
    assert_eq!(told.born.is_some(), other.born.is_some());
    vfs.remove_dir(bench.dir, &name("first")).expect("remove");
    assert_eq!(vfs.stat_dir(&first).expect("it is open").stat.id, told.stat.id);
}

fn mtime<V: Vfs>(bench: &mut Bench<'_, V>) {
    let vfs = bench.vfs;
    let sub = bench.sub_dir("sub");
    let born = vfs.stat_dir(&sub).expect("stat").born;
    for micros in [1_600_000_001_000_000, 1_600_000_001_123_456] {
        let time = SystemTime::UNIX_EPOCH + Duration::from_micros(micros);
        vfs.set_dir_mtime(&sub, time).expect("set time");
        let told = vfs.stat_dir(&sub).expect("stat");
        let off = time.duration_since(told.stat.mtime);
        let off = off.or_else(|_| told.stat.mtime.duration_since(time));
        assert!(off.expect("one of them is later") < COARSEST, "{time:?} became {told:?}");
        assert_eq!(told.born, born);
    }
}

fn owner<V: Vfs>(bench: &mut Bench<'_, V>) {
    let vfs = bench.vfs;
    let file = bench.file("file", b"");
    let sub = bench.sub_dir("sub");
    let owner = vfs.stat_file(&file).expect("stat").owner;
    assert_eq!(vfs.stat_dir(&sub).expect("stat").stat.owner, owner);
    assert_eq!(vfs.stat(bench.dir, &name("file")).expect("stat").owner, owner);
}

fn give<V: Vfs>(bench: &mut Bench<'_, V>) {
    let vfs = bench.vfs;
    let file = bench.file("file", b"");
    let sub = bench.sub_dir("sub");
    let look = || vfs.stat_file(&file).expect("stat");
    let Some(owner) = look().owner else {
        bench.lacks.insert(Lacks::Owners);
        return;
    };
    let acts = bench.lacks.contains(&Lacks::Modes) || vfs.set_mode(&file, 0o6755).is_err();
    let mode = if acts { look().mode } else { 0o755 };
    // Whoever may not give it away may give it to whom it belongs.
    let given = vfs.set_owner(Handle::File(&file), owner);
    if !bench.has(Lacks::Owners, given) {
        return;
    }
    assert_eq!((look().owner, look().mode), (Some(owner), mode));
    vfs.set_owner(Handle::Dir(&sub), owner).expect("a directory, too");
    assert_eq!(vfs.stat_dir(&sub).expect("stat").stat.owner, Some(owner));
}

fn extended<V: Vfs>(bench: &mut Bench<'_, V>) {
    let vfs = bench.vfs;
    let file = bench.file("file", b"content");
    let sub = bench.sub_dir("sub");
    let other = Extended { name: "user.incrdir.again".into(), value: vec![0, 255, 0] };
    for of in [Handle::File(&file), Handle::Dir(&sub)] {
        let told = || vfs.extended(of).expect("tell");
        let before = told();
        vfs.remove_extended(of, &attribute(b"").name).expect("it is not there");
        let set = vfs.set_extended(of, &attribute(b"value"));
        if !bench.has(Lacks::Extended, set) {
            assert_eq!(told(), before);
            continue;
        }
        assert!(told().contains(&attribute(b"value")));
        vfs.set_extended(of, &attribute(b"")).expect("another value, empty");
        vfs.set_extended(of, &other).expect("another one");
        let mut expected = before.clone();
        expected.extend([attribute(b""), other.clone()]);
        expected.sort();
        assert_eq!(told(), expected);
        vfs.remove_extended(of, &attribute(b"").name).expect("remove");
        vfs.remove_extended(of, &other.name).expect("remove");
        assert_eq!(told(), before);
    }
}

fn shared<V: Vfs>(bench: &mut Bench<'_, V>) {
    let (vfs, dir) = (bench.vfs, bench.dir);
    if bench.lacks.contains(&Lacks::Extended) {
        return;
    }
    let (from, to) = (bench.file("a", b"a"), bench.file("b", b""));
    let before = vfs.extended(Handle::File(&to)).expect("tell");
    vfs.set_extended(Handle::File(&from), &attribute(b"value")).expect("set");
    vfs.copy(&from, &to).expect("copy");
    assert_eq!(vfs.extended(Handle::File(&to)).expect("tell"), before, "a content was copied");
    if !bench.lacks.contains(&Lacks::Clones) {
        let clone = vfs.clone_file(&from, dir, &name("c")).expect("clone");
        let of = |file| vfs.extended(Handle::File(file)).expect("tell");
        assert!(of(&clone) == before || of(&clone) == of(&from), "nothing of its own, or all");
    }
    if !bench.lacks.contains(&Lacks::HardLinks) {
        vfs.hard_link(dir, &name("a"), dir, &name("link")).expect("a free name");
        let link = vfs.open_file(dir, &name("link"), crate::Access::Read).expect("open");
        let told = vfs.extended(Handle::File(&link)).expect("tell");
        assert!(told.contains(&attribute(b"value")), "there is one file");
    }
}

/// The coarsest step of a clock that times are taken from.
const KERNEL_STEP: Duration = Duration::from_millis(20);

fn ctime<V: Vfs>(bench: &mut Bench<'_, V>) {
    let (vfs, dir) = (bench.vfs, bench.dir);
    let file = bench.file("file", b"a");
    let look = || vfs.stat_file(&file).expect("stat");
    if look().ctime.is_none() {
        return;
    }
    let step = vfs.fs_info(dir).expect("fs_info").time_step.max(KERNEL_STEP);
    let moved = |change: &dyn Fn()| -> (Stat, Stat) {
        let before = look();
        vfs.pause(step);
        assert_eq!(look(), before, "nothing happened in between");
        change();
        let after = look();
        assert!(after.ctime > before.ctime, "{before:?} became {after:?}");
        (before, after)
    };
    let (before, after) = moved(&|| vfs.write_at(&file, 0, b"b").expect("write"));
    assert!(after.mtime > before.mtime, "{before:?} became {after:?}");
    let (before, after) = moved(&|| vfs.set_mtime(&file, before.mtime).expect("set time"));
    assert!(after.mtime < before.mtime, "it was put back");
    if !bench.lacks.contains(&Lacks::Modes) {
        moved(&|| vfs.set_mode(&file, 0o600).expect("set mode"));
    }
    if !bench.lacks.contains(&Lacks::HardLinks) {
        moved(&|| vfs.hard_link(dir, &name("file"), dir, &name("link")).expect("a free name"));
        if !bench.lacks.contains(&Lacks::OpenRemovals) && !bench.is_hidden() {
            moved(&|| vfs.remove_file(dir, &name("link")).expect("remove"));
        }
    }
    if let (Some(owner), false) = (look().owner, bench.lacks.contains(&Lacks::Owners)) {
        moved(&|| vfs.set_owner(Handle::File(&file), owner).expect("to whom it belongs"));
    }
    if !bench.lacks.contains(&Lacks::Extended) {
        let of = Handle::File(&file);
        moved(&|| vfs.set_extended(of, &attribute(b"value")).expect("set"));
        moved(&|| vfs.remove_extended(of, &attribute(b"").name).expect("remove"));
    }
}
