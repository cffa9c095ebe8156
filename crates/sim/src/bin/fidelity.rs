//! `fidelity DIR HISTORIES [SEED]`: random histories on the file system of DIR and in memory.

use std::path::Path;
use std::process::ExitCode;

use incrdir_sim::fidelity::compare;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (dir, histories, seed) = match &arguments[..] {
        [dir, histories] => (dir, histories.parse(), Ok(1)),
        [dir, histories, seed] => (dir, histories.parse(), seed.parse()),
        _ => {
            eprintln!("usage: fidelity DIR HISTORIES [SEED]");
            return ExitCode::FAILURE;
        }
    };
    let (Ok(histories), Ok(seed)) = (histories, seed) else {
        eprintln!("fidelity: HISTORIES and SEED are numbers");
        return ExitCode::FAILURE;
    };
    match compare(Path::new(dir), histories, seed) {
        Ok(()) => {
            println!("{histories} histories in {dir}: no difference");
            ExitCode::SUCCESS
        }
        Err(difference) => {
            println!("{difference}");
            ExitCode::FAILURE
        }
    }
}
