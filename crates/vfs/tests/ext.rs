//! Files by their paths, on both back ends.

#![cfg(all(feature = "cap", feature = "mem"))]

use std::io::ErrorKind;

use incrdir_vfs::{Access, CapVfs, MemDisk, Profile, RelPath, Vfs, VfsExt};

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

fn path(text: &str) -> RelPath {
    RelPath::new(text).unwrap()
}

#[test]
fn what_was_written_is_read() {
    fn test<V: Vfs>(vfs: &V, root: &V::Dir) {
        for content in [&b"first, and longer"[..], b"second", b""] {
            vfs.write_file(root, &path("a/b/c"), content).unwrap();
            assert_eq!(vfs.read_file(root, &path("a/b/c"), 1 << 20).unwrap(), content);
        }
        let large = vec![7; (2 << 20) + 1];
        vfs.write_file(root, &path("large"), &large).unwrap();
        assert_eq!(vfs.read_file(root, &path("large"), u64::MAX).unwrap(), large);
    }
    on_both!(test);
}

#[test]
fn no_more_is_read_than_may_be() {
    fn test<V: Vfs>(vfs: &V, root: &V::Dir) {
        vfs.write_file(root, &path("a"), b"1234").unwrap();
        assert_eq!(vfs.read_file(root, &path("a"), 4).unwrap(), b"1234");
        let error = vfs.read_file(root, &path("a"), 3).unwrap_err();
        assert_eq!((error.kind(), error.path().ends_with("a")), (ErrorKind::FileTooLarge, true));
    }
    on_both!(test);
}

#[test]
fn a_file_with_two_names_is_changed_under_one() {
    fn test<V: Vfs>(vfs: &V, root: &V::Dir) {
        vfs.write_file(root, &path("a"), b"old").unwrap();
        let (one, other) = (path("a"), path("b"));
        vfs.hard_link(root, one.split_last().0, root, other.split_last().0).unwrap();
        vfs.write_file(root, &one, b"new").unwrap();
        assert_eq!(vfs.read_file(root, &other, 9).unwrap(), b"old");
    }
    on_both!(test);
}

#[test]
fn no_link_on_the_way_is_followed() {
    fn test<V: Vfs>(vfs: &V, root: &V::Dir) {
        vfs.write_file(root, &path("real/file"), b"x").unwrap();
        vfs.symlink(&"real".into(), root, path("link").split_last().0).unwrap();
        let below = path("link/file");
        for error in [
            vfs.read_file(root, &below, 9).map(drop).unwrap_err(),
            vfs.write_file(root, &below, b"y").unwrap_err(),
            vfs.create_file_below(root, &path("link/new")).map(drop).unwrap_err(),
            vfs.create_dir_below(root, &path("link")).map(drop).unwrap_err(),
        ] {
            assert_eq!(error.kind(), ErrorKind::NotADirectory, "{error}");
        }
        // A link in place of the file is replaced, not followed.
        vfs.symlink(&"real/file".into(), root, path("shortcut").split_last().0).unwrap();
        vfs.write_file(root, &path("shortcut"), b"own").unwrap();
        assert_eq!(vfs.read_file(root, &path("real/file"), 9).unwrap(), b"x");
    }
    on_both!(test);
}

#[test]
fn directories_are_made_and_listed_in_order() {
    fn test<V: Vfs>(vfs: &V, root: &V::Dir) {
        let below = vfs.create_dir_below(root, &path("x/y")).unwrap();
        vfs.create_dir_below(root, &path("x/y")).unwrap();
        for name in ["c", "a", "b"] {
            vfs.create_file_below(&below, &path(name)).unwrap();
        }
        let again = vfs.create_file_below(root, &path("x/y/a")).map(drop).unwrap_err();
        assert_eq!(again.kind(), ErrorKind::AlreadyExists);
        let listed = vfs.list_sorted(&vfs.open_dir_below(root, &path("x/y")).unwrap()).unwrap();
        let names: Vec<_> = listed.iter().map(|entry| entry.name.to_string()).collect();
        assert_eq!(names, ["a", "b", "c"]);

        let missing = vfs.open_file_below(root, &path("x/z/a"), Access::Read);
        let missing = missing.map(drop).unwrap_err();
        assert_eq!((missing.kind(), missing.operation()), (ErrorKind::NotFound, "open directory"));
        assert!(missing.path().ends_with("x/z"), "{missing}");
        assert!(vfs.open_dir_below(root, &path("x/z")).is_err(), "reading makes nothing");
    }
    on_both!(test);
}

/// Whoever counts calls must be able to say what these cost.
#[test]
fn each_takes_as_few_calls_as_it_can() {
    let disk = MemDisk::new(Profile::posix());
    let vfs = disk.process();
    let root = vfs.root();
    let calls = |work: &dyn Fn()| {
        let before = disk.calls().total();
        work();
        disk.calls().total() - before
    };
    vfs.write_file(&root, &path("a/b/c"), b"x").unwrap();
    // Two directories, the file, its length, its content.
    assert_eq!(calls(&|| drop(vfs.read_file(&root, &path("a/b/c"), 9).unwrap())), 5);
    // Two directories, the old file, the new one, its content.
    assert_eq!(calls(&|| vfs.write_file(&root, &path("a/b/c"), b"y").unwrap()), 5);
    assert_eq!(calls(&|| drop(vfs.list_sorted(&root).unwrap())), 1);
}
