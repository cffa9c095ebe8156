//! R1: in what the spare differs from the source, seen before anything is done to it.
//!
//! What is in a directory of the spare is what its record says, if one look shows that its names are those that were
//! recorded (E5); else it is listed. The source is what its record says (or what listings show, if it has none); only what
//! would have to be taken from it is looked at, so that a source which lacks that costs nobody the spare.

use incrdir_record::{Content, Item, Kind, List};
use incrdir_vfs::{DirStat, Entry, FileKind, Name, Vfs, failed, kind_of};

use crate::fill::attributes::digest_of_dir;
use crate::fill::entries::{Entries, Found};
use crate::fill::known_spare::{Intact, KnownSpare};
use crate::fill::pairing::Pairing;
use crate::record::name_of;
use crate::stop::go_on;
use crate::tree::trail::{Pending, Trail, Way};
use crate::trust::evidence::ShownDir;
use crate::{SeedError, tree};

/// By what a file of the spare is told to be a file of the source.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Same {
    /// By file id. They are on one file system, because one was renamed next to the other.
    File {
        /// Whether two entries of listings with one inode number are one file.
        trusts_listings: bool,
    },
    /// By what both lists say of their content.
    Content,
}

impl Same {
    /// Whether a listing tells that it is one file: that, and only that, takes no call.
    fn is_plain(self, wanted: &Item, found: Found<'_>) -> bool {
        matches!(self, Same::File { trusts_listings: true })
            && wanted.is_inode(found.inode)
            && wanted.kind() == Kind::File
            && found.kind == Some(FileKind::File)
    }
}

/// What has to be done to one directory of the spare.
#[derive(Default)]
pub(crate) struct Difference {
    /// How many files are the source's already.
    pub(crate) same: u64,
    pub(crate) other: Vec<Other>,
    /// Numbers of what the source has and the spare has not.
    pub(crate) missing: Vec<usize>,
    /// What was seen of it. `None` of the top.
    pub(crate) seen: Option<DirStat>,
    /// If it was not listed, because it has the names that were recorded of it.
    pub(crate) intact: Option<Intact>,
    /// Whether its attributes are not those of the source's.
    pub(crate) has_other_attributes: bool,
    /// Whether listings tell which of its files are the source's.
    pub(crate) is_here: bool,
}

/// An entry of the spare that may have to change. Entries of lists by their numbers in the whole list.
pub(crate) struct Other {
    pub(crate) found: Entry,
    /// What the source has under its name.
    pub(crate) wanted: Option<usize>,
    /// What the spare's list says of it.
    pub(crate) known: Option<usize>,
    /// If both are directories: the number of their difference.
    pub(crate) below: Option<usize>,
    /// Whether it is an untouched copy of what is wanted, once somebody has looked.
    pub(crate) holds: Option<bool>,
}

impl Other {
    fn new(found: Entry, wanted: Option<usize>, known: Option<usize>) -> Self {
        Self { found, wanted, known, below: None, holds: None }
    }
}

/// The differences of all directories, each before those in it.
pub(crate) type Differences = Vec<Difference>;

/// How much of each directory and all below it is the source's already, if nothing has to be done there: files and
/// directories.
pub(crate) fn untouched(differences: &Differences) -> Vec<Option<(u64, u64)>> {
    let mut untouched = vec![None; differences.len()];
    for (number, difference) in differences.iter().enumerate().rev() {
        let is_other = !difference.missing.is_empty() || difference.has_other_attributes;
        let below = |other: &Other| other.below.and_then(|below| untouched[below]);
        let sum = |sum: (u64, u64), (files, dirs): (u64, u64)| (sum.0 + files, sum.1 + dirs);
        let start = Some((difference.same, 1));
        let all =
            difference.other.iter().map(below).fold(start, |all, below| Some(sum(all?, below?)));
        untouched[number] = all.filter(|_| !is_other);
    }
    untouched
}

pub(crate) struct Comparison<'a, V: Vfs> {
    pub(crate) vfs: &'a V,
    pub(crate) list: &'a List,
    pub(crate) same: Same,
    pub(crate) spare: Option<&'a KnownSpare>,
    /// The one that both are on.
    pub(crate) device: u64,
}

/// The source is opened only where something in it is looked at: mostly nothing is.
struct Sides<'a, V: Vfs> {
    source: Trail<'a, V>,
    spare: Trail<'a, V>,
}

impl<V: Vfs> Way for Sides<'_, V> {
    fn enter(&mut self, name: Name) {
        self.source.enter(name.clone());
        self.spare.enter(name);
    }

    fn leave(&mut self) {
        self.source.leave();
        self.spare.leave();
    }
}

/// A directory that both have.
struct Both {
    /// In the source's list.
    wanted: Option<usize>,
    block: usize,
    /// In the spare's list.
    known: Option<SpareEntry>,
    /// What was seen of it, if it has the names that the spare's list has of it.
    intact: Option<(ShownDir, DirStat)>,
    /// Which entry of which difference it is.
    within: (usize, usize),
}

/// What the spare's list has of one directory.
struct SpareBlock<'a> {
    list: &'a List,
    block: usize,
    pairing: Pairing<'a>,
}

/// An entry of it: its number in the whole list, which the top has not, and of a directory its block.
#[derive(Clone, Copy)]
struct SpareEntry {
    number: Option<usize>,
    block: Option<usize>,
}

impl<'a> SpareBlock<'a> {
    fn new(list: &'a List, block: usize) -> Self {
        Self { list, block, pairing: Pairing::new(list, block) }
    }

    fn find(&mut self, found: Found<'_>) -> Option<SpareEntry> {
        let (number, item) = self.pairing.find_named(found.name, found.inode)?;
        let number = Some(self.list.first_of(self.block) + number);
        Some(SpareEntry { number, block: item.block() })
    }
}

impl<V: Vfs> Comparison<'_, V> {
    /// Compares two directories and all below them.
    ///
    /// # Errors
    ///
    /// If something cannot be looked at, or the source lacks what would have to be taken from it.
    pub(crate) fn all(&self, from: &V::Dir, to: &V::Dir) -> Result<Differences, SeedError> {
        let vfs = self.vfs;
        let mut sides = Sides { source: Trail::new(vfs, from), spare: Trail::new(vfs, to) };
        let mut differences = Differences::new();
        let mut pending = Pending::new();
        let top = SpareEntry { number: None, block: Some(0) };
        let mut next =
            Some(Both { wanted: None, block: 0, known: Some(top), intact: None, within: (0, 0) });
        while let Some(both) = next {
            let number = differences.len();
            if let Some(other) = differences
                .get_mut(both.within.0)
                .and_then(|within: &mut Difference| within.other.get_mut(both.within.1))
            {
                other.below = Some(number);
            }
            let (difference, below) = self.directory(&mut sides, &both, number)?;
            differences.push(difference);
            pending.add(below);
            next = pending.next(&mut sides);
        }
        Ok(differences)
    }

    fn directory(
        &self,
        sides: &mut Sides<'_, V>,
        both: &Both,
        own: usize,
    ) -> Result<(Difference, Vec<(Name, Both)>), SeedError> {
        let list = self.list;
        let first = list.first_of(both.block);
        let mut pairing = Pairing::new(list, both.block);
        let mut is_there = vec![false; list.block(both.block).len()];
        let (mut difference, entries) = self.entries(sides, both)?;
        let block = self.spare.zip(both.known.and_then(|known| known.block));
        let mut spare = match (&entries, block) {
            (Entries::Listed(_), Some((spare, block))) => Some(SpareBlock::new(&spare.list, block)),
            _ => None,
        };
        let mut below = Vec::new();
        for at in 0..entries.len() {
            let found = entries.get(at);
            let Some((number, item)) = pairing.find_named(found.name, found.inode) else {
                let found = entries.entry(at)?;
                difference.other.push(Other::new(found, None, None));
                continue;
            };
            is_there[number] = true;
            if difference.is_here && self.same.is_plain(item, found) {
                difference.same += 1;
                continue;
            }
            let wanted = first + number;
            let known = match &entries {
                Entries::Recorded(list, block) => Some(SpareEntry {
                    number: Some(list.first_of(*block) + at),
                    block: list.block(*block)[at].block(),
                }),
                Entries::Listed(_) => spare.as_mut().and_then(|spare| spare.find(found)),
            };
            let found = entries.entry(at)?;
            let known_number = known.and_then(|known| known.number);
            if let (true, Some(block)) = (self.is_dir(sides, item, &found)?, item.block()) {
                let within = (own, difference.other.len());
                let intact = self.intact(sides, known_number, &found.name);
                let both = Both { wanted: Some(wanted), block, known, intact, within };
                below.push((found.name.clone(), both));
            } else if self.content(wanted, known_number).is_none() {
                self.look(sides, &found.name)?;
            }
            difference.other.push(Other::new(found, Some(wanted), known_number));
        }
        for number in (0..is_there.len()).filter(|number| !is_there[*number]) {
            if let Some(name) = name_of(list, &list.block(both.block)[number]) {
                self.look(sides, &name)?;
            }
            difference.missing.push(first + number);
        }
        Ok((difference, below))
    }

    /// What is in a directory of the spare, and what the directory itself has that the source's has not.
    fn entries(
        &self,
        sides: &mut Sides<'_, V>,
        both: &Both,
    ) -> Result<(Difference, Entries<'_>), SeedError> {
        let vfs = self.vfs;
        let block = self.spare.zip(both.known.and_then(|known| known.block));
        let mut difference = Difference { is_here: true, ..Difference::default() };
        match (block, both.intact) {
            (Some((spare, block)), None) if both.wanted.is_none() && spare.is_top_intact() => {
                go_on(vfs, sides.spare.root())?;
                return Ok((difference, Entries::Recorded(&spare.list, block)));
            }
            (Some((spare, block)), Some((shown, seen))) => {
                go_on(vfs, sides.spare.root())?;
                difference.seen = Some(seen);
                let known = both.known.and_then(|known| known.number);
                let recorded = known.and_then(|number| spare.list.digest(number));
                let wanted = both.wanted.and_then(|number| self.list.digest(number));
                difference.has_other_attributes = match recorded {
                    Some(recorded) if wanted.is_some() => wanted != Some(recorded),
                    _ => self.has_other_attributes(sides, both, Some(&seen))?,
                };
                let is_synced = known.is_some_and(|number| spare.list.item(number).is_synced());
                // What its attributes were is to be known when it is recorded.
                difference.intact = wanted.map(|_| Intact { block: both.block, is_synced, shown });
                return Ok((difference, Entries::Recorded(&spare.list, block)));
            }
            _ => {}
        }
        if sides.spare.here().is_err() {
            sides.source.squeeze();
        }
        let (to, seen) = sides.spare.look()?;
        go_on(vfs, to)?;
        difference.seen = seen;
        // A number of another device says nothing.
        difference.is_here = seen.is_none_or(|seen| seen.stat.id.device == self.device);
        let entries = tree::list(vfs, to)?;
        difference.has_other_attributes = self.has_other_attributes(sides, both, seen.as_ref())?;
        Ok((difference, Entries::Listed(entries)))
    }

    fn content(&self, wanted: usize, known: Option<usize>) -> Option<Content> {
        let spare = self.spare.filter(|_| self.same == Same::Content)?;
        spare.content(self.list, wanted, known)
    }

    fn is_dir(
        &self,
        sides: &mut Sides<'_, V>,
        item: &Item,
        found: &Entry,
    ) -> Result<bool, SeedError> {
        if item.kind() != Kind::Dir {
            return Ok(false);
        }
        if let Some(kind) = found.kind {
            return Ok(kind == FileKind::Dir);
        }
        let to = sides.spare.here()?;
        let kind = kind_of(self.vfs, to, found);
        Ok(kind.map_err(failed(self.vfs, "look at", to, &found.name))? == FileKind::Dir)
    }

    /// Looks at a directory of the spare, if that can show that it has the names that are recorded of it. A look that fails
    /// shows nothing: opening it fails likewise.
    fn intact(
        &self,
        sides: &mut Sides<'_, V>,
        known: Option<usize>,
        name: &Name,
    ) -> Option<(ShownDir, DirStat)> {
        let shown = self.spare?.shown(known?)?;
        let now = self.vfs.stat(sides.spare.here().ok()?, name).ok()?;
        let is_intact = now.id.device == self.device && shown.is_shown_by(&now);
        is_intact.then_some((shown, DirStat::new(now)))
    }

    /// Whether the spare's directory has not what a new one would be given.
    fn has_other_attributes(
        &self,
        sides: &mut Sides<'_, V>,
        both: &Both,
        seen: Option<&DirStat>,
    ) -> Result<bool, SeedError> {
        let vfs = self.vfs;
        let (Some(wanted), Some(seen)) = (both.wanted, seen) else { return Ok(false) };
        let dir = sides.spare.here()?;
        let look = |dir| move |error| incrdir_vfs::Error::new("look at", vfs.path(dir), error);
        let found = digest_of_dir(vfs, dir, seen).map_err(look(dir))?;
        if let Some(recorded) = self.list.digest(wanted) {
            return Ok(found != recorded);
        }
        let (dir, seen) = sides.source.look()?;
        let Some(seen) = seen else { return Ok(true) };
        Ok(found != digest_of_dir(vfs, dir, &seen).map_err(look(dir))?)
    }

    /// Whether what would have to be taken from the source is there.
    fn look(&self, sides: &mut Sides<'_, V>, name: &Name) -> Result<(), SeedError> {
        let vfs = self.vfs;
        if sides.source.here().is_err() {
            sides.spare.squeeze();
        }
        let from = sides.source.here()?;
        go_on(vfs, from)?;
        vfs.stat(from, name).map_err(failed(vfs, "look at", from, name))?;
        Ok(())
    }
}
