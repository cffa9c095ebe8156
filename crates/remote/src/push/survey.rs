//! What is in a published session, with the digest of each file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use incrdir_record::{Kind, List};
use incrdir_session::{Snapshot, visit};
use incrdir_vfs::{FileKind, RelPath, Stat, Vfs};

use super::content::read;
use super::outline::Outline;
use crate::Error;
use crate::manifest::{Digest, Entry, File, Is, leads_out};

/// How much of a file is read at once.
const CHUNK: usize = 1 << 20;

/// Something in the session.
struct Found {
    stat: Stat,
    target: Option<std::ffi::OsString>,
}

/// Looks at all of a session. Returns its entries, each directory before what is in it, and the path of each. `is_sent`: what cannot
/// be sent is an error.
pub(crate) fn survey<V: Vfs>(
    snapshot: &Snapshot<V>,
    is_sent: bool,
) -> Result<(Outline, Vec<RelPath>), Error> {
    let list = snapshot.list_of_record().ok_or(Error::Unrecorded)?;
    let digests = digests(&list);
    let (vfs, mut found) = (snapshot.vfs(), BTreeMap::<PathBuf, Found>::new());
    let mut failed = None;
    let mut errors = visit(vfs, snapshot.dir(), &mut |it| {
        let target = (it.stat.kind == FileKind::Symlink).then(|| vfs.read_link(it.dir, it.name));
        match target.transpose() {
            Ok(target) => {
                found.insert(it.above.join(it.name), Found { stat: *it.stat, target });
            }
            Err(error) => {
                failed = Some(incrdir_vfs::failed(vfs, "read link", it.dir, it.name)(error));
            }
        }
    });
    if let Some(error) = errors.pop().or(failed) {
        return Err(error.into());
    }
    let mut counts = BTreeMap::<&Path, u32>::new();
    for path in found.keys() {
        *counts.entry(path.parent().unwrap_or(Path::new(""))).or_default() += 1;
    }
    let (mut entries, mut paths) = (Vec::with_capacity(found.len()), Vec::new());
    // Sorted by their parts, each directory comes before what is in it.
    for (at, Found { stat, target }) in &found {
        let unsendable = |why| Error::Unsendable { path: at.display().to_string(), why };
        let path = RelPath::new(at).map_err(|_| unsendable("its name cannot be one"))?;
        let is = match (stat.kind, target) {
            (FileKind::Dir, _) => {
                let entries = counts.get(&**at).copied().unwrap_or_default();
                Is::Dir { mode: mode(stat), entries }
            }
            (FileKind::Symlink, Some(target)) => match target.to_str() {
                _ if is_sent && leads_out(&path, Path::new(target)) => {
                    return Err(unsendable(
                        "it is a link that leads out of the session, to where no other machine has what is meant",
                    ));
                }
                None if is_sent => {
                    return Err(unsendable("it is a link to a name that is not UTF-8"));
                }
                _ => Is::Link { target: target.as_encoded_bytes().into() },
            },
            (FileKind::File, _) => {
                let digest = match digests.get(at.as_os_str().as_encoded_bytes()) {
                    Some(digest) => *digest,
                    None => digest_of(snapshot, &path, stat.len)?,
                };
                Is::File(file(stat, digest))
            }
            _ => return Err(unsendable("it is neither a file nor a directory nor a link")),
        };
        let (name, _) = path.split_last();
        entries.push(Entry { name: name.as_os_str().as_encoded_bytes().into(), is });
        paths.push(path);
    }
    Ok((Outline { entries }, paths))
}

/// What others may do with it. That it runs as somebody else is not passed on.
fn mode(stat: &Stat) -> u32 {
    stat.mode & 0o777
}

fn file(stat: &Stat, digest: Digest) -> File {
    let (seconds, nanoseconds) = match stat.mtime.duration_since(UNIX_EPOCH) {
        Ok(after) => (i64::try_from(after.as_secs()).unwrap_or(i64::MAX), after.subsec_nanos()),
        Err(_) => (0, 0),
    };
    File { mode: mode(stat), len: stat.len, seconds, nanoseconds, digest, parts: Vec::new() }
}

/// The digests that are recorded, by path.
fn digests(list: &List) -> BTreeMap<Vec<u8>, Digest> {
    let mut digests = BTreeMap::new();
    let mut pending = vec![(0, PathBuf::new())];
    if list.is_empty() {
        return digests;
    }
    while let Some((block, above)) = pending.pop() {
        let first = list.first_of(block);
        for (at, item) in list.block(block).iter().enumerate() {
            let Some(name) = incrdir_vfs::Name::from_encoded_bytes(list.name(item)) else {
                continue;
            };
            let path = above.join(&name);
            match item.block() {
                Some(below) => pending.push((below, path)),
                None if item.kind() == Kind::File => {
                    if let Some(digest) = list.digest(first + at) {
                        digests.insert(path.into_os_string().into_encoded_bytes(), digest);
                    }
                }
                None => {}
            }
        }
    }
    digests
}

/// Reads a file whose digest is not recorded.
fn digest_of<V: Vfs>(snapshot: &Snapshot<V>, path: &RelPath, len: u64) -> Result<Digest, Error> {
    let mut hasher = blake3::Hasher::new();
    let mut offset = 0;
    while offset < len {
        let wanted = CHUNK.min(usize::try_from(len - offset).unwrap_or(CHUNK));
        hasher.update(&read(snapshot, path, offset, wanted)?);
        offset += wanted as u64;
    }
    Ok(hasher.finalize().into())
}
