//! R4: makes the spare into what the source is.

use std::io::ErrorKind;

use incrdir_record::{Item, Kind};
use incrdir_vfs::{DirStat, Entry, FileKind, Handle, Name, Vfs, failed, kind_of};

use crate::fill::attributes::{Attributes, Plain, gives_attributes};
use crate::fill::basis::Copies;
use crate::fill::compare::{Difference, Differences, Other, Same, untouched};
use crate::fill::copier::Copier;
use crate::fill::known_spare::{Intact, KnownSpare};
use crate::fill::looks::{Claim, look_ahead};
use crate::fill::pair::Pair;
use crate::fill::recycle::{Spare, Wish};
use crate::fill::seed::Seeder;
use crate::observe;
use crate::stop::go_on;
use crate::tree::trail::Way;
use crate::{SeedError, SeedMode, Seeded, remove_tree};

/// R4. Returns what was done, the copies that stayed, and the directories to which nothing was to be done. On any error the
/// spare is incomplete and must not be used.
pub(crate) fn reconcile<V: Vfs>(
    vfs: &V,
    spare: &mut Spare<V>,
    wish: &Wish<'_, V>,
) -> Result<(Seeded, Copies, Vec<Intact>), SeedError> {
    let _span = observe::reconcile();
    let mut differences = std::mem::take(&mut spare.differences);
    let seeder = Seeder::with(vfs, wish.mode, wish.list);
    let known = spare.known.as_ref();
    if let (Some(known), Same::Content) = (known, wish.same()) {
        look_ahead(vfs, &spare.dir, wish.list, known, &mut differences)?;
    }
    let intact = differences.iter().map(|difference| difference.intact).collect();
    let mut reconciler = Reconciler { seeder, same: wish.same(), known, intact };
    reconciler.all(&mut Pair::new(vfs, wish.from, &spare.dir), differences)?;
    let Copier { done, copied, .. } = reconciler.seeder.copier;
    Ok((done, copied, reconciler.intact.into_iter().flatten().collect()))
}

struct Reconciler<'a, V: Vfs> {
    seeder: Seeder<'a, V>,
    same: Same,
    known: Option<&'a KnownSpare>,
    /// Which directories are what the lists say, by the numbers of their differences. What was to be done to one may have come
    /// to nothing, so that it shows no change, and is another one than the source's all the same.
    intact: Vec<Option<Intact>>,
}

/// A directory that is being made like the source's.
struct Work {
    difference: Difference,
    /// Directories in it that are still to be done, the next one last: names and numbers of their differences.
    below: Vec<(Name, usize)>,
    /// Whether something in it was made or removed, which moves its time.
    is_changed: bool,
}

impl<V: Vfs> Reconciler<'_, V> {
    fn all(
        &mut self,
        pair: &mut Pair<'_, V>,
        mut differences: Differences,
    ) -> Result<(), SeedError> {
        let untouched = untouched(&differences);
        let mut take = |number: usize| std::mem::take(&mut differences[number]);
        let mut works = vec![self.directory(pair, 0, take(0))?];
        while let Some(work) = works.last_mut() {
            match work.below.pop() {
                Some((_, number)) if untouched[number].is_some() => {
                    let (files, directories) = untouched[number].unwrap_or_default();
                    self.seeder.copier.done.recycled += files;
                    self.seeder.step(files);
                    self.seeder.copier.done.directories += directories;
                }
                Some((name, number)) => {
                    pair.enter(name);
                    let work = self.directory(pair, number, take(number))?;
                    works.push(work);
                }
                None => {
                    if let Some(seen) = work.difference.seen {
                        if work.is_changed || work.difference.has_other_attributes {
                            self.finish_directory(pair, &seen)?;
                        }
                        self.seeder.copier.done.directories += 1;
                        pair.leave();
                    }
                    works.pop();
                }
            }
        }
        Ok(())
    }

    /// Does all that is to be done to a directory but in those below it.
    fn directory(
        &mut self,
        pair: &mut Pair<'_, V>,
        number: usize,
        mut difference: Difference,
    ) -> Result<Work, SeedError> {
        self.seeder.copier.done.recycled += difference.same;
        self.seeder.step(difference.same);
        let mut below = Vec::new();
        let is_here = difference.is_here;
        let mut is_changed = !difference.missing.is_empty();
        for other in difference.other.drain(..) {
            match other {
                Other { found, below: Some(number), .. } => below.push((found.name, number)),
                Other { found, wanted: None, .. } => {
                    self.remove(pair, &found)?;
                    is_changed = true;
                }
                Other { wanted: Some(wanted), .. } => {
                    is_changed |= self.settle(pair, wanted, &other, is_here)?;
                }
            }
        }
        for number in difference.missing.drain(..) {
            self.make(pair, number)?;
        }
        if is_changed || difference.has_other_attributes {
            self.intact[number] = None;
        }
        below.reverse();
        Ok(Work { difference, below, is_changed })
    }

    /// One name that is in both, and not a directory in both. Returns whether it had to be made anew.
    fn settle(
        &mut self,
        pair: &mut Pair<'_, V>,
        wanted: usize,
        other: &Other,
        is_here: bool,
    ) -> Result<bool, SeedError> {
        let vfs = self.seeder.copier.vfs;
        let item = self.seeder.copier.list.item(wanted);
        let found = &other.found;
        go_on(vfs, pair.to.root())?;
        let kind = match found.kind {
            Some(kind) => kind,
            None => {
                let to = pair.session()?;
                kind_of(vfs, to, found).map_err(failed(vfs, "look at", to, &found.name))?
            }
        };
        match (item.kind(), kind) {
            (Kind::File, FileKind::File) if self.is_same(pair, item, other, is_here)? => {
                self.seeder.copier.done.recycled += 1;
                self.seeder.step(1);
                Ok(false)
            }
            (Kind::Symlink, FileKind::Symlink) if self.point_alike(pair, found)? => {
                self.seeder.copier.done.symlinks += 1;
                self.seeder.step(1);
                Ok(false)
            }
            _ => {
                self.remove(pair, found)?;
                self.make(pair, wanted)?;
                Ok(true)
            }
        }
    }

    /// Makes what is wanted in a directory of the spare, where others have been and left their attributes perhaps.
    fn make(&mut self, pair: &mut Pair<'_, V>, number: usize) -> Result<(), SeedError> {
        let Copier { vfs, mode, list, .. } = self.seeder.copier;
        let is_linked = mode == SeedMode::Link && list.item(number).kind() == Kind::File;
        // A link has what the file has.
        self.seeder.copier.strips = !is_linked && gives_attributes(vfs, pair.session()?)?;
        self.seeder.entry(pair, number)
    }

    fn point_alike(&self, pair: &mut Pair<'_, V>, entry: &Entry) -> Result<bool, SeedError> {
        let vfs = self.seeder.copier.vfs;
        let target = |dir| {
            vfs.read_link(dir, &entry.name).map_err(failed(vfs, "read link", dir, &entry.name))
        };
        pair.ready()?;
        Ok(target(pair.from.here()?)? == target(pair.to.here()?)?)
    }

    fn is_same(
        &mut self,
        pair: &mut Pair<'_, V>,
        item: &Item,
        other: &Other,
        is_here: bool,
    ) -> Result<bool, SeedError> {
        match self.same {
            Same::File { trusts_listings: true } if is_here => {
                return Ok(item.is_inode(other.found.inode));
            }
            Same::File { .. } => return Ok(self.is_one_file(pair, &other.found)?),
            Same::Content => {}
        }
        let Copier { vfs, list, .. } = self.seeder.copier;
        let claim = self.known.and_then(|spare| Claim::of(spare, list, other));
        let Some(claim) = claim.filter(|_| is_here) else { return Ok(false) };
        let holds = match other.holds {
            Some(holds) => holds,
            None => claim.holds(vfs, pair.session()?, &other.found.name)?,
        };
        if holds {
            self.seeder.copier.copied.insert(claim.inode(), claim.copied);
        }
        Ok(holds)
    }

    fn is_one_file(
        &self,
        pair: &mut Pair<'_, V>,
        entry: &Entry,
    ) -> Result<bool, incrdir_vfs::Error> {
        let (vfs, name) = (self.seeder.copier.vfs, &entry.name);
        let id = |dir| {
            vfs.stat(dir, name).map(|stat| stat.id).map_err(failed(vfs, "look at", dir, name))
        };
        pair.ready()?;
        Ok(id(pair.from.here()?)? == id(pair.to.here()?)?)
    }

    /// Gives a directory what the source's has. It had what was `seen`, but for the time, which our changes moved.
    fn finish_directory(
        &mut self,
        pair: &mut Pair<'_, V>,
        seen: &DirStat,
    ) -> Result<(), SeedError> {
        let vfs = self.seeder.copier.vfs;
        pair.ready()?;
        let (source, of_source) = pair.from.look()?;
        let look = |error| incrdir_vfs::Error::new("look at", vfs.path(source), error);
        let stat = match of_source {
            Some(of_source) => of_source.stat,
            None => vfs.stat_dir(source).map_err(look)?.stat,
        };
        let attributes = Attributes::of(vfs, Handle::Dir(source), &stat).map_err(look)?;
        let target = pair.to.here()?;
        let set = |error| incrdir_vfs::Error::new("set attributes of", vfs.path(target), error);
        let given = attributes.give(vfs, Handle::Dir(target), &Plain::of(&seen.stat), true);
        if let Some(lost) = given.map_err(set)?.why {
            self.seeder.copier.lose(set(lost));
        }
        Ok(())
    }

    fn remove(&mut self, pair: &mut Pair<'_, V>, entry: &Entry) -> Result<(), SeedError> {
        let vfs = self.seeder.copier.vfs;
        let (dir, name) = (pair.session()?, &entry.name);
        go_on(vfs, dir)?;
        let kind = kind_of(vfs, dir, entry).map_err(failed(vfs, "look at", dir, name))?;
        let removed = match kind {
            FileKind::Dir => {
                let removed = remove_tree(vfs, dir, name);
                removed.errors.into_iter().next().map_or(Ok(()), Err)
            }
            _ => match vfs.remove_file(dir, name) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    Err(failed(vfs, "remove", dir, name)(error))
                }
                _ => Ok(()),
            },
        };
        Ok(removed?)
    }
}
