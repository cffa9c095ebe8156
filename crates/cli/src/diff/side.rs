//! One of the two sessions: what it holds, by its record, or by its directory if it has none.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::SystemTime;

use incrdir_lockfs::Lock;
use incrdir_record::{Content, Digest, Kind, List};
use incrdir_session::{read_with_list, vfs_name, visit};
use incrdir_vfs::{Access, CapDir, CapVfs, FileId, FileKind, Name, RelPath, Vfs, VfsExt, failed};

use crate::failure::{Failure, chain};
use crate::listing::for_each;
use crate::peek::peek;
use crate::session_path::Meant;

/// A session that is looked at. Its lock is held shared, if it is to be had, so that nobody deletes it.
pub(super) struct Side {
    pub(super) path: PathBuf,
    pub(super) nodes: BTreeMap<Vec<u8>, Node>,
    vfs: CapVfs,
    dir: CapDir,
    _lock: Option<Lock<CapVfs>>,
}

/// What is known of one entry.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) len: u64,
    pub(super) digest: Option<Digest>,
    /// Which content it is, by the list.
    pub(super) content: Option<Content>,
    /// Which file it is.
    pub(super) file: Option<(FileId, SystemTime)>,
}

impl Side {
    /// Opens a session, and reads what it holds.
    pub(super) fn open(meant: &Meant) -> Result<Self, Failure> {
        let path = meant.path();
        let lock = peek(&meant.unit, meant.entry, meant.has_lock)?.lock;
        let list = match &lock {
            Some(lock) => {
                let read = read_with_list(lock);
                let failed =
                    |error| format!("cannot read the record of `{}`: {error}", path.display());
                read.map_err(failed)?.list
            }
            None => None,
        };
        let (vfs, unit, name) = (meant.place.vfs.clone(), meant.unit.dir(), vfs_name(meant.entry));
        let dir = vfs.open_dir(unit, &name).map_err(failed(&vfs, "open", unit, &name))?;
        let device = vfs.stat_dir(&dir)?.stat.id.device;
        let nodes = match &list {
            Some(list) => of_list(list, device),
            None => of_directory(&vfs, &dir)?,
        };
        Ok(Self { path, nodes, vfs, dir, _lock: lock })
    }

    /// Where a link points.
    pub(super) fn target(&self, path: &[u8]) -> Result<OsString, String> {
        let path = rel_path(path)?;
        let (name, parents) = path.split_last();
        let below = match path.parent().filter(|_| !parents.is_empty()) {
            Some(parent) => {
                let opened = self.vfs.open_dir_below(&self.dir, &parent);
                Some(opened.map_err(|error| chain(&error))?)
            }
            None => None,
        };
        let dir = below.as_ref().unwrap_or(&self.dir);
        let read = self.vfs.read_link(dir, name);
        read.map_err(|error| chain(&failed(&self.vfs, "read link", dir, name)(error)))
    }

    /// Opens a file, for reading.
    pub(super) fn file(&self, path: &[u8]) -> Result<Open<'_>, String> {
        let path = rel_path(path)?;
        let file = self.vfs.open_file_below(&self.dir, &path, Access::Read);
        Ok(Open { vfs: &self.vfs, file: file.map_err(|error| chain(&error))? })
    }

    /// Whether it was interrupted.
    pub(super) fn is_stopped(&self) -> bool {
        self.vfs.is_stopped()
    }
}

/// A file that is being read.
pub(super) struct Open<'a> {
    vfs: &'a CapVfs,
    file: <CapVfs as Vfs>::File,
}

impl Open<'_> {
    pub(super) fn read(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, String> {
        self.vfs
            .read(&self.file, offset, buffer)
            .map_err(|error| format!("cannot read it: {error}"))
    }
}

/// By the list. Numbers of files count on the session's own device.
fn of_list(list: &List, device: u64) -> BTreeMap<Vec<u8>, Node> {
    let mut nodes = BTreeMap::new();
    for_each(list, &mut |number, path, item| {
        let listed = list.listed(item);
        let id = FileId::new(device, listed.inode);
        let node = Node {
            kind: listed.kind,
            len: listed.len,
            digest: listed.digest,
            content: Some(list.content(number)),
            file: listed.mtime.filter(|_| listed.inode != 0).map(|mtime| (id, mtime)),
        };
        nodes.insert(path.to_vec(), node);
    });
    nodes
}

/// By the directory.
fn of_directory(vfs: &CapVfs, dir: &CapDir) -> Result<BTreeMap<Vec<u8>, Node>, Failure> {
    let mut nodes = BTreeMap::new();
    let errors = visit(vfs, dir, &mut |visited| {
        let mut path = Vec::new();
        for part in visited.above {
            path.extend(part.as_encoded_bytes());
            path.push(b'/');
        }
        path.extend(visited.name.as_os_str().as_encoded_bytes());
        let stat = visited.stat;
        let kind = match stat.kind {
            FileKind::File => Kind::File,
            FileKind::Dir => Kind::Dir,
            FileKind::Symlink => Kind::Symlink,
            FileKind::Other => Kind::Other,
        };
        let len = if kind == Kind::Dir { 0 } else { stat.len };
        let file = Some((stat.id, stat.mtime));
        nodes.insert(path, Node { kind, len, digest: None, content: None, file });
    });
    match errors.into_iter().next() {
        Some(error) => Err(error.into()),
        None => Ok(nodes),
    }
}

fn rel_path(path: &[u8]) -> Result<RelPath, String> {
    let names: Option<Vec<Name>> =
        path.split(|byte| *byte == b'/').map(Name::from_encoded_bytes).collect();
    let path: PathBuf =
        names.ok_or("it cannot be named here")?.iter().map(Name::as_os_str).collect();
    RelPath::new(path).map_err(|error| error.to_string())
}
