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
#[error("cannot publish `{}`", session.path().display())]
pub struct PublishError<V: Vfs> {
    /// The session, as it was.
    pub session: Box<Working<V>>,
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
    if let Err(source) = rename(&session, &vfs_name(session.name()), &vfs_name(name)) {
        return Err(PublishError { session: Box::new(session), source });
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

/// P4, with back-off for the one error that time can cure.
fn rename<V: Vfs>(session: &Working<V>, from: &Name, to: &Name) -> Result<(), Error> {
    let unit = &session.unit;
    let mut back_off = BACK_OFF.iter();
    loop {
        let error = match rename_dir_new(unit, from, to) {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        // A network file system may report a failure of what it has done.
        if unit.vfs.stat(&unit.dir, to).is_ok_and(|stat| stat.id == session.id) {
            return Ok(());
        }
        match back_off.next() {
            Some(pause) if error.kind() == ErrorKind::ResourceBusy => unit.vfs.pause(*pause),
            _ => return Err(failed(&unit.vfs, "rename", &unit.dir, from)(error).into()),
        }
    }
}
