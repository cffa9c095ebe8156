//! A store whose objects are links.

use std::cell::RefCell;
use std::ffi::OsString;
use std::io::{self, ErrorKind};

use incrdir_remote::{PutNew, Store, StoreError, Stored};
use incrdir_vfs::{Name, Vfs};

use crate::fixture::name;

/// How often a listing is made again. As often as anything is removed in a scenario.
const LISTED: usize = 20;

/// A directory in which each object is a link. Slashes in keys are written as `+`.
pub(super) struct Simulated<'a, V: Vfs> {
    vfs: &'a V,
    dir: V::Dir,
    /// What this process calls an object that it is about to replace.
    own: Name,
    /// The listing before the last one, if listings lag behind.
    before: Option<RefCell<Vec<Stored>>>,
}

impl<'a, V: Vfs> Simulated<'a, V> {
    /// The store as the process of this number uses it.
    pub(super) fn new(vfs: &'a V, root: V::Dir, process: usize) -> Self {
        Self { vfs, dir: root, own: name(format!("own-{process}")), before: None }
    }

    /// The same, and every listing shows what was there when the one before it was made.
    pub(super) fn lagging(self) -> Result<Self, StoreError> {
        let all = self.listed("1/").map_err(|error| StoreError::new("list", "", error))?;
        Ok(Self { before: Some(RefCell::new(all)), ..self })
    }

    /// A store lists keys and times at once. Here a key may be gone before its time is looked at: then it is listed again.
    fn listed(&self, prefix: &str) -> io::Result<Vec<Stored>> {
        for _ in 0..LISTED {
            let mut names = Vec::new();
            for entry in self.vfs.list(&self.dir)? {
                let entry = entry?.name;
                if key_of(&entry).starts_with(prefix) {
                    names.push(entry);
                }
            }
            names.sort();
            if let Some(stored) = self.looked_at(&names)? {
                return Ok(stored);
            }
        }
        Err(ErrorKind::ResourceBusy.into())
    }

    /// `None`: one of them is gone.
    fn looked_at(&self, names: &[Name]) -> io::Result<Option<Vec<Stored>>> {
        let mut stored = Vec::new();
        for entry in names {
            match self.vfs.stat(&self.dir, entry) {
                Ok(stat) => stored.push(Stored::new(key_of(entry), stat.len / 2, stat.mtime)),
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
                Err(error) => return Err(error),
            }
        }
        Ok(Some(stored))
    }
}

/// The key of an object by the name of its link.
pub(super) fn key_of(name: &Name) -> String {
    name.to_string().replace('+', "/")
}

fn name_of(key: &str) -> Name {
    name(key.replace('/', "+"))
}

/// Bytes as the target of a link. It is not empty, because no link is.
fn target_of(bytes: &[u8]) -> OsString {
    let mut text = String::from("=");
    bytes.iter().for_each(|byte| text.push_str(&format!("{byte:02x}")));
    text.into()
}

/// The bytes that a link holds.
pub(super) fn bytes_of(target: &std::ffi::OsStr) -> Vec<u8> {
    let digits = target.as_encoded_bytes().get(1..).unwrap_or_default();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    digits.chunks(2).filter_map(byte).collect()
}

impl<V: Vfs> Store for Simulated<'_, V> {
    fn put_new(&self, key: &str, bytes: &[u8]) -> Result<PutNew, StoreError> {
        match self.vfs.symlink(&target_of(bytes), &self.dir, &name_of(key)) {
            Ok(()) => Ok(PutNew::Made),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(PutNew::Exists),
            Err(error) => Err(StoreError::new("make", key, error)),
        }
    }

    fn put(&self, key: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let put = self.vfs.symlink(&target_of(bytes), &self.dir, &self.own);
        // What an earlier call left, which failed, is as good.
        let put = put.or_else(|error| match error.kind() {
            ErrorKind::AlreadyExists => Ok(()),
            _ => Err(error),
        });
        let put =
            put.and_then(|()| self.vfs.rename(&self.dir, &self.own, &self.dir, &name_of(key)));
        put.map_err(|error| StoreError::new("write", key, error))
    }

    fn get(&self, key: &str, limit: usize) -> Result<Option<Vec<u8>>, StoreError> {
        let failed = |error| StoreError::new("read", key, error);
        match self.vfs.read_link(&self.dir, &name_of(key)) {
            Ok(target) => match bytes_of(&target) {
                bytes if bytes.len() > limit => Err(failed(ErrorKind::FileTooLarge.into())),
                bytes => Ok(Some(bytes)),
            },
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }

    fn list(&self, prefix: &str) -> Result<Vec<Stored>, StoreError> {
        let failed = |error| StoreError::new("list", prefix, error);
        if let Some(before) = &self.before {
            let mut shown = before.replace(self.listed("1/").map_err(failed)?);
            shown.retain(|stored| stored.key.starts_with(prefix));
            return Ok(shown);
        }
        self.listed(prefix).map_err(failed)
    }

    fn delete(&self, key: &str) -> Result<(), StoreError> {
        match self.vfs.remove_file(&self.dir, &name_of(key)) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(StoreError::new("delete", key, error))
            }
            _ => Ok(()),
        }
    }

    fn random(&self) -> u64 {
        self.vfs.random().into()
    }
}
