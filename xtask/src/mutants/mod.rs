//! `cargo xtask sim mutants`: the tests of the tests.
//!
//! A copy of the workspace is broken in one place, built, and explored; the simulated world alone must see
//! it. The protocol's own code knows nothing of its mutants. So is the search itself: one that merges states which
//! differ, or lets the dead hold locks, must find less than it should, and that must show.

mod elsewhere;
mod list;
mod stores;

use std::path::Path;
use std::process::Command;

use list::Mutant;

use crate::shell::{Result, command, output, run, top};

pub(crate) fn mutants(only: &[&str]) -> Result {
    let copy = tempfile::tempdir()?;
    let files =
        output(command("git").args(["ls-files", "--cached", "--others", "--exclude-standard"]))?;
    for file in files.lines() {
        let to = copy.path().join(file);
        if let Some(parent) = to.parent() {
            std::fs::create_dir_all(parent)?;
        }
        // One that was deleted and not committed yet is listed all the same.
        if top().join(file).exists() {
            std::fs::copy(top().join(file), to)?;
        }
    }
    let mut alive = Vec::new();
    println!("{:60} {:24} {:18} after", "mutant", "killed in", "by");
    let chosen: Vec<&Mutant> = all()
        .filter(|mutant| only.is_empty() || only.iter().any(|word| mutant.name.contains(word)))
        .collect();
    for mutant in &chosen {
        match break_and_look(copy.path(), mutant)? {
            Some(Killed { by, what, after }) => {
                println!("{:60} {what:24} {by:18} {after}", mutant.name);
            }
            None => {
                println!("{:60} ALIVE", mutant.name);
                alive.push(mutant.name);
            }
        }
    }
    println!("{} mutants, {} killed", chosen.len(), chosen.len() - alive.len());
    if alive.is_empty() { Ok(()) } else { Err(format!("alive: {}", alive.join(", ")).into()) }
}

fn all() -> impl Iterator<Item = &'static Mutant> {
    list::MUTANTS.iter().chain(elsewhere::MUTANTS).chain(stores::MUTANTS)
}

/// Longer than any of it takes.
const TIME_LIMIT: &str = "600";

/// How a mutant was found.
struct Killed {
    /// The oracle.
    by: String,
    /// The scenario, or the table.
    what: String,
    after: String,
}

/// What was seen first of a mutant, if anything was.
fn break_and_look(copy: &Path, mutant: &Mutant) -> Result<Option<Killed>> {
    let mut whole = Vec::new();
    for (file, from, to) in mutant.edits {
        let path = copy.join(file);
        let text = std::fs::read_to_string(&path)?;
        if !text.contains(from) {
            return Err(format!("{}: the place to break is not in {file}", mutant.name).into());
        }
        std::fs::write(&path, text.replacen(from, to, 1))?;
        whole.push((path, text));
    }
    let target = top().join("target/mutants");
    let explores = mutant.searches.iter().any(|what| !TESTS.contains(what));
    let mut build = Command::new(env!("CARGO"));
    build.current_dir(copy).env("CARGO_TARGET_DIR", &target).env("RUSTFLAGS", "-Awarnings");
    build.args(["build", "--quiet", "--release", "-p", "incrdir-sim", "--bin", "explore"]);
    if explores {
        run(&mut build)?;
    }
    let mut killed = None;
    for what in mutant.searches {
        if TESTS.contains(what) {
            killed = by_tests(copy, &target, what)?;
            if killed.is_some() {
                break;
            }
            continue;
        }
        let arguments: &[&str] = match *what {
            "power" => &["power", "first"],
            "seed" | "harness" => &[what],
            store if store.starts_with("store-") => &["store", store],
            scenario => &["--workers", "1", "short", scenario],
        };
        // A search that is broken may not end.
        let explored = Command::new("timeout")
            .arg(TIME_LIMIT)
            .arg(target.join("release/explore"))
            .args(arguments)
            .output()?;
        let table = String::from_utf8_lossy(&explored.stdout);
        if String::from_utf8_lossy(&explored.stderr).contains("there is no such scenario") {
            return Err(format!("{}: {what} is no short scenario", mutant.name).into());
        }
        if !explored.status.success() {
            killed = Some(told(what, &table));
            break;
        }
    }
    // Restored last first: two edits may be of one file.
    for (path, text) in whole.into_iter().rev() {
        std::fs::write(path, text)?;
    }
    Ok(killed)
}

/// Tests of what no schedule matters for: a part of the suite of incrdir-sim, or a test program of the package that is named before it.
const TESTS: [&str; 22] = [
    "warm",
    "intact",
    "many_copies",
    "places",
    "outsiders",
    "stop",
    "flaws_time",
    "walks",
    "neighbours",
    "lineages",
    "limits",
    "pins",
    "incrdir-sim observed",
    "spellings",
    "incrdir-explore histories",
    "incrdir-explore commits",
    "incrdir-vfs contract",
    "incrdir-cli remote_bad",
    "incrdir-naming golden",
    "incrdir-xnu",
    "incrdir-remote",
    "incrdir-remote suite",
];

/// The first of those tests that fails, if one does.
fn by_tests(copy: &Path, target: &Path, tests: &str) -> Result<Option<Killed>> {
    let mut test = Command::new("timeout");
    test.arg(TIME_LIMIT).arg(env!("CARGO")).current_dir(copy);
    test.env("CARGO_TARGET_DIR", target).env("RUSTFLAGS", "-Awarnings");
    test.args(["test", "--quiet", "--all-features"]);
    match tests.split_once(' ') {
        Some((package, program)) => test.args(["-p", package, "--test", program]),
        None if tests.starts_with("incrdir-") => test.args(["-p", tests, "--lib"]),
        None => test.args(["-p", "incrdir-sim", "--test", "suite", &format!("{tests}::")]),
    };
    let tested = test.output()?;
    if tested.status.success() {
        return Ok(None);
    }
    let told = String::from_utf8_lossy(&tested.stdout);
    let failed = told.lines().find_map(|line| line.strip_prefix("---- "));
    let Some(by) = failed.and_then(|line| line.split(' ').next()) else {
        let errors = String::from_utf8_lossy(&tested.stderr).into_owned();
        return Err(format!("the tests of {tests} do not run: {errors}").into());
    };
    Ok(Some(Killed { by: by.into(), what: tests.into(), after: String::new() }))
}

/// The first thing that the table objects to.
fn told(what: &str, table: &str) -> Killed {
    let what = what.to_string();
    for line in table.lines() {
        // `ORACLE in run N: …`
        if let Some((by, rest)) = line.split_once(" in run ")
            && by.chars().all(|c| c.is_ascii_uppercase() || matches!(c, '-' | '1'))
        {
            let runs = rest.split(':').next().unwrap_or_default();
            return Killed { by: by.into(), what, after: format!("{runs} runs") };
        }
        // `VIOLATION ORACLE: …`
        if let Some((by, told)) =
            line.strip_prefix("VIOLATION ").and_then(|line| line.split_once(": "))
        {
            let after = told.chars().take(80).collect();
            return Killed { by: by.into(), what, after };
        }
        for sign in ["NEVER SEEN", "VIOLATION ", "NOWHERE", "NOT FOUND", "FAILED"] {
            if line.contains(sign) {
                let after = line.split_whitespace().collect::<Vec<_>>().join(" ");
                let after = after.chars().take(80).collect();
                return Killed { by: sign.trim().into(), what, after };
            }
        }
    }
    Killed { by: "it does not run".into(), what, after: String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Code that is moved or changed must take its mutants along.
    #[test]
    fn every_mutant_has_its_place() {
        let mut missing = Vec::new();
        for Mutant { name, edits, .. } in all() {
            for (file, from, _) in *edits {
                let text = std::fs::read_to_string(top().join(file)).unwrap_or_default();
                if !text.contains(from) {
                    missing.push(format!("{name}: {file}: {from}"));
                }
            }
        }
        assert!(missing.is_empty(), "no longer there:\n{}", missing.join("\n----\n"));
    }
}
