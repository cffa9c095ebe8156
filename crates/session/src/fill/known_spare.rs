//! What the record of a spare says of it, as far as that is needed to tell what is the same in it and in the source.

use incrdir_lockfs::Lock;
use incrdir_naming::SessionName;
use incrdir_record::{Content, List, Record, Whole};
use incrdir_vfs::{DirStat, FsInfo, Vfs};

use crate::SeedMode;
use crate::record::{read_all, read_record};
use crate::trust::evidence::{Clock, ShownDir};
use crate::trust::standing::{Numbers, Standing, standing_of};

/// What the record of a spare says of it. The spare is the tree that the record is of.
pub(crate) struct KnownSpare {
    pub(crate) list: List,
    /// As it was when it was published.
    pub(crate) clock: Clock,
    standing: Standing,
}

/// A directory in the spare that has the names and attributes that were recorded of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Intact {
    /// Its block in the source's list, which has the same names.
    pub(crate) block: usize,
    pub(crate) shown: ShownDir,
    /// Whether its names were synced.
    pub(crate) is_synced: bool,
}

impl KnownSpare {
    /// Whether its top has the names that were recorded. The seal was taken when it had just been renamed: where the clock is
    /// coarse, what was changed a moment later may have the same ctime.
    pub(crate) fn is_top_intact(&self) -> bool {
        let is_sealed = self.standing == Standing::Same;
        is_sealed && self.clock.tells_names() && self.clock.step.is_zero()
    }

    /// Whether there may be a directory that need not be listed.
    fn may_spare_a_listing(&self) -> bool {
        self.is_top_intact() || self.list.block(0).iter().any(|item| item.block().is_some())
    }

    /// What a directory below its top showed before it was listed, by its number. `None`: that does not tell what is in it.
    pub(crate) fn shown(&self, number: usize) -> Option<ShownDir> {
        // In another mount something may be lost, and not all of what was done.
        let is_one_mount = matches!(self.standing, Standing::Same | Standing::Touched);
        let listed = self.list.listed(self.list.item(number));
        ShownDir::recorded(self.clock, &listed, self.list.written()).filter(|_| is_one_mount)
    }

    /// The content that the lists of the spare and of its source say a file has.
    pub(crate) fn content(
        &self,
        source: &List,
        wanted: usize,
        known: Option<usize>,
    ) -> Option<Content> {
        let content = self.list.content(known?);
        (source.is_recorded() && source.content(wanted) == content).then_some(content)
    }
}

/// What there is to know of a spare.
pub(crate) enum Knowledge {
    /// It must not be made into another session, or nothing would tell what is the same.
    Unfit,
    /// Listings tell what is the same.
    Listings,
    Recorded(Box<KnownSpare>),
}

/// Reads what the record says of the spare, if it is the tree that the record is of and nobody writes into it.
pub(crate) fn knowledge_of<V: Vfs>(
    vfs: &V,
    spare: SessionName,
    lock: &Lock<V>,
    seen: &DirStat,
    mode: SeedMode,
    (info, clock): (&FsInfo, Clock),
) -> Knowledge {
    let is_linked = mode == SeedMode::Link;
    if is_linked && !clock.tells_names() {
        // The list would say nothing that is asked.
        return match read_record(lock) {
            Ok(record) if !record.is_watched => Knowledge::Listings,
            _ => Knowledge::Unfit,
        };
    }
    let Ok(content) = read_all(lock) else { return Knowledge::Unfit };
    let Whole { record, list, .. } = Whole::decode(content);
    if record.is_watched {
        return Knowledge::Unfit;
    }
    let list = list.filter(|list| list.is_of(spare));
    match known_spare(vfs, record, list, seen, (info, clock)) {
        // Which files are the same, a listing tells of links: the list would take its place in memory beside it for nothing.
        Some(known) if is_linked && !known.may_spare_a_listing() => Knowledge::Listings,
        Some(known) => Knowledge::Recorded(Box::new(known)),
        None if is_linked => Knowledge::Listings,
        None => Knowledge::Unfit,
    }
}

fn known_spare<V: Vfs>(
    vfs: &V,
    record: Record,
    list: Option<List>,
    seen: &DirStat,
    (info, clock): (&FsInfo, Clock),
) -> Option<KnownSpare> {
    let Record { place, seal, reason, .. } = record;
    let (list, place) = (list?, place?);
    let info = || Ok::<_, ()>(Numbers::of(info));
    let standing = standing_of(&place, vfs, seen, seal, info).ok()?;
    let clock = clock.with_step(place.step);
    let is_it = standing.is_the_tree() && reason.is_none();
    is_it.then_some(KnownSpare { list, clock, standing })
}
