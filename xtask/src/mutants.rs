//! `cargo xtask sim mutants`: the tests of the tests.
//!
//! A copy of the workspace is broken in one place, built, and explored; the simulated world alone must see
//! it. The protocol's own code knows nothing of its mutants.

use std::path::Path;
use std::process::Command;

use crate::shell::{Result, command, output, run, top};

/// One place to break, and where that must show.
struct Mutant {
    name: &'static str,
    file: &'static str,
    from: &'static str,
    to: &'static str,
    plays: &'static [&'static str],
}

const MUTANTS: [Mutant; 22] = [
    Mutant {
        name: "delete without tombstone",
        file: "crates/session/src/condemn.rs",
        from: "    let condemned = bury(unit, from, key);",
        to: "    let _ = crate::remove_tree(&unit.vfs, &unit.dir, from);\n    let condemned = bury(unit, from, key);",
        plays: &["two-collectors"],
    },
    Mutant {
        name: "lock file removed before the directory is renamed",
        file: "crates/session/src/condemn.rs",
        from: "    let condemned = bury(unit, from, key);",
        to: "    let _ = unit.vfs.remove_file(&unit.dir, lock_name);\n    let condemned = bury(unit, from, key);",
        plays: &["two-collectors"],
    },
    Mutant {
        name: "working sessions deleted on the word of a listing",
        file: "crates/gc/src/step.rs",
        from: "            Acquire::Busy => return Ok(left(Why::InUse)),\n            Acquire::NotFound => return Ok(left(Why::Changed)),\n            Acquire::Locked(lock) => {",
        to: "            Acquire::Busy => {\n                let _ = remove_tree(self.unit.vfs(), self.unit.dir(), &vfs_name(session));\n                return Ok(left(Why::InUse));\n            }\n            Acquire::NotFound => return Ok(left(Why::Changed)),\n            Acquire::Locked(lock) => {",
        plays: &["writer-collector", "two-full-sessions"],
    },
    Mutant {
        name: "exclusive lock before the look",
        file: "crates/gc/src/step.rs",
        from: "        match self.acquire(lock_name, LockKind::Shared)? {\n            Acquire::Busy => return Ok(left(Why::InUse)),",
        to: "        match self.acquire(lock_name, LockKind::Exclusive)? {\n            Acquire::Busy => return Ok(left(Why::InUse)),",
        plays: &["newborn"],
    },
    Mutant {
        name: "no guard while condemning",
        file: "crates/gc/src/collect.rs",
        from: "(None, Mode::Collect) => Ok(left(Why::NoGuard)),",
        to: "(None, Mode::DryRun) if false => Ok(left(Why::NoGuard)),",
        plays: &["two-writers-collector"],
    },
    Mutant {
        name: "the newest are locked and collected too",
        file: "crates/gc/src/plan.rs",
        from: "published.split_off(policy.keep.get().min(published.len()))",
        to: "published.split_off((policy.keep.get() - 1).min(published.len()))",
        plays: &["two-collectors", "collector-reader"],
    },
    Mutant {
        name: "sources are not listed again",
        file: "crates/session/src/source.rs",
        from: "const MORE_LISTINGS: usize = 2;",
        to: "const MORE_LISTINGS: usize = 0;",
        plays: &["overtaken"],
    },
    Mutant {
        name: "a lost lock file is not replaced",
        file: "crates/session/src/source.rs",
        from: "match adopt(unit, name)? {\n            Adopted::Gone",
        to: "match Adopted::Gone {\n            Adopted::Gone",
        plays: &["lost-lock-reader", "lost-lock-writer"],
    },
    Mutant {
        name: "written in place",
        file: "crates/session/src/working.rs",
        from: "    match vfs.remove_file(dir, name) {",
        to: "    if let Ok(file) = vfs.open_file(dir, name, Access::ReadWrite) {\n        return Ok(file);\n    }\n    match vfs.remove_file(dir, name) {",
        plays: &["writer"],
    },
    Mutant {
        name: "the spare is taken under a shared lock",
        file: "crates/session/src/recycle.rs",
        from: "try_acquire(vfs, &unit.dir, &lock_name, LockKind::Exclusive)",
        to: "try_acquire(vfs, &unit.dir, &lock_name, LockKind::Shared)",
        plays: &["overtaken"],
    },
    Mutant {
        name: "the spare's lock file is kept",
        file: "crates/session/src/recycle.rs",
        from: "    let _ = lock.remove(&unit.dir, lock_name);",
        to: "    let _ = (lock.release(), unit, lock_name);",
        plays: &["two-writers", "writer-reader"],
    },
    Mutant {
        name: "what is gone stays in what is recycled",
        file: "crates/session/src/recycle.rs",
        from: "                self.remove(pair.to, &found)?;\n                continue;",
        to: "                continue;",
        plays: &["two-writers", "faults-writer"],
    },
    Mutant {
        name: "what differs is not relinked",
        file: "crates/session/src/recycle.rs",
        from: "            && wanted.inode == found.inode\n",
        to: "",
        plays: &["two-writers", "faults-writer"],
    },
    Mutant {
        name: "what the source lacks is passed over",
        file: "crates/session/src/seed.rs",
        from: "                        kind if is_incapable(kind) => pair.can_link = false,",
        to: "                        kind if is_incapable(kind) => pair.can_link = false,\n                        ErrorKind::NotFound => return Ok(()),",
        plays: &["vandal"],
    },
    Mutant {
        name: "after a power loss file ids are not compared",
        file: "crates/session/src/trust.rs",
        from: "    if ids_count && recorded.inode != stat.id.inode {",
        to: "    if ids_count && recorded.inode == 0 {",
        plays: &["power"],
    },
    Mutant {
        name: "after a power loss lengths are not compared",
        file: "crates/session/src/trust.rs",
        from: "    if recorded.len != stat.len {",
        to: "    if recorded.len < stat.len {",
        plays: &["power"],
    },
    Mutant {
        name: "after a power loss only names are compared",
        file: "crates/session/src/trust.rs",
        from: "if is_same_boot { at_least } else { Scrutiny::Digests }",
        to: "if is_same_boot { at_least } else { Scrutiny::Names }",
        plays: &["power"],
    },
    Mutant {
        name: "where locks lie, the lock alone condemns",
        file: "crates/gc/src/step.rs",
        from: "        if self.is_sure.get() == Some(&true) {",
        to: "        if self.is_sure.get().is_some() {",
        plays: &["lying-locks-collector"],
    },
    Mutant {
        name: "where locks lie, the source is not looked at again",
        file: "crates/session/src/begin.rs",
        from: "Ok(_) if !info.locks_exclude_all && !is_there",
        to: "Ok(_) if info.locks_exclude_all && !is_there",
        plays: &["lying-locks-overtaken"],
    },
    Mutant {
        name: "a short copy is taken for a copy",
        file: "crates/session/src/seed.rs",
        from: "if copied != stat.len {",
        to: "if copied > stat.len {",
        plays: &["faults-copier"],
    },
    Mutant {
        name: "an error of what was done is believed",
        file: "crates/session/src/publish.rs",
        from: "(Some(true), _) => return Ok(()),",
        to: "(Some(true), _) if false => return Ok(()),",
        plays: &["faults-writer"],
    },
    Mutant {
        name: "tombstones are left",
        file: "crates/gc/src/collect.rs",
        from: "self.note(*tombstone, collector.bury(*tombstone, Why::Condemned))?;",
        to: "self.note(*tombstone, Ok(left(Why::Changed)))?;",
        plays: &["writer", "two-collectors"],
    },
];

pub(crate) fn mutants(only: &[&str]) -> Result {
    let copy = tempfile::tempdir()?;
    let files =
        output(command("git").args(["ls-files", "--cached", "--others", "--exclude-standard"]))?;
    for file in files.lines() {
        let to = copy.path().join(file);
        if let Some(parent) = to.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::copy(top().join(file), to)?;
    }
    let mut alive = Vec::new();
    println!("{:52} result", "mutant");
    for mutant in &MUTANTS {
        if only.is_empty() || only.iter().any(|word| mutant.name.contains(word)) {
            match break_and_look(copy.path(), mutant)? {
                Some(found) => println!("{:52} killed: {found}", mutant.name),
                None => {
                    println!("{:52} ALIVE", mutant.name);
                    alive.push(mutant.name);
                }
            }
        }
    }
    if alive.is_empty() { Ok(()) } else { Err(format!("alive: {}", alive.join(", ")).into()) }
}

/// What was seen first of a mutant, if anything was.
fn break_and_look(copy: &Path, mutant: &Mutant) -> Result<Option<String>> {
    let file = copy.join(mutant.file);
    let whole = std::fs::read_to_string(&file)?;
    if !whole.contains(mutant.from) {
        return Err(format!("{}: the place to break is not in {}", mutant.name, mutant.file).into());
    }
    std::fs::write(&file, whole.replacen(mutant.from, mutant.to, 1))?;
    let target = top().join("target/mutants");
    let mut build = Command::new(env!("CARGO"));
    build.current_dir(copy).env("CARGO_TARGET_DIR", &target).env("RUSTFLAGS", "-Awarnings");
    build.args(["build", "--quiet", "--release", "-p", "incrdir-sim", "--bin", "explore"]);
    run(&mut build)?;
    let mut found = None;
    for play in mutant.plays {
        let what: &[&str] = if *play == "power" { &["power"] } else { &["short", play] };
        let explored = Command::new(target.join("release/explore")).args(what).output()?;
        let table = String::from_utf8_lossy(&explored.stdout);
        if !explored.status.success() {
            let mut told = table.lines().skip_while(|line| !line.contains("VIOLATION"));
            let said = if *play == "power" { told.next() } else { told.nth(1) };
            let said: String = said.unwrap_or("it does not even run").chars().take(100).collect();
            found = Some(format!("{play}: {said}"));
            break;
        }
    }
    std::fs::write(&file, whole)?;
    Ok(found)
}
