//! A collection of every unit of a root.

use std::ops::ControlFlow;

use incrdir_naming::UnitName;
use incrdir_session::{Error, Unit};
use incrdir_vfs::{FileKind, Name, Vfs};

use crate::{Mode, Outcome, Policy, Report, collect_watched};

/// What a sweep of a root did.
#[derive(Debug, Default)]
pub struct Sweep {
    /// The units, in the order of their names, and what became of each.
    pub units: Vec<(UnitName, Result<Report, Error>)>,
    /// Names in the root that are not units. They were not touched.
    pub foreign: Vec<Name>,
    /// Entries of the root that could not be read.
    pub listing_errors: Vec<std::io::Error>,
    /// The watcher stopped it before it was through.
    pub interrupted: bool,
}

/// Collects every unit of a root, those that nobody works on any more included, telling `watch` what became
/// of each entry. Breaking stops the sweep there, which harms nothing.
///
/// # Errors
///
/// If the root cannot be listed. What fails of a unit is in [`Sweep::units`], and the sweep goes on.
pub fn sweep<V: Vfs>(
    vfs: &V,
    root: &V::Dir,
    policy: &Policy,
    mode: Mode,
    watch: &mut dyn FnMut(&UnitName, &Outcome) -> ControlFlow<()>,
) -> Result<Sweep, Error> {
    let mut sweep = Sweep::default();
    for name in units(vfs, root, &mut sweep)? {
        let collected = match Unit::open(vfs, root, &name) {
            Ok(Some(unit)) => {
                collect_watched(&unit, policy, mode, &mut |outcome| watch(&name, outcome))
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
    Ok(sweep)
}

/// Lists the units of a root in the order of their names.
fn units<V: Vfs>(vfs: &V, root: &V::Dir, sweep: &mut Sweep) -> Result<Vec<UnitName>, Error> {
    let mut units = Vec::new();
    let listing =
        vfs.list(root).map_err(|error| incrdir_vfs::Error::new("list", vfs.path(root), error))?;
    for entry in listing {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                sweep.listing_errors.push(error);
                continue;
            }
        };
        match UnitName::parse(entry.name.as_os_str().as_encoded_bytes()) {
            Some(unit) if entry.kind.is_none_or(|kind| kind == FileKind::Dir) => units.push(unit),
            _ => sweep.foreign.push(entry.name),
        }
    }
    units.sort();
    Ok(units)
}
