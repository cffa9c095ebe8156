//! `incrdir verify`: compares published sessions with their records.

use std::process::ExitCode;
use std::sync::atomic::Ordering;

use incrdir_naming::SessionName;
use incrdir_session::{
    Accepted, Distrust, Inspection, Quarantine, Scrutiny, Unit, accept_moved, inspect, quarantine,
};
use incrdir_vfs::CapVfs;

use crate::args::{Format, VerifyArgs};
use crate::failure::{Failure, INTERRUPTED, chain};
use crate::json::{self, Verify, VerifySession};
use crate::output::{self, say};
use crate::progress::Progress;
use crate::signals::stop_on_interrupt;
use crate::{place, words};

pub(crate) fn verify(args: &VerifyArgs) -> Result<ExitCode, Failure> {
    let stop = stop_on_interrupt(INTERRUPTED)?;
    let places = place::open_all(&args.path, args.unit.as_deref())?;
    let places: Vec<_> = places.into_iter().map(|place| place.stopped_by(&stop)).collect();
    let mut units = Vec::new();
    for place in &places {
        let names = match &place.units {
            Some(units) => units.clone(),
            None => place::units(&place.vfs, &place.root)?.0,
        };
        units.extend(names.into_iter().map(|name| (place, name)));
    }
    let (format, version) = Verify::FORMAT;
    let mut document = Verify {
        format,
        version,
        root: match places.as_slice() {
            [place] => place.path().to_string_lossy().into_owned(),
            _ => args.path.canonicalize()?.to_string_lossy().into_owned(),
        },
        digests: args.digests,
        units: units.len(),
        sessions: Vec::new(),
        errors: Vec::new(),
        sound: 0,
        damaged: 0,
        unrecorded: 0,
        unknown: 0,
        interrupted: false,
    };
    let progress = Progress::new();
    'units: for (place, name) in units {
        let listed = Unit::open(&place.vfs, &place.root, &name)
            .and_then(|unit| unit.map(|unit| Ok((unit.list()?, unit))).transpose());
        let (catalog, unit) = match listed {
            Ok(Some(found)) => found,
            Ok(None) => continue,
            Err(error) => {
                document.errors.push(chain(&error));
                continue;
            }
        };
        document.errors.extend(catalog.errors.iter().map(|error| chain(error)));
        for session in catalog.published() {
            if stop.load(Ordering::Relaxed) {
                document.interrupted = true;
                break 'units;
            }
            progress.say(&name, &session);
            let verified = verify_session(&unit, session, args);
            if stop.load(Ordering::Relaxed) {
                // What was cut short says nothing.
                document.interrupted = true;
                break 'units;
            }
            match verified.verdict {
                "sound" | "sound (moved)" | "accepted" => document.sound += 1,
                "no record" => document.unrecorded += 1,
                "unknown" => document.unknown += 1,
                _ => document.damaged += 1,
            }
            document.sessions.push(verified);
        }
    }
    progress.end();
    let printed = match args.format {
        Format::Json => json::print(&document),
        Format::Table => output::print_lines(&table(&document)),
    };
    if args.format == Format::Table {
        document.errors.iter().for_each(say);
    }
    printed?;
    if document.units == 0 {
        say(place::no_unit_in(&args.path));
    }
    let is_good = document.damaged + document.unknown + document.errors.len() == 0;
    Ok(match (document.interrupted, is_good) {
        (true, _) => ExitCode::from(INTERRUPTED),
        (false, true) => ExitCode::SUCCESS,
        (false, false) => ExitCode::FAILURE,
    })
}

/// Said with --digests.
const NO_DIGESTS: &str =
    "contents not compared, because no digests were recorded (`run --digests`)";

fn verify_session(unit: &Unit<CapVfs>, session: SessionName, args: &VerifyArgs) -> VerifySession {
    let scrutiny = if args.digests { Scrutiny::Digests } else { Scrutiny::Attributes };
    let (verdict, reason, entries) = match inspect(unit, session, scrutiny) {
        Inspection::Sound(sound) => {
            let verdict = if sound.is_moved { "sound (moved)" } else { "sound" };
            let extra = words::extra(&sound.extra);
            let blind = args.digests && sound.digests == 0 && sound.entries > 0;
            let blind = blind.then(|| NO_DIGESTS.to_string());
            let reasons: Vec<_> = blind.into_iter().chain(extra).collect();
            let reason = (!reasons.is_empty()).then(|| reasons.join("; "));
            (verdict, reason, Some(sound.entries))
        }
        Inspection::Unrecorded => ("no record", None, None),
        Inspection::Unavailable(why) => ("unknown", Some(chain(&why)), None),
        Inspection::Distrusted(why) if why.is_damage() => {
            let (verdict, reason) = damaged(unit, session, scrutiny, &why, args.quarantine);
            (verdict, Some(reason), None)
        }
        Inspection::Distrusted(why @ Distrust::Moved { .. }) if args.accept_moved => {
            accepted(unit, session, &why)
        }
        Inspection::Distrusted(why) => ("unknown", Some(chain(&why)), None),
    };
    VerifySession {
        unit: unit.name().to_string(),
        name: session.to_string(),
        verdict,
        reason,
        entries,
    }
}

/// Records a copy as it is, because the user asked for it.
fn accepted(
    unit: &Unit<CapVfs>,
    session: SessionName,
    why: &Distrust,
) -> (&'static str, Option<String>, Option<u64>) {
    match accept_moved(unit, session) {
        Ok(Accepted::Done(entries)) => ("accepted", None, Some(entries)),
        Ok(Accepted::Busy) => ("unknown", Some(format!("{}; it is in use", chain(why))), None),
        Ok(Accepted::Unrecorded) => ("no record", None, None),
        Ok(Accepted::Gone) => ("unknown", Some("collected meanwhile".into()), None),
        Err(error) => ("unknown", Some(chain(&error)), None),
    }
}

fn damaged(
    unit: &Unit<CapVfs>,
    session: SessionName,
    scrutiny: Scrutiny,
    why: &Distrust,
    puts_away: bool,
) -> (&'static str, String) {
    let why = chain(why);
    if !puts_away {
        return ("damaged", why);
    }
    match quarantine(unit, session, scrutiny) {
        Quarantine::Done(name) => ("quarantined", format!("{why}; now {name}")),
        quarantine => ("damaged", format!("{why}; {}", words::put_away(&quarantine))),
    }
}

fn table(document: &Verify) -> Vec<String> {
    let mut lines = Vec::new();
    let mut unit = "";
    let mut rows = Vec::new();
    for session in &document.sessions {
        if session.unit != unit {
            lines.extend(words::table(&std::mem::take(&mut rows)));
            lines.push(session.unit.clone());
            unit = &session.unit;
        }
        rows.push(vec![
            format!("  {}", session.verdict),
            session.name.clone(),
            match (&session.reason, session.entries) {
                (reason, Some(entries)) => {
                    let entries = words::count_of(entries, "entry", "entries");
                    reason.iter().fold(entries, |entries, reason| format!("{entries}, {reason}"))
                }
                (Some(reason), None) => reason.clone(),
                (None, None) => "nothing to compare it with".into(),
            },
        ]);
    }
    lines.extend(words::table(&rows));
    lines.push(format!(
        "{}{} sound, {} damaged, {} unknown, {} without a record{}",
        if document.interrupted { "interrupted: " } else { "" },
        document.sound,
        document.damaged,
        document.unknown,
        document.unrecorded,
        match document.errors.len() {
            0 => String::new(),
            errors => format!(", {errors} cannot be read"),
        },
    ));
    lines
}
