//! What must be so where somebody evicts, and of what was pinned.

use std::collections::BTreeSet;
use std::sync::Arc;

use incrdir_explore::{Happened, Verdict};
use incrdir_naming::EntryName;
use incrdir_vfs::{Name, OpKind};

use super::{Oracles, broken};
use crate::fixture::name;
use crate::scenarios::model::There;
use crate::scenarios::observation::{Observation, waits};
use crate::scenarios::programs::KEEP;

impl Oracles {
    /// PINNED: a session whose pin was set is there, in quarantine perhaps, until the pin is removed.
    pub(super) fn pinned(&self, observed: Observation<'_>) -> Verdict {
        let is_there = |key| {
            self.is_published(key) || observed.get(&name(EntryName::Quarantined(key))).is_some()
        };
        match self.model.pinned.iter().find(|session| !is_there(session.key)) {
            None => Ok(()),
            Some(session) => broken("PINNED", format!("{session} is pinned, and gone")),
        }
    }

    /// NEWEST-SURVIVES, OBTAINABLE: where somebody evicts, nobody else takes the newest session away, or keeps all others from
    /// holding any. PINNED: of a pinned unit, not even an evictor. IN-USE: an evictor neither locks the newest session nor takes
    /// it away while somebody is writing one who was doing so when it last changed anything: it has looked since.
    pub(super) fn evicting(
        &mut self,
        observed: Observation<'_>,
        happened: &Happened<'_>,
        before: &[There],
    ) -> Verdict {
        let scenario = Arc::clone(&self.scenario);
        let call = match happened {
            Happened::Call { process, kind, .. } => Some((*process, *kind)),
            _ => None,
        };
        let evictor = call.filter(|(process, _)| scenario.process(*process).evicts());
        if let Some((process, OpKind::RemoveDir)) = evictor
            && observed.in_root(scenario.entry()).is_none()
        {
            self.model.change().evicting.removers.insert(process);
        }
        if scenario.has_intruders() || scenario.locks_lie() {
            return Ok(());
        }
        let newest = before.last();
        let is_lost = newest.is_some_and(|newest| !self.model.there.contains(newest));
        let there = &self.model.there;
        let is_some_free = there.iter().any(|there| there.is_free(observed));
        let is_newest_free = there.last().is_some_and(|newest| newest.is_free(observed));
        let known = &self.model.evicting;
        let is_shut = known.is_newest_free && !is_newest_free && there.last() == newest;
        if let (Some(newest), true) = (newest, is_lost) {
            if evictor.is_none() && !scenario.rejects() {
                let what = format!("{} was taken away by {call:?}", newest.session);
                return broken("NEWEST-SURVIVES", what);
            }
            if self.model.unit_pin.is_some() {
                let what = format!("{} is gone, of a pinned unit", newest.session);
                return broken("PINNED", what);
            }
        }
        if known.is_some_free && !is_some_free && evictor.is_none() && !scenario.rejects() {
            return broken("OBTAINABLE", format!("after {call:?} none of {there:?} can be held"));
        }
        if let (Some((process, _)), true) = (evictor, is_lost || is_shut) {
            let now = self.being_written(observed);
            let seen = known.seen.get(&process).into_iter().flatten();
            if let Some(lock) = seen.into_iter().find(|lock| now.contains(*lock)) {
                let newest = newest.map(|newest| newest.session);
                let done = if is_lost { "taken away" } else { "locked" };
                let what = format!("{newest:?} is {done}, and {lock} was there all the time");
                return broken("IN-USE", what);
            }
        }
        if let (Some(_), Some(locked)) = (evictor, &self.model.unit_pin) {
            let kept = before.iter().rev().take(KEEP);
            let mut lost = kept.filter(|it| !there.contains(it) && !locked.contains(&it.session));
            if let Some(lost) = lost.next() {
                let what = format!("{} is gone, of a pinned unit", lost.session);
                return broken("PINNED", what);
            }
        }
        let written = evictor.map(|_| self.being_written(observed));
        let model = self.model.change();
        let known = &mut model.evicting;
        (known.is_some_free, known.is_newest_free) = (is_some_free, is_newest_free);
        if !is_some_free {
            known.deprived.extend(model.released.keys());
        }
        if let (Some((process, _)), Some(written)) = (evictor, written) {
            known.seen.insert(process, written);
        }
        Ok(())
    }

    /// The lock files of sessions that are not published and do not wait.
    fn being_written(&self, observed: Observation<'_>) -> BTreeSet<Name> {
        let is_written =
            |entry: &&Name| match EntryName::classify(entry.as_os_str().as_encoded_bytes()) {
                Some(EntryName::Lock(key)) => {
                    !self.is_published(key) && !waits(observed.get(entry))
                }
                _ => false,
            };
        observed.names().filter(is_written).cloned().collect()
    }

    /// COLD, where somebody evicts: who finds nothing was looking at some moment when nothing could be held.
    pub(super) fn was_deprived(&self, process: usize) -> bool {
        self.model.evicting.deprived.contains(&process)
    }

    /// GC-HONEST: what is said to be removed is gone, and the unit was, if that is said.
    pub(super) fn has_evicted(
        &mut self,
        observed: Observation<'_>,
        process: usize,
        removed: &[Name],
        has_emptied: bool,
    ) -> Verdict {
        let known = &mut self.model.change().evicting;
        known.seen.remove(&process);
        if !known.removers.remove(&process) && has_emptied {
            return broken("GC-HONEST", "the unit is said to be removed");
        }
        self.honest(observed, removed)
    }
}
