//! Abandon: the work failed, nothing of it is to be seen.

use std::io::ErrorKind;

use incrdir_vfs::Vfs;

use crate::observe::{self, report};
use crate::publish::{adopt_directory, audit_at_least, look, may_have_written_through};
use crate::stop::go_on;
use crate::working::Writing;
use crate::{Audit, Audited, Condemned, Error, Removed, Working, condemn, remove_tree, vfs_name};

/// What happened to a session that was given up.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Abandoned {
    /// What was deleted of it, and what could not be.
    pub removed: Removed,
    /// What the audit found, if it had linked files of published sessions: those that it wrote into.
    pub audited: Audited,
}

/// Gives a session up: its directory becomes a tombstone, its lock file goes, its tree is deleted.
///
/// A death on the way leaves a dead working session or a tombstone; the next collection removes either.
///
/// # Errors
///
/// As [`condemn`]; [`Error::Replaced`] as publishing says it, for a directory in its place that may be somebody else's, which is
/// not touched; and `Interrupted` if it is to stop before the audit of links is done. The session is then left to the next
/// collection. What could not be deleted of its tree is in [`Removed`].
pub fn abandon<V: Vfs>(session: Working<V>) -> Result<Abandoned, Error> {
    abandon_writing(session.end())
}

fn abandon_writing<V: Vfs>(session: Writing<V>) -> Result<Abandoned, Error> {
    let span = observe::abandon(session.unit.name(), session.name());
    let abandoned = delete(session);
    report::removed(&span, abandoned.as_ref().map(|abandoned| &abandoned.removed));
    abandoned
}

fn delete<V: Vfs>(mut session: Writing<V>) -> Result<Abandoned, Error> {
    let name = session.name();
    match look(&session, &vfs_name(name)) {
        // What stands in its place is deleted only if it could be published, too.
        Ok(found) if found.id != session.seen.stat.id => adopt_directory(&mut session, &found)?,
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    // Work that failed may have written half of something through a link, and nobody asks it afterwards. First, so that
    // a death in between leaves a dead session, which is suspected of the same.
    let audited = audit_at_least(&session, Audit::Attributes);
    if may_have_written_through(&session) {
        // Without the audit it stays, as the only witness.
        go_on(&session.unit.vfs, &session.unit.dir)?;
    }
    let Writing { unit, dir, lock, .. } = session;
    // Some platforms do not rename a directory that is open.
    drop(dir);
    let removed = match condemn(&unit, name, lock)? {
        Condemned::Tombstone(tombstone) => remove_tree(&unit.vfs, &unit.dir, &vfs_name(tombstone)),
        // Without its lock file it is a leftover, and the next collection's.
        Condemned::InPlace(removed) => removed,
        Condemned::NotThere | Condemned::NotLocked => Removed::default(),
    };
    Ok(Abandoned { removed, audited })
}

impl<V: Vfs> Drop for Working<V> {
    /// Abandons a session that was neither published nor left. What fails is left to the next collection.
    fn drop(&mut self) {
        if let Some(session) = self.left() {
            let _ = abandon_writing(session);
        }
    }
}
