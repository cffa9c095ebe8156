//! Counts what is in roots and units.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use incrdir_naming::{CACHEDIR_TAG, EntryName, UnitName};
use incrdir_session::{Catalog, Unit, vfs_name};
use incrdir_vfs::{CapVfs, Name, Vfs, failed};

use super::document::{Du, DuUnit};
use crate::failure::{Failure, chain};
use crate::peek::entries_of;
use crate::place::{self, Place};
use crate::progress::Progress;
use crate::tally::{Part, Tally};
use crate::trees::trees;

pub(super) struct Count {
    tally: Tally,
    units: Vec<Counted>,
    /// Roots and units that have been counted: a PATH may be given twice, or be in another one.
    done: BTreeSet<PathBuf>,
    foreign: usize,
    progress: Progress,
    pub(super) errors: Vec<String>,
}

struct Counted {
    root: String,
    unit: String,
    sessions: usize,
    number: usize,
}

impl Default for Count {
    fn default() -> Self {
        Self {
            tally: Tally::default(),
            units: Vec::new(),
            done: BTreeSet::new(),
            foreign: 0,
            progress: Progress::new(),
            errors: Vec::new(),
        }
    }
}

impl Count {
    /// Counts a root, or a unit.
    pub(super) fn path(&mut self, path: &Path) -> Result<(), Failure> {
        for place in place::open_all(path, None)? {
            self.place(place)?;
        }
        Ok(())
    }

    fn place(&mut self, place: Place) -> Result<(), Failure> {
        let units = match &place.units {
            Some(units) => units.clone(),
            None => {
                let (units, foreign) = place::units(&place.vfs, &place.root)?;
                if self.done.insert(place.vfs.path(&place.root).into()) {
                    self.foreign += foreign.len();
                    self.root(&place)?;
                }
                units
            }
        };
        for name in units {
            let path = place.vfs.path(&place.root).join(name.to_string());
            if !self.done.insert(path) {
                continue;
            }
            if let Err(failure) = self.unit(&place, &name) {
                self.errors.push(chain(&*failure));
            }
        }
        Ok(())
    }

    /// The root's own directory.
    fn root(&mut self, place: &Place) -> Result<(), Failure> {
        let (vfs, root) = (&place.vfs, &place.root);
        let looked = vfs.stat_dir(root);
        let seen =
            looked.map_err(|error| incrdir_vfs::Error::new("look at", vfs.path(root), error))?;
        let mut own = Part::default();
        own.add(&seen.stat);
        let tag = entry(vfs, root, &Name::new(CACHEDIR_TAG)?, &mut own);
        self.tally.place(None, own);
        tag
    }

    fn unit(&mut self, place: &Place, name: &UnitName) -> Result<(), Failure> {
        let Some(unit) = Unit::open(&place.vfs, &place.root, name)? else { return Ok(()) };
        let catalog = unit.list()?;
        self.errors.extend(catalog.errors.iter().map(|error| chain(error)));
        self.foreign += catalog.foreign.len();
        let number = self.tally.unit();
        // Lock files, pins and the directory itself.
        let mut rest = Part::default();
        entry(&place.vfs, &place.root, &vfs_name(name), &mut rest)?;
        let (directories, files): (Vec<_>, Vec<_>) =
            everything(&catalog).into_iter().partition(|entry| is_dir(*entry));
        for file in files {
            let counted = entry(unit.vfs(), unit.dir(), &vfs_name(file), &mut rest);
            self.errors.extend(counted.err().map(|failure| chain(&*failure)));
        }
        self.tally.place(Some(number), rest);
        let progress = &self.progress;
        let watch = |entry| progress.say(name, &entry);
        let trees = trees(&unit, &directories, &watch, |_| true);
        for (directory, mut tree) in directories.iter().zip(trees) {
            let own = entry(unit.vfs(), unit.dir(), &vfs_name(*directory), &mut tree.part);
            self.errors.extend(own.err().map(|failure| chain(&*failure)));
            self.errors.extend(tree.errors);
            self.tally.place(Some(number), tree.part);
        }
        let is_session = |entry: &&EntryName| matches!(entry, EntryName::Session(_));
        let sessions = directories.iter().filter(is_session).count();
        self.units.push(Counted {
            root: place.vfs.path(&place.root).to_string_lossy().into_owned(),
            unit: name.to_string(),
            sessions,
            number,
        });
        Ok(())
    }

    pub(super) fn document(self) -> Du {
        self.progress.end();
        let settled = self.tally.settle();
        let units = self.units.into_iter().map(|counted| {
            let amount = settled.units[counted.number];
            DuUnit {
                root: counted.root,
                unit: counted.unit,
                sessions: counted.sessions,
                files: amount.files,
                bytes: amount.bytes,
                shared_bytes: amount.shared,
                own_bytes: amount.own,
                unshared_bytes: amount.unshared,
            }
        });
        Du::new(units.collect(), settled.all, self.foreign, self.errors)
    }
}

/// Counts one name, without what is below it. What is not there does not count.
fn entry(
    vfs: &CapVfs,
    dir: &<CapVfs as Vfs>::Dir,
    name: &Name,
    part: &mut Part,
) -> Result<(), Failure> {
    match vfs.stat(dir, name) {
        Ok(stat) if stat.is_mount => {}
        Ok(stat) => part.add(&stat),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(failed(vfs, "look at", dir, name)(error).into()),
    }
    Ok(())
}

fn is_dir(entry: EntryName) -> bool {
    matches!(entry, EntryName::Session(_) | EntryName::Tombstone(..) | EntryName::Quarantined(_))
}

/// All that is ours in a unit, each name once.
fn everything(catalog: &Catalog) -> Vec<EntryName> {
    let mut entries = Vec::new();
    for (key, found) in &catalog.sessions {
        let with_working = found.working && !found.published.is_empty();
        let sessions = entries_of(*key, found).into_iter();
        entries.extend(sessions.filter(|entry| matches!(entry, EntryName::Session(_))));
        entries.extend(with_working.then(|| EntryName::from(key.working())));
        entries.extend(found.lock.then_some(EntryName::Lock(*key)));
    }
    entries.extend(catalog.births.iter().map(|key| EntryName::Birth(*key)));
    entries.extend(&catalog.tombstones);
    entries.extend(&catalog.quarantined);
    entries.extend(&catalog.pins);
    entries
}
