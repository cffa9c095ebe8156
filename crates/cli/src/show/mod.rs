//! `incrdir show`: all that is known of one session.

mod document;
mod gather;
mod lineage;
mod text;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::ValueHint;

use crate::args::Format;
use crate::failure::Failure;
use crate::output::{self, say};
use crate::{json, session_path};

const HELP: &str = "\
The beginning of a session's name does, as far as only one session has it: `show root/unit/s-hf1`, or `show root s-hf1`. The directory of a unit stands for its \
newest published session.

Shown are the record of the session (who began it, when and how, and what it took over), where it comes from, as far as the sessions before it are still there, its largest \
files, and whether it is what its record says, unless that would take reading more than 64 MiB. Nothing is written, and only shared locks are taken. The record of a session that is being \
written cannot be read.

Exit status: 0, 1 if there is no such session or something could not be read, 2 for a usage error.

Example: incrdir show target/debug/incremental/app-0l5si3gacvbvl

The JSON document is described in crates/cli/README.md in the repository.";

#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct ShowArgs {
    /// The directory of a session, or of a unit; with SESSION a unit or a root
    #[arg(value_hint = ValueHint::DirPath)]
    path: PathBuf,
    /// The name of a session, or the beginning of it
    session: Option<String>,
    /// How many of the largest files to list
    #[arg(long, short = 'n', value_name = "N", default_value = "10")]
    largest: usize,
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

pub(crate) fn show(args: &ShowArgs) -> Result<ExitCode, Failure> {
    let meant = session_path::find(&args.path, args.session.as_deref())?;
    let document = gather::gather(&meant, args.largest)?;
    let printed = match args.format {
        Format::Json => json::print(&document),
        Format::Table => output::print_styled(&text::text(&document)),
    };
    document.errors.iter().for_each(say);
    printed?;
    Ok(if document.errors.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
