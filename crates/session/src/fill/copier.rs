//! B6: one file of the source, linked, cloned or copied.
//!
//! A copy gets what the original has besides its content (`attributes.rs`). Names that are one file in the source are one
//! file in the copy. A copy that lacks something, an owner that only root may give perhaps, is not claimed to be the
//! original's content: else it would come and go as sessions are made into others.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

use incrdir_record::{Item, List};
use incrdir_vfs::{Access, FileId, FileKind, Handle, Name, Stat, Vfs, failed};

use crate::fill::attributes::{Attributes, Plain, is_incapable};
use crate::fill::basis::{Copied, Copies};
use crate::fill::pair::Pair;
use crate::fill::seeded::Seeded;
use crate::observe;
use crate::record::name_of;
use crate::tree::trail::{Trail, Way};
use crate::trust::evidence::Shown;
use crate::{SeedError, SeedMode};

/// Takes over files, one after the other.
pub(crate) struct Copier<'a, V: Vfs> {
    pub(crate) vfs: &'a V,
    pub(crate) mode: SeedMode,
    /// What the source holds.
    pub(crate) list: &'a List,
    pub(crate) done: Seeded,
    /// What was copied, so that it can be told later that nobody changed it.
    pub(crate) copied: Copies,
    pub(crate) several: Several,
    /// Whether the directory gives extended attributes to what is made in it (default access control lists).
    pub(crate) strips: bool,
}

/// What becomes of files that have several names.
pub(crate) enum Several {
    /// They are dealt with here: where the first copy is of each.
    Here(BTreeMap<FileId, (Vec<Name>, Name)>),
    /// Another name may be somebody else's to copy: their numbers, and those of others that are left for later.
    Later(Vec<usize>),
}

impl<'a, V: Vfs> Copier<'a, V> {
    pub(crate) fn new(vfs: &'a V, mode: SeedMode, list: &'a List, several: Several) -> Self {
        let (done, copied) = (Seeded::default(), Copies::new());
        Self { vfs, mode, list, done, copied, several, strips: false }
    }

    /// The name of an entry, as this system spells it.
    pub(crate) fn name(&self, pair: &mut Pair<'_, V>, item: &Item) -> Result<Name, SeedError> {
        match name_of(self.list, item) {
            Some(name) => Ok(name),
            None => Err(SeedError::Unspeakable {
                dir: self.vfs.path(pair.from.here()?).into(),
                name: String::from_utf8_lossy(self.list.name(item)).into_owned(),
            }),
        }
    }

    /// Takes over one file: its name is free.
    pub(crate) fn file(
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
        if let (true, Several::Later(later)) = (stat.links > 1, &mut self.several) {
            later.push(number);
            return Ok(());
        }
        if stat.links > 1 && self.link_to_first(pair, name, stat.id)? {
            return Ok(());
        }
        let target = match self.try_clone(pair, name, &source)? {
            Some(clone) => clone,
            None => self.copy(pair, name, (&source, &stat))?,
        };
        let made = self.give_attributes(pair, name, (&source, &stat), &target)?;
        if stat.links > 1 {
            if let Several::Here(first_copies) = &mut self.several {
                let way = pair.to.names().cloned().collect();
                first_copies.insert(stat.id, (way, name.clone()));
            }
        } else if let Some(made) = made {
            self.claim(number, &made);
        }
        Ok(())
    }

    fn copy(
        &mut self,
        pair: &mut Pair<'_, V>,
        name: &Name,
        (source, stat): (&V::File, &Stat),
    ) -> Result<V::File, SeedError> {
        let vfs = self.vfs;
        let mut created = vfs.create_file(pair.to.here()?, name);
        if created.is_err() && pair.squeeze() {
            created = vfs.create_file(pair.to.here()?, name);
        }
        let target = created.map_err(failed(vfs, "create", pair.to.here()?, name))?;
        let from = pair.from.here()?;
        let copied = vfs.copy(source, &target).map_err(failed(vfs, "copy", from, name))?;
        if copied != stat.len {
            let path = vfs.path(from).join(name);
            return Err(SeedError::Short { path, copied, len: stat.len });
        }
        self.done.copied += 1;
        self.done.bytes += copied;
        Ok(target)
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
        let plain = Plain::of(&vfs.stat_file(target).map_err(look)?);
        let mut lost =
            attributes.give(vfs, Handle::File(target), &plain, self.strips).map_err(set)?;
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
        let Several::Here(first_copies) = &self.several else { return Ok(false) };
        let Some((way, first)) = first_copies.get(&of) else { return Ok(false) };
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

    /// A clone of the source under this name, in the modes that clone at all. `None`: it is to be copied.
    fn try_clone(
        &mut self,
        pair: &mut Pair<'_, V>,
        name: &Name,
        source: &V::File,
    ) -> Result<Option<V::File>, SeedError> {
        let strict = self.mode == SeedMode::Clone;
        if !strict && (self.mode != SeedMode::Auto || pair.incapable().of_clones) {
            return Ok(None);
        }
        let mut cloned = self.vfs.clone_file(source, pair.to.here()?, name);
        if cloned.as_ref().is_err_and(|error| !is_incapable(error.kind())) && pair.squeeze() {
            cloned = self.vfs.clone_file(source, pair.to.here()?, name);
        }
        match cloned {
            Ok(clone) => {
                self.done.cloned += 1;
                Ok(Some(clone))
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
                        Ok(None)
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

    /// Notes what is not taken over.
    pub(crate) fn leave_out(&mut self, dir: &Path, name: &Name) {
        self.done.left_out.push(dir.join(name));
    }
}
