//! The protocol that incrdir descends from, as rustc has it, over `Vfs`: to be explored, not to be used.
//!
//! It is here so that the same scenarios and the same oracles can be tried on something that is known to be
//! wrong. What is known is in the list of them (`known_defects.rs`).

use std::io::{self, ErrorKind};
use std::time::Duration;

use incrdir_naming::{EntryName, Hash, Key, SessionName, Timestamp};
use incrdir_session::{Catalog, remove_tree};
use incrdir_vfs::{Access, FileKind, LockKind, Name, TryLock, Vfs};

use crate::fixture::name;

/// A directory without a lock file, or one whose lock is free, is garbage once it is so old.
const OLD: Duration = Duration::from_secs(10);

/// How it takes the age of lock files without a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Age {
    /// Not at all: their stamps never parse, and they stay for ever.
    AsItIs,
    /// By their stamps: then they are removed, without their locks being tried.
    Mended,
}

/// A working session of the seed's.
pub(crate) struct Session<V: Vfs> {
    pub(crate) key: Key,
    pub(crate) source: Option<SessionName>,
    pub(crate) dir: V::Dir,
    lock: V::File,
}

/// Locks, makes the directory, links everything from the newest published session.
pub(crate) fn begin<V: Vfs>(vfs: &V, unit: &V::Dir) -> io::Result<Session<V>> {
    let mut tried = Vec::new();
    loop {
        let stamp = Timestamp::from_system_time(vfs.now())
            .map_err(|error| io::Error::new(ErrorKind::InvalidData, error))?;
        let key = Key::new(stamp, vfs.random());
        let lock = lock(vfs, unit, key, LockKind::Exclusive, true)?;
        let working = name(key.working());
        match vfs.create_dir(unit, &working) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        let dir = vfs.open_dir(unit, &working)?;
        let newest = Catalog::new(vfs.list(unit)?).published().find(|s| !tried.contains(s));
        let Some(source) = newest else { return Ok(Session { key, source: None, dir, lock }) };
        if link_all(vfs, unit, source, &dir).is_ok() {
            return Ok(Session { key, source: Some(source), dir, lock });
        }
        tried.push(source);
        let _ = remove_tree(vfs, unit, &working);
        let _ = vfs.remove_file(unit, &name(EntryName::Lock(key)));
    }
}

fn link_all<V: Vfs>(vfs: &V, unit: &V::Dir, source: SessionName, to: &V::Dir) -> io::Result<()> {
    let _lock = lock(vfs, unit, source.key, LockKind::Shared, false)?;
    let from = vfs.open_dir(unit, &name(source))?;
    for entry in vfs.list(&from)? {
        let file = entry?.name;
        if vfs.hard_link(&from, &file, to, &file).is_err() {
            copy_over(vfs, &from, to, &file)?;
        }
    }
    Ok(())
}

/// Copies what cannot be linked, onto whatever has the name.
fn copy_over<V: Vfs>(vfs: &V, from: &V::Dir, to: &V::Dir, file: &Name) -> io::Result<()> {
    let source = vfs.open_file(from, file, Access::Read)?;
    let target = match vfs.open_file(to, file, Access::ReadWrite) {
        Err(error) if error.kind() == ErrorKind::NotFound => vfs.create_file(to, file)?,
        result => result?,
    };
    vfs.copy(&source, &target).map(drop)
}

/// Opens or makes a lock file and locks what was opened, whatever its name shows by then.
fn lock<V: Vfs>(
    vfs: &V,
    unit: &V::Dir,
    key: Key,
    kind: LockKind,
    make: bool,
) -> io::Result<V::File> {
    let name = name(EntryName::Lock(key));
    let file = match vfs.open_file(unit, &name, Access::ReadWrite) {
        Err(error) if make && error.kind() == ErrorKind::NotFound => {
            vfs.create_file(unit, &name)?
        }
        result => result?,
    };
    match vfs.try_lock(&file, kind)? {
        TryLock::Locked => Ok(file),
        TryLock::Busy => Err(ErrorKind::WouldBlock.into()),
    }
}

/// Renames, releases, collects.
pub(crate) fn publish<V: Vfs>(
    vfs: &V,
    unit: &V::Dir,
    session: Session<V>,
    age: Age,
) -> io::Result<()> {
    publish_only(vfs, unit, session)?;
    let _ = collect(vfs, unit, age);
    Ok(())
}

/// Renames and releases.
pub(crate) fn publish_only<V: Vfs>(vfs: &V, unit: &V::Dir, session: Session<V>) -> io::Result<()> {
    let Session { key, lock, .. } = session;
    vfs.rename(unit, &name(key.working()), unit, &name(key.published(Hash::new(0))))?;
    drop(lock);
    Ok(())
}

/// Deletes what has no lock file, what is old and free, and all published sessions that it can lock but those
/// with the greatest stamp.
///
/// # Errors
///
/// What it would warn of: the first thing that could not be deleted.
pub(crate) fn collect<V: Vfs>(vfs: &V, unit: &V::Dir, age: Age) -> io::Result<()> {
    let now = vfs.now();
    let mut warned = Ok(());
    let catalog = Catalog::new(vfs.list(unit)?);
    let mut published = Vec::new();
    for (key, found) in &catalog.sessions {
        let names = found.published.iter().map(|hash| key.published(*hash));
        let names: Vec<_> = names.chain(found.working.then(|| key.working())).collect();
        let old = now.duration_since(key.timestamp().to_system_time()).unwrap_or_default() >= OLD;
        if names.is_empty() && old && age == Age::Mended {
            warned = warned.and(vfs.remove_file(unit, &name(EntryName::Lock(*key))));
        }
        for session in names {
            if !found.lock {
                warned = warned.and(delete_tree(vfs, unit, session));
                continue;
            }
            if !session.is_published() && !old {
                continue;
            }
            let Ok(lock) = lock(vfs, unit, *key, LockKind::Exclusive, false) else { continue };
            if session.is_published() {
                published.push((session, lock));
            } else {
                warned = warned.and(delete(vfs, unit, session));
            }
        }
    }
    // Whatever begins like a session is one.
    for entry in catalog.foreign.iter().filter(|name| name.to_str().is_some_and(is_like_ours)) {
        if vfs.stat(unit, entry).is_ok_and(|stat| stat.kind == FileKind::Dir) {
            let _ = remove_tree(vfs, unit, entry);
        }
    }
    let newest = published.iter().map(|(session, _)| session.key.timestamp()).max();
    for (session, lock) in published {
        if Some(session.key.timestamp()) != newest {
            warned = warned.and(delete(vfs, unit, session));
        }
        drop(lock);
    }
    warned
}

fn is_like_ours(name: &str) -> bool {
    name.starts_with("s-")
}

fn delete<V: Vfs>(vfs: &V, unit: &V::Dir, session: SessionName) -> io::Result<()> {
    delete_tree(vfs, unit, session)?;
    vfs.remove_file(unit, &name(EntryName::Lock(session.key)))
}

/// That it is gone already is worth a warning.
fn delete_tree<V: Vfs>(vfs: &V, unit: &V::Dir, session: SessionName) -> io::Result<()> {
    let session = name(session);
    drop(vfs.open_dir(unit, &session)?);
    match remove_tree(vfs, unit, &session).errors.into_iter().next() {
        Some(error) => Err(error.into()),
        None => Ok(()),
    }
}
