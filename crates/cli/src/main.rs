//! `incrdir`: run any program in a session of an on-disk cache.
//!
//! `run` is in `run.rs` (with `child.rs` for the program itself, `signals.rs`, and `at` for what it sees where), `ls` in `ls.rs`, `gc` in `gc/`,
//! `verify` in `verify.rs`, `doctor` in `doctor`, `remote` in `remote/`, `pin` and `unpin` in `pin.rs`; what they share is how a path leads to units (`place/`), how things are said
//! (`words.rs`) and how they are written (`output.rs`, `visible.rs`).
#![deny(clippy::print_stdout, clippy::print_stderr)]
#![expect(clippy::disallowed_methods, reason = "the command lives in the real world")]

mod args;
mod at;
mod child;
mod completions;
mod config;
mod diff;
mod doctor;
mod du;
mod failure;
mod gc;
mod json;
mod listing;
mod log;
mod ls;
mod man;
mod output;
mod peek;
mod pin;
mod place;
mod progress;
mod remote;
mod report;
mod restore;
mod root;
mod run;
mod screen;
mod session_path;
mod show;
mod signals;
mod start_args;
mod stats;
mod styled;
mod table;
mod tally;
mod trees;
mod unit_id;
mod usage;
mod values;
mod verify;
mod visible;
mod words;

use std::process::ExitCode;

use args::Command;

fn main() -> ExitCode {
    if let Some(code) = at::become_program() {
        return code;
    }
    if let Some(code) = doctor::become_witness() {
        return code;
    }
    signals::outlive_file_size_limits();
    match args::parse() {
        Ok(Command::Run(args)) => run::run(&args),
        Ok(Command::Ls(args)) => ls::ls(&args).unwrap_or_else(report::failure),
        Ok(Command::Gc(args)) => gc::gc(&args).unwrap_or_else(report::failure),
        Ok(Command::Verify(args)) => verify::verify(&args).unwrap_or_else(report::failure),
        Ok(Command::Show(args)) => show::show(&args).unwrap_or_else(report::failure),
        Ok(Command::Diff(args)) => diff::diff(&args),
        Ok(Command::Restore(args)) => restore::restore(&args).unwrap_or_else(report::failure),
        Ok(Command::Stats(args)) => stats::stats(&args).unwrap_or_else(report::failure),
        Ok(Command::Du(args)) => du::du(&args).unwrap_or_else(report::failure),
        Ok(Command::Pin(args)) => pin::pin(&args).unwrap_or_else(report::failure),
        Ok(Command::Unpin(args)) => pin::unpin(&args).unwrap_or_else(report::failure),
        Ok(Command::Remote(args)) => remote::remote(&args).unwrap_or_else(report::failure),
        Ok(Command::Config(args)) => config::config(&args).unwrap_or_else(report::failure),
        Ok(Command::Completions(wanted)) => {
            completions::completions(&wanted, args::command()).unwrap_or_else(report::failure)
        }
        Ok(Command::Man(wanted)) => {
            man::man(&wanted, args::command()).unwrap_or_else(report::failure)
        }
        Ok(Command::Doctor(args)) => doctor::doctor(&args).unwrap_or_else(report::failure),
        Err(code) => code,
    }
}
