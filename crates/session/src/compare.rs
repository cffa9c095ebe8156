//! R1: in what the spare differs from the source, seen before anything is done to it.
//!
//! The spare is listed. The source is what its record says (or what listings show, if it has none); only what would
//! have to be taken from it is looked at, so that a source which lacks that costs nobody the spare.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use incrdir_vfs::{Entry, FileKind, Name, Vfs, failed, kind_of};

use crate::SeedError;
use crate::list::{Content, Item, List};
use crate::pairing::Pairing;
use crate::survey::content_of;
use crate::tree;

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
        /// Whether a ctime is moved by every change.
        trusts_ctimes: bool,
    },
}

impl Same<'_> {
    /// Whether a listing tells that it is one file: that, and only that, takes no call.
    fn is_plain(self, wanted: &Item, found: &Entry) -> bool {
        matches!(self, Same::File { trusts_listings: true })
            && wanted.inode == found.inode
            && wanted.is_file()
            && found.kind == Some(FileKind::File)
    }

    /// The content that both lists say a file of the spare has, and the number of its entry in the spare's.
    pub(crate) fn content(
        self,
        list: &List,
        wanted: usize,
        known: Option<usize>,
    ) -> Option<Content> {
        let Same::Content { spare, .. } = self else { return None };
        let content = content_of(spare, known?);
        (list.is_recorded && content_of(list, wanted) == content).then_some(content)
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
    pub(crate) below: BTreeMap<Name, Difference>,
}

/// An entry of the spare that may have to change. Entries of lists by their numbers.
pub(crate) struct Other {
    pub(crate) found: Entry,
    /// What the source has under its name.
    pub(crate) wanted: Option<usize>,
    /// What the spare's list says of it.
    pub(crate) known: Option<usize>,
}

impl Difference {
    pub(crate) fn is_none(&self) -> bool {
        self.other.is_empty() && self.missing.is_empty()
    }
}

/// A directory of the source, opened when something in it is looked at: mostly nothing is.
pub(crate) enum Late<'a, V: Vfs> {
    Open(&'a V::Dir),
    Below { within: &'a Self, name: &'a Name, dir: OnceCell<V::Dir> },
}

impl<V: Vfs> Late<'_, V> {
    fn open(&self, vfs: &V) -> Result<&V::Dir, SeedError> {
        match self {
            Self::Open(dir) => Ok(dir),
            Self::Below { within, name, dir } => {
                if let Some(dir) = dir.get() {
                    return Ok(dir);
                }
                let from = within.open(vfs)?;
                let opened = vfs.open_dir(from, name).map_err(failed(vfs, "open", from, name))?;
                Ok(dir.get_or_init(|| opened))
            }
        }
    }
}

pub(crate) struct Comparison<'a, V: Vfs> {
    pub(crate) vfs: &'a V,
    pub(crate) list: &'a List,
    pub(crate) same: Same<'a>,
}

impl<V: Vfs> Comparison<'_, V> {
    /// Compares two directories and all below them. `block` is the source's, `known` the spare's, in its own list.
    ///
    /// # Errors
    ///
    /// If something cannot be looked at, or the source lacks what would have to be taken from it.
    pub(crate) fn directory(
        &self,
        from: &Late<'_, V>,
        to: &V::Dir,
        block: usize,
        known: Option<usize>,
    ) -> Result<Difference, SeedError> {
        let (vfs, list) = (self.vfs, self.list);
        let first = list.first_of(block);
        let mut pairing = Pairing::new(list, block);
        let mut known = match self.same {
            Same::Content { spare, .. } => {
                known.map(|known| (spare, known, Pairing::new(spare, known)))
            }
            Same::File { .. } => None,
        };
        let mut is_there = vec![false; list.block(block).len()];
        let mut difference = Difference::default();
        for found in tree::list(vfs, to)? {
            let Some((number, item)) = pairing.find(&found) else {
                difference.other.push(Other { found, wanted: None, known: None });
                continue;
            };
            is_there[number] = true;
            if self.same.is_plain(item, &found) {
                difference.same += 1;
                continue;
            }
            let wanted = first + number;
            let known = known.as_mut().and_then(|(spare, block, pairing)| {
                pairing.find(&found).map(|(number, item)| (spare.first_of(*block) + number, item))
            });
            let kind =
                |found| kind_of(vfs, to, found).map_err(failed(vfs, "look at", to, &found.name));
            if list.kind(item) == FileKind::Dir && kind(&found)? == FileKind::Dir {
                let block = known.and_then(|(_, item)| item.block());
                let below = self.sub_directory(from, to, &found.name, item, block)?;
                difference.below.insert(found.name.clone(), below);
            } else if self.same.content(list, wanted, known.map(|(number, _)| number)).is_none() {
                self.look(from, &found.name)?;
            }
            let known = known.map(|(number, _)| number);
            difference.other.push(Other { found, wanted: Some(wanted), known });
        }
        for number in (0..is_there.len()).filter(|number| !is_there[*number]) {
            if let Some(name) = list.vfs_name(&list.block(block)[number]) {
                self.look(from, &name)?;
            }
            difference.missing.push(number);
        }
        Ok(difference)
    }

    fn sub_directory(
        &self,
        from: &Late<'_, V>,
        to: &V::Dir,
        name: &Name,
        wanted: &Item,
        known: Option<usize>,
    ) -> Result<Difference, SeedError> {
        let vfs = self.vfs;
        let source = Late::Below { within: from, name, dir: OnceCell::new() };
        let target = vfs.open_dir(to, name).map_err(failed(vfs, "open", to, name))?;
        match wanted.block() {
            Some(block) => self.directory(&source, &target, block, known),
            None => Ok(Difference::default()),
        }
    }

    /// Whether what would have to be taken from the source is there.
    fn look(&self, from: &Late<'_, V>, name: &Name) -> Result<(), SeedError> {
        let vfs = self.vfs;
        let from = from.open(vfs)?;
        vfs.stat(from, name).map_err(failed(vfs, "look at", from, name))?;
        Ok(())
    }
}
