//! P1 and P2 of one file, link, or whatever else is not a directory.

use incrdir_record::{Item, Kind, List, Listed};
use incrdir_vfs::{Access, FileKind, Name, Stat, Vfs, failed, mounted};

use crate::fill::basis::{Basis, Terms};
use crate::record::listed_of;
use crate::stop::go_on;
use crate::trust::digest::digest_of;
use crate::trust::evidence::{Known, differs, is_untouched};
use crate::{Audit, Durability, Error, SeedMode};

/// That the owner of a file may read it.
const BY_OWNER: u32 = 0o400;

/// An entry of the source's list.
pub(crate) type OfSource<'a> = (&'a List, &'a Item);

/// Looks at files of a session.
pub(crate) struct Leaves<'a, V: Vfs> {
    pub(crate) vfs: &'a V,
    pub(crate) terms: Terms,
    pub(crate) mode: SeedMode,
    pub(crate) basis: &'a Basis,
}

impl<V: Vfs> Leaves<'_, V> {
    pub(crate) fn syncs(&self) -> bool {
        self.terms.durability >= Durability::Consistent
    }

    /// Looks at what is not a directory. What is mounted there is none of the session's; what nobody may read, its owner
    /// included, could not be started from.
    fn seen(&self, dir: &V::Dir, name: &Name) -> Result<Stat, Error> {
        let vfs = self.vfs;
        let look = || vfs.stat(dir, name).map_err(failed(vfs, "look at", dir, name));
        let stat = look()?;
        if stat.is_mount {
            return Err(failed(vfs, "record", dir, name)(mounted()).into());
        }
        // One with other names may be a published session's.
        let is_shut = stat.kind == FileKind::File && stat.mode & BY_OWNER == 0 && stat.links == 1;
        if !is_shut || vfs.open_file(dir, name, Access::Read).is_ok() {
            return Ok(stat);
        }
        vfs.set_mode_of(dir, name, stat.mode | BY_OWNER).map_err(failed(vfs, "open", dir, name))?;
        Ok(look()?)
    }

    /// What is to be recorded of it, synced as far as that was asked. `known`: what has its name in the source, if the ids there
    /// can be relied on. `is_here`: whether it is on the session's device.
    pub(crate) fn listed(
        &self,
        dir: &V::Dir,
        name: &Name,
        is_here: bool,
        known: Option<OfSource<'_>>,
    ) -> Result<Listed, Error> {
        let vfs = self.vfs;
        go_on(vfs, dir)?;
        let stat = self.seen(dir, name)?;
        let mut listed = match known {
            Some((list, item)) if is_here && item.is_inode(stat.id.inode) => {
                let mut recorded = list.listed(item);
                let digest = match (self.terms.audit, recorded.digest) {
                    (Audit::Digests, Some(_)) => Some(digest_of(vfs, dir, name)?),
                    (_, recorded) => recorded,
                };
                if differs(&recorded, &stat, true).is_none() && digest == recorded.digest {
                    recorded.is_inherited = true;
                    recorded
                } else {
                    // Whole to through the link: from now on it is another content.
                    listed_of(&stat)
                }
            }
            _ => self.looked_at(dir, name, is_here, &stat)?,
        };
        if !is_here {
            listed.inode = 0;
        }
        if listed.kind == Kind::File {
            if self.terms.digests && listed.digest.is_none() {
                listed.digest = Some(digest_of(vfs, dir, name)?);
            }
            if self.syncs() && !listed.is_synced {
                self.sync(dir, name)?;
                listed.is_synced = true;
            }
        }
        Ok(listed)
    }

    /// Whether an inherited entry can be taken over as it is, without a look.
    pub(crate) fn needs_nothing(&self, item: &Item) -> bool {
        self.terms.audit == Audit::Off
            && (item.kind() != Kind::File
                || (!self.syncs() || item.is_synced())
                    && (!self.terms.digests || item.has_digest()))
    }

    /// What is not the source's own file: a copy of it that nobody touched, or something new.
    fn looked_at(
        &self,
        dir: &V::Dir,
        name: &Name,
        is_here: bool,
        stat: &Stat,
    ) -> Result<Listed, Error> {
        let vfs = self.vfs;
        let mut listed = listed_of(stat);
        if self.mode == SeedMode::Link || stat.kind != FileKind::File {
            return Ok(listed);
        }
        // Only copies are told apart by it: a link moves it.
        listed.ctime = stat.ctime;
        if self.terms.digests {
            listed.digest = Some(digest_of(vfs, dir, name)?);
        }
        let copied = self.basis.copied.get(&stat.id.inode).filter(|_| is_here);
        let Some(copied) = copied else { return Ok(listed) };
        let Basis { clock, handed_over: look, .. } = *self.basis;
        let known = Known { shown: copied.shown, look, digest: copied.digest };
        let read = || digest_of(vfs, dir, name);
        if is_untouched(clock, &known, stat, listed.digest, read)? {
            listed.content = Some(copied.content);
            listed.is_inherited = true;
            listed.is_synced = copied.is_synced;
        }
        Ok(listed)
    }

    /// The inode of a file that can be recorded as the copy that it was, without another look and without a sync. `None`: it is
    /// something else, or that cannot be told by a look.
    pub(crate) fn untouched_copy(&self, dir: &V::Dir, name: &Name) -> Option<u64> {
        let stat = self.vfs.stat(dir, name).ok()?;
        let copied = self.basis.copied.get(&stat.id.inode)?;
        if stat.is_mount || stat.mode & BY_OWNER == 0 || self.syncs() && !copied.is_synced {
            return None;
        }
        let Basis { clock, handed_over: look, .. } = *self.basis;
        // Reading it is for the one who records it.
        let known = Known { shown: copied.shown, look, digest: None };
        let is_untouched = is_untouched(clock, &known, &stat, None, || Err(()));
        (is_untouched == Ok(true)).then_some(stat.id.inode)
    }

    /// What is recorded of an untouched copy.
    pub(crate) fn of_untouched(&self, inode: u64) -> Option<Listed> {
        let copied = self.basis.copied.get(&inode)?;
        let mut listed = copied.shown.listed();
        listed.content = Some(copied.content);
        listed.is_inherited = true;
        listed.is_synced = copied.is_synced;
        Some(listed)
    }

    fn sync(&self, dir: &V::Dir, name: &Name) -> Result<(), Error> {
        let vfs = self.vfs;
        let file =
            vfs.open_file(dir, name, Access::Read).map_err(failed(vfs, "open", dir, name))?;
        Ok(vfs.sync_file(&file).map_err(failed(vfs, "sync", dir, name))?)
    }
}
