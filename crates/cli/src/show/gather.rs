//! Looks at one session.

use std::time::SystemTime;

use incrdir_lockfs::Lock;
use incrdir_naming::EntryName;
use incrdir_record::{List, Record, Whole};
use incrdir_session::{
    Distrust, Inspection, Scrutiny, Sound, Unit, inspect_held, read_pin, read_with_list, vfs_name,
    visit,
};
use incrdir_vfs::{CapVfs, FileKind, Vfs, failed};

use super::document::{FileShown, Recorded, Show, Verdict};
use super::lineage::lineage;
use crate::failure::{Failure, chain};
use crate::json::{self, Pinned, VERSION, Writer};
use crate::listing::{Parts, parts};
use crate::peek::{Peeked, peek};
use crate::session_path::Meant;
use crate::tally::{Part, Tally};
use crate::words;

/// How much is read at most to tell whether contents are what the record says.
const MAX_READ: u64 = 64 << 20;

/// All that is known of a session. Its lock is held shared meanwhile, if it is to be had.
pub(super) fn gather(meant: &Meant, largest: usize) -> Result<Show, Failure> {
    let Meant { place, unit, entry, has_lock } = meant;
    let key = entry.key().ok_or("a pin is no session")?;
    let mut errors = Vec::new();
    let Peeked { state, in_use, lock } = peek(unit, *entry, *has_lock).unwrap_or_else(|why| {
        errors.push(chain(&*why));
        Peeked::unreadable(*entry)
    });
    let Whole { record, list, .. } = match lock.as_ref().map(read_with_list) {
        Some(Ok(whole)) => whole,
        Some(Err(error)) => {
            let path = meant.path();
            errors.push(format!("cannot read the record of `{}`: {error}", path.display()));
            Whole::default()
        }
        None => Whole::default(),
    };
    let parts = list.as_ref().map(parts);
    let mut document = Show {
        format: "incrdir-show",
        version: VERSION,
        root: place.vfs.path(&place.root).to_string_lossy().into_owned(),
        unit: unit.name().to_string(),
        name: entry.to_string(),
        state,
        in_use,
        has_lock: *has_lock,
        pin: pin(unit, EntryName::Pin(key))?,
        created: json::time(key.timestamp().to_system_time()),
        sources: lineage(place, &unit.name().to_string(), record.origin.as_ref()),
        reason: record.reason.clone(),
        verdict: verdict(meant, in_use, lock.as_ref(), parts.as_ref(), &errors),
        record: recorded(record, list.as_ref(), parts),
        files: 0,
        directories: 0,
        others: 0,
        bytes: 0,
        own_bytes: 0,
        largest: Vec::new(),
        errors,
    };
    count(unit, *entry, largest, &mut document)?;
    if let Some(lock) = lock {
        let _ = lock.release();
    }
    Ok(document)
}

fn pin(unit: &Unit<CapVfs>, name: EntryName) -> Result<Option<Pinned>, Failure> {
    let pin = read_pin(unit, name)?;
    Ok(pin.filter(|pin| !pin.is_over(SystemTime::now())).map(Pinned::new))
}

/// `None`: there is nothing of ours in its lock file.
fn recorded(record: Record, list: Option<&List>, parts: Option<Parts>) -> Option<Recorded> {
    let Record { head, origin, newer_version, is_watched, .. } = record;
    if head.is_none() && origin.is_none() && list.is_none() && newer_version.is_none() {
        return None;
    }
    let durability = head.as_ref().map(|head| words::lower(head.durability));
    let source = origin.as_ref().and_then(|origin| origin.source);
    Some(Recorded {
        writer: head.map(|head| Writer {
            program: head.program,
            pid: head.process.pid,
            host: head.process.host,
        }),
        durability,
        seed: origin.as_ref().map(|origin| words::lower(origin.mode)),
        source: source.map(|source| source.to_string()),
        since_cold: origin.as_ref().and_then(|origin| origin.since_cold),
        source_unit: origin.as_ref().and_then(|origin| Some(origin.unit.as_ref()?.to_string())),
        patterns: origin.map(|origin| origin.patterns).unwrap_or_default(),
        published: list.map(|list| json::time(list.written())),
        taken_over: parts.map(|parts| parts.taken_over),
        written: parts.map(|parts| parts.written),
        digested: parts.map(|parts| parts.digested),
        is_watched,
        newer_version,
    })
}

/// Whether it is what its record says, if that is cheap to tell.
fn verdict(
    meant: &Meant,
    in_use: Option<bool>,
    lock: Option<&Lock<CapVfs>>,
    parts: Option<&Parts>,
    errors: &[String],
) -> Verdict {
    let not_compared = |why: String| Verdict { verdict: "not compared", reason: Some(why) };
    let Some(session) = meant.published() else {
        return not_compared("only published sessions are compared with their records".into());
    };
    let Some(lock) = lock else {
        return match (in_use, errors.is_empty()) {
            (Some(true), _) => not_compared("it is being published or collected".into()),
            (_, false) => not_compared("its record cannot be read".into()),
            _ => Verdict { verdict: "no record", reason: Some("it has no lock file".into()) },
        };
    };
    let digested = parts.map_or(0, |parts| parts.digested.bytes);
    if digested > MAX_READ {
        return not_compared(format!(
            "that may take reading {}; `incrdir verify` does it",
            words::bytes(digested)
        ));
    }
    let (verdict, reason) = match inspect_held(&meant.unit, session, lock, Scrutiny::Attributes) {
        Inspection::Sound(Sound { is_moved: true, extra, .. }) => {
            ("sound (moved)", words::extra(&extra))
        }
        Inspection::Sound(Sound { extra, .. }) => ("sound", words::extra(&extra)),
        Inspection::Unrecorded => ("no record", None),
        Inspection::Unavailable(why) => ("unknown", Some(chain(&why))),
        Inspection::Distrusted(why) if why.is_damage() => ("damaged", Some(chain(&why))),
        Inspection::Distrusted(why @ Distrust::Forbidden { .. }) => ("unusable", Some(chain(&why))),
        Inspection::Distrusted(why) => ("unknown", Some(chain(&why))),
    };
    Verdict { verdict, reason }
}

/// Counts its files, and finds the largest.
fn count(
    unit: &Unit<CapVfs>,
    entry: EntryName,
    largest: usize,
    document: &mut Show,
) -> Result<(), Failure> {
    let (vfs, name) = (unit.vfs(), vfs_name(entry));
    let dir = vfs.open_dir(unit.dir(), &name).map_err(failed(vfs, "open", unit.dir(), &name))?;
    let mut part = Part::default();
    let mut found: Vec<FileShown> = Vec::new();
    let errors = visit(vfs, &dir, &mut |visited| match visited.stat.kind {
        FileKind::File => {
            part.add(visited.stat);
            let path = visited.above.join(visited.name);
            let (bytes, length) = (visited.stat.allocated, visited.stat.len);
            found.push(FileShown { path: path.to_string_lossy().into_owned(), bytes, length });
            // There may be many more than are shown.
            if found.len() >= 2 * largest + 64 {
                keep_largest(&mut found, largest);
            }
        }
        FileKind::Dir => document.directories += 1,
        _ => document.others += 1,
    });
    keep_largest(&mut found, largest);
    let mut tally = Tally::default();
    tally.place(None, part);
    let amount = tally.settle().all;
    document.largest = found;
    document.errors.extend(errors.iter().map(|error| chain(error)));
    (document.files, document.bytes, document.own_bytes) = (amount.files, amount.bytes, amount.own);
    Ok(())
}

fn keep_largest(found: &mut Vec<FileShown>, largest: usize) {
    found.sort_by(|one, other| {
        (other.bytes, other.length).cmp(&(one.bytes, one.length)).then(one.path.cmp(&other.path))
    });
    found.truncate(largest);
}
