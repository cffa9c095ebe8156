//! B6: fill a new working session from its source.
//!
//! Regular files are linked, cloned or copied, directories are made anew, symbolic links are made again as
//! links. Nothing is followed and nothing is overwritten: every name is created exclusively in a directory
//! that only we know. Pipes, sockets and devices are left out and reported.
//!
//! Many copies are made at the same time (`parallel.rs`), between making the directories and giving those their attributes.

use std::collections::BTreeMap;

use incrdir_record::{Item, Kind, List};
use incrdir_vfs::{Handle, Name, Step, Vfs, Work, failed};

use crate::fill::attributes::{Attributes, Plain, gives_attributes};
use crate::fill::basis::Copies;
use crate::fill::copier::{Copier, Several};
use crate::fill::pair::Pair;
use crate::fill::parallel::{FEW, Noted, copy_all};
use crate::fill::seeded::Seeded;
use crate::observe;
use crate::stop::go_on;
use crate::tree::trail::Way;
use crate::tree::ways::Place;
use crate::{SeedError, SeedMode};

/// Fills the empty directory `to` from `from`, which holds what is listed.
///
/// # Errors
///
/// On any of them `to` is incomplete and must not be used.
pub(crate) fn seed<V: Vfs>(
    vfs: &V,
    from: &V::Dir,
    to: &V::Dir,
    list: &List,
    mode: SeedMode,
) -> Result<(Seeded, Copies), SeedError> {
    let mut seeder = Seeder::with(vfs, mode, list);
    seeder.copier.strips = gives_attributes(vfs, to)?;
    seeder.fill(&mut Pair::new(vfs, from, to), 0)?;
    Ok((seeder.copier.done, seeder.copier.copied))
}

pub(crate) struct Seeder<'a, V: Vfs> {
    pub(crate) copier: Copier<'a, V>,
    /// Files and links that were dealt with.
    steps: u64,
}

/// A directory that is being filled.
struct Filling {
    block: usize,
    next: usize,
    /// What it gets in the end. `None`: the one that it began with.
    attributes: Option<Attributes>,
    /// Where it is noted, if its files are copied later.
    place: Place,
}

impl Filling {
    fn new(block: usize, attributes: Option<Attributes>, place: Place) -> Self {
        Self { block, next: 0, attributes, place }
    }
}

/// What is left until all directories have been made.
struct Later {
    noted: Noted,
    /// What each directory gets, each after those in it.
    attributes: Vec<(Place, Attributes)>,
}

impl<'a, V: Vfs> Seeder<'a, V> {
    pub(crate) fn with(vfs: &'a V, mode: SeedMode, list: &'a List) -> Self {
        let several = Several::Here(BTreeMap::new());
        Self { copier: Copier::new(vfs, mode, list, several), steps: 0 }
    }

    /// Fills the directory that the pair is at with what is listed in the block, and all below it.
    fn fill(&mut self, pair: &mut Pair<'_, V>, block: usize) -> Result<(), SeedError> {
        self.go_on(pair, Filling::new(block, None, None))
    }

    fn go_on(&mut self, pair: &mut Pair<'_, V>, first: Filling) -> Result<(), SeedError> {
        let list = self.copier.list;
        // A link is one call, and those of one file system wait for each other.
        let is_large = self.copier.mode != SeedMode::Link && has_many(list, first.block);
        let mut later = is_large.then(|| {
            let base = pair.to.names().cloned().collect();
            Later { noted: Noted::below(base), attributes: Vec::new() }
        });
        let mut filling = vec![first];
        while let Some(level) = filling.last_mut() {
            let Some(item) = list.block(level.block).get(level.next) else {
                let Filling { attributes, place, .. } =
                    filling.pop().expect("BUG: it is the last one");
                match (attributes, &mut later) {
                    (None, _) => {}
                    (Some(attributes), None) => {
                        self.finish_directory(pair, &attributes)?;
                        pair.leave();
                    }
                    (Some(attributes), Some(later)) => {
                        later.attributes.push((place, attributes));
                        pair.leave();
                    }
                }
                continue;
            };
            let number = list.first_of(level.block) + level.next;
            level.next += 1;
            match (item.block(), &mut later) {
                (Some(block), later) => {
                    let within = level.place;
                    let (name, attributes) = self.make_directory(pair, item)?;
                    let place = later.as_mut().and_then(|it| it.noted.ways.add(within, name));
                    filling.push(Filling::new(block, Some(attributes), place));
                }
                (None, Some(later)) if item.kind() == Kind::File => {
                    later.noted.file(level.place, number);
                    if later.noted.are_many() {
                        self.copy_noted(pair, &mut later.noted)?;
                    }
                }
                (None, _) => self.leaf(pair, number, item)?,
            }
        }
        match later {
            Some(later) => self.finish(pair, later),
            None => Ok(()),
        }
    }

    /// Copies what is noted, and comes back to where the pair was.
    fn copy_noted(&mut self, pair: &mut Pair<'_, V>, noted: &mut Noted) -> Result<(), SeedError> {
        let tops = [pair.from.root(), pair.to.root()];
        let rest = copy_all(&mut self.copier, tops, noted, &mut self.steps)?;
        if rest.is_empty() {
            return Ok(());
        }
        let here: Vec<Name> = pair.to.names().cloned().collect();
        for (place, number) in rest {
            pair.go(&noted.ways.way(place));
            let item = self.copier.list.item(number);
            let name = self.copier.name(pair, item)?;
            self.copier.file(pair, &name, number)?;
        }
        pair.go(&here);
        Ok(())
    }

    /// Copies the rest, and gives all directories what they are to get.
    fn finish(&mut self, pair: &mut Pair<'_, V>, later: Later) -> Result<(), SeedError> {
        let Later { mut noted, attributes } = later;
        let here: Vec<Name> = pair.to.names().cloned().collect();
        self.copy_noted(pair, &mut noted)?;
        for (place, attributes) in attributes {
            pair.go(&noted.ways.way(place));
            self.finish_directory(pair, &attributes)?;
        }
        pair.go(&here);
        Ok(())
    }

    /// Takes one entry of the source over: its name is free.
    pub(crate) fn entry(&mut self, pair: &mut Pair<'_, V>, number: usize) -> Result<(), SeedError> {
        let item = self.copier.list.item(number);
        match item.block() {
            Some(block) => {
                let (_, attributes) = self.make_directory(pair, item)?;
                self.go_on(pair, Filling::new(block, None, None))?;
                self.finish_directory(pair, &attributes)?;
                pair.leave();
                Ok(())
            }
            None => self.leaf(pair, number, item),
        }
    }

    fn leaf(
        &mut self,
        pair: &mut Pair<'_, V>,
        number: usize,
        item: &Item,
    ) -> Result<(), SeedError> {
        pair.ready()?;
        self.step(1);
        let from = pair.from.here()?;
        go_on(self.copier.vfs, from)?;
        observe::takes_over(self.copier.vfs, from, self.copier.list.name(item));
        let name = self.copier.name(pair, item)?;
        match item.kind() {
            Kind::File => self.copier.file(pair, &name, number),
            Kind::Symlink => self.symlink(pair, &name),
            _ => {
                let dir = self.copier.vfs.path(pair.from.here()?).to_owned();
                self.copier.leave_out(&dir, &name);
                Ok(())
            }
        }
    }

    /// Tells of files and links that are dealt with.
    pub(crate) fn step(&mut self, more: u64) {
        if more > 0 {
            self.steps += more;
            self.copier
                .vfs
                .step(Step::new(Work::Seed, self.steps).of(self.copier.list.len() as u64));
        }
    }

    /// Makes a directory and enters it. Returns what it is to get when it is full.
    fn make_directory(
        &mut self,
        pair: &mut Pair<'_, V>,
        item: &Item,
    ) -> Result<(Name, Attributes), SeedError> {
        let vfs = self.copier.vfs;
        pair.ready()?;
        go_on(vfs, pair.from.here()?)?;
        let name = self.copier.name(pair, item)?;
        let to = pair.to.here()?;
        vfs.create_dir(to, &name).map_err(failed(vfs, "create directory", to, &name))?;
        pair.enter(name.clone());
        pair.ready()?;
        let (source, seen) = pair.from.look()?;
        let look = |error| incrdir_vfs::Error::new("look at", vfs.path(source), error);
        let stat = match seen {
            Some(seen) => seen.stat,
            None => vfs.stat_dir(source).map_err(look)?.stat,
        };
        Ok((name, Attributes::of(vfs, Handle::Dir(source), &stat).map_err(look)?))
    }

    /// Last, because it may take away our own permission to write there, and because each name in it moves its time.
    fn finish_directory(
        &mut self,
        pair: &mut Pair<'_, V>,
        attributes: &Attributes,
    ) -> Result<(), SeedError> {
        let vfs = self.copier.vfs;
        let target = pair.session()?;
        let set = |error| incrdir_vfs::Error::new("set attributes of", vfs.path(target), error);
        // The one that it is in may have given it its group.
        let look = |error| incrdir_vfs::Error::new("look at", vfs.path(target), error);
        let plain = Plain::of(&vfs.stat_dir(target).map_err(look)?.stat);
        let given = attributes.give(vfs, Handle::Dir(target), &plain, self.copier.strips);
        if let Some(lost) = given.map_err(set)?.why {
            self.copier.lose(set(lost));
        }
        self.copier.done.directories += 1;
        Ok(())
    }

    fn symlink(&mut self, pair: &mut Pair<'_, V>, name: &Name) -> Result<(), SeedError> {
        let vfs = self.copier.vfs;
        let (from, to) = (pair.from.here()?, pair.to.here()?);
        let target = vfs.read_link(from, name).map_err(failed(vfs, "read link", from, name))?;
        // A session without its links is another one than its source, however good the reason.
        vfs.symlink(&target, to, name).map_err(failed(vfs, "create link", to, name))?;
        self.copier.done.symlinks += 1;
        Ok(())
    }
}

/// Whether so many files are below a directory that they are worth a second thread.
fn has_many(list: &List, block: usize) -> bool {
    let (mut blocks, mut files) = (vec![block], 0);
    while let Some(block) = blocks.pop() {
        let items = list.block(block);
        blocks.extend(items.iter().filter_map(Item::block));
        files += items.iter().filter(|item| item.kind() == Kind::File).count();
        if files > FEW {
            return true;
        }
    }
    false
}
