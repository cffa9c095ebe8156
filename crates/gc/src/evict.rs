//! V1 to V3: a unit loses also what its retention keeps.
//!
//! 1. V1: list the unit again, after it was collected. Whatever is there but published sessions, and a session that waits to be taken
//!    over, belongs to somebody who works in the unit, or may: then nothing goes. Nothing goes either if it was used since its turn was decided. Look so again before
//!    the newest one, if others went before it.
//! 2. V2: lock a session exclusively, one that waits first, then the oldest. Newer ones stay with one that is in use. It stays if it is in use or pinned, if the unit is pinned, and if it was used
//!    since V1: its lock file tells when. Look once more as in V1 while the newest is locked: whoever began before that
//!    look keeps it, and whoever begins after it cannot hold it any more.
//! 3. V3: delete it as in C5. No other session is held meanwhile: the newest one goes last, and who begins at this
//!    very moment starts cold.

use std::time::SystemTime;

use incrdir_lockfs::{Acquire, Lock, try_acquire};
use incrdir_naming::{EntryName, Key, SessionName, State};
use incrdir_session::{
    Adopted, Error, Unit, adopt, is_used_since, last_use, read_record, vfs_name,
};
use incrdir_vfs::{LockKind, Vfs};

use crate::decide::{Collector, Decision, left};
use crate::{Fate, Mode, Why};

/// What a unit has to lose.
pub(crate) struct Survey {
    /// What waits to be taken over, then its published sessions, oldest first.
    pub(crate) sessions: Vec<SessionName>,
    /// When it was last used, to the hour.
    pub(crate) last_use: Option<SystemTime>,
    /// Why nothing may go, as far as names tell: somebody works in it.
    busy: Option<Why>,
}

/// V1.
pub(crate) fn survey<V: Vfs>(unit: &Unit<V>, now: SystemTime) -> Result<Survey, Error> {
    let catalog = unit.list()?;
    let unpublished = catalog.sessions.iter().filter(|(_, found)| found.published.is_empty());
    let (waiting, others): (Vec<_>, Vec<_>) = unpublished
        .partition(|(key, found)| found.working && found.lock && is_waiting(unit, **key));
    let is_idle = catalog.births.is_empty() && others.is_empty();
    let busy = match catalog.errors.is_empty() {
        false => Some(Why::IncompleteListing),
        true => (!is_idle).then_some(Why::InUse),
    };
    let last_use = last_use(unit, &catalog, now)?;
    let mut sessions: Vec<_> = catalog.published().collect();
    sessions.extend(waiting.into_iter().map(|(key, _)| key.working()));
    sessions.reverse();
    Ok(Survey { sessions, last_use, busy })
}

/// Whether a session waits to be taken over, and nobody takes it right now. What cannot be told is somebody's.
fn is_waiting<V: Vfs>(unit: &Unit<V>, key: Key) -> bool {
    let name = vfs_name(EntryName::Lock(key));
    // An empty one may be rustc's, and is none of ours in any case.
    if !unit.vfs().stat(unit.dir(), &name).is_ok_and(|stat| stat.len > 0) {
        return false;
    }
    match try_acquire(unit.vfs(), unit.dir(), &name, LockKind::Shared) {
        Ok(Acquire::Locked(lock)) => {
            let waits = waits(&lock);
            let _ = lock.release();
            waits
        }
        _ => false,
    }
}

fn waits<V: Vfs>(lock: &Lock<V>) -> bool {
    read_record(lock).is_ok_and(|record| record.waiting.is_some())
}

impl Survey {
    /// Why nothing goes, if so. `last_use`: as it was when the unit's turn was decided.
    pub(crate) fn stays(&self, last_use: Option<SystemTime>) -> Option<Why> {
        self.busy.or((self.last_use > last_use).then_some(Why::Changed))
    }
}

/// Why units lose what they lose.
#[derive(Clone, Copy)]
pub(crate) struct Turn {
    /// Of the unit, as it was when its turn was decided.
    pub(crate) last_use: Option<SystemTime>,
    pub(crate) why: Why,
    /// The newest session that the unit had then.
    pub(crate) newest: Option<SessionName>,
}

impl<V: Vfs> Collector<'_, V> {
    /// V2 and V3.
    pub(crate) fn evict(&self, session: SessionName, turn: Turn) -> Decision {
        let why = turn.why;
        let name = EntryName::Lock(session.key);
        let acquired = match self.mode {
            Mode::Collect => self.acquire(name, LockKind::Exclusive)?,
            Mode::DryRun => self.acquire_to_tell(name)?,
        };
        match acquired {
            Acquire::Busy => Ok(left(Why::InUse)),
            Acquire::NotFound if self.mode == Mode::DryRun => self.would_remove(session, why),
            // Somebody took it over, or another collector is at it.
            Acquire::NotFound if session.state == State::Working => Ok(left(Why::Changed)),
            // Its lock file was lost, or another collector is at it.
            Acquire::NotFound => match adopt(self.unit, session)? {
                Adopted::Done | Adopted::Gone => Ok(left(Why::Changed)),
            },
            Acquire::Locked(lock) => match self.stays(session, turn, &lock) {
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
        turn: Turn,
        lock: &Lock<V>,
    ) -> Result<Option<Fate>, Error> {
        for pin in [EntryName::Pin(session.key), EntryName::UnitPin] {
            if self.is_pinned(pin)? {
                return Ok(Some(Fate::Kept(Why::Pinned)));
            }
        }
        if session.state == State::Working {
            return Ok((!waits(lock)).then_some(Fate::Left(Why::InUse)));
        }
        if is_used_since(lock, turn.last_use, self.now) {
            return Ok(Some(Fate::Left(Why::Changed)));
        }
        if turn.newest != Some(session) {
            return Ok(None);
        }
        // Last of all: nothing that comes after this look can hold the session.
        let survey = survey(self.unit, self.now)?;
        let is_newest = survey.sessions.last() == Some(&session);
        let stays = survey.stays(turn.last_use).or((!is_newest).then_some(Why::Changed));
        Ok(stays.map(Fate::Left))
    }
}
