//! Reads the records of one unit.

use std::time::{Duration, SystemTime};

use incrdir_naming::{EntryName, SessionName, UnitName};
use incrdir_record::{List, Origin, SeedMode, Whole};
use incrdir_session::{Unit, last_use, read_with_list};
use incrdir_vfs::CapVfs;

use super::document::{Counts, UnitStats};
use crate::failure::{Failure, chain};
use crate::json;
use crate::listing::parts;
use crate::peek::{Peeked, entries_of, peek};
use crate::place::Place;
use crate::words;

/// From the beginning of sessions to their publication.
#[derive(Default)]
struct Times {
    warm: Vec<Duration>,
    cold: Vec<Duration>,
}

/// What the records of a unit tell. `None`: it is gone.
pub(super) fn unit(
    place: &Place,
    name: &UnitName,
    watch: &mut dyn FnMut(EntryName),
) -> Result<Option<UnitStats>, Failure> {
    let Some(unit) = Unit::open(&place.vfs, &place.root, name)? else { return Ok(None) };
    let catalog = unit.list()?;
    let mut stats = UnitStats { unit: name.to_string(), ..UnitStats::default() };
    stats.errors.extend(catalog.errors.iter().map(|error| chain(error)));
    stats.last_use = last_use(&unit, &catalog, SystemTime::now())?.map(json::time);
    let is_quarantined = |entry: &&EntryName| matches!(entry, EntryName::Quarantined(_));
    stats.counts.quarantined = catalog.quarantined.iter().filter(is_quarantined).count() as u64;
    let mut times = Times::default();
    for (key, found) in &catalog.sessions {
        for entry in entries_of(*key, found) {
            let EntryName::Session(session) = entry else { continue };
            watch(entry);
            if let Err(failure) = add(&unit, session, found.lock, &mut stats.counts, &mut times) {
                stats.errors.push(chain(&*failure));
            }
        }
    }
    stats.warm_seconds = median(times.warm);
    stats.cold_seconds = median(times.cold);
    Ok(Some(stats))
}

fn add(
    unit: &Unit<CapVfs>,
    session: SessionName,
    has_lock: bool,
    counts: &mut Counts,
    times: &mut Times,
) -> Result<(), Failure> {
    counts.sessions += 1;
    let peeked = peek(unit, session.into(), has_lock).inspect_err(|_| counts.unreadable += 1);
    let Peeked { lock, in_use, .. } = peeked?;
    let Some(lock) = lock else {
        counts.busy += u64::from(in_use == Some(true));
        return Ok(());
    };
    let read = read_with_list(&lock);
    let _ = lock.release();
    let Whole { record, list, .. } = read.map_err(|error| {
        counts.unreadable += 1;
        let path = unit.path().join(session.to_string());
        format!("cannot read the record of `{}`: {error}", path.display())
    })?;
    // What waits has not been begun by anybody yet.
    let origin = record.origin.filter(|_| record.waiting.is_none());
    let Some(origin) = origin else { return Ok(()) };
    counts.recorded += 1;
    begun(&origin, counts);
    let Some(list) = list.filter(|list| session.is_published() && list.is_of(session)) else {
        return Ok(());
    };
    let parts = parts(&list);
    counts.taken_over.add_all(parts.taken_over);
    counts.written.add_all(parts.written);
    let took = took(session, &list);
    match origin.source {
        Some(_) => times.warm.extend(took),
        None => times.cold.extend(took),
    }
    Ok(())
}

/// How a session was begun.
fn begun(origin: &Origin, counts: &mut Counts) {
    *counts.seeds.entry(words::lower(origin.mode)).or_default() += 1;
    let cold = &mut counts.cold;
    match (origin.source, origin.mode, origin.since_cold) {
        (Some(_), ..) => {
            counts.warm += 1;
            counts.from_other_units += u64::from(origin.unit.is_some());
        }
        (None, SeedMode::None, _) => cold.asked_for += 1,
        (None, _, Some(0)) => cold.none_usable += 1,
        (None, ..) => cold.nothing_there += 1,
    }
}

/// `None` if the clock was set back meanwhile.
fn took(session: SessionName, list: &List) -> Option<Duration> {
    list.written().duration_since(session.key.timestamp().to_system_time()).ok()
}

fn median(mut times: Vec<Duration>) -> Option<f64> {
    times.sort_unstable();
    times.get(times.len() / 2).map(Duration::as_secs_f64)
}
