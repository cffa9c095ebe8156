//! Clear: what the session was seeded with is of no use, and the work goes on from nothing.
//!
//! A program may find that it cannot read what an older version of it has left. The session stays the one that it is, with
//! its lock and its directory, and counts as one that began cold: what is published does not claim to come from the
//! source. Files that are linked to published sessions lose a name, and nothing is written to them.

use incrdir_record::Origin;
use incrdir_vfs::{FileKind, Vfs, failed};

use crate::observe::{self, report};
use crate::publish::{adopt_directory, audit_at_least, look};
use crate::tree::remove::remove_content;
use crate::working::Writing;
use crate::{Audit, Audited, Error, Removed, Seeded, Working, vfs_name};

/// What came of clearing a session.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Cleared {
    /// What was deleted.
    pub removed: Removed,
    /// What the audit found, if it had linked files of published sessions: those that it wrote into.
    pub audited: Audited,
}

/// Deletes all that is in a working session, and begins it cold. Files that vanish meanwhile are as good as deleted.
///
/// Like abandoning, it looks first whether anything was written through links into published sessions: afterwards nobody
/// could tell who did.
///
/// # Errors
///
/// What could not be deleted or listed (`CrossesDevices` for something that is mounted there), [`Error::Replaced`] as
/// publishing says it, or that it could not be noted in the record. The session is then as good as one that was partly
/// deleted by its program: it can be cleared again, published or abandoned.
pub fn clear<V: Vfs>(session: &mut Working<V>) -> Result<Cleared, Error> {
    let session = session.writing_mut();
    let span = observe::clear(session.unit.name(), session.name());
    let cleared = empty(session);
    report::removed(&span, cleared.as_ref().map(|cleared| &cleared.removed));
    cleared
}

fn empty<V: Vfs>(session: &mut Writing<V>) -> Result<Cleared, Error> {
    let audited = audit_at_least(session, Audit::Attributes);
    let name = vfs_name(session.name());
    let found = look(session, &name)?;
    if found.id != session.seen.stat.id || found.kind != FileKind::Dir {
        adopt_directory(session, &found)?;
    }
    // From here on nothing in it is known to be what it was.
    session.forget();
    let mut removed = remove_content(&session.unit.vfs, session.dir());
    if removed.failures > 0
        && let Some(error) = removed.errors.pop()
    {
        return Err(error.into());
    }
    let Writing { unit, key, lock, report, .. } = session;
    let origin = Origin::new(None, report.mode, None);
    let lock_name = vfs_name(incrdir_naming::EntryName::Lock(*key));
    let noted = lock.append(&origin.encode());
    noted.map_err(failed(&unit.vfs, "write lock file", &unit.dir, &lock_name))?;
    report.source = None;
    report.waited = None;
    report.source_unit = None;
    report.seeded = Seeded::default();
    report.is_moved = false;
    report.extra.clear();
    Ok(Cleared { removed, audited })
}
