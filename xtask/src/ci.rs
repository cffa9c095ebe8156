//! `cargo xtask ci`: exactly what CI runs, on every system. What cannot be done on one is in `here.rs`.
//!
//! Test programs, and with them all other programs, are built once (`build`), as fast as they compile; what searches, optimised
//! (`build of searches`). What only looks at the code has a target directory of its own, so that all of this can go on at the same
//! time. One profile for tests and searches was tried: with optimised oracles, a quarter of the test programs had taken 363 s of
//! processor time, where all of them otherwise take 289 s and what searches 207 s.

use std::process::Command;
use std::time::Instant;

use crate::aside::Missing;
use crate::built::target;
use crate::release::Outcome;
use crate::shell::{Result, cargo, command, has, output, run};
use crate::steps::{Step, run_all, run_here};
use crate::{edges, portable, powerloss, recipes, release, sim, syscalls, tests, tidy, windows};

/// The step after which all programs are there, and the one after which what is optimised is there.
const BUILD: &str = "build";
const SEARCHES: &str = "build of searches";

/// Those that must be there first and those that take long come first.
const STEPS: [Step; 19] = [
    at_once("format", || run(cargo().args(["fmt", "--all", "--check"]))),
    at_once("tidy", tidy::tidy),
    at_once(BUILD, tests::build_all),
    // Mostly one crate after the other.
    at_once(SEARCHES, sim::build),
    at_once("lints", lints),
    built("tests", all_tests),
    // They wait half of the time.
    built("edges", || edges::edges(&[])),
    searched("simulated world", || sim::sim(&["quick"])),
    searched("simulated stores", || sim::sim(&["store"])),
    built("recipes", || recipes::recipes(&["places", "cargo"])),
    searched("losses of power", || sim::sim(&["power"])),
    built("power loss", || powerloss::powerloss("3")),
    searched("the search itself", || {
        sim::sim(&["seed"])?;
        sim::sim(&["harness"])
    }),
    searched("system calls", || {
        if has("strace") {
            return syscalls::syscalls();
        }
        println!("NOT RUN: system calls (there is no strace)");
        Ok(())
    }),
    at_once("each library alone", alone),
    at_once("fuzz targets", fuzz),
    at_once("docs", || {
        let mut doc = checking();
        doc.args(["doc", "--workspace", "--all-features", "--no-deps"]);
        run(doc.env("RUSTDOCFLAGS", "-D warnings"))
    }),
    // The rest of `cargo xtask windows`, scenarios and storms, is a command of its own.
    at_once("elsewhere", || {
        portable::portable(Missing::Leave)?;
        windows::if_installed()
    }),
    at_once("dependencies", || {
        if let Outcome::NotRun(why) = release::dependencies()? {
            println!("NOT RUN: dependencies ({why})");
        }
        Ok(())
    }),
];

/// What `--long` runs besides, one after the other.
const LONG: [Step; 6] = [
    searched("short searches", || sim::sim(&["short"])),
    searched("stores at length", || sim::sim(&["store", "long"])),
    searched("more losses of power", || sim::sim(&["power", "full"])),
    searched("recoveries that die", || sim::sim(&["recovery", "quick"])),
    built("long edges", || edges::edges(&["long"])),
    built("all recipes", || recipes::recipes(&[])),
];

pub(crate) fn ci() -> Result {
    println!(
        "LEFT OUT: searches with more pre-emptions, more losses of power, long edges, the other recipes (cargo xtask ci --long), \
         a machine in small (cargo xtask machine), scenarios and storms under Wine (cargo xtask windows)"
    );
    all(&STEPS)
}

/// With what repeats more deeply.
pub(crate) fn long() -> Result {
    all(&STEPS.into_iter().chain(LONG).collect::<Vec<_>>())
}

/// One step, in the process that was started for it, or alone for who asks for it.
pub(crate) fn step(name: &str) -> Result {
    run_here(&STEPS.into_iter().chain(LONG).collect::<Vec<_>>(), name)
}

fn all(steps: &[Step]) -> Result {
    let start = Instant::now();
    run_all(steps)?;
    println!("ci: all passed in {:.0} s", start.elapsed().as_secs_f64());
    Ok(())
}

const fn at_once(name: &'static str, work: fn() -> Result) -> Step {
    Step { name, after: None, work }
}

const fn built(name: &'static str, work: fn() -> Result) -> Step {
    Step { name, after: Some(BUILD), work }
}

const fn searched(name: &'static str, work: fn() -> Result) -> Step {
    Step { name, after: Some(SEARCHES), work }
}

/// Cargo where nothing is built that could be run.
fn checking() -> Command {
    let mut cargo = cargo();
    cargo.env("CARGO_TARGET_DIR", target().join("check"));
    cargo
}

fn lints() -> Result {
    let everything = ["clippy", "--workspace", "--all-targets", "--all-features"];
    run(checking().args(everything).args(["--", "-D", "warnings"]))?;
    // Only tests may unwrap.
    let shipped = ["clippy", "--workspace", "--lib", "--bins", "--all-features"];
    run(checking().args(shipped).args(["--", "-D", "warnings", "-D", "clippy::unwrap_used"]))
}

fn alone() -> Result {
    let check = ["check", "--no-default-features", "-p"];
    run(checking().args(check).arg("incrdir-naming"))?;
    run(checking().args(check).arg("incrdir-vfs"))?;
    run(checking().args(check).args(["incrdir-vfs", "--features", "mem"]))
}

fn all_tests() -> Result {
    tests::tests()?;
    for example in ["job_queue", "atomic_write"] {
        let program = target().join("debug/examples").join(example);
        output(&mut command(&program.to_string_lossy()))?;
    }
    Ok(())
}

fn fuzz() -> Result {
    let mut check = checking();
    // Nothing is linked, so the fuzzer itself, which is C++, need not be built.
    check.env("CUSTOM_LIBFUZZER_PATH", target().join("check/libFuzzer.a"));
    run(check.args(["check", "--quiet", "--manifest-path", "fuzz/Cargo.toml"]))
}
