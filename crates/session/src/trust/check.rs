//! Whether a published session is what was published.
//!
//! 1. T1: its record, read under its lock, is whole and its own, and the directory is the one that was published, in the
//!    mount in which it was (`place.rs`).
//!    That is enough for a caller that takes the names from the record (begin does): nothing that was written is lost then, and
//!    a file that is missing shows as soon as it is wanted.
//! 2. T2: what listings show is what the record lists: no name less, nothing of another kind. A name more is noted; only
//!    after a loss it is damage, because it may be a removal that was lost. That is enough for a reader of the directory.
//! 3. T3: if it is the tree in another mount, or its top was changed: each file has the length, the time and the file id
//!    that the record says. The ids matter, because a lost relink leaves an older file under the same name.
//! 4. T4: where the record has digests, the contents have them. Only after T3.
//! 5. T5: of a tree that was copied or restored, ids say nothing. Digests decide where they are recorded, else lengths
//!    and times, as far as archives keep those. What agrees is used, and is known by its new ids from then on. What does
//!    not is left alone: nothing is damaged there, and nobody knows what the copy is for.
//! 6. T6: where nothing tells whether it is the tree, what agrees in ids and times is used. Where ids mean nothing, only
//!    digests count; or that the session was synced before its record was written, so that the record stands for it.
//!
//! One whose record gives a reason why nobody is to use it is not used: it was quarantined, and could not be renamed.
//!
//! Nothing is written: whoever looks holds a shared lock.

use std::io;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use incrdir_lockfs::Lock;
use incrdir_naming::SessionName;
use incrdir_record::{Item, List, Listed, Record, Whole};
use incrdir_vfs::{
    DirStat, FileKind, FsInfo, Name, Stat, Step, Vfs, Work, failed, is_transient, kind_of,
};

use crate::fill::pairing::Pairing;
use crate::record::{name_of, read_all, recorded_kind};
use crate::stop::go_on;
use crate::tree::trail::{Pending, Trail};
use crate::trust::digest::digest_of;
use crate::trust::evidence::differs;
use crate::trust::standing::{Numbers, Standing, standing_of};
use crate::{Distrust, Durability, Mismatch, Scrutiny, Unrecorded, tree};

/// A session that is what was published.
pub(crate) struct Trusted {
    /// What it holds, with the ids and times that its files have here.
    pub(crate) list: List,
    pub(crate) standing: Standing,
    /// What its writer promised of it.
    pub(crate) durability: Durability,
    /// What is in it besides, below it: the first few.
    pub(crate) extra: Vec<PathBuf>,
    /// As in its origin.
    pub(crate) since_cold: Option<u8>,
    /// Whether it began cold.
    pub(crate) was_cold: bool,
    /// What its directory showed before it was compared.
    pub(crate) seen: Stat,
}

/// How many extra names are kept.
const MAX_EXTRA: usize = 16;

/// T1 to T6, as closely as the time since it was published asks for, and at least as closely as told.
/// `None`: it has no record, and that is accepted.
pub(crate) fn trust<V: Vfs>(
    vfs: &V,
    session: SessionName,
    lock: &Lock<V>,
    dir: &V::Dir,
    unrecorded: Unrecorded,
    at_least: Scrutiny,
) -> Result<Option<Trusted>, Distrust> {
    let Some((record, list)) = recorded(vfs, dir, session, lock, unrecorded)? else {
        return Ok(None);
    };
    let ask = || {
        vfs.fs_info(dir).map_err(|error| incrdir_vfs::Error::new("ask about", vfs.path(dir), error))
    };
    let seen = vfs
        .stat_dir(dir)
        .map_err(|error| incrdir_vfs::Error::new("look at", vfs.path(dir), error))?;
    let standing = match &record.place {
        Some(place) => {
            standing_of(place, vfs, &seen, record.seal, || ask().map(|info| Numbers::of(&info)))?
        }
        None => {
            let then = record.head.as_ref().and_then(|head| head.boot_id);
            Standing::Unknown { is_one_run: then.is_some() && then == vfs.boot_id() }
        }
    };
    let mut trusted = Trusted {
        list,
        standing,
        durability: record.head.as_ref().map_or(Durability::None, |head| head.durability),
        extra: Vec::new(),
        was_cold: record.origin.as_ref().is_some_and(|origin| origin.source.is_none()),
        since_cold: record.origin.and_then(|origin| origin.since_cold),
        seen: seen.stat,
    };
    let scrutiny = match standing {
        Standing::Same => at_least,
        Standing::Touched => at_least.max(Scrutiny::Attributes),
        Standing::Remounted | Standing::Moved | Standing::Unknown { .. } => Scrutiny::Digests,
    };
    if scrutiny == Scrutiny::Record {
        return Ok(Some(trusted));
    }
    let info = ask()?;
    let mut check = Check {
        vfs,
        top: dir,
        seen,
        info: &info,
        list: &trusted.list,
        scrutiny,
        standing,
        durability: trusted.durability,
        extra: Vec::new(),
        found: Vec::new(),
        steps: 0,
    };
    check.all()?;
    let Check { extra, found, .. } = check;
    trusted.extra = extra;
    for (number, stat) in found {
        trusted.list.found(number, stat.id.inode, stat.mtime, stat.ctime);
    }
    Ok(Some(trusted))
}

/// T1 without the place. `None`: there is no list, and that is accepted.
fn recorded<V: Vfs>(
    vfs: &V,
    dir: &V::Dir,
    session: SessionName,
    lock: &Lock<V>,
    unrecorded: Unrecorded,
) -> Result<Option<(Record, List)>, Distrust> {
    let without = || match unrecorded {
        Unrecorded::Accept => Ok(None),
        Unrecorded::Refuse => Err(Distrust::Unrecorded),
    };
    if lock.len() == 0 {
        return without();
    }
    let content = match read_all(lock) {
        Ok(content) => content,
        Err(error) if error.kind() == io::ErrorKind::FileTooLarge => {
            return Err(Distrust::BadRecord { what: "longer than any record" });
        }
        Err(error) => {
            return Err(incrdir_vfs::Error::new("read the record of", vfs.path(dir), error).into());
        }
    };
    let Whole { mut record, list, .. } = Whole::decode(content);
    if let Some(version) = record.newer_version {
        return Err(Distrust::Newer { version });
    }
    if let Some(reason) = record.reason.take() {
        return Err(Distrust::Forbidden { reason });
    }
    let Some(head) = &record.head else {
        return Err(Distrust::BadRecord { what: "damaged" });
    };
    if head.key != session.key {
        return Err(Distrust::BadRecord { what: "another session's" });
    }
    let Some(list) = list else {
        return match head.durability {
            Durability::None => without(),
            _ => Err(Distrust::BadRecord { what: "cut short" }),
        };
    };
    if !list.is_of(session) {
        return Err(Distrust::BadRecord { what: "another session's" });
    }
    Ok(Some((record, list)))
}

struct Check<'a, V: Vfs> {
    vfs: &'a V,
    top: &'a V::Dir,
    /// The top, as it was when the check began.
    seen: DirStat,
    info: &'a FsInfo,
    list: &'a List,
    scrutiny: Scrutiny,
    standing: Standing,
    durability: Durability,
    extra: Vec<PathBuf>,
    /// What has other ids or times than recorded, and is the same all the same. By its number in the list.
    found: Vec<(usize, Stat)>,
    /// Entries that were looked at.
    steps: u64,
}

impl<V: Vfs> Check<'_, V> {
    /// T2 to T6.
    fn all(&mut self) -> Result<(), Distrust> {
        let looks = self.scrutiny > Scrutiny::Names;
        let mut trail = match looks {
            true => Trail::new(self.vfs, self.top),
            false => Trail::in_private(self.vfs, self.top),
        };
        let mut pending = Pending::new();
        let mut next = Some(0);
        while let Some(block) = next {
            let (dir, seen) = trail.look()?;
            let seen = seen.unwrap_or(self.seen);
            let below = self.directory(dir, &seen, block)?;
            pending.add(below);
            next = pending.next(&mut trail);
        }
        Ok(())
    }

    /// One directory. Returns those in it, with their blocks.
    fn directory(
        &mut self,
        dir: &V::Dir,
        seen: &DirStat,
        block: usize,
    ) -> Result<Vec<(Name, usize)>, Distrust> {
        let (vfs, list) = (self.vfs, self.list);
        go_on(vfs, dir)?;
        let (items, first) = (list.block(block), list.first_of(block));
        let mut pairing = Pairing::new(list, block);
        let mut is_there = vec![false; items.len()];
        let mut pairs = Vec::with_capacity(items.len());
        let entries = tree::list(vfs, dir)?;
        for entry in &entries {
            let Some((number, item)) = pairing.find(entry) else {
                self.extra(dir, &entry.name)?;
                continue;
            };
            let kind =
                kind_of(vfs, dir, entry).map_err(failed(vfs, "look at", dir, &entry.name))?;
            if item.kind() != recorded_kind(kind) {
                return Err(self.mismatch(dir, &entry.name, Mismatch::Kind));
            }
            is_there[number] = true;
            pairs.push((number, &entry.name));
        }
        // No name is listed twice in one directory, so equal numbers mean that none is missing.
        if pairs.len() != items.len() {
            self.missing(dir, items, &is_there)?;
        }
        let mut below = Vec::new();
        for (number, name) in pairs {
            self.steps += 1;
            vfs.step(Step::new(Work::Audit, self.steps).of(list.len() as u64));
            match items[number].block() {
                Some(block) => below.push((name.clone(), block)),
                None if self.scrutiny > Scrutiny::Names => {
                    self.attributes(dir, seen, first + number, name)?;
                }
                None => {}
            }
        }
        Ok(below)
    }

    /// T3 to T6 for one file, or link.
    fn attributes(
        &mut self,
        dir: &V::Dir,
        seen: &DirStat,
        number: usize,
        name: &Name,
    ) -> Result<(), Distrust> {
        let vfs = self.vfs;
        go_on(vfs, dir)?;
        let recorded = self.list.listed(self.list.item(number));
        let stat = vfs.stat(dir, name).map_err(failed(vfs, "look at", dir, name))?;
        // An id of another device is not known, and none of that device is compared.
        let is_here = seen.stat.id.device == self.seen.stat.id.device;
        let differs = differs(&recorded, &stat, is_here && recorded.inode != 0);
        let is_sized = !matches!(differs, Some(Mismatch::Kind | Mismatch::Length { .. }));
        let decides = match self.standing {
            Standing::Same | Standing::Touched | Standing::Remounted => None,
            _ if !is_sized || stat.kind != FileKind::File => None,
            Standing::Moved => Some(self.of_copy(&recorded, &stat)),
            Standing::Unknown { is_one_run } => {
                Some(self.of_unknown(&recorded, &stat, differs.as_ref(), is_one_run)?)
            }
        };
        let wants_digest = match decides {
            Some(Evidence::Content) => true,
            Some(Evidence::Enough) => false,
            None | Some(Evidence::None) if stat.kind != FileKind::File && is_sized => false,
            None | Some(Evidence::None) => {
                if let Some(difference) = differs {
                    return Err(self.mismatch(dir, name, difference));
                }
                self.scrutiny == Scrutiny::Digests
            }
        };
        if let (true, Some(digest)) = (wants_digest, recorded.digest)
            && digest_of(vfs, dir, name)? != digest
        {
            return Err(self.mismatch(dir, name, Mismatch::Content));
        }
        if !self.standing.is_the_tree() {
            self.found.push((number, known_here(stat, is_here)));
        }
        Ok(())
    }

    /// T5.
    fn of_copy(&self, recorded: &Listed, stat: &Stat) -> Evidence {
        match recorded.digest {
            Some(_) => Evidence::Content,
            None if self.is_time_kept(recorded, stat) => Evidence::Enough,
            None => Evidence::None,
        }
    }

    /// T6.
    fn of_unknown(
        &self,
        recorded: &Listed,
        stat: &Stat,
        differs: Option<&Mismatch>,
        is_one_run: bool,
    ) -> Result<Evidence, Distrust> {
        let is_timed = recorded.mtime == Some(stat.mtime);
        Ok(match recorded.digest {
            _ if differs.is_none() && self.info.ids_last => Evidence::None,
            _ if is_timed && is_one_run && !self.info.ids_last => Evidence::Enough,
            Some(_) => Evidence::Content,
            None if self.info.ids_last => Evidence::None,
            None if self.durability.is_promise() => Evidence::Enough,
            None => return Err(Distrust::Unknowable { fs: self.info.name.clone().into_owned() }),
        })
    }

    /// Whether a copy has the time of the original, as far as archives (whole seconds) and this file system keep it.
    fn is_time_kept(&self, recorded: &Listed, stat: &Stat) -> bool {
        let is_whole = stat
            .mtime
            .duration_since(SystemTime::UNIX_EPOCH)
            .is_ok_and(|since| since.subsec_nanos() == 0);
        let second = Duration::from_secs(if is_whole { 1 } else { 0 });
        let step = second.max(self.info.time_step);
        recorded.mtime.is_some_and(|mtime| match mtime.duration_since(stat.mtime) {
            Ok(cut) => cut.is_zero() || cut < step,
            Err(_) => false,
        })
    }

    /// What the record does not have.
    fn extra(&mut self, dir: &V::Dir, name: &Name) -> Result<(), Distrust> {
        if self.is_passing(name) {
            return Ok(());
        }
        match self.standing {
            Standing::Same | Standing::Touched => {
                if self.extra.len() < MAX_EXTRA {
                    self.extra.push(self.vfs.path(dir).join(name));
                }
                Ok(())
            }
            _ => Err(self.mismatch(dir, name, Mismatch::Extra)),
        }
    }

    fn missing(&self, dir: &V::Dir, items: &[Item], is_there: &[bool]) -> Result<(), Distrust> {
        for (item, _) in items.iter().zip(is_there).filter(|(_, is_there)| !**is_there) {
            match name_of(self.list, item) {
                Some(name) if self.is_passing(&name) => {}
                Some(name) => return Err(self.mismatch(dir, &name, Mismatch::Missing)),
                None => {
                    let name = String::from_utf8_lossy(self.list.name(item)).into_owned();
                    return Err(self.mismatch_at(self.vfs.path(dir).join(name), Mismatch::Missing));
                }
            }
        }
        Ok(())
    }

    /// Whether the file system gave this name to what was removed: it goes when it is closed.
    fn is_passing(&self, name: &Name) -> bool {
        self.info.renames_removed && is_transient(name)
    }

    fn mismatch(&self, dir: &V::Dir, name: &Name, mismatch: Mismatch) -> Distrust {
        self.mismatch_at(self.vfs.path(dir).join(name), mismatch)
    }

    fn mismatch_at(&self, path: PathBuf, mismatch: Mismatch) -> Distrust {
        match self.standing.is_the_tree() {
            true => Distrust::Mismatch { path, mismatch },
            false => Distrust::Moved { path, mismatch },
        }
    }
}

/// What speaks for a file that may be a copy.
#[derive(Clone, Copy)]
enum Evidence {
    /// What there is, is enough.
    Enough,
    /// Its digest is to be compared.
    Content,
    /// Nothing but what the record says of ids and times.
    None,
}

/// A file as it is known by its id from here on: one on another device by none.
fn known_here(mut stat: Stat, is_here: bool) -> Stat {
    if !is_here {
        stat.id.inode = 0;
    }
    stat
}
