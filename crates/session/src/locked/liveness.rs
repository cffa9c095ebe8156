//! C6: whether the writer of a session is alive. Everybody who has to know asks here.
//!
//! Asked is whoever found the lock of a session free. Then the writer has ended, or it has lost its lock: because locks do not
//! exclude everybody here, or because the process that holds the session now was given the lock file by the writer and has
//! closed it, as `sudo`, `ssh` and servers do with what they inherit.
//!
//! The record names the process that began the session and those that it has noted since. The session is alive if one of
//! them is. It is dead if all are known to have ended. A process is known by its number, its namespace, the time at which it
//! was started, and the start of the machine:
//!
//! | the machine was started | namespace | a process with its number | it is |
//! | --- | --- | --- | --- |
//! | at another time, and locks exclude everybody: then nobody else's kernel has it | | | dead |
//! | at another time, or that is not known | | | not known: names of machines are not unique |
//! | at the same time | the same | started when it was, or that is not known | alive |
//! | | | none, one started at another time, or one that has ended | dead |
//! | | another | | not known |
//! | | not recorded | is there | taken for it: alive |
//! | | | is not there | not known: the number may be one of another namespace |
//!
//! Where locks exclude everybody, the process that began the session has ended, or it would hold the lock: only those that
//! it has noted are asked for. What is not known counts as dead once the lock file has not been changed for the caller's
//! patience.

use std::time::Duration;

use incrdir_lockfs::Lock;
use incrdir_record::{Process, Record};
use incrdir_vfs::{FsInfo, Vfs};

use crate::record::known_process;
use crate::{Error, Unit};

// Exhaustive: known to live, known to be dead, or not known.
/// What is known of the writer of a session whose lock is free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Liveness {
    /// It is alive, or somebody is that it has started and noted.
    Alive,
    /// All of them have ended, or it is as good as that: nothing is known of them, and nothing was heard for long.
    Dead,
    /// It cannot be told, and not so long ago there was somebody.
    Unknown,
}

/// Whether the writer of the session is alive whose lock was free and is held by the caller now, exclusively or shared. `record`: what
/// its lock file says.
/// `info`: of the unit's file system. `patience`: how long ago its lock file must have been changed, if nothing else is known, for it to count as dead.
///
/// # Errors
///
/// If its lock file cannot be looked at.
pub fn liveness<V: Vfs>(
    unit: &Unit<V>,
    lock: &Lock<V>,
    record: &Record,
    info: &FsInfo,
    patience: Duration,
) -> Result<Liveness, Error> {
    let vfs = &unit.vfs;
    let known = known(vfs, record, info.locks_exclude_all);
    if known != Liveness::Unknown {
        return Ok(known);
    }
    let looked = vfs.stat_file(lock.file());
    let changed = looked
        .map_err(|error| incrdir_vfs::Error::new("look at a lock file of", unit.path(), error))?
        .mtime;
    let is_long_ago = vfs.now().duration_since(changed).is_ok_and(|age| age >= patience);
    Ok(if is_long_ago { Liveness::Dead } else { Liveness::Unknown })
}

/// What a record says of its writer, while its lock is free.
fn known<V: Vfs>(vfs: &V, record: &Record, locks_exclude_all: bool) -> Liveness {
    let Some(head) = &record.head else {
        // Who wrote it, and wrote no record, is known by its lock alone.
        return if locks_exclude_all { Liveness::Dead } else { Liveness::Unknown };
    };
    let own = head.process.clone();
    let asked: Vec<&Process> = match locks_exclude_all {
        true => record.children.iter().collect(),
        false => record.children.iter().chain([&own]).collect(),
    };
    if asked.is_empty() {
        return Liveness::Dead;
    }
    match (head.boot_id, vfs.boot_id()) {
        (Some(then), Some(now)) if then == now && own.host == vfs.process().host => {}
        (Some(then), Some(now)) if then != now && locks_exclude_all => return Liveness::Dead,
        _ => return Liveness::Unknown,
    }
    let answers: Vec<_> =
        asked.iter().map(|process| vfs.is_alive(&known_process(process))).collect();
    if answers.contains(&Some(true)) {
        Liveness::Alive
    } else if answers.contains(&None) {
        Liveness::Unknown
    } else {
        Liveness::Dead
    }
}
