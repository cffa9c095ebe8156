//! What cargo has on record of the units in an `incremental` directory.
//!
//! Nothing in the directory of a profile says which unit belongs to which package: rustc makes the id of a unit out of a hash that cargo
//! passes to it and stores nowhere. But cargo notes, for everything that it compiles, when it started rustc (`invoked.timestamp`) and
//! when rustc had succeeded, both in `.fingerprint/PACKAGE-HASH/`, and rustc makes the lock file of its session in between. So a
//! record and a unit belong together if the name of the crate is the same and the newest session of the unit was made in the time of
//! the record ([`Standing::Recorded`]).
//!
//! # What that proves
//!
//! - [`Standing::Unrecorded`]: no compilation that cargo has on record was the last one of this unit. The last build did not use it: it
//!   would have compiled, and left a record of that, or found a record and compiled nothing. What made it was removed from the records
//!   (`cargo clean -p`, cargo-sweep), or compiled again with other flags, or without sessions.
//! - [`Standing::Recorded`] proves that cargo may find it fresh, and not that it has done so lately: a build in which there is nothing to compile
//!   changes nothing on disk (but access times, if those are kept at all). So when it was last *compiled* is known, and when it was last
//!   part of a build is not. That a record of the same part of the same package is younger ([`Recorded::newer`]) makes it *likely* that
//!   these features or flags are not built any more, and no more than that: `cargo check` and `cargo test` have records of their own.
//! - [`Standing::Unknown`]: something is not as it must be for these conclusions. Then there are none.
//!
//! What is collected does not depend on any of this: see `incrdir_gc`.

mod records;
mod standing;

use std::io::ErrorKind;
use std::time::SystemTime;

use incrdir_naming::{EntryName, UnitName};
use incrdir_session::{Unit, vfs_name};
use incrdir_vfs::{Error, Vfs};

pub use records::{Record, Records, records};
pub use standing::{Doubt, Recorded, Standing};

use standing::{Newest, standing};

use crate::observe;

/// What cargo has on record of one unit.
#[derive(Debug)]
#[non_exhaustive]
pub struct Surveyed {
    /// The unit.
    pub unit: UnitName,
    /// When the last compilation that succeeded began, as the name of its session says.
    pub compiled: Option<SystemTime>,
    /// What follows from the records.
    pub standing: Standing,
}

/// Compares the units of a directory of sessions with what cargo has on record beside it, in the directory of the profile.
///
/// The units are listed before the records are read and once more afterwards: nothing follows for one that was compiled meanwhile.
///
/// # Errors
///
/// As [`records`].
pub fn survey<V: Vfs>(
    vfs: &V,
    profile: &V::Dir,
    incremental: &V::Dir,
    units: &[UnitName],
) -> Result<Vec<Surveyed>, Error> {
    let span = observe::survey(vfs, profile, units.len());
    let look = || -> Vec<_> { units.iter().map(|unit| newest(vfs, incremental, unit)).collect() };
    let before = look();
    let records = records(vfs, profile)?;
    observe::surveyed(&span, records.records.len(), records.is_incomplete);
    let surveyed = units.iter().zip(before).zip(look()).map(|((unit, before), after)| {
        let compiled = before.as_ref().ok().and_then(|newest| newest.as_ref());
        let compiled = compiled.map(|newest| newest.begun);
        let standing = match before {
            before if before != after => Standing::Unknown(Doubt::InUse),
            Ok(Some(newest)) => standing(unit, &newest, &records),
            Ok(None) => Standing::Unknown(Doubt::Empty),
            Err(doubt) => Standing::Unknown(doubt),
        };
        Surveyed { unit: unit.clone(), compiled, standing }
    });
    Ok(surveyed.collect())
}

/// The newest session of a unit. `None`: there is none.
fn newest<V: Vfs>(vfs: &V, root: &V::Dir, name: &UnitName) -> Result<Option<Newest>, Doubt> {
    let unit = Unit::open(vfs, root, name).map_err(|_| Doubt::Unreadable)?;
    let Some(unit) = unit else { return Ok(None) };
    let catalog = unit.list().map_err(|_| Doubt::Unreadable)?;
    if !catalog.errors.is_empty() {
        return Err(Doubt::Unreadable);
    }
    let newest = catalog.published().next();
    // A lock file without a session may be that of a compiler that starts, but not if a later one has published already: then it
    // is what a compilation left that failed.
    let is_in_use = catalog.sessions.iter().any(|(key, found)| {
        let is_over = newest.is_some_and(|newest| *key < newest.key) && !found.working;
        found.published.is_empty() && !is_over
    });
    if is_in_use {
        return Err(Doubt::InUse);
    }
    let Some(session) = newest else { return Ok(None) };
    match vfs.stat(unit.dir(), &vfs_name(EntryName::Lock(session.key))) {
        Ok(lock) => {
            Ok(Some(Newest { begun: session.key.timestamp().to_system_time(), locked: lock.mtime }))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Err(Doubt::Times),
        Err(_) => Err(Doubt::Unreadable),
    }
}
