//! `cargo xtask edges`: where the right content is hard to keep, on real file systems with the real command.
//!
//! Trees that were restored or copied, media that were set back, file systems whose times are coarse or stand
//! still, programs that replace their directory or leave a server behind, disks that are full. Each case is
//! one function in a file of its theme. What a machine cannot show (no root, a tool or a file system that is
//! missing) is said as NOT RUN.

mod attributes;
mod branches;
mod cache;
mod case;
mod disk;
mod doctor;
mod failures;
mod fuse;
mod interrupted;
mod lab;
mod layers;
mod limits;
mod lost;
mod machine;
mod matrix;
mod mmap;
mod moved;
mod names;
mod namespaces;
mod processes;
mod replaced;
mod restore;
mod servers;
mod shape;
mod signals;
mod stacked;
mod storms;
mod strangers;
mod times;
mod transport;
mod walks;
mod warm;

pub(crate) use self::machine::machine;
pub(crate) use self::storms::storms;

use std::path::Path;
use std::time::{Duration, Instant};

use self::case::{Case, When};
use self::lab::{Lab, NotRun, root_and_binary};
use crate::at_once::{WAIT, at_once};
use crate::shell::{Result, command, output, run};

/// In the order of the promises that they try, but for the one that takes longest.
const THEMES: [&[Case]; 24] = [
    matrix::CASES,
    restore::CASES,
    moved::CASES,
    branches::CASES,
    warm::CASES,
    lost::CASES,
    layers::CASES,
    mmap::CASES,
    times::CASES,
    replaced::CASES,
    servers::CASES,
    interrupted::CASES,
    strangers::CASES,
    walks::CASES,
    signals::CASES,
    names::CASES,
    namespaces::CASES,
    processes::CASES,
    fuse::CASES,
    attributes::CASES,
    failures::CASES,
    shape::CASES,
    limits::CASES,
    doctor::CASES,
];

/// Runs the cases whose names contain one of the words; `long` among the words adds those that take long.
pub(crate) fn edges(words: &[&str]) -> Result {
    if ignores_signals()? {
        let mut again = command("env");
        again.arg("--default-signal=HUP,INT,QUIT,TERM").arg(std::env::current_exe()?);
        return run(again.arg("edges").args(words));
    }
    let with_long = words.contains(&"long");
    let words: Vec<&str> = words.iter().copied().filter(|word| *word != "long").collect();
    let is_meant = |case: &&Case| {
        (with_long || case.when == When::Always)
            && (words.is_empty() || words.iter().any(|word| case.name.contains(word)))
    };
    let cases: Vec<&Case> = THEMES.iter().copied().flatten().filter(is_meant).collect();
    if cases.is_empty() {
        return Err(format!("no case has a name with {}", words.join(" or ")).into());
    }
    let start = Instant::now();
    let (scratch, binary) = root_and_binary()?;
    let results = at_once(cases, WAIT, |case| run_case(case, scratch.path(), &binary))?;
    let count = |result: &str| results.iter().filter(|(one, _)| *one == result).count();
    println!(
        "{} passed, {} failed, {} skipped, in {:.1} s",
        count(OK),
        count(WRONG),
        count(NOT_RUN),
        start.elapsed().as_secs_f64()
    );
    let wrong: Vec<_> = results.into_iter().filter(|(one, _)| *one == WRONG).collect();
    let lines: Vec<String> = wrong.into_iter().map(|(_, line)| line).collect();
    if lines.is_empty() { Ok(()) } else { Err(lines.join("\n").into()) }
}

/// It is said of a case that takes longer.
const WORTH_SAYING: Duration = Duration::from_secs(3);

const OK: &str = "ok";
const NOT_RUN: &str = "NOT RUN";
const WRONG: &str = "WRONG";

/// Runs a case in a directory of its own, and says what came of it. Returns the result, and the line that says it.
fn run_case(case: &Case, scratch: &Path, binary: &Path) -> Result<(&'static str, String)> {
    let dir = scratch.join(case.name);
    std::fs::create_dir(&dir)?;
    let start = Instant::now();
    let verdict = (case.run)(&Lab::new(&dir, binary));
    let took = start.elapsed();
    // Some trees are deeper than the descriptors that this process may have; and what is still mounted,
    // if anything is, is not ours to empty.
    let removed = output(command("rm").args(["-rf", "--one-file-system"]).arg(&dir)).map(drop);
    let (result, why) = match &verdict.and(removed) {
        Ok(()) if took > WORTH_SAYING => (OK, format!(" ({:.1} s)", took.as_secs_f64())),
        Ok(()) => (OK, String::new()),
        Err(why) if why.is::<NotRun>() => (NOT_RUN, reason(why, &dir)),
        Err(seen) => (WRONG, reason(seen, &dir)),
    };
    let line = format!("{result}: {}{why}", case.name);
    println!("{line}");
    Ok((result, line))
}

/// Whether this process was started to ignore signals that the cases send: by `nohup`, or in the background of a script.
/// What it starts would ignore them too, and incrdir leaves that as it is, so no case could be interrupted.
fn ignores_signals() -> Result<bool> {
    // HUP, INT, QUIT and TERM are the signals 1, 2, 3 and 15.
    const SENT: u64 = 1 | 1 << 1 | 1 << 2 | 1 << 14;
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.map(|mask| u64::from_str_radix(mask.trim(), 16)).transpose()?;
    Ok(ignored.unwrap_or(0) & SENT != 0)
}

/// In one line, and without the part of paths that says nothing.
fn reason(error: &dyn ToString, dir: &Path) -> String {
    let text = error.to_string();
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    format!(" ({})", lines.join(" | ").replace(&*dir.to_string_lossy(), ""))
}
