//! Frames: how a lock file holds a record that may be cut short.
//!
//! ```text
//! header   7 bytes "incrdir", 1 byte version (1)
//! frame    1 byte kind, 4 bytes payload length, payload, 4 bytes CRC-32 of all before it in this frame
//! ```
//!
//! A reader skips frames of kinds it does not know and stops at the first one that is incomplete or fails its
//! checksum: that is where a power loss cut the file.

use std::ops::Range;

const MAGIC: &[u8; 7] = b"incrdir";
const VERSION: u8 = 1;
/// Kind and length.
pub(crate) const BEFORE: usize = 5;
pub(crate) const CHECKSUM: usize = 4;

/// What the first bytes of a lock file say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opening<'a> {
    /// Nothing that we wrote: empty (rustc's), or cut short in the header.
    Foreign,
    /// Written by a newer incrdir.
    Newer(u8),
    /// Frames.
    Frames(Frames<'a>),
}

/// The frames of a record, in the order in which they were written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Frames<'a>(&'a [u8]);

/// The bytes with which a record begins.
pub fn header() -> Vec<u8> {
    let mut header = MAGIC.to_vec();
    header.push(VERSION);
    header
}

pub(crate) fn open(content: &[u8]) -> Opening<'_> {
    match content.strip_prefix(MAGIC).and_then(<[u8]>::split_first) {
        None => Opening::Foreign,
        Some((&VERSION, rest)) => Opening::Frames(Frames(rest)),
        Some((&version, _)) if version > VERSION => Opening::Newer(version),
        Some(_) => Opening::Foreign,
    }
}

impl<'a> Iterator for Frames<'a> {
    type Item = (u8, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let content = self.0;
        let kind = *content.first()?;
        let len = u32::from_le_bytes(content.get(1..BEFORE)?.try_into().ok()?) as usize;
        let end = len.checked_add(BEFORE)?;
        let payload = content.get(BEFORE..end)?;
        let sum: [u8; CHECKSUM] = content.get(end..end.checked_add(CHECKSUM)?)?.try_into().ok()?;
        if u32::from_le_bytes(sum) != crc32fast::hash(&content[..end]) {
            return None;
        }
        self.0 = &content[end + CHECKSUM..];
        Some((kind, payload))
    }
}

/// Kinds and payloads of all frames, as places in the content.
pub(crate) fn places(content: &[u8]) -> Vec<(u8, Range<usize>)> {
    let Opening::Frames(frames) = open(content) else { return Vec::new() };
    let mut end = content.len() - frames.0.len();
    let place = |(kind, payload): (u8, &[u8])| {
        let payload = end + BEFORE..end + BEFORE + payload.len();
        end = payload.end + CHECKSUM;
        (kind, payload)
    };
    frames.map(place).collect()
}

/// Where the last whole frame of a lock file's content ends. Its writer may have died while it wrote the next one, and
/// nothing behind a frame that is cut short is ever read: whoever appends to the record of another process appends here.
/// `None`: the content is no record.
pub fn end(content: &[u8]) -> Option<usize> {
    let Opening::Frames(mut frames) = open(content) else { return None };
    while frames.next().is_some() {}
    Some(content.len() - frames.0.len())
}

/// A frame that is being written: its payload is appended to the bytes, then it is sealed.
pub(crate) fn begin(kind: u8) -> Vec<u8> {
    let mut frame = vec![kind];
    frame.extend([0; BEFORE - 1]);
    frame
}

/// Puts the length and the checksum of a frame in. `None`: its payload is longer than 4 GiB.
pub(crate) fn seal(mut frame: Vec<u8>) -> Option<Vec<u8>> {
    let len = u32::try_from(frame.len() - BEFORE).ok()?;
    frame[1..BEFORE].copy_from_slice(&len.to_le_bytes());
    let sum = crc32fast::hash(&frame);
    frame.extend(sum.to_le_bytes());
    Some(frame)
}

/// A frame of a payload that is known to be short.
pub(crate) fn short(kind: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = begin(kind);
    frame.extend(payload);
    seal(frame).expect("BUG: only lists are long")
}
