//! What cargo has on record of the units in its targets, and what to ask cargo for.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, SystemTime};

use incrdir_discover::target::{Doubt, Recorded, Standing, Surveyed, survey};
use incrdir_session::{Census, Unit, vfs_name};
use incrdir_vfs::{CapVfs, RelPath, VfsExt};

use crate::failure::{Failure, chain};
use crate::json::{self, GcTarget, GcTargetUnit};
use crate::place::{self, Place, Profile};
use crate::words;

/// How much later the same must have been compiled with other features or flags before that says anything: `cargo check`, `cargo test`
/// and the editor take turns, and each has units of its own.
pub(super) const USUAL_TURN: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// How long a Cargo.lock may be that is read. That of the largest workspaces has some hundred kilobytes.
const MOST_OF_A_LOCK: u64 = 16 << 20;

/// Units of one target that are printed.
const MAX_UNITS: usize = 20;

/// What is known of the targets that some of the places are in, as they are now.
pub(super) fn targets(places: &[Place], turn: Duration) -> Vec<GcTarget> {
    let mut targets: BTreeMap<&Path, GcTarget> = BTreeMap::new();
    for place in places {
        let Some(profile) = &place.profile else { continue };
        let target = targets.entry(&profile.target).or_insert_with(|| GcTarget {
            target: profile.target.to_string_lossy().into_owned(),
            units: Vec::new(),
            errors: Vec::new(),
        });
        match units_of(place, profile, turn) {
            Ok(units) => target.units.extend(units),
            Err(failure) => target.errors.push(chain(&*failure)),
        }
    }
    targets.into_values().collect()
}

fn units_of(
    place: &Place,
    profile: &Profile,
    turn: Duration,
) -> Result<Vec<GcTargetUnit>, Failure> {
    let names = match &place.units {
        Some(units) => units.clone(),
        None => place::units(&place.vfs, &place.root)?.0,
    };
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let packages = packages_beside(&profile.target);
    let surveyed = survey(&place.vfs, &profile.dir, &place.root, &names)?;
    Ok(surveyed.into_iter().map(|it| unit(place, it, packages.as_ref(), turn)).collect())
}

fn unit(
    place: &Place,
    surveyed: Surveyed,
    packages: Option<&BTreeSet<String>>,
    turn: Duration,
) -> GcTargetUnit {
    let mut told = GcTargetUnit {
        unit: surveyed.unit.to_string(),
        root: place.path().to_string_lossy().into_owned(),
        compiled: surveyed.compiled.map(json::time),
        standing: "recorded",
        likely_unused: None,
        package: None,
        part: None,
        features: None,
        bytes: None,
    };
    match surveyed.standing {
        Standing::Recorded(Recorded { package, part, features, newer, .. }) => {
            let is_gone = packages.is_some_and(|packages| !packages.contains(&package));
            let later = newer.zip(surveyed.compiled).and_then(|(newer, compiled)| {
                newer.duration_since(compiled).ok().filter(|later| *later >= turn)
            });
            told.likely_unused = match (is_gone, later) {
                (true, _) => Some(format!("{package} is not in Cargo.lock")),
                (false, Some(later)) => Some(format!(
                    "{package} was compiled {} later with other features or flags",
                    words::duration(later)
                )),
                (false, None) => None,
            };
            (told.package, told.part) = (Some(package), Some(part));
            told.features = features;
        }
        Standing::Unrecorded { packages } => {
            told.standing = "unrecorded";
            told.package = packages.into_iter().next();
        }
        Standing::Unknown(Doubt::InUse) => told.standing = "in use",
        _ => told.standing = "unknown",
    }
    if told.standing == "unrecorded" || told.likely_unused.is_some() {
        told.bytes = size(place, &surveyed.unit);
    }
    told
}

fn size(place: &Place, name: &incrdir_naming::UnitName) -> Option<u64> {
    let unit: Unit<CapVfs> = Unit::open(&place.vfs, &place.root, name).ok()??;
    let mut census = Census::default();
    for session in unit.list().ok()?.published() {
        census.measure(&place.vfs, unit.dir(), &vfs_name(session)).ok()?;
    }
    Some(census.bytes())
}

/// The packages of the workspace that a target is in, which is known for one at its usual place only.
fn packages_beside(target: &Path) -> Option<BTreeSet<String>> {
    let workspace =
        target.parent().filter(|_| target.file_name().is_some_and(|it| it == "target"))?;
    let (vfs, workspace) = CapVfs::open_ambient_dir(workspace).ok()?;
    // Only from a regular file: others block, or have no end, and a link leads elsewhere.
    let lock = vfs.read_file(&workspace, &RelPath::new("Cargo.lock").ok()?, MOST_OF_A_LOCK).ok()?;
    let lock = String::from_utf8(lock).ok()?;
    let name = |line: &str| {
        let name = line.strip_prefix("name = \"")?.strip_suffix('"')?;
        Some(name.to_string())
    };
    Some(lock.lines().filter_map(name).collect())
}

/// What is said for people, one target after the other.
pub(super) fn table(targets: &[GcTarget], now: SystemTime) -> Vec<String> {
    targets.iter().flat_map(|target| lines(target, now)).collect()
}

fn lines(target: &GcTarget, now: SystemTime) -> Vec<String> {
    let mut lines: Vec<_> =
        target.errors.iter().map(|error| format!("{}: {error}", target.target)).collect();
    let unused = of(target, |unit| unit.standing == "unrecorded");
    let likely = of(target, |unit| unit.likely_unused.is_some());
    let heading = |units: &[&GcTargetUnit], says: &str| {
        let bytes = units.iter().filter_map(|unit| unit.bytes).sum();
        let of_all = words::count(target.units.len() as u64, "unit");
        format!("{}: {} of {of_all} ({}) {says}", target.target, units.len(), words::bytes(bytes))
    };
    if !unused.is_empty() {
        lines.push(heading(&unused, "not built any more: cargo has no record of them"));
        lines.extend(rows(&unused, now));
    }
    if !likely.is_empty() {
        lines.push(heading(&likely, "likely not built any more"));
        lines.extend(rows(&likely, now));
    }
    if lines.is_empty() {
        return lines;
    }
    lines.extend(advice(target, &likely));
    lines
}

fn of(target: &GcTarget, is_so: impl Fn(&GcTargetUnit) -> bool) -> Vec<&GcTargetUnit> {
    let mut units: Vec<_> = target.units.iter().filter(|unit| is_so(unit)).collect();
    units.sort_by_key(|unit| std::cmp::Reverse(unit.bytes));
    units
}

fn rows(units: &[&GcTargetUnit], now: SystemTime) -> Vec<String> {
    let row = |unit: &&GcTargetUnit| {
        let compiled =
            unit.compiled.as_deref().and_then(|time| humantime::parse_rfc3339(time).ok());
        let features = match unit.features.as_deref() {
            Some([]) | None => String::new(),
            Some(features) => format!(" (with {})", features.join(", ")),
        };
        vec![
            format!("  {}", unit.unit),
            unit.bytes.map_or("-".into(), words::bytes),
            format!("compiled {} ago", compiled.map_or("-".into(), |then| words::age(then, now))),
            format!("{}{features}", unit.likely_unused.as_deref().unwrap_or_default()),
        ]
    };
    let mut lines = words::table(&units.iter().take(MAX_UNITS).map(row).collect::<Vec<_>>());
    if let Some(more @ 1..) = units.len().checked_sub(MAX_UNITS) {
        lines.push(format!("  and {more} more"));
    }
    lines
}

/// What removes the rest of what was built, which is not ours to delete.
fn advice(target: &GcTarget, likely: &[&GcTargetUnit]) -> Vec<String> {
    let mut lines = vec![
        "  --max-age deletes sessions of units that were not compiled for so long".to_string(),
    ];
    let is_gone = |unit: &&&GcTargetUnit| {
        unit.likely_unused.as_deref().is_some_and(|why| why.ends_with("is not in Cargo.lock"))
    };
    let (gone, older): (Vec<_>, Vec<_>) = likely.iter().partition(is_gone);
    let names = |units: &[&&GcTargetUnit]| {
        let names: BTreeSet<_> = units.iter().filter_map(|unit| unit.package.clone()).collect();
        names.into_iter().collect::<Vec<_>>()
    };
    let path = &target.target;
    let older = names(&older);
    if !older.is_empty() {
        let packages: Vec<_> = older.iter().map(|name| format!("-p {name}")).collect();
        lines.push(format!(
            "  what else was built of them: `cargo clean {} --target-dir {path}` deletes it, with all features",
            packages.join(" "),
        ));
    }
    let gone = names(&gone);
    if !gone.is_empty() {
        lines.push(format!(
            "  what else was built of {}: cargo deletes it only with everything, `cargo clean --target-dir {path}`",
            gone.join(", "),
        ));
    }
    lines
}
