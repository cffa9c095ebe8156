//! `incrdir gc`: collects a root or a unit, and prints what happened to each entry.

use std::ops::ControlFlow;
use std::process::ExitCode;

use incrdir_gc::{Collected, Disposal, Fate, Mode, Policy, Sweep, collect_watched, sweep};
use incrdir_naming::UnitName;
use incrdir_session::{Retention, Unit, measure, vfs_name};
use incrdir_vfs::{CapVfs, Vfs};

use crate::args::{Format, GcArgs};
use crate::failure::{Failure, chain};
use crate::json::{self, Gc, GcEntry, GcUnit};
use crate::output::{self, say};
use crate::place::{self, Place};
pub(crate) use crate::progress::Progress;
use crate::signals::stop_on_interrupt;
use crate::words;

/// Failures of one unit that are printed: a tree that cannot be deleted has many.
const MAX_FAILURES: usize = 10;

pub(crate) const INTERRUPTED: u8 = 130;

pub(crate) fn gc(args: &GcArgs) -> Result<ExitCode, Failure> {
    let stop = stop_on_interrupt(INTERRUPTED)?;
    let place = place::open(&args.path, args.unit.as_deref())?.stopped_by(&stop);
    let policy = Policy::default()
        .retention(Retention::keep(args.keep))
        .grace(args.grace)
        .quarantine(args.quarantine);
    let mode = if args.dry_run { Mode::DryRun } else { Mode::Collect };
    let progress = Progress::new();
    let swept = collect(&place, &policy, mode, &mut |unit, outcome| {
        progress.say(unit, &outcome.entry);
        // A collection looks itself whether it was stopped.
        ControlFlow::Continue(())
    });
    progress.end();
    let swept = swept?;
    for error in &swept.listing_errors {
        say(format_args!("cannot list `{}`: {error}", place.vfs.path(&place.root).display()));
    }
    let document = document(args, &place, swept);
    match args.format {
        Format::Json => json::print(&document)?,
        Format::Table => output::print_lines(&table(&document))?,
    }
    Ok(match (document.interrupted, document.failed) {
        (true, _) => ExitCode::from(INTERRUPTED),
        (false, 0) => ExitCode::SUCCESS,
        (false, _) => ExitCode::FAILURE,
    })
}

/// Sweeps the root, or collects the units that were asked for.
fn collect(
    place: &Place,
    policy: &Policy,
    mode: Mode,
    watch: &mut dyn FnMut(&UnitName, &Disposal) -> ControlFlow<()>,
) -> Result<Sweep, Failure> {
    let (vfs, root) = (&place.vfs, &place.root);
    let Some(units) = &place.units else { return Ok(sweep(vfs, root, policy, mode, watch)?) };
    let mut swept = Sweep::default();
    for name in units {
        let Some(unit) = Unit::open(vfs, root, name)? else { continue };
        let report = collect_watched(&unit, policy, mode, &mut |outcome| watch(name, outcome));
        swept.interrupted |= report.as_ref().is_ok_and(|report| report.interrupted);
        swept.units.push((name.clone(), report));
        if swept.interrupted {
            break;
        }
    }
    Ok(swept)
}

fn document(args: &GcArgs, place: &Place, swept: Sweep) -> Gc {
    let (format, version) = Gc::FORMAT;
    let mut document = Gc {
        format,
        version,
        root: place.vfs.path(&place.root).to_string_lossy().into_owned(),
        dry_run: args.dry_run,
        keep: args.keep.get(),
        grace_seconds: args.grace.max(incrdir_gc::MIN_GRACE).as_secs_f64(),
        units: Vec::new(),
        foreign: swept.foreign.iter().map(ToString::to_string).collect(),
        removed: 0,
        bytes: 0,
        failed: swept.listing_errors.len(),
        interrupted: swept.interrupted,
    };
    for (name, report) in swept.units {
        match report {
            Ok(report) => {
                document.removed += report.removed();
                document.bytes = document.bytes.saturating_add(report.bytes());
                document.failed += report.failures().count() + report.listing_errors.len();
                document.units.push(unit(place, &name, report));
            }
            Err(error) => {
                document.failed += 1;
                document.units.push(GcUnit {
                    unit: name.to_string(),
                    entries: Vec::new(),
                    foreign: Vec::new(),
                    errors: vec![chain(&error)],
                });
            }
        }
    }
    document
}

fn unit(place: &Place, name: &UnitName, report: Collected) -> GcUnit {
    for damaged in &report.damaged {
        say(words::damaged(damaged));
    }
    let opened = Unit::open(&place.vfs, &place.root, name).ok().flatten();
    GcUnit {
        unit: name.to_string(),
        entries: report
            .disposals
            .into_iter()
            .map(|outcome| entry(opened.as_ref(), outcome))
            .collect(),
        foreign: report.foreign.iter().map(ToString::to_string).collect(),
        errors: report.listing_errors.iter().map(|error| format!("cannot list: {error}")).collect(),
    }
}

fn entry(unit: Option<&Unit<CapVfs>>, outcome: Disposal) -> GcEntry {
    let (fate, reason) = match &outcome.fate {
        Fate::Removed(why) => ("removed", why.to_string()),
        Fate::Kept(why) => ("kept", why.to_string()),
        Fate::Left(why) => ("left", why.to_string()),
        Fate::Failed(error) => ("failed", chain(error)),
    };
    let bytes = match outcome.fate {
        Fate::Removed(_) => Some(outcome.bytes),
        Fate::Kept(_) | Fate::Left(_) | Fate::Failed(_) => unit
            .and_then(|unit| measure(unit.vfs(), unit.dir(), &vfs_name(outcome.entry)).ok())
            .map(|size| size.bytes),
    };
    GcEntry { name: outcome.entry.to_string(), fate, reason, bytes }
}

fn table(document: &Gc) -> Vec<String> {
    let mut lines = Vec::new();
    for unit in &document.units {
        lines.push(unit.unit.clone());
        lines.extend(unit_table(unit, document.dry_run));
    }
    lines.push(format!(
        "{}{} {} ({}){}, {} foreign{}",
        if document.interrupted { "interrupted: " } else { "" },
        if document.dry_run { "would remove" } else { "removed" },
        document.removed,
        words::bytes(document.bytes),
        if document.failed > 0 { format!(", {} failed", document.failed) } else { String::new() },
        document.foreign.len(),
        // One that failed or was interrupted may not have come to the first unit.
        words::no_unit(document.units.is_empty() && document.failed == 0 && !document.interrupted),
    ));
    lines
}

fn unit_table(unit: &GcUnit, is_dry_run: bool) -> Vec<String> {
    let mut rows = Vec::new();
    let mut failures = 0;
    for entry in &unit.entries {
        failures += usize::from(entry.fate == "failed");
        if entry.fate == "failed" && failures > MAX_FAILURES {
            continue;
        }
        let fate = match (entry.fate, is_dry_run) {
            ("removed", true) => "would remove",
            (fate, _) => fate,
        };
        rows.push(vec![
            format!("  {fate}"),
            entry.name.clone(),
            entry.bytes.map_or("-".into(), words::bytes),
            entry.reason.clone(),
        ]);
    }
    let mut lines = words::table(&rows);
    if failures > MAX_FAILURES {
        lines.push(format!("  and {} more that failed", failures - MAX_FAILURES));
    }
    lines.extend(unit.errors.iter().map(|error| format!("  {error}")));
    if !unit.foreign.is_empty() {
        lines.push(format!("  {} foreign, not touched", unit.foreign.len()));
    }
    lines
}
