//! The workspace's tests, a few of their programs at the same time: many wait for clocks, signals and other processes, and `cargo test`
//! runs one program after the other.

use std::process::{Command, Output};
use std::time::{Duration, Instant};

use crate::at_once::{COMPUTE, at_once};
use crate::shell::{Result, cargo, output, run};
use crate::test_programs::{Count, Program, programs};

/// What is tested, whatever is asked of cargo.
const EVERYTHING: [&str; 3] = ["test", "--workspace", "--all-features"];

struct Ran {
    output: std::io::Result<Output>,
    took: Duration,
}

pub(crate) fn tests() -> Result {
    let programs = build()?;
    let count = programs.len();
    let failed = run_all(programs)?;
    if !failed.is_empty() {
        return Err(format!("of {count} test programs failed: {}", failed.join(", ")).into());
    }
    println!("{count} test programs passed");
    run(cargo().args(EVERYTHING).arg("--doc"))
}

/// Builds them, and with them all other programs of the workspace.
pub(crate) fn build_all() -> Result {
    build().map(|programs| println!("{} test programs", programs.len()))
}

/// What came of each program on this system.
pub(crate) fn counts() -> Result<Vec<(String, Count)>> {
    at_once(build()?, COMPUTE, |program| {
        let ran = run_one(&program);
        let passed = tell(&program, &ran);
        let printed = ran.output.map(|it| it.stdout).unwrap_or_default();
        let mut count = Count::of(&String::from_utf8_lossy(&printed));
        count.failed += usize::from(!passed && count.failed == 0);
        Ok((program.name, count))
    })
}

/// Builds all test programs, and says which they are.
fn build() -> Result<Vec<Program>> {
    let mut build = cargo();
    build.args(EVERYTHING).args(["--no-run", "--message-format", "json-render-diagnostics"]);
    build.stderr(std::process::Stdio::inherit());
    programs(&output(&mut build)?)
}

/// Runs them. Returns which failed.
fn run_all(programs: Vec<Program>) -> Result<Vec<String>> {
    let ran = at_once(programs, COMPUTE, |program| {
        let passed = tell(&program, &run_one(&program));
        Ok((!passed).then_some(program.name))
    })?;
    Ok(ran.into_iter().flatten().collect())
}

fn run_one(program: &Program) -> Ran {
    let start = Instant::now();
    let mut command = Command::new(&program.path);
    command.current_dir(&program.package).env("CARGO_MANIFEST_DIR", &program.package);
    let output = command.output();
    Ran { output, took: start.elapsed() }
}

/// Prints what came of one, and of one that failed, all that it has printed. Returns whether it passed.
fn tell(program: &Program, ran: &Ran) -> bool {
    let (name, seconds) = (&program.name, ran.took.as_secs_f64());
    let output = match &ran.output {
        Ok(output) => output,
        Err(error) => {
            println!("{name}: cannot run `{}`: {error}", program.path.display());
            return false;
        }
    };
    let told = String::from_utf8_lossy(&output.stdout);
    let passed = output.status.success();
    let result = told.lines().rfind(|line| line.starts_with("test result: "));
    println!("{seconds:6.1} s  {name}: {}", result.unwrap_or("no result"));
    if !passed {
        println!("{told}{}", String::from_utf8_lossy(&output.stderr));
    }
    passed
}
