//! Steps, two at the same time: each is a process of its own, and what it prints is shown as a whole when it ends; of one that
//! failed, at the end of all, where it is looked for.
//!
//! Nothing begins any more when a step has failed or an interrupt has come. What still runs then comes to its end after a failure,
//! and is ended, with all that it has started, by an interrupt.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use super::Step;
use crate::built::{BUILT, target};
use crate::shell::{Result, top};

/// One of them computes, mostly, while the other one waits for clocks, disks, or a compiler that has but one thing to compile.
const AT_ONCE: usize = 2;

/// How far all steps are.
struct Course<'a> {
    waiting: Vec<&'a Step>,
    /// By name. The leaders of groups of processes.
    running: BTreeMap<&'static str, Pid>,
    passed: Vec<&'static str>,
    /// With all that they printed.
    failed: Vec<(&'static str, Vec<u8>)>,
    /// By which signal.
    interrupted: Option<i32>,
}

/// Runs all of them, those that stand first as early as possible.
pub(crate) fn run_all(steps: &[Step]) -> Result {
    let waiting = steps.iter().collect();
    let (running, passed, failed) = (BTreeMap::new(), Vec::new(), Vec::new());
    let course = Course { waiting, running, passed, failed, interrupted: None };
    let (course, changed) = (Mutex::new(course), Condvar::new());
    let mut signals = signal_hook::iterator::Signals::new([1, 2, 15])?;
    let handle = signals.handle();
    thread::scope(|scope| {
        scope.spawn(|| signals.forever().for_each(|signal| interrupt(&course, &changed, signal)));
        let workers: Vec<_> =
            (0..AT_ONCE).map(|_| scope.spawn(|| work(&course, &changed))).collect();
        workers.into_iter().for_each(|worker| drop(worker.join()));
        handle.close();
    });
    let course = course.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut names = Vec::new();
    for (name, printed) in &course.failed {
        println!("== {name}");
        std::io::stdout().write_all(printed)?;
        names.push(*name);
    }
    if let Some(signal) = course.interrupted {
        return Err(format!("interrupted by signal {signal}").into());
    }
    if names.is_empty() { Ok(()) } else { Err(format!("failed: {}", names.join(", ")).into()) }
}

fn locked<'a, 'b>(course: &'a Mutex<Course<'b>>) -> MutexGuard<'a, Course<'b>> {
    course.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes one step after the other until none is left that can begin.
fn work(course: &Mutex<Course<'_>>, changed: &Condvar) {
    let mut now = locked(course);
    loop {
        if now.interrupted.is_some() || !now.failed.is_empty() || now.waiting.is_empty() {
            return;
        }
        let can_begin = |step: &&Step| step.after.is_none_or(|before| now.passed.contains(&before));
        let Some(place) = now.waiting.iter().position(can_begin) else {
            now = changed.wait(now).unwrap_or_else(PoisonError::into_inner);
            continue;
        };
        let step = now.waiting.remove(place);
        let start = Instant::now();
        // With the lock held: an interrupt finds it among those that run.
        let begun = begin(step.name);
        if let Ok((child, _)) = &begun {
            now.running.insert(step.name, Pid::from_child(child));
        }
        drop(now);
        let ended = begun.and_then(|(child, output)| end(child, output));
        now = locked(course);
        now.running.remove(step.name);
        match told(step.name, ended, start.elapsed()) {
            None => now.passed.push(step.name),
            Some(printed) => now.failed.push((step.name, printed)),
        }
        changed.notify_all();
    }
}

fn begin(step: &str) -> Result<(Child, File)> {
    let output = tempfile::tempfile()?;
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["ci", "--step", step]).current_dir(top()).stdin(Stdio::null());
    command.stdout(output.try_clone()?).stderr(output.try_clone()?);
    // A group of its own, so that it can be ended with all that it starts.
    command.process_group(0).env(BUILT, target().join("debug"));
    println!("-- {step}");
    Ok((command.spawn()?, output))
}

/// Waits for it, and returns whether it passed and what it printed.
fn end(mut child: Child, mut output: File) -> Result<(bool, Vec<u8>)> {
    let status = child.wait()?;
    let mut printed = Vec::new();
    output.rewind()?;
    output.read_to_end(&mut printed)?;
    Ok((status.success(), printed))
}

/// Prints what came of one; what it printed only if it passed. Otherwise that is returned.
fn told(step: &str, ended: Result<(bool, Vec<u8>)>, took: Duration) -> Option<Vec<u8>> {
    let (has_passed, printed) =
        ended.unwrap_or_else(|error| (false, format!("{error}\n").into_bytes()));
    let seconds = took.as_secs_f64();
    if !has_passed {
        println!("== {step}: FAILED in {seconds:.1} s");
        return Some(printed);
    }
    println!("== {step}");
    let _ = std::io::stdout().write_all(&printed);
    println!("== {step}: passed in {seconds:.1} s");
    None
}

fn interrupt(course: &Mutex<Course<'_>>, changed: &Condvar, signal: i32) {
    let mut now = locked(course);
    now.interrupted = Some(signal);
    for leader in now.running.values() {
        let _ = kill_process_group(*leader, Signal::TERM);
    }
    changed.notify_all();
}
