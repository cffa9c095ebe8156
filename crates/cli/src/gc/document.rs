//! What a collection did, for both ways of printing it.

use incrdir_gc::{Collected, Disposal, Fate, MIN_GRACE, Operated, Why};
use incrdir_naming::UnitName;
use incrdir_session::{Unit, measure, vfs_name};
use incrdir_vfs::CapVfs;

use super::args::{Chosen, GcArgs};
use super::reason::rule;
use crate::args::Format;
use crate::failure::chain;
use crate::json::{self, Gc, GcEntry, GcUnit};
use crate::output::say;
use crate::place::{Below, Place};
use crate::words;

pub(super) fn document(args: &GcArgs, chosen: &Chosen, below: &Below, operated: Operated) -> Gc {
    let (format, version) = Gc::FORMAT;
    let limits = chosen.policy.limits;
    let roots: Vec<_> = below.places.iter().map(path_of).collect();
    let mut document = Gc {
        format,
        version,
        root: if roots.len() == 1 { roots.first().cloned() } else { None },
        roots,
        searched: args.recursive.then_some(below.directories),
        unsearched: below.failed + below.forbidden,
        mounts: below.mounts.iter().map(|path| path.to_string_lossy().into_owned()).collect(),
        dry_run: args.dry_run,
        read_only: below.places.iter().filter(|place| place.is_read_only()).map(path_of).collect(),
        keep: chosen.keep,
        max_age_seconds: limits.max_age.map(|age| age.as_secs_f64()),
        max_bytes: limits.max_bytes,
        grace_seconds: chosen.policy.grace.max(MIN_GRACE).as_secs_f64(),
        units: Vec::new(),
        foreign: Vec::new(),
        removed: 0,
        bytes: 0,
        emptied: 0,
        over_bytes: operated.over_bytes,
        lacking_bytes: operated.lacking_space,
        targets: Vec::new(),
        failed: below.failed + operated.unknown.len(),
        interrupted: below.interrupted || operated.interrupted,
    };
    for error in &operated.unknown {
        say(chain(error));
    }
    for (place, swept) in below.places.iter().zip(operated.roots) {
        let swept = match swept {
            Ok(swept) => swept,
            Err(error) => {
                say(chain(&error));
                document.failed += 1;
                continue;
            }
        };
        for error in &swept.listing_errors {
            say(format_args!("cannot list `{}`: {error}", place.path().display()));
        }
        document.failed += swept.listing_errors.len();
        let is_only = below.places.len() == 1;
        document.foreign.extend(swept.foreign.iter().map(|name| match is_only {
            true => name.to_string(),
            false => place.path().join(name).to_string_lossy().into_owned(),
        }));
        for (name, report) in swept.units {
            match report {
                Ok(report) => {
                    document.removed += report.removed();
                    document.bytes = document.bytes.saturating_add(report.bytes());
                    document.emptied += usize::from(report.emptied);
                    document.failed += report.failures().count() + report.listing_errors.len();
                    let measures = args.all || args.format == Format::Json;
                    document.units.push(unit(place, &name, report, measures));
                }
                Err(error) => {
                    document.failed += 1;
                    document.units.push(GcUnit {
                        unit: name.to_string(),
                        root: path_of(place),
                        last_use: None,
                        emptied: false,
                        entries: Vec::new(),
                        foreign: Vec::new(),
                        errors: vec![chain(&error)],
                    });
                }
            }
        }
    }
    document
}

fn path_of(place: &Place) -> String {
    place.path().to_string_lossy().into_owned()
}

fn unit(place: &Place, name: &UnitName, report: Collected, measures: bool) -> GcUnit {
    for damaged in &report.damaged {
        say(words::damaged(damaged));
    }
    let opened = measures.then(|| Unit::open(&place.vfs, &place.root, name).ok().flatten());
    let opened = opened.flatten();
    GcUnit {
        unit: name.to_string(),
        root: path_of(place),
        last_use: report.last_use.map(json::time),
        emptied: report.emptied,
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
    let (fate, reason, why) = match &outcome.fate {
        Fate::Removed(why) => ("removed", why.to_string(), Some(*why)),
        Fate::Kept(why) => ("kept", why.to_string(), Some(*why)),
        Fate::Left(why) => ("left", why.to_string(), Some(*why)),
        Fate::Failed(error) => ("failed", chain(error), None),
    };
    let bytes = match outcome.fate {
        Fate::Removed(_) => Some(outcome.bytes),
        Fate::Kept(_) | Fate::Left(_) | Fate::Failed(_) => unit
            .and_then(|unit| measure(unit.vfs(), unit.dir(), &vfs_name(outcome.entry)).ok())
            .map(|size| size.bytes),
    };
    let owner = match why {
        Some(Why::OwnedBy(user)) => Some(user),
        _ => None,
    };
    GcEntry {
        name: outcome.entry.to_string(),
        fate,
        reason,
        rule: why.and_then(rule),
        owner,
        bytes,
    }
}

/// What is to be said of a pass beside what happened to each entry.
pub(super) fn notes(document: &Gc) -> Vec<String> {
    let mut notes = Vec::new();
    let entries = || document.units.iter().flat_map(|unit| &unit.entries);
    let mut owners: Vec<u32> = entries().filter_map(|entry| entry.owner).collect();
    let count = owners.len() as u64;
    owners.sort_unstable();
    owners.dedup();
    if let [first, others @ ..] = owners.as_slice() {
        let more = if others.is_empty() { "" } else { " and other users" };
        notes.push(format!(
            "{} cannot be deleted, because {} to {}{more}; collect as that user, or change the owner with chown",
            words::count_of(count, "entry", "entries"),
            if count == 1 { "it belongs" } else { "they belong" },
            words::user(*first),
        ));
    }
    if let [first, others @ ..] = document.read_only.as_slice() {
        let more = match others.len() {
            0 => String::new(),
            more => format!(" and {}", words::count_of(more as u64, "other root", "other roots")),
        };
        notes.push(format!(
            "nothing can be deleted in `{first}`{more}, because the file system is mounted read-only"
        ));
    }
    if document.over_bytes > 0 {
        notes.push(format!(
            "{} more than --max-size {}; what stays is in use, pinned, another user's or cannot be deleted (--all tells)",
            words::bytes(document.over_bytes),
            if document.dry_run { "would be left" } else { "is left" },
        ));
    }
    if document.lacking_bytes > 0 {
        notes.push(format!(
            "{} less {} free than --free asks for; what stays is in use, pinned, another user's or cannot be deleted (--all tells), or what was deleted is not free yet or shares its blocks",
            words::bytes(document.lacking_bytes),
            if document.dry_run { "would be" } else { "is" },
        ));
    }
    notes
}
