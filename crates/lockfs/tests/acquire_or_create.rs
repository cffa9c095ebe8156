//! The lock of a name, whether its file is there or not, on both back ends.

use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use incrdir_lockfs::{Error, acquire_or_create};
use incrdir_vfs::{CapVfs, FileKind, Locks, MemDisk, Name, Profile, Vfs};

const NONE: Duration = Duration::ZERO;

fn name() -> Name {
    Name::new("some.lock").unwrap()
}

fn on_both(real: impl FnOnce(&CapVfs, &incrdir_vfs::CapDir), memory: impl FnOnce(&MemDisk)) {
    let tmp = tempfile::tempdir().unwrap();
    let (vfs, root) = CapVfs::open_ambient_dir(tmp.path()).unwrap();
    real(&vfs, &root);
    memory(&MemDisk::new(Profile::posix()));
}

macro_rules! on_both {
    ($test:ident) => {
        on_both(
            |vfs, root| $test(vfs, root),
            |disk| {
                let vfs = disk.process();
                $test(&vfs, &vfs.root());
            },
        )
    };
}

#[test]
fn a_missing_file_is_made_and_one_that_is_there_is_taken() {
    fn test<V: Vfs>(vfs: &V, dir: &V::Dir) {
        for _ in 0..2 {
            let lock = acquire_or_create(vfs, dir, &name(), NONE).unwrap().unwrap();
            assert!(lock.is_of(dir, &name()).unwrap());
            assert!(acquire_or_create(vfs, dir, &name(), NONE).unwrap().is_none());
            lock.release().unwrap();
            assert_eq!(vfs.stat(dir, &name()).unwrap().kind, FileKind::File);
        }
        let lock = acquire_or_create(vfs, dir, &name(), NONE).unwrap().unwrap();
        lock.remove(dir, &name()).unwrap();
        assert!(acquire_or_create(vfs, dir, &name(), NONE).unwrap().is_some());
    }
    on_both!(test);
}

#[test]
fn what_is_no_file_is_refused() {
    fn test<V: Vfs>(vfs: &V, dir: &V::Dir) {
        vfs.symlink(&"elsewhere".into(), dir, &name()).unwrap();
        let refused = acquire_or_create(vfs, dir, &name(), NONE);
        assert!(matches!(refused, Err(Error::NotAFile { .. })));
    }
    on_both!(test);
    let disk = MemDisk::new(Profile::posix().locks(Locks::Unsupported));
    let vfs = disk.process();
    let refused = acquire_or_create(&vfs, &vfs.root(), &name(), NONE);
    assert!(matches!(refused, Err(Error::Unsupported { .. })));
}

/// The clock in memory goes on by what is waited, and by microseconds for the rest.
#[test]
fn waiting_takes_as_long_as_it_may_and_no_longer() {
    let disk = MemDisk::new(Profile::posix());
    let (holder, waiter) = (disk.process(), disk.process());
    let _lock = acquire_or_create(&holder, &holder.root(), &name(), NONE).unwrap().unwrap();
    for patience in [0, 1, 2, 250, 5_000].map(Duration::from_millis) {
        let before = waiter.now();
        assert!(acquire_or_create(&waiter, &waiter.root(), &name(), patience).unwrap().is_none());
        let waited = waiter.now().duration_since(before).unwrap();
        assert!((patience..patience + Duration::from_millis(1)).contains(&waited), "{waited:?}");
    }
    disk.kill(&holder);
    assert!(acquire_or_create(&waiter, &waiter.root(), &name(), NONE).unwrap().is_some());
}

#[test]
fn who_waits_can_be_told_to_stop() {
    let tmp = tempfile::tempdir().unwrap();
    let (vfs, dir) = CapVfs::open_ambient_dir(tmp.path()).unwrap();
    let _lock = acquire_or_create(&vfs, &dir, &name(), NONE).unwrap().unwrap();
    let vfs = vfs.stopped_by(Arc::new(AtomicBool::new(true)));
    let stopped = acquire_or_create(&vfs, &dir, &name(), Duration::MAX).map(drop).unwrap_err();
    assert_eq!(stopped.kind(), ErrorKind::Interrupted);
}

/// Holders that remove the file make the others find it missing, replaced, or nameless.
#[test]
#[expect(clippy::disallowed_methods, reason = "a test of threads")]
fn threads_that_make_and_remove_it_exclude_each_other() {
    let tmp = tempfile::tempdir().unwrap();
    let inside = AtomicU32::new(0);
    let had = AtomicU32::new(0);
    std::thread::scope(|scope| {
        for removes in [true, false, true, false] {
            let (inside, had, tmp) = (&inside, &had, tmp.path());
            scope.spawn(move || {
                let (vfs, dir) = CapVfs::open_ambient_dir(tmp).unwrap();
                for _ in 0..200 {
                    let patience = Duration::from_secs(60);
                    let lock = acquire_or_create(&vfs, &dir, &name(), patience).unwrap().unwrap();
                    assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0, "two hold it");
                    had.fetch_add(1, Ordering::SeqCst);
                    std::thread::yield_now();
                    inside.fetch_sub(1, Ordering::SeqCst);
                    if removes {
                        lock.remove(&dir, &name()).unwrap();
                    } else {
                        lock.release().unwrap();
                    }
                }
            });
        }
    });
    assert_eq!(had.load(Ordering::SeqCst), 800);
}
