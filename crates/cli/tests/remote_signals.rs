//! A store that does not answer, and pushes and pulls that are told to end.
#![cfg(all(target_os = "linux", feature = "cloud"))]
#![expect(clippy::disallowed_methods, reason = "a test lives in the real world")]

mod common;

use std::net::TcpListener;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use common::shared::Shared;
use common::stderr;

/// The run of a program with a store that accepts connections and never answers; SIGTERM comes when it waits for an answer.
fn stopped(shared: &Shared, options: &[&str], script: &str) -> Output {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut run = shared.command("root", options, script);
    run.env("AWS_ENDPOINT", format!("http://{}", server.local_addr().unwrap()));
    for (name, value) in [
        ("AWS_ALLOW_HTTP", "true"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "key"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
    ] {
        run.env(name, value);
    }
    let run = run.stderr(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let _connected = server.accept().unwrap();
    let start = Instant::now();
    let pid = run.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    let output = run.wait_with_output().unwrap();
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    assert_eq!(output.status.code(), Some(143), "{}", stderr(&output));
    output
}

#[test]
fn a_pull_that_is_told_to_end_does_not_run_the_program() {
    let shared = Shared::new();
    let output = stopped(&shared, &["--pull", "s3://bucket/prefix"], "touch ran");
    let says = stderr(&output);
    assert!(says.contains("interrupted by signal 15 before CMD was started"), "{says}");
    assert!(!shared.path("ran").exists());
}

#[test]
fn a_push_that_is_told_to_end_leaves_the_session_published() {
    let shared = Shared::new();
    let report = ["--push", "s3://bucket/prefix", "--report", "report.json"];
    let output = stopped(&shared, &report, "echo built >{session}/state");
    let says = stderr(&output);
    assert!(says.contains("; published s-"), "{says}");
    assert!(says.contains("is published here, but not pushed: interrupted by signal 15"), "{says}");
    assert_eq!(shared.report()["push"]["pushed"], false);
    let next = shared.run("root", &[], "cat {session}/state");
    assert_eq!(common::stdout(&next), "built\n");
}

#[test]
fn a_store_that_is_down_does_not_hold_the_build_up_for_long() {
    let shared = Shared::new();
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", server.local_addr().unwrap());
    drop(server);
    let start = Instant::now();
    let mut run = shared.command("root", &["--pull", "s3://bucket/prefix"], "echo built");
    let run = run.env("AWS_ENDPOINT", endpoint).env("AWS_ALLOW_HTTP", "true");
    let run = run.env("AWS_ACCESS_KEY_ID", "key").env("AWS_SECRET_ACCESS_KEY", "secret");
    let output = run.output().unwrap();
    assert_eq!(common::stdout(&output), "built\n", "{}", stderr(&output));
    assert!(
        stderr(&output).contains("nothing pulled, and the build goes on"),
        "{}",
        stderr(&output)
    );
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}
