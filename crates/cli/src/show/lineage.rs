//! Where a session comes from: its source, the source of that, and so on, as far as they are there.

use std::collections::BTreeSet;

use incrdir_naming::{EntryName, SessionName};
use incrdir_record::{Origin, Record};
use incrdir_session::{Unit, read_record, vfs_name};
use incrdir_vfs::{CapVfs, Vfs};

use super::document::SourceShown;
use crate::failure::Failure;
use crate::json;
use crate::peek::peek;
use crate::place::Place;

/// How many sources are shown. Records are written by whoever may write into the cache.
const MAX_SOURCES: usize = 100;

/// The sources of a session of the unit that has this origin, the nearest first.
pub(super) fn lineage(place: &Place, unit: &str, origin: Option<&Origin>) -> Vec<SourceShown> {
    let mut sources = Vec::new();
    let mut met = BTreeSet::new();
    let mut unit = unit.to_string();
    let mut next = origin.cloned();
    while let Some(Origin { source: Some(session), unit: other, .. }) = next {
        unit = other.map_or(unit, |other| other.to_string());
        if sources.len() == MAX_SOURCES || !met.insert((unit.clone(), session)) {
            break;
        }
        let (state, record) = look(place, &unit, session).unwrap_or(("gone", None));
        let record = record.unwrap_or_default();
        sources.push(SourceShown {
            unit: unit.clone(),
            name: session.to_string(),
            state,
            created: json::time(session.key.timestamp().to_system_time()),
            program: record.head.map(|head| head.program),
        });
        next = record.origin;
    }
    sources
}

/// What became of a source, and its record, if that can be read.
fn look(
    place: &Place,
    unit: &str,
    session: SessionName,
) -> Result<(&'static str, Option<Record>), Failure> {
    let Some(unit) = Unit::open(&place.vfs, &place.root, &unit.parse()?)? else {
        return Ok(("gone", None));
    };
    let key = session.key;
    for (entry, state) in
        [(session.into(), "published"), (EntryName::Quarantined(key), "quarantined")]
    {
        if unit.vfs().stat(unit.dir(), &vfs_name(entry)).is_ok() {
            return Ok((state, record(&unit, entry)));
        }
    }
    Ok(("gone", None))
}

fn record(unit: &Unit<CapVfs>, entry: EntryName) -> Option<Record> {
    let lock = peek(unit, entry, true).ok()?.lock?;
    let record = read_record(&lock).ok();
    let _ = lock.release();
    record
}
