//! The benchmark of `cargo xtask bench`: `bench FIELD DIR ROUNDS FILES/CHANGED[/BYTES[/DIRECTORIES]]...` prints a line
//! of JSON for each size and contender, `bench operator DIR ROUNDS NAMES INCRDIR`
//! a line for each program.

#[cfg(unix)]
mod measure;

#[cfg(unix)]
fn main() -> incrdir_sim::bench::Result<()> {
    measure::measure()
}

/// The calls that are measured beside ours are those of Unix.
#[cfg(not(unix))]
fn main() -> std::process::ExitCode {
    eprintln!("bench: measures on Unix only");
    std::process::ExitCode::FAILURE
}
