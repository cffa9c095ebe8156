//! The record: what is written about a session inside its lock file.
//!
//! The content of a lock file is append-only: a header, then frames (`frame.rs`). It is read and written
//! only through a handle that holds the lock, and never written under a shared lock. An empty lock file is
//! rustc's, or was cut short.
//!
//! ```text
//! head     kind 1, at birth: stamp (u64, us), random number (u32) of the session's name; durability (u8);
//!          program (string); pid (u32), host (string), boot id (u128, 0: none); may be missing: namespace and start of
//!          the process (u64 each, 0: not known, else one more)
//! origin   kind 2, after seeding: source session (string, empty: none), seed mode (u8), 1 byte: 0 (or missing) or 1
//!          more than the sessions since one in its line was begun cold although something was published
//! list     kind 3, at publish: what is in the session (list.rs)
//! reason   kind 4, when it is quarantined: text (string)
//! place    kind 5, with the list: where it was published (place.rs)
//! seal     kind 6, after the rename: when that was (place.rs)
//! child    kind 8, while it is being written: a process that may write into it, of the same host: pid (u32), namespace and
//!          start as in the head
//! watched  kind 7, before the list, without payload: processes that its writer had started were still running
//! ```

use std::io;
use std::time::SystemTime;

use incrdir_lockfs::Lock;
use incrdir_naming::{Key, SessionName, Timestamp};
use incrdir_vfs::{Process, Vfs};

use crate::frame::{self, Opening, put_string, take, take_string, take_u32, take_u64};
use crate::list::List;
use crate::place::{Place, decode_seal};
use crate::{Durability, SeedMode};

const HEAD: u8 = 1;
const ORIGIN: u8 = 2;
pub(crate) const LIST: u8 = 3;
const REASON: u8 = 4;
pub(crate) const PLACE: u8 = 5;
pub(crate) const SEAL: u8 = 6;
const WATCHED: u8 = 7;
const CHILD: u8 = 8;

/// More than a head and an origin can take: what is read of a lock file to find them.
const READ_LIMIT: usize = 8 << 10;

/// How much is kept of the name of a program, or of a host.
const LONGEST_NAME: usize = 1 << 10;

fn cut(name: &str) -> String {
    let fits = |(at, char): &(usize, char)| at + char.len_utf8() <= LONGEST_NAME;
    name.char_indices().take_while(fits).map(|(_, char)| char).collect()
}

/// A lock file longer than this is not read: about three million files.
pub(crate) const MAX_LEN: u64 = 256 << 20;

/// What is known about a session from its lock file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record {
    /// Who began it. `None`: not one of ours, or cut short.
    pub head: Option<Head>,
    /// What it was seeded from. `None`: its writer did not get that far.
    pub origin: Option<Origin>,
    /// Processes that its writer started, and that may write into it: see [`Working::note_child`](crate::Working::note_child).
    pub children: Vec<Process>,
    /// Why it was quarantined, if it was.
    pub reason: Option<String>,
    /// Whether processes that its writer had started were still running when it was published: they may write into its
    /// files at any time.
    pub is_watched: bool,
    /// The version it was written in, if that is newer than what this library knows: then nothing else of it
    /// is known.
    pub newer_version: Option<u8>,
}

/// Written at the birth of a lock file: who its writer is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Which session this is the record of. Its stamp is when it began.
    pub key: Key,
    /// How it was to be published.
    pub durability: Durability,
    /// Name and version of the program.
    pub program: String,
    /// The process that began it. Older records say neither of which namespace it is nor when it was started.
    pub process: Process,
    /// Which start of the machine it runs in, where that is known.
    pub boot_id: Option<u128>,
}

/// Written after seeding: where the content came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The published session; `None` for a cold start.
    pub source: Option<SessionName>,
    /// How it was seeded.
    pub mode: SeedMode,
    /// How many sessions ago one in its line began cold although others were published that it could have started from,
    /// had they been had; 0: it did itself. It is no reason to delete those. `None`: none did, or long ago.
    pub since_cold: Option<u8>,
}

impl Head {
    /// Describes the calling process.
    pub(crate) fn of_caller<V: Vfs>(
        vfs: &V,
        program: &str,
        key: Key,
        durability: Durability,
    ) -> Self {
        let mut process = vfs.process();
        process.host = cut(&process.host);
        Self { key, durability, program: cut(program), process, boot_id: vfs.boot_id() }
    }

    /// The header and the head frame: the content of a lock file at its birth.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut payload = Vec::new();
        put_key(&mut payload, self.key);
        payload.push(self.durability.code());
        put_string(&mut payload, &self.program);
        payload.extend(self.process.pid.to_le_bytes());
        put_string(&mut payload, &self.process.host);
        payload.extend(self.boot_id.unwrap_or(0).to_le_bytes());
        put_who(&mut payload, &self.process);
        let mut content = frame::header();
        content.extend(frame::short(HEAD, &payload));
        content
    }

    fn decode(mut payload: &[u8]) -> Option<Self> {
        let key = take_key(&mut payload)?;
        let [durability] = take(&mut payload)?;
        let program = take_string(&mut payload)?;
        let pid = take_u32(&mut payload)?;
        let host = take_string(&mut payload)?;
        let boot_id = u128::from_le_bytes(take(&mut payload)?);
        let (namespace, started) = take_who(&mut payload).unwrap_or_default();
        Some(Self {
            key,
            durability: Durability::from_code(durability)?,
            program,
            process: Process { pid, host, user: None, namespace, started },
            boot_id: (boot_id != 0).then_some(boot_id),
        })
    }
}

impl Origin {
    /// The origin frame.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut payload = Vec::new();
        put_string(&mut payload, &self.source.map(|name| name.to_string()).unwrap_or_default());
        payload.push(self.mode.code());
        payload.push(self.since_cold.map_or(0, |sessions| sessions.saturating_add(1)));
        frame::short(ORIGIN, &payload)
    }

    fn decode(mut payload: &[u8]) -> Option<Self> {
        let source = take_string(&mut payload)?;
        let source = if source.is_empty() { None } else { Some(source.parse().ok()?) };
        let [mode] = take(&mut payload)?;
        let [since_cold] = take(&mut payload).unwrap_or_default();
        let since_cold = since_cold.checked_sub(1);
        Some(Self { source, mode: SeedMode::from_code(mode)?, since_cold })
    }
}

/// The frame of a process that the writer of a session has started.
pub(crate) fn encode_child(child: &Process) -> Vec<u8> {
    let mut payload = child.pid.to_le_bytes().to_vec();
    put_who(&mut payload, child);
    frame::short(CHILD, &payload)
}

/// Such a process is of the host of the head.
fn decode_child(mut payload: &[u8], head: Option<&Head>) -> Option<Process> {
    let pid = take_u32(&mut payload)?;
    let (namespace, started) = take_who(&mut payload)?;
    Some(Process { pid, host: head?.process.host.clone(), user: None, namespace, started })
}

/// What a process id means. Numbers are one more than they are: 0 is not known.
fn put_who(payload: &mut Vec<u8>, process: &Process) {
    for number in [process.namespace, process.started] {
        payload.extend(number.and_then(|number| number.checked_add(1)).unwrap_or(0).to_le_bytes());
    }
}

fn take_who(payload: &mut &[u8]) -> Option<(Option<u64>, Option<u64>)> {
    let (namespace, started) = (take_u64(payload)?, take_u64(payload)?);
    Some((namespace.checked_sub(1), started.checked_sub(1)))
}

/// Writes into the record why nobody is to use the session any more, also where there was no record.
///
/// # Errors
///
/// As [`Lock::append`].
pub(crate) fn put_away<V: Vfs>(lock: &mut Lock<V>, reason: &str) -> io::Result<()> {
    append(lock, &encode_reason(reason))
}

/// Appends to the record of somebody who may have died while writing it: nothing behind a frame that is cut short is read.
///
/// # Errors
///
/// As [`Lock::read`] and [`Lock::append`].
pub(crate) fn append<V: Vfs>(lock: &mut Lock<V>, frames: &[u8]) -> io::Result<()> {
    if lock.len() == 0 {
        return lock.append(&[&frame::header(), frames].concat());
    }
    let end = frame::end(&read_all(lock)?).map_or(lock.len(), |end| end as u64);
    lock.append_after(end, frames)
}

fn encode_reason(reason: &str) -> Vec<u8> {
    let mut payload = Vec::new();
    put_string(&mut payload, reason);
    frame::short(REASON, &payload)
}

impl Record {
    /// Reads who began the session whose lock is held, and what from: the beginning of its lock file.
    ///
    /// # Errors
    ///
    /// As [`Lock::read`].
    pub fn read<V: Vfs>(lock: &Lock<V>) -> io::Result<Self> {
        Ok(Self::decode(&lock.read(READ_LIMIT)?))
    }

    /// Reads all of the record, the reason of a quarantine included.
    ///
    /// # Errors
    ///
    /// As [`Lock::read`]; `FileTooLarge` if the lock file has more than 256 MiB, which no record has.
    pub fn read_whole<V: Vfs>(lock: &Lock<V>) -> io::Result<Self> {
        Ok(Self::decode(&read_all(lock)?))
    }

    /// Reads what can be read of a lock file's content. Never fails: what is not understood is not there.
    pub fn decode(content: &[u8]) -> Self {
        let mut record = Self::default();
        let frames = match frame::open(content) {
            Opening::Foreign => return record,
            Opening::Newer(version) => {
                record.newer_version = Some(version);
                return record;
            }
            Opening::Frames(frames) => frames,
        };
        for (kind, payload) in frames {
            match kind {
                HEAD => record.head = Head::decode(payload),
                ORIGIN => record.origin = Origin::decode(payload),
                CHILD => record.children.extend(decode_child(payload, record.head.as_ref())),
                WATCHED => record.is_watched = true,
                REASON => record.reason = take_string(&mut &*payload),
                _ => {}
            }
        }
        record
    }
}

/// The whole content of a lock file, unless it is absurdly long.
pub(crate) fn read_all<V: Vfs>(lock: &Lock<V>) -> io::Result<Vec<u8>> {
    if lock.len() > MAX_LEN {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    lock.read(usize::MAX)
}

/// The frame that says that processes of a session's writer were still running when it was published.
pub(crate) fn encode_watched() -> Vec<u8> {
    frame::short(WATCHED, &[])
}

/// All that a published session's lock file says of it.
#[derive(Default)]
pub(crate) struct Written {
    pub(crate) head: Option<Head>,
    pub(crate) origin: Option<Origin>,
    pub(crate) list: Option<List>,
    pub(crate) place: Option<Place>,
    pub(crate) seal: Option<SystemTime>,
    /// Whether somebody may still be writing into its files.
    pub(crate) is_watched: bool,
    /// Why nobody is to use it, if so.
    pub(crate) reason: Option<String>,
    pub(crate) newer_version: Option<u8>,
}

impl Written {
    /// Reads the content of a lock file. Of several lists the last one counts, with what was written after it: an attempt
    /// to publish that failed leaves one, and a tree that was copied is recorded anew.
    pub(crate) fn decode(mut content: Vec<u8>) -> Self {
        let mut written = Self::default();
        if let Opening::Newer(version) = frame::open(&content) {
            written.newer_version = Some(version);
        }
        let mut list = None;
        for (kind, place) in frame::places(&content) {
            let payload = &content[place.clone()];
            match kind {
                HEAD => written.head = Head::decode(payload),
                ORIGIN => written.origin = Origin::decode(payload),
                LIST => {
                    list = Some(place);
                    (written.place, written.seal) = (None, None);
                }
                PLACE => written.place = Place::decode(payload),
                SEAL => written.seal = decode_seal(payload),
                WATCHED => written.is_watched = true,
                REASON => written.reason = take_string(&mut &*payload),
                _ => {}
            }
        }
        written.list = list.and_then(|payload| {
            // In place: beside a copy it would take as much as all the rest.
            content.truncate(payload.end);
            content.drain(..payload.start);
            List::decode(content)
        });
        written
    }
}

pub(crate) fn put_key(payload: &mut Vec<u8>, key: Key) {
    payload.extend(key.timestamp().micros().to_le_bytes());
    payload.extend(key.rand().to_le_bytes());
}

pub(crate) fn take_key(payload: &mut &[u8]) -> Option<Key> {
    let timestamp = Timestamp::from_micros(take_u64(payload)?).ok()?;
    Some(Key::new(timestamp, take_u32(payload)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content() -> (Record, usize, Vec<u8>) {
        let stamp = Timestamp::from_micros(1_700_000_000_000_000).unwrap();
        let head = Head {
            key: Key::new(stamp, 9),
            durability: Durability::Detect,
            program: "tool 1.0".into(),
            process: Process {
                user: None,
                pid: 42,
                host: "box".into(),
                namespace: Some(4_026_531_836),
                started: Some(0),
            },
            boot_id: Some(7),
        };
        let source = "s-hofbj985f4-1wf0why-18xvudajikphu8ktz4jz3zhmb".parse().unwrap();
        let origin = Origin { source: Some(source), mode: SeedMode::Link, since_cold: Some(3) };
        let mut content = head.encode();
        let head_ends = content.len();
        content.extend(origin.encode());
        let child = Process { pid: 43, started: Some(u64::MAX - 1), ..head.process.clone() };
        content.extend(encode_child(&child));
        content.extend(encode_reason("torn"));
        let record = Record {
            head: Some(head),
            origin: Some(origin),
            children: vec![child],
            reason: Some("torn".into()),
            ..Record::default()
        };
        (record, head_ends, content)
    }

    #[test]
    fn a_record_round_trips() {
        let (record, _, content) = content();
        assert_eq!(Record::decode(&content), record);
    }

    #[test]
    fn every_truncation_keeps_what_is_whole_and_invents_nothing() {
        let (whole, head_ends, content) = content();
        for len in 0..content.len() {
            let record = Record::decode(&content[..len]);
            assert_eq!(record.head.is_some(), len >= head_ends, "{len}");
            assert!(record.head.is_none() || record.head == whole.head, "{len}");
            assert!(record.origin.is_none() || record.origin == whole.origin, "{len}");
            assert_eq!(record.reason, None, "{len}");
        }
    }

    /// Records of before say neither of which namespace a process is nor when it was started.
    #[test]
    fn an_older_head_is_read() {
        let (record, ..) = content();
        let mut head = record.head.unwrap();
        let whole = head.encode();
        let older =
            &whole[frame::header().len() + frame::BEFORE..whole.len() - frame::CHECKSUM - 16];
        let mut content = frame::header();
        content.extend(frame::short(HEAD, older));
        (head.process.namespace, head.process.started) = (None, None);
        assert_eq!(Record::decode(&content).head, Some(head));
    }

    #[test]
    fn no_bit_flip_goes_unseen() {
        let (whole, _, content) = content();
        for bit in 0..content.len() * 8 {
            let mut flipped = content.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let record = Record::decode(&flipped);
            assert_ne!(record, whole, "bit {bit}");
            assert!(record.head.is_none() || record.head == whole.head, "bit {bit}");
            assert!(record.origin.is_none() || record.origin == whole.origin, "bit {bit}");
        }
    }

    #[test]
    fn a_rustc_lock_file_and_noise_are_records_of_nothing() {
        for content in
            [&b""[..], b"incrdir", b"incrdir\x00\x01", b"hello world, this is not a record"]
        {
            assert_eq!(Record::decode(content), Record::default());
        }
        let newer = Record { newer_version: Some(2), ..Record::default() };
        assert_eq!(Record::decode(b"incrdir\x02\x01"), newer);
    }
}
