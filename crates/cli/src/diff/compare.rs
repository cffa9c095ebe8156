//! Compares what two sessions hold, by the evidence that there is.
//!
//! 1. Another kind or another length is a change.
//! 2. Digests decide, where both are recorded.
//! 3. One recorded content is one content, and one file is the same in both.
//! 4. Nothing else proves that two files of one length are equal: they are read, if that is wanted.

use incrdir_record::Kind;

use super::document::{Changed, Diff, Entry, Unknown};
use super::side::{Node, Side};

/// How much of a file is read at once.
const CHUNK: usize = 1 << 18;

enum Verdict {
    Same,
    Changed(&'static str),
    Unknown(String),
}

/// `reads`: whether files may be read.
pub(super) fn compare(from: &Side, to: &Side, reads: bool) -> Diff {
    let mut diff = Diff::new(from.path.display().to_string(), to.path.display().to_string());
    for (path, node) in &from.nodes {
        match to.nodes.get(path) {
            None => diff.removed.push(entry(path, node)),
            Some(other) => add(&mut diff, (from, node), (to, other), path, reads),
        }
        if from.is_stopped() {
            break;
        }
    }
    let added = to.nodes.iter().filter(|(path, _)| !from.nodes.contains_key(*path));
    diff.added = added.map(|(path, node)| entry(path, node)).collect();
    diff
}

fn add(diff: &mut Diff, from: (&Side, &Node), to: (&Side, &Node), path: &[u8], reads: bool) {
    let verdict = match differ(from, to, path) {
        Some(verdict) => verdict,
        None if !reads => Verdict::Unknown(
            "it was written anew with the same length, and no digests are recorded".into(),
        ),
        None => {
            diff.read.add(from.1.len);
            match are_equal(from.0, to.0, path) {
                Ok(true) => Verdict::Same,
                Ok(false) => Verdict::Changed("content"),
                Err(why) => Verdict::Unknown(why),
            }
        }
    };
    match verdict {
        Verdict::Same if from.1.kind == Kind::File => diff.same.add(from.1.len),
        Verdict::Same => {}
        Verdict::Changed(what) => diff.changed.push(Changed {
            path: shown(path),
            what,
            from_bytes: from.1.len,
            to_bytes: to.1.len,
        }),
        Verdict::Unknown(reason) => {
            diff.unknown.push(Unknown { path: shown(path), bytes: to.1.len, reason });
        }
    }
}

/// What the records tell. `None`: nothing, of two files of one length.
fn differ(from: (&Side, &Node), to: (&Side, &Node), path: &[u8]) -> Option<Verdict> {
    let (one, other) = (from.1, to.1);
    if one.kind != other.kind {
        return Some(Verdict::Changed("kind"));
    }
    match one.kind {
        Kind::File => {}
        Kind::Symlink => {
            return Some(match (from.0.target(path), to.0.target(path)) {
                (Ok(one), Ok(other)) if one == other => Verdict::Same,
                (Ok(_), Ok(_)) => Verdict::Changed("target"),
                (Err(why), _) | (_, Err(why)) => Verdict::Unknown(why),
            });
        }
        _ => return Some(Verdict::Same),
    }
    if one.len != other.len {
        return Some(Verdict::Changed("length"));
    }
    if let (Some(one), Some(other)) = (one.digest, other.digest) {
        return Some(if one == other { Verdict::Same } else { Verdict::Changed("content") });
    }
    let is_one_content = one.content.is_some() && one.content == other.content;
    let is_one_file = one.file.is_some() && one.file == other.file;
    (is_one_content || is_one_file).then_some(Verdict::Same)
}

/// Whether two files have the same bytes.
fn are_equal(from: &Side, to: &Side, path: &[u8]) -> Result<bool, String> {
    let (one, other) = (from.file(path)?, to.file(path)?);
    let (mut one_buffer, mut other_buffer) = (vec![0; CHUNK], vec![0; CHUNK]);
    let mut offset = 0;
    loop {
        if from.is_stopped() {
            return Err("interrupted".into());
        }
        let read = one.read(offset, &mut one_buffer)?;
        let read_other = other.read(offset, &mut other_buffer)?;
        if one_buffer[..read] != other_buffer[..read_other] {
            return Ok(false);
        }
        if read < CHUNK {
            return Ok(true);
        }
        offset += read as u64;
    }
}

fn entry(path: &[u8], node: &Node) -> Entry {
    let kind = match node.kind {
        Kind::File => "file",
        Kind::Dir => "directory",
        Kind::Symlink => "link",
        _ => "other",
    };
    Entry { path: shown(path), kind, bytes: node.len }
}

/// Names that are not UTF-8 have replacement characters, as in all documents.
fn shown(path: &[u8]) -> String {
    String::from_utf8_lossy(path).into_owned()
}
