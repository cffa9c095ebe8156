//! What the oracles know and the processes do not: who has what, and what was published.
//!
//! Programs tell it between their calls; the rest is seen on the disk. It is a value like the rest of a state.

use std::collections::{BTreeMap, BTreeSet};

use incrdir_naming::{Key, SessionName};
use incrdir_session::Pinned;
use incrdir_vfs::{LockKind, Name};

use super::observation::{Observation, content, lock_of, print, published};
use super::unit_scenario::Lineage;

/// What a program reports.
#[derive(Debug)]
pub(super) enum Event {
    /// It has made its first call.
    Starts,
    /// It has begun a session, from one of the other unit's perhaps.
    Began { key: Key, source: Option<SessionName>, is_others: bool, why: String },
    /// It has published a session; whether it was told of a newer one.
    Published { key: Key, is_superseded: bool },
    /// It does not take this session for its own any more.
    Leaves(Key),
    /// It has abandoned this session.
    Abandoned(Key),
    /// It has found nothing to read.
    FoundNothing { why: String },
    /// It holds this session and reads in it.
    Holds(SessionName),
    /// And not any more.
    LetsGo,
    /// It has collected, and says that it has removed these.
    Collected { removed: Vec<Name> },
    /// It has evicted one of the units, and says that it has removed these, and perhaps the unit's directory.
    Evicted { lineage: Lineage, removed: Vec<Name>, has_emptied: bool },
    /// It has pinned this.
    Pinned(Pinned),
    /// It is about to remove the pin.
    Unpins(Pinned),
    /// It has deleted what it wanted to, without asking.
    Swept,
    /// A rustc found its own new lock busy, which ends its build.
    CannotLock,
}

/// Everything that is known.
#[derive(Debug, Clone, Hash, Default)]
pub(super) struct Model {
    /// Sessions that their writers take for theirs.
    pub(super) live: BTreeMap<Key, Live>,
    /// Sessions that readers hold, by reader, and what they saw in them.
    pub(super) held: BTreeMap<usize, (Name, u64)>,
    /// What each session was when it was published.
    pub(super) manifests: BTreeMap<SessionName, Manifest>,
    /// What was published and released when each program took its first step.
    pub(super) released: BTreeMap<usize, Vec<SessionName>>,
    /// Sessions that somebody else's newer one stood beside when they were published.
    pub(super) overtaken: Vec<Key>,
    /// Published sessions that are there now, oldest first.
    pub(super) there: Vec<There>,
    /// Whether anything was ever published.
    pub(super) has_published: bool,
    /// Who deletes without asking, as long as they do.
    pub(super) sweepers: Vec<usize>,
    /// Who was beginning while they did.
    pub(super) disturbed: Vec<usize>,
    /// What is kept while somebody evicts.
    pub(super) evicting: Evicting,
    /// Sessions that were pinned and not unpinned.
    pub(super) pinned: BTreeSet<SessionName>,
    /// Whether the unit was, and not unpinned: then the sessions that somebody had locked exclusively when it was.
    pub(super) unit_pin: Option<BTreeSet<SessionName>>,
    /// The newest session whose publication had returned and was to be durable.
    pub(super) durable: Option<Key>,
    /// Whether the power has gone.
    pub(super) is_after_loss: bool,
    /// What is not ours, at the beginning.
    pub(super) foreign: u64,
}

/// What is known where somebody evicts. Nothing where nobody does.
#[derive(Debug, Clone, Hash, Default)]
pub(super) struct Evicting {
    /// Whether some published session can be held.
    pub(super) is_some_free: bool,
    /// Whether the newest one can be.
    pub(super) is_newest_free: bool,
    /// Who was looking for a session, at a moment when none could be held.
    pub(super) deprived: BTreeSet<usize>,
    /// Lock files of sessions that were being written when an evictor made its last change.
    pub(super) seen: BTreeMap<usize, BTreeSet<Name>>,
    /// Who has removed the directory of the unit.
    pub(super) removers: BTreeSet<usize>,
}

/// A published session and its names on disk.
#[derive(Debug, Clone, Hash, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct There {
    pub(super) session: SessionName,
    pub(super) entry: Name,
    pub(super) lock: Name,
}

impl There {
    /// Whether it can be held. One without a lock file can be adopted.
    pub(super) fn is_free(&self, observed: Observation<'_>) -> bool {
        let lock = observed.get(&self.lock);
        lock.is_none_or(|lock| lock.can_be_locked(LockKind::Shared))
    }
}

#[derive(Debug, Clone, Hash)]
pub(super) struct Live {
    pub(super) owner: usize,
    /// Its names on disk.
    pub(super) entry: Name,
    pub(super) lock: Name,
    /// Identity of its directory.
    pub(super) id: u64,
    /// What was in it after its owner's last step.
    pub(super) print: u64,
}

#[derive(Debug, Clone, Hash)]
pub(super) struct Manifest {
    /// What it is made of.
    pub(super) print: u64,
    /// What is in it.
    pub(super) content: u64,
    /// Identity of its lock file.
    pub(super) lock: Option<u64>,
}

impl Model {
    /// Looks which sessions are published now, and notes what is in those that are new.
    pub(super) fn look(&mut self, observed: Observation<'_>) {
        let before = std::mem::take(&mut self.there);
        for entry in observed.names() {
            if let Some(known) = before.iter().find(|known| known.entry == *entry) {
                self.there.push(known.clone());
                continue;
            }
            let Some(session) = published(entry) else { continue };
            let lock = lock_of(session.key);
            if let (false, Some(seen)) =
                (self.manifests.contains_key(&session), observed.get(entry))
            {
                let lock = observed.id(&lock);
                let manifest = Manifest { print: print(seen), content: content(seen), lock };
                self.manifests.insert(session, manifest);
                if before.iter().any(|other| other.session.key > session.key) {
                    self.overtaken.push(session.key);
                }
            }
            self.has_published = true;
            self.there.push(There { session, entry: entry.clone(), lock });
        }
        self.there.sort();
    }

    /// Those of them whose writers are through.
    pub(super) fn released_now(&self) -> impl Iterator<Item = SessionName> {
        let there = self.there.iter().map(|there| there.session);
        there.filter(|session| !self.live.contains_key(&session.key))
    }

    /// Something was pinned.
    pub(super) fn pins(&mut self, what: Pinned, observed: Observation<'_>) {
        match what {
            Pinned::Session(session) => drop(self.pinned.insert(session)),
            Pinned::Unit => {
                let locked = self.there.iter().filter(|there| !there.is_free(observed));
                self.unit_pin = Some(locked.map(|there| there.session).collect());
            }
        }
    }

    /// It is not to be relied on any more.
    pub(super) fn unpins(&mut self, what: Pinned) {
        match what {
            Pinned::Session(session) => drop(self.pinned.remove(&session)),
            Pinned::Unit => self.unit_pin = None,
        }
    }

    /// Whether there is anything to forget if this process dies.
    pub(super) fn knows_of(&self, process: usize) -> bool {
        let Self { live, held, released, sweepers, evicting, .. } = self;
        live.values().any(|live| live.owner == process)
            || held.contains_key(&process)
            || released.contains_key(&process)
            || sweepers.contains(&process)
            || evicting.deprived.contains(&process)
            || evicting.seen.contains_key(&process)
    }

    /// A process is dead: it has nothing any more.
    pub(super) fn process_died(&mut self, process: usize) {
        self.live.retain(|_, live| live.owner != process);
        self.held.remove(&process);
        self.released.remove(&process);
        self.evicting.deprived.remove(&process);
        self.evicting.seen.remove(&process);
        self.swept(process);
    }

    /// Somebody deletes no more.
    pub(super) fn swept(&mut self, process: usize) {
        if self.sweepers.contains(&process) {
            self.sweepers.retain(|sweeper| *sweeper != process);
            self.disturbed.extend(self.released.keys());
        }
    }

    /// Everybody is dead, and nothing is known to be as it was.
    pub(super) fn loses_power(&mut self) {
        self.live.clear();
        self.held.clear();
        self.released.clear();
        self.overtaken.clear();
        self.there.clear();
        self.is_after_loss = true;
    }

    /// What is known of sessions that are gone decides nothing any more.
    pub(super) fn forgets(&mut self) {
        let Self { live, there, manifests, released, .. } = self;
        // Who is beginning may be about to say what it started from.
        if !released.is_empty() {
            return;
        }
        manifests.retain(|session, _| {
            live.contains_key(&session.key) || there.iter().any(|there| there.session == *session)
        });
    }

    /// Whether a session has ever been published.
    pub(super) fn was_published(&self, key: Key) -> bool {
        self.manifests.keys().any(|session| session.key == key)
    }
}
