//! A program found out that what it started from is bad, which no record shows: the session is what was published.
//!
//! The session is abandoned first, so that it does not hold its source; then the source is quarantined (Q1, Q3 and Q4).

use incrdir_naming::{SessionName, UnitName};
use incrdir_vfs::Vfs;

use crate::{Begun, Error, Quarantine, Unit, Working, quarantine_for};

/// The published session that another one was started from, and where that is: kept for when the session has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SourceName {
    /// Which session.
    pub session: SessionName,
    /// The unit that it is in.
    pub unit: UnitName,
}

impl<V: Vfs> Working<V> {
    /// What it was started from. `None`: it began cold.
    pub fn source(&self) -> Option<SourceName> {
        let Begun { source, source_unit, .. } = self.report();
        let unit = source_unit.as_ref().unwrap_or(self.unit().name());
        source.map(|session| SourceName { session, unit: unit.clone() })
    }
}

/// Quarantines what a session was started from, because its program says that it is bad, for this reason. The session itself must
/// have ended. [`Quarantine::Changed`]: it is gone; [`Quarantine::Busy`]: others use it, so whoever begins next should
/// refuse it ([`BeginOptions::refused`](crate::BeginOptions::refused)).
///
/// # Errors
///
/// If its unit cannot be opened. What goes wrong later is [`Quarantine::Failed`].
pub fn reject<V: Vfs>(
    vfs: &V,
    root: &V::Dir,
    source: &SourceName,
    reason: &str,
) -> Result<Quarantine, Error> {
    Ok(match Unit::open(vfs, root, &source.unit)? {
        Some(unit) => quarantine_for(&unit, source.session, reason),
        None => Quarantine::Changed,
    })
}
