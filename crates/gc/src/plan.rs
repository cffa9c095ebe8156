//! C2: what a collection would do, as a function of what is there.

use std::collections::BTreeSet;
use std::time::SystemTime;

use incrdir_naming::{EntryName, Key, SessionName};
use incrdir_session::{Catalog, Traces};

use crate::{Policy, is_past};

/// What to keep and what to look at more closely.
#[derive(Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Plan {
    /// The newest published sessions, newest first.
    pub keep: Vec<SessionName>,
    /// Published sessions that were listed without their lock file.
    pub adopt: Vec<SessionName>,
    /// Older published sessions, oldest first.
    pub obsolete: Vec<SessionName>,
    /// Working sessions with a lock file: their writers may be dead.
    pub working: Vec<Believed>,
    /// Working sessions that were listed without their lock file.
    pub lockless: Vec<Believed>,
    /// Lock files that were listed without a session.
    pub orphans: Vec<Believed>,
    /// Lock files that do not have their final name yet.
    pub births: Vec<Believed>,
    /// Directories already condemned.
    pub tombstones: Vec<EntryName>,
    /// Sessions that failed their check.
    pub quarantined: Vec<Key>,
    /// Lock files of quarantined sessions that were listed without their session.
    pub quarantine_locks: Vec<Key>,
    /// Pins of sessions and of the unit.
    pub pins: Vec<EntryName>,
    /// The listing had errors, so the absence of a name means nothing: only tombstones may be deleted.
    pub incomplete: bool,
}

/// Something that is believed to be dead, which has to be checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Believed {
    /// The session to which it belongs.
    pub key: Key,
    /// Whether its name is older than the grace. If not, it is left alone unless it has a record of ours.
    pub is_old: bool,
}

/// Plans a collection of what `catalog` shows.
///
/// Linear in the listing. Sessions are ordered by time stamp, then by random number, so that of two with
/// the same stamp one is the newer.
pub fn plan(catalog: &Catalog, now: SystemTime, policy: &Policy) -> Plan {
    let mut published: Vec<_> = catalog.published().collect();
    let obsolete = published.split_off(policy.retention.keep.get().min(published.len()));
    let mut plan = Plan {
        keep: published,
        obsolete: obsolete.into_iter().rev().collect(),
        tombstones: catalog.tombstones.clone(),
        pins: catalog.pins.clone(),
        incomplete: !catalog.errors.is_empty(),
        ..Plan::default()
    };
    let believe = |key: Key| Believed {
        key,
        is_old: is_past(key.timestamp().to_system_time(), now, policy.effective_grace()),
    };
    for (key, found) in &catalog.sessions {
        match found {
            // Seen under both names, it was published while it was listed.
            Traces { lock, published, .. } if !published.is_empty() => {
                if !lock {
                    plan.adopt.extend(published.iter().map(|hash| key.published(*hash)));
                }
            }
            Traces { lock: true, working: true, .. } => plan.working.push(believe(*key)),
            Traces { lock: false, working: true, .. } => plan.lockless.push(believe(*key)),
            Traces { .. } => plan.orphans.push(believe(*key)),
        }
    }
    for entry in &catalog.quarantined {
        if let EntryName::Quarantined(key) = entry {
            plan.quarantined.push(*key);
        }
    }
    let is_quarantined: BTreeSet<Key> = plan.quarantined.iter().copied().collect();
    let locks = catalog.quarantined.iter().filter_map(|entry| entry.key());
    plan.quarantine_locks = locks.filter(|key| !is_quarantined.contains(key)).collect();
    plan.births = catalog.births.iter().map(|key| believe(*key)).collect();
    plan
}
