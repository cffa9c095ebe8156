//! B5: find a published session and hold on to it.
//!
//! Newest first: the shared lock of its lock file (L1), then its directory by its exact name under that
//! lock. A session whose lock file is missing is adopted on the spot (C7). When all that a listing showed
//! are gone or busy, others may have published meanwhile: the unit is listed again, twice at most.
//!
//! Each is compared with its record (`trust.rs`). One that is damaged is quarantined, and the next older one
//! tried. If a writer died that had linked files of published sessions, nobody asked it what it wrote: then
//! files are looked at, and not only names.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::num::NonZeroUsize;

use incrdir_lockfs::{Acquire, Lock, try_acquire};
use incrdir_naming::{EntryName, SessionName};
use incrdir_vfs::{LockKind, Vfs, failed};

use crate::audit::has_dead_linker;
use crate::quarantine::{Quarantine, quarantine};
use crate::stop::go_on;
use crate::trust::{Trusted, trust};
use crate::{
    Adopted, Catalog, Distrust, Error, Scrutiny, SeedError, Unit, Unrecorded, adopt, vfs_name,
};

/// How often the unit is listed again before there is no source.
const MORE_LISTINGS: usize = 2;

/// A published session, held by a shared lock.
pub(crate) struct Source<V: Vfs> {
    pub(crate) name: SessionName,
    pub(crate) dir: V::Dir,
    pub(crate) lock: Lock<V>,
    /// What it is by its record. `None`: it has no record.
    pub(crate) trusted: Option<Trusted>,
}

/// A published session that was seen and not used.
#[derive(Debug)]
pub struct Rejected {
    /// Which.
    pub session: SessionName,
    /// Why.
    pub why: Rejection,
}

/// Why a published session was not used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Rejection {
    /// Its lock is held exclusively: it is being published or collected.
    #[error("in use")]
    Busy,
    /// It was collected after it had been listed.
    #[error("collected meanwhile")]
    Gone,
    /// It could not be locked or opened.
    #[error(transparent)]
    Unavailable(#[from] Error),
    /// It is not what was published, or nothing can tell.
    #[error("it is not what was published{}", told(quarantine))]
    Untrusted {
        /// What is wrong.
        #[source]
        why: Box<Distrust>,
        /// What became of it, if it is damaged.
        quarantine: Option<Box<Quarantine>>,
    },
    /// Its files could not be taken over.
    #[error(transparent)]
    Seed(#[from] SeedError),
}

impl Rejection {
    /// The kind of what kept a session from being used that is not the session's own fault: who starts without it loses
    /// it for no reason.
    fn failure(&self) -> Option<ErrorKind> {
        let kind = match self {
            Self::Unavailable(error) => error.kind(),
            Self::Seed(SeedError::Io(error)) => error.kind(),
            Self::Untrusted { why, .. } => match &**why {
                Distrust::Io(error) => error.kind(),
                Distrust::Listing(error) => error.kind(),
                _ => return None,
            },
            _ => return None,
        };
        // What it should hold is not there (on a network file system, deleted on another host), or is something else than
        // what its record says.
        let is_its_own = matches!(
            kind,
            ErrorKind::NotFound
                | ErrorKind::StaleNetworkFileHandle
                | ErrorKind::AlreadyExists
                | ErrorKind::NotADirectory
                | ErrorKind::IsADirectory
                | ErrorKind::InvalidInput
                | ErrorKind::InvalidData
                | ErrorKind::InvalidFilename
        );
        (!is_its_own).then_some(kind)
    }
}

/// What is said of a quarantine behind its reason.
fn told(quarantine: &Option<Box<Quarantine>>) -> String {
    match quarantine.as_deref() {
        Some(Quarantine::Done(name)) => format!("; quarantined as {name}"),
        Some(Quarantine::InPlace) => {
            "; it cannot be renamed here, so its record says that nobody is to use it".into()
        }
        Some(Quarantine::Busy) => "; left where it is, because it is in use".into(),
        Some(Quarantine::Failed(error)) => format!("; it could not be quarantined: {error}"),
        Some(Quarantine::Changed) | None => String::new(),
    }
}

/// The published sessions of a unit, one after the other.
pub(crate) struct Sources<'a, V: Vfs> {
    unit: &'a Unit<V>,
    /// Newest last.
    queue: Vec<SessionName>,
    listings_left: usize,
    unrecorded: Unrecorded,
    scrutiny: Scrutiny,
    /// Whether to go on to older sessions, or to none, when one cannot be had for a reason that is not its own fault.
    or_older: bool,
    /// Failed its check, and passed when it was checked again.
    doubted: BTreeSet<SessionName>,
    /// Found unusable for a reason that a second look does not change.
    refused: BTreeSet<SessionName>,
    pub(crate) rejected: Vec<Rejected>,
    /// Where each of them is: there may be thousands.
    places: BTreeMap<SessionName, usize>,
}

impl<'a, V: Vfs> Sources<'a, V> {
    /// Those that have no record are used as told, the others compared with theirs at least so closely.
    pub(crate) fn new(
        unit: &'a Unit<V>,
        catalog: &Catalog,
        unrecorded: Unrecorded,
        scrutiny: Scrutiny,
        or_older: bool,
    ) -> Self {
        let is_suspect = has_dead_linker(unit, catalog);
        Self {
            unit,
            unrecorded,
            scrutiny: if is_suspect { Scrutiny::Attributes } else { scrutiny },
            queue: oldest_first(catalog),
            or_older,
            doubted: BTreeSet::new(),
            listings_left: MORE_LISTINGS,
            refused: BTreeSet::new(),
            rejected: Vec::new(),
            places: BTreeMap::new(),
        }
    }

    /// Holds the next source, or says that there is none.
    ///
    /// # Errors
    ///
    /// If the unit cannot be listed again; and if a session cannot be had for a reason that is not its own fault, unless
    /// older ones are as good. What is wrong with others is in `rejected`.
    pub(crate) fn next(&mut self) -> Result<Option<Source<V>>, Error> {
        loop {
            let Some(session) = self.queue.pop() else {
                if self.listings_left == 0 {
                    return Ok(None);
                }
                self.listings_left -= 1;
                self.queue = oldest_first(&self.unit.list()?);
                self.queue.retain(|session| !self.refused.contains(session));
                continue;
            };
            go_on(&self.unit.vfs, &self.unit.dir)?;
            let mut source = match hold(self.unit, session) {
                Ok(source) => source,
                Err(why) => {
                    self.reject(session, why)?;
                    continue;
                }
            };
            match self.check(&source) {
                Ok(trusted) => {
                    source.trusted = trusted;
                    return Ok(Some(source));
                }
                Err(why) => self.distrust(source, why)?,
            }
        }
    }

    fn check(&self, source: &Source<V>) -> Result<Option<Trusted>, Distrust> {
        let Source { name, dir, lock, .. } = source;
        trust(&self.unit.vfs, *name, lock, dir, self.unrecorded, self.scrutiny)
    }

    /// Puts a source away that lacks what its record says, if it does.
    pub(crate) fn lacks(&mut self, session: SessionName, why: SeedError) -> Result<(), Error> {
        if !why.is_missing() {
            return self.reject(session, why.into());
        }
        match quarantine(self.unit, session, Scrutiny::Names) {
            quarantine @ Quarantine::Done(_) => {
                let why = Box::new(Distrust::Lacking(why));
                let quarantine = Some(quarantine.into());
                self.reject(session, Rejection::Untrusted { why, quarantine })
            }
            _ => self.reject(session, why.into()),
        }
    }

    /// Lets a session go that is not what was published, and puts it away if it is damaged.
    fn distrust(&mut self, source: Source<V>, why: Distrust) -> Result<(), Error> {
        let Source { name, dir, lock, .. } = source;
        drop(dir);
        let _ = lock.release();
        let is_damage = why.is_damage();
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
        match self.places.entry(session) {
            Entry::Occupied(place) => self.rejected[*place.get()].why = why,
            Entry::Vacant(place) => {
                place.insert(self.rejected.len());
                self.rejected.push(Rejected { session, why });
            }
        }
        Ok(())
    }
}

fn oldest_first(catalog: &Catalog) -> Vec<SessionName> {
    let mut sessions: Vec<_> = catalog.published().collect();
    sessions.reverse();
    sessions
}

/// Takes the shared lock of a published session and opens its directory.
pub(crate) fn hold<V: Vfs>(unit: &Unit<V>, name: SessionName) -> Result<Source<V>, Rejection> {
    let lock = match acquire_shared(unit, name)? {
        Acquire::Locked(lock) => lock,
        Acquire::Busy => return Err(Rejection::Busy),
        Acquire::NotFound => match adopt(unit, name)? {
            Adopted::Gone => return Err(Rejection::Gone),
            Adopted::Done => match acquire_shared(unit, name)? {
                Acquire::Locked(lock) => lock,
                Acquire::Busy => return Err(Rejection::Busy),
                Acquire::NotFound => return Err(Rejection::Gone),
            },
        },
    };
    let entry = vfs_name(name);
    match unit.vfs.open_dir(&unit.dir, &entry) {
        Ok(dir) => Ok(Source { name, dir, lock, trusted: None }),
        Err(error) => {
            let _ = lock.release();
            match error.kind() {
                ErrorKind::NotFound => Err(Rejection::Gone),
                _ => Err(Error::from(failed(&unit.vfs, "open", &unit.dir, &entry)(error)).into()),
            }
        }
    }
}

fn acquire_shared<V: Vfs>(unit: &Unit<V>, name: SessionName) -> Result<Acquire<V>, Error> {
    let lock_name = vfs_name(EntryName::Lock(name.key));
    Ok(try_acquire(&unit.vfs, &unit.dir, &lock_name, LockKind::Shared)?)
}
