//! The record: what is written about a session inside its lock file.
//!
//! The content of a lock file is append-only: an 8-byte header, then frames. It is read and written only
//! through a handle that holds the lock, and never written under a shared lock. An empty lock file is
//! rustc's, or was cut short.
//!
//! ```text
//! header   7 bytes "incrdir", 1 byte version (1)
//! frame    1 byte kind, 4 bytes payload length, payload, 4 bytes CRC-32 of all before it in this frame
//! head     kind 1: program (string), pid (u32), host (string), boot id (u128, 0: none), start (u64, us)
//! origin   kind 2: source session (string, empty: none), seed mode (u8)
//! string   2 bytes length, UTF-8
//! ```
//!
//! Numbers are little-endian. A reader skips frames of kinds it does not know and stops at the first one
//! that is incomplete or fails its checksum: that is where a power loss cut the file.

use std::io;

use incrdir_lockfs::Lock;
use incrdir_naming::{SessionName, Timestamp};
use incrdir_vfs::Vfs;

use crate::SeedMode;

const HEADER: [u8; 8] = *b"incrdir\x01";
const HEAD: u8 = 1;
const ORIGIN: u8 = 2;
/// Kind, length and checksum.
const FRAME_OVERHEAD: usize = 9;
/// More than a head and an origin can take: what is read of a lock file to find them.
const READ_LIMIT: usize = 64 << 10;

/// What is known about a session from its lock file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record {
    /// Who began it. `None`: not one of ours, or cut short.
    pub head: Option<Head>,
    /// What it was seeded from. `None`: its writer did not get that far.
    pub origin: Option<Origin>,
}

/// Written at the birth of a lock file: who its writer is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Name and version of the program.
    pub program: String,
    /// Process id on its host.
    pub pid: u32,
    /// The host's name.
    pub host: String,
    /// Which start of the machine it runs in, where that is known.
    pub boot_id: Option<u128>,
    /// When it began.
    pub start: Timestamp,
}

/// Written after seeding: where the content came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The published session; `None` for a cold start.
    pub source: Option<SessionName>,
    /// How it was seeded.
    pub mode: SeedMode,
}

impl Head {
    /// Describes the calling process.
    pub(crate) fn of_caller<V: Vfs>(vfs: &V, program: &str, start: Timestamp) -> Self {
        let process = vfs.process();
        Self {
            program: program.into(),
            pid: process.pid,
            host: process.host,
            boot_id: vfs.boot_id(),
            start,
        }
    }

    /// The header and the head frame: the content of a lock file at its birth.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut payload = Vec::new();
        put_string(&mut payload, &self.program);
        payload.extend(self.pid.to_le_bytes());
        put_string(&mut payload, &self.host);
        payload.extend(self.boot_id.unwrap_or(0).to_le_bytes());
        payload.extend(self.start.micros().to_le_bytes());
        let mut content = HEADER.to_vec();
        content.extend(frame(HEAD, &payload));
        content
    }

    fn decode(mut payload: &[u8]) -> Option<Self> {
        let program = take_string(&mut payload)?;
        let pid = u32::from_le_bytes(take(&mut payload)?);
        let host = take_string(&mut payload)?;
        let boot_id = u128::from_le_bytes(take(&mut payload)?);
        let start = Timestamp::from_micros(u64::from_le_bytes(take(&mut payload)?)).ok()?;
        Some(Self { program, pid, host, boot_id: (boot_id != 0).then_some(boot_id), start })
    }
}

impl Origin {
    /// The origin frame.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut payload = Vec::new();
        put_string(&mut payload, &self.source.map(|name| name.to_string()).unwrap_or_default());
        payload.push(self.mode.code());
        frame(ORIGIN, &payload)
    }

    fn decode(mut payload: &[u8]) -> Option<Self> {
        let source = take_string(&mut payload)?;
        let source = if source.is_empty() { None } else { Some(source.parse().ok()?) };
        let [mode] = take(&mut payload)?;
        Some(Self { source, mode: SeedMode::from_code(mode)? })
    }
}

impl Record {
    /// Reads the record of the session whose lock is held.
    ///
    /// # Errors
    ///
    /// As [`Lock::read`].
    pub fn read<V: Vfs>(lock: &Lock<V>) -> io::Result<Self> {
        Ok(Self::decode(&lock.read(READ_LIMIT)?))
    }

    /// Reads what can be read of a lock file's content. Never fails: what is not understood is not there.
    pub fn decode(content: &[u8]) -> Self {
        let mut record = Self::default();
        let Some(mut rest) = content.strip_prefix(&HEADER) else { return record };
        while let Some((kind, payload)) = take_frame(&mut rest) {
            match kind {
                HEAD => record.head = Head::decode(payload),
                ORIGIN => record.origin = Origin::decode(payload),
                _ => {}
            }
        }
        record
    }
}

fn frame(kind: u8, payload: &[u8]) -> Vec<u8> {
    let len = u32::try_from(payload.len()).expect("BUG: heads and origins are small");
    let mut frame = Vec::with_capacity(payload.len() + FRAME_OVERHEAD);
    frame.push(kind);
    frame.extend(len.to_le_bytes());
    frame.extend(payload);
    frame.extend(crc32fast::hash(&frame).to_le_bytes());
    frame
}

fn take_frame<'a>(rest: &mut &'a [u8]) -> Option<(u8, &'a [u8])> {
    let content = *rest;
    let kind = *content.first()?;
    let len = u32::from_le_bytes(content.get(1..5)?.try_into().ok()?) as usize;
    let end = len.checked_add(5)?;
    let payload = content.get(5..end)?;
    let sum: [u8; 4] = content.get(end..end.checked_add(4)?)?.try_into().ok()?;
    if u32::from_le_bytes(sum) != crc32fast::hash(&content[..end]) {
        return None;
    }
    *rest = &content[end + 4..];
    Some((kind, payload))
}

/// Strings longer than their length field can say are cut: they are for people.
fn put_string(payload: &mut Vec<u8>, text: &str) {
    let text = &text[..text.floor_char_boundary(usize::from(u16::MAX))];
    payload.extend((text.len() as u16).to_le_bytes());
    payload.extend(text.as_bytes());
}

fn take<const N: usize>(payload: &mut &[u8]) -> Option<[u8; N]> {
    let (bytes, rest) = payload.split_first_chunk::<N>()?;
    *payload = rest;
    Some(*bytes)
}

fn take_string(payload: &mut &[u8]) -> Option<String> {
    let len = usize::from(u16::from_le_bytes(take(payload)?));
    let (text, rest) = payload.split_at_checked(len)?;
    *payload = rest;
    String::from_utf8(text.to_vec()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content() -> (Head, Origin, Vec<u8>) {
        let head = Head {
            program: "tool 1.0".into(),
            pid: 42,
            host: "box".into(),
            boot_id: Some(7),
            start: Timestamp::from_micros(1_700_000_000_000_000).unwrap(),
        };
        let source = "s-hofbj985f4-1wf0why-18xvudajikphu8ktz4jz3zhmb".parse().unwrap();
        let origin = Origin { source: Some(source), mode: SeedMode::Link };
        let mut content = head.encode();
        content.extend(origin.encode());
        (head, origin, content)
    }

    #[test]
    fn a_record_round_trips() {
        let (head, origin, content) = content();
        assert_eq!(Record::decode(&content), Record { head: Some(head), origin: Some(origin) });
    }

    #[test]
    fn every_truncation_keeps_what_is_whole_and_invents_nothing() {
        let (head, origin, content) = content();
        let head_ends = head.encode().len();
        for len in 0..content.len() {
            let record = Record::decode(&content[..len]);
            assert_eq!(record.head, (len >= head_ends).then(|| head.clone()), "{len}");
            assert_eq!(record.origin, None, "{len}");
        }
        assert_eq!(Record::decode(&content).origin, Some(origin));
    }

    #[test]
    fn no_bit_flip_goes_unseen() {
        let (head, origin, content) = content();
        for bit in 0..content.len() * 8 {
            let mut flipped = content.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let record = Record::decode(&flipped);
            let whole = Record { head: Some(head.clone()), origin: Some(origin.clone()) };
            assert_ne!(record, whole, "bit {bit}");
            assert!(record.head.is_none_or(|found| found == head), "bit {bit}");
            assert!(record.origin.is_none_or(|found| found == origin), "bit {bit}");
        }
    }

    #[test]
    fn a_rustc_lock_file_and_noise_are_records_of_nothing() {
        for content in
            [&b""[..], b"incrdir", b"incrdir\x02\x01", b"hello world, this is not a record"]
        {
            assert_eq!(Record::decode(content), Record::default());
        }
    }
}
