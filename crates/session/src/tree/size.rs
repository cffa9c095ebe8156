//! How much a tree holds.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io::{self, ErrorKind};

use incrdir_record::MAX_DEPTH;
use incrdir_vfs::{FileId, FileKind, Name, Step, Vfs, Work, kind_of};

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
///
/// A file with several names is looked at under the first of them only, where listings show true inode numbers: of most
/// sessions nearly all files are linked from another one.
#[derive(Debug, Default)]
pub struct Census {
    /// Files that have several names.
    met: BTreeMap<FileId, Met>,
    bytes: u64,
    own_bytes: u64,
    /// For whoever watches.
    steps: u64,
}

/// A file with several names.
#[derive(Debug, Clone, Copy)]
struct Met {
    /// How many names were met.
    names: u64,
    /// How many it has.
    links: u64,
    bytes: u64,
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
        let knows_ids = vfs.fs_info(&top).is_ok_and(|info| info.listed_inodes_are_true);
        let top_seen = if knows_ids { unless_gone(vfs.stat_dir(&top))? } else { None };
        let mut trail = match knows_ids {
            true => Trail::new(vfs, &top),
            false => Trail::in_private(vfs, &top),
        };
        let mut pending = Pending::new();
        let mut next = Some(());
        while next.is_some() {
            let is_deepest = trail.depth() >= MAX_DEPTH;
            let mut below = Vec::new();
            if let Some((dir, seen)) = unless_gone(trail.look().map_err(io::Error::from))? {
                let device = seen.or(top_seen).map(|seen| seen.stat.id.device);
                tree.add(vfs, dir, device, &mut below)?;
            }
            pending.add(if is_deepest { Vec::new() } else { below });
            next = pending.next(&mut trail);
        }
        Ok(tree.size)
    }

    /// Adds what another census has met, of other trees: as if this one had measured them.
    pub fn add(&mut self, other: Self) {
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.own_bytes = self.own_bytes.saturating_add(other.own_bytes);
        // Of a file whose names were all met there, nothing is to be met here.
        for (id, theirs) in other.met.into_iter().filter(|(_, met)| met.names < met.links) {
            match self.met.entry(id) {
                Entry::Vacant(place) => {
                    place.insert(theirs);
                }
                Entry::Occupied(mut ours) => {
                    let ours = ours.get_mut();
                    let was_whole = ours.names >= ours.links;
                    ours.names += theirs.names;
                    self.bytes = self.bytes.saturating_sub(theirs.bytes);
                    add_if(!was_whole && ours.names >= ours.links, &mut self.own_bytes, ours.bytes);
                }
            }
        }
    }

    fn known(&self, id: FileId) -> Option<Look> {
        self.met.get(&id).map(|met| Look { id, links: met.links, bytes: met.bytes })
    }
}

/// What is to be known of a file.
#[derive(Clone, Copy)]
struct Look {
    id: FileId,
    links: u64,
    bytes: u64,
}

struct Tree<'a> {
    all: &'a mut Census,
    met: BTreeMap<FileId, Met>,
    size: Size,
}

impl Tree<'_> {
    /// Measures what is in one directory, and says which directories are in it. `device`: of the directory, if inode
    /// numbers that are listed in it identify files.
    fn add<V: Vfs>(
        &mut self,
        vfs: &V,
        dir: &V::Dir,
        device: Option<u64>,
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
                    let listed = device.map(|device| FileId::new(device, entry.inode));
                    if let Some(known) = listed.and_then(|id| self.all.known(id)) {
                        self.file(known);
                    } else if let Some(stat) = unless_gone(vfs.stat(dir, &entry.name))? {
                        self.file(Look { id: stat.id, links: stat.links, bytes: stat.allocated });
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn file(&mut self, file: Look) {
        self.size.files += 1;
        let here = count(&mut self.met, file);
        let anywhere = count(&mut self.all.met, file);
        add_if(here == 1, &mut self.size.bytes, file.bytes);
        add_if(here == file.links, &mut self.size.own_bytes, file.bytes);
        add_if(anywhere == 1, &mut self.all.bytes, file.bytes);
        add_if(anywhere == file.links, &mut self.all.own_bytes, file.bytes);
    }
}

/// The how many-th name of a file this is.
fn count(met: &mut BTreeMap<FileId, Met>, file: Look) -> u64 {
    if file.links <= 1 {
        return file.links;
    }
    let Look { id, links, bytes } = file;
    let met = met.entry(id).or_insert(Met { names: 0, links, bytes });
    met.names += 1;
    met.names
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
