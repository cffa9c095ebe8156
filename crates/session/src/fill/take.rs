//! B6: takes over what a source holds, by making the spare into it or by filling a new directory.

use std::io::ErrorKind;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use incrdir_naming::{Key, SessionName};
use incrdir_record::{List, SeenSource};
use incrdir_vfs::{DirStat, FsInfo, Stat, Vfs, failed};

use crate::fill::basis::Copies;
use crate::fill::ground::Ground;
use crate::fill::known_spare::Intact;
use crate::fill::reconcile::reconcile;
use crate::fill::recycle::{Wish, take_spare};
use crate::fill::seed::seed;
use crate::fill::select::select;
use crate::locked::condemn::bury;
use crate::locked::hold::Held;
use crate::observe;
use crate::stop::go_on;
use crate::tree::unrecorded::unrecorded;
use crate::trust::check::Trusted;
use crate::trust::standing::Standing;
use crate::{
    Condemned, Durability, Error, Rejection, Retention, SeedError, SeedMode, Seeded, Selection,
    Unit, remove_tree, vfs_name,
};

/// A source that is held, and what it holds: as its record says, or as listings show it.
pub(crate) struct KnownSource<'a, V: Vfs> {
    /// The unit that it is in.
    unit: &'a Unit<V>,
    pub(crate) held: Held<V>,
    pub(crate) list: List,
    /// `None`: it has no record.
    pub(crate) standing: Option<Standing>,
    pub(crate) extra: Vec<PathBuf>,
    pub(crate) since_cold: Option<u8>,
    /// Whether it began cold, so that what is taken over from it is the first that is.
    pub(crate) was_cold: bool,
    /// How many of its entries are not in the list, because they are not selected.
    pub(crate) unselected: u64,
    durability: Durability,
    /// What its directory showed before it was compared with its record.
    seen: Stat,
}

impl<'a, V: Vfs> KnownSource<'a, V> {
    /// What a source holds, as far as it is selected. `info`: of the file system that it is on.
    pub(crate) fn of(
        unit: &'a Unit<V>,
        held: Held<V>,
        trusted: Option<Trusted>,
        selection: &Selection,
        info: &FsInfo,
    ) -> Result<Self, Error> {
        let vfs = &unit.vfs;
        let mut source = match trusted {
            Some(trusted) => {
                let Trusted { list, standing, durability, extra, since_cold, was_cold, seen } =
                    trusted;
                let standing = Some(standing);
                Self {
                    unit,
                    held,
                    list,
                    standing,
                    extra,
                    since_cold,
                    was_cold,
                    durability,
                    seen,
                    unselected: 0,
                }
            }
            None => {
                let seen = vfs.stat_dir(&held.dir).map_err(|error| {
                    incrdir_vfs::Error::new("look at", vfs.path(&held.dir), error)
                })?;
                Self {
                    unit,
                    list: unrecorded(vfs, held.name, &held.dir, info.renames_removed)?,
                    held,
                    standing: None,
                    extra: Vec::new(),
                    since_cold: None,
                    was_cold: false,
                    durability: Durability::None,
                    seen: seen.stat,
                    unselected: 0,
                }
            }
        };
        if !selection.is_everything() {
            let whole = source.list.len();
            let selected = select(&source.list, selection);
            source.list = selected
                .ok_or_else(|| Error::TooMany { path: vfs.path(&source.held.dir).into() })?;
            source.unselected = (whole - source.list.len()) as u64;
        }
        Ok(source)
    }

    /// What it shows, for a session that is filled from it and waits: as long as it shows this, it is what it is now. `None`: that
    /// cannot be told, or it is still to be recorded where it is.
    pub(crate) fn shown(&self) -> Option<SeenSource> {
        let is_recorded = self.list.is_recorded() && self.standing != Some(Standing::Moved);
        let ctime = self.seen.ctime.filter(|_| is_recorded)?;
        Some(SeenSource::new(self.seen.id.inode, ctime, self.held.lock.len()))
    }

    /// After how many of the newest sessions the spare comes. `None`: there is to be none. The spare may be the last session
    /// that did not begin cold because of a failure: then it stays.
    pub(crate) fn spare(&self, retention: Retention) -> Option<NonZeroUsize> {
        let newest = retention.left_alone()?;
        let is_recent = |sessions: u8| usize::from(sessions) <= newest.get();
        (!self.since_cold.is_some_and(is_recent)).then_some(newest)
    }
}

/// A directory with the files of the source, and how it got them.
pub(crate) struct Taken<V: Vfs> {
    pub(crate) dir: V::Dir,
    pub(crate) seen: DirStat,
    pub(crate) seeded: Seeded,
    pub(crate) copied: Copies,
    /// Directories of the spare that stood as they were recorded, and to which nothing was to be done.
    pub(crate) intact: Vec<Intact>,
    /// The session that was made into this one.
    pub(crate) spare: Option<SessionName>,
}

/// How an attempt to take over a source ended.
#[expect(clippy::large_enum_variant, reason = "there is one of it at a time")]
pub(crate) enum Taking<V: Vfs> {
    Done(Taken<V>),
    /// A working directory of this name exists.
    NameTaken,
    /// The source could not be used. A half-made directory may stand under the new name.
    Failed(SeedError),
}

/// Fills a new session of the unit from the source: out of the spare, or else anew.
///
/// # Errors
///
/// If no directory could be made.
pub(crate) fn take<V: Vfs>(
    unit: &Unit<V>,
    source: &KnownSource<'_, V>,
    spare: Option<SessionName>,
    key: Key,
    mode: SeedMode,
    ground: &Ground,
    recycling_failed: &mut Option<Rejection>,
) -> Result<Taking<V>, Error> {
    let _span = observe::seed(source.held.name, mode);
    let recycled = spare.map(|spare| recycle(unit, source, spare, key, mode, ground));
    let taken = match recycled {
        Some(Ok(Some(taken))) => taken,
        not_recycled => {
            if let Some(Err(why)) = not_recycled {
                observe::recycling_failed(&why);
                discard(unit, key);
                *recycling_failed = Some(why);
            }
            go_on(&unit.vfs, &unit.dir)?;
            let Some((dir, seen)) = make_dir(unit, key.working())? else {
                return Ok(Taking::NameTaken);
            };
            let _span = observe::fill();
            match seed(&unit.vfs, &source.held.dir, &dir, &source.list, mode) {
                Ok((seeded, copied)) => {
                    Taken { dir, seen, seeded, copied, intact: Vec::new(), spare: None }
                }
                Err(why) => return Ok(Taking::Failed(why)),
            }
        }
    };
    let session = source.held.name;
    // What locks do where the other unit is, was not asked.
    let is_held = ground.info.locks_exclude_all && source.unit.name() == unit.name();
    if !is_held && !is_there(source.unit, session) {
        return Ok(Taking::Failed(SeedError::Overtaken { session }));
    }
    Ok(Taking::Done(taken))
}

/// C6. Where the shared lock may not have kept everybody away, the name tells: a session loses it before
/// anything in it is changed, and no name of a session comes back.
fn is_there<V: Vfs>(unit: &Unit<V>, session: SessionName) -> bool {
    unit.vfs.stat(&unit.dir, &vfs_name(session)).is_ok()
}

/// Makes the spare into the new session. The source is held until it is done.
fn recycle<V: Vfs>(
    unit: &Unit<V>,
    source: &KnownSource<'_, V>,
    spare: SessionName,
    key: Key,
    mode: SeedMode,
    ground: &Ground,
) -> Result<Option<Taken<V>>, Rejection> {
    let _span = observe::recycle(spare);
    let wish = Wish {
        from: &source.held.dir,
        list: &source.list,
        durability: source.durability,
        device: source.seen.id.device,
        mode,
        info: &ground.info,
        clock: ground.clock,
    };
    let Some(mut taken) = take_spare(unit, spare, key, &wish)? else {
        observe::spare_stays(spare);
        return Ok(None);
    };
    let (seeded, copied, intact) = reconcile(&unit.vfs, &mut taken, &wish)?;
    let (dir, seen) = (taken.dir, taken.seen);
    Ok(Some(Taken { dir, seen, seeded, copied, intact, spare: Some(spare) }))
}

/// Makes the directory of a session. `None`: its name is taken.
pub(crate) fn make_dir<V: Vfs>(
    unit: &Unit<V>,
    session: SessionName,
) -> Result<Option<(V::Dir, DirStat)>, Error> {
    let (vfs, name) = (&unit.vfs, vfs_name(session));
    match vfs.create_dir(&unit.dir, &name) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(None),
        Err(error) => return Err(failed(vfs, "create session", &unit.dir, &name)(error).into()),
    }
    let dir = vfs.open_dir(&unit.dir, &name).map_err(failed(vfs, "open", &unit.dir, &name))?;
    let seen = vfs.stat_dir(&dir).map_err(failed(vfs, "look at", &unit.dir, &name))?;
    Ok(Some((dir, seen)))
}

/// Deletes a half-made working directory of ours, by way of a tombstone. What cannot be deleted now is left
/// to the next collection.
pub(crate) fn discard<V: Vfs>(unit: &Unit<V>, key: Key) {
    let working = vfs_name(key.working());
    if let Ok(Condemned::Tombstone(tombstone)) = bury(unit, &working, key) {
        let _ = remove_tree(&unit.vfs, &unit.dir, &vfs_name(tombstone));
    }
}
