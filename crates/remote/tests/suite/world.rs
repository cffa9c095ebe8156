//! Machines that share a store: each is a cache directory.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use incrdir_naming::{Hash, SessionName, UnitName};
use incrdir_remote::{
    Address, Error, Objects, PullOptions, Pulled, PushOptions, Pushed, Sent, pull, push,
};
use incrdir_session::{BeginOptions, Reading, Snapshot, Unrecorded, begin, publish, read};
use incrdir_vfs::{CapDir, CapVfs, Chain};
use tempfile::TempDir;

use crate::os::mode;

pub(crate) fn unit() -> UnitName {
    UnitName::new("suite", 7).unwrap()
}

pub(crate) fn address() -> Address {
    Address::new(unit(), "main".parse().unwrap())
}

/// A machine of its own.
pub(crate) struct Machine {
    pub(crate) vfs: CapVfs,
    pub(crate) root: CapDir,
    dir: TempDir,
}

impl Machine {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (vfs, root) = CapVfs::open_ambient_dir(dir.path()).unwrap();
        Self { vfs, root, dir }
    }

    /// Publishes a session: what the newest one has, changed.
    pub(crate) fn publish(&self, change: impl FnOnce(&Path)) -> SessionName {
        self.publish_with(true, change)
    }

    /// With or without digests on record.
    pub(crate) fn publish_with(&self, digests: bool, change: impl FnOnce(&Path)) -> SessionName {
        let options = BeginOptions::new("suite").digests(digests);
        let session = begin(&self.vfs, &self.root, &unit(), &options).unwrap();
        change(session.path());
        publish(session, Hash::new(5)).unwrap().name
    }

    /// The newest session, if there is one.
    pub(crate) fn newest(&self) -> Option<Snapshot<CapVfs>> {
        match read(&self.vfs, &self.root, &unit(), Unrecorded::Refuse).unwrap() {
            Reading::Found(snapshot) => Some(snapshot),
            Reading::Nothing(rejected) => {
                // What a test that fails shows.
                rejected.iter().for_each(|it| println!("{}: {}", it.session, Chain(&it.why)));
                None
            }
        }
    }

    pub(crate) fn push_to(&self, store: &Objects, address: &Address) -> Pushed {
        let snapshot = self.newest().expect("something is published");
        push(&snapshot, store, address, &PushOptions::new("suite"), &mut |_| {}).unwrap()
    }

    /// Pushes a session that is held.
    pub(crate) fn try_push(
        &self,
        snapshot: &Snapshot<CapVfs>,
        store: &Objects,
    ) -> Result<Pushed, Error> {
        push(snapshot, store, &address(), &PushOptions::new("suite"), &mut |_| {})
    }

    /// Pushes what is not there yet.
    pub(crate) fn push(&self, store: &Objects) -> Sent {
        match self.push_to(store, &address()) {
            Pushed::Now(sent) => sent,
            Pushed::Before => panic!("it is there already"),
        }
    }

    pub(crate) fn pull_from(&self, store: &Objects, address: &Address) -> Pulled {
        self.pull_with(store, address, |options| options)
    }

    pub(crate) fn pull_with(
        &self,
        store: &Objects,
        address: &Address,
        change: impl FnOnce(PullOptions) -> PullOptions,
    ) -> Pulled {
        let options = change(PullOptions::new(BeginOptions::new("suite")));
        pull(&self.vfs, &self.root, store, address, &options, &mut |_| {}).unwrap()
    }

    pub(crate) fn pull(&self, store: &Objects) -> Pulled {
        self.pull_from(store, &address())
    }

    /// What is in the newest session.
    pub(crate) fn tree(&self) -> Tree {
        tree(self.newest().expect("something is published").path())
    }

    /// The directories of sessions, and everything else that is below the root.
    pub(crate) fn leftovers(&self) -> Vec<PathBuf> {
        let mut found = Tree::new();
        look(self.dir.path(), Path::new(""), &mut found);
        found.into_keys().collect()
    }
}

/// What is in a session, by its path in it.
pub(crate) type Tree = BTreeMap<PathBuf, Is>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Is {
    Dir { mode: u32 },
    File { mode: u32, len: u64, time: SystemTime, digest: blake3::Hash },
    Link { target: PathBuf },
}

pub(crate) fn tree(top: &Path) -> Tree {
    let mut found = Tree::new();
    look(top, Path::new(""), &mut found);
    found
}

fn look(top: &Path, below: &Path, found: &mut Tree) {
    for entry in fs::read_dir(top.join(below)).unwrap() {
        let path = below.join(entry.unwrap().file_name());
        let at = top.join(&path);
        let data = fs::symlink_metadata(&at).unwrap();
        let mode = mode(&data);
        let is = if data.is_dir() {
            look(top, &path, found);
            Is::Dir { mode }
        } else if data.is_symlink() {
            Is::Link { target: fs::read_link(&at).unwrap() }
        } else {
            let digest = blake3::hash(&fs::read(&at).unwrap());
            Is::File { mode, len: data.len(), time: data.modified().unwrap(), digest }
        };
        found.insert(path, is);
    }
}

/// Bytes that cannot be compressed, the same ones for the same seed.
pub(crate) fn noise(seed: u64, len: usize) -> Vec<u8> {
    let mut state = blake3::hash(&seed.to_le_bytes()).as_bytes()[..8]
        .iter()
        .fold(1_u64, |state, byte| state << 8 | u64::from(*byte));
    let mut bytes = Vec::with_capacity(len + 8);
    while bytes.len() < len {
        // xorshift64.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend(state.to_le_bytes());
    }
    bytes.truncate(len);
    bytes
}
