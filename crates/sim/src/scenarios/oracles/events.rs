//! What must be so of what programs report.

use incrdir_explore::Verdict;
use incrdir_naming::{Key, SessionName};
use incrdir_vfs::Name;

use super::{Oracles, broken};
use crate::fixture::name;
use crate::scenarios::model::{Event, Live, Model};
use crate::scenarios::observation::{Observation, content, lock_of, print, tree};
use crate::scenarios::process_kind::ProcessKind;

impl Oracles {
    pub(super) fn reported(
        &mut self,
        observed: Observation<'_>,
        process: usize,
        event: &Event,
        other: Option<&Model>,
    ) -> Verdict {
        match event {
            Event::Starts => {
                let released = self.model.released_now().collect();
                let model = self.model.change();
                model.released.insert(process, released);
                if self.scenario.evicts() && !model.evicting.is_some_free {
                    model.evicting.deprived.insert(process);
                }
                Ok(())
            }
            Event::Began { key, source, is_others, why } => {
                let known = if *is_others { other } else { Some(&*self.model) };
                let manifest =
                    source.and_then(|source| known?.manifests.get(&source)).map(|m| m.content);
                self.began(observed, process, *key, source.map(|source| (source, manifest)), why)
            }
            Event::Published { key, is_superseded } => {
                let Model { overtaken, there, .. } = &*self.model;
                // What was newer may have been evicted since.
                let is_older = || there.iter().any(|there| there.session.key > *key);
                let was_overtaken =
                    overtaken.contains(key) && (!self.scenario.evicts() || is_older());
                if was_overtaken && !is_superseded && self.scenario.asks("NEWEST-KEPT") {
                    let what =
                        format!("{key} was older than what was published, and is not told so");
                    return broken("NEWEST-KEPT", what);
                }
                if self.scenario.process(process) == ProcessKind::Durable {
                    let model = self.model.change();
                    model.durable = model.durable.max(Some(*key));
                }
                let was_published = self.model.was_published(*key);
                self.leaves(*key);
                match was_published || self.scenario.has_intruders() {
                    true => Ok(()),
                    false => broken("PUBLISH-OR-REASON", format!("{key} is said to be published")),
                }
            }
            Event::Leaves(key) => {
                self.leaves(*key);
                Ok(())
            }
            Event::Abandoned(key) => {
                let working = key.working();
                if observed.get(&name(working)).is_some() && self.scenario.is_orderly() {
                    return broken("ABANDONED", format!("{working} is still there"));
                }
                Ok(())
            }
            Event::FoundNothing { why } => {
                if self.scenario.always_has_source() {
                    self.asked(broken("COLD", format!("nothing to read: {why}")))?;
                }
                self.found_nothing(process, why)
            }
            Event::Holds(session) => self.holds(observed, process, *session),
            Event::LetsGo => {
                self.model.change().held.remove(&process);
                Ok(())
            }
            Event::Collected { removed } => self.honest(observed, removed),
            Event::Evicted { removed, has_emptied, .. } => {
                self.has_evicted(observed, process, removed, *has_emptied)
            }
            Event::Pinned(what) => {
                self.model.change().pins(*what, observed);
                Ok(())
            }
            Event::Unpins(what) => {
                self.model.change().unpins(*what);
                Ok(())
            }
            Event::Swept => {
                self.model.change().swept(process);
                Ok(())
            }
            Event::CannotLock => broken("RUSTC-FATAL", "somebody else holds its new lock"),
        }
    }

    /// GC-HONEST: what is said to be removed is gone.
    pub(super) fn honest(&self, observed: Observation<'_>, removed: &[Name]) -> Verdict {
        // A name that comes again is another session's.
        if self.scenario.names_recur() || !self.scenario.is_local() {
            return Ok(());
        }
        // The name of a tombstone or of a pin is given again as soon as it is free.
        let comes_again = |name: &Name| {
            name.to_str().is_none_or(|it| it.starts_with("d-") || it.starts_with("p-"))
        };
        match removed.iter().find(|name| !comes_again(name) && observed.get(name).is_some()) {
            Some(left) => broken("GC-HONEST", format!("{left} is said to be removed")),
            None => Ok(()),
        }
    }

    pub(super) fn leaves(&mut self, key: Key) {
        let model = self.model.change();
        model.live.remove(&key);
        model.overtaken.retain(|other| *other != key);
    }

    /// SEED-EXACT, SEED-PUBLISHED: what was seeded is what its source was published with. COLD: there was a
    /// source. ORDER: it is newer than all that had been published. EXCLUSION: nobody else has it.
    pub(super) fn began(
        &mut self,
        observed: Observation<'_>,
        process: usize,
        key: Key,
        source: Option<(SessionName, Option<u64>)>,
        why: &str,
    ) -> Verdict {
        let working = key.working();
        let seen = observed.get(&name(working));
        // What rustc starts from is its own affair.
        let is_ours = self.scenario.process(process) != ProcessKind::Rustc;
        let is_empty = seen.is_none_or(|seen| seen.entries().next().is_none());
        match source {
            _ if !is_ours => {}
            None if !is_empty => {
                let what = format!("{working} is cold and has {:?}", tree(seen));
                self.asked(broken("SEED-EXACT", what))?;
            }
            None => {
                if self.scenario.always_has_source() {
                    self.asked(broken("COLD", format!("{working} starts cold {why}")))?;
                }
                let verdict = self.found_nothing(process, why);
                self.asked(verdict)?;
            }
            Some((source, None)) => {
                let what = format!("{working} is seeded from {source}, which nobody published");
                self.asked(broken("SEED-PUBLISHED", what))?;
            }
            // What is deleted while it is being seeded lacks something when it is looked at.
            Some((source, Some(manifest)))
                if seen.map(content) != Some(manifest)
                    && self.model.sweepers.is_empty()
                    && !self.model.disturbed.contains(&process) =>
            {
                let what = format!("{working} has {:?}, unlike its source {source}", tree(seen));
                self.asked(broken("SEED-EXACT", what))?;
            }
            _ => {}
        }
        let released = self.model.released.get(&process);
        // What was evicted before it was seen is before nothing.
        let is_seen =
            |session: &&SessionName| !self.scenario.evicts() || self.is_published(session.key);
        let mut released = released.into_iter().flatten().filter(is_seen);
        if let Some(newer) = released.find(|session| session.key >= key) {
            // After the last moment that a name can hold there is only the clock. What was made elsewhere has the time from there.
            let is_pulled = self.scenario.processes.get(process) == Some(&ProcessKind::Puller);
            if newer.key.timestamp().next().is_ok() && !self.scenario.has_intruders() && !is_pulled
            {
                let what = format!("{working} is older than {newer}, which was there before");
                self.asked(broken("ORDER", what))?;
            }
        }
        if self.model.live.contains_key(&key) {
            self.asked(broken("EXCLUSION", format!("{working} is two processes' own")))?;
        }
        let Some(seen) = seen else {
            if self.scenario.has_intruders() {
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
        let model = self.model.change();
        model.live.insert(key, live);
        model.released.remove(&process);
        model.evicting.deprived.remove(&process);
        Ok(())
    }

    /// COLD-WEAK: a program found nothing, although one and the same released session was there all the
    /// time.
    pub(super) fn found_nothing(&self, process: usize, why: &str) -> Verdict {
        if !self.scenario.asks("COLD-WEAK") || self.was_deprived(process) {
            return Ok(());
        }
        if self.scenario.evicts() {
            let what = format!("at every moment something could be held: {why}");
            return broken("COLD", what);
        }
        let released = self.model.released.get(&process);
        let mut stayed = released.into_iter().flatten();
        let is_there =
            |session: &SessionName| self.model.there.iter().any(|there| there.session == *session);
        match stayed.find(|session| is_there(session)) {
            Some(session) => broken("COLD-WEAK", format!("{session} was there all along: {why}")),
            None => Ok(()),
        }
    }

    pub(super) fn holds(
        &mut self,
        observed: Observation<'_>,
        process: usize,
        session: SessionName,
    ) -> Verdict {
        let Some(seen) = observed.get(&name(session)) else {
            return match self.scenario.locks_lie() || self.scenario.has_intruders() {
                true => Ok(()),
                false => {
                    broken("READER-STABLE", format!("{session} is gone as soon as it is held"))
                }
            };
        };
        let Some(manifest) = self.model.manifests.get(&session) else {
            return broken("SEED-PUBLISHED", format!("{session} is read, which nobody published"));
        };
        let is_undisturbed =
            self.model.sweepers.is_empty() && !self.model.disturbed.contains(&process);
        if content(seen) != manifest.content && is_undisturbed {
            let what = format!("{session} is read, and has {:?}", tree(Some(seen)));
            return broken("NO-TORN-ACCEPT", what);
        }
        let held = (name(session), print(seen));
        let model = self.model.change();
        model.held.insert(process, held);
        model.released.remove(&process);
        model.evicting.deprived.remove(&process);
        Ok(())
    }
}
