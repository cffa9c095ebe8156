//! A list that is being written.

use std::time::SystemTime;

use incrdir_naming::{Hash, Key};

use crate::bytes::{put_key, put_time};
use crate::entry::{
    Digest, HAS_CONTENT, HAS_CTIME, HAS_DIGEST, INODE, IS_INHERITED, IS_SYNCED, Listed,
    SHORTEST_ENTRY, TIME, USUAL_ENTRY,
};
use crate::frame;
use crate::kinds::LIST;
use crate::limits::MAX_LEN;

/// Where a directory is in a list that is being written.
#[derive(Debug, Clone, Copy)]
pub struct DirPlace {
    start: usize,
    end: usize,
}

/// A list that is being written: directory by directory, each block after the one that names its directory.
#[derive(Debug)]
pub struct ListWriter {
    frame: Vec<u8>,
    /// How long it will probably be.
    expected: usize,
}

impl ListWriter {
    /// Begins the list of a session that is to be published under this hash. `expected`: its probable length in bytes.
    pub fn new(key: Key, hash: Hash, now: SystemTime, expected: usize) -> Self {
        let mut frame = frame::begin(LIST);
        put_key(&mut frame, key);
        frame.extend(hash.value().to_le_bytes());
        put_time(&mut frame, now);
        Self { frame, expected }
    }

    /// Begins the block of a directory; its entries come next, then the blocks of its directories.
    pub fn begin_block(&mut self, entries: usize) {
        self.frame.extend((entries as u32).to_le_bytes());
        // Not before there is something to write: until then a listing takes more than it will keep.
        if self.frame.capacity() - self.frame.len() < entries * SHORTEST_ENTRY {
            self.frame.reserve_exact(self.expected.max(entries * USUAL_ENTRY));
        }
    }

    /// Takes an entry over from another list, as the source's.
    pub fn carry(&mut self, raw: &[u8]) {
        let start = self.frame.len();
        self.frame.extend(raw);
        self.frame[start] |= IS_INHERITED;
    }

    /// Adds an entry to the block. `name`: as the system spells it; what is beyond 64 KiB of it is not written.
    pub fn add(&mut self, name: &[u8], listed: &Listed) {
        let name = &name[..name.len().min(usize::from(u16::MAX))];
        let kind = listed.kind.code();
        let flag = |is_set, flag| if is_set { flag } else { 0 };
        let frame = &mut self.frame;
        frame.push(
            kind | flag(listed.is_inherited, IS_INHERITED)
                | flag(listed.is_synced, IS_SYNCED)
                | flag(listed.ctime.is_some(), HAS_CTIME)
                | flag(listed.content.is_some(), HAS_CONTENT)
                | flag(listed.digest.is_some(), HAS_DIGEST),
        );
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

    /// Adds a directory to the block. Returns where the rest goes, which is known when it is opened: until then its file id is not
    /// known.
    pub fn add_dir(&mut self, name: &[u8]) -> DirPlace {
        let start = self.frame.len();
        let (ctime, digest) = (Some(SystemTime::UNIX_EPOCH), Some(Digest::default()));
        self.add(name, &Listed { ctime, digest, ..Listed::of_dir(0) });
        DirPlace { start, end: self.frame.len() }
    }

    /// Says of a directory that was added what it showed before its own names were listed (its file id, its ctime, and the digest of
    /// its attributes), and whether it will be synced before the list is written.
    ///
    /// # Panics
    ///
    /// If the place is another writer's.
    pub fn put_dir(
        &mut self,
        place: DirPlace,
        inode: u64,
        ctime: Option<SystemTime>,
        digest: Digest,
        is_synced: bool,
    ) {
        let mut fields = Vec::with_capacity(INODE + TIME + digest.len());
        fields.extend(inode.to_le_bytes());
        // Without a ctime none is believed: this one is before all others.
        put_time(&mut fields, ctime.unwrap_or(SystemTime::UNIX_EPOCH));
        fields.extend(digest);
        self.frame[place.end - fields.len()..place.end].copy_from_slice(&fields);
        if is_synced {
            self.frame[place.start] |= IS_SYNCED;
        }
    }

    /// The frame. `None`: longer than what is read again ([`MAX_LEN`](crate::MAX_LEN)).
    pub fn finish(self) -> Option<Vec<u8>> {
        // A head and an origin are before it.
        let longest = MAX_LEN as usize - (256 << 10);
        if self.frame.len() > longest { None } else { frame::seal(self.frame) }
    }
}
