//! The record of a session, read and written under its lock; and what its types are in terms of the file system.

use std::io;

use incrdir_lockfs::Lock;
use incrdir_naming::Key;
use incrdir_record::{
    Head, Item, Kind, List, Listed, MAX_LEN, Process, READ_LIMIT, Record, Whole, encode_reason,
    end, header,
};
use incrdir_vfs::{FileKind, Name, Stat, Vfs};

use crate::Durability;

/// Reads who began the session whose lock is held, and what from: the beginning of its lock file.
///
/// # Errors
///
/// As [`Lock::read`].
pub fn read_record<V: Vfs>(lock: &Lock<V>) -> io::Result<Record> {
    Ok(Record::decode(&lock.read(READ_LIMIT)?))
}

/// Reads all of the record but its list, the reason of a quarantine included.
///
/// # Errors
///
/// As [`Lock::read`]; `FileTooLarge` if the lock file has more than [`MAX_LEN`] bytes, which no record has.
pub fn read_whole_record<V: Vfs>(lock: &Lock<V>) -> io::Result<Record> {
    Ok(Record::decode(&read_all(lock)?))
}

/// Reads all of the record, the list of the session's files included.
///
/// # Errors
///
/// As [`read_whole_record`].
pub fn read_with_list<V: Vfs>(lock: &Lock<V>) -> io::Result<Whole> {
    Ok(Whole::decode(read_all(lock)?))
}

/// The whole content of a lock file, unless it is longer than any record.
pub(crate) fn read_all<V: Vfs>(lock: &Lock<V>) -> io::Result<Vec<u8>> {
    if lock.len() > MAX_LEN {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    lock.read(usize::MAX)
}

/// Writes into the record why nobody is to use the session any more, also where there was no record.
///
/// # Errors
///
/// As [`Lock::append`].
pub(crate) fn forbid<V: Vfs>(lock: &mut Lock<V>, reason: &str) -> io::Result<()> {
    append(lock, &encode_reason(reason))
}

/// Appends to the record of a process that may have died while writing it: nothing behind a frame that is cut short is
/// read.
///
/// # Errors
///
/// As [`Lock::read`] and [`Lock::append`].
pub(crate) fn append<V: Vfs>(lock: &mut Lock<V>, frames: &[u8]) -> io::Result<()> {
    if lock.len() == 0 {
        return lock.append(&[&header(), frames].concat());
    }
    let end = end(&read_all(lock)?).map_or(lock.len(), |end| end as u64);
    lock.append_after(end, frames)
}

/// Describes the calling process as the one that begins a session.
pub(crate) fn head_of_caller<V: Vfs>(
    vfs: &V,
    program: &str,
    key: Key,
    durability: Durability,
) -> Head {
    Head::new(key, durability, program, recorded(&vfs.process()), vfs.boot_id())
}

/// A process as it is recorded.
pub(crate) fn recorded(process: &incrdir_vfs::Process) -> Process {
    Process::new(process.pid, &process.host, process.namespace, process.started)
}

/// A process that was recorded, for questions to the system.
pub(crate) fn known_process(process: &Process) -> incrdir_vfs::Process {
    let Process { pid, host, namespace, started, .. } = process.clone();
    let mut known = incrdir_vfs::Process::new(pid, host);
    (known.namespace, known.started) = (namespace, started);
    known
}

/// What a file is, as it is recorded.
pub(crate) fn recorded_kind(kind: FileKind) -> Kind {
    match kind {
        FileKind::File => Kind::File,
        FileKind::Dir => Kind::Dir,
        FileKind::Symlink => Kind::Symlink,
        _ => Kind::Other,
    }
}

/// What is recorded of a file that shows this.
pub(crate) fn listed_of(stat: &Stat) -> Listed {
    match stat.kind {
        FileKind::Dir => Listed::of_dir(stat.id.inode),
        kind => Listed::new(recorded_kind(kind), stat.id.inode, stat.len, stat.mtime),
    }
}

/// A name as it is recorded.
pub(crate) fn bytes_of(name: &Name) -> &[u8] {
    name.as_os_str().as_encoded_bytes()
}

/// The name of an entry. `None` for one that this platform cannot spell.
pub(crate) fn name_of(list: &List, item: &Item) -> Option<Name> {
    Name::from_encoded_bytes(list.name(item))
}
