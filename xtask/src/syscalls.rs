//! `cargo xtask syscalls`: what a session really costs, call by call.
//!
//! A program (`syscalls` of `incrdir-sim`) writes a mark before each phase; strace shows what lies between
//! the marks.

use std::collections::BTreeMap;

use crate::built::optimised;
use crate::shell::{Result, command, output};

/// Calls that a session may take, over and above one for each file if they are linked, and none if it is made
/// out of the spare.
const BUDGET: usize = 65;
/// And for each sub-directory that is made: nine (to open and close two, look at both and at the attributes of one, make one
/// and set its time), and five to list it and its attributes for the record.
const PER_DIRECTORY: usize = 14;
/// And for each of the spare's that is compared and is the same: a look by begin and one by publish. Where that tells nothing
/// (old kernels, some file systems) it is listed with its attributes by both: five calls each.
const PER_PAIR: usize = 10;
/// And if it was filled before: its lock is taken twice, to look and to have it.
const TAKING: usize = 5;
/// And for each directory of that: a look by begin and one by publish, and to be opened where it has directories in it.
const PER_DIRECTORY_TAKEN: usize = 2;
const PHASES: [&str; 4] = ["begin", "publish", "collect", "end"];

type Counts = BTreeMap<String, usize>;

pub(crate) fn syscalls() -> Result {
    // Where nothing is optimised, the standard library asks of each descriptor that it closes whether it is open.
    let program = optimised("incrdir-sim", "syscalls")?.to_string_lossy().into_owned();
    for (files, directories) in [(0, 0), (100, 0), (1000, 0), (100, 100)] {
        measure(&program, files, directories)?;
    }
    Ok(())
}

fn measure(program: &str, files: usize, directories: usize) -> Result {
    let tmp = tempfile::tempdir()?;
    let trace = tmp.path().join("trace").to_string_lossy().into_owned();
    let cache = tmp.path().join("cache").to_string_lossy().into_owned();
    std::fs::create_dir(&cache)?;
    let (n, m) = (files.to_string(), directories.to_string());
    output(command(program).args(["setup", &cache, &n, &m]))?;
    let linked = files + directories;
    println!("{files} files at the top, {directories} sub-directories with one each");
    let kinds = [
        ("run", linked, PER_DIRECTORY),
        ("recycle", 0, PER_PAIR),
        ("warm", TAKING, PER_DIRECTORY_TAKEN),
    ];
    for (what, unchanged, each) in kinds {
        let traced = if what == "warm" {
            output(command(program).args([what, &cache]))?;
            "recycle"
        } else {
            what
        };
        output(command("strace").args(["-f", "-o", &trace, program, traced, &cache]))?;
        println!(" {what}");
        let phases = count(&std::fs::read_to_string(&trace)?);
        check(&phases, unchanged + BUDGET + each * directories)?;
    }
    Ok(())
}

fn check(phases: &[(&'static str, Counts)], allowed: usize) -> Result {
    let mut total = 0;
    for (phase, counts) in phases {
        let calls: usize = counts.values().sum();
        total += calls;
        let detail: Vec<_> = counts.iter().map(|(call, count)| format!("{call} {count}")).collect();
        println!("  {phase:8} {calls:5}: {}", detail.join(", "));
    }
    println!("  {:8} {total:5} of {allowed} allowed", "total");
    if phases.len() != PHASES.len() - 1 || total == 0 {
        return Err("the trace does not show the phases".into());
    }
    if total > allowed {
        return Err(format!("{total} calls, {allowed} allowed").into());
    }
    Ok(())
}

/// Calls by phase and name. The several calls that one listing of a directory takes count as one.
fn count(trace: &str) -> Vec<(&'static str, Counts)> {
    let mut phases: Vec<(&'static str, Counts)> = Vec::new();
    for line in trace.lines() {
        // `PID call(arguments) = result`
        let Some((call, arguments)) =
            line.split_once(' ').and_then(|(_, call)| call.trim_start().split_once('('))
        else {
            continue;
        };
        if call == "write"
            && let Some(phase) =
                PHASES.iter().find(|phase| arguments.contains(&format!("MARK {phase}")))
        {
            phases.push((phase, Counts::new()));
            continue;
        }
        let Some((_, counts)) = phases.last_mut() else { continue };
        if call == "lseek" {
            // Sets a directory back to its beginning: part of the listing that follows.
            continue;
        }
        if call == "getdents64" {
            // Read until it is empty: the last call of each directory returns 0.
            if line.trim_end().ends_with("= 0") {
                *counts.entry("list".into()).or_default() += 1;
            }
        } else if is_file_system(call) {
            *counts.entry(call.into()).or_default() += 1;
        }
    }
    phases.pop_if(|(phase, _)| *phase == "end");
    phases
}

fn is_file_system(call: &str) -> bool {
    const OTHER: [&str; 12] = [
        "mmap",
        "munmap",
        "mremap",
        "brk",
        "madvise",
        "mprotect",
        "futex",
        "getrandom",
        "getpid",
        "uname",
        "rt_sigprocmask",
        "sigaltstack",
    ];
    !OTHER.contains(&call) && !call.starts_with("exit") && !call.starts_with("clock_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_counted_between_marks_and_a_directory_once() {
        let trace = "\
1 openat(3, \"before\") = 4
1 write(2, \"MARK begin\\n\", 11) = 11
1 openat(3, \"a\") = 4
1 lseek(4, 0, SEEK_SET) = 0
1 getdents64(4, 0x1, 32768) = 4096
1 getdents64(4, 0x1, 32768) = 0
1 mmap(NULL) = 0
1 write(2, \"MARK publish\\n\", 13) = 13
1 renameat2(3, \"a\", 3, \"b\") = 0
1 write(2, \"MARK end\\n\", 9) = 9
1 close(3) = 0
";
        let counts = |calls: &[(&str, usize)]| -> Counts {
            calls.iter().map(|(call, count)| ((*call).into(), *count)).collect()
        };
        assert_eq!(
            count(trace),
            [
                ("begin", counts(&[("list", 1), ("openat", 1)])),
                ("publish", counts(&[("renameat2", 1)]))
            ]
        );
    }
}
