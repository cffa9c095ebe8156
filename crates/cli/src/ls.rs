//! `incrdir ls`: lists units and sessions without disturbing other processes.
//!
//! Probes take shared locks only, and a lock file that rustc may just have created is not opened at all.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::SystemTime;

use incrdir_gc::{USUAL_GRACE, is_past};
use incrdir_lockfs::{Acquire, try_acquire};
use incrdir_naming::{EntryName, Key};
use incrdir_record::Record;
use incrdir_session::{
    Census, Liveness, Size, Traces, Unit, liveness, read_record, read_whole_record, vfs_name,
};
use incrdir_vfs::{CapVfs, LockKind, Vfs};

use crate::args::{Format, LsArgs};
use crate::failure::{Failure, chain};
use crate::gc::NOTHING;
use crate::json::{self, Ls, LsEntry, LsUnit, Writer};
use crate::output::{self, say};
use crate::place::{self, Below};
use crate::run::PATIENCE;
use crate::words;

pub(crate) fn ls(args: &LsArgs) -> Result<ExitCode, Failure> {
    let below = match args.recursive {
        true => {
            let never = Arc::new(AtomicBool::new(false));
            place::below(std::slice::from_ref(&args.path), false, &never)
        }
        false => Below { places: place::open_all(&args.path, None)?, ..Below::default() },
    };
    let is_only = below.places.len() == 1;
    let mut document = Ls::new(below.places.iter().map(|place| shown(place.path())).collect());
    let mut census = Census::default();
    for place in below.places {
        let root = shown(place.path());
        let units = match place.units {
            Some(units) => units,
            None => {
                let (units, foreign) = place::units(&place.vfs, &place.root)?;
                document.foreign.extend(foreign.into_iter().map(|name| match is_only {
                    true => name,
                    false => shown(&Path::new(&root).join(name)),
                }));
                units
            }
        };
        for name in units {
            let listed = match Unit::open(&place.vfs, &place.root, &name) {
                Ok(Some(unit)) => list(&unit, &mut census),
                Ok(None) => continue,
                Err(error) => Err(error.into()),
            };
            let mut listed = listed.unwrap_or_else(|failure| LsUnit {
                unit: name.to_string(),
                root: String::new(),
                entries: Vec::new(),
                foreign: Vec::new(),
                errors: vec![chain(&*failure)],
            });
            listed.root.clone_from(&root);
            document.units.push(listed);
        }
    }
    document.bytes = census.bytes();
    let printed = match args.format {
        Format::Json => json::print(&document),
        Format::Table => output::print_lines(&table(&document)),
    };
    let errors: Vec<_> = document.units.iter().flat_map(|unit| &unit.errors).collect();
    for error in &errors {
        say(error);
    }
    printed?;
    if document.units.is_empty() {
        say(match args.recursive {
            true => place::no_unit_below(std::slice::from_ref(&args.path), below.directories),
            false => place::no_unit_in(&args.path),
        });
    }
    Ok(match (errors.is_empty() && below.failed == 0, document.units.is_empty() && args.expect) {
        (false, _) => ExitCode::FAILURE,
        (true, true) => ExitCode::from(NOTHING),
        (true, false) => ExitCode::SUCCESS,
    })
}

fn shown(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn list(unit: &Unit<CapVfs>, census: &mut Census) -> Result<LsUnit, Failure> {
    let catalog = unit.list()?;
    let mut listed = LsUnit {
        unit: unit.name().to_string(),
        root: String::new(),
        entries: Vec::new(),
        foreign: catalog.foreign.iter().map(ToString::to_string).collect(),
        errors: catalog.errors.iter().map(|error| chain(error)).collect(),
    };
    listed.foreign.sort();
    for (key, found) in &catalog.sessions {
        for (name, state) in entries_of(*key, found) {
            add(unit, &mut listed, census, name, found.lock, Some(state));
        }
    }
    for key in catalog.births {
        add(unit, &mut listed, census, EntryName::Birth(key), false, None);
    }
    for name in catalog.tombstones {
        add(unit, &mut listed, census, name, false, None);
    }
    // The lock file of a quarantined session is shown as part of it.
    let is_there: BTreeSet<_> = catalog.quarantined.iter().copied().collect();
    for name in catalog.quarantined {
        let Some(key) = name.key() else { continue };
        let is_session = matches!(name, EntryName::Quarantined(_));
        if is_session || !is_there.contains(&EntryName::Quarantined(key)) {
            let has_lock = is_there.contains(&EntryName::QuarantineLock(key));
            add(unit, &mut listed, census, name, has_lock, None);
        }
    }
    Ok(listed)
}

/// What a session is, as far as a listing tells.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Published,
    Working,
    LockFile,
}

fn entries_of(key: Key, found: &Traces) -> Vec<(EntryName, Kind)> {
    if !found.published.is_empty() {
        let name = |hash: &_| (key.published(*hash).into(), Kind::Published);
        return found.published.iter().map(name).collect();
    }
    if found.working {
        return vec![(key.working().into(), Kind::Working)];
    }
    vec![(EntryName::Lock(key), Kind::LockFile)]
}

/// What a shared lock on a session's lock file tells.
enum Probe {
    /// Not opened, because rustc may just have created it.
    Young,
    Busy,
    /// Free, with what is known of the writer.
    Free(Box<Record>, Liveness),
    NoLock,
}

fn add(
    unit: &Unit<CapVfs>,
    listed: &mut LsUnit,
    census: &mut Census,
    name: EntryName,
    has_lock: bool,
    kind: Option<Kind>,
) {
    let Some(key) = name.key() else { return };
    let probe = match kind {
        Some(kind) if has_lock => match probe(unit, key, kind) {
            Ok(probe) => probe,
            Err(error) => {
                listed.errors.push(chain(&*error));
                Probe::NoLock
            }
        },
        _ => Probe::NoLock,
    };
    let (state, in_use) = match (kind, &probe, name) {
        (Some(Kind::Published), Probe::Busy, _) => ("published", Some(true)),
        (Some(Kind::Published), ..) => ("published", None),
        (Some(Kind::Working), Probe::Busy, _) => ("live", Some(true)),
        (Some(Kind::Working), Probe::Free(_, Liveness::Alive), _) => ("live", Some(true)),
        (Some(Kind::Working), Probe::Free(_, Liveness::Dead), _) => ("dead", Some(false)),
        (Some(Kind::LockFile), Probe::Busy | Probe::Free(_, Liveness::Alive), _) => {
            ("starting", Some(true))
        }
        (Some(Kind::LockFile), Probe::Free(_, Liveness::Dead), _) => ("orphan lock", Some(false)),
        (Some(_), Probe::Young, _) => ("young", None),
        (Some(Kind::Working), Probe::NoLock, _) => ("no lock", None),
        (_, _, EntryName::Birth(_)) => ("birth", None),
        (_, _, EntryName::Tombstone(..)) => ("tombstone", Some(false)),
        (_, _, EntryName::Quarantined(_)) => ("quarantined", Some(false)),
        (_, _, EntryName::QuarantineLock(_)) => ("quarantine lock", Some(false)),
        _ => ("unknown", None),
    };
    let record = match (probe, name) {
        (Probe::Free(record, _), _) => *record,
        (_, EntryName::Quarantined(key)) => quarantined(unit, key).unwrap_or_default(),
        _ => Record::default(),
    };
    let size = size(unit, name, census, &mut listed.errors);
    let origin = record.origin;
    listed.entries.push(LsEntry {
        name: name.to_string(),
        state,
        in_use,
        has_lock,
        created: json::time(key.timestamp().to_system_time()),
        files: size.map(|size| size.files),
        bytes: size.map(|size| size.bytes),
        own_bytes: size.map(|size| size.own_bytes),
        writer: record.head.map(|head| Writer {
            program: head.program,
            pid: head.process.pid,
            host: head.process.host,
        }),
        source: origin.as_ref().and_then(|origin| origin.source).map(|source| source.to_string()),
        source_unit: origin.and_then(|origin| origin.unit).map(|unit| unit.to_string()),
        reason: record.reason,
    });
}

/// The record of a quarantined session, if it is available: the reason is only for people.
fn quarantined(unit: &Unit<CapVfs>, key: Key) -> Option<Record> {
    let name = vfs_name(EntryName::QuarantineLock(key));
    match try_acquire(unit.vfs(), unit.dir(), &name, LockKind::Shared) {
        Ok(Acquire::Locked(lock)) => read_whole_record(&lock).ok(),
        _ => None,
    }
}

fn probe(unit: &Unit<CapVfs>, key: Key, kind: Kind) -> Result<Probe, Failure> {
    let (vfs, name) = (unit.vfs(), vfs_name(EntryName::Lock(key)));
    // What has been published was locked long ago.
    if kind != Kind::Published {
        match vfs.stat(unit.dir(), &name) {
            Ok(stat) if stat.len == 0 => {
                let now = vfs.now();
                // rustc locks a moment after creating: younger lock files of its are not opened.
                let is_old = |then: SystemTime| is_past(then, now, USUAL_GRACE);
                if !is_old(stat.mtime) || !is_old(key.timestamp().to_system_time()) {
                    return Ok(Probe::Young);
                }
            }
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Probe::NoLock),
            Err(error) => return Err(error.into()),
        }
    }
    match try_acquire(vfs, unit.dir(), &name, LockKind::Shared)? {
        Acquire::Busy => Ok(Probe::Busy),
        Acquire::NotFound => Ok(Probe::NoLock),
        Acquire::Locked(lock) => {
            let record = read_record(&lock);
            let liveness = match kind {
                // Complete, whatever became of who wrote it.
                Kind::Published => Ok(Liveness::Dead),
                _ => unit.fs_info().and_then(|info| liveness(unit, &lock, &info, PATIENCE)),
            };
            let _ = lock.release();
            Ok(Probe::Free(record?.into(), liveness?))
        }
    }
}

fn size(
    unit: &Unit<CapVfs>,
    name: EntryName,
    census: &mut Census,
    errors: &mut Vec<String>,
) -> Option<Size> {
    if matches!(name, EntryName::Lock(_) | EntryName::Birth(_) | EntryName::QuarantineLock(_)) {
        return None;
    }
    match census.measure(unit.vfs(), unit.dir(), &vfs_name(name)) {
        Ok(size) => Some(size),
        Err(error) => {
            errors.push(format!(
                "cannot measure `{}`: {error}",
                unit.path().join(name.to_string()).display()
            ));
            None
        }
    }
}

fn table(document: &Ls) -> Vec<String> {
    let now = SystemTime::now();
    let mut lines = Vec::new();
    let mut root = None;
    for unit in &document.units {
        if document.roots.len() > 1 && root != Some(&unit.root) {
            lines.push(unit.root.clone());
            root = Some(&unit.root);
        }
        lines.push(unit.unit.clone());
        lines.extend(unit_table(unit, now));
    }
    let sessions: usize = document.units.iter().map(|unit| unit.entries.len()).sum();
    lines.push(format!(
        "{}, {}, {}, {} foreign",
        words::count(document.units.len() as u64, "unit"),
        words::count(sessions as u64, "session"),
        words::bytes(document.bytes),
        document.foreign.len(),
    ));
    lines
}

fn unit_table(unit: &LsUnit, now: SystemTime) -> Vec<String> {
    let heading = ["  STATE", "IN USE", "AGE", "SIZE", "OWN", "FILES", "NAME"];
    let mut rows = vec![heading.map(String::from).to_vec()];
    for entry in &unit.entries {
        let created = humantime::parse_rfc3339(&entry.created).unwrap_or(now);
        rows.push(vec![
            format!("  {}", entry.state),
            match entry.in_use {
                Some(true) => "yes".into(),
                Some(false) => "no".into(),
                None => "-".into(),
            },
            words::age(created, now),
            entry.bytes.map_or("-".into(), words::bytes),
            entry.own_bytes.map_or("-".into(), words::bytes),
            entry.files.map_or("-".into(), |files| files.to_string()),
            entry.name.clone(),
        ]);
    }
    let mut lines = match (unit.entries.is_empty(), unit.errors.is_empty()) {
        (true, true) => vec!["  nothing".into()],
        // Why is said with the other errors.
        (true, false) => vec!["  cannot be read".into()],
        (false, _) => words::table(&rows),
    };
    let reasons = unit.entries.iter().filter_map(|entry| Some((entry, entry.reason.as_ref()?)));
    lines.extend(reasons.map(|(entry, reason)| format!("  {}: {reason}", entry.name)));
    if !unit.foreign.is_empty() {
        lines.push(format!("  {} foreign, not touched", unit.foreign.len()));
    }
    lines
}
