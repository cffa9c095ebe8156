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
//! A directory in which begin changed nothing, and nobody since, is not listed: one look shows that (E5).
//!
//! Numbers of files count on one device only. Of what lies on another one, no number is known.

use std::io;
use std::time::SystemTime;

use incrdir_naming::{EntryName, Hash};
use incrdir_record::{DirPlace, Item, List, ListWriter, Listed, MAX_DEPTH, MAX_LEN};
use incrdir_vfs::{Entry, FileKind, Name, Step, Vfs, Work, failed, is_transient, kind_of};

use crate::fill::attributes::digest_of_dir;
use crate::fill::pairing::Pairing;
use crate::observe;
use crate::record::{bytes_of, name_of};
use crate::stop::go_on;
use crate::tree::list;
use crate::tree::trail::{Pending, Trail};
use crate::trust::ahead::{Untouched, look_ahead};
use crate::trust::leaf::Leaves;
use crate::trust::standing::place_of;
use crate::working::Writing;
use crate::{Durability, Error, SeedMode, vfs_name};

/// What was written into the record.
pub(crate) struct Recorded {
    /// The list and the place.
    pub(crate) frames: Vec<u8>,
    /// When names at the top had last changed before it was listed.
    pub(crate) top_changed: SystemTime,
}

/// P1 to P3.
pub(crate) fn record<V: Vfs>(session: &mut Writing<V>, hash: Hash) -> Result<Recorded, Error> {
    let span = observe::survey();
    let vfs = &session.unit.vfs;
    let top = vfs
        .stat_dir(session.dir())
        .map_err(|error| incrdir_vfs::Error::new("look at", &session.path, error))?;
    let mut frames = survey(session, hash)?;
    frames.extend(place_of(&session.unit.vfs, &session.seen, session.basis.clock.step).encode());
    // An attempt that failed has left its list, and what is longer would not be read again.
    if session.lock.len() + frames.len() as u64 > MAX_LEN {
        return Err(Error::TooMany { path: session.path.clone() });
    }
    observe::surveyed(&span, frames.len());
    let Writing { unit, key, lock, terms, .. } = session;
    let name = vfs_name(EntryName::Lock(*key));
    lock.append(&frames).map_err(failed(&unit.vfs, "write lock file", &unit.dir, &name))?;
    if terms.durability >= Durability::Consistent {
        lock.sync().map_err(failed(&unit.vfs, "sync lock file", &unit.dir, &name))?;
    }
    Ok(Recorded { frames, top_changed: top.stat.mtime })
}

/// P1 and P2. Returns the frame of the list.
pub(crate) fn survey<V: Vfs>(session: &Writing<V>, hash: Hash) -> Result<Vec<u8>, Error> {
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

/// `source`: the list of what it was seeded from, if what is known of that can be relied on.
fn survey_from<V: Vfs>(
    session: &Writing<V>,
    source: Option<&List>,
    hash: Hash,
) -> Result<Vec<u8>, Error> {
    let vfs = &session.unit.vfs;
    let basis = &session.basis;
    let mode = session.report.mode;
    let expected = source.map_or(0, |list| list.bytes() + (4 << 10));
    let leaves = Leaves { vfs, terms: session.terms, mode, basis };
    let untouched = match source {
        Some(list) if mode != SeedMode::Link => look_ahead(&leaves, session.dir(), list)?,
        _ => Untouched::new(),
    };
    let mut surveyor = Surveyor {
        leaves,
        untouched,
        source,
        has_files_of_source: mode == SeedMode::Link,
        device: session.seen.stat.id.device,
        is_here: true,
        writer: ListWriter::new(session.key, hash, vfs.now(), expected),
        steps: 0,
    };
    // What nobody may read could not be started from.
    let mut trail = Trail::own(vfs, session.dir());
    let mut pending = Pending::new();
    let mut next = Some(Below { block: source.map(|_| 0), state: State::Top });
    while let Some(of) = next {
        if trail.depth() > MAX_DEPTH {
            return Err(Error::TooDeep { path: vfs.path(trail.here()?).into() });
        }
        let below = surveyor.directory(&mut trail, of)?;
        pending.add(below);
        next = pending.next(&mut trail);
    }
    surveyor.writer.finish().ok_or_else(|| Error::TooMany { path: session.path.clone() })
}

struct Surveyor<'a, V: Vfs> {
    leaves: Leaves<'a, V>,
    /// The list of the source.
    source: Option<&'a List>,
    /// Whether files in the session may be the source's own.
    has_files_of_source: bool,
    /// The one that the session is on.
    device: u64,
    /// What was looked at before, of directories that nobody changed.
    untouched: Untouched,
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
    state: State,
}

/// What is known of a directory before it is surveyed.
enum State {
    /// It is the session's own, of which nothing is recorded but what is in it.
    Top,
    /// Nothing. What it shows is recorded in this place.
    Unknown(DirPlace),
    /// It has the names that the source's list has of it, which were synced if the session is to be.
    Intact { is_synced: bool },
}

impl<'a, V: Vfs> Surveyor<'a, V> {
    /// Notes what is in the directory that the trail is at. Returns the directories in it, with their blocks in the source's
    /// list.
    fn directory(
        &mut self,
        trail: &mut Trail<'_, V>,
        of: Below,
    ) -> Result<Vec<(Name, Below)>, Error> {
        let vfs = self.leaves.vfs;
        let of_source = self.source.zip(of.block);
        let place = match (of.state, of_source) {
            (State::Intact { is_synced }, Some(of_source)) => {
                return self.intact(trail, of_source, is_synced);
            }
            (State::Unknown(place), _) => Some(place),
            _ => None,
        };
        let (dir, seen) = trail.look()?;
        go_on(vfs, dir)?;
        self.is_here = seen.is_none_or(|seen| seen.stat.id.device == self.device);
        if let (Some(seen), Some(place)) = (seen, place) {
            let digest = digest_of_dir(vfs, dir, &seen)
                .map_err(|error| incrdir_vfs::Error::new("look at", vfs.path(dir), error))?;
            let inode = if self.is_here { seen.stat.id.inode } else { 0 };
            self.writer.put_dir(place, inode, seen.stat.ctime, digest, self.leaves.syncs());
        }
        let mut entries = list(vfs, dir)?;
        if self.leaves.basis.info.renames_removed {
            entries.retain(|entry| !is_transient(&entry.name));
        }
        let count = entries.len();
        let seen: Box<dyn Iterator<Item = Seen<'a>>> = match of_source {
            None => Box::new(entries.into_iter().map(|entry| Seen::Entry(Box::new(entry), None))),
            Some(source) => Box::new(self.look(entries, source).into_iter()),
        };
        self.writer.begin_block(count);
        let mut directories = Vec::new();
        for seen in seen {
            self.step();
            let (entry, item) = match seen {
                Seen::Inherited(list, item) => {
                    self.writer.carry(list.raw(item));
                    continue;
                }
                Seen::Entry(entry, item) => (entry, item),
            };
            let kind =
                kind_of(vfs, dir, &entry).map_err(failed(vfs, "look at", dir, &entry.name))?;
            if kind == FileKind::Dir {
                let below = self.below(dir, &entry.name, item);
                directories.push((entry.name, below));
            } else {
                self.leaf(dir, &entry.name, item)?;
            }
        }
        if self.leaves.syncs() {
            sync(vfs, dir)?;
        }
        Ok(directories)
    }

    /// Notes what is in a directory that nobody changed since the session was begun. It is opened if something in it has to
    /// be looked at.
    fn intact(
        &mut self,
        trail: &mut Trail<'_, V>,
        (list, block): (&'a List, usize),
        is_synced: bool,
    ) -> Result<Vec<(Name, Below)>, Error> {
        let vfs = self.leaves.vfs;
        go_on(vfs, trail.root())?;
        self.is_here = true;
        let items = list.block(block);
        self.writer.begin_block(items.len());
        let mut directories = Vec::new();
        for (item, number) in items.iter().zip(list.first_of(block)..) {
            self.step();
            let known = self.untouched.get(&number);
            if let Some(listed) = known.and_then(|inode| self.leaves.of_untouched(*inode)) {
                self.writer.add(list.name(item), &listed);
                continue;
            }
            let is_file = item.block().is_none();
            if is_file && self.has_files_of_source && self.leaves.needs_nothing(item) {
                self.writer.carry(list.raw(item));
                continue;
            }
            let dir = trail.here()?;
            let name = name_of(list, item).ok_or_else(|| {
                let error = io::Error::from(io::ErrorKind::InvalidFilename);
                incrdir_vfs::Error::new("record", vfs.path(dir), error)
            })?;
            if is_file {
                self.leaf(dir, &name, Some(item))?;
            } else {
                let below = self.below(dir, &name, Some(item));
                directories.push((name, below));
            }
        }
        if self.leaves.syncs() && !is_synced {
            sync(vfs, trail.here()?)?;
        }
        Ok(directories)
    }

    fn step(&mut self) {
        self.steps += 1;
        self.leaves.vfs.step(Step::new(Work::Survey, self.steps));
    }

    /// Notes a directory. What nobody changed since the session was begun is known by one look (E5).
    fn below(&mut self, dir: &V::Dir, name: &Name, item: Option<&Item>) -> Below {
        let Leaves { vfs, basis, .. } = self.leaves;
        let block = item.and_then(Item::block);
        let intact = block.and_then(|block| basis.intact.get(&block)).filter(|_| self.is_here);
        if let (Some(intact), Some(list), Some(item)) = (intact, self.source, item)
            && let Ok(now) = vfs.stat(dir, name)
            && now.id.device == self.device
            && intact.shown.is_shown_by(&now)
        {
            let mut listed = Listed::of_dir(now.id.inode);
            listed.ctime = now.ctime;
            listed.digest = list.listed(item).digest;
            listed.is_synced = intact.is_synced || self.leaves.syncs();
            self.writer.add(bytes_of(name), &listed);
            return Below { block, state: State::Intact { is_synced: intact.is_synced } };
        }
        Below { block, state: State::Unknown(self.writer.add_dir(bytes_of(name))) }
    }

    /// Notes what is not a directory.
    fn leaf(&mut self, dir: &V::Dir, name: &Name, item: Option<&Item>) -> Result<(), Error> {
        let known = self.source.zip(item).filter(|_| self.has_files_of_source);
        let listed = self.leaves.listed(dir, name, self.is_here, known)?;
        self.writer.add(bytes_of(name), &listed);
        Ok(())
    }

    /// Pairs what is listed with what the source had.
    fn look(&self, entries: Vec<Entry>, (list, block): (&'a List, usize)) -> Vec<Seen<'a>> {
        let mut pairing = Pairing::new(list, block);
        let see = |entry: Entry| {
            // A file with another id is not the source's, whatever its name. Of copies only the directories are asked for.
            let item = match self.has_files_of_source {
                true if self.trusts_listings() && is_no_dir(&entry) => pairing.find_file(&entry),
                false if is_no_dir(&entry) => None,
                _ => pairing.find(&entry),
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
        self.leaves.basis.info.listed_inodes_are_true && self.is_here
    }

    /// Whether an entry is the source's file, and all that is to be known of it is in the source's list.
    fn is_inherited(&self, entry: &Entry, item: &Item) -> bool {
        self.has_files_of_source
            && self.trusts_listings()
            && item.is_inode(entry.inode)
            && is_no_dir(entry)
            && self.leaves.needs_nothing(item)
    }
}

fn sync<V: Vfs>(vfs: &V, dir: &V::Dir) -> Result<(), Error> {
    let synced = vfs.sync_dir(dir);
    Ok(synced.map_err(|error| incrdir_vfs::Error::new("sync", vfs.path(dir), error))?)
}

fn is_no_dir(entry: &Entry) -> bool {
    entry.kind.is_some_and(|kind| kind != FileKind::Dir)
}
