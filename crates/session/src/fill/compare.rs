//! R1: in what the spare differs from the source, seen before anything is done to it.
//!
//! The spare is listed. The source is what its record says (or what listings show, if it has none); only what would
//! have to be taken from it is looked at, so that a source which lacks that costs nobody the spare.

use incrdir_record::{Content, Item, Kind, List};
use incrdir_vfs::{DirStat, Entry, FileKind, Name, Vfs, failed, kind_of};

use crate::fill::attributes::digest_of_dir;
use crate::fill::pairing::Pairing;
use crate::record::name_of;
use crate::stop::go_on;
use crate::tree::trail::{Pending, Trail, Way};
use crate::trust::evidence::Clock;
use crate::{SeedError, tree};

/// By what a file of the spare is told to be a file of the source.
#[derive(Clone, Copy)]
pub(crate) enum Same<'a> {
    /// By file id. They are on one file system, because one was renamed next to the other.
    File {
        /// Whether two entries of listings with one inode number are one file.
        trusts_listings: bool,
    },
    /// By what both lists say of their content.
    Content {
        spare: &'a List,
        /// As it was when the spare was published.
        clock: Clock,
    },
}

impl Same<'_> {
    /// Whether a listing tells that it is one file: that, and only that, takes no call.
    fn is_plain(self, wanted: &Item, found: &Entry) -> bool {
        matches!(self, Same::File { trusts_listings: true })
            && wanted.is_inode(found.inode)
            && wanted.kind() == Kind::File
            && found.kind == Some(FileKind::File)
    }

    /// The content that both lists say a file of the spare has.
    pub(crate) fn content(
        self,
        list: &List,
        wanted: usize,
        known: Option<usize>,
    ) -> Option<Content> {
        let Same::Content { spare, .. } = self else { return None };
        let content = spare.content(known?);
        (list.is_recorded() && list.content(wanted) == content).then_some(content)
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
    pub(crate) same: Same<'a>,
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
    known: Option<usize>,
    /// Which entry of which difference it is.
    within: (usize, usize),
}

/// What the spare's list has of one directory.
struct SpareBlock<'a> {
    list: &'a List,
    block: usize,
    pairing: Pairing<'a>,
}

/// An entry of it: its number in the whole list and, of a directory, its block.
#[derive(Clone, Copy)]
struct SpareEntry {
    number: usize,
    block: Option<usize>,
}

impl<'a> SpareBlock<'a> {
    fn new(list: &'a List, block: usize) -> Self {
        Self { list, block, pairing: Pairing::new(list, block) }
    }

    fn find(&mut self, found: &Entry) -> Option<SpareEntry> {
        let (number, item) = self.pairing.find(found)?;
        Some(SpareEntry { number: self.list.first_of(self.block) + number, block: item.block() })
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
        let mut next = Some(Both { wanted: None, block: 0, known: Some(0), within: (0, 0) });
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
        let (vfs, list) = (self.vfs, self.list);
        let first = list.first_of(both.block);
        let mut pairing = Pairing::new(list, both.block);
        let mut spare = match self.same {
            Same::Content { spare, .. } => both.known.map(|block| SpareBlock::new(spare, block)),
            Same::File { .. } => None,
        };
        let mut is_there = vec![false; list.block(both.block).len()];
        if sides.spare.here().is_err() {
            sides.source.squeeze();
        }
        let (to, seen) = sides.spare.look()?;
        go_on(vfs, to)?;
        let mut difference = Difference { seen, ..Difference::default() };
        // A number of another device says nothing.
        difference.is_here = seen.is_none_or(|seen| seen.stat.id.device == self.device);
        let entries = tree::list(vfs, to)?;
        difference.has_other_attributes = self.has_other_attributes(sides, both, seen.as_ref())?;
        let mut below = Vec::new();
        for found in entries {
            let Some((number, item)) = pairing.find(&found) else {
                difference.other.push(Other { found, wanted: None, known: None, below: None });
                continue;
            };
            is_there[number] = true;
            if difference.is_here && self.same.is_plain(item, &found) {
                difference.same += 1;
                continue;
            }
            let wanted = first + number;
            let known = spare.as_mut().and_then(|spare| spare.find(&found));
            let is_dir = item.kind() == Kind::Dir && {
                let to = sides.spare.here()?;
                let kind = kind_of(vfs, to, &found);
                kind.map_err(failed(vfs, "look at", to, &found.name))? == FileKind::Dir
            };
            if let (true, Some(block)) = (is_dir, item.block()) {
                let known = known.and_then(|known| known.block);
                let within = (own, difference.other.len());
                let both = Both { wanted: Some(wanted), block, known, within };
                below.push((found.name.clone(), both));
            } else if self.same.content(list, wanted, known.map(|known| known.number)).is_none() {
                self.look(sides, &found.name)?;
            }
            let known = known.map(|known| known.number);
            difference.other.push(Other { found, wanted: Some(wanted), known, below: None });
        }
        for number in (0..is_there.len()).filter(|number| !is_there[*number]) {
            if let Some(name) = name_of(list, &list.block(both.block)[number]) {
                self.look(sides, &name)?;
            }
            difference.missing.push(first + number);
        }
        Ok((difference, below))
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
