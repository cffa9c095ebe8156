//! `cargo xtask remote`: the suite and the storms of `incrdir-remote` against a store that speaks S3.
//!
//! 1. The test program is built, and the server installed below target/ from PyPI.
//! 2. This program starts itself again in a network of its own, where that can be had.
//! 3. There it starts the server, runs the tests, and stops the server.

mod memory;
mod server;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::shell::{Result, cargo, command, output};
use crate::test_programs::{Count, programs};

pub(crate) use memory::memory;
use server::Server;

/// Sessions of each of the eight writers of a storm.
const SESSIONS: &str = "100";
/// What this program calls itself with.
const INSIDE: &str = "inside";

pub(crate) fn remote(words: &[&str]) -> Result {
    match words {
        [] => outside(SESSIONS),
        ["memory"] => memory(),
        [INSIDE, program, server, sessions] => inside(program.as_ref(), server.as_ref(), sessions),
        [sessions] if sessions.parse::<usize>().is_ok() => outside(sessions),
        _ => Err(format!("cargo xtask remote {}: no such words", words.join(" ")).into()),
    }
}

fn outside(sessions: &str) -> Result {
    let server = match server::install() {
        Ok(server) => server,
        Err(why) => {
            println!("NOT RUN: remote ({why})");
            return Ok(());
        }
    };
    let program = build()?;
    let this = std::env::current_exe()?;
    let words = ["remote".as_ref(), INSIDE.as_ref(), program.as_os_str(), server.as_os_str()];
    let mut again = match has_own_network() {
        true => {
            println!("in a network of its own");
            let mut unshare = command("unshare");
            let up = "ip link set lo up && exec \"$@\"";
            unshare.args(["-rn", "sh", "-c", up, "sh"]).arg(this);
            unshare
        }
        false => {
            println!("on loopback: no network of its own can be had");
            Command::new(this)
        }
    };
    crate::shell::run(again.args(words).arg(sessions))
}

fn build() -> Result<PathBuf> {
    let mut build = cargo();
    build.args(["test", "-p", "incrdir-remote", "--features", "s3", "--test", "suite", "--no-run"]);
    build.args(["--message-format", "json-render-diagnostics"]);
    let built = programs(&output(build.stderr(std::process::Stdio::inherit()))?)?;
    built.into_iter().next().map(|program| program.path).ok_or_else(|| "it was not built".into())
}

fn has_own_network() -> bool {
    let tried = command("unshare").args(["-rn", "ip", "link", "set", "lo", "up"]).output();
    tried.is_ok_and(|tried| tried.status.success())
}

fn inside(program: &Path, server: &Path, sessions: &str) -> Result {
    let server = Server::start(server)?;
    let mut count = Count::default();
    let everything_else = ["--skip", "storm::", "--test-threads", "2"];
    count.add(tests(program, &server, sessions, &everything_else)?);
    for storm in ["storm::in_the_given_store", "storm::in_a_directory"] {
        count.add(tests(program, &server, sessions, &[storm, "--exact", "--nocapture"])?);
    }
    println!("remote: {count}");
    match count.failed {
        0 => Ok(()),
        failed => Err(format!("{failed} tests failed").into()),
    }
}

/// Runs some of the tests, and prints what came of them.
fn tests(program: &Path, server: &Server, sessions: &str, words: &[&str]) -> Result<Count> {
    let mut tests = command(&program.to_string_lossy());
    tests.args(words).envs(server.environment()).env("INCRDIR_STORM_SESSIONS", sessions);
    let Output { status, stdout, stderr } = tests.output()?;
    let told = String::from_utf8_lossy(&stdout);
    let is_long = |line: &&str| !(line.starts_with("test ") && line.ends_with(" ok"));
    told.lines().filter(is_long).for_each(|line| println!("{line}"));
    let mut count = Count::of(&told);
    if !status.success() {
        println!("{}", String::from_utf8_lossy(&stderr));
        count.failed = count.failed.max(1);
    }
    Ok(count)
}
