//! The entries of one directory: as a listing shows them, or as they are recorded of a directory that has them still.

use incrdir_record::{Kind, List};
use incrdir_vfs::{Entry, FileKind};

use crate::SeedError;
use crate::record::{bytes_of, name_of};

/// The entries of one directory of the spare.
pub(crate) enum Entries<'a> {
    Listed(Vec<Entry>),
    /// Those of a block of its list.
    Recorded(&'a List, usize),
}

/// One of them.
#[derive(Clone, Copy)]
pub(crate) struct Found<'a> {
    pub(crate) name: &'a [u8],
    pub(crate) inode: u64,
    /// What it is, where the listing says so.
    pub(crate) kind: Option<FileKind>,
}

impl Entries<'_> {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Listed(entries) => entries.len(),
            Self::Recorded(list, block) => list.block(*block).len(),
        }
    }

    pub(crate) fn get(&self, at: usize) -> Found<'_> {
        match self {
            Self::Listed(entries) => {
                let Entry { name, inode, kind, .. } = &entries[at];
                Found { name: bytes_of(name), inode: *inode, kind: *kind }
            }
            Self::Recorded(list, block) => {
                let item = &list.block(*block)[at];
                let kind = Some(file_kind(item.kind()));
                Found { name: list.name(item), inode: item.inode(), kind }
            }
        }
    }

    /// The same, to be kept. Of what is recorded it takes room, so only what is needed is asked for.
    pub(crate) fn entry(&self, at: usize) -> Result<Entry, SeedError> {
        match self {
            Self::Listed(entries) => Ok(entries[at].clone()),
            Self::Recorded(list, block) => {
                let item = &list.block(*block)[at];
                let name = name_of(list, item).ok_or_else(|| SeedError::Unspeakable {
                    dir: "the spare".into(),
                    name: String::from_utf8_lossy(list.name(item)).into_owned(),
                })?;
                Ok(Entry::new(name, Some(file_kind(item.kind())), item.inode()))
            }
        }
    }
}

fn file_kind(kind: Kind) -> FileKind {
    match kind {
        Kind::File => FileKind::File,
        Kind::Dir => FileKind::Dir,
        Kind::Symlink => FileKind::Symlink,
        _ => FileKind::Other,
    }
}
