//! A storm: real processes run sessions on one unit and are killed at random moments.
//!
//! `storm drive DIR SESSIONS SECONDS [operators]` runs one; the other roles are what it starts.

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use incrdir_session::SeedMode;
use incrdir_sim::storm::{Plan, collector, drive, evictor, pinner, reader, unit_pinner, worker};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("storm: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[&str]) -> Result<ExitCode, Box<dyn Error>> {
    match arguments {
        ["worker", seed, units, root, log] => {
            let seed = match *seed {
                "link" => SeedMode::Link,
                "copy" => SeedMode::Copy,
                _ => SeedMode::Auto,
            };
            worker(units.parse()?, Path::new(root), Path::new(log), seed)?;
        }
        ["drive", dir, sessions, seconds, rest @ ..] if matches!(rest, [] | ["operators"]) => {
            let dir = tempfile::Builder::new().prefix("storm-").tempdir_in(dir)?;
            let plan = Plan {
                sessions: sessions.parse()?,
                time_limit: Duration::from_secs(seconds.parse()?),
                workers: 8,
                has_operators: !rest.is_empty(),
                dir: dir.path().into(),
            };
            let outcome = drive(&std::env::current_exe()?, &plan)?;
            println!("{outcome:#?}");
            if !outcome.violations.is_empty() {
                println!("kept for inspection: {}", dir.keep().display());
                return Ok(ExitCode::FAILURE);
            }
        }
        [role, units, root, log] => {
            let (units, root, log) = (units.parse()?, Path::new(root), Path::new(log));
            match *role {
                "collector" => collector(units, root, log)?,
                "reader" => reader(units, root, log)?,
                "evictor" => evictor(units, root, log)?,
                "pinner" => pinner(units, root, log)?,
                "unit-pinner" => unit_pinner(units, root, log)?,
                other => return Err(format!("there is no role {other}").into()),
            }
        }
        _ => return Err("usage: storm drive DIR SESSIONS SECONDS [operators]".into()),
    }
    Ok(ExitCode::SUCCESS)
}
