//! Sentences about locks.

use std::io;

use super::bench::{Bench, Case, Lacks, name};
use crate::LockKind::{Exclusive, Shared};
use crate::{Access, LockKind, TryLock, Vfs};

pub(super) fn cases<V: Vfs>() -> Vec<Case<V>> {
    vec![
        Case { sentence: "shared locks share, exclusive ones exclude", check: matrix },
        Case { sentence: "unlocking releases, and so does closing", check: release },
        Case { sentence: "a lock belongs to the inode, not to the name", check: identity },
        Case { sentence: "a file opened for reading can be locked shared", check: read_only },
        Case { sentence: "reading, writing and removing are free under a lock", check: advisory },
    ]
}

/// Opens the file once more: what another process would do.
fn open<V: Vfs>(bench: &Bench<'_, V>) -> V::File {
    bench.vfs.open_file(bench.dir, &name("lock"), Access::ReadWrite).expect("open")
}

/// Makes a lock file, unless there are no locks.
fn locked<V: Vfs>(bench: &mut Bench<'_, V>, kind: LockKind) -> Option<V::File> {
    let file = bench.file("lock", b"");
    let locked: io::Result<()> = bench.vfs.try_lock(&file, kind).map(|locked| {
        assert_eq!(locked, TryLock::Locked, "nobody else is here");
    });
    bench.has(Lacks::Locks, locked).then_some(file)
}

fn matrix<V: Vfs>(bench: &mut Bench<'_, V>) {
    for (held, wanted, expected) in [
        (Shared, Shared, TryLock::Locked),
        (Shared, Exclusive, TryLock::Busy),
        (Exclusive, Shared, TryLock::Busy),
        (Exclusive, Exclusive, TryLock::Busy),
    ] {
        let Some(holder) = locked(bench, held) else { return };
        let other = open(bench);
        let got = bench.vfs.try_lock(&other, wanted).expect("lock");
        assert_eq!(got, expected, "{wanted:?} beside {held:?}, in one process");
        if got == TryLock::Busy {
            bench.vfs.unlock(&holder).expect("unlock");
            let again = bench.vfs.try_lock(&other, wanted).expect("lock");
            assert_eq!(again, TryLock::Locked, "an attempt that failed leaves nothing behind");
        }
        drop((holder, other));
        bench.vfs.remove_file(bench.dir, &name("lock")).expect("remove");
    }
}

fn release<V: Vfs>(bench: &mut Bench<'_, V>) {
    let Some(first) = locked(bench, Exclusive) else { return };
    let (second, third) = (open(bench), open(bench));
    bench.vfs.unlock(&first).expect("unlock");
    bench.vfs.unlock(&first).expect("it has none any more");
    assert_eq!(bench.vfs.try_lock(&second, Exclusive).expect("lock"), TryLock::Locked);
    drop(first);
    assert_eq!(
        bench.vfs.try_lock(&third, Shared).expect("lock"),
        TryLock::Busy,
        "closing another open file of the same process releases nothing"
    );
    drop(second);
    assert_eq!(bench.vfs.try_lock(&third, Shared).expect("lock"), TryLock::Locked);
}

fn identity<V: Vfs>(bench: &mut Bench<'_, V>) {
    let Some(holder) = locked(bench, Exclusive) else { return };
    let (vfs, dir) = (bench.vfs, bench.dir);
    vfs.rename(dir, &name("lock"), dir, &name("renamed")).expect("rename");
    let renamed = vfs.open_file(dir, &name("renamed"), Access::ReadWrite).expect("open");
    assert_eq!(vfs.try_lock(&renamed, Shared).expect("lock"), TryLock::Busy, "it went along");

    vfs.remove_file(dir, &name("renamed")).expect("remove");
    let anew = bench.file("lock", b"");
    assert_eq!(
        vfs.try_lock(&anew, Exclusive).expect("lock"),
        TryLock::Locked,
        "a file made anew is another file"
    );
    drop(holder);
}

fn read_only<V: Vfs>(bench: &mut Bench<'_, V>) {
    let Some(holder) = locked(bench, Shared) else { return };
    let reader = bench.vfs.open_file(bench.dir, &name("lock"), Access::Read).expect("open");
    assert_eq!(bench.vfs.try_lock(&reader, Shared).expect("lock"), TryLock::Locked);
    drop(holder);
    let writer = open(bench);
    assert_eq!(bench.vfs.try_lock(&writer, Exclusive).expect("lock"), TryLock::Busy);
}

fn advisory<V: Vfs>(bench: &mut Bench<'_, V>) {
    let Some(holder) = locked(bench, Exclusive) else { return };
    bench.vfs.write_at(&holder, 0, b"mine").expect("the holder writes");
    bench.vfs.stat(bench.dir, &name("lock")).expect("anybody looks");
    bench.vfs.remove_file(bench.dir, &name("lock")).expect("anybody removes");
    let links = bench.vfs.stat_file(&holder).expect("stat").links;
    assert!(!bench.is_gone(bench.dir, "lock") || links == 0 || bench.is_hidden());
}
