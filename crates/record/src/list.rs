//! The list in a record: what is in a published session.
//!
//! ```text
//! list     stamp (u64), random number (u32), hash (u128) of the session; written (time); the root's block
//! block    one directory: 4 bytes number of entries, the entries in the order in which they were listed,
//!          then the blocks of those that are directories, in the same order
//! entry    1 byte kind and flags; name (2 bytes length, bytes as the system spells them); file id (u64);
//!          but for directories: length (u64), mtime (time); as the flags say: ctime (time; of a directory, as it
//!          was before its names were listed), content, digest
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

use crate::bytes::{put_time, take, take_key, take_time, take_u32};
use crate::entry::{
    BEFORE_NAME, Content, Digest, HAS_CTIME, INODE, IS_SYNCED, Item, Kind, Listed, SHORTEST_ENTRY,
    TIME, fields_len, read_entry, skim_entry,
};
use crate::frame;
use crate::kinds::LIST;
use crate::limits::MAX_DEPTH;
use crate::writer::ListWriter;

/// What is in a published session: as its record has it, or as listings show it.
///
/// Entries have numbers, counted over the whole list; those of one directory are a *block*. The first block is the
/// session's own directory.
pub struct List {
    /// The payload of its frame.
    bytes: Vec<u8>,
    is_recorded: bool,
    key: Key,
    hash: Hash,
    written: SystemTime,
    items: Vec<Item>,
    /// The items of each directory; the root's are the first.
    blocks: Vec<Range<usize>>,
}

impl List {
    /// Whether it was read from a record. Otherwise only names, kinds and the inode numbers of listings are known.
    pub fn is_recorded(&self) -> bool {
        self.is_recorded
    }

    /// The stamp and the random number of its session.
    pub fn key(&self) -> Key {
        self.key
    }

    /// When it was begun to be written.
    pub fn written(&self) -> SystemTime {
        self.written
    }

    /// The entries of one directory, by the number of its block.
    ///
    /// # Panics
    ///
    /// If there is no such block.
    pub fn block(&self, block: usize) -> &[Item] {
        &self.items[self.blocks[block].clone()]
    }

    /// An entry by its number in the whole list.
    ///
    /// # Panics
    ///
    /// If there is no such entry.
    pub fn item(&self, number: usize) -> &Item {
        &self.items[number]
    }

    /// The number of a block's first entry.
    ///
    /// # Panics
    ///
    /// If there is no such block.
    pub fn first_of(&self, block: usize) -> usize {
        self.blocks[block].start
    }

    /// Its length in bytes.
    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Whether the session is empty.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// The name of an entry, as its system spells it ([`OsStr::as_encoded_bytes`](std::ffi::OsStr::as_encoded_bytes)).
    pub fn name(&self, item: &Item) -> &[u8] {
        let start = item.start as usize + BEFORE_NAME;
        &self.bytes[start..start + usize::from(item.name_len)]
    }

    /// The entry as it is written.
    pub fn raw(&self, item: &Item) -> &[u8] {
        let len = BEFORE_NAME + usize::from(item.name_len) + INODE + fields_len(item.flags);
        &self.bytes[item.start as usize..item.start as usize + len]
    }

    /// All that is known of an entry.
    pub fn listed(&self, item: &Item) -> Listed {
        read_entry(&mut self.raw(item)).expect("BUG: decoded once").1
    }

    /// The digest of an entry's content, where it is recorded.
    pub fn digest(&self, number: usize) -> Option<Digest> {
        let item = self.item(number);
        item.has_digest().then(|| self.listed(item).digest).flatten()
    }

    /// Whose content an entry is: that of the session in which it was written.
    pub fn content(&self, number: usize) -> Content {
        let own = Content { session: self.key, entry: number as u32 };
        self.listed(self.item(number)).content.unwrap_or(own)
    }

    /// The list of some of the entries: those whose number has `true` in `takes`. An entry is in it only if the directories that lead to it
    /// are taken too. Each entry keeps the content that it has here, although it may get another number. `None`: it
    /// would be longer than any record.
    ///
    /// # Panics
    ///
    /// If `takes` is shorter than the list.
    pub fn select(&self, takes: &[bool]) -> Option<Self> {
        let mut writer = ListWriter::new(self.key, self.hash, self.written, self.bytes());
        // Blocks are numbered in the order in which they are written: a directory's after the one that it is in.
        let mut is_taken = vec![false; self.blocks.len()];
        if let Some(root) = is_taken.first_mut() {
            *root = true;
        }
        for (block, numbers) in self.blocks.iter().enumerate() {
            if !is_taken[block] {
                continue;
            }
            let numbers: Vec<usize> = numbers.clone().filter(|number| takes[*number]).collect();
            writer.begin_block(numbers.len());
            for number in numbers {
                let item = self.item(number);
                let mut listed = self.listed(item);
                match item.block() {
                    Some(below) => is_taken[below] = true,
                    None => listed.content = self.is_recorded.then(|| self.content(number)),
                }
                writer.add(self.name(item), &listed);
            }
        }
        Some(Self { is_recorded: self.is_recorded, ..Self::unrecorded(writer)? })
    }

    /// A list that a writer wrote and nobody recorded: only names, kinds and the file ids of listings are known.
    ///
    /// `None`: it is longer than any record.
    pub fn unrecorded(writer: ListWriter) -> Option<Self> {
        let bytes = writer.finish()?;
        let payload = bytes[frame::BEFORE..bytes.len() - frame::CHECKSUM].to_vec();
        Some(Self { is_recorded: false, ..Self::decode(payload)? })
    }

    /// Notes that an entry is this file now: in a tree that was copied, each one is another file than the one recorded.
    /// Of no copy it is known to be synced.
    pub fn found(
        &mut self,
        number: usize,
        inode: u64,
        mtime: SystemTime,
        ctime: Option<SystemTime>,
    ) {
        let item = &mut self.items[number];
        item.inode = inode;
        item.flags &= !IS_SYNCED;
        let (start, flags, is_dir) = (item.start as usize, item.flags, item.kind() == Kind::Dir);
        let at = start + BEFORE_NAME + usize::from(item.name_len);
        self.bytes[start] &= !IS_SYNCED;
        self.bytes[at..at + INODE].copy_from_slice(&inode.to_le_bytes());
        if is_dir {
            return;
        }
        let at = at + INODE + 8;
        self.put_time_at(at, mtime);
        if flags & HAS_CTIME != 0 {
            // Without a ctime none is believed: this one is before all others.
            self.put_time_at(at + TIME, ctime.unwrap_or(SystemTime::UNIX_EPOCH));
        }
    }

    fn put_time_at(&mut self, at: usize, time: SystemTime) {
        let mut bytes = Vec::with_capacity(TIME);
        put_time(&mut bytes, time);
        self.bytes[at..at + TIME].copy_from_slice(&bytes);
    }

    /// Its frame, with what is known now. `None`: longer than a frame can be.
    pub fn frame(&self) -> Option<Vec<u8>> {
        let mut frame = frame::begin(LIST);
        frame.extend(&self.bytes);
        frame::seal(frame)
    }

    /// Whether it is the list of this session and no other.
    pub fn is_of(&self, session: SessionName) -> bool {
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
        Some(Self { bytes, is_recorded: true, key, hash, written, items, blocks })
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
        let below = block.clone().rev().filter(|item| items[*item].kind() == Kind::Dir);
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

impl std::fmt::Debug for List {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { key, items, .. } = self;
        f.debug_struct("List")
            .field("key", key)
            .field("entries", &items.len())
            .finish_non_exhaustive()
    }
}
