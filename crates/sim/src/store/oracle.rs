//! What must be so in a store.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::SystemTime;

use incrdir_explore::{Broken, Happened, Oracle, Verdict};
use incrdir_naming::SessionName;
use incrdir_remote::internals::{kind_of, named, session_of};
use incrdir_vfs::Look;

use super::programs::Event;
use super::scenario::{Actor, GRACE, StoreScenario, files, session, unit};
use super::simulated::{bytes_of, key_of};

/// Watches the store.
#[derive(Clone)]
pub(super) struct StoreOracle {
    scenario: Arc<StoreScenario>,
    /// When each process made its first call.
    begun: BTreeMap<usize, SystemTime>,
    dead: BTreeSet<usize>,
    ended: BTreeSet<usize>,
    /// Sessions of which a push said that they are there.
    there: BTreeSet<SessionName>,
    /// Sessions that the store listed after the last call.
    listed: BTreeSet<SessionName>,
}

impl std::hash::Hash for StoreOracle {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        let Self { begun, dead, ended, there, listed, .. } = self;
        (begun, dead, ended, there, listed).hash(state);
    }
}

impl StoreOracle {
    pub(super) fn new(scenario: StoreScenario) -> Self {
        let scenario = Arc::new(scenario);
        let (begun, listed) = (BTreeMap::new(), BTreeSet::new());
        let (dead, ended, there) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        Self { scenario, begun, dead, ended, there, listed }
    }

    /// Which process pushes a session.
    fn writers(&self, of: SessionName) -> impl Iterator<Item = usize> {
        let is_it =
            move |actor: &Actor| matches!(actor, Actor::Push(number) if session(*number) == of);
        let actors = self.scenario.actors.iter().enumerate();
        actors.filter(move |(_, actor)| is_it(actor)).map(|(process, _)| process)
    }

    /// Whether a session that is not whole has a writer who was too slow and is still to notice, or died, or arrived late itself.
    fn is_excused(&self, of: SessionName, made: SystemTime) -> bool {
        let is_late =
            |actor: &Actor| matches!(actor, Actor::Late(number) if session(*number) == of);
        if self.scenario.actors.iter().any(is_late) {
            return true;
        }
        self.scenario.is_slow()
            && self.writers(of).any(|writer| {
                let begun = self.begun.get(&writer).copied().unwrap_or(made);
                let is_late = made >= begun + GRACE / 2;
                is_late && !self.ended.contains(&writer)
            })
    }
}

/// What is in the store.
#[derive(Default)]
struct Stored {
    /// Sessions, when their manifests were made, and what they name.
    sessions: BTreeMap<SessionName, (SystemTime, BTreeSet<String>)>,
    objects: BTreeSet<String>,
    others: BTreeSet<String>,
}

fn stored(look: Look<'_>) -> Stored {
    let mut stored = Stored::default();
    for (name, seen) in look.root().entries() {
        let key = key_of(name);
        let bytes = seen.target().map(bytes_of).unwrap_or_default();
        match (session_of(unit(), &key), kind_of(&key)) {
            (Some((_, session)), _) => {
                let names = named(unit(), bytes).unwrap_or_default();
                stored.sessions.insert(session, (seen.stat().mtime, names));
            }
            (None, Some('o')) => drop(stored.objects.insert(key)),
            (None, Some('n' | 'd')) => drop(stored.others.insert(key)),
            _ => {}
        }
    }
    stored
}

impl Oracle for StoreOracle {
    fn step(&mut self, look: Look<'_>, happened: &Happened<'_>) -> Verdict {
        match happened {
            Happened::Call { process, .. } => {
                self.begun.entry(*process).or_insert(look.clock());
            }
            Happened::Death { process } => drop(self.dead.insert(*process)),
            _ => {}
        }
        let stored = stored(look);
        for (session, (made, names)) in &stored.sessions {
            let missing: Vec<_> = names.difference(&stored.objects).collect();
            if !missing.is_empty() && !self.is_excused(*session, *made) {
                let what = format!("the store lists {session}, and {missing:?} is gone");
                return Err(Broken::new("LISTED-IS-WHOLE", what));
            }
        }
        let now: BTreeSet<SessionName> = stored.sessions.keys().copied().collect();
        if let Some(last) = self.listed.last()
            && !now.contains(last)
            && now.last().is_none_or(|newest| newest < last)
            && self.there.contains(last)
        {
            let what = format!("{last} was the newest session, and is not listed any more");
            return Err(Broken::new("NEWEST-STAYS", what));
        }
        self.listed = now;
        Ok(())
    }

    fn hear(&mut self, look: Look<'_>, process: usize, event: &dyn Any) -> Verdict {
        let Some(event) = event.downcast_ref::<Event>() else { return Ok(()) };
        match event {
            Event::IsThere(session) => {
                self.ended.insert(process);
                self.there.insert(*session);
                let stored = stored(look);
                // A collection may have removed it already, if there are newer ones.
                let is_newest = stored.sessions.keys().all(|other| other < session);
                if is_newest && !stored.sessions.contains_key(session) {
                    let what = format!("a push says that {session} is there, and it is not listed");
                    return Err(Broken::new("PUSHED-IS-LISTED", what));
                }
                self.step(look, &Happened::Start)
            }
            Event::GaveUp { why, is_overtaken } => {
                self.ended.insert(process);
                let may_fail = self.scenario.fails
                    || self.scenario.is_slow() && *is_overtaken
                    || self.scenario.is_slow() && why.contains("longer than half");
                match may_fail {
                    true => self.step(look, &Happened::Start),
                    false => Err(Broken::new("PUSH-SUCCEEDS", why.clone())),
                }
            }
            Event::Got(session, got) => {
                let number = (1..=9).find(|number| super::scenario::session(*number) == *session);
                match number.map(files) {
                    Some(pushed) if pushed == *got => Ok(()),
                    _ => Err(Broken::new("PULLED-IS-PUSHED", format!("{session} is {got:?}"))),
                }
            }
            Event::GotNothing { why } => {
                let had_one = !self.scenario.before.is_empty() && !self.scenario.fails;
                let may_be_slow = self.scenario.is_slow();
                match had_one && !may_be_slow {
                    true => Err(Broken::new("SOMETHING-IS-PULLED", why.clone())),
                    false => Ok(()),
                }
            }
            Event::CollectionFailed { why } => match self.scenario.fails {
                true => Ok(()),
                false => Err(Broken::new("COLLECTION-SUCCEEDS", why.clone())),
            },
        }
    }

    fn recovered(&mut self, look: Look<'_>) -> Verdict {
        let stored = stored(look);
        let broken = |what: String| Err(Broken::new("STORE-CLEAN", what));
        let named: BTreeSet<String> =
            stored.sessions.values().flat_map(|(_, names)| names).cloned().collect();
        let missing: Vec<_> = named.difference(&stored.objects).collect();
        if !missing.is_empty() {
            return broken(format!("days later, {missing:?} is still named and gone"));
        }
        let left: Vec<_> = stored.objects.difference(&named).chain(&stored.others).collect();
        if !left.is_empty() {
            return broken(format!("days later, nobody needs {left:?}, and it is still there"));
        }
        Ok(())
    }
}
