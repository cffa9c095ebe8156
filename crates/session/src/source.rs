//! B5: find a published session and hold on to it.
//!
//! Newest first: the shared lock of its lock file (L1), then its directory by its exact name under that
//! lock. A session whose lock file is missing is adopted on the spot (C7). When all that a listing showed
//! are gone or busy, others may have published meanwhile: the unit is listed again, twice at most.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::num::NonZeroUsize;

use incrdir_lockfs::{Acquire, Lock, try_acquire};
use incrdir_naming::{EntryName, SessionName};
use incrdir_vfs::{LockKind, Vfs, failed};

use crate::{Adopted, Catalog, Error, SeedError, Unit, adopt, vfs_name};

/// How often the unit is listed again before there is no source.
const MORE_LISTINGS: usize = 2;

/// A published session, held by a shared lock.
pub(crate) struct Source<V: Vfs> {
    pub(crate) name: SessionName,
    pub(crate) dir: V::Dir,
    pub(crate) lock: Lock<V>,
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
    /// Its files could not be taken over.
    #[error(transparent)]
    Seed(#[from] SeedError),
}

/// The published sessions of a unit, one after the other.
pub(crate) struct Sources<'a, V: Vfs> {
    unit: &'a Unit<V>,
    /// Newest last.
    queue: Vec<SessionName>,
    listings_left: usize,
    /// Found unusable for a reason that a second look does not change.
    refused: BTreeSet<String>,
    pub(crate) rejected: Vec<Rejected>,
}

impl<'a, V: Vfs> Sources<'a, V> {
    pub(crate) fn new(unit: &'a Unit<V>, catalog: &Catalog) -> Self {
        Self {
            unit,
            queue: oldest_first(catalog),
            listings_left: MORE_LISTINGS,
            refused: BTreeSet::new(),
            rejected: Vec::new(),
        }
    }

    /// Holds the next source, or says that there is none.
    ///
    /// # Errors
    ///
    /// Only if the unit cannot be listed again. What is wrong with a session is in `rejected`.
    pub(crate) fn next(&mut self) -> Result<Option<Source<V>>, Error> {
        loop {
            let Some(session) = self.queue.pop() else {
                if self.listings_left == 0 {
                    return Ok(None);
                }
                self.listings_left -= 1;
                self.queue = oldest_first(&self.unit.list()?);
                self.queue.retain(|session| !self.refused.contains(&session.to_string()));
                continue;
            };
            match hold(self.unit, session) {
                Ok(source) => return Ok(Some(source)),
                Err(why) => self.reject(session, why),
            }
        }
    }

    /// The session after the `newest` newest ones, of which the source that was held last is the first.
    pub(crate) fn spare(&self, newest: NonZeroUsize) -> Option<SessionName> {
        self.queue.iter().rev().nth(newest.get() - 1).copied()
    }

    /// Notes why a session was not used. One that is busy or gone may be tried again.
    pub(crate) fn reject(&mut self, session: SessionName, why: Rejection) {
        if !matches!(why, Rejection::Busy | Rejection::Gone) {
            self.refused.insert(session.to_string());
        }
        self.rejected.retain(|earlier| earlier.session != session);
        self.rejected.push(Rejected { session, why });
    }
}

fn oldest_first(catalog: &Catalog) -> Vec<SessionName> {
    let mut sessions: Vec<_> = catalog.published().collect();
    sessions.reverse();
    sessions
}

/// Takes the shared lock of a published session and opens its directory.
fn hold<V: Vfs>(unit: &Unit<V>, name: SessionName) -> Result<Source<V>, Rejection> {
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
        Ok(dir) => Ok(Source { name, dir, lock }),
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
