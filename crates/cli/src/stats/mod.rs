//! `incrdir stats`: what the records that are there tell of how sessions were begun.

mod document;
mod gather;
mod table;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::ValueHint;

use crate::args::Format;
use crate::failure::{Failure, chain};
use crate::output::{self, say, say_few};
use crate::place::{self, Place};
use crate::progress::Progress;
use crate::{json, screen};
use document::{Stats, UnitStats};

const HELP: &str = "\
Reads the records of the sessions that are still there: of those that were collected nothing is left, so this is no history. WARM sessions started from another one, COLD ones did not. TAKEN OVER and \
WRITTEN are the lengths of the files that published sessions got from their source, and of those that were written in them. What cannot be proven to be the source's counts as written.

TOOK is the median of the times from the beginning of a session to its publication, the run of the program included, warm and cold. How long a program would have taken otherwise is not recorded.

A cold start has one of three reasons: there was nothing, it was asked for, or there were sessions that could not be used. Why those could not be used is not recorded; what was quarantined has its reason \
(`incrdir ls -l`).

Exit status: 0, 1 if something could not be read, 2 for a usage error.

Example: incrdir stats ~/.cache/mytool

The JSON document is described in crates/cli/README.md in the repository.";

#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct StatsArgs {
    /// A root, the directory of one unit, or a project, target or profile of cargo's
    #[arg(value_hint = ValueHint::DirPath)]
    path: PathBuf,
    /// Only this unit: the name of its directory, with or without the id
    #[arg(long, value_name = "NAME")]
    unit: Option<String>,
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

pub(crate) fn stats(args: &StatsArgs) -> Result<ExitCode, Failure> {
    let places = place::open_all(&args.path, args.unit.as_deref())?;
    let shown = |place: &Place| place.path().to_string_lossy().into_owned();
    let mut document = Stats::new(places.iter().map(shown).collect());
    let progress = Progress::new();
    for place in &places {
        let units = match &place.units {
            Some(units) => units.clone(),
            None => place::units(&place.vfs, &place.root)?.0,
        };
        for name in units {
            let watch = &mut |entry| progress.say(&name, &entry);
            let mut unit = match gather::unit(place, &name, watch) {
                Ok(Some(unit)) => unit,
                Ok(None) => continue,
                Err(failure) => {
                    let (unit, errors) = (name.to_string(), vec![chain(&*failure)]);
                    UnitStats { unit, errors, ..UnitStats::default() }
                }
            };
            unit.root = shown(place);
            document.units.push(unit);
        }
    }
    progress.end();
    document.sum_up();
    let printed = match args.format {
        Format::Json => json::print(&document),
        Format::Table => output::print_styled(&table::table(&document, screen::width())),
    };
    for unit in &document.units {
        say_few(&unit.errors, &unit.unit);
    }
    printed?;
    if document.units.is_empty() {
        say(place::no_unit_in(&args.path));
    }
    let is_read = document.units.iter().all(|unit| unit.errors.is_empty());
    Ok(if is_read { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
