//! How much a tree holds.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};

use incrdir_record::MAX_DEPTH;
use incrdir_vfs::{FileId, FileKind, Name, Stat, Step, Vfs, Work, kind_of};

use crate::stop::go_on;
use crate::tree::trail::{Pending, Trail};

/// What a tree holds. Directories and links do not count.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Size {
    /// Names of regular files.
    pub files: u64,
    /// Bytes that they take on the medium: blocks, so that holes take none, and each file once, whatever names it has here.
    /// What clones share counts for each of them: no call tells.
    pub bytes: u64,
    /// Bytes of those that have no name elsewhere: what deleting the tree would free.
    pub own_bytes: u64,
}

/// Measures a directory and all below it, following no link. What vanishes meanwhile does not count.
///
/// # Errors
///
/// As [`Vfs::list`] and [`Vfs::stat`], but never `NotFound`; what is nested deeper than 4,096 directories is
/// not counted.
pub fn measure<V: Vfs>(vfs: &V, parent: &V::Dir, name: &Name) -> io::Result<Size> {
    Census::default().measure(vfs, parent, name)
}

/// Several trees, measured one after the other: what they hold together, and what would be free if all of them went.
#[derive(Debug, Default)]
pub struct Census {
    /// How many names were met of each file that has several.
    met: BTreeMap<FileId, u64>,
    bytes: u64,
    own_bytes: u64,
    /// For whoever watches.
    steps: u64,
}

impl Census {
    /// Bytes that all trees take on the medium, each file once.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Bytes of files that have no name outside of these trees.
    pub fn own_bytes(&self) -> u64 {
        self.own_bytes
    }

    /// Measures another tree. A tree that is measured twice counts twice.
    ///
    /// # Errors
    ///
    /// As [`measure`](crate::measure). What was met until then counts.
    pub fn measure<V: Vfs>(&mut self, vfs: &V, parent: &V::Dir, name: &Name) -> io::Result<Size> {
        let mut tree = Tree { all: self, met: BTreeMap::new(), size: Size::default() };
        let Some(top) = unless_gone(vfs.open_dir(parent, name))? else { return Ok(tree.size) };
        let mut trail = Trail::in_private(vfs, &top);
        let mut pending = Pending::new();
        let mut next = Some(());
        while next.is_some() {
            let is_deepest = trail.depth() >= MAX_DEPTH;
            let mut below = Vec::new();
            if let Some(dir) = unless_gone(trail.here().map_err(io::Error::from))? {
                tree.add(vfs, dir, &mut below)?;
            }
            pending.add(if is_deepest { Vec::new() } else { below });
            next = pending.next(&mut trail);
        }
        Ok(tree.size)
    }
}

struct Tree<'a> {
    all: &'a mut Census,
    met: BTreeMap<FileId, u64>,
    size: Size,
}

impl Tree<'_> {
    /// Measures what is in one directory, and says which directories are in it.
    fn add<V: Vfs>(
        &mut self,
        vfs: &V,
        dir: &V::Dir,
        below: &mut Vec<(Name, ())>,
    ) -> io::Result<()> {
        for entry in unless_gone(vfs.list(dir))?.unwrap_or_default() {
            go_on(vfs, dir)?;
            let entry = entry?;
            match unless_gone(kind_of(vfs, dir, &entry))? {
                Some(FileKind::Dir) => below.push((entry.name, ())),
                Some(FileKind::File) => {
                    self.all.steps += 1;
                    vfs.step(Step::new(Work::Measure, self.all.steps));
                    if let Some(stat) = unless_gone(vfs.stat(dir, &entry.name))? {
                        self.file(&stat);
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn file(&mut self, stat: &Stat) {
        self.size.files += 1;
        let here = count(&mut self.met, stat);
        let anywhere = count(&mut self.all.met, stat);
        let bytes = stat.allocated;
        add_if(here == 1, &mut self.size.bytes, bytes);
        add_if(here == stat.links, &mut self.size.own_bytes, bytes);
        add_if(anywhere == 1, &mut self.all.bytes, bytes);
        add_if(anywhere == stat.links, &mut self.all.own_bytes, bytes);
    }
}

/// The how many-th name of a file this is.
fn count(met: &mut BTreeMap<FileId, u64>, stat: &Stat) -> u64 {
    if stat.links <= 1 {
        return stat.links;
    }
    let names = met.entry(stat.id).or_default();
    *names += 1;
    *names
}

fn add_if(counts: bool, sum: &mut u64, bytes: u64) {
    if counts {
        *sum = sum.saturating_add(bytes);
    }
}

fn unless_gone<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
