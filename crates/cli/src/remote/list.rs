//! `incrdir remote ls`: what a store has.

use std::process::ExitCode;
use std::sync::atomic::Ordering;
use std::time::SystemTime;

use incrdir_naming::UnitName;
use incrdir_remote::{Objects, units};

use super::args::{LsArgs, url};
use super::document::{LsDocument, LsUnit};
use super::{store, table};
use crate::args::Format;
use crate::config::Config;
use crate::failure::{Failure, INTERRUPTED};
use crate::place::is_meant;
use crate::progress::Progress;
use crate::signals::stop_on_interrupt;
use crate::{json, output, screen};

pub(super) fn list(args: &LsArgs) -> Result<ExitCode, Failure> {
    let stop = stop_on_interrupt(INTERRUPTED)?;
    let given = args.url.as_ref();
    let set = if given.is_none() { Config::load()?.pull.value() } else { None };
    let url = url(given, set, "INCRDIR_PULL")?;
    let store = store::open(&url, &stop)?;
    let progress = Progress::new();
    let listed = shelves(&store, args.unit.as_deref());
    progress.end();
    let units = match listed {
        Err(_) if stop.load(Ordering::Relaxed) => return Ok(ExitCode::from(INTERRUPTED)),
        listed => listed?,
    };
    let document = LsDocument { format: "incrdir-remote-ls", version: 1, store: url, units };
    match args.format {
        Format::Json => json::print(&document)?,
        Format::Table => {
            output::print_styled(&table::listed(&document, SystemTime::now(), screen::width()))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn shelves(store: &Objects, asked: Option<&str>) -> Result<Vec<LsUnit>, Failure> {
    let shelf = |unit: UnitName| {
        let shelf = incrdir_remote::list(store, &unit).map_err(|error| store::told(&error))?;
        Ok(LsUnit::new(unit.to_string(), shelf))
    };
    meant(store, asked)?.into_iter().map(shelf).collect()
}

/// The units of a store that are meant.
pub(super) fn meant(store: &Objects, asked: Option<&str>) -> Result<Vec<UnitName>, Failure> {
    let mut found = units(store).map_err(|error| store::told(&error))?;
    if let Some(asked) = asked {
        found.retain(|unit| is_meant(unit, asked));
        if found.is_empty() {
            return Err(format!(
                "there is no unit `{asked}` in the store; `incrdir remote ls` lists those there are"
            )
            .into());
        }
    }
    Ok(found)
}
