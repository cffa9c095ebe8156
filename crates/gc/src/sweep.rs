//! A collection of every unit of a root.

use std::ops::ControlFlow;

use incrdir_naming::{CACHEDIR_TAG, UnitName};
use incrdir_session::{Error, Unit};
use incrdir_vfs::{FileKind, Name, Vfs};

use crate::{Collected, Disposal, Mode, Policy, collect_watched, observe};

/// What a sweep of a root did.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Sweep {
    /// The units, in the order of their names, and what happened to each.
    pub units: Vec<(UnitName, Result<Collected, Error>)>,
    /// Names in the root that are not units. They were not touched.
    pub foreign: Vec<Name>,
    /// Entries of the root that could not be read.
    pub listing_errors: Vec<std::io::Error>,
    /// Whether the watcher stopped the sweep before its end.
    pub interrupted: bool,
}

/// Collects every unit of a root, in use or not, and passes what happened to each entry to `watch`. Breaking stops the sweep
/// there, which does no harm.
///
/// # Errors
///
/// If the root cannot be listed. What fails of a unit is in [`Sweep::units`], and the sweep goes on.
pub fn sweep<V: Vfs>(
    vfs: &V,
    root: &V::Dir,
    policy: &Policy,
    mode: Mode,
    watch: &mut dyn FnMut(&UnitName, &Disposal) -> ControlFlow<()>,
) -> Result<Sweep, Error> {
    sweep_some(vfs, root, None, policy, mode, watch)
}

/// The same with only these units.
pub(crate) fn sweep_some<V: Vfs>(
    vfs: &V,
    root: &V::Dir,
    names: Option<Vec<UnitName>>,
    policy: &Policy,
    mode: Mode,
    watch: &mut dyn FnMut(&UnitName, &Disposal) -> ControlFlow<()>,
) -> Result<Sweep, Error> {
    let span = observe::sweep(vfs, root, mode);
    let mut sweep = Sweep::default();
    let names = match names {
        Some(names) => names,
        None => {
            let found = units(vfs, root)?;
            (sweep.foreign, sweep.listing_errors) = (found.foreign, found.errors);
            found.units
        }
    };
    for name in names {
        let collected = match Unit::open(vfs, root, &name) {
            Ok(Some(unit)) => {
                collect_watched(&unit, policy, mode, &mut |disposal| watch(&name, disposal))
            }
            Ok(None) => continue,
            Err(error) => Err(error),
        };
        sweep.interrupted = collected.as_ref().is_ok_and(|report| report.interrupted);
        sweep.units.push((name, collected));
        if sweep.interrupted {
            break;
        }
    }
    observe::swept(&span, sweep.units.len(), sweep.foreign.len(), sweep.interrupted);
    Ok(sweep)
}

/// What is in a root.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Units {
    /// The units, in the order of their names.
    pub units: Vec<UnitName>,
    /// Names that are not units, in their order.
    pub foreign: Vec<Name>,
    /// Entries that could not be read.
    pub errors: Vec<std::io::Error>,
}

/// Lists the units of a root, which are directories with the name of a unit. A directory whose id is not padded counts only
/// if it contains entries of ours: old compilers made such units, but `my-project` looks like one, too.
///
/// # Errors
///
/// If the root cannot be listed.
pub fn units<V: Vfs>(vfs: &V, root: &V::Dir) -> Result<Units, Error> {
    let mut found = Units::default();
    let listing =
        vfs.list(root).map_err(|error| incrdir_vfs::Error::new("list", vfs.path(root), error))?;
    for entry in listing {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                found.errors.push(error);
                continue;
            }
        };
        let is_dir = entry.kind.is_none_or(|kind| kind == FileKind::Dir);
        match UnitName::parse(entry.name.as_os_str().as_encoded_bytes()) {
            Some(unit) if is_dir && (unit.is_canonical() || holds_ours(vfs, root, &unit)) => {
                found.units.push(unit);
            }
            // Whoever put it there, it says nothing of units.
            _ if entry.name.to_str() == Some(CACHEDIR_TAG) => {}
            _ => found.foreign.push(entry.name),
        }
    }
    found.units.sort();
    found.foreign.sort();
    Ok(found)
}

fn holds_ours<V: Vfs>(vfs: &V, root: &V::Dir, name: &UnitName) -> bool {
    let listed = Unit::open(vfs, root, name).ok().flatten().and_then(|unit| unit.list().ok());
    listed.is_some_and(|catalog| catalog.holds_ours())
}
