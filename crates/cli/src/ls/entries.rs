//! What is in a unit.

use std::collections::BTreeSet;
use std::time::SystemTime;

use incrdir_naming::EntryName;
use incrdir_record::Record;
use incrdir_session::{Catalog, Traces, Unit, last_use, read_pin, read_record, read_whole_record};
use incrdir_vfs::{CapVfs, FileKind};

use crate::failure::{Failure, chain};
use crate::json::{self, LsEntry, LsUnit, Pinned, Writer};
use crate::peek::{Peeked, entries_of, peek};
use crate::tally::{Settled, Tally};
use crate::trees::trees;

/// A unit, and where its sizes are counted.
pub(super) struct Looked {
    pub(super) unit: LsUnit,
    counted: Option<Counted>,
}

struct Counted {
    unit: usize,
    /// The place of each entry that has a size.
    places: Vec<Option<usize>>,
}

impl Looked {
    /// A unit that could not be looked at.
    pub(super) fn failed(name: String, failure: &Failure) -> Self {
        let mut unit = LsUnit::new(name);
        unit.errors.push(chain(&**failure));
        Self { unit, counted: None }
    }

    /// With the sizes, which are only known when everything was counted.
    pub(super) fn sized(self, settled: &Settled) -> LsUnit {
        let Self { mut unit, counted } = self;
        let Some(Counted { unit: of_unit, places }) = counted else { return unit };
        for (entry, place) in unit.entries.iter_mut().zip(places) {
            let amount = place.map(|place| settled.places[place]);
            entry.files = amount.map(|amount| amount.files);
            entry.bytes = amount.map(|amount| amount.bytes);
            entry.own_bytes = amount.map(|amount| amount.own);
        }
        let amount = settled.units[of_unit];
        (unit.bytes, unit.own_bytes) = (amount.bytes, amount.own);
        unit
    }
}

/// Looks at everything in a unit. `watch`: is told of each entry that is counted.
pub(super) fn look(
    unit: &Unit<CapVfs>,
    tally: &mut Tally,
    watch: &(dyn Fn(EntryName) + Sync),
) -> Result<Looked, Failure> {
    let catalog = unit.list()?;
    let mut listed = described(unit, &catalog);
    let mut names = Vec::new();
    let mut add = |name: EntryName, has_lock: bool| {
        if let Some(entry) = entry(unit, &catalog, name, has_lock, &mut listed.errors) {
            listed.entries.push(entry);
            names.push(name);
        }
    };
    for (key, found) in &catalog.sessions {
        for name in entries_of(*key, found) {
            add(name, found.lock);
        }
    }
    for key in &catalog.births {
        add(EntryName::Birth(*key), false);
    }
    for name in &catalog.tombstones {
        add(*name, false);
    }
    // The lock file of a quarantined session is shown as part of it.
    let is_there: BTreeSet<_> = catalog.quarantined.iter().copied().collect();
    for name in catalog.quarantined.iter().copied() {
        let Some(key) = name.key() else { continue };
        let is_session = matches!(name, EntryName::Quarantined(_));
        if is_session || !is_there.contains(&EntryName::Quarantined(key)) {
            let has_lock = is_there.contains(&EntryName::QuarantineLock(key));
            add(name, has_lock);
        }
    }
    let counted = count(unit, &names, tally, watch, &mut listed.errors);
    Ok(Looked { unit: listed, counted: Some(counted) })
}

/// What is known of a unit besides its entries.
fn described(unit: &Unit<CapVfs>, catalog: &Catalog) -> LsUnit {
    let mut listed = LsUnit::new(unit.name().to_string());
    listed.foreign = catalog.foreign.iter().map(ToString::to_string).collect();
    listed.foreign.sort();
    listed.errors = catalog.errors.iter().map(|error| chain(error)).collect();
    listed.sessions = catalog.sessions.values().map(count_of_sessions).sum();
    let newest = catalog.sessions.keys().next_back();
    listed.newest = newest.map(|key| json::time(key.timestamp().to_system_time()));
    match last_use(unit, catalog, SystemTime::now()) {
        Ok(used) => listed.last_use = used.map(json::time),
        Err(error) => listed.errors.push(chain(&error)),
    }
    listed.pin = pin(unit, catalog, EntryName::UnitPin, &mut listed.errors);
    listed
}

fn count_of_sessions(found: &Traces) -> usize {
    found.published.len() + usize::from(found.working)
}

/// A pin that is in force.
fn pin(
    unit: &Unit<CapVfs>,
    catalog: &Catalog,
    name: EntryName,
    errors: &mut Vec<String>,
) -> Option<Pinned> {
    if !catalog.pins.contains(&name) {
        return None;
    }
    match read_pin(unit, name) {
        Ok(pin) => pin.filter(|pin| !pin.is_over(SystemTime::now())).map(Pinned::new),
        Err(error) => {
            errors.push(chain(&error));
            None
        }
    }
}

fn entry(
    unit: &Unit<CapVfs>,
    catalog: &Catalog,
    name: EntryName,
    has_lock: bool,
    errors: &mut Vec<String>,
) -> Option<LsEntry> {
    let key = name.key()?;
    let Peeked { state, in_use, lock } = match peek(unit, name, has_lock) {
        Ok(peeked) => peeked,
        Err(error) => {
            errors.push(chain(&*error));
            Peeked::unreadable(name)
        }
    };
    let record = lock.as_ref().map(|lock| match name {
        // The reason is behind the list.
        EntryName::Quarantined(_) => read_whole_record(lock),
        _ => read_record(lock),
    });
    let record = match record.transpose() {
        Ok(record) => record.unwrap_or_default(),
        Err(error) => {
            let path = unit.path().join(EntryName::Lock(key).to_string());
            errors.push(format!("cannot read `{}`: {error}", path.display()));
            Record::default()
        }
    };
    if let Some(lock) = lock {
        let _ = lock.release();
    }
    let origin = record.origin;
    Some(LsEntry {
        name: name.to_string(),
        state,
        in_use,
        has_lock,
        created: json::time(key.timestamp().to_system_time()),
        files: None,
        bytes: None,
        own_bytes: None,
        writer: record.head.map(|head| Writer {
            program: head.program,
            pid: head.process.pid,
            host: head.process.host,
        }),
        source: origin.as_ref().and_then(|origin| origin.source).map(|source| source.to_string()),
        source_unit: origin.and_then(|origin| origin.unit).map(|unit| unit.to_string()),
        reason: record.reason,
        pin: pin(unit, catalog, EntryName::Pin(key), errors),
    })
}

/// Counts the files of the sessions. What has no directory, or could not be counted, has no size.
fn count(
    unit: &Unit<CapVfs>,
    names: &[EntryName],
    tally: &mut Tally,
    watch: &(dyn Fn(EntryName) + Sync),
    errors: &mut Vec<String>,
) -> Counted {
    let of_unit = tally.unit();
    let has_directory = |name: &EntryName| {
        !matches!(name, EntryName::Lock(_) | EntryName::Birth(_) | EntryName::QuarantineLock(_))
    };
    let directories: Vec<_> = names.iter().copied().filter(has_directory).collect();
    let mut trees =
        trees(unit, &directories, watch, |stat| stat.kind == FileKind::File).into_iter();
    let places = names.iter().map(|name| {
        let tree = has_directory(name).then(|| trees.next()).flatten()?;
        let is_counted = tree.errors.is_empty();
        errors.extend(tree.errors);
        let place = tally.place(Some(of_unit), tree.part);
        is_counted.then_some(place)
    });
    let places = places.collect();
    Counted { unit: of_unit, places }
}
