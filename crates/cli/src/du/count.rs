//! Counts what is in roots and units.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use incrdir_naming::{CACHEDIR_TAG, EntryName, UnitName};
use incrdir_session::{Catalog, Unit, vfs_name, visit};
use incrdir_vfs::{CapVfs, Name, Vfs, failed};

use super::document::{Du, DuUnit};
use crate::failure::{Failure, chain};
use crate::peek::entries_of;
use crate::place::{self, Place};
use crate::progress::Progress;
use crate::tally::Tally;

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
        let own = self.tally.place(None);
        self.tally.add(own, &seen.stat);
        self.entry(vfs, root, &Name::new(CACHEDIR_TAG)?, own)
    }

    fn unit(&mut self, place: &Place, name: &UnitName) -> Result<(), Failure> {
        let Some(unit) = Unit::open(&place.vfs, &place.root, name)? else { return Ok(()) };
        let catalog = unit.list()?;
        self.errors.extend(catalog.errors.iter().map(|error| chain(error)));
        self.foreign += catalog.foreign.len();
        let number = self.tally.unit();
        // Lock files, pins and the directory itself.
        let rest = self.tally.place(Some(number));
        let mut sessions = 0;
        self.entry(&place.vfs, &place.root, &vfs_name(name), rest)?;
        for entry in everything(&catalog) {
            self.progress.say(name, &entry);
            sessions += usize::from(matches!(entry, EntryName::Session(_)));
            let counted = match is_dir(entry) {
                true => self.tree(&unit, entry, number),
                false => self.entry(unit.vfs(), unit.dir(), &vfs_name(entry), rest),
            };
            if let Err(failure) = counted {
                self.errors.push(chain(&*failure));
            }
        }
        self.units.push(Counted {
            root: place.vfs.path(&place.root).to_string_lossy().into_owned(),
            unit: name.to_string(),
            sessions,
            number,
        });
        Ok(())
    }

    /// One name, without what is below it. What is not there does not count.
    fn entry(
        &mut self,
        vfs: &CapVfs,
        dir: &<CapVfs as Vfs>::Dir,
        name: &Name,
        place: usize,
    ) -> Result<(), Failure> {
        match vfs.stat(dir, name) {
            Ok(stat) if stat.is_mount => {}
            Ok(stat) => self.tally.add(place, &stat),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(failed(vfs, "look at", dir, name)(error).into()),
        }
        Ok(())
    }

    /// A session, or something else of ours that is a directory.
    fn tree(
        &mut self,
        unit: &Unit<CapVfs>,
        entry: EntryName,
        number: usize,
    ) -> Result<(), Failure> {
        let (vfs, name) = (unit.vfs(), vfs_name(entry));
        let place = self.tally.place(Some(number));
        self.entry(vfs, unit.dir(), &name, place)?;
        let dir = match vfs.open_dir(unit.dir(), &name) {
            Ok(dir) => dir,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(failed(vfs, "open", unit.dir(), &name)(error).into()),
        };
        let tally = &mut self.tally;
        let errors = visit(vfs, &dir, &mut |visited| tally.add(place, visited.stat));
        self.errors.extend(errors.iter().map(|error| chain(error)));
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
