//! Frames: how a lock file holds a record that may be cut short.
//!
//! ```text
//! header   7 bytes "incrdir", 1 byte version (1)
//! frame    1 byte kind, 4 bytes payload length, payload, 4 bytes CRC-32 of all before it in this frame
//! string   2 bytes length, UTF-8
//! time     8 bytes seconds since 1970 (signed), 4 bytes nanoseconds
//! ```
//!
//! Numbers are little-endian. A reader skips frames of kinds it does not know and stops at the first one
//! that is incomplete or fails its checksum: that is where a power loss cut the file.

use std::ops::Range;

use std::time::{Duration, SystemTime};

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

pub(crate) fn header() -> Vec<u8> {
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

/// Where the last whole frame ends: somebody may have died while writing the next one. `None`: this is no record.
pub(crate) fn end(content: &[u8]) -> Option<usize> {
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

/// Strings longer than their length field can say are cut: they are for people.
pub(crate) fn put_string(payload: &mut Vec<u8>, text: &str) {
    let text = &text[..text.floor_char_boundary(usize::from(u16::MAX))];
    payload.extend((text.len() as u16).to_le_bytes());
    payload.extend(text.as_bytes());
}

pub(crate) fn put_time(payload: &mut Vec<u8>, time: SystemTime) {
    let (seconds, nanos) = match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => (i64::try_from(since.as_secs()).unwrap_or(i64::MAX), since.subsec_nanos()),
        Err(before) => {
            // Nanoseconds count forward, so that one time has one spelling.
            let before = before.duration();
            let whole = i64::try_from(before.as_secs()).unwrap_or(i64::MAX);
            match before.subsec_nanos() {
                0 => (-whole, 0),
                nanos => (-whole - 1, 1_000_000_000 - nanos),
            }
        }
    };
    payload.extend(seconds.to_le_bytes());
    payload.extend(nanos.to_le_bytes());
}

pub(crate) fn take<const N: usize>(payload: &mut &[u8]) -> Option<[u8; N]> {
    let (bytes, rest) = payload.split_first_chunk::<N>()?;
    *payload = rest;
    Some(*bytes)
}

pub(crate) fn take_u64(payload: &mut &[u8]) -> Option<u64> {
    take(payload).map(u64::from_le_bytes)
}

pub(crate) fn take_u32(payload: &mut &[u8]) -> Option<u32> {
    take(payload).map(u32::from_le_bytes)
}

/// A length of two bytes and so many bytes.
pub(crate) fn take_bytes<'a>(payload: &mut &'a [u8]) -> Option<&'a [u8]> {
    let len = usize::from(u16::from_le_bytes(take(payload)?));
    let (bytes, rest) = payload.split_at_checked(len)?;
    *payload = rest;
    Some(bytes)
}

pub(crate) fn take_string(payload: &mut &[u8]) -> Option<String> {
    String::from_utf8(take_bytes(payload)?.to_vec()).ok()
}

pub(crate) fn take_time(payload: &mut &[u8]) -> Option<SystemTime> {
    let seconds = i64::from_le_bytes(take(payload)?);
    let nanos = u64::from(take_u32(payload)?);
    let whole = Duration::from_secs(seconds.unsigned_abs());
    let time = match seconds {
        0.. => SystemTime::UNIX_EPOCH.checked_add(whole)?,
        _ => SystemTime::UNIX_EPOCH.checked_sub(whole)?,
    };
    time.checked_add(Duration::from_nanos(nanos))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_round_trip_on_both_sides_of_1970() {
        for nanos in [0_i64, 1, -1, 1_500_000_000, -1_500_000_000, -2_000_000_000, i64::MIN] {
            let distance = Duration::from_nanos(nanos.unsigned_abs());
            let time = match nanos {
                0.. => SystemTime::UNIX_EPOCH + distance,
                _ => SystemTime::UNIX_EPOCH - distance,
            };
            let mut bytes = Vec::new();
            put_time(&mut bytes, time);
            assert_eq!(take_time(&mut &bytes[..]), Some(time), "{nanos}");
        }
        let absurd = [0xFF; 12];
        assert!(take_time(&mut &absurd[..]).is_some(), "a second before 1970, and some");
        let mut absurd = i64::MAX.to_le_bytes().to_vec();
        absurd.extend([0xFF; 4]);
        assert_eq!(take_time(&mut &absurd[..]), None, "beyond what a time can be");
    }
}
