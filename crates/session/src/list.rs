//! The list in a record: what is in a published session.
//!
//! ```text
//! list     stamp (u64), random number (u32), hash (u128) of the session; written (time); the root's block
//! block    one directory: 4 bytes number of entries, the entries in the order in which they were listed,
//!          then the blocks of those that are directories, in the same order
//! entry    1 byte kind and flags; name (2 bytes length, bytes as the system spells them); file id (u64);
//!          but for directories: length (u64), mtime (time); as the flags say: ctime (time), content, digest
//! kind     1 file, 2 directory, 3 symbolic link, 4 other
//! flags    8: is the source's; 16: was synced; 32: has a ctime; 64: has a content; 128: has a digest
//! content  stamp (u64) and random number (u32) of the session in which the content was written, number of
//!          the entry in that session's list (u32). Without it: this session, this entry.
//! digest   32 bytes, BLAKE3 of the content; of a directory, of its attributes (attributes.rs)
//! ```
//!
//! A file id of 0 is one that is not known: of what lies on another device than the session, where the same number
//! may be another file's. It equals no other.
//!
//! Directories list their names in some fixed order, so a list is compared with a listing in one pass
//! without searching, mostly.

use std::num::NonZeroU32;
use std::ops::Range;
use std::time::SystemTime;

use incrdir_naming::{Hash, Key, SessionName};
use incrdir_vfs::{FileKind, Name, Stat};

use crate::Durability;
use crate::frame::{self, put_time, take, take_bytes, take_time, take_u32, take_u64};
use crate::record::{LIST, MAX_LEN, put_key, take_key};
use crate::trail::MAX_DEPTH;

const IS_INHERITED: u8 = 8;
const IS_SYNCED: u8 = 16;
const HAS_CTIME: u8 = 32;
const HAS_CONTENT: u8 = 64;
const HAS_DIGEST: u8 = 128;

/// A BLAKE3 digest.
pub(crate) type Digest = [u8; 32];

/// Where the content of a file was written: equal ones are equal contents, wherever they have been copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Content {
    pub(crate) session: Key,
    pub(crate) entry: u32,
}

/// What is in a published session: as its record has it, or as listings show it.
pub(crate) struct List {
    /// The payload of its frame.
    bytes: Vec<u8>,
    /// Whether it was recorded. Else only names, kinds and the file ids of listings are known.
    pub(crate) is_recorded: bool,
    /// What its writer promised of it.
    pub(crate) durability: Durability,
    pub(crate) key: Key,
    hash: Hash,
    pub(crate) written: SystemTime,
    items: Vec<Item>,
    /// The items of each directory; the root's are the first.
    blocks: Vec<Range<usize>>,
}

/// One entry, as an index into the payload. Small: there is one for each file.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(crate) inode: u64,
    /// Where it begins.
    start: u32,
    /// The block of a directory's own entries: never the first, which is the root's.
    block: Option<NonZeroU32>,
    name_len: u16,
    flags: u8,
}

/// What a list says of a file besides its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) kind: FileKind,
    pub(crate) inode: u64,
    pub(crate) len: u64,
    pub(crate) mtime: Option<SystemTime>,
    pub(crate) ctime: Option<SystemTime>,
    pub(crate) content: Option<Content>,
    pub(crate) digest: Option<Digest>,
    pub(crate) is_inherited: bool,
    pub(crate) is_synced: bool,
}

impl Listed {
    pub(crate) fn of(stat: &Stat) -> Self {
        let is_dir = stat.kind == FileKind::Dir;
        Self {
            len: if is_dir { 0 } else { stat.len },
            mtime: (!is_dir).then_some(stat.mtime),
            kind: stat.kind,
            ..Self::of_dir(stat.id.inode)
        }
    }

    pub(crate) fn of_dir(inode: u64) -> Self {
        Self {
            kind: FileKind::Dir,
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
    /// The block of a directory's own entries.
    pub(crate) fn block(&self) -> Option<usize> {
        self.block.map(|block| block.get() as usize)
    }

    pub(crate) fn is_file(&self) -> bool {
        kind_of(self.flags) == Some(FileKind::File)
    }

    /// Whether it is the file that a listing shows with this inode number, on the session's own device.
    pub(crate) fn is_inode(&self, inode: u64) -> bool {
        self.inode == inode && inode != 0
    }

    pub(crate) fn is_synced(&self) -> bool {
        self.flags & IS_SYNCED != 0
    }

    pub(crate) fn has_digest(&self) -> bool {
        self.flags & HAS_DIGEST != 0
    }
}

impl List {
    /// The entries of one directory.
    pub(crate) fn block(&self, block: usize) -> &[Item] {
        &self.items[self.blocks[block].clone()]
    }

    /// An entry by its number in the whole list.
    pub(crate) fn item(&self, number: usize) -> &Item {
        &self.items[number]
    }

    /// The number of a block's first entry in the list.
    pub(crate) fn first_of(&self, block: usize) -> usize {
        self.blocks[block].start
    }

    /// How many bytes it takes.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// How many entries there are.
    pub(crate) fn len(&self) -> usize {
        self.items.len()
    }

    pub(crate) fn name(&self, item: &Item) -> &[u8] {
        let start = item.start as usize + BEFORE_NAME;
        &self.bytes[start..start + usize::from(item.name_len)]
    }

    /// The entry as it is written.
    pub(crate) fn raw(&self, item: &Item) -> &[u8] {
        let len = BEFORE_NAME + usize::from(item.name_len) + INODE + fields_len(item.flags);
        &self.bytes[item.start as usize..item.start as usize + len]
    }

    pub(crate) fn kind(&self, item: &Item) -> FileKind {
        kind_of(item.flags).expect("BUG: an unknown kind is not decoded")
    }

    /// All that is known of an entry.
    pub(crate) fn listed(&self, item: &Item) -> Listed {
        read_entry(&mut self.raw(item)).expect("BUG: decoded once").1
    }

    /// The digest of an entry's content, where it is recorded.
    pub(crate) fn digest(&self, number: usize) -> Option<Digest> {
        let item = self.item(number);
        item.has_digest().then(|| self.listed(item).digest).flatten()
    }

    /// The name of an entry. `None` for one that this platform cannot spell.
    pub(crate) fn vfs_name(&self, item: &Item) -> Option<Name> {
        Name::from_encoded_bytes(self.name(item))
    }

    /// A list that a writer wrote and nobody recorded: only names, kinds and the file ids of listings are known.
    ///
    /// `None`: it is longer than any record.
    pub(crate) fn unrecorded(writer: Writer) -> Option<Self> {
        let bytes = writer.finish()?;
        let payload = bytes[frame::BEFORE..bytes.len() - frame::CHECKSUM].to_vec();
        Some(Self { is_recorded: false, ..Self::decode(payload)? })
    }

    /// Notes that an entry is this file now: in a tree that was copied, each one is another file than the one recorded.
    /// Of no copy it is known to be synced.
    pub(crate) fn found(&mut self, number: usize, stat: &Stat) {
        let item = &mut self.items[number];
        item.inode = stat.id.inode;
        item.flags &= !IS_SYNCED;
        let start = item.start as usize;
        let inode = start + BEFORE_NAME + usize::from(item.name_len);
        self.bytes[start] &= !IS_SYNCED;
        self.bytes[inode..inode + INODE].copy_from_slice(&item.inode.to_le_bytes());
        if item.is_dir() {
            return;
        }
        let mut at = inode + INODE + 8;
        self.put_time_at(at, stat.mtime);
        if self.items[number].flags & HAS_CTIME != 0 {
            at += TIME;
            // Without a ctime none is believed: this one is before all others.
            self.put_time_at(at, stat.ctime.unwrap_or(SystemTime::UNIX_EPOCH));
        }
    }

    fn put_time_at(&mut self, at: usize, time: SystemTime) {
        let mut bytes = Vec::with_capacity(TIME);
        put_time(&mut bytes, time);
        self.bytes[at..at + TIME].copy_from_slice(&bytes);
    }

    /// The frame of it, as it is known now.
    pub(crate) fn frame(&self) -> Option<Vec<u8>> {
        let mut frame = frame::begin(LIST);
        frame.extend(&self.bytes);
        frame::seal(frame)
    }

    /// Whether it is the list of this session and no other.
    pub(crate) fn is_of(&self, session: SessionName) -> bool {
        session == self.key.published(self.hash)
    }

    /// Reads the payload of a frame. `None`: it is not one.
    pub(crate) fn decode(bytes: Vec<u8>) -> Option<Self> {
        let mut rest = &bytes[..];
        let key = take_key(&mut rest)?;
        let hash = Hash::new(u128::from_le_bytes(take(&mut rest)?));
        let written = take_time(&mut rest)?;
        let (mut items, mut blocks) = (Vec::new(), Vec::new());
        // The frame's length has four bytes, so offsets fit in as many.
        let whole = u32::try_from(bytes.len()).ok()?;
        decode_blocks(&mut rest, whole, &mut items, &mut blocks)?;
        if !rest.is_empty() {
            return None;
        }
        let durability = Durability::None;
        Some(Self { bytes, is_recorded: true, durability, key, hash, written, items, blocks })
    }
}

/// Reads the root's block and all others: each directory's before its next sibling's, and after the one it is in.
fn decode_blocks(
    rest: &mut &[u8],
    whole: u32,
    items: &mut Vec<Item>,
    blocks: &mut Vec<Range<usize>>,
) -> Option<()> {
    // Directories that still come, with their depths, the next one last.
    let mut pending: Vec<(Option<usize>, usize)> = vec![(None, 0)];
    while let Some((of, depth)) = pending.pop() {
        if depth > MAX_DEPTH {
            return None;
        }
        let own = u32::try_from(blocks.len()).ok()?;
        let block = decode_block(rest, whole, items)?;
        if let Some(of) = of {
            items[of].block = NonZeroU32::new(own);
        }
        let below = block.clone().rev().filter(|item| items[*item].is_dir());
        pending.extend(below.map(|item| (Some(item), depth + 1)));
        blocks.push(block);
    }
    Some(())
}

fn decode_block(rest: &mut &[u8], whole: u32, items: &mut Vec<Item>) -> Option<Range<usize>> {
    let count = take_u32(rest)? as usize;
    let start = items.len();
    // A count is only believed as far as there are bytes for it.
    items.reserve(count.min(rest.len() / SHORTEST_ENTRY));
    for _ in 0..count {
        let before = whole - rest.len() as u32;
        items.push(skim_entry(rest, before)?);
    }
    Some(start..items.len())
}

/// A file with a name as long as compilers give theirs.
const USUAL_ENTRY: usize = BEFORE_NAME + 32 + INODE + PLAIN_FIELDS;

/// Flags, name of one byte, file id.
const SHORTEST_ENTRY: usize = BEFORE_NAME + 1 + INODE;

impl Item {
    fn is_dir(&self) -> bool {
        kind_of(self.flags) == Some(FileKind::Dir)
    }
}

/// Kind and flags, and the length of the name.
const BEFORE_NAME: usize = 3;
const INODE: usize = 8;
const TIME: usize = 12;
/// Length and mtime.
const PLAIN_FIELDS: usize = 8 + TIME;

/// How long the fields are that come after the file id.
fn fields_len(flags: u8) -> usize {
    let is_dir = kind_of(flags) == Some(FileKind::Dir);
    let mut len = if is_dir { 0 } else { PLAIN_FIELDS };
    for (flag, size) in [(HAS_CTIME, TIME), (HAS_CONTENT, 16), (HAS_DIGEST, 32)] {
        len += if flags & flag == 0 { 0 } else { size };
    }
    len
}

/// Reads where an entry begins and ends, and no more than that needs.
fn skim_entry(rest: &mut &[u8], start: u32) -> Option<Item> {
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
    let is_plain = fields.is_empty() || kind != FileKind::Dir && has_plain_time(fields);
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

fn read_entry(rest: &mut &[u8]) -> Option<(Range<usize>, Listed)> {
    let before = rest.len();
    let [flags] = take(rest)?;
    let kind = kind_of(flags)?;
    let name = take_bytes(rest)?;
    let end = before - rest.len();
    let inode = take_u64(rest)?;
    Some((end - name.len()..end, read_fields(flags, kind, inode, rest)?))
}

fn read_fields(flags: u8, kind: FileKind, inode: u64, rest: &mut &[u8]) -> Option<Listed> {
    let (mut len, mut mtime) = (0, None);
    if kind != FileKind::Dir {
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

fn kind_of(flags: u8) -> Option<FileKind> {
    match flags & 7 {
        1 => Some(FileKind::File),
        2 => Some(FileKind::Dir),
        3 => Some(FileKind::Symlink),
        4 => Some(FileKind::Other),
        _ => None,
    }
}

/// A list that is being written.
pub(crate) struct Writer {
    frame: Vec<u8>,
    /// How long it will probably be.
    expected: usize,
}

impl Writer {
    pub(crate) fn new(key: Key, hash: Hash, now: SystemTime, expected: usize) -> Self {
        let mut frame = frame::begin(LIST);
        put_key(&mut frame, key);
        frame.extend(hash.value().to_le_bytes());
        put_time(&mut frame, now);
        Self { frame, expected }
    }

    /// Begins the block of a directory; its entries come next, then the blocks of its directories.
    pub(crate) fn begin_block(&mut self, entries: usize) {
        self.frame.extend((entries as u32).to_le_bytes());
        // Not before there is something to write: until then a listing takes more than it will keep.
        if self.frame.capacity() - self.frame.len() < entries * SHORTEST_ENTRY {
            self.frame.reserve_exact(self.expected.max(entries * USUAL_ENTRY));
        }
    }

    /// Takes an entry over from another list, as the source's.
    pub(crate) fn carry(&mut self, raw: &[u8]) {
        let start = self.frame.len();
        self.frame.extend(raw);
        self.frame[start] |= IS_INHERITED;
    }

    pub(crate) fn add(&mut self, name: &Name, listed: &Listed) {
        let name = name.as_os_str().as_encoded_bytes();
        let kind = match listed.kind {
            FileKind::File => 1,
            FileKind::Dir => 2,
            FileKind::Symlink => 3,
            FileKind::Other => 4,
        };
        let flag = |is_set, flag| if is_set { flag } else { 0 };
        let frame = &mut self.frame;
        frame.push(
            kind | flag(listed.is_inherited, IS_INHERITED)
                | flag(listed.is_synced, IS_SYNCED)
                | flag(listed.ctime.is_some(), HAS_CTIME)
                | flag(listed.content.is_some(), HAS_CONTENT)
                | flag(listed.digest.is_some(), HAS_DIGEST),
        );
        // No system has names of 64 KiB.
        frame.extend((name.len() as u16).to_le_bytes());
        frame.extend(name);
        frame.extend(listed.inode.to_le_bytes());
        if let Some(mtime) = listed.mtime {
            frame.extend(listed.len.to_le_bytes());
            put_time(frame, mtime);
        }
        if let Some(ctime) = listed.ctime {
            put_time(frame, ctime);
        }
        if let Some(content) = listed.content {
            put_key(frame, content.session);
            frame.extend(content.entry.to_le_bytes());
        }
        frame.extend(listed.digest.iter().flatten());
    }

    /// Notes a directory. Returns where the digest of its attributes goes: they are known when it is opened.
    pub(crate) fn add_dir(&mut self, name: &Name, inode: u64) -> usize {
        let digest = Digest::default();
        self.add(name, &Listed { digest: Some(digest), ..Listed::of_dir(inode) });
        self.frame.len() - digest.len()
    }

    pub(crate) fn put_digest(&mut self, place: usize, digest: Digest) {
        self.frame[place..place + digest.len()].copy_from_slice(&digest);
    }

    /// The frame. `None`: longer than what would be read again.
    pub(crate) fn finish(self) -> Option<Vec<u8>> {
        // A head and an origin are before it.
        let longest = MAX_LEN as usize - (256 << 10);
        if self.frame.len() > longest { None } else { frame::seal(self.frame) }
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
