//! `cargo xtask ci`: exactly what CI runs, on every system. What cannot be done on one is in `here.rs`.

use std::time::Instant;

use crate::aside::Missing;
use crate::here::{HERE, System, why_not};
use crate::release::Outcome;
use crate::shell::{Result, cargo, has, run, top};
use crate::{edges, portable, powerloss, recipes, release, sim, syscalls, tests, tidy, windows};

pub(crate) fn ci() -> Result {
    step("format", || run(cargo().args(["fmt", "--all", "--check"])))?;
    step("lints", || {
        let everything = ["clippy", "--workspace", "--all-targets", "--all-features"];
        run(cargo().args(everything).args(["--", "-D", "warnings"]))?;
        // Only tests may unwrap.
        let shipped = ["clippy", "--workspace", "--lib", "--bins", "--all-features"];
        run(cargo().args(shipped).args(["--", "-D", "warnings", "-D", "clippy::unwrap_used"]))
    })?;
    step("each library alone", || {
        run(cargo().args(["check", "-p", "incrdir-naming", "--no-default-features"]))?;
        run(cargo().args(["check", "-p", "incrdir-vfs", "--no-default-features"]))?;
        run(cargo().args([
            "check",
            "-p",
            "incrdir-vfs",
            "--no-default-features",
            "--features",
            "mem",
        ]))
    })?;
    step("tests", || {
        tests::tests()?;
        let example = ["run", "--quiet", "-p", "incrdir-explore", "--example"];
        run(cargo().args(example).arg("job_queue"))?;
        run(cargo().args(example).arg("atomic_write"))
    })?;
    step("simulated world", || {
        // `sim short` and `sim power full` have what these leave out: docs/simulation.md says what that is.
        sim::sim(&["quick"])?;
        sim::sim(&["power"])?;
        sim::sim(&["seed"])?;
        sim::sim(&["harness"])
    })?;
    step("power loss", || powerloss::powerloss("3"))?;
    step("edges", || edges::edges(&[]))?;
    // The rest are commands of their own, so that this one takes less than 20 minutes on 2 busy cores.
    println!(
        "LEFT OUT: the other recipes (cargo xtask recipes), a machine in small (cargo xtask machine), \
         scenarios and storms under Wine (cargo xtask windows)"
    );
    step("recipes", || recipes::recipes(&["places", "cargo"]))?;
    if has("c++") || HERE != System::Linux {
        step("fuzz targets build", || {
            let mut check = cargo();
            check.env("CARGO_TARGET_DIR", top().join("target/fuzz"));
            run(check.args(["check", "--quiet", "--manifest-path", "fuzz/Cargo.toml"]))
        })?;
    } else {
        println!("NOT RUN: fuzz targets (there is no C++ compiler)");
    }
    step("docs", || {
        let mut doc = cargo();
        doc.args(["doc", "--workspace", "--all-features", "--no-deps"]);
        run(doc.env("RUSTDOCFLAGS", "-D warnings"))
    })?;
    step("portable", || portable::portable(Missing::Leave))?;
    // The rest of `cargo xtask windows`, scenarios and storms, is a command of its own.
    step("windows", windows::if_installed)?;
    step("tidy", tidy::tidy)?;
    step("dependencies", || {
        if let Outcome::NotRun(why) = release::dependencies()? {
            println!("NOT RUN: dependencies ({why})");
        }
        Ok(())
    })?;
    if has("strace") || HERE != System::Linux {
        step("system calls", syscalls::syscalls)?;
    } else {
        println!("NOT RUN: system calls (there is no strace)");
    }
    println!("ci: all passed");
    Ok(())
}

fn step(name: &str, work: impl FnOnce() -> Result) -> Result {
    if let Some(why) = why_not(name, HERE) {
        println!("NOT RUN: {name} ({why})");
        return Ok(());
    }
    println!("== {name}");
    let start = Instant::now();
    work().map_err(|error| format!("{name}: {error}"))?;
    println!("== {name}: passed in {:.1} s", start.elapsed().as_secs_f64());
    Ok(())
}
