//! What must be so of what programs report after a loss of power.

use incrdir_explore::Verdict;
use incrdir_session::Durability;

use super::{Oracles, broken};
use crate::fixture::name;
use crate::scenarios::model::Event;
use crate::scenarios::observation::{Observation, content, tree};

impl Oracles {
    /// NO-TORN-ACCEPT: what is read or started from after a power loss is what some session was published with.
    /// DURABLE-ACK: what had been published durably is found, or something newer. CONSISTENT: where everything was
    /// published with a promise, and something was there, something is found.
    pub(super) fn reported_after_loss(
        &mut self,
        observed: Observation<'_>,
        event: &Event,
    ) -> Verdict {
        let (found, seen) = match event {
            Event::Holds(session) => (Some(*session), observed.get(&name(session))),
            Event::Began { key, source, .. } => (*source, observed.get(&name(key.working()))),
            Event::FoundNothing { .. } => (None, None),
            Event::Published { key, .. } => {
                if self.scenario.promise() == Some(Durability::Durable) {
                    let model = self.model.change();
                    model.durable = model.durable.max(Some(*key));
                }
                return Ok(());
            }
            _ => return Ok(()),
        };
        let Some(session) = found else {
            let stays = self.scenario.promises_all() && self.scenario.always_has_source();
            return match (self.model.durable, stays) {
                (Some(key), _) => {
                    broken("DURABLE-ACK", format!("{key} was durable, none is found"))
                }
                (None, true) => broken("CONSISTENT", "something was durable, and nothing is found"),
                (None, false) => Ok(()),
            };
        };
        let manifest = self.model.manifests.get(&session);
        if seen.map(content) != manifest.map(|manifest| manifest.content) {
            let what = format!("{session} is taken, and has {:?}", tree(seen));
            return broken("NO-TORN-ACCEPT", what);
        }
        match self.model.durable {
            Some(key) if session.key < key => {
                broken("DURABLE-ACK", format!("{key} was durable, {session} is found"))
            }
            _ => Ok(()),
        }
    }
}
