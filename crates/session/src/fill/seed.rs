//! B6: fill a new working session from its source.
//!
//! Regular files are linked, cloned or copied, directories are made anew, symbolic links are made again as
//! links. Nothing is followed and nothing is overwritten: every name is created exclusively in a directory
//! that only we know. Pipes, sockets and devices are left out and reported.
//!
//! A copy gets what the original has besides its content (`attributes.rs`). Names that are one file in the source are one
//! file in the copy. A copy that lacks something, an owner that only root may give perhaps, is not claimed to be the
//! original's content: else it would come and go as sessions are made into others.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use incrdir_record::{Item, Kind, List};
use incrdir_vfs::{Access, FileId, FileKind, Handle, Name, Stat, Step, Vfs, Work, failed};

use crate::fill::attributes::{ACT_AS_OWNER, Attributes, Plain, is_incapable};
use crate::fill::basis::{Copied, Copies};
use crate::fill::pair::Pair;
use crate::observe;
use crate::record::name_of;
use crate::stop::go_on;
use crate::tree::trail::{Trail, Way};
use crate::trust::evidence::Shown;
use crate::{SeedError, SeedMode};

/// What seeding did.
#[derive(Debug, Default)]
#[non_exhaustive]
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
    /// Why copies lack something that the source's files have besides their contents (permissions, owner, times,
    /// extended attributes): the first reason.
    pub attributes_lost: Option<incrdir_vfs::Error>,
}

/// Fills the empty directory `to` from `from`, which holds what is listed. `plain` is what a new directory gets here: one
/// that is to have the same takes a call less.
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
    plain: Plain,
) -> Result<(Seeded, Copies), SeedError> {
    let mut seeder = Seeder::with(vfs, mode, list, plain);
    seeder.fill(&mut Pair::new(vfs, from, to), 0)?;
    Ok((seeder.done, seeder.copied))
}

pub(crate) struct Seeder<'a, V: Vfs> {
    pub(crate) vfs: &'a V,
    pub(crate) mode: SeedMode,
    pub(crate) done: Seeded,
    /// Files and links that were dealt with.
    steps: u64,
    /// What the source holds.
    pub(crate) list: &'a List,
    /// What was copied, so that it can be told later that nobody changed it.
    pub(crate) copied: Copies,
    /// Where the first copy is of each file that has several names.
    first_copies: BTreeMap<FileId, (Vec<Name>, Name)>,
    /// What new files and directories have here.
    plain: Plain,
}

/// A directory that is being filled.
struct Filling {
    block: usize,
    next: usize,
    /// What it gets in the end. `None`: the one that it began with.
    attributes: Option<Attributes>,
}

impl<'a, V: Vfs> Seeder<'a, V> {
    pub(crate) fn with(vfs: &'a V, mode: SeedMode, list: &'a List, plain: Plain) -> Self {
        Self {
            vfs,
            mode,
            done: Seeded::default(),
            steps: 0,
            list,
            copied: Copies::new(),
            first_copies: BTreeMap::new(),
            plain,
        }
    }

    /// Fills the directory that the pair is at with what is listed in the block, and all below it.
    fn fill(&mut self, pair: &mut Pair<'_, V>, block: usize) -> Result<(), SeedError> {
        self.go_on(pair, Filling { block, next: 0, attributes: None })
    }

    fn go_on(&mut self, pair: &mut Pair<'_, V>, first: Filling) -> Result<(), SeedError> {
        let list = self.list;
        let mut filling = vec![first];
        while let Some(level) = filling.last_mut() {
            if let Some(item) = list.block(level.block).get(level.next) {
                let number = list.first_of(level.block) + level.next;
                level.next += 1;
                match item.block() {
                    Some(block) => {
                        let attributes = Some(self.make_directory(pair, item)?);
                        filling.push(Filling { block, next: 0, attributes });
                    }
                    None => self.leaf(pair, number, item)?,
                }
            } else {
                if let Some(attributes) = &level.attributes {
                    self.finish_directory(pair, attributes)?;
                    pair.leave();
                }
                filling.pop();
            }
        }
        Ok(())
    }

    /// Takes one entry of the source over: its name is free.
    pub(crate) fn entry(&mut self, pair: &mut Pair<'_, V>, number: usize) -> Result<(), SeedError> {
        let item = self.list.item(number);
        match item.block() {
            Some(block) => {
                let attributes = Some(self.make_directory(pair, item)?);
                self.go_on(pair, Filling { block, next: 0, attributes })
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
        go_on(self.vfs, from)?;
        observe::takes_over(self.vfs, from, self.list.name(item));
        let name = self.name(pair, item)?;
        match item.kind() {
            Kind::File => self.file(pair, &name, number),
            Kind::Symlink => self.symlink(pair, &name),
            _ => {
                let dir = self.vfs.path(pair.from.here()?).to_owned();
                self.leave_out(&dir, &name);
                Ok(())
            }
        }
    }

    /// Tells of files and links that are dealt with.
    pub(crate) fn step(&mut self, more: u64) {
        if more > 0 {
            self.steps += more;
            self.vfs.step(Step::new(Work::Seed, self.steps).of(self.list.len() as u64));
        }
    }

    fn name(&self, pair: &mut Pair<'_, V>, item: &Item) -> Result<Name, SeedError> {
        match name_of(self.list, item) {
            Some(name) => Ok(name),
            None => Err(SeedError::Unspeakable {
                dir: self.vfs.path(pair.from.here()?).into(),
                name: String::from_utf8_lossy(self.list.name(item)).into_owned(),
            }),
        }
    }

    /// Makes a directory and enters it. Returns what it is to get when it is full.
    fn make_directory(
        &mut self,
        pair: &mut Pair<'_, V>,
        item: &Item,
    ) -> Result<Attributes, SeedError> {
        let vfs = self.vfs;
        pair.ready()?;
        go_on(vfs, pair.from.here()?)?;
        let name = self.name(pair, item)?;
        let to = pair.to.here()?;
        vfs.create_dir(to, &name).map_err(failed(vfs, "create directory", to, &name))?;
        pair.enter(name);
        pair.ready()?;
        let (source, seen) = pair.from.look()?;
        let look = |error| incrdir_vfs::Error::new("look at", vfs.path(source), error);
        let stat = match seen {
            Some(seen) => seen.stat,
            None => vfs.stat_dir(source).map_err(look)?.stat,
        };
        Ok(Attributes::of(vfs, Handle::Dir(source), &stat).map_err(look)?)
    }

    /// Last, because it may take away our own permission to write there, and because each name in it moves its time.
    fn finish_directory(
        &mut self,
        pair: &mut Pair<'_, V>,
        attributes: &Attributes,
    ) -> Result<(), SeedError> {
        let vfs = self.vfs;
        pair.ready()?;
        let target = pair.to.here()?;
        let given = attributes.give(vfs, Handle::Dir(target), &self.plain);
        let set = |error| incrdir_vfs::Error::new("set attributes of", vfs.path(target), error);
        if let Some(lost) = given.map_err(set)?.why {
            self.lose(set(lost));
        }
        self.done.directories += 1;
        Ok(())
    }

    fn symlink(&mut self, pair: &mut Pair<'_, V>, name: &Name) -> Result<(), SeedError> {
        let vfs = self.vfs;
        let (from, to) = (pair.from.here()?, pair.to.here()?);
        let target = vfs.read_link(from, name).map_err(failed(vfs, "read link", from, name))?;
        // A session without its links is another one than its source, however good the reason.
        vfs.symlink(&target, to, name).map_err(failed(vfs, "create link", to, name))?;
        self.done.symlinks += 1;
        Ok(())
    }

    fn file(
        &mut self,
        pair: &mut Pair<'_, V>,
        name: &Name,
        number: usize,
    ) -> Result<(), SeedError> {
        if self.mode == SeedMode::Link && !pair.incapable().of_links {
            let (from, to) = (pair.from.here()?, pair.to.here()?);
            match self.vfs.hard_link(from, name, to, name) {
                Ok(()) => {
                    self.done.linked += 1;
                    return Ok(());
                }
                Err(error) => {
                    let kind = error.kind();
                    let error = failed(self.vfs, "link", from, name)(error);
                    match kind {
                        // This one file has as many names as it can have: the next one may not.
                        ErrorKind::TooManyLinks => {}
                        kind if is_incapable(kind) => pair.incapable().of_links = true,
                        _ => return Err(error.into()),
                    }
                    self.fall_back(error);
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
        let mut opened = vfs.open_file(pair.from.here()?, name, Access::Read);
        if opened.is_err() && pair.squeeze() {
            opened = vfs.open_file(pair.from.here()?, name, Access::Read);
        }
        let from = pair.from.here()?;
        let source = opened.map_err(failed(vfs, "open", from, name))?;
        let stat = vfs.stat_file(&source).map_err(failed(vfs, "look at", from, name))?;
        if stat.kind != FileKind::File {
            let dir = vfs.path(from).to_owned();
            self.leave_out(&dir, name);
            return Ok(());
        }
        if stat.links > 1 && self.link_to_first(pair, name, stat.id)? {
            return Ok(());
        }
        let mut created = vfs.create_file(pair.to.here()?, name);
        if created.is_err() && pair.squeeze() {
            created = vfs.create_file(pair.to.here()?, name);
        }
        let target = created.map_err(failed(vfs, "create", pair.to.here()?, name))?;
        if !self.try_clone(pair, name, &source, &target)? {
            let from = pair.from.here()?;
            let copied = vfs.copy(&source, &target).map_err(failed(vfs, "copy", from, name))?;
            if copied != stat.len {
                let path = vfs.path(from).join(name);
                return Err(SeedError::Short { path, copied, len: stat.len });
            }
            self.done.copied += 1;
            self.done.bytes += copied;
        }
        let made = self.give_attributes(pair, name, (&source, &stat), &target)?;
        if stat.links > 1 {
            let way = pair.to.names().cloned().collect();
            self.first_copies.insert(stat.id, (way, name.clone()));
        } else if let Some(made) = made {
            self.claim(number, &made);
        }
        Ok(())
    }

    /// Gives the copy what the source has. Returns what it shows then, if it got everything and somebody will ask.
    fn give_attributes(
        &mut self,
        pair: &mut Pair<'_, V>,
        name: &Name,
        (source, stat): (&V::File, &Stat),
        target: &V::File,
    ) -> Result<Option<Stat>, SeedError> {
        let vfs = self.vfs;
        let to = pair.to.here()?;
        let set = |error| failed(vfs, "carry attributes over to", to, name)(error);
        let look = |error| failed(vfs, "look at", to, name)(error);
        let attributes = Attributes::of(vfs, Handle::File(source), stat).map_err(set)?;
        // A directory may give its group to what is made in it, so what counts is what is seen.
        let plain = match (stat.mode & ACT_AS_OWNER, self.plain.owner) {
            (0, Some(owner)) => Plain { mode: None, owner: Some(owner) },
            _ => Plain::of(&vfs.stat_file(target).map_err(look)?),
        };
        self.plain.owner = plain.owner;
        let mut lost = attributes.give(vfs, Handle::File(target), &plain).map_err(set)?;
        if let Some(why) = lost.why.take() {
            self.lose(set(why));
        }
        if !self.list.is_recorded() {
            return Ok(None);
        }
        let made = vfs.stat_file(target).map_err(look)?;
        Ok(lost.is_nothing(stat, &made).then_some(made))
    }

    /// Notes that a file that shows this has the content of an entry of the source.
    fn claim(&mut self, number: usize, made: &Stat) {
        if let Some(shown) = Shown::by(made) {
            let content = self.list.content(number);
            let digest = self.list.digest(number);
            let copied = Copied { content, shown, digest, is_synced: false };
            self.copied.insert(made.id.inode, copied);
        }
    }

    /// Gives the copy of a file another name, as the file has it. `false`: there is none yet, or that cannot be.
    fn link_to_first(
        &mut self,
        pair: &mut Pair<'_, V>,
        name: &Name,
        of: FileId,
    ) -> Result<bool, SeedError> {
        let vfs = self.vfs;
        let Some((way, first)) = self.first_copies.get(&of) else { return Ok(false) };
        let mut trail = Trail::in_private(vfs, pair.to.root());
        way.iter().for_each(|name| trail.enter(name.clone()));
        let (dir, to) = (trail.here()?, pair.to.here()?);
        match vfs.hard_link(dir, first, to, name) {
            Ok(()) => {
                self.done.copied += 1;
                Ok(true)
            }
            Err(error) if error.kind() == ErrorKind::TooManyLinks || is_incapable(error.kind()) => {
                let error = failed(vfs, "link", to, name)(error);
                self.lose(error);
                Ok(false)
            }
            Err(error) => Err(failed(vfs, "link", to, name)(error).into()),
        }
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
        if !strict && (self.mode != SeedMode::Auto || pair.incapable().of_clones) {
            return Ok(false);
        }
        match self.vfs.clone_file(source, target) {
            Ok(()) => {
                self.done.cloned += 1;
                Ok(true)
            }
            Err(error) => {
                let incapable = is_incapable(error.kind());
                let cause = failed(self.vfs, "clone", pair.from.here()?, name)(error);
                match (incapable, strict) {
                    (false, _) => Err(cause.into()),
                    (true, true) => Err(SeedError::CannotClone { cause }),
                    (true, false) => {
                        pair.incapable().of_clones = true;
                        self.fall_back(cause);
                        Ok(false)
                    }
                }
            }
        }
    }

    /// Notes why files are copied after all, the first time.
    fn fall_back(&mut self, error: incrdir_vfs::Error) {
        if self.done.fallback.is_none() {
            observe::copies_instead(&error);
            self.done.fallback = Some(error);
        }
    }

    /// Notes why copies lack something, the first time.
    pub(crate) fn lose(&mut self, error: incrdir_vfs::Error) {
        if self.done.attributes_lost.is_none() {
            observe::attributes_lost(&error);
            self.done.attributes_lost = Some(error);
        }
    }

    fn leave_out(&mut self, dir: &Path, name: &Name) {
        self.done.left_out.push(dir.join(name));
    }
}
