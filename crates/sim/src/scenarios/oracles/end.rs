//! What must be so when all programs have ended.

use incrdir_explore::Verdict;
use incrdir_naming::EntryName;
use incrdir_vfs::{Look, Name};

use super::{Oracles, broken};
use crate::scenarios::observation::{Observation, lock_of, waits};

impl Oracles {
    /// STEADY: if nobody died, there are pairs of lock file and published session and nothing else but what was rejected and what
    /// waits.
    pub(super) fn steady(&self, observed: Observation<'_>) -> Verdict {
        let is_odd = |entry: &&Name| match EntryName::classify(entry.as_os_str().as_encoded_bytes())
        {
            None => false,
            Some(EntryName::Lock(key)) => !self.is_published(key) && !waits(observed.get(entry)),
            Some(EntryName::Session(session)) => {
                let had_lock = self.model.manifests.get(&session).is_none_or(|m| m.lock.is_some());
                let has_lock = observed.get(&lock_of(session.key)).is_some();
                let is_waiting = waits(observed.get(&lock_of(session.key)));
                !session.is_published() && !is_waiting || had_lock && !has_lock
            }
            Some(EntryName::Quarantined(_) | EntryName::QuarantineLock(_)) => {
                !self.scenario.rejects()
            }
            Some(EntryName::Pin(_) | EntryName::UnitPin) => !self.scenario.pins(),
            Some(_) => true,
        };
        match observed.names().find(is_odd) {
            None => Ok(()),
            Some(odd) => broken("STEADY", format!("{odd} is left")),
        }
    }

    /// DEGRADE: where there are no locks, nobody begins, and nobody leaves anything.
    pub(super) fn degraded(&self, observed: Observation<'_>) -> Verdict {
        let is_ours =
            |entry: &&Name| EntryName::classify(entry.as_os_str().as_encoded_bytes()).is_some();
        match observed.names().find(is_ours) {
            Some(left) if self.scenario.has_no_locks() => {
                broken("DEGRADE", format!("{left} is left where there are no locks"))
            }
            _ => Ok(()),
        }
    }

    /// ACCOUNT: whoever has ended has closed everything.
    pub(super) fn account(look: Look<'_>) -> Verdict {
        match look.open_handles() {
            0 => Ok(()),
            open => broken("ACCOUNT", format!("{open} descriptors are open")),
        }
    }
}
