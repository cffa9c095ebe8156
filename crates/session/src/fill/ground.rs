//! What is known of the file system, and was tried on it, before a session is filled.

use incrdir_lockfs::Lock;
use incrdir_record::List;
use incrdir_vfs::{FsInfo, Vfs};

use crate::fill::basis::{Basis, Copies};
use crate::fill::known_spare::Intact;
use crate::observe;
use crate::trust::evidence::Clock;
use crate::{Audit, BeginOptions, Catalog, Error, SeedMode, Unit};

/// The file system under a session, and the clock of its times.
#[derive(Clone)]
pub(crate) struct Ground {
    pub(crate) info: FsInfo,
    pub(crate) clock: Clock,
    /// Whether nothing is published in the unit.
    pub(crate) is_new: bool,
}

impl Ground {
    pub(crate) fn of<V: Vfs>(
        unit: &Unit<V>,
        lock: &Lock<V>,
        options: &BeginOptions,
        catalog: &Catalog,
    ) -> Result<Self, Error> {
        let info = unit.fs_info()?;
        let is_audited = options.seed == SeedMode::Link && options.audit == Audit::Attributes;
        if is_audited && !info.times_tell_all {
            let (unit, fs) = (unit.path().into(), info.name.into_owned());
            return Err(Error::BlindAudit { unit, fs });
        }
        let clock = Clock::of(&info, lock.shows_every_change());
        let is_new = catalog.published().next().is_none();
        Ok(Self { info, clock, is_new })
    }

    /// What is known of a file system before anything was tried on it.
    pub(crate) fn unproven(info: FsInfo) -> Self {
        let clock = Clock::of(&info, false);
        Self { info, clock, is_new: false }
    }

    /// What a session can be recorded from that has these files of its source. Where the clock is coarse, this waits until
    /// a change of the copies would show: else each of them would have to be copied again by the next session but one.
    pub(crate) fn basis<V: Vfs>(
        &self,
        vfs: &V,
        list: Option<List>,
        copied: Copies,
        intact: Vec<Intact>,
    ) -> Basis {
        let Self { info, clock, .. } = self.clone();
        let mut handed_over = vfs.now();
        let latest = copied.values().map(|copied| copied.shown.ctime()).max();
        if let Some(left) = latest.and_then(|latest| clock.settling(latest, handed_over)) {
            observe::settles(left);
            vfs.pause(left);
            handed_over = vfs.now();
        }
        let intact = intact.into_iter().map(|intact| (intact.block, intact)).collect();
        Basis { list, copied, intact, handed_over, clock, info, source: None }
    }
}
