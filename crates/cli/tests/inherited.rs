//! What a directory gives to files that are made in it is not what the files of the last session had.
#![cfg(target_os = "linux")]
#![expect(clippy::disallowed_methods, reason = "a test lives in the real world")]

mod common;

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use common::Cache;

/// A default access control list by which user 1 may do all, and nothing of the kind on the file.
const DEFAULT_LIST: &str = r#"
import os, struct, sys
entries = [(1, 7, -1), (2, 7, 1), (4, 5, -1), (16, 7, -1), (32, 5, -1)]
acl = struct.pack('<I', 2) + b''.join(struct.pack('<HHi', *entry) for entry in entries)
os.setxattr(sys.argv[1], 'system.posix_acl_default', acl)
"#;

/// The names of a file's extended attributes.
fn attributes(path: &Path) -> String {
    let script = "import os, sys; print(os.listxattr(sys.argv[1]))";
    let output = std::process::Command::new("python3").args(["-c", script]).arg(path).output();
    String::from_utf8_lossy(&output.unwrap().stdout).into_owned()
}

fn gives_lists(dir: &Path) -> bool {
    let set = std::process::Command::new("python3").args(["-c", DEFAULT_LIST]).arg(dir).output();
    let is_set = set.as_ref().is_ok_and(|set| set.status.success());
    if !is_set {
        println!("SKIPPED: {set:?}");
    }
    is_set
}

/// The root has a default access control list; a program took it off what it made.
#[test]
fn default_access_control_lists_are_not_given_to_copies() {
    for seed in ["copy", "link"] {
        let cache = Cache::new();
        std::fs::create_dir_all(cache.root()).unwrap();
        if !gives_lists(&cache.root()) {
            return;
        }
        let strip = "import os, sys
for path in sys.argv[1:]:
    for name in os.listxattr(path):
        os.removexattr(path, name)";
        std::fs::write(cache.path("strip.py"), strip).unwrap();
        let make = format!(
            "cd $INCRDIR_SESSION; mkdir -p d; for i in $(seq 100); do echo $i >d/f$i; done
            echo x >top; python3 {} d d/* top",
            cache.path("strip.py").display()
        );
        cache.run(&["--seed", seed, "--keep", "2"], &make);
        let replace = "cd $INCRDIR_SESSION; rm d/f7; echo 7 >d/f7";
        for change in ["true", replace, "true", "true"] {
            cache.run(&["--seed", seed, "--keep", "2"], change);
        }
        let newest = cache.published().pop().unwrap();
        for path in ["top", "d", "d/f1", "d/f100"] {
            assert_eq!(attributes(&newest.join(path)), "[]\n", "{seed}: {path}");
        }
    }
}

/// A directory gives its group to what is made in it. The program gave some of that another one.
#[test]
fn groups_are_those_of_the_last_session() {
    if std::fs::metadata("/proc/self").unwrap().uid() != 0 {
        println!("SKIPPED: only root gives files to any group");
        return;
    }
    let cache = Cache::new();
    let make = "cd $INCRDIR_SESSION; mkdir a b; chgrp 5 b; chmod 2755 b
        for i in $(seq 100); do echo $i >a/f$i; echo $i >b/f$i; done
        mkdir b/sub; chgrp -R 0 b/sub b/f1 b/f2; chmod g-s b/sub";
    cache.run(&["--seed", "copy", "--keep", "2"], make);
    let add = "echo 1 >$INCRDIR_SESSION/a/new; echo 2 >$INCRDIR_SESSION/b/f1";
    for change in ["true", add, "true", "true"] {
        cache.run(&["--seed", "copy", "--keep", "2"], change);
    }
    let newest = cache.published().pop().unwrap();
    let group = |path: &str| std::fs::metadata(newest.join(path)).unwrap().gid();
    let groups = ["a/f9", "a/new", "b", "b/f1", "b/f2", "b/f3", "b/sub"].map(group);
    assert_eq!(groups, [0, 0, 5, 0, 0, 5, 0]);
}

/// Threads that copy at the same time have as few descriptors as one.
#[test]
fn sixteen_descriptors_are_enough_for_many_copies() {
    let cache = Cache::new();
    let make = "cd $INCRDIR_SESSION; mkdir -p a/b/c/d/e/f g/h
        for i in $(seq 300); do echo $i >a/b/c/d/e/f/$i; echo $i >g/h/$i; done";
    cache.run(&["--seed", "copy", "--keep", "1"], make);
    let command = format!(
        "ulimit -Sn 16; exec {} run --root {} --unit demo --seed copy --keep 1 -- true",
        common::INCRDIR,
        cache.root().display()
    );
    let output = std::process::Command::new("sh").args(["-c", &command]).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("600 files copied"), "{told}");
}
