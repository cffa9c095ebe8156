//! `incrdir gc`: collects any number of roots, and prints what happened.
//!
//! `args` says what there is to say and makes the policy of it, `gather` finds the roots, `document` says what a pass did, `targets` what
//! cargo knows of what is left, and `table` prints that for people.

mod args;
mod document;
mod gather;
mod reason;
mod table;
mod targets;

use std::ops::ControlFlow;
use std::process::ExitCode;
use std::time::SystemTime;

use incrdir_gc::{CARGO_LOCKS, EmptyUnits, Mode, Operated, Place as Part, Policy, operate};
use incrdir_vfs::{CapVfs, Name};

use crate::args::Format;
use crate::config::Config;
use crate::failure::{Failure, INTERRUPTED};
use crate::json;
use crate::output::{self, say};
use crate::place::Place;
use crate::progress::Progress;
use crate::screen;
use crate::signals::stop_on_interrupt;
use crate::styled::Line;

pub(crate) use args::GcArgs;

/// Exit status of options that do not go together.
const USAGE: u8 = 2;

/// Exit status with `--expect` where there is no unit.
pub(crate) const NOTHING: u8 = 3;

pub(crate) fn gc(args: &GcArgs) -> Result<ExitCode, Failure> {
    let stop = stop_on_interrupt(INTERRUPTED)?;
    let chosen = match args.policy(&Config::load()?) {
        Ok(chosen) => chosen,
        Err(why) => {
            say(why);
            return Ok(ExitCode::from(USAGE));
        }
    };
    let progress = Progress::new();
    let gathered = gather::gather(args, &stop);
    let mode = if args.dry_run { Mode::DryRun } else { Mode::Collect };
    let operated = match &gathered {
        Ok(below) if !below.interrupted => collect(&below.places, &chosen.policy, mode, &progress),
        _ => Operated::default(),
    };
    progress.end();
    let below = gathered?;
    let mut document = document::document(args, &chosen, &below, operated);
    if args.recursive && !document.interrupted {
        let turn = chosen.policy.limits.max_age.unwrap_or(targets::USUAL_TURN);
        document.targets = targets::targets(&below.places, turn);
    }
    match args.format {
        Format::Json => json::print(&document)?,
        Format::Table => {
            let targets = targets::table(&document.targets, SystemTime::now());
            let mut lines: Vec<_> = targets.into_iter().map(Line::from).collect();
            lines.extend(table::table(&document, args.all, screen::width()));
            output::print_styled(&lines)?;
        }
    }
    for note in document::notes(&document) {
        say(note);
    }
    let is_in_vain = document.units.is_empty() && document.failed == 0 && !document.interrupted;
    if is_in_vain {
        gather::in_vain(args, below.directories).iter().for_each(say);
    }
    Ok(match (document.interrupted, document.failed, is_in_vain && args.expect) {
        (true, ..) => ExitCode::from(INTERRUPTED),
        (false, 0, true) => ExitCode::from(NOTHING),
        (false, 0, false) => ExitCode::SUCCESS,
        (false, ..) => ExitCode::FAILURE,
    })
}

fn collect(places: &[Place], policy: &Policy, mode: Mode, progress: &Progress) -> Operated {
    let Some(Place { vfs, .. }) = places.first() else { return Operated::default() };
    let locks: Vec<Name> = CARGO_LOCKS.iter().filter_map(|name| Name::new(*name).ok()).collect();
    let parts: Vec<Part<'_, CapVfs>> = places
        .iter()
        .map(|place| {
            let part = Part::new(&place.root).units(place.units.clone());
            part.empty(empty_units(place, &locks))
        })
        .collect();
    operate(vfs, &parts, policy, mode, &mut |_, unit, outcome| {
        progress.say(unit, &outcome.entry);
        // A collection looks itself whether it was stopped.
        ControlFlow::Continue(())
    })
}

/// What may be done with an empty unit depends on who might be about to begin a session in it.
fn empty_units<'a>(place: &'a Place, locks: &'a [Name]) -> EmptyUnits<'a, CapVfs> {
    match &place.profile {
        Some(profile) => EmptyUnits::Under(&profile.dir, locks),
        None if place.is_ours() => EmptyUnits::Remove,
        None => EmptyUnits::Keep,
    }
}
