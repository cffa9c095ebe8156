//! `incrdir remote keygen`: a key to sign with.

use std::process::ExitCode;

use super::args::KeygenArgs;
use super::key;
use crate::failure::Failure;
use crate::output;

pub(super) fn keygen(args: &KeygenArgs) -> Result<ExitCode, Failure> {
    let public = key::make(&args.file)?;
    output::print_lines(&[public.to_string()])?;
    Ok(ExitCode::SUCCESS)
}
