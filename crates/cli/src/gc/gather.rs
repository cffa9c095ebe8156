//! Where a collection works.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use incrdir_vfs::Vfs;

use super::args::GcArgs;
use crate::failure::Failure;
use crate::place::{self, Below, Place};

/// The roots and units that are meant.
pub(super) fn gather(args: &GcArgs, stop: &Arc<AtomicBool>) -> Result<Below, Failure> {
    if args.recursive {
        return Ok(place::below(&args.paths, args.cross_mounts, stop));
    }
    let mut places: Vec<Place> = Vec::new();
    for path in &args.paths {
        for place in place::open_all(path, args.unit.as_deref())? {
            let place = place.stopped_by(stop);
            if !is_among(&places, &place)? {
                places.push(place);
            }
        }
    }
    Ok(Below { places, ..Below::default() })
}

/// Whether all of a root is meant already. Its limits count each file once anyway, but what is gone would be told twice.
fn is_among(places: &[Place], new: &Place) -> Result<bool, Failure> {
    let id = new.vfs.stat_dir(&new.root)?.stat.id;
    for place in places {
        let is_same = place.vfs.stat_dir(&place.root)?.stat.id == id;
        if is_same && (place.units.is_none() || place.units == new.units) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What was looked for in vain.
pub(super) fn in_vain(args: &GcArgs, searched: u64) -> Vec<String> {
    match args.recursive {
        true => vec![place::no_unit_below(&args.paths, searched)],
        false => args.paths.iter().map(|path| place::no_unit_in(path)).collect(),
    }
}
