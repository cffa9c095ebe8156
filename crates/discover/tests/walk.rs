//! What a walk finds, and where it does not go, on a real file system and in memory.

use std::io::ErrorKind;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use incrdir_discover::{Found, MAX_PATH, Scope, Sign, Walked, discover};
use incrdir_naming::TAG_TEXT;
use incrdir_vfs::{CapVfs, Name, RelPath, Vfs, VfsExt};
use incrdir_vfs::{MemDisk, Profile};

const UNIT: &str = "demo-0000000000001";
const LOCK: &str = "s-hce0fdbqzv-1wf0why.lock";
const SESSION: &str = "s-hce0fdbqzv-1wf0why-18xvudajikphu8ktz4jz3zhmb";
const CARGO_TAG: &[u8] = b"Signature: 8a477f597d28d172789f06886806bc55\n\
    # This file is a cache directory tag created by cargo.\n";

/// Makes directories (with `/` at the end) and files.
fn plant<V: Vfs>(vfs: &V, dir: &V::Dir, paths: &[&str]) {
    for path in paths {
        let at = RelPath::new(path).unwrap();
        match path.ends_with('/') {
            true => drop(vfs.create_dir_below(dir, &at).unwrap()),
            false => vfs.write_file(dir, &at, text_of(path)).unwrap(),
        }
    }
}

fn text_of(path: &str) -> &'static [u8] {
    match path {
        _ if path.ends_with("target/CACHEDIR.TAG") => CARGO_TAG,
        _ if path.ends_with("CACHEDIR.TAG") => TAG_TEXT,
        _ => b"",
    }
}

fn unit_in(root: &str) -> [String; 2] {
    [format!("{root}{UNIT}/{LOCK}"), format!("{root}{UNIT}/{SESSION}/")]
}

/// Everything that a walk tells of, one line for each.
fn walk<V: Vfs>(vfs: &V, dir: &V::Dir, scope: Scope) -> (Vec<String>, Walked) {
    let mut told = Vec::new();
    let walked = discover(vfs, dir, &scope, &mut |found| {
        told.push(match found {
            Found::Root(root) => {
                assert_eq!(vfs.path(root.dir), vfs.path(dir).join(root.path()));
                match root.sign {
                    Sign::Cargo { target } => {
                        let target: PathBuf = root.names[..target].iter().collect();
                        format!("cargo {} of {}", root.path().display(), target.display())
                    }
                    sign => format!("{sign:?} {}", root.path().display()),
                }
            }
            Found::Mount(path) => format!("mount {}", path.display()),
            Found::Unreadable(error) => format!("unreadable: {error}: {:?}", error.kind()),
            Found::TooDeep(path) => format!("too deep {}", path.as_os_str().len()),
            other => format!("{other:?}"),
        });
        if cfg!(windows) {
            told.iter_mut().for_each(|line| *line = line.replace('\\', "/"));
        }
        ControlFlow::Continue(())
    });
    (told, walked.unwrap())
}

fn found<V: Vfs>(vfs: &V, dir: &V::Dir) -> Vec<String> {
    walk(vfs, dir, Scope::default()).0
}

/// Runs a test on a real file system and in memory.
macro_rules! both {
    ($($name:ident($vfs:ident, $dir:ident) $body:block)*) => {
        $(
            #[test]
            fn $name() {
                fn test<V: Vfs>($vfs: &V, $dir: &V::Dir) $body
                let memory = MemDisk::new(Profile::posix()).process();
                test(&memory, &memory.root());
                let no_kinds = MemDisk::new(Profile::posix().lists_kinds(false)).process();
                test(&no_kinds, &no_kinds.root());
                let tmp = tempfile::tempdir().unwrap();
                let (vfs, dir) = CapVfs::open_ambient_dir(tmp.path()).unwrap();
                test(&vfs, &dir);
            }
        )*
    };
}

both! {
    roots_are_known_by_their_tag_or_by_a_unit(vfs, dir) {
        plant(vfs, dir, &["tagged/CACHEDIR.TAG", "other/target/CACHEDIR.TAG", "plain/sub/", "my-project/src/"]);
        for path in unit_in("deep/er/cache/") {
            plant(vfs, dir, &[&path]);
        }
        assert_eq!(found(vfs, dir), ["Unit deep/er/cache", "Tag tagged"]);
    }

    a_root_is_told_once_however_many_units_stand_in_it(vfs, dir) {
        for root in ["root/", "root/sub/", ""] {
            for path in unit_in(root) {
                plant(vfs, dir, &[&path]);
            }
        }
        plant(vfs, dir, &["root/second-0000000000002/s-hce0fdbqzv-1wf0why.lock", "root/CACHEDIR.TAG"]);
        assert_eq!(found(vfs, dir), ["Unit ", "Tag root", "Unit root/sub"]);
    }

    a_unit_of_an_old_compiler_counts_and_a_project_does_not(vfs, dir) {
        plant(vfs, dir, &["old/regex-3w5e11264sgs/s-hce0fdbqzv-16.lock", "new/my-project/s-notes/", "new/empty-0000000000001/"]);
        assert_eq!(found(vfs, dir), ["Unit old"]);
    }

    targets_are_known_whatever_they_are_called(vfs, dir) {
        plant(vfs, dir, &[
            "a/target/CACHEDIR.TAG",
            "a/target/debug/.cargo-lock",
            "a/target/debug/incremental/",
            "a/target/release/.cargo-lock",
            "a/target/release/incremental/",
            "a/target/x86_64-unknown-none/fast/.cargo-lock",
            "a/target/x86_64-unknown-none/fast/incremental/",
            // A build directory with the layout of newer versions.
            "build-dir/.rustc_info.json",
            "build-dir/debug/.cargo-build-lock",
            "build-dir/debug/incremental/",
            // The target that goes with it holds what was built, and no sessions.
            "b/target/CACHEDIR.TAG",
            "b/target/debug/.cargo-lock",
            // Not recognised as a target, but as a profile.
            "bare/debug/.cargo-lock",
            "bare/debug/incremental/",
            // Called so by chance.
            "docs/incremental/",
        ]);
        assert_eq!(found(vfs, dir), [
            "cargo a/target/debug/incremental of a/target",
            "cargo a/target/release/incremental of a/target",
            "cargo a/target/x86_64-unknown-none/fast/incremental of a/target",
            "cargo bare/debug/incremental of bare",
            "cargo build-dir/debug/incremental of build-dir",
        ]);
    }

    a_walk_may_begin_in_any_part_of_a_target(vfs, dir) {
        plant(vfs, dir, &["p/target/CACHEDIR.TAG", "p/target/debug/.cargo-lock"]);
        for path in unit_in("p/target/debug/incremental/") {
            plant(vfs, dir, &[&path]);
        }
        for (begin, told) in [
            ("p", "cargo target/debug/incremental of target"),
            ("p/target", "cargo debug/incremental of "),
            ("p/target/debug", "cargo incremental of "),
            ("p/target/debug/incremental", "Unit "),
        ] {
            let begin = vfs.open_dir_below(dir, &RelPath::new(begin).unwrap()).unwrap();
            assert_eq!(found(vfs, &begin), [told]);
        }
    }

    what_cannot_hold_a_cache_is_not_entered(vfs, dir) {
        plant(vfs, dir, &["target/CACHEDIR.TAG", "target/debug/.cargo-lock", "target/debug/incremental/"]);
        for place in [
            "target/debug/deps/",
            "target/debug/build/",
            "target/debug/.fingerprint/",
            "target/debug/examples/",
            "target/doc/",
            ".git/",
            &format!("target/debug/incremental/{UNIT}/{SESSION}/"),
            &format!("root/{UNIT}/{SESSION}/"),
        ] {
            for path in unit_in(place) {
                plant(vfs, dir, &[&path]);
            }
        }
        plant(vfs, dir, &[&format!("root/{UNIT}/{LOCK}")]);
        // But these may.
        for path in ["target/tmp/", "target/debug/tool/", "node_modules/.cache/tool/"].map(unit_in).concat() {
            plant(vfs, dir, &[&path]);
        }
        assert_eq!(found(vfs, dir), [
            "Unit node_modules/.cache/tool",
            "Unit root",
            "cargo target/debug/incremental of target",
            "Unit target/debug/tool",
            "Unit target/tmp",
        ]);
    }

    names_may_be_anything(vfs, dir) {
        // Windows has fewer names.
        let odd = if cfg!(windows) { "new\u{202e}line/[31m/ a" } else { "new\nline/\u{1b}[31m/ " };
        for path in unit_in(&format!("{odd}/")) {
            plant(vfs, dir, &[&path]);
        }
        assert_eq!(found(vfs, dir), [format!("Unit {odd}")]);
    }

    a_walk_goes_as_deep_as_it_was_told(vfs, dir) {
        for path in ["1/", "1/2/", "1/2/3/"].map(unit_in).concat() {
            plant(vfs, dir, &[&path]);
        }
        // A unit is one level below its root.
        for (depth, told) in [(0, 0), (1, 0), (2, 1), (3, 2), (4, 3)] {
            let (found, walked) = walk(vfs, dir, Scope::default().depth(depth));
            assert_eq!(found.len(), told, "{depth}: {found:?}");
            assert_eq!(walked.directories, 1 + depth.min(3) as u64 + told as u64, "{depth}: {found:?}");
        }
    }

    no_link_is_followed(vfs, dir) {
        for path in unit_in("real/") {
            plant(vfs, dir, &[&path]);
        }
        vfs.symlink(&"real".into(), dir, &Name::new("link").unwrap()).unwrap();
        vfs.symlink(&".".into(), dir, &Name::new("loop").unwrap()).unwrap();
        assert_eq!(found(vfs, dir), ["Unit real"]);
    }

    a_walk_can_be_stopped(vfs, dir) {
        plant(vfs, dir, &["a/CACHEDIR.TAG", "b/CACHEDIR.TAG"]);
        let mut told = 0;
        let walked = discover(vfs, dir, &Scope::default(), &mut |_| {
            told += 1;
            ControlFlow::Break(())
        });
        assert_eq!((told, walked.unwrap().interrupted), (1, true));
    }

    nothing_is_entered_that_no_path_can_name(vfs, dir) {
        let (long, levels) = ("x".repeat(200), 30);
        let mut below = None;
        for _ in 0..levels {
            let here = below.as_ref().unwrap_or(dir);
            // It comes after the one that goes on.
            plant(vfs, here, &["y/"]);
            below = Some(vfs.create_dir_below(here, &RelPath::new(&long).unwrap()).unwrap());
        }
        let (told, walked) = walk(vfs, dir, Scope::default());
        let deepest = MAX_PATH / 201;
        assert_eq!(told, [format!("too deep {}", deepest * 201 - 1)]);
        assert_eq!(walked.directories, 2 * (1 + deepest as u64));
    }
}

#[test]
fn a_tree_deeper_than_any_path_takes_neither_the_stack_nor_all_descriptors() {
    let tmp = tempfile::tempdir().unwrap();
    let (vfs, dir) = CapVfs::open_ambient_dir(tmp.path()).unwrap();
    let name = Name::new("d").unwrap();
    let mut below = None;
    for _ in 0..2500 {
        let here = below.as_ref().unwrap_or(&dir);
        vfs.create_dir(here, &name).unwrap();
        below = Some(vfs.open_dir(here, &name).unwrap());
    }
    let (told, walked) = walk(&vfs, &dir, Scope::default());
    assert_eq!((told.len(), walked.directories), (1, 1 + MAX_PATH as u64 / 2 + 1), "{told:?}");
    // What removes temporary directories would need a descriptor for each level.
    let removed = std::process::Command::new("rm").arg("-rf").arg(tmp.path().join("d")).status();
    assert!(removed.unwrap().success());
}

#[test]
fn nothing_that_is_mounted_is_entered() {
    let disk = MemDisk::new(Profile::posix());
    let vfs = disk.process();
    let root = vfs.root();
    plant(
        &vfs,
        &root,
        &[
            "a/b/",
            "disk/",
            "a/target/CACHEDIR.TAG",
            "a/target/debug/.cargo-lock",
            "a/target/debug/incremental/",
        ],
    );
    for path in unit_in("disk/") {
        plant(&vfs, &root, &[&path]);
    }
    let name = |text: &str| Name::new(text).unwrap();
    let names = |path: &str| path.split('/').map(name).collect::<Vec<_>>();
    // A loop, and a directory of sessions on another disk.
    disk.mount(&names("a"), &names("a/b")).unwrap();
    disk.mount(&names("disk"), &names("a/target/debug/incremental")).unwrap();
    assert_eq!(found(&vfs, &root), ["mount a/b", "mount a/target/debug/incremental", "Unit disk"]);
}

#[test]
fn a_directory_that_is_gone_or_replaced_meanwhile_is_passed_over() {
    let vfs = MemDisk::new(Profile::posix()).process();
    let root = vfs.root();
    plant(&vfs, &root, &["a/CACHEDIR.TAG", "b/CACHEDIR.TAG", "c/CACHEDIR.TAG", "d/CACHEDIR.TAG"]);
    let mut told = Vec::new();
    let walked = discover(&vfs, &root, &Scope::default(), &mut |found| {
        if let Found::Root(root_found) = found {
            told.push(root_found.path());
            if told.len() == 1 {
                let disk = vfs.clone();
                let name = |text: &str| Name::new(text).unwrap();
                disk.remove_file(&disk.open_dir(&root, &name("b")).unwrap(), &name("CACHEDIR.TAG"))
                    .unwrap();
                disk.remove_dir(&root, &name("b")).unwrap();
                disk.rename(&root, &name("c"), &root, &name("e")).unwrap();
                disk.symlink(&"d".into(), &root, &name("c")).unwrap();
            }
        }
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!(told, [Path::new("a"), Path::new("d")]);
    assert_eq!(walked.vanished, 2);
}

#[test]
fn a_directory_that_cannot_be_listed_is_an_error() {
    let disk = MemDisk::new(Profile::posix());
    let owner = disk.process();
    plant(&owner, &owner.root(), &["a/"]);
    let name = Name::new("a").unwrap();
    let dir = owner.open_dir(&owner.root(), &name).unwrap();
    owner.remove_dir(&owner.root(), &name).unwrap();
    let walked = discover(&owner, &dir, &Scope::default(), &mut |_| ControlFlow::Continue(()));
    match walked {
        Ok(walked) => assert_eq!(walked.directories, 1),
        Err(error) => assert_eq!(error.kind(), ErrorKind::NotFound),
    }
}
