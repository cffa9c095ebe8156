//! What is in a published session, with the digest of each file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use incrdir_record::{List, Listed};
use incrdir_session::{Snapshot, visit};
use incrdir_vfs::{FileKind, RelPath, Stat, Vfs};

use super::content::read;
use super::outline::Outline;
use crate::Error;
use crate::limits::{ENTRIES, MAX_DEPTH, PATHS_BYTES, SESSION_BYTES};
use crate::manifest::{Digest, Entry, File, Is, refused_link};

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
    let recorded = recorded(&list);
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
    if is_sent {
        // What somebody put there since was not published.
        found.retain(|path, _| recorded.contains_key(path.as_os_str().as_encoded_bytes()));
        let bytes =
            found.values().map(|it| if it.stat.kind == FileKind::File { it.stat.len } else { 0 });
        let bytes = bytes.fold(0, u64::saturating_add);
        if bytes > SESSION_BYTES {
            let why = "a session with more than 64 GiB is pulled by nobody";
            return Err(Error::Unsendable { path: ".".into(), why });
        }
        let paths = found.keys().fold(0, |sum: usize, path| sum + path.as_os_str().len());
        if found.len() > ENTRIES || paths > PATHS_BYTES {
            return Err(Error::TooManyFiles);
        }
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
            (FileKind::Dir, _) if is_sent && at.components().count() > MAX_DEPTH => {
                return Err(unsendable("directories are nested too deep to be pulled"));
            }
            (FileKind::Dir, _) => {
                let entries = counts.get(&**at).copied().unwrap_or_default();
                Is::Dir { mode: mode(stat), entries }
            }
            (FileKind::Symlink, Some(target)) => match target.to_str() {
                _ if !is_sent => Is::Link { target: target.as_encoded_bytes().into() },
                None => return Err(unsendable("it is a link to a name that is not UTF-8")),
                Some(to) => match refused_link(&path, Path::new(to)) {
                    Some(why) => return Err(unsendable(why)),
                    None => Is::Link { target: to.as_bytes().into() },
                },
            },
            (FileKind::File, _) => {
                let published = recorded.get(at.as_os_str().as_encoded_bytes());
                let digest = match published.map(|it| (it.digest, it)) {
                    Some((Some(digest), _)) => digest,
                    Some((None, it))
                        if is_sent && (it.len, it.mtime) != (stat.len, Some(stat.mtime)) =>
                    {
                        return Err(Error::Changed { path: path.clone() });
                    }
                    _ => digest_of(snapshot, &path, stat.len)?,
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
    let whole = |span: Duration| i64::try_from(span.as_secs()).unwrap_or(i64::MAX);
    // Nanoseconds count forwards, also before 1970.
    let (seconds, nanoseconds) = match stat.mtime.duration_since(UNIX_EPOCH) {
        Ok(after) => (whole(after), after.subsec_nanos()),
        Err(error) => match error.duration() {
            before if before.subsec_nanos() == 0 => (-whole(before), 0),
            before => (-1 - whole(before).min(i64::MAX - 1), 1_000_000_000 - before.subsec_nanos()),
        },
    };
    File { mode: mode(stat), len: stat.len, seconds, nanoseconds, digest, parts: Vec::new() }
}

/// What is recorded, by path.
fn recorded(list: &List) -> BTreeMap<Vec<u8>, Listed> {
    let mut recorded = BTreeMap::new();
    let mut pending = vec![(0, PathBuf::new())];
    if list.is_empty() {
        return recorded;
    }
    while let Some((block, above)) = pending.pop() {
        for item in list.block(block) {
            let Some(name) = incrdir_vfs::Name::from_encoded_bytes(list.name(item)) else {
                continue;
            };
            let path = above.join(&name);
            pending.extend(item.block().map(|below| (below, path.clone())));
            recorded.insert(path.into_os_string().into_encoded_bytes(), list.listed(item));
        }
    }
    recorded
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
