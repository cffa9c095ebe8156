//! `incrdir ls`: lists units and sessions without disturbing other processes.

mod entries;
mod sort;
mod table;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use clap::ValueHint;
use incrdir_naming::UnitName;
use incrdir_session::Unit;

use crate::args::Format;
use crate::failure::Failure;
use crate::gc::NOTHING;
use crate::json::{self, Ls};
use crate::output::{self, say, say_few};
use crate::place::{self, Below, Place};
use crate::progress::Progress;
use crate::screen;
use crate::tally::Tally;
use entries::{Looked, look};
pub(crate) use sort::Sort;

const HELP: &str = "\
Prints one line for each unit. SIZE is the disk space that it uses, each file once, and OWN the part of it that would be free if the unit were \
deleted. Space that clones share counts for each of them, because no system call reports it. AGE is that of the newest session, and USED how long ago \
somebody last began from the unit or read it, to the hour. With --long, the same of each session.

On a terminal that is too narrow, names are cut and columns left out. The beginning of a name does for `incrdir show`.

Foreign entries have a name that neither incrdir nor rustc gives. They are counted and never touched.

Exit status: 0, 1 if something could not be read, 2 for a usage error, 3 with --expect if there is no unit.

Example: incrdir ls target/debug/incremental --sort size

States and the JSON document are described in crates/cli/README.md in the repository.";

#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct LsArgs {
    /// A root, the directory of one unit, or a project, target or profile of cargo's
    #[arg(value_hint = ValueHint::DirPath)]
    path: PathBuf,
    /// List all roots below PATH
    #[arg(long, short)]
    recursive: bool,
    /// Fail if there is no unit
    #[arg(long)]
    expect: bool,
    /// List the sessions of each unit
    #[arg(long, short)]
    long: bool,
    /// By what to sort; the largest or oldest first
    #[arg(long, value_enum, default_value_t = Sort::Name)]
    sort: Sort,
    /// Only this unit: the name of its directory, with or without the id
    #[arg(long, value_name = "NAME")]
    unit: Option<String>,
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

pub(crate) fn ls(args: &LsArgs) -> Result<ExitCode, Failure> {
    let below = match args.recursive {
        true => {
            let never = Arc::new(AtomicBool::new(false));
            place::below(std::slice::from_ref(&args.path), false, &never)
        }
        false => {
            let places = place::open_all(&args.path, args.unit.as_deref())?;
            Below { places, ..Below::default() }
        }
    };
    let is_only = below.places.len() == 1;
    let mut document = Ls::new(below.places.iter().map(|place| shown(place.path())).collect());
    let mut tally = Tally::default();
    let mut looked = Vec::new();
    let progress = Progress::new();
    for place in &below.places {
        let (units, foreign) = units_of(place, args)?;
        document.foreign.extend(foreign.into_iter().map(|name| match is_only {
            true => name,
            false => shown(&place.path().join(name)),
        }));
        for name in units {
            let watch = |entry| progress.say(&name, &entry);
            let found = match Unit::open(&place.vfs, &place.root, &name) {
                Ok(Some(unit)) => look(&unit, &mut tally, &watch),
                Ok(None) => continue,
                Err(error) => Err(error.into()),
            };
            let mut found = found.unwrap_or_else(|why| Looked::failed(name.to_string(), &why));
            found.unit.root = shown(place.path());
            looked.push(found);
        }
    }
    progress.end();
    let settled = tally.settle();
    document.bytes = settled.all.bytes;
    document.units = looked.into_iter().map(|looked| looked.sized(&settled)).collect();
    args.sort.apply(&mut document.units);
    let printed = match args.format {
        Format::Json => json::print(&document),
        Format::Table => output::print_styled(&table::table(&document, args.long, screen::width())),
    };
    for unit in &document.units {
        say_few(&unit.errors, &unit.unit);
    }
    printed?;
    if document.units.is_empty() {
        say(match args.recursive {
            true => place::no_unit_below(std::slice::from_ref(&args.path), below.directories),
            false => place::no_unit_in(&args.path),
        });
    }
    let is_read = document.units.iter().all(|unit| unit.errors.is_empty()) && below.failed == 0;
    Ok(match (is_read, document.units.is_empty() && args.expect) {
        (false, _) => ExitCode::FAILURE,
        (true, true) => ExitCode::from(NOTHING),
        (true, false) => ExitCode::SUCCESS,
    })
}

/// The units of a place that were asked for, and what else is there.
fn units_of(place: &Place, args: &LsArgs) -> Result<(Vec<UnitName>, Vec<String>), Failure> {
    let (mut units, foreign) = match &place.units {
        Some(units) => (units.clone(), Vec::new()),
        None => place::units(&place.vfs, &place.root)?,
    };
    if let Some(asked) = &args.unit {
        units.retain(|unit| place::is_meant(unit, asked));
    }
    Ok((units, foreign))
}

fn shown(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
