//! P1 to P6: publish a session.
//!
//! 1. P1 to P3: record what is in it, synced as far as the level says (`survey.rs`); and look, if that was
//!    asked, whether it wrote into published sessions.
//! 2. P4: one rename, from `-working` to `-{hash}`. Before it the session is private, after it complete.
//! 3. P5: release the lock, for child processes too: a sync under it would keep readers out.
//! 4. P6: make the rename durable, if the level says so.
//! 5. Say whether a newer session has been published meanwhile.
//!
//! A death before P4 leaves a dead working session, after it a published one.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::time::Duration;

use incrdir_naming::{Hash, SessionName};
use incrdir_vfs::{Name, Vfs, failed};

use crate::condemn::rename_dir_new;
use crate::survey::record;
use crate::{Audited, Durability, Error, SeedMode, Working, audit, vfs_name};

/// Where directories with open files cannot be renamed, scanners and editors let go within this time.
const BACK_OFF: [Duration; 4] = [
    Duration::from_millis(10),
    Duration::from_millis(30),
    Duration::from_millis(90),
    Duration::from_millis(270),
];

/// A session that has been published.
#[derive(Debug)]
pub struct Published {
    /// Its name from now on.
    pub name: SessionName,
    /// The path of its directory, for people.
    pub path: PathBuf,
    /// A newer session that was published before this one, if there is any: that one is what others start
    /// from.
    pub superseded_by: Option<SessionName>,
    /// What the audit found, if one was asked for: published sessions that this one wrote into.
    pub audited: Audited,
}

/// A session could not be published as it was to be. Nothing of it is lost.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError<V: Vfs> {
    /// It is not published, and as it was.
    #[error("cannot publish `{}`", session.path().display())]
    NotPublished {
        /// The session.
        session: Box<Working<V>>,
        /// Why.
        source: Error,
    },
    /// It could not be renamed, and it could not be seen whether it was renamed all the same.
    #[error(
        "cannot publish `{}` (and it could not be seen whether it was published all the same)",
        session.path().display()
    )]
    Unsettled {
        /// The session. Drop it: the next collection finds what it is.
        session: Box<Working<V>>,
        /// Why.
        source: Error,
    },
    /// It is published, and a power loss may still take it: the unit could not be synced.
    #[error("`{}` is published, but a power loss may still take it", published.path.display())]
    NotDurable {
        /// What was published.
        published: Box<Published>,
        /// Why.
        source: Error,
    },
}

impl<V: Vfs> PublishError<V> {
    /// Why.
    pub fn cause(&self) -> &Error {
        match self {
            Self::NotPublished { source, .. }
            | Self::Unsettled { source, .. }
            | Self::NotDurable { source, .. } => source,
        }
    }
}

/// Publishes a session: makes it visible, whole and for ever, under its hash.
///
/// Close all files in it first: some platforms refuse to rename a directory while anything in it is open. A
/// file that is written to afterwards makes the session one that nobody trusts.
///
/// # Errors
///
/// [`PublishError::NotPublished`], with the session as it was, if it could not be listed, synced, recorded or
/// renamed: `NotFound` if it was removed meanwhile, `ResourceBusy` if files in it stayed open. After a sync
/// has failed, another one may succeed although data is lost: abandon the session.
/// [`PublishError::Unsettled`] and [`PublishError::NotDurable`] as they say.
pub fn publish<V: Vfs>(mut session: Working<V>, hash: Hash) -> Result<Published, PublishError<V>> {
    let name = session.key.published(hash);
    if session.terms.durability > Durability::None
        && let Err(source) = record(&mut session, hash)
    {
        return Err(PublishError::NotPublished { session: Box::new(session), source });
    }
    let audited = audit_as_asked(&session);
    match rename(&session, &vfs_name(session.name()), &vfs_name(name)) {
        Ok(()) => {}
        Err((source, Settled::Not)) => {
            return Err(PublishError::Unsettled { session: Box::new(session), source });
        }
        Err((source, Settled::Undone)) => {
            return Err(PublishError::NotPublished { session: Box::new(session), source });
        }
    }
    let Working { unit, lock, terms, .. } = session;
    // Published is published: closing releases the lock too, and an error is not the session's.
    let _ = lock.release();
    let synced = match terms.durability {
        Durability::Durable => unit.vfs.sync_dir(&unit.dir),
        _ => Ok(()),
    };
    let newest = unit.list().ok().and_then(|catalog| catalog.published().next());
    let published = Published {
        name,
        path: unit.path().join(name.to_string()),
        superseded_by: newest.filter(|newest| newest.key > name.key),
        audited,
    };
    match synced {
        Ok(()) => Ok(published),
        Err(error) => {
            let source = incrdir_vfs::Error::new("sync", unit.path(), error).into();
            Err(PublishError::NotDurable { published: Box::new(published), source })
        }
    }
}

/// The audit that was asked for. Only links reach into published sessions; one that cannot be made is the
/// next one's.
pub(crate) fn audit_as_asked<V: Vfs>(session: &Working<V>) -> Audited {
    let Working { unit, report, terms, .. } = session;
    match (report.mode, report.source, terms.audit.scrutiny()) {
        (SeedMode::Link, Some(_), Some(scrutiny)) => audit(unit, scrutiny).unwrap_or_default(),
        _ => Audited::default(),
    }
}

/// What is known after a rename has reported an error.
enum Settled {
    /// It was not done.
    Undone,
    /// Nothing.
    Not,
}

/// P4, with back-off for the one error that time can cure. With an error comes whether it is settled.
fn rename<V: Vfs>(session: &Working<V>, from: &Name, to: &Name) -> Result<(), (Error, Settled)> {
    let unit = &session.unit;
    let mut back_off = BACK_OFF.iter();
    loop {
        let error = match rename_dir_new(unit, from, to) {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        // A network file system may report a failure of what it has done.
        let was_done = was_done(session, from, to);
        match (was_done, back_off.next()) {
            (Some(true), _) => return Ok(()),
            (_, Some(pause)) if error.kind() == ErrorKind::ResourceBusy => unit.vfs.pause(*pause),
            _ => {
                let error = failed(&unit.vfs, "rename", &unit.dir, from)(error);
                let settled = if was_done.is_some() { Settled::Undone } else { Settled::Not };
                return Err((error.into(), settled));
            }
        }
    }
}

/// Whether the session has its new name; `None` if that cannot be seen. The old name tells it too: nobody else
/// takes that away.
fn was_done<V: Vfs>(session: &Working<V>, from: &Name, to: &Name) -> Option<bool> {
    let unit = &session.unit;
    let is_there = |name| match unit.vfs.stat(&unit.dir, name) {
        Ok(stat) => Some(stat.id == session.id),
        Err(error) => (error.kind() == ErrorKind::NotFound).then_some(false),
    };
    is_there(to).or_else(|| is_there(from).map(|is_there| !is_there))
}
