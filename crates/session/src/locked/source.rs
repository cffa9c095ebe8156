//! B5: find a published session and hold on to it.
//!
//! Newest first: the shared lock of its lock file (L1), then its directory by its exact name under that
//! lock. A session whose lock file is missing is adopted on the spot (C7). When all that a listing showed
//! are gone or busy, others may have published meanwhile: the unit is listed again, twice at most.
//!
//! The one that is held is noted as used (`used.rs`).
//!
//! Each is compared with its record (`trust.rs`). One that is damaged is quarantined, and the next older one
//! tried. If a writer died that had linked files of published sessions, nobody asked it what it wrote: then
//! files are looked at, and not only names.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::num::NonZeroUsize;
use std::time::SystemTime;

use incrdir_naming::{SessionName, UnitName};
use incrdir_vfs::Vfs;

use crate::locked::hold::{Held, hold};
use crate::locked::used::note_use;
use crate::observe;
use crate::stop::go_on;
use crate::trust::audit::has_dead_linker;
use crate::trust::check::{Trusted, trust};
use crate::trust::quarantine::quarantine;
use crate::{
    Catalog, Distrust, Error, Quarantine, Rejected, Rejection, Scrutiny, SeedError, Unit,
    Unrecorded,
};

/// How often the unit is listed again before there is no source.
const MORE_LISTINGS: usize = 2;

/// A published session that can be started from.
pub(crate) struct Source<V: Vfs> {
    pub(crate) held: Held<V>,
    /// What it is by its record. `None`: it has no record.
    pub(crate) trusted: Option<Trusted>,
}

/// The published sessions of a unit, one after the other.
pub(crate) struct Sources<'a, V: Vfs> {
    pub(crate) unit: &'a Unit<V>,
    /// Newest last.
    queue: Vec<SessionName>,
    listings_left: usize,
    unrecorded: Unrecorded,
    scrutiny: Scrutiny,
    /// Whether to go on to older sessions, or to none, when one is not available for a reason that is not its own fault.
    or_older: bool,
    /// Failed its check, and passed when it was checked again.
    doubted: BTreeSet<SessionName>,
    /// Found unusable for a reason that a second look does not change.
    refused: BTreeSet<SessionName>,
    /// The one that is wanted, if it is not the newest that can be had.
    only: Option<SessionName>,
    pub(crate) rejected: Vec<Rejected>,
    /// The unit's name, if it is not the one that was asked for.
    pub(crate) other: Option<UnitName>,
    /// Where each of them is: there may be thousands.
    places: BTreeMap<SessionName, usize>,
    now: SystemTime,
}

impl<'a, V: Vfs> Sources<'a, V> {
    /// Those that have no record are used as told, the others compared with theirs at least so closely.
    pub(crate) fn new(
        unit: &'a Unit<V>,
        catalog: &Catalog,
        unrecorded: Unrecorded,
        scrutiny: Scrutiny,
        or_older: bool,
        now: SystemTime,
    ) -> Self {
        let is_suspect = has_dead_linker(unit, catalog, None);
        Self {
            unit,
            unrecorded,
            scrutiny: if is_suspect { Scrutiny::Attributes } else { scrutiny },
            queue: oldest_first(catalog),
            or_older,
            doubted: BTreeSet::new(),
            listings_left: MORE_LISTINGS,
            refused: BTreeSet::new(),
            only: None,
            rejected: Vec::new(),
            other: None,
            places: BTreeMap::new(),
            now,
        }
    }

    /// The same, as a unit that is not the one that was asked for.
    pub(crate) fn of_other_unit(self) -> Self {
        Self { other: Some(self.unit.name().clone()), ..self }
    }

    /// The same without these.
    pub(crate) fn without(mut self, refused: &[SessionName]) -> Self {
        for session in self.queue.clone().into_iter().filter(|session| refused.contains(session)) {
            self.note(session, Rejection::Refused);
        }
        self.refused.extend(refused);
        self.queue.retain(|session| !refused.contains(session));
        self
    }

    /// The same without all but this one, if there is one. None comes after it, so that there is no spare either.
    pub(crate) fn only(mut self, only: Option<SessionName>) -> Self {
        self.only = only;
        self.queue.retain(|session| only.is_none_or(|only| only == *session));
        self
    }

    /// Holds the next source, or says that there is none.
    ///
    /// # Errors
    ///
    /// If the unit cannot be listed again; and if a session is not available for a reason that is not its own fault, unless
    /// older ones are as good. What is wrong with others is in `rejected`.
    pub(crate) fn next(&mut self) -> Result<Option<Source<V>>, Error> {
        loop {
            let Some(session) = self.queue.pop() else {
                if self.listings_left == 0 {
                    return Ok(None);
                }
                self.listings_left -= 1;
                observe::lists_again();
                self.queue = oldest_first(&self.unit.list()?);
                let is_wanted = |session: &SessionName| self.only.is_none_or(|it| it == *session);
                self.queue.retain(|session| !self.refused.contains(session) && is_wanted(session));
                continue;
            };
            go_on(&self.unit.vfs, &self.unit.dir)?;
            let held = match hold(self.unit, session) {
                Ok(held) => held,
                Err(why) => {
                    self.reject(session, why)?;
                    continue;
                }
            };
            match self.check(&held) {
                Ok(trusted) => {
                    note_use(&self.unit.vfs, &held.lock, self.now);
                    return Ok(Some(Source { held, trusted }));
                }
                Err(why) => self.distrust(held, why)?,
            }
        }
    }

    fn check(&self, held: &Held<V>) -> Result<Option<Trusted>, Distrust> {
        let Held { name, dir, lock } = held;
        trust(&self.unit.vfs, *name, lock, dir, self.unrecorded, self.scrutiny)
    }

    /// Puts a source away that lacks what its record says, if it does.
    pub(crate) fn lacks(&mut self, session: SessionName, why: SeedError) -> Result<(), Error> {
        if !why.is_missing() {
            return self.reject(session, why.into());
        }
        match quarantine(self.unit, session, Scrutiny::Names) {
            quarantine @ Quarantine::Done(_) => {
                observe::damaged(self.unit.name(), session, &why);
                let why = Box::new(Distrust::Lacking(why));
                let quarantine = Some(quarantine.into());
                self.reject(session, Rejection::Untrusted { why, quarantine })
            }
            _ => self.reject(session, why.into()),
        }
    }

    /// Lets a session go that is not what was published, and puts it away if it is damaged.
    fn distrust(&mut self, held: Held<V>, why: Distrust) -> Result<(), Error> {
        let Held { name, dir, lock } = held;
        drop(dir);
        let _ = lock.release();
        let is_damage = why.is_damage();
        if is_damage {
            observe::damaged(self.unit.name(), name, &why);
        }
        let quarantine = is_damage.then(|| Box::new(quarantine(self.unit, name, self.scrutiny)));
        // What a network file system shows may be older than what was written: another look is another session.
        if matches!(quarantine.as_deref(), Some(Quarantine::Changed)) && self.doubted.insert(name) {
            self.queue.push(name);
            return Ok(());
        }
        self.reject(name, Rejection::Untrusted { why: why.into(), quarantine })
    }

    /// The session after the `newest` newest ones, of which the source that was held last is the first.
    pub(crate) fn spare(&self, newest: NonZeroUsize) -> Option<SessionName> {
        self.queue.iter().rev().nth(newest.get() - 1).copied()
    }

    /// Forgets a session that was to be made into the new one and is lost: it is no source any more, and nobody else collected it.
    pub(crate) fn forget(&mut self, session: SessionName) {
        self.queue.retain(|queued| *queued != session);
    }

    /// Notes why a session was not used. One that is busy or gone may be tried again.
    ///
    /// # Errors
    ///
    /// The reason, if it is not the session's own fault and nothing older is as good.
    pub(crate) fn reject(&mut self, session: SessionName, why: Rejection) -> Result<(), Error> {
        let failure = why.failure();
        if failure == Some(ErrorKind::Interrupted) {
            go_on(&self.unit.vfs, &self.unit.dir)?;
        }
        if let (false, Some(kind)) = (self.or_older, failure) {
            return Err(Error::Source { session, source: Box::new(why), kind });
        }
        if !matches!(why, Rejection::Busy | Rejection::Gone) {
            self.refused.insert(session);
        }
        self.note(session, why);
        Ok(())
    }

    fn note(&mut self, session: SessionName, why: Rejection) {
        observe::rejected(session, &why);
        match self.places.entry(session) {
            Entry::Occupied(place) => self.rejected[*place.get()].why = why,
            Entry::Vacant(place) => {
                place.insert(self.rejected.len());
                self.rejected.push(Rejected { session, unit: self.other.clone(), why });
            }
        }
    }
}

fn oldest_first(catalog: &Catalog) -> Vec<SessionName> {
    let mut sessions: Vec<_> = catalog.published().collect();
    sessions.reverse();
    sessions
}
