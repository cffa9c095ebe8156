//! Notes and announcements: names of objects, written down for others.

use std::collections::BTreeSet;

use incrdir_naming::UnitName;
use serde::{Deserialize, Serialize};

use crate::limits::NOTE_BYTES;
use crate::manifest::ObjectName;
use crate::settle::{make, remove};
use crate::{Error, Scope, Store, layout, squeeze};

/// An object of a unit: its scope and name.
pub(crate) type Placed = (Scope, ObjectName);

/// What is written, in postcard's format, compressed.
#[derive(Serialize, Deserialize)]
struct Written(Vec<(String, ObjectName)>);

fn encode(names: &BTreeSet<Placed>) -> Option<Vec<u8>> {
    let written = names.iter().map(|(scope, name)| (scope.to_string(), *name)).collect();
    squeeze::compress(&postcard::to_stdvec(&Written(written)).ok()?, 3)
}

/// `None`: it is none of ours.
fn decode(bytes: &[u8]) -> Option<BTreeSet<Placed>> {
    let bytes = squeeze::decompress(bytes, NOTE_BYTES)?;
    let Written(names) = postcard::from_bytes(&bytes).ok()?;
    names.into_iter().map(|(scope, name)| Some((scope.parse().ok()?, name))).collect()
}

/// Writes names down.
pub(crate) fn write<S: Store>(store: &S, key: &str, names: &BTreeSet<Placed>) -> Result<(), Error> {
    let bytes = encode(names).ok_or(Error::TooManyFiles)?;
    make(store, key, &bytes)
}

/// Reads names. `None`: it is gone, or cannot be read.
pub(crate) fn read<S: Store>(store: &S, key: &str) -> Result<Option<BTreeSet<Placed>>, Error> {
    match store.get(key, NOTE_BYTES) {
        Err(error) if error.is_of_something_else() => Ok(None),
        got => Ok(got?.and_then(|bytes| decode(&bytes))),
    }
}

/// Removes a manifest that names such objects.
///
/// Whoever relied on them through this manifest has half of the grace from now. A note that has one of them is from before it
/// was named: it would be the reason to delete it at once. So such notes go first (M1).
pub(crate) fn unlist<S: Store>(
    store: &S,
    unit: &UnitName,
    manifest: &str,
    is_named: &dyn Fn(&Placed) -> bool,
) -> Result<(), Error> {
    for note in store.list(&layout::notes(unit))? {
        let is_struck = read(store, &note.key)?.is_none_or(|noted| noted.iter().any(is_named));
        if is_struck {
            remove(store, &note.key)?;
        }
    }
    Ok(remove(store, manifest)?)
}

/// Everything that is being deleted just now.
pub(crate) fn announced<S: Store>(store: &S, unit: &UnitName) -> Result<BTreeSet<Placed>, Error> {
    let mut names = BTreeSet::new();
    for announcement in store.list(&layout::announcements(unit))? {
        names.extend(read(store, &announcement.key)?.unwrap_or_default());
    }
    Ok(names)
}
