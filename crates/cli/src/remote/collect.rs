//! `incrdir remote collect`: what nobody needs any more, out of a store.

use std::process::ExitCode;
use std::sync::atomic::Ordering;

use incrdir_remote::{GRACE, StorePolicy};

use super::args::CollectArgs;
use super::document::{CollectDocument, CollectUnit};
use super::{list, store, table};
use crate::args::Format;
use crate::failure::{Failure, INTERRUPTED};
use crate::output::say;
use crate::progress::Progress;
use crate::signals::stop_on_interrupt;
use crate::{json, output, screen};

/// Exit status of an option that makes no sense.
const USAGE: u8 = 2;

pub(super) fn collect(args: &CollectArgs) -> Result<ExitCode, Failure> {
    let grace = args.grace.unwrap_or(GRACE);
    if grace < GRACE {
        say(
            "--grace can only be longer than 24h: a push that takes less than half of that relies on it",
        );
        return Ok(ExitCode::from(USAGE));
    }
    let stop = stop_on_interrupt(INTERRUPTED)?;
    let store = store::open(&args.url, &stop)?;
    let policy = StorePolicy::default()
        .keep(args.keep)
        .max_age(args.max_age)
        .max_percent(args.max_percent)
        .grace(grace)
        .dry_run(args.dry_run);
    let mut document = CollectDocument {
        format: "incrdir-remote-collect",
        version: 1,
        store: args.url.clone(),
        dry_run: args.dry_run,
        keep: args.keep.get(),
        max_age_seconds: args.max_age.map(|age| age.as_secs_f64()),
        max_percent: args.max_percent,
        grace_seconds: grace.as_secs_f64(),
        units: Vec::new(),
        leftover_files: 0,
        leftover_bytes: 0,
        error: None,
        failed: 0,
        interrupted: false,
    };
    let progress = Progress::new();
    let units = list::meant(&store, args.unit.as_deref());
    let units = match units {
        Err(_) if stop.load(Ordering::Relaxed) => return Ok(ExitCode::from(INTERRUPTED)),
        units => units?,
    };
    for unit in units {
        progress.say(&unit, &"");
        let name = unit.to_string();
        match incrdir_remote::collect(&store, &unit, &policy) {
            Ok(swept) => document.units.push(CollectUnit::new(name, swept)),
            Err(_) if stop.load(Ordering::Relaxed) => {
                document.interrupted = true;
                break;
            }
            Err(error) => {
                document.failed += 1;
                let error = Some(store::told(&error));
                document.units.push(CollectUnit { unit: name, error, ..CollectUnit::default() });
            }
        }
    }
    if !document.interrupted && args.unit.is_none() {
        match store.remove_leftovers(grace, args.dry_run) {
            Ok(left) => {
                (document.leftover_files, document.leftover_bytes) = (left.files, left.bytes);
            }
            Err(_) if stop.load(Ordering::Relaxed) => document.interrupted = true,
            Err(error) => document.error = Some(store::told(&error.into())),
        }
    }
    progress.end();
    match args.format {
        Format::Json => json::print(&document)?,
        Format::Table => output::print_styled(&table::collected(&document, screen::width()))?,
    }
    Ok(match (document.interrupted, document.failed, &document.error) {
        (true, ..) => ExitCode::from(INTERRUPTED),
        (false, 0, None) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}
