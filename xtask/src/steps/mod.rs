//! Steps of `cargo xtask ci`: what is done, and when.

#[cfg(unix)]
mod at_once;

use crate::here::{HERE, why_not};
use crate::shell::Result;

#[cfg(unix)]
pub(crate) use at_once::run_all;

/// What is done, and when.
#[derive(Clone, Copy)]
pub(crate) struct Step {
    pub(crate) name: &'static str,
    /// What must have passed before it begins.
    pub(crate) after: Option<&'static str>,
    pub(crate) work: fn() -> Result,
}

/// Does the work of one step, in the process that was started for it.
pub(crate) fn run_here(steps: &[Step], name: &str) -> Result {
    let step = steps.iter().find(|step| step.name == name);
    let step = step.ok_or_else(|| format!("there is no step `{name}`"))?;
    if let Some(why) = why_not(name, HERE) {
        println!("NOT RUN: {name} ({why})");
        return Ok(());
    }
    let done = (step.work)();
    // What it took on a machine that has other work to do says nothing.
    if let Some(seconds) = processor_time() {
        println!("{seconds:.1} s of processor time");
    }
    done
}

/// Of this process and all that it has waited for, in seconds, where the kernel tells.
fn processor_time() -> Option<f64> {
    const TICKS_A_SECOND: f64 = 100.0;
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // Behind the name, which may have anything in it: the state, ten other things, and four times.
    let (_, behind) = stat.rsplit_once(')')?;
    let times = behind.split_whitespace().skip(11).take(4);
    Some(times.filter_map(|time| time.parse::<f64>().ok()).sum::<f64>() / TICKS_A_SECOND)
}

/// Runs all of them, one after the other, where processes have no groups.
#[cfg(not(unix))]
pub(crate) fn run_all(steps: &[Step]) -> Result {
    let mut passed = Vec::new();
    for step in steps {
        if let Some(first) = step.after.filter(|first| !passed.contains(first)) {
            return Err(format!("{} comes after {first}, and stands before it", step.name).into());
        }
        println!("== {}", step.name);
        run_here(steps, step.name).map_err(|error| format!("{}: {error}", step.name))?;
        passed.push(step.name);
    }
    Ok(())
}
