//! One entry of a list: a file, a directory or a link, and what the list says of it.

use std::num::NonZeroU32;
use std::ops::Range;
use std::time::SystemTime;

use incrdir_naming::Key;

use crate::bytes::{take, take_bytes, take_key, take_time, take_u32, take_u64};

pub(crate) const IS_INHERITED: u8 = 8;
pub(crate) const IS_SYNCED: u8 = 16;
pub(crate) const HAS_CTIME: u8 = 32;
pub(crate) const HAS_CONTENT: u8 = 64;
pub(crate) const HAS_DIGEST: u8 = 128;

/// A BLAKE3 digest.
pub type Digest = [u8; 32];

/// Where the content of a file was written: equal ones are equal contents, wherever they have been copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
// Exhaustive: these two identify it.
pub struct Content {
    /// The session in which it was written.
    pub session: Key,
    /// The number of its entry in the list of that session.
    pub entry: u32,
}

/// What something in a session is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// A regular file.
    File,
    /// A directory.
    Dir,
    /// A symbolic link.
    Symlink,
    /// Something else: a pipe, a socket, a device.
    Other,
}

impl Kind {
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::File => 1,
            Self::Dir => 2,
            Self::Symlink => 3,
            Self::Other => 4,
        }
    }
}

/// One entry of a list, as an index into its bytes. Small, because there is one for each file.
#[derive(Debug, Clone)]
pub struct Item {
    pub(crate) inode: u64,
    /// Where it begins.
    pub(crate) start: u32,
    /// The block of a directory's own entries: never the first, which is the root's.
    pub(crate) block: Option<NonZeroU32>,
    pub(crate) name_len: u16,
    pub(crate) flags: u8,
}

/// What a list says of a file besides its name.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Listed {
    /// What it is.
    pub kind: Kind,
    /// Its inode number; 0 where that is not known.
    pub inode: u64,
    /// Its length in bytes; 0 for a directory.
    pub len: u64,
    /// When its content was last changed; `None` for a directory.
    pub mtime: Option<SystemTime>,
    /// When its inode was last changed. Of files only known of those with one name: a link moves it. Of a directory, as it
    /// was before its names were listed.
    pub ctime: Option<SystemTime>,
    /// Where its content was first written. `None`: in this session, as this entry.
    pub content: Option<Content>,
    /// The digest of its content; of a directory, of its attributes.
    pub digest: Option<Digest>,
    /// Whether it was taken over from the session's source.
    pub is_inherited: bool,
    /// Whether it was synced before the list was written; a directory, whether its names were.
    pub is_synced: bool,
}

impl Listed {
    /// A file, a link, or something that is not a directory.
    pub fn new(kind: Kind, inode: u64, len: u64, mtime: SystemTime) -> Self {
        Self { kind, len, mtime: Some(mtime), ..Self::of_dir(inode) }
    }

    /// A directory.
    pub fn of_dir(inode: u64) -> Self {
        Self {
            kind: Kind::Dir,
            inode,
            len: 0,
            mtime: None,
            ctime: None,
            content: None,
            digest: None,
            is_inherited: false,
            is_synced: false,
        }
    }
}

impl Item {
    /// Its inode number; 0 where that is not known.
    pub fn inode(&self) -> u64 {
        self.inode
    }

    /// The number of the block that holds a directory's own entries; `None` for anything else.
    pub fn block(&self) -> Option<usize> {
        self.block.map(|block| block.get() as usize)
    }

    /// What it is.
    pub fn kind(&self) -> Kind {
        kind_of(self.flags).expect("BUG: an unknown kind is not decoded")
    }

    /// Whether a listing of the session's own device shows it with this inode number.
    pub fn is_inode(&self, inode: u64) -> bool {
        self.inode == inode && inode != 0
    }

    /// Whether it was synced before the list was written.
    pub fn is_synced(&self) -> bool {
        self.flags & IS_SYNCED != 0
    }

    /// Whether a digest is recorded.
    pub fn has_digest(&self) -> bool {
        self.flags & HAS_DIGEST != 0
    }
}

/// A file with a name as long as compilers give theirs.
pub(crate) const USUAL_ENTRY: usize = BEFORE_NAME + 32 + INODE + PLAIN_FIELDS;

/// Flags, name of one byte, file id.
pub(crate) const SHORTEST_ENTRY: usize = BEFORE_NAME + 1 + INODE;

/// Kind and flags, and the length of the name.
pub(crate) const BEFORE_NAME: usize = 3;
pub(crate) const INODE: usize = 8;
pub(crate) const TIME: usize = 12;
/// Length and mtime.
const PLAIN_FIELDS: usize = 8 + TIME;

/// How long the fields are that come after the file id.
pub(crate) fn fields_len(flags: u8) -> usize {
    let is_dir = kind_of(flags) == Some(Kind::Dir);
    let mut len = if is_dir { 0 } else { PLAIN_FIELDS };
    for (flag, size) in [(HAS_CTIME, TIME), (HAS_CONTENT, 16), (HAS_DIGEST, 32)] {
        len += if flags & flag == 0 { 0 } else { size };
    }
    len
}

/// Reads where an entry begins and ends, and no more than that needs.
pub(crate) fn skim_entry(rest: &mut &[u8], start: u32) -> Option<Item> {
    let [flags] = take(rest)?;
    let kind = kind_of(flags)?;
    let name = take_bytes(rest)?;
    if name.is_empty() {
        return None;
    }
    let name_len = u16::try_from(name.len()).ok()?;
    let inode = take_u64(rest)?;
    let (fields, after) = rest.split_at_checked(fields_len(flags))?;
    // The times and the stamp are the only numbers that can be wrong.
    let is_plain = fields.is_empty() || kind != Kind::Dir && has_plain_time(fields);
    if !is_plain || fields.len() > PLAIN_FIELDS {
        read_fields(flags, kind, inode, &mut &*fields)?;
    }
    *rest = after;
    Some(Item { inode, start, block: None, name_len, flags })
}

/// Whether the mtime, after the length, is one that every system can hold: after 1970 and before 2106.
fn has_plain_time(fields: &[u8]) -> bool {
    fields.get(12..16) == Some(&[0; 4])
}

pub(crate) fn read_entry(rest: &mut &[u8]) -> Option<(Range<usize>, Listed)> {
    let before = rest.len();
    let [flags] = take(rest)?;
    let kind = kind_of(flags)?;
    let name = take_bytes(rest)?;
    let end = before - rest.len();
    let inode = take_u64(rest)?;
    Some((end - name.len()..end, read_fields(flags, kind, inode, rest)?))
}

fn read_fields(flags: u8, kind: Kind, inode: u64, rest: &mut &[u8]) -> Option<Listed> {
    let (mut len, mut mtime) = (0, None);
    if kind != Kind::Dir {
        len = take_u64(rest)?;
        mtime = Some(take_time(rest)?);
    }
    let mut listed = Listed {
        kind,
        inode,
        len,
        mtime,
        ctime: None,
        content: None,
        digest: None,
        is_inherited: flags & IS_INHERITED != 0,
        is_synced: flags & IS_SYNCED != 0,
    };
    if flags & HAS_CTIME != 0 {
        listed.ctime = Some(take_time(rest)?);
    }
    if flags & HAS_CONTENT != 0 {
        listed.content = Some(Content { session: take_key(rest)?, entry: take_u32(rest)? });
    }
    if flags & HAS_DIGEST != 0 {
        listed.digest = Some(take(rest)?);
    }
    Some(listed)
}

pub(crate) fn kind_of(flags: u8) -> Option<Kind> {
    match flags & 7 {
        1 => Some(Kind::File),
        2 => Some(Kind::Dir),
        3 => Some(Kind::Symlink),
        4 => Some(Kind::Other),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A directory with a content, which no writer gives one, whose stamp no name can hold.
    #[test]
    fn an_impossible_stamp_is_seen_in_any_kind_of_entry() {
        let mut entry = vec![2 | HAS_CONTENT, 1, 0, b'd'];
        entry.extend([0; INODE]);
        entry.extend(u64::MAX.to_le_bytes());
        entry.extend([0; 8]);
        assert!(skim_entry(&mut &entry[..], 0).is_none());
    }
}
