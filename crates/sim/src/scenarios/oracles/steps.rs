//! What must be so after every call of every process.

use std::sync::Arc;

use incrdir_explore::{Happened, Verdict};
use incrdir_naming::EntryName;
use incrdir_record::Record;
use incrdir_vfs::{LockKind, Name};

use super::{Oracles, broken};
use crate::scenarios::model::{Model, There};
use crate::scenarios::observation::{Observation, content, print, tree};
use crate::usual::policy;

impl Oracles {
    /// All oracles of a step.
    pub(super) fn judge(&mut self, observed: Observation<'_>, happened: &Happened<'_>) -> Verdict {
        let scenario = Arc::clone(&self.scenario);
        self.asked(self.outside(observed))?;
        if scenario.has_intruders() {
            return Ok(());
        }
        self.asked(self.immutable(observed))?;
        let verdict = self.live_sessions(observed);
        self.asked(verdict)?;
        let verdict = self.private(observed, happened);
        self.asked(verdict)?;
        if scenario.locks_lie() {
            return Ok(());
        }
        self.asked(self.pinned(observed))?;
        self.asked(self.some_can_be_had(observed))?;
        self.asked(self.readers(observed))
    }

    /// LOCKED: who takes the name of a published session away holds its lock, and nobody else does.
    pub(super) fn locked(
        &self,
        observed: Observation<'_>,
        before: &[There],
        process: usize,
    ) -> Verdict {
        // The recovery is as lawful as can be.
        let kind = self.scenario.process(process);
        if kind.is_intruder() || kind.follows_seed() || self.scenario.locks_lie() {
            return Ok(());
        }
        let mut gone = before.iter().filter(|there| !self.model.there.contains(there));
        let is_free = |there: &&There| {
            match observed.get(&there.lock) {
                Some(lock) => lock.can_be_locked(LockKind::Shared),
                // It may have been somebody else who took the lock file away under its holder.
                None => !self.scenario.has_intruders(),
            }
        };
        match gone.find(is_free) {
            None => Ok(()),
            Some(there) => {
                broken("LOCKED", format!("{} was taken away without its lock", there.session))
            }
        }
    }

    /// OUTSIDE: nothing outside the unit changes, and in it nothing whose name is not ours.
    pub(super) fn outside(&self, observed: Observation<'_>) -> Verdict {
        if self.scenario.has_foreign()
            && self.scenario.foreign_print(observed) != self.model.foreign
        {
            return broken("OUTSIDE", "something that is not ours was changed");
        }
        Ok(())
    }

    /// IMMUTABLE: a published session is what it was when it was published, down to how often its files were
    /// written (NO-ALIAS). PUB-LOCK: it keeps its lock file.
    pub(super) fn immutable(&self, observed: Observation<'_>) -> Verdict {
        for There { session, entry, lock } in &self.model.there {
            let Some(manifest) = self.model.manifests.get(session) else { continue };
            let seen = observed.get(entry);
            if seen.map(print) != Some(manifest.print) && !self.is_put_away(observed, lock) {
                let is_alias = seen.map(content) == Some(manifest.content);
                let oracle = if is_alias { "NO-ALIAS" } else { "IMMUTABLE" };
                let what = format!("{session} has {:?}, it was published with other", tree(seen));
                return broken(oracle, what);
            }
            let lock = observed.id(lock);
            let is_deleted = self.scenario.deletes_in_place() && seen.is_none();
            if manifest.lock.is_some()
                && lock != manifest.lock
                && !self.scenario.locks_lie()
                && !is_deleted
            {
                return broken("PUB-LOCK", format!("{session} lost its lock file"));
            }
        }
        Ok(())
    }

    /// Whether its record says that nobody is to use it. Where directories cannot be renamed, it is deleted where it stands
    /// from then on.
    pub(super) fn is_put_away(&self, observed: Observation<'_>, lock: &Name) -> bool {
        let content = observed.get(lock).and_then(|lock| lock.content());
        let says_so = content.is_some_and(|content| Record::decode(content).reason.is_some());
        self.scenario.deletes_in_place() && (says_so || content.is_none())
    }

    /// OBTAINABLE: where there is something published at the beginning, there is at every moment some
    /// published session that can be held. NEWEST-SURVIVES: from the first publication on, there is one.
    pub(super) fn some_can_be_had(&self, observed: Observation<'_>) -> Verdict {
        let Model { there, has_published, .. } = &*self.model;
        if there.is_empty() && *has_published && !self.may_lose_all() {
            return broken("NEWEST-SURVIVES", "no published session is left");
        }
        if !self.scenario.always_has_source() {
            return Ok(());
        }
        match there.iter().any(|there| there.is_free(observed)) {
            true => Ok(()),
            false => broken("OBTAINABLE", format!("none of {there:?} can be held")),
        }
    }

    /// Whether somebody may take the last published session away: then it is asked who did.
    fn may_lose_all(&self) -> bool {
        self.scenario.rejects() || self.scenario.evicts()
    }

    /// LIVE-KEPT: a session that its writer has is there. LIVE-LOCK: its lock is held as long as it is being
    /// written.
    pub(super) fn live_sessions(&self, observed: Observation<'_>) -> Verdict {
        for (key, live) in &self.model.live {
            // From then on it is everybody's, and newer ones may make it obsolete.
            if self.model.was_published(*key) {
                continue;
            }
            if observed.id(&live.entry) != Some(live.id) {
                return broken("LIVE-KEPT", format!("{} is gone", key.working()));
            }
            let lock = observed.get(&live.lock);
            let is_free = lock.is_none_or(|lock| lock.can_be_locked(LockKind::Shared));
            if is_free && !self.scenario.locks_lie() {
                return broken("LIVE-LOCK", format!("{} is not locked", key.working()));
            }
        }
        Ok(())
    }

    /// PRIVATE: nobody but its writer changes anything in a live session.
    pub(super) fn private(
        &mut self,
        observed: Observation<'_>,
        happened: &Happened<'_>,
    ) -> Verdict {
        let by = match happened {
            Happened::Call { process, .. } => Some(*process),
            _ => None,
        };
        let mut changed = Vec::new();
        for (key, live) in &self.model.live {
            let Some(seen) = observed.get(&live.entry) else { continue };
            let now = print(seen);
            if now == live.print {
                continue;
            }
            // Where what is removed goes when others close it, they change where it was.
            if Some(live.owner) != by && !self.scenario.refuses_calls() {
                let what = format!("{} was changed by process {by:?}", key.working());
                return broken("PRIVATE", what);
            }
            changed.push((*key, now));
        }
        for (key, now) in changed {
            if let Some(live) = self.model.change().live.get_mut(&key) {
                live.print = now;
            }
        }
        Ok(())
    }

    /// NO-EARLY: a lock file of rustc's, which is empty, is not even opened by our collectors before the grace is
    /// over. One of ours, made under its own name, is not harmed by it: its maker has lost a race.
    pub(super) fn no_early(
        &self,
        observed: Observation<'_>,
        process: usize,
        opened: Option<&Name>,
    ) -> Verdict {
        let Some(opened) = opened.filter(|_| self.scenario.process(process).only_collects()) else {
            return Ok(());
        };
        if self.scenario.empty_locks_are_ours() {
            return Ok(());
        }
        let entry = EntryName::classify(opened.as_os_str().as_encoded_bytes());
        let (Some(EntryName::Lock(key)), Some(seen)) = (entry, observed.get(opened)) else {
            return Ok(());
        };
        let now = observed.clock();
        let grace = policy(1).grace;
        let is_young = |time| now.duration_since(time).is_ok_and(|age| age < grace);
        let may_be_rustcs =
            is_young(key.timestamp().to_system_time()) || is_young(seen.stat().mtime);
        if may_be_rustcs && seen.content() == Some(&[]) && !self.model.was_published(key) {
            return broken("NO-EARLY", format!("{opened} is opened, and may be rustc's"));
        }
        Ok(())
    }

    /// READER-STABLE: what a reader holds stays as it was.
    pub(super) fn readers(&self, observed: Observation<'_>) -> Verdict {
        for (session, seen) in self.model.held.values() {
            let now = observed.get(session);
            if now.map(print) != Some(*seen) {
                let what = format!("{session} is {:?} under its reader", tree(now));
                return broken("READER-STABLE", what);
            }
        }
        Ok(())
    }
}
