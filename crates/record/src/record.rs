//! All that a lock file says of its session.

use std::ops::Range;
use std::time::SystemTime;

use crate::bytes::{put_string, take_string};
use crate::frame::{self, Opening};
use crate::kinds::{CHILD, HEAD, LIST, ORIGIN, PLACE, REASON, SEAL, WAITING, WATCHED};
use crate::place::decode_seal;
use crate::{Head, List, Origin, Place, Process, Waiting};

/// What a lock file says of its session, but for the list of its files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Record {
    /// Who began the session. `None`: the record is not ours, or cut short.
    pub head: Option<Head>,
    /// What the session was seeded from. `None`: its writer did not get that far.
    pub origin: Option<Origin>,
    /// Processes that the writer started and noted, because they may write into the session.
    pub children: Vec<Process>,
    /// Where the session was published.
    pub place: Option<Place>,
    /// The ctime of the session's directory under its published name.
    pub seal: Option<SystemTime>,
    /// Why nobody is to use the session, if so: the reason of a quarantine for example.
    pub reason: Option<String>,
    /// Whether processes that the writer had started were still running at the publication. They may write into the
    /// session's files at any time.
    pub is_watched: bool,
    /// That the session was filled ahead of time and waits to be taken over.
    pub waiting: Option<Waiting>,
    /// The version of the record, if it is newer than this library. Then nothing else of it is known.
    pub newer_version: Option<u8>,
}

/// A record and its list of files.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Whole {
    /// All but the list.
    pub record: Record,
    /// What the session holds. `None`: it was not published with a list, or that is cut short or damaged.
    pub list: Option<List>,
}

impl Record {
    /// Reads the content of a lock file, or its beginning, without the list. Never fails: what is not understood is not
    /// there.
    pub fn decode(content: &[u8]) -> Self {
        scan(content).0
    }
}

impl Whole {
    /// Reads the whole content of a lock file. Never fails: what is not understood is not there.
    pub fn decode(mut content: Vec<u8>) -> Self {
        let (record, list) = scan(&content);
        let list = list.and_then(|payload| {
            // In place: beside a copy it would take as much as all the rest.
            content.truncate(payload.end);
            content.drain(..payload.start);
            List::decode(content)
        });
        Self { record, list }
    }
}

/// Reads all frames but the list, and says where the payload of the list is.
///
/// Of several lists the last one counts, with what was written after it: an attempt to publish that failed leaves one, and
/// a tree that was copied is recorded anew.
fn scan(content: &[u8]) -> (Record, Option<Range<usize>>) {
    let (mut record, mut list) = (Record::default(), None);
    if let Opening::Newer(version) = frame::open(content) {
        record.newer_version = Some(version);
    }
    for (kind, place) in frame::places(content) {
        let mut payload = &content[place.clone()];
        match kind {
            HEAD => record.head = Head::decode(payload),
            ORIGIN => record.origin = Origin::decode(payload),
            CHILD => {
                let host = record.head.as_ref().map(|head| &*head.process.host);
                let child = host.and_then(|host| Process::decode_child(payload, host));
                record.children.extend(child);
            }
            LIST => {
                list = Some(place);
                (record.place, record.seal) = (None, None);
            }
            PLACE => record.place = Place::decode(payload),
            SEAL => record.seal = decode_seal(payload),
            WATCHED => record.is_watched = true,
            WAITING => record.waiting = Waiting::decode(payload),
            REASON => record.reason = take_string(&mut payload),
            _ => {}
        }
    }
    (record, list)
}

/// The frame that says that processes of a session's writer were still running when it was published.
pub fn encode_watched() -> Vec<u8> {
    frame::short(WATCHED, &[])
}

/// The frame that says why nobody is to use a session any more. A reason of more than 64 KiB is cut.
pub fn encode_reason(reason: &str) -> Vec<u8> {
    let mut payload = Vec::new();
    put_string(&mut payload, reason);
    frame::short(REASON, &payload)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use incrdir_naming::{Key, Timestamp};

    use super::*;
    use crate::{Durability, SeedMode, SeenSource};

    fn content() -> (Record, usize, Vec<u8>) {
        let stamp = Timestamp::from_micros(1_700_000_000_000_000).unwrap();
        let head = Head {
            key: Key::new(stamp, 9),
            durability: Durability::Detect,
            program: "tool 1.0".into(),
            process: Process {
                pid: 42,
                host: "box".into(),
                namespace: Some(4_026_531_836),
                started: Some(0),
            },
            boot_id: Some(7),
        };
        let source = "s-hofbj985f4-1wf0why-18xvudajikphu8ktz4jz3zhmb".parse().unwrap();
        let origin = Origin::new(Some(source), SeedMode::Link, Some(3))
            .unit(Some("main-0l5si3gacvbvl".parse().unwrap()))
            .patterns(vec!["-*.tmp".into(), "+deps".into()]);
        let mut content = head.encode();
        let head_ends = content.len();
        content.extend(origin.encode());
        let child = Process { pid: 43, started: Some(u64::MAX - 1), ..head.process.clone() };
        content.extend(child.encode_child());
        let time = SystemTime::UNIX_EPOCH + Duration::new(1_700_000_000, 5);
        let place = Place::new(Some(7), Some(3), 11, Some(time), Duration::from_micros(4_000));
        let waiting = Waiting::new(place, time, SeenSource::new(12, time, 1 << 40), true);
        content.extend(waiting.encode());
        content.extend(encode_reason("torn"));
        let record = Record {
            waiting: Some(waiting),
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
