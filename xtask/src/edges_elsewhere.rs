//! What needs the tools of Linux, on a system that is not even Unix.

use crate::here::{HERE, why_not};
use crate::shell::Result;

fn not_run() -> Result {
    let why = why_not("edges", HERE).unwrap_or("it is for Unix");
    println!("NOT RUN: {why}");
    Ok(())
}

pub(crate) fn edges(_words: &[&str]) -> Result {
    not_run()
}

pub(crate) fn machine(_options: &[&str]) -> Result {
    not_run()
}

pub(crate) fn storms(_sessions: &str, _words: &[&str]) -> Result {
    not_run()
}
