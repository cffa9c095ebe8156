//! The oracles: what must be so after every call of every process, and at the end.

use std::any::Any;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use incrdir_explore::{Broken, Happened, Oracle, Verdict};
use incrdir_naming::{EntryName, Key, SessionName};
use incrdir_record::Record;
use incrdir_vfs::{LockKind, Look, Name, OpKind};

use super::ghost::{Ghost, Live, There, Told};
use super::parts::Part;
use super::sight::{Sight, content, lock_of, print, tree};
use super::stage::Stage;
use crate::worlds::{name, policy};

/// Watches one run.
#[derive(Clone)]
pub(super) struct Watch {
    pub(super) stage: Arc<Stage>,
    pub(super) ghost: Arc<Ghost>,
}

impl Hash for Watch {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.ghost.hash(hasher);
    }
}

fn broken(oracle: &'static str, what: impl Into<String>) -> Verdict {
    Err(Broken::new(oracle, what))
}

impl Oracle for Watch {
    fn step(&mut self, look: Look<'_>, happened: &Happened<'_>) -> Verdict {
        let sight = Sight::new(look, &self.stage.unit);
        match happened {
            Happened::Call { process, kind: OpKind::OpenFile, name } => {
                return self.asked(self.no_early(sight, *process, *name));
            }
            Happened::Start => {
                let ghost = Arc::make_mut(&mut self.ghost);
                ghost.look(sight);
                ghost.foreign = self.stage.foreign_print(sight);
                let parts = self.stage.parts.iter().enumerate();
                let sweeps = |part: &Part| matches!(part, Part::Cleaner | Part::Vandal);
                ghost.sweepers = parts.filter(|(_, part)| sweeps(part)).map(|(n, _)| n).collect();
            }
            Happened::PowerLoss => {
                Arc::make_mut(&mut self.ghost).loses_power();
                return Ok(());
            }
            _ if self.ghost.is_after_loss => return Ok(()),
            Happened::Death { process } => Arc::make_mut(&mut self.ghost).buries(*process),
            Happened::Call { kind, process, .. } if moves_names(*kind) => {
                let ghost = Arc::make_mut(&mut self.ghost);
                let before = ghost.there.clone();
                ghost.look(sight);
                let verdict = self.locked(sight, &before, *process);
                self.asked(verdict)?;
                let ghost = Arc::make_mut(&mut self.ghost);
                // What is gone may come back with the power.
                if self.stage.forgets {
                    ghost.forgets();
                }
            }
            Happened::Call { .. } | Happened::LateRelease => {}
        }
        let verdict = self.judge(sight, happened);
        self.asked(verdict)
    }

    fn hear(&mut self, look: Look<'_>, process: usize, event: &dyn Any) -> Verdict {
        let Some(told) = event.downcast_ref::<Told>() else { return Ok(()) };
        let sight = Sight::new(look, &self.stage.unit);
        let verdict = match self.ghost.is_after_loss {
            true => self.told_after_loss(sight, told),
            false => self.told(sight, process, told),
        };
        self.asked(verdict)
    }

    fn end(&mut self, look: Look<'_>, deaths: u32) -> Verdict {
        let sight = Sight::new(look, &self.stage.unit);
        if deaths == 0 && self.stage.is_orderly() && !self.stage.has_leftover {
            self.asked(self.steady(sight))?;
            self.asked(account(look))?;
        }
        if deaths > 0 { Ok(()) } else { self.asked(self.degraded(sight)) }
    }
}

/// Calls after which other sessions may be published than before.
fn moves_names(kind: OpKind) -> bool {
    matches!(kind, OpKind::Rename | OpKind::RenameNew | OpKind::RemoveDir)
}

impl Watch {
    /// Objections of oracles that are not asked do not count.
    fn asked(&self, verdict: Verdict) -> Verdict {
        match (verdict, self.stage.only) {
            (Err(broken), Some(only)) if broken.oracle != only => Ok(()),
            (verdict, _) => verdict,
        }
    }

    /// All oracles of a step.
    fn judge(&mut self, sight: Sight<'_>, happened: &Happened<'_>) -> Verdict {
        let stage = Arc::clone(&self.stage);
        self.asked(self.outside(sight))?;
        if stage.is_lawless {
            return Ok(());
        }
        self.asked(self.immutable(sight))?;
        let verdict = self.live_sessions(sight);
        self.asked(verdict)?;
        let verdict = self.private(sight, happened);
        self.asked(verdict)?;
        if stage.locks_lie {
            return Ok(());
        }
        self.asked(self.some_can_be_had(sight))?;
        self.asked(self.readers(sight))
    }

    /// LOCKED: who takes the name of a published session away holds its lock, and nobody else does.
    fn locked(&self, sight: Sight<'_>, before: &[There], process: usize) -> Verdict {
        // The recovery is as lawful as can be.
        let part = self.stage.part(process);
        if part.is_lawless() || part.is_seed() || self.stage.locks_lie {
            return Ok(());
        }
        let mut gone = before.iter().filter(|there| !self.ghost.there.contains(there));
        let is_free = |there: &&There| {
            match sight.get(&there.lock) {
                Some(lock) => lock.can_be_locked(LockKind::Shared),
                // It may have been somebody else who took the lock file away under its holder.
                None => !self.stage.is_lawless,
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
    fn outside(&self, sight: Sight<'_>) -> Verdict {
        if self.stage.has_foreign && self.stage.foreign_print(sight) != self.ghost.foreign {
            return broken("OUTSIDE", "something that is not ours was changed");
        }
        Ok(())
    }

    /// IMMUTABLE: a published session is what it was when it was published, down to how often its files were
    /// written (NO-ALIAS). PUB-LOCK: it keeps its lock file.
    fn immutable(&self, sight: Sight<'_>) -> Verdict {
        for There { session, entry, lock } in &self.ghost.there {
            let Some(manifest) = self.ghost.manifests.get(session) else { continue };
            let seen = sight.get(entry);
            if seen.map(print) != Some(manifest.print) && !self.is_put_away(sight, lock) {
                let is_alias = seen.map(content) == Some(manifest.content);
                let oracle = if is_alias { "NO-ALIAS" } else { "IMMUTABLE" };
                let what = format!("{session} has {:?}, it was published with other", tree(seen));
                return broken(oracle, what);
            }
            let lock = sight.id(lock);
            let is_deleted = self.stage.deletes_in_place && seen.is_none();
            if manifest.lock.is_some()
                && lock != manifest.lock
                && !self.stage.locks_lie
                && !is_deleted
            {
                return broken("PUB-LOCK", format!("{session} lost its lock file"));
            }
        }
        Ok(())
    }

    /// Whether its record says that nobody is to use it. Where directories cannot be renamed, it is deleted where it stands
    /// from then on.
    fn is_put_away(&self, sight: Sight<'_>, lock: &Name) -> bool {
        let content = sight.get(lock).and_then(|lock| lock.content());
        let says_so = content.is_some_and(|content| Record::decode(content).reason.is_some());
        self.stage.deletes_in_place && (says_so || content.is_none())
    }

    /// OBTAINABLE: where there is something published at the beginning, there is at every moment some
    /// published session that can be held. NEWEST-SURVIVES: from the first publication on, there is one.
    fn some_can_be_had(&self, sight: Sight<'_>) -> Verdict {
        let Ghost { there, has_published, .. } = &*self.ghost;
        if there.is_empty() && *has_published {
            return broken("NEWEST-SURVIVES", "no published session is left");
        }
        if !self.stage.is_never_empty {
            return Ok(());
        }
        // One without a lock file can be adopted.
        let can = |there: &&There| {
            let lock = sight.get(&there.lock);
            lock.is_none_or(|lock| lock.can_be_locked(LockKind::Shared))
        };
        match there.iter().find(can) {
            Some(_) => Ok(()),
            None => broken("OBTAINABLE", format!("none of {there:?} can be held")),
        }
    }

    /// LIVE-KEPT: a session that its writer has is there. LIVE-LOCK: its lock is held as long as it is being
    /// written.
    fn live_sessions(&self, sight: Sight<'_>) -> Verdict {
        for (key, live) in &self.ghost.live {
            // From then on it is everybody's, and newer ones may make it obsolete.
            if self.ghost.was_published(*key) {
                continue;
            }
            if sight.id(&live.entry) != Some(live.id) {
                return broken("LIVE-KEPT", format!("{} is gone", key.working()));
            }
            let lock = sight.get(&live.lock);
            let is_free = lock.is_none_or(|lock| lock.can_be_locked(LockKind::Shared));
            if is_free && !self.stage.locks_lie {
                return broken("LIVE-LOCK", format!("{} is not locked", key.working()));
            }
        }
        Ok(())
    }

    /// PRIVATE: nobody but its writer changes anything in a live session.
    fn private(&mut self, sight: Sight<'_>, happened: &Happened<'_>) -> Verdict {
        let by = match happened {
            Happened::Call { process, .. } => Some(*process),
            _ => None,
        };
        let mut changed = Vec::new();
        for (key, live) in &self.ghost.live {
            let Some(seen) = sight.get(&live.entry) else { continue };
            let now = print(seen);
            if now == live.print {
                continue;
            }
            // Where what is removed goes when others close it, they change where it was.
            if Some(live.owner) != by && !self.stage.refuses {
                let what = format!("{} was changed by process {by:?}", key.working());
                return broken("PRIVATE", what);
            }
            changed.push((*key, now));
        }
        for (key, now) in changed {
            if let Some(live) = Arc::make_mut(&mut self.ghost).live.get_mut(&key) {
                live.print = now;
            }
        }
        Ok(())
    }

    /// NO-EARLY: a lock file of rustc's, which is empty, is not even opened by our collectors before the grace is
    /// over. One of ours, made under its own name, is not harmed by it: its maker has lost a race.
    fn no_early(&self, sight: Sight<'_>, process: usize, opened: Option<&Name>) -> Verdict {
        let Some(opened) = opened.filter(|_| self.stage.part(process).only_collects()) else {
            return Ok(());
        };
        if self.stage.is_ours_on_odd_clocks {
            return Ok(());
        }
        let entry = EntryName::classify(opened.as_os_str().as_encoded_bytes());
        let (Some(EntryName::Lock(key)), Some(seen)) = (entry, sight.get(opened)) else {
            return Ok(());
        };
        let now = sight.clock();
        let grace = policy(1).grace;
        let is_young = |time| now.duration_since(time).is_ok_and(|age| age < grace);
        let may_be_rustcs =
            is_young(key.timestamp().to_system_time()) || is_young(seen.stat().mtime);
        if may_be_rustcs && seen.content() == Some(&[]) && !self.ghost.was_published(key) {
            return broken("NO-EARLY", format!("{opened} is opened, and may be rustc's"));
        }
        Ok(())
    }

    fn is_published(&self, key: Key) -> bool {
        self.ghost.there.iter().any(|there| there.session.key == key)
    }

    /// READER-STABLE: what a reader holds stays as it was.
    fn readers(&self, sight: Sight<'_>) -> Verdict {
        for (session, seen) in self.ghost.held.values() {
            let now = sight.get(session);
            if now.map(print) != Some(*seen) {
                let what = format!("{session} is {:?} under its reader", tree(now));
                return broken("READER-STABLE", what);
            }
        }
        Ok(())
    }

    fn told(&mut self, sight: Sight<'_>, process: usize, told: &Told) -> Verdict {
        match told {
            Told::StepsIn => {
                let released = self.ghost.released_now().collect();
                Arc::make_mut(&mut self.ghost).released.insert(process, released);
                Ok(())
            }
            Told::Began { key, source, why } => self.began(sight, process, *key, *source, why),
            Told::Published { key, is_superseded } => {
                let was_overtaken = self.ghost.overtaken.contains(key);
                if was_overtaken && !is_superseded && self.stage.asks("NEWEST-KEPT") {
                    let what =
                        format!("{key} was older than what was published, and is not told so");
                    return broken("NEWEST-KEPT", what);
                }
                if self.stage.part(process) == Part::Durable {
                    let ghost = Arc::make_mut(&mut self.ghost);
                    ghost.durable = ghost.durable.max(Some(*key));
                }
                let was_published = self.ghost.was_published(*key);
                self.leaves(*key);
                match was_published || self.stage.is_lawless {
                    true => Ok(()),
                    false => broken("PUBLISH-OR-REASON", format!("{key} is said to be published")),
                }
            }
            Told::Leaves(key) => {
                self.leaves(*key);
                Ok(())
            }
            Told::Abandoned(key) => {
                let working = key.working();
                if sight.get(&name(working)).is_some() && self.stage.is_orderly() {
                    return broken("ABANDONED", format!("{working} is still there"));
                }
                Ok(())
            }
            Told::FoundNothing { why } => {
                if self.stage.is_never_empty {
                    self.asked(broken("COLD", format!("nothing to read: {why}")))?;
                }
                self.found_nothing(process, why)
            }
            Told::Holds(session) => self.holds(sight, process, *session),
            Told::LetsGo => {
                Arc::make_mut(&mut self.ghost).held.remove(&process);
                Ok(())
            }
            // A name that comes again is another session's.
            Told::Collected { .. } if self.stage.names_recur || !self.stage.is_local() => Ok(()),
            // A tombstone's name is given again as soon as it is free.
            Told::Collected { removed } => match removed.iter().find(|name| {
                name.to_str().is_some_and(|name| !name.starts_with("d-"))
                    && sight.get(name).is_some()
            }) {
                Some(left) => broken("GC-HONEST", format!("{left} is said to be removed")),
                None => Ok(()),
            },
            Told::Swept => {
                Arc::make_mut(&mut self.ghost).swept(process);
                Ok(())
            }
            Told::CannotLock => broken("RUSTC-FATAL", "somebody else holds its new lock"),
        }
    }

    /// NO-TORN-ACCEPT: what is read or started from after a power loss is what some session was published with.
    /// DURABLE-ACK: what had been published durably is found, or something newer. CONSISTENT: where everything was
    /// published with a promise, and something was there, something is found.
    fn told_after_loss(&mut self, sight: Sight<'_>, told: &Told) -> Verdict {
        let (found, seen) = match told {
            Told::Holds(session) => (Some(*session), sight.get(&name(session))),
            Told::Began { key, source, .. } => (*source, sight.get(&name(key.working()))),
            Told::FoundNothing { .. } => (None, None),
            _ => return Ok(()),
        };
        let Some(session) = found else {
            let stays = self.stage.is_promised && self.stage.is_never_empty;
            return match (self.ghost.durable, stays) {
                (Some(key), _) => {
                    broken("DURABLE-ACK", format!("{key} was durable, none is found"))
                }
                (None, true) => broken("CONSISTENT", "something was durable, and nothing is found"),
                (None, false) => Ok(()),
            };
        };
        let manifest = self.ghost.manifests.get(&session);
        if seen.map(content) != manifest.map(|manifest| manifest.content) {
            let what = format!("{session} is taken, and has {:?}", tree(seen));
            return broken("NO-TORN-ACCEPT", what);
        }
        match self.ghost.durable {
            Some(key) if session.key < key => {
                broken("DURABLE-ACK", format!("{key} was durable, {session} is found"))
            }
            _ => Ok(()),
        }
    }

    fn leaves(&mut self, key: Key) {
        let ghost = Arc::make_mut(&mut self.ghost);
        ghost.live.remove(&key);
        ghost.overtaken.retain(|other| *other != key);
    }

    /// SEED-EXACT, SEED-PUBLISHED: what was seeded is what its source was published with. COLD: there was a
    /// source. ORDER: it is newer than all that had been published. EXCLUSION: nobody else has it.
    fn began(
        &mut self,
        sight: Sight<'_>,
        process: usize,
        key: Key,
        source: Option<SessionName>,
        why: &str,
    ) -> Verdict {
        let working = key.working();
        let seen = sight.get(&name(working));
        // What rustc starts from is its own affair.
        let is_ours = self.stage.part(process) != Part::Rustc;
        let is_empty = seen.is_none_or(|seen| seen.entries().next().is_none());
        match (source, source.and_then(|source| self.ghost.manifests.get(&source))) {
            _ if !is_ours => {}
            (None, _) if !is_empty => {
                let what = format!("{working} is cold and has {:?}", tree(seen));
                self.asked(broken("SEED-EXACT", what))?;
            }
            (None, _) => {
                if self.stage.is_never_empty {
                    self.asked(broken("COLD", format!("{working} starts cold {why}")))?;
                }
                let verdict = self.found_nothing(process, why);
                self.asked(verdict)?;
            }
            (Some(source), None) => {
                let what = format!("{working} is seeded from {source}, which nobody published");
                self.asked(broken("SEED-PUBLISHED", what))?;
            }
            // What is deleted while it is being seeded lacks something when it is looked at.
            (Some(source), Some(manifest))
                if seen.map(content) != Some(manifest.content)
                    && self.ghost.sweepers.is_empty()
                    && !self.ghost.disturbed.contains(&process) =>
            {
                let what = format!("{working} has {:?}, unlike its source {source}", tree(seen));
                self.asked(broken("SEED-EXACT", what))?;
            }
            _ => {}
        }
        let released = self.ghost.released.get(&process);
        if let Some(newer) = released.into_iter().flatten().find(|session| session.key >= key) {
            // After the last moment that a name can hold there is only the clock.
            if newer.key.timestamp().next().is_ok() && !self.stage.is_lawless {
                let what = format!("{working} is older than {newer}, which was there before");
                self.asked(broken("ORDER", what))?;
            }
        }
        if self.ghost.live.contains_key(&key) {
            self.asked(broken("EXCLUSION", format!("{working} is two processes' own")))?;
        }
        let Some(seen) = seen else {
            if self.stage.is_lawless {
                return Ok(());
            }
            return broken("LIVE-KEPT", format!("{working} is gone as soon as it was begun"));
        };
        let live = Live {
            owner: process,
            entry: name(working),
            lock: lock_of(key),
            id: seen.stat().id.inode,
            print: print(seen),
        };
        let ghost = Arc::make_mut(&mut self.ghost);
        ghost.live.insert(key, live);
        ghost.released.remove(&process);
        Ok(())
    }

    /// COLD-WEAK: a program found nothing, although one and the same released session was there all the
    /// time.
    fn found_nothing(&self, process: usize, why: &str) -> Verdict {
        if !self.stage.asks("COLD-WEAK") {
            return Ok(());
        }
        let released = self.ghost.released.get(&process);
        let mut stayed = released.into_iter().flatten();
        let is_there =
            |session: &SessionName| self.ghost.there.iter().any(|there| there.session == *session);
        match stayed.find(|session| is_there(session)) {
            Some(session) => broken("COLD-WEAK", format!("{session} was there all along: {why}")),
            None => Ok(()),
        }
    }

    fn holds(&mut self, sight: Sight<'_>, process: usize, session: SessionName) -> Verdict {
        let Some(seen) = sight.get(&name(session)) else {
            return match self.stage.locks_lie || self.stage.is_lawless {
                true => Ok(()),
                false => {
                    broken("READER-STABLE", format!("{session} is gone as soon as it is held"))
                }
            };
        };
        let Some(manifest) = self.ghost.manifests.get(&session) else {
            return broken("SEED-PUBLISHED", format!("{session} is read, which nobody published"));
        };
        let is_undisturbed =
            self.ghost.sweepers.is_empty() && !self.ghost.disturbed.contains(&process);
        if content(seen) != manifest.content && is_undisturbed {
            let what = format!("{session} is read, and has {:?}", tree(Some(seen)));
            return broken("NO-TORN-ACCEPT", what);
        }
        let held = (name(session), print(seen));
        let ghost = Arc::make_mut(&mut self.ghost);
        ghost.held.insert(process, held);
        ghost.released.remove(&process);
        Ok(())
    }

    /// STEADY: if nobody died, there are pairs of lock file and published session and nothing else.
    fn steady(&self, sight: Sight<'_>) -> Verdict {
        let is_odd = |entry: &&Name| match EntryName::classify(entry.as_os_str().as_encoded_bytes())
        {
            None => false,
            Some(EntryName::Lock(key)) => !self.is_published(key),
            Some(EntryName::Session(session)) => {
                let had_lock = self.ghost.manifests.get(&session).is_none_or(|m| m.lock.is_some());
                let has_lock = sight.get(&lock_of(session.key)).is_some();
                !session.is_published() || had_lock && !has_lock
            }
            Some(_) => true,
        };
        match sight.names().find(is_odd) {
            None => Ok(()),
            Some(odd) => broken("STEADY", format!("{odd} is left")),
        }
    }

    /// DEGRADE: where there are no locks, nobody begins, and nobody leaves anything.
    fn degraded(&self, sight: Sight<'_>) -> Verdict {
        let is_ours =
            |entry: &&Name| EntryName::classify(entry.as_os_str().as_encoded_bytes()).is_some();
        match sight.names().find(is_ours) {
            Some(left) if self.stage.has_no_locks => {
                broken("DEGRADE", format!("{left} is left where there are no locks"))
            }
            _ => Ok(()),
        }
    }
}

/// ACCOUNT: whoever has ended has closed everything.
fn account(look: Look<'_>) -> Verdict {
    match look.open_handles() {
        0 => Ok(()),
        open => broken("ACCOUNT", format!("{open} descriptors are open")),
    }
}
