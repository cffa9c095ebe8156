//! What follows from the records for one unit, without any call.

use std::time::{Duration, SystemTime};

use incrdir_naming::UnitName;

use super::records::{Record, Records};

/// How far apart times may be that are the same: archives keep whole seconds, and some file systems even seconds.
const TOLERANCE: Duration = Duration::from_secs(2);

/// What follows from cargo's records for a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Standing {
    /// Cargo has its last compilation on record, so a build may use it, or may have found it fresh at any time since.
    Recorded(Recorded),
    /// No compilation that cargo has on record was the last one of this unit. It has not been used by a build since then.
    Unrecorded {
        /// The packages of which cargo has a crate of this name on record, which is compiled in other units. None: there is no such
        /// crate any more.
        packages: Vec<String>,
    },
    /// Nothing follows.
    Unknown(Doubt),
}

/// The record of a unit's last compilation.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recorded {
    /// The package.
    pub package: String,
    /// Which part of it.
    pub part: String,
    /// Its features, if that could be read.
    pub features: Option<Vec<String>>,
    /// When the same part of the same package was last compiled in another unit, with other features or flags or by another compiler,
    /// if that was later.
    pub newer: Option<SystemTime>,
}

/// Why nothing follows from the records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Doubt {
    /// The unit holds no published session.
    Empty,
    /// Somebody works in it, or has died in it.
    InUse,
    /// The unit could not be read.
    Unreadable,
    /// Not all records could be read.
    Incomplete,
    /// A compilation of a crate of this name has not succeeded, or not yet, and may have used it.
    Unfinished,
    /// The times do not agree with the name of the session: the target was copied, or its clock is another one.
    Times,
}

/// The newest session of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Newest {
    /// When it was begun, by the clock of whoever began it.
    pub(super) begun: SystemTime,
    /// When its lock file was made, by the clock of the file system, which also gave the records their times.
    pub(super) locked: SystemTime,
}

pub(super) fn standing(unit: &UnitName, newest: &Newest, all: &Records) -> Standing {
    if !is_close(newest.begun, newest.locked) {
        return Standing::Unknown(Doubt::Times);
    }
    let could_be = |record: &&Record| record.part.is_empty() || record.may_be_of(unit.name());
    let named: Vec<&Record> = all.records.iter().filter(could_be).collect();
    // The three times are of one file system and in this order, however coarse its clock is: rounding keeps an order. A library and a
    // program of one name are compiled within milliseconds of each other, and any tolerance would confuse them.
    for tolerance in [Duration::ZERO, TOLERANCE] {
        let made_it = |record: &&&Record| is_during(newest.locked, record, tolerance);
        let candidates: Vec<&Record> = named.iter().filter(made_it).copied().collect();
        if let Some(recorded) = recorded(&candidates, &named) {
            return Standing::Recorded(recorded);
        }
    }
    if named.iter().any(|record| record.finished.is_none()) {
        return Standing::Unknown(Doubt::Unfinished);
    }
    if all.is_incomplete {
        return Standing::Unknown(Doubt::Incomplete);
    }
    let mut packages: Vec<_> = named.iter().map(|record| record.package.clone()).collect();
    packages.sort_unstable();
    packages.dedup();
    Standing::Unrecorded { packages }
}

/// What is said of the record that was last started of those that may be it. Crates of one name may be compiled at the same time, such as a
/// library and its tests; then it is not said which of them is the older one.
fn recorded(candidates: &[&Record], named: &[&Record]) -> Option<Recorded> {
    let record = candidates.iter().max_by_key(|record| record.started)?;
    let newer_of = |record: &Record| {
        let is_same =
            |other: &&&Record| other.package == record.package && other.part == record.part;
        let newest = named.iter().filter(is_same).map(|other| other.started).max();
        newest.filter(|newest| *newest > record.started)
    };
    let newer: Option<Vec<_>> = candidates.iter().map(|record| newer_of(record)).collect();
    Some(Recorded {
        package: record.package.clone(),
        part: record.part.clone(),
        features: record.features.clone(),
        newer: newer.and_then(|newer| newer.into_iter().min()),
    })
}

/// Whether something was made while this was compiled.
fn is_during(then: SystemTime, record: &Record, tolerance: Duration) -> bool {
    let Some(finished) = record.finished else { return false };
    let is_before = |one: SystemTime, other: SystemTime| {
        one.duration_since(other).map_or(true, |late| late <= tolerance)
    };
    is_before(record.started, then) && is_before(then, finished)
}

fn is_close(one: SystemTime, other: SystemTime) -> bool {
    let apart = one.duration_since(other).unwrap_or_else(|error| error.duration());
    apart <= TOLERANCE
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn record(part: &str, started: u64, finished: Option<u64>) -> Record {
        Record {
            package: "demo-pkg".into(),
            part: part.into(),
            features: None,
            started: at(started),
            finished: finished.map(at),
        }
    }

    fn standing_of(session: u64, records: &[Record]) -> Standing {
        let unit = UnitName::new("demo_lib", 1).unwrap();
        let all = Records { records: records.to_vec(), is_incomplete: false };
        standing(&unit, &Newest { begun: at(session), locked: at(session) }, &all)
    }

    #[test]
    fn a_unit_belongs_to_the_record_in_whose_time_it_was_compiled() {
        let old = record("lib-demo-lib", 100, Some(110));
        let new = record("lib-demo-lib", 200, Some(210));
        let Standing::Recorded(found) = standing_of(105, &[old.clone(), new.clone()]) else {
            panic!("not recorded")
        };
        assert_eq!(found.newer, Some(at(200)));
        let Standing::Recorded(found) = standing_of(205, &[old.clone(), new]) else {
            panic!("not recorded")
        };
        assert_eq!(found.newer, None);
        // Within a second, times say nothing.
        for session in [98, 112] {
            assert!(matches!(
                standing_of(session, std::slice::from_ref(&old)),
                Standing::Recorded(_)
            ));
        }
        for session in [97, 113] {
            let packages = vec!["demo-pkg".to_string()];
            let found = standing_of(session, std::slice::from_ref(&old));
            assert_eq!(found, Standing::Unrecorded { packages });
        }
    }

    #[test]
    fn what_may_have_been_used_is_never_said_to_be_unused() {
        // A compilation that failed, and one that died before cargo knew its name.
        for unfinished in [record("test-lib-demo_lib", 300, None), record("", 300, None)] {
            assert_eq!(standing_of(200, &[unfinished]), Standing::Unknown(Doubt::Unfinished));
        }
        let unit = UnitName::new("demo_lib", 1).unwrap();
        let incomplete = Records { records: Vec::new(), is_incomplete: true };
        let session = Newest { begun: at(200), locked: at(200) };
        assert_eq!(standing(&unit, &session, &incomplete), Standing::Unknown(Doubt::Incomplete));
        // A copy of a target: all times are those of the copy.
        let copied = Newest { begun: at(200), locked: at(900) };
        let records = Records { records: Vec::new(), is_incomplete: false };
        assert_eq!(standing(&unit, &copied, &records), Standing::Unknown(Doubt::Times));
    }

    #[test]
    fn other_crates_do_not_count() {
        let other = record("lib-demo-library", 100, Some(110));
        let longer = record("bin-my-demo-lib", 100, Some(110));
        assert_eq!(standing_of(105, &[other]), Standing::Unrecorded { packages: Vec::new() });
        // It cannot be excluded that this is a crate of that name.
        assert!(matches!(standing_of(105, &[longer]), Standing::Recorded(_)));
    }
}
