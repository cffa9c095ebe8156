//! V1 to V3: a unit loses also what its retention keeps.
//!
//! 1. V1: list the unit again, after it was collected. Whatever is there but published sessions belongs to somebody who works in
//!    the unit, or may: then nothing goes. Nothing goes either if it was used since its turn was decided.
//! 2. V2: lock a session exclusively, the oldest first. It stays if it is in use or pinned, if the unit is pinned, and if it was used
//!    since V1: its lock file tells when.
//! 3. V3: delete it as in C5. No other session is held meanwhile: the newest one goes last, and who begins at this
//!    very moment starts cold.

use std::time::SystemTime;

use incrdir_lockfs::{Acquire, Lock};
use incrdir_naming::{EntryName, SessionName};
use incrdir_session::{Adopted, Error, Unit, adopt, last_use};
use incrdir_vfs::{LockKind, Vfs};

use crate::decide::{Collector, Decision, left};
use crate::{Fate, Mode, Why};

/// What a unit has to lose.
pub(crate) struct Survey {
    /// Its published sessions, oldest first.
    pub(crate) sessions: Vec<SessionName>,
    /// When it was last used, to the hour.
    pub(crate) last_use: Option<SystemTime>,
    /// Whether nobody works in it, as far as names tell.
    pub(crate) is_idle: bool,
}

/// V1.
pub(crate) fn survey<V: Vfs>(unit: &Unit<V>, now: SystemTime) -> Result<Survey, Error> {
    let catalog = unit.list()?;
    let is_idle = catalog.errors.is_empty()
        && catalog.births.is_empty()
        && catalog.sessions.values().all(|found| !found.published.is_empty());
    let last_use = last_use(unit, &catalog, now)?;
    let mut sessions: Vec<_> = catalog.published().collect();
    sessions.reverse();
    Ok(Survey { sessions, last_use, is_idle })
}

impl<V: Vfs> Collector<'_, V> {
    /// V2 and V3. `last_use`: of the unit, as it was when its turn was decided.
    pub(crate) fn evict(
        &self,
        session: SessionName,
        last_use: Option<SystemTime>,
        why: Why,
    ) -> Decision {
        let kind = match self.mode {
            Mode::Collect => LockKind::Exclusive,
            Mode::DryRun => LockKind::Shared,
        };
        match self.acquire(EntryName::Lock(session.key), kind)? {
            Acquire::Busy => Ok(left(Why::InUse)),
            Acquire::NotFound if self.mode == Mode::DryRun => self.would_remove(session, why),
            // Its lock file was lost, or another collector is at it.
            Acquire::NotFound => match adopt(self.unit, session)? {
                Adopted::Done | Adopted::Gone => Ok(left(Why::Changed)),
            },
            Acquire::Locked(lock) => match self.stays(session, last_use, &lock) {
                Ok(None) if self.mode == Mode::Collect => self.delete(session, lock, why),
                Ok(None) => self.would_remove(session, why),
                stays => {
                    let _ = lock.release();
                    stays.map(|fate| (fate.unwrap_or(Fate::Left(Why::Changed)), 0))
                }
            },
        }
    }

    /// Why a session stays whose lock is held, if it does.
    fn stays(
        &self,
        session: SessionName,
        last_use: Option<SystemTime>,
        lock: &Lock<V>,
    ) -> Result<Option<Fate>, Error> {
        for pin in [EntryName::Pin(session.key), EntryName::UnitPin] {
            if self.is_pinned(pin)? {
                return Ok(Some(Fate::Kept(Why::Pinned)));
            }
        }
        let was_used = lock.changed().zip(last_use).is_some_and(|(now, then)| now > then);
        Ok(was_used.then_some(Fate::Left(Why::Changed)))
    }
}
