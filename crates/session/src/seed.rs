//! B6: fill a new working session from its source.
//!
//! Regular files are linked, cloned or copied, directories are made anew, symbolic links are made again as
//! links. Nothing is followed and nothing is overwritten: every name is created exclusively in a directory
//! that only we know. Pipes, sockets and devices are left out and reported.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use incrdir_naming::SessionName;
use incrdir_vfs::{Access, FileKind, Name, Stat, Vfs, failed};

use crate::list::{Item, List};
use crate::survey::{Copied, Copies, content_of};

/// How deep directories may be nested. Each level keeps two directories open.
pub(crate) const MAX_DEPTH: usize = 64;

/// How a session gets the files of its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SeedMode {
    /// Not at all: every session starts cold.
    None,
    /// By hard link, copying what cannot be linked. Only for programs that replace files instead of writing
    /// into them: a linked file *is* the published one.
    Link,
    /// By clone (reflink). What cannot be cloned is not used: the session starts cold.
    Clone,
    /// By copy.
    Copy,
    /// By clone, copying what cannot be cloned.
    Auto,
}

impl SeedMode {
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Link => 1,
            Self::Clone => 2,
            Self::Copy => 3,
            Self::Auto => 4,
        }
    }

    pub(crate) fn from_code(code: u8) -> Option<Self> {
        [Self::None, Self::Link, Self::Clone, Self::Copy, Self::Auto]
            .into_iter()
            .find(|mode| mode.code() == code)
    }
}

/// What seeding did.
#[derive(Debug, Default)]
pub struct Seeded {
    /// Files of the spare that already were the source's own.
    pub recycled: u64,
    /// Files that are the source's own, linked now.
    pub linked: u64,
    /// Files that share the source's blocks.
    pub cloned: u64,
    /// Files that were copied.
    pub copied: u64,
    /// Bytes that were copied.
    pub bytes: u64,
    /// Symbolic links made again, or the same in the spare.
    pub symlinks: u64,
    /// Directories made.
    pub directories: u64,
    /// What is neither file, directory nor link.
    pub left_out: Vec<PathBuf>,
    /// Why files were copied although that was not the first choice: the first reason.
    pub fallback: Option<incrdir_vfs::Error>,
    /// Why permissions or times of copies are not those of the source: the first reason.
    pub attributes_lost: Option<incrdir_vfs::Error>,
}

/// A source could not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SeedError {
    /// A call failed.
    #[error(transparent)]
    Io(#[from] incrdir_vfs::Error),
    /// Clones were asked for and cannot be had.
    #[error("{cause}; use the seed mode `auto` to copy instead")]
    CannotClone {
        /// What failed.
        cause: incrdir_vfs::Error,
    },
    /// A file gave fewer bytes than it has.
    #[error("copied {copied} of {len} bytes of `{}`", path.display())]
    Short {
        /// The file.
        path: PathBuf,
        /// Bytes copied.
        copied: u64,
        /// Bytes it has.
        len: u64,
    },
    /// Somebody else took it meanwhile, because locks do not exclude everybody here.
    #[error(
        "{session} was taken by somebody else: locks do not keep everybody out on this file system"
    )]
    Overtaken {
        /// The source.
        session: SessionName,
    },
    /// The record has a name that this platform cannot spell.
    #[error("`{}` has an entry that cannot be named here: {name:?}", dir.display())]
    Unspeakable {
        /// The directory.
        dir: PathBuf,
        /// The name, as far as it can be shown.
        name: String,
    },
}

impl SeedError {
    /// Whether something that should be there is not.
    pub(crate) fn is_missing(&self) -> bool {
        matches!(self, Self::Io(error) if error.kind() == ErrorKind::NotFound)
    }
}

/// Fills the empty directory `to` from `from`, which holds what is listed. `plain_mode` is what a new directory
/// gets here: one that is to have the same takes one call less.
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
    plain_mode: u32,
) -> Result<(Seeded, Copies), SeedError> {
    let mut seeder = Seeder::new(vfs, mode, list);
    seeder.plain_mode = Some(plain_mode);
    seeder.directory(&mut Pair::new(from, to, 0))?;
    Ok((seeder.done, seeder.copied))
}

pub(crate) struct Seeder<'a, V: Vfs> {
    pub(crate) vfs: &'a V,
    pub(crate) mode: SeedMode,
    pub(crate) done: Seeded,
    /// What the source holds.
    pub(crate) list: &'a List,
    /// What was copied, so that it can be told later that nobody changed it.
    pub(crate) copied: Copies,
    /// The permissions of a directory that has just been made, where all have been.
    plain_mode: Option<u32>,
}

/// One pair of directories, and what they were found to be incapable of, so that it is not tried file by file.
pub(crate) struct Pair<'a, V: Vfs> {
    pub(crate) from: &'a V::Dir,
    pub(crate) to: &'a V::Dir,
    /// The source's in its list.
    pub(crate) block: usize,
    can_link: bool,
    can_clone: bool,
}

impl<'a, V: Vfs> Pair<'a, V> {
    pub(crate) fn new(from: &'a V::Dir, to: &'a V::Dir, block: usize) -> Self {
        Self { from, to, block, can_link: true, can_clone: true }
    }
}

impl<'a, V: Vfs> Seeder<'a, V> {
    pub(crate) fn new(vfs: &'a V, mode: SeedMode, list: &'a List) -> Self {
        Self { vfs, mode, done: Seeded::default(), list, copied: Copies::new(), plain_mode: None }
    }

    fn directory(&mut self, pair: &mut Pair<'_, V>) -> Result<(), SeedError> {
        let list = self.list;
        let items = list.block(pair.block).iter().enumerate();
        items.into_iter().try_for_each(|(number, item)| self.entry(pair, number, item))
    }

    /// Takes one entry of the source over: its name is free. `number` is its place in the block.
    pub(crate) fn entry(
        &mut self,
        pair: &mut Pair<'_, V>,
        number: usize,
        item: &Item,
    ) -> Result<(), SeedError> {
        let name = self.name(pair, item)?;
        match self.list.kind(item) {
            FileKind::File => self.file(pair, &name, number),
            FileKind::Symlink => self.symlink(pair, &name),
            FileKind::Dir => self.sub_directory(pair, &name, item),
            FileKind::Other => {
                self.leave_out(pair.from, &name);
                Ok(())
            }
        }
    }

    pub(crate) fn name(&self, pair: &Pair<'_, V>, item: &Item) -> Result<Name, SeedError> {
        self.list.vfs_name(item).ok_or_else(|| SeedError::Unspeakable {
            dir: self.vfs.path(pair.from).into(),
            name: String::from_utf8_lossy(self.list.name(item)).into_owned(),
        })
    }

    fn sub_directory(
        &mut self,
        pair: &mut Pair<'_, V>,
        name: &Name,
        item: &Item,
    ) -> Result<(), SeedError> {
        let vfs = self.vfs;
        let source = vfs.open_dir(pair.from, name).map_err(failed(vfs, "open", pair.from, name))?;
        let mode = vfs.stat(pair.from, name).map_err(failed(vfs, "look at", pair.from, name))?.mode;
        vfs.create_dir(pair.to, name).map_err(failed(vfs, "create directory", pair.to, name))?;
        let target = vfs.open_dir(pair.to, name).map_err(failed(vfs, "open", pair.to, name))?;
        if let Some(block) = item.block() {
            self.directory(&mut Pair::new(&source, &target, block))?;
        }
        self.finish_directory(&target, pair, name, mode)
    }

    /// Last, because it may take away our own permission to write there.
    pub(crate) fn finish_directory(
        &mut self,
        target: &V::Dir,
        pair: &Pair<'_, V>,
        name: &Name,
        mode: u32,
    ) -> Result<(), SeedError> {
        let vfs = self.vfs;
        if self.plain_mode != Some(mode) {
            let set = vfs.set_dir_mode(target, mode);
            self.keep_attribute(set.map_err(failed(vfs, "set permissions of", pair.to, name)))?;
        }
        self.done.directories += 1;
        Ok(())
    }

    fn symlink(&mut self, pair: &Pair<'_, V>, name: &Name) -> Result<(), SeedError> {
        let vfs = self.vfs;
        let target =
            vfs.read_link(pair.from, name).map_err(failed(vfs, "read link", pair.from, name))?;
        // A session without its links is another one than its source, however good the reason.
        vfs.symlink(&target, pair.to, name).map_err(failed(vfs, "create link", pair.to, name))?;
        self.done.symlinks += 1;
        Ok(())
    }

    fn file(
        &mut self,
        pair: &mut Pair<'_, V>,
        name: &Name,
        number: usize,
    ) -> Result<(), SeedError> {
        if self.mode == SeedMode::Link && pair.can_link {
            match self.vfs.hard_link(pair.from, name, pair.to, name) {
                Ok(()) => {
                    self.done.linked += 1;
                    return Ok(());
                }
                Err(error) => {
                    let kind = error.kind();
                    let error = failed(self.vfs, "link", pair.from, name)(error);
                    match kind {
                        // This one file has as many names as it can have: the next one may not.
                        ErrorKind::TooManyLinks => {}
                        kind if is_incapable(kind) => pair.can_link = false,
                        _ => return Err(error.into()),
                    }
                    self.done.fallback.get_or_insert(error);
                }
            }
        }
        self.clone_or_copy(pair, name, number)
    }

    fn clone_or_copy(
        &mut self,
        pair: &mut Pair<'_, V>,
        name: &Name,
        number: usize,
    ) -> Result<(), SeedError> {
        let vfs = self.vfs;
        let (from, to) = (pair.from, pair.to);
        let source =
            vfs.open_file(from, name, Access::Read).map_err(failed(vfs, "open", from, name))?;
        let stat = vfs.stat_file(&source).map_err(failed(vfs, "look at", from, name))?;
        if stat.kind != FileKind::File {
            self.leave_out(from, name);
            return Ok(());
        }
        let target = vfs.create_file(to, name).map_err(failed(vfs, "create", to, name))?;
        if !self.try_clone(pair, name, &source, &target)? {
            let copied = vfs.copy(&source, &target).map_err(failed(vfs, "copy", from, name))?;
            if copied != stat.len {
                let path = vfs.path(from).join(name);
                return Err(SeedError::Short { path, copied, len: stat.len });
            }
            self.done.copied += 1;
            self.done.bytes += copied;
        }
        let set = vfs.set_mode(&target, stat.mode);
        self.keep_attribute(set.map_err(failed(vfs, "set permissions of", to, name)))?;
        let set = vfs.set_mtime(&target, stat.mtime);
        self.keep_attribute(set.map_err(failed(vfs, "set time of", to, name)))?;
        if self.list.is_recorded {
            let stat = vfs.stat_file(&target).map_err(failed(vfs, "look at", to, name))?;
            let content = content_of(self.list, self.list.first_of(pair.block) + number);
            let Stat { len, mtime, ctime, .. } = stat;
            let copied = Copied { content, len, mtime, ctime, is_synced: false };
            self.copied.insert(stat.id.inode, copied);
        }
        Ok(())
    }

    /// Whether the target has the source's content now. In the modes that clone at all.
    fn try_clone(
        &mut self,
        pair: &mut Pair<'_, V>,
        name: &Name,
        source: &V::File,
        target: &V::File,
    ) -> Result<bool, SeedError> {
        let strict = self.mode == SeedMode::Clone;
        if !strict && (self.mode != SeedMode::Auto || !pair.can_clone) {
            return Ok(false);
        }
        match self.vfs.clone_file(source, target) {
            Ok(()) => {
                self.done.cloned += 1;
                Ok(true)
            }
            Err(error) => {
                let incapable = is_incapable(error.kind());
                let cause = failed(self.vfs, "clone", pair.from, name)(error);
                match (incapable, strict) {
                    (false, _) => Err(cause.into()),
                    (true, true) => Err(SeedError::CannotClone { cause }),
                    (true, false) => {
                        pair.can_clone = false;
                        self.done.fallback.get_or_insert(cause);
                        Ok(false)
                    }
                }
            }
        }
    }

    /// A file system that keeps no permissions or times is no reason to refuse the copy.
    fn keep_attribute(&mut self, set: Result<(), incrdir_vfs::Error>) -> Result<(), SeedError> {
        match set {
            Err(error) if is_incapable(error.kind()) => {
                self.done.attributes_lost.get_or_insert(error);
                Ok(())
            }
            result => Ok(result?),
        }
    }

    fn leave_out(&mut self, dir: &V::Dir, name: &Name) {
        let path: &Path = self.vfs.path(dir);
        self.done.left_out.push(path.join(name));
    }
}

/// What a file system says to what it cannot do (FAT says that a link is not permitted).
fn is_incapable(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::Unsupported | ErrorKind::PermissionDenied | ErrorKind::CrossesDevices)
}
