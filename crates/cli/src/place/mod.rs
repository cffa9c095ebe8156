//! From paths to roots and units.
//!
//! A path may be a root or a unit (`one`); a target directory of cargo's, the directory of a profile in it, or a project with targets, which
//! stand for the directories of sessions in them (`cargo`); or, where that was asked for, any directory, which stands for all roots
//! below it (`below`).

mod below;
mod cargo;
mod one;
mod profile;

use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::words;

pub(crate) use below::{Below, below};
pub(crate) use one::{Place, is_meant, open, unit_of, units};
pub(crate) use profile::Profile;

use one::no_such_unit;

/// Opens what a path stands for: a root or a unit, or the directories of sessions in what is cargo's.
pub(crate) fn open_all(path: &Path, unit: Option<&str>) -> Result<Vec<Place>, Failure> {
    let place = open(path, None)?;
    let is_root = place.units.is_some()
        || place.profile.is_some()
        || !units(&place.vfs, &place.root)?.0.is_empty()
        || place.is_ours();
    let mut places = if is_root { Vec::new() } else { cargo::within(&place)? };
    match (places.is_empty(), unit) {
        (true, None) => Ok(vec![place]),
        (true, Some(_)) => Ok(vec![open(path, unit)?]),
        (false, None) => Ok(places),
        (false, Some(asked)) => {
            for place in &mut places {
                let mut units = units(&place.vfs, &place.root)?.0;
                units.retain(|unit| is_meant(unit, asked));
                place.units = Some(units);
            }
            places.retain(|place| place.units.as_ref().is_some_and(|units| !units.is_empty()));
            if places.is_empty() { Err(no_such_unit(path, asked)) } else { Ok(places) }
        }
    }
}

/// What was looked for where a path led to no unit.
pub(crate) fn no_unit_in(path: &Path) -> String {
    if path.file_name().is_some_and(|name| name == "incremental") && path.is_dir() {
        return format!("`{}` holds no unit", path.display());
    }
    format!(
        "there is no unit in `{}`: it is neither a root, which holds units, nor the directory of one, nor a target directory or project \
         of cargo's with units in an `incremental` directory; --recursive looks for all of these below it",
        path.display()
    )
}

/// What was looked for where a search found no unit.
pub(crate) fn no_unit_below(paths: &[PathBuf], searched: u64) -> String {
    let paths: Vec<_> = paths.iter().map(|path| format!("`{}`", path.display())).collect();
    format!(
        "there is no unit below {}: none of {} holds units",
        paths.join(", "),
        words::count_of(searched, "directory", "directories"),
    )
}
