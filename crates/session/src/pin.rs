//! K1 to K3: pins, which keep a session or a unit's newest session from being collected.
//!
//! 1. K1: hold the session shared; for a unit, its newest one. A collector that holds it exclusively may be about to delete it.
//! 2. K2: lock the file of the pin, making it if there is none, and write into it.
//! 3. K3: release both.
//!
//! Every collector of ours looks for the pin after it has locked the session exclusively, and so does whoever makes the session into
//! the next one (R1). So a pin that was set under the session's lock is seen. A death after the file was made leaves a pin
//! without a name or an end.

use std::io::ErrorKind;
use std::time::{Duration, SystemTime};

use incrdir_lockfs::{Acquire, acquire_or_create, try_acquire};
use incrdir_naming::{EntryName, SessionName};
use incrdir_record::{Pin, READ_LIMIT};
use incrdir_vfs::{LockKind, Vfs, failed};

use crate::locked::hold::hold;
use crate::record::append;
use crate::{Error, Rejection, Unit, vfs_name};

/// What can be pinned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
// Exhaustive: whoever pins says what.
pub enum Pinned {
    /// The published sessions that the unit's retention keeps, whichever these are: neither age nor size makes a collector
    /// delete them.
    Unit,
    /// This published session.
    Session(SessionName),
}

impl Pinned {
    /// The name of the pin's file.
    pub fn entry(self) -> EntryName {
        match self {
            Self::Unit => EntryName::UnitPin,
            Self::Session(session) => EntryName::Pin(session.key),
        }
    }
}

/// What came of setting or removing a pin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
// Exhaustive: it is done, or there is a reason.
pub enum Pinning {
    /// It is done.
    Done,
    /// There is no such session, or none at all in the unit; when a pin is removed: no such pin.
    NotThere,
    /// Somebody collects the session or writes the pin right now.
    Busy,
}

/// Pins a session, or the unit. One that is pinned already gets the new name and the new end.
///
/// # Errors
///
/// If the unit cannot be listed, or the session's lock or the file of the pin cannot be taken or written.
pub fn pin<V: Vfs>(unit: &Unit<V>, what: Pinned, pin: &Pin) -> Result<Pinning, Error> {
    let candidates = match what {
        Pinned::Session(session) => vec![session],
        Pinned::Unit => unit.list()?.published().collect(),
    };
    for session in candidates {
        match hold(unit, session) {
            Ok(held) => {
                let written = write(unit, what.entry(), pin);
                let _ = held.lock.release();
                return written;
            }
            Err(Rejection::Gone) => {}
            Err(Rejection::Unavailable(error)) => return Err(error),
            // An older one of the unit would not do: the newest one may be going.
            Err(_) => return Ok(Pinning::Busy),
        }
    }
    Ok(Pinning::NotThere)
}

/// K2.
fn write<V: Vfs>(unit: &Unit<V>, entry: EntryName, pin: &Pin) -> Result<Pinning, Error> {
    let name = vfs_name(entry);
    let Some(mut lock) = acquire_or_create(&unit.vfs, &unit.dir, &name, Duration::ZERO)? else {
        return Ok(Pinning::Busy);
    };
    let written = append(&mut lock, &pin.encode());
    let is_new = || lock.read(READ_LIMIT).is_ok_and(|it| Pin::decode(&it) == Pin::default());
    if written.is_err() && is_new() {
        // A pin that says nothing would have no end.
        let _ = lock.remove(&unit.dir, &name);
    } else {
        let _ = lock.release();
    }
    written.map_err(failed(&unit.vfs, "write pin", &unit.dir, &name))?;
    Ok(Pinning::Done)
}

/// Removes a pin. `over`: only if it has ended by then.
///
/// # Errors
///
/// If the file of the pin cannot be locked, read or removed.
pub fn unpin<V: Vfs>(
    unit: &Unit<V>,
    entry: EntryName,
    over: Option<SystemTime>,
) -> Result<Pinning, Error> {
    let name = vfs_name(entry);
    match try_acquire(&unit.vfs, &unit.dir, &name, LockKind::Exclusive)? {
        Acquire::Busy => Ok(Pinning::Busy),
        Acquire::NotFound => Ok(Pinning::NotThere),
        Acquire::Locked(lock) => {
            let content =
                lock.read(READ_LIMIT).map_err(failed(&unit.vfs, "read pin", &unit.dir, &name))?;
            if over.is_some_and(|now| !Pin::decode(&content).is_over(now)) {
                let _ = lock.release();
                return Ok(Pinning::Busy);
            }
            lock.remove(&unit.dir, &name)?;
            Ok(Pinning::Done)
        }
    }
}

/// Reads a pin. `None`: there is none. One that cannot be read, because it is being written for example, has no end.
///
/// # Errors
///
/// If it cannot be looked at.
pub fn read_pin<V: Vfs>(unit: &Unit<V>, entry: EntryName) -> Result<Option<Pin>, Error> {
    let name = vfs_name(entry);
    if !is_there(unit, entry)? {
        return Ok(None);
    }
    Ok(match try_acquire(&unit.vfs, &unit.dir, &name, LockKind::Shared) {
        Ok(Acquire::NotFound) => None,
        Ok(Acquire::Locked(lock)) => {
            let pin = lock.read(READ_LIMIT).map(|content| Pin::decode(&content));
            let _ = lock.release();
            Some(pin.unwrap_or_default())
        }
        Ok(Acquire::Busy) | Err(_) => Some(Pin::default()),
    })
}

/// Whether there is such a pin, in force or not: one look.
pub(crate) fn is_there<V: Vfs>(unit: &Unit<V>, entry: EntryName) -> Result<bool, Error> {
    let name = vfs_name(entry);
    match unit.vfs.stat(&unit.dir, &name) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(failed(&unit.vfs, "look at", &unit.dir, &name)(error).into()),
    }
}
