//! P1 to P3: what is in a session that is about to be published.
//!
//! 1. P1: list it and compare it with what it was seeded from. What is still the source's own file is taken
//!    over from the source's list without a look; the rest is looked at, and digested where that was asked.
//!    A copy of the source's file is known to be that, if it is untouched since it was made (`evidence.rs`).
//!    Afterwards, see that the source is still there: only then no file id of its files can have been given
//!    to a new file. If it is not, every file is looked at.
//! 2. P2: make durable what is not yet, as far as the level says: each file that was not synced before,
//!    inherited or new, then the directory that names it.
//! 3. P3: write the list into the record, and where it is published (`place.rs`). Last, so that a list stands for
//!    synced files.
//!
//! Numbers of files count on one device only. Of what lies on another one, no number is known.

use incrdir_naming::{EntryName, Hash};
use incrdir_record::{Item, Kind, List, ListWriter, Listed, MAX_DEPTH, MAX_LEN};
use incrdir_vfs::{
    Access, DirStat, Entry, FileKind, Name, Stat, Step, Vfs, Work, failed, is_transient, kind_of,
    mounted,
};

use crate::fill::attributes::digest_of_dir;
use crate::fill::basis::{Basis, Terms};
use crate::fill::pairing::Pairing;
use crate::observe;
use crate::record::{bytes_of, listed_of};
use crate::stop::go_on;
use crate::tree::list;
use crate::tree::trail::{Pending, Trail};
use crate::trust::digest::digest_of;
use crate::trust::evidence::{Known, differs, is_untouched};
use crate::trust::standing::place_of;
use crate::working::Writing;
use crate::{Audit, Durability, Error, SeedMode, vfs_name};

/// That the owner of a file may read it.
const BY_OWNER: u32 = 0o400;

/// P1 to P3. Returns what was written: the list and the place.
pub(crate) fn record<V: Vfs>(session: &mut Writing<V>, hash: Hash) -> Result<Vec<u8>, Error> {
    let span = observe::survey();
    let mut frames = survey(session, hash)?;
    frames.extend(place_of(&session.unit.vfs, &session.seen, session.basis.clock.step).encode());
    // An attempt that failed has left its list, and what is longer would not be read again.
    if session.lock.len() + frames.len() as u64 > MAX_LEN {
        return Err(Error::TooMany { path: session.path().into() });
    }
    observe::surveyed(&span, frames.len());
    let Writing { unit, key, lock, terms, .. } = session;
    let name = vfs_name(EntryName::Lock(*key));
    lock.append(&frames).map_err(failed(&unit.vfs, "write lock file", &unit.dir, &name))?;
    if terms.durability >= Durability::Consistent {
        lock.sync().map_err(failed(&unit.vfs, "sync lock file", &unit.dir, &name))?;
    }
    Ok(frames)
}

fn survey<V: Vfs>(session: &Writing<V>, hash: Hash) -> Result<Vec<u8>, Error> {
    let basis = &session.basis;
    let frame = survey_from(session, basis.list.as_ref(), hash)?;
    if session.report.mode != SeedMode::Link || is_source_there(session) {
        return Ok(frame);
    }
    observe::source_gone();
    survey_from(session, None, hash)
}

/// The name of a session never comes back, so a source that is there now was there all the time.
pub(crate) fn is_source_there<V: Vfs>(session: &Writing<V>) -> bool {
    let Some(source) = session.report.source else { return true };
    session.unit.vfs.stat(&session.unit.dir, &vfs_name(source)).is_ok()
}

/// `source`: the list of what it was seeded from, if the ids in it can be relied on.
fn survey_from<V: Vfs>(
    session: &Writing<V>,
    source: Option<&List>,
    hash: Hash,
) -> Result<Vec<u8>, Error> {
    let vfs = &session.unit.vfs;
    let basis = &session.basis;
    let expected = source.map_or(0, |list| list.bytes() + (4 << 10));
    let mut surveyor = Surveyor {
        vfs,
        terms: session.terms,
        mode: session.report.mode,
        basis,
        source: source.filter(|_| session.report.mode == SeedMode::Link),
        device: session.seen.stat.id.device,
        is_here: true,
        writer: ListWriter::new(session.key, hash, vfs.now(), expected),
        steps: 0,
    };
    // What nobody may read could not be started from.
    let mut trail = Trail::own(vfs, &session.dir);
    let mut pending = Pending::new();
    let mut next = Some(Below { block: source.map(|_| 0), digest: None });
    while let Some(of) = next {
        let depth = trail.depth();
        let (dir, seen) = trail.look()?;
        if depth > MAX_DEPTH {
            return Err(Error::TooDeep { path: vfs.path(dir).into() });
        }
        let below = surveyor.directory(dir, seen.as_ref(), of)?;
        pending.add(below);
        next = pending.next(&mut trail);
    }
    surveyor.writer.finish().ok_or_else(|| Error::TooMany { path: session.path().into() })
}

struct Surveyor<'a, V: Vfs> {
    vfs: &'a V,
    terms: Terms,
    mode: SeedMode,
    basis: &'a Basis,
    /// The list of the source, if its own files may be in the session.
    source: Option<&'a List>,
    /// The one that the session is on.
    device: u64,
    /// Whether the directory that is surveyed is on it.
    is_here: bool,
    writer: ListWriter,
    /// Entries that were dealt with.
    steps: u64,
}

/// An entry of a listing. Of what is inherited no more is kept: that is nearly all, and the list that is written takes
/// as much again.
enum Seen<'a> {
    Inherited(&'a List, &'a Item),
    Entry(Box<Entry>, Option<&'a Item>),
}

/// A directory that is still to be surveyed.
struct Below {
    /// Its own in the source's list.
    block: Option<usize>,
    /// Where the digest of its attributes goes in the list that is written. `None`: the top has none.
    digest: Option<usize>,
}

/// An entry of the source's list.
type OfSource<'a> = (&'a List, &'a Item);

impl<'a, V: Vfs> Surveyor<'a, V> {
    /// Notes a directory. Returns those in it, with their blocks in the source's list.
    fn directory(
        &mut self,
        dir: &V::Dir,
        seen: Option<&DirStat>,
        of: Below,
    ) -> Result<Vec<(Name, Below)>, Error> {
        let vfs = self.vfs;
        go_on(vfs, dir)?;
        self.is_here = seen.is_none_or(|seen| seen.stat.id.device == self.device);
        if let (Some(seen), Some(place)) = (seen, of.digest) {
            let digest = digest_of_dir(vfs, dir, seen)
                .map_err(|error| incrdir_vfs::Error::new("look at", vfs.path(dir), error))?;
            self.writer.put_digest(place, digest);
        }
        let source = self.source.zip(of.block);
        let mut entries = list(vfs, dir)?;
        if self.basis.info.renames_removed {
            entries.retain(|entry| !is_transient(&entry.name));
        }
        let count = entries.len();
        let seen: Box<dyn Iterator<Item = Seen<'a>>> = match source {
            None => Box::new(entries.into_iter().map(|entry| Seen::Entry(Box::new(entry), None))),
            Some(source) => Box::new(self.look(entries, source).into_iter()),
        };
        self.writer.begin_block(count);
        let mut directories = Vec::new();
        for seen in seen {
            self.steps += 1;
            vfs.step(Step::new(Work::Survey, self.steps));
            let (entry, item) = match seen {
                Seen::Inherited(list, item) => {
                    self.writer.carry(list.raw(item));
                    continue;
                }
                Seen::Entry(entry, item) => (entry, item),
            };
            let name = &entry.name;
            let kind = kind_of(vfs, dir, &entry).map_err(failed(vfs, "look at", dir, name))?;
            if kind == FileKind::Dir {
                let inode = if self.is_here { entry.inode } else { 0 };
                let digest = self.writer.add_dir(bytes_of(name), inode);
                let block = item.and_then(Item::block);
                directories.push((entry.name, Below { block, digest: Some(digest) }));
                continue;
            }
            self.file(dir, name, source.map(|(list, _)| list).zip(item))?;
        }
        if self.syncs() {
            vfs.sync_dir(dir)
                .map_err(|error| incrdir_vfs::Error::new("sync", vfs.path(dir), error))?;
        }
        Ok(directories)
    }

    fn syncs(&self) -> bool {
        self.terms.durability >= Durability::Consistent
    }

    /// Pairs what is listed with what the source had.
    fn look(&self, entries: Vec<Entry>, (list, block): (&'a List, usize)) -> Vec<Seen<'a>> {
        let mut pairing = Pairing::new(list, block);
        let see = |entry: Entry| {
            // A file with another id is not the source's, whatever its name.
            let item = match self.trusts_listings() && is_no_dir(&entry) {
                true => pairing.find_file(&entry),
                false => pairing.find(&entry),
            };
            match item.map(|(_, item)| item) {
                Some(item) if self.is_inherited(&entry, item) => Seen::Inherited(list, item),
                item => Seen::Entry(Box::new(entry), item),
            }
        };
        // Collecting would keep the room of the entries.
        let mut seen = Vec::with_capacity(entries.len());
        seen.extend(entries.into_iter().map(see));
        seen
    }

    /// Whether the number that a listing shows is that of a file, and of this one only.
    fn trusts_listings(&self) -> bool {
        self.basis.info.listed_inodes_are_true && self.is_here
    }

    /// Whether an entry is the source's file, and all that is to be known of it is in the source's list.
    fn is_inherited(&self, entry: &Entry, item: &Item) -> bool {
        self.trusts_listings()
            && item.is_inode(entry.inode)
            && is_no_dir(entry)
            && self.terms.audit == Audit::Off
            && self.needs_nothing(item)
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

    /// Notes what is not a directory.
    fn file(
        &mut self,
        dir: &V::Dir,
        name: &Name,
        known: Option<OfSource<'_>>,
    ) -> Result<(), Error> {
        let vfs = self.vfs;
        go_on(vfs, dir)?;
        let stat = self.seen(dir, name)?;
        let mut listed = match known {
            Some((list, item)) if self.is_here && item.is_inode(stat.id.inode) => {
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
            _ => self.looked_at(dir, name, &stat)?,
        };
        if !self.is_here {
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
        self.writer.add(bytes_of(name), &listed);
        Ok(())
    }

    /// Whether an inherited entry can be taken over as it is.
    fn needs_nothing(&self, item: &Item) -> bool {
        item.kind() != Kind::File
            || (!self.syncs() || item.is_synced()) && (!self.terms.digests || item.has_digest())
    }

    /// What is not the source's own file: a copy of it that nobody touched, or something new.
    fn looked_at(&self, dir: &V::Dir, name: &Name, stat: &Stat) -> Result<Listed, Error> {
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
        let copied = self.basis.copied.get(&stat.id.inode).filter(|_| self.is_here);
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

    fn sync(&self, dir: &V::Dir, name: &Name) -> Result<(), Error> {
        let vfs = self.vfs;
        let file =
            vfs.open_file(dir, name, Access::Read).map_err(failed(vfs, "open", dir, name))?;
        Ok(vfs.sync_file(&file).map_err(failed(vfs, "sync", dir, name))?)
    }
}

fn is_no_dir(entry: &Entry) -> bool {
    entry.kind.is_some_and(|kind| kind != FileKind::Dir)
}
