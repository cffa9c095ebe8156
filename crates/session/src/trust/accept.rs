//! A session that was copied or restored is recorded anew, so that it is compared file by file only once.
//!
//! 1. N1: take its exclusive lock. Somebody uses it: this is not done.
//! 2. N2: write the list, with the ids and times that its files have here, and the place where it is now.
//! 3. N3: write the seal, and release the lock.
//!
//! A death between N2 and N3 leaves a session without a seal, which is looked at once more. By itself this is only done
//! to a session that is not the newest any more: whoever begins meanwhile is not to find the newest one in use.

use incrdir_lockfs::{Acquire, Lock, try_acquire};
use incrdir_naming::{EntryName, Hash, Key, SessionName, State};
use incrdir_record::{
    Content, Kind, List, ListWriter, Listed, MAX_DEPTH, MAX_LEN, Whole, encode_seal,
};
use incrdir_vfs::{DirStat, FileKind, LockKind, Vfs, failed, is_transient, kind_of};

use crate::locked::hold::{Held, hold};
use crate::observe;
use crate::record::{append, bytes_of, listed_of, read_all};
use crate::tree::list;
use crate::tree::trail::{Pending, Trail};
use crate::trust::digest::digest_of;
use crate::trust::evidence::Clock;
use crate::trust::standing::place_of;
use crate::{Error, Unit, vfs_name};

// Exhaustive: whoever asks says what happened to the session.
/// What happened to a session that was to be recorded as it is.
#[derive(Debug)]
pub enum Accepted {
    /// It is recorded anew: this many files, directories and links.
    Done(u64),
    /// Somebody uses it.
    Busy,
    /// It has no record that could be continued.
    Unrecorded,
    /// It is gone.
    Gone,
}

/// N1 to N3 for a session that was found to be what its record says, in another place. `newer` was published since and is
/// held meanwhile, so that there is one to start from. Nothing is lost if it fails.
pub(crate) fn accept_found<V: Vfs>(
    unit: &Unit<V>,
    session: SessionName,
    newer: SessionName,
    list: &List,
) {
    let Ok(Held { lock: held, .. }) = hold(unit, newer) else { return };
    let lock_name = vfs_name(EntryName::Lock(session.key));
    let lock = try_acquire(&unit.vfs, &unit.dir, &lock_name, LockKind::Exclusive);
    if let Ok(Acquire::Locked(mut lock)) = lock {
        if let Some(frame) = list.frame() {
            let _ = record(unit, session, &mut lock, frame);
        }
        let _ = lock.release();
    }
    let _ = held.release();
}

/// Records a published session as it is now, because somebody says that this is what it should be: a copy whose times
/// were not kept, for example. What is in it counts as new, not as what was published.
///
/// # Errors
///
/// If it cannot be locked, listed, read or recorded; `TooDeep` and `TooMany` as for any session.
pub fn accept_moved<V: Vfs>(unit: &Unit<V>, session: SessionName) -> Result<Accepted, Error> {
    let lock_name = vfs_name(EntryName::Lock(session.key));
    let acquired = try_acquire(&unit.vfs, &unit.dir, &lock_name, LockKind::Exclusive)?;
    let mut lock = match acquired {
        Acquire::Locked(lock) => lock,
        Acquire::Busy => return Ok(Accepted::Busy),
        Acquire::NotFound => return Ok(Accepted::Gone),
    };
    let accepted = accept_under(unit, session, &mut lock);
    let _ = lock.release();
    accepted
}

fn accept_under<V: Vfs>(
    unit: &Unit<V>,
    session: SessionName,
    lock: &mut Lock<V>,
) -> Result<Accepted, Error> {
    let lock_name = vfs_name(EntryName::Lock(session.key));
    let content =
        read_all(lock).map_err(failed(&unit.vfs, "read lock file", &unit.dir, &lock_name))?;
    let written = Whole::decode(content);
    let is_own = written.record.head.is_some_and(|head| head.key == session.key);
    let State::Published(hash) = session.state else { return Ok(Accepted::Unrecorded) };
    let Some(old) = written.list.filter(|list| is_own && list.is_of(session)) else {
        return Ok(Accepted::Unrecorded);
    };
    let (writer, count) = survey(unit, session, hash, &old)?;
    let too_many = || Error::TooMany { path: unit.path().join(session.to_string()) };
    let frame = writer.finish().ok_or_else(too_many)?;
    if lock.len() + frame.len() as u64 > MAX_LEN {
        return Err(too_many());
    }
    record(unit, session, lock, frame)?;
    Ok(Accepted::Done(count))
}

/// Lists what is there. Each content is one of its own, which no other session has.
fn survey<V: Vfs>(
    unit: &Unit<V>,
    session: SessionName,
    hash: Hash,
    old: &List,
) -> Result<(ListWriter, u64), Error> {
    let vfs = &unit.vfs;
    let name = vfs_name(session);
    let top = vfs.open_dir(&unit.dir, &name).map_err(failed(vfs, "open", &unit.dir, &name))?;
    let info = vfs
        .fs_info(&top)
        .map_err(|error| incrdir_vfs::Error::new("ask about", vfs.path(&top), error))?;
    let has_digests = (0..old.len())
        .any(|number| old.item(number).kind() == Kind::File && old.digest(number).is_some());
    // Its own stamp with another number: no session has this key, so nobody else claims to have these contents.
    let contents = Key::new(session.key.timestamp(), vfs.random());
    let seen = look(vfs, &top)?;
    let mut writer = ListWriter::new(session.key, hash, vfs.now(), old.bytes());
    let mut trail = Trail::new(vfs, &top);
    let mut pending = Pending::new();
    let (mut next, mut count) = (Some(()), 0);
    while next.is_some() {
        let depth = trail.depth();
        let (dir, found) = trail.look()?;
        if depth > MAX_DEPTH {
            return Err(Error::TooDeep { path: vfs.path(dir).into() });
        }
        let is_here = found.is_none_or(|found| found.stat.id.device == seen.stat.id.device);
        let mut entries = list(vfs, dir)?;
        entries.retain(|entry| !(info.renames_removed && is_transient(&entry.name)));
        writer.begin_block(entries.len());
        let mut below = Vec::new();
        for entry in entries {
            let name = &entry.name;
            let kind = kind_of(vfs, dir, &entry).map_err(failed(vfs, "look at", dir, name))?;
            let mut listed = Listed::of_dir(entry.inode);
            if kind != FileKind::Dir {
                let stat = vfs.stat(dir, name).map_err(failed(vfs, "look at", dir, name))?;
                listed = listed_of(&stat);
                let entry = u32::try_from(count).unwrap_or(u32::MAX);
                listed.content = Some(Content { session: contents, entry });
                if has_digests && kind == FileKind::File {
                    listed.digest = Some(digest_of(vfs, dir, name)?);
                }
            }
            if !is_here {
                listed.inode = 0;
            }
            writer.add(bytes_of(name), &listed);
            count += 1;
            if kind == FileKind::Dir {
                below.push((entry.name, ()));
            }
        }
        pending.add(below);
        next = pending.next(&mut trail);
    }
    Ok((writer, count))
}

fn look<V: Vfs>(vfs: &V, dir: &V::Dir) -> Result<DirStat, Error> {
    let look = |error| incrdir_vfs::Error::new("look at", vfs.path(dir), error);
    Ok(vfs.stat_dir(dir).map_err(look)?)
}

/// N2 and N3.
fn record<V: Vfs>(
    unit: &Unit<V>,
    session: SessionName,
    lock: &mut Lock<V>,
    mut frames: Vec<u8>,
) -> Result<(), Error> {
    let vfs = &unit.vfs;
    let name = vfs_name(session);
    let dir = vfs.open_dir(&unit.dir, &name).map_err(failed(vfs, "open", &unit.dir, &name))?;
    let info = vfs
        .fs_info(&dir)
        .map_err(|error| incrdir_vfs::Error::new("ask about", vfs.path(&dir), error))?;
    let seen = look(vfs, &dir)?;
    // How fine the times are was not seen.
    frames.extend(place_of(vfs, &seen, Clock::of(&info, false).step).encode());
    if let Some(ctime) = seen.stat.ctime {
        frames.extend(encode_seal(ctime));
    }
    let lock_name = vfs_name(EntryName::Lock(session.key));
    append(lock, &frames).map_err(failed(vfs, "write lock file", &unit.dir, &lock_name))?;
    observe::recorded_anew(session);
    Ok(())
}
