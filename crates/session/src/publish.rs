//! P4 to P6: publish a session.
//!
//! 1. P4: one rename, from `-working` to `-{hash}`. Before it the session is private, after it complete.
//! 2. P5: release the lock, for child processes too.
//! 3. Say whether a newer session has been published meanwhile.
//!
//! A death before P4 leaves a dead working session, after it a published one.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::time::Duration;

use incrdir_naming::{Hash, SessionName};
use incrdir_vfs::{Name, Vfs, failed};

use crate::condemn::rename_dir_new;
use crate::{Error, Working, vfs_name};

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
}

/// A session could not be published. Nothing of it is lost: it is in here.
#[derive(Debug, thiserror::Error)]
#[error("cannot publish `{}`{}", session.path().display(), if *is_unsettled { UNSETTLED } else { "" })]
pub struct PublishError<V: Vfs> {
    /// The session, as it was.
    pub session: Box<Working<V>>,
    /// Whether it could not be seen if the session was published all the same, because looking failed too.
    /// Then drop it: the next collection finds what it is.
    pub is_unsettled: bool,
    /// Why.
    pub source: Error,
}

/// Publishes a session: makes it visible, whole and for ever, under its hash.
///
/// Close all files in it first: some platforms refuse to rename a directory while anything in it is open.
///
/// # Errors
///
/// [`PublishError`], with the session in it and as it was, if it could not be renamed: `NotFound` if it was
/// removed meanwhile, `ResourceBusy` if files in it stayed open.
pub fn publish<V: Vfs>(session: Working<V>, hash: Hash) -> Result<Published, PublishError<V>> {
    let name = session.key.published(hash);
    if let Err((source, is_unsettled)) =
        rename(&session, &vfs_name(session.name()), &vfs_name(name))
    {
        return Err(PublishError { session: Box::new(session), is_unsettled, source });
    }
    let Working { unit, lock, .. } = session;
    // Published is published: closing releases the lock too, and an error is not the session's.
    let _ = lock.release();
    let newest = unit.list().ok().and_then(|catalog| catalog.published().next());
    Ok(Published {
        name,
        path: unit.path().join(name.to_string()),
        superseded_by: newest.filter(|newest| newest.key > name.key),
    })
}

/// What the error says besides.
const UNSETTLED: &str = " (and it could not be seen whether it was published all the same)";

/// P4, with back-off for the one error that time can cure. With an error comes whether it is unsettled.
fn rename<V: Vfs>(session: &Working<V>, from: &Name, to: &Name) -> Result<(), (Error, bool)> {
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
                return Err((error.into(), was_done.is_none()));
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
