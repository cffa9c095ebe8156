//! Whether a published session is what was published.
//!
//! 1. T1: its record, read under its lock, is whole and its own.
//!    That is enough for who takes the names from the record (begin does) if the machine has run ever since:
//!    nothing that was written is lost then, and a file that is missing shows as soon as it is wanted.
//! 2. T2: what listings show is what the record lists: no name more, none less, nothing of another kind. That
//!    is enough for who reads the directory itself.
//! 3. T3: if it has been started since, or that is not known: each file has the length, the time and the file
//!    id that the record says. The ids matter, because a lost relink leaves an older file under the same
//!    name. Where they mean nothing, only digests count; or that the session was synced before its record was
//!    written, so that the record stands for all of it.
//! 4. T4: where the record has digests, the contents have them. Only after T3.
//!
//! Nothing is written: whoever looks holds a shared lock.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use incrdir_lockfs::Lock;
use incrdir_naming::SessionName;
use incrdir_vfs::{Access, FileKind, Name, Stat, Vfs, failed};

use crate::list::{Digest, Item, List, Listed};
use crate::pairing::Pairing;
use crate::record::{Record, list_of, read_all};
use crate::tree::Tree;
use crate::{Durability, Error, SeedError};

/// What to do with a published session that has no record: rustc's own, one whose lock file was lost, one that
/// was published with [`Durability::None`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unrecorded {
    /// Do not use it: a power loss may have taken any part of it, and nothing would tell.
    Refuse,
    /// Use it.
    Accept,
}

/// How closely a session is compared with its record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scrutiny {
    /// Not with what is there: for who takes the names from the record.
    Record,
    /// Names and kinds.
    Names,
    /// Lengths, times and file ids as well: sees what was changed in place.
    Attributes,
    /// Contents as well, where digests are recorded.
    Digests,
}

/// Why a published session is not used, although it can be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Distrust {
    /// It has no record, and that was not accepted.
    #[error("it has no record of its files")]
    Unrecorded,
    /// Its record was written by a newer version.
    #[error(
        "its record has version {version}, which this program does not know; update the program"
    )]
    Newer {
        /// The version.
        version: u8,
    },
    /// Its record is cut short, damaged, or another session's.
    #[error("its record is {what}")]
    BadRecord {
        /// In which way.
        what: &'static str,
    },
    /// It is not what its record says.
    #[error("`{}` {mismatch}", path.display())]
    Mismatch {
        /// The file, below the session.
        path: PathBuf,
        /// What is wrong with it.
        mismatch: Mismatch,
    },
    /// The machine was started since, and this file system tells nothing that could be relied on.
    #[error(
        "the machine was started since, and without digests nothing tells whether files on {fs} are whole"
    )]
    Unknowable {
        /// The file system.
        fs: String,
    },
    /// Its record says that there is something that cannot be had.
    #[error(transparent)]
    Lacking(SeedError),
    /// It could not be looked at.
    #[error(transparent)]
    Io(#[from] incrdir_vfs::Error),
    /// It could not be listed.
    #[error(transparent)]
    Listing(#[from] Error),
}

/// How something differs from its record.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mismatch {
    /// It is not there.
    Missing,
    /// It is there and not in the record.
    Extra,
    /// It is something else, a directory perhaps.
    Kind,
    /// It has another length.
    Length {
        /// What the record says.
        recorded: u64,
        /// What it has.
        found: u64,
    },
    /// It was written to at another time.
    Time,
    /// It is another file.
    File,
    /// It has another content.
    Content,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("is missing"),
            Self::Extra => f.write_str("is not in its record"),
            Self::Kind => f.write_str("is of another kind than recorded"),
            Self::Length { recorded, found } => {
                write!(f, "has {found} bytes where {recorded} are recorded")
            }
            Self::Time => f.write_str("was written to after it had been recorded"),
            Self::File => f.write_str("is another file than the one recorded"),
            Self::Content => f.write_str("has another content than recorded"),
        }
    }
}

impl Distrust {
    /// Whether the session is known to be damaged, and not only unknown.
    pub fn is_damage(&self) -> bool {
        matches!(self, Self::Mismatch { .. } | Self::BadRecord { .. } | Self::Lacking(_))
    }
}

/// T1 to T4, as closely as the time since it was published asks for, and at least as closely as told.
/// `None`: it has no record, and that is accepted.
pub(crate) fn trust<V: Vfs>(
    vfs: &V,
    session: SessionName,
    lock: &Lock<V>,
    dir: &V::Dir,
    unrecorded: Unrecorded,
    at_least: Scrutiny,
) -> Result<Option<List>, Distrust> {
    let Some(recorded) = recorded(vfs, session, lock, unrecorded)? else { return Ok(None) };
    let (mut list, durability, is_same_boot) = recorded;
    list.durability = durability;
    let scrutiny = if is_same_boot { at_least } else { Scrutiny::Digests };
    if scrutiny == Scrutiny::Record {
        return Ok(Some(list));
    }
    let ids = Ids::of(vfs, dir, is_same_boot)?;
    let is_synced = durability >= Durability::Consistent;
    if !is_same_boot && ids == Ids::Meaningless && !is_synced && !is_digested(&list) {
        let fs = vfs.fs_info(dir).map_or_else(|_| "this file system".into(), |info| info.name);
        return Err(Distrust::Unknowable { fs: fs.into_owned() });
    }
    let tree = Tree::read(vfs, dir)?;
    let check = Check { vfs, list: &list, scrutiny, ids };
    check.directory((scrutiny > Scrutiny::Names).then_some(dir), vfs.path(dir), &tree, 0)?;
    Ok(Some(list))
}

/// T1. The list, how it was made durable, and whether the machine has run ever since it was written.
fn recorded<V: Vfs>(
    vfs: &V,
    session: SessionName,
    lock: &Lock<V>,
    unrecorded: Unrecorded,
) -> Result<Option<(List, Durability, bool)>, Distrust> {
    let without = || match unrecorded {
        Unrecorded::Accept => Ok(None),
        Unrecorded::Refuse => Err(Distrust::Unrecorded),
    };
    if lock.len() == 0 {
        return without();
    }
    let content = match read_all(lock) {
        Ok(content) => content,
        Err(error) if error.kind() == io::ErrorKind::FileTooLarge => {
            return Err(Distrust::BadRecord { what: "longer than any record" });
        }
        Err(error) => {
            return Err(
                incrdir_vfs::Error::new("read lock file", session.to_string(), error).into()
            );
        }
    };
    let record = Record::decode(&content);
    if let Some(version) = record.newer_version {
        return Err(Distrust::Newer { version });
    }
    let Some(head) = record.head else {
        return Err(Distrust::BadRecord { what: "damaged" });
    };
    if head.key != session.key {
        return Err(Distrust::BadRecord { what: "another session's" });
    }
    let Some(list) = list_of(content) else {
        return match head.durability {
            Durability::None => without(),
            _ => Err(Distrust::BadRecord { what: "cut short" }),
        };
    };
    if !list.is_of(session) {
        return Err(Distrust::BadRecord { what: "another session's" });
    }
    let is_same_boot = head.boot_id.is_some() && head.boot_id == vfs.boot_id();
    Ok(Some((list, head.durability, is_same_boot)))
}

fn is_digested(list: &List) -> bool {
    (0..list.blocks())
        .all(|block| list.block(block).iter().all(|item| !item.is_file() || item.has_digest()))
}

/// What file ids are worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ids {
    /// The machine has run ever since: each file has the id it had.
    Kept,
    /// The file system keeps them over a start of the machine.
    Stored,
    /// They are made up anew.
    Meaningless,
}

impl Ids {
    fn of<V: Vfs>(vfs: &V, dir: &V::Dir, is_same_boot: bool) -> Result<Self, Distrust> {
        if is_same_boot {
            return Ok(Self::Kept);
        }
        let info = vfs
            .fs_info(dir)
            .map_err(|error| incrdir_vfs::Error::new("ask about", vfs.path(dir), error))?;
        Ok(if info.ids_outlive_boots { Self::Stored } else { Self::Meaningless })
    }
}

struct Check<'a, V: Vfs> {
    vfs: &'a V,
    list: &'a List,
    scrutiny: Scrutiny,
    ids: Ids,
}

impl<V: Vfs> Check<'_, V> {
    /// T2 to T4 for a directory and all below it. It is only open where files are looked at.
    fn directory(
        &self,
        dir: Option<&V::Dir>,
        path: &Path,
        tree: &Tree,
        block: usize,
    ) -> Result<(), Distrust> {
        let mut pairing = Pairing::new(self.list, block);
        let items = self.list.block(block);
        let mut pairs = Vec::with_capacity(items.len());
        for entry in &tree.entries {
            match pairing.find(entry) {
                None => return Err(mismatch(path, &entry.name, Mismatch::Extra)),
                Some((_, item)) if Some(self.list.kind(item)) != entry.kind => {
                    return Err(mismatch(path, &entry.name, Mismatch::Kind));
                }
                Some((_, item)) => pairs.push((item, entry)),
            }
        }
        // No name is listed twice in one directory, so equal numbers mean that none is missing.
        if pairs.len() != items.len() {
            return Err(self.missing(path, tree, items));
        }
        if let Some(dir) = dir {
            for (item, entry) in pairs.iter().filter(|(item, _)| item.block().is_none()) {
                self.attributes(dir, item, &entry.name)?;
            }
        }
        for (item, entry) in &pairs {
            if let (Some(block), Some(below)) = (item.block(), tree.below.get(&entry.name)) {
                let open = |dir| {
                    let opened = self.vfs.open_dir(dir, &entry.name);
                    opened.map_err(failed(self.vfs, "open", dir, &entry.name))
                };
                let sub = dir.map(open).transpose()?;
                self.directory(sub.as_ref(), &path.join(&entry.name), below, block)?;
            }
        }
        Ok(())
    }

    /// T3 and T4.
    fn attributes(&self, dir: &V::Dir, item: &Item, name: &Name) -> Result<(), Distrust> {
        let vfs = self.vfs;
        let recorded = self.list.listed(item);
        let stat = vfs.stat(dir, name).map_err(failed(vfs, "look at", dir, name))?;
        if let Some(difference) = differs(&recorded, &stat, self.ids != Ids::Meaningless) {
            return Err(mismatch(vfs.path(dir), name, difference));
        }
        if let (Scrutiny::Digests, Some(digest)) = (self.scrutiny, recorded.digest)
            && digest_of(vfs, dir, name)? != digest
        {
            return Err(mismatch(vfs.path(dir), name, Mismatch::Content));
        }
        Ok(())
    }

    fn missing(&self, path: &Path, tree: &Tree, items: &[Item]) -> Distrust {
        let is_there = |name: &[u8]| {
            tree.entries.iter().any(|entry| entry.name.as_os_str().as_encoded_bytes() == name)
        };
        let first = items.iter().map(|item| self.list.name(item)).find(|name| !is_there(name));
        let name = String::from_utf8_lossy(first.unwrap_or_default()).into_owned();
        Distrust::Mismatch { path: path.join(name), mismatch: Mismatch::Missing }
    }
}

fn mismatch(path: &Path, name: &Name, mismatch: Mismatch) -> Distrust {
    Distrust::Mismatch { path: path.join(name), mismatch }
}

/// How a file differs from what is recorded of it. File systems that make file ids up anew do not keep times
/// exactly either (FAT has them in the local time zone).
pub(crate) fn differs(recorded: &Listed, stat: &Stat, ids_count: bool) -> Option<Mismatch> {
    if recorded.kind != stat.kind {
        return Some(Mismatch::Kind);
    }
    if recorded.len != stat.len {
        return Some(Mismatch::Length { recorded: recorded.len, found: stat.len });
    }
    if ids_count && recorded.inode != stat.id.inode {
        return Some(Mismatch::File);
    }
    // A link's time says nothing about where it points, and some systems do not keep it.
    if ids_count && recorded.kind == FileKind::File && recorded.mtime != Some(stat.mtime) {
        return Some(Mismatch::Time);
    }
    None
}

/// How much of a file is read at once.
const CHUNK: usize = 1 << 18;

/// The digest of a file's content.
pub(crate) fn digest_of<V: Vfs>(
    vfs: &V,
    dir: &V::Dir,
    name: &Name,
) -> Result<Digest, incrdir_vfs::Error> {
    let file = vfs.open_file(dir, name, Access::Read).map_err(failed(vfs, "open", dir, name))?;
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; CHUNK];
    let mut offset = 0;
    loop {
        let read = vfs.read(&file, offset, &mut buffer).map_err(failed(vfs, "read", dir, name))?;
        hasher.update(&buffer[..read]);
        offset += read as u64;
        if read < buffer.len() {
            return Ok(hasher.finalize().into());
        }
    }
}
