//! `incrdir du`: what caches really take, and what sessions share.

mod count;
mod document;
mod table;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{ValueEnum, ValueHint};

use crate::args::Format;
use crate::failure::{Failure, chain};
use crate::output::{self, say_few};
use crate::{json, screen};
use count::Count;

const HELP: &str = "\
Counts what `du` counts: blocks, of directories and lock files too, and each file once, however many sessions and units have it and whatever PATHs are given. \
SHARED is the part of a unit's SIZE that several of its sessions have, and OWN the part that would be free if the unit were deleted. Space that clones share \
counts for each of them, because no system call reports it.

Nothing is locked or written. Foreign entries, which have a name that neither incrdir nor rustc gives, are not counted.

Exit status: 0, 1 if something could not be read, 2 for a usage error.

Example: incrdir du target/debug/incremental ~/.cache/mytool

The JSON document is described in crates/cli/README.md in the repository.";

#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct DuArgs {
    /// Roots, or directories of units
    #[arg(required = true, value_name = "PATH", value_hint = ValueHint::DirPath)]
    paths: Vec<PathBuf>,
    /// By what to sort; the largest first
    #[arg(long, value_enum, default_value_t = Sort::Size)]
    sort: Sort,
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

/// By what units are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Sort {
    /// The largest first
    Size,
    /// By their names
    Name,
}

pub(crate) fn du(args: &DuArgs) -> Result<ExitCode, Failure> {
    let mut count = Count::default();
    for path in &args.paths {
        if let Err(failure) = count.path(path) {
            count.errors.push(chain(&*failure));
        }
    }
    let mut document = count.document();
    match args.sort {
        Sort::Size => document.units.sort_by_key(|unit| std::cmp::Reverse(unit.bytes)),
        Sort::Name => document.units.sort_by(|one, other| one.unit.cmp(&other.unit)),
    }
    let printed = match args.format {
        Format::Json => json::print(&document),
        Format::Table => output::print_styled(&table::table(&document, screen::width())),
    };
    say_few(&document.errors, "all");
    printed?;
    Ok(if document.errors.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
