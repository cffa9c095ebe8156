//! What the oracles know and the processes do not: who believes to have what.
//!
//! It is written between calls by the programs themselves, and by the oracle when it sees a name appear.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;

use incrdir_naming::{EntryName, Key, SessionName};
use incrdir_vfs::sim::Broken;
use incrdir_vfs::{Access, LockKind, MemDisk, MemVfs, Name, TryLock, Vfs};

use crate::worlds::{Node, Tree, name};

/// Shared by the programs of a run and their oracle.
#[derive(Clone)]
pub(super) struct Ghost {
    state: Rc<RefCell<State>>,
    pub(super) observer: Rc<Observer>,
}

#[derive(Default)]
struct State {
    /// Sessions that their writers take for theirs: the identity of the directory.
    live: BTreeMap<Key, u64>,
    /// Sessions that readers hold, and what they saw in them.
    held: BTreeMap<String, (usize, Tree)>,
    /// What was in each session when it was published, and the identity of its lock file.
    published: BTreeMap<String, Manifest>,
    /// What was published and released when each program took its first step.
    released: BTreeMap<usize, Vec<String>>,
    /// What programs found wrong.
    wrong: Vec<Broken>,
}

#[derive(Clone)]
pub(super) struct Manifest {
    pub(super) tree: Tree,
    pub(super) lock: Option<u64>,
}

/// Looks at the disk without being part of the play.
pub(super) struct Observer {
    vfs: MemVfs,
    unit: Name,
}

/// Ends what it marks when it is dropped.
pub(super) struct Mark(Option<Box<dyn FnOnce()>>);

impl Drop for Mark {
    fn drop(&mut self) {
        if let Some(end) = self.0.take() {
            end();
        }
    }
}

impl Ghost {
    pub(super) fn new(disk: &MemDisk, unit: &Name) -> Self {
        let observer = Observer { vfs: disk.process(), unit: unit.clone() };
        Self { state: Rc::default(), observer: Rc::new(observer) }
    }

    /// From now until the mark is dropped, a process takes this session for its own.
    pub(super) fn lives(&self, key: Key) -> Mark {
        if let Some(id) = self.observer.id(&name(key.working())) {
            self.state.borrow_mut().live.insert(key, id);
        } else {
            self.wrong("LIVE-KEPT", format!("{} is gone as soon as it was begun", key.working()));
        }
        let state = Rc::clone(&self.state);
        Mark(Some(Box::new(move || {
            state.borrow_mut().live.remove(&key);
        })))
    }

    /// Whether a session has ever been seen published.
    pub(super) fn was_published(&self, key: Key) -> bool {
        let state = self.state.borrow();
        let mut names = state.published.keys().filter_map(|name| name.parse::<SessionName>().ok());
        names.any(|session| session.key == key)
    }

    /// From now until the mark is dropped, a reader holds this session.
    pub(super) fn holds(&self, session: SessionName) -> Mark {
        let session = session.to_string();
        let tree = self.observer.tree(&name(&session)).unwrap_or_default();
        let mut state = self.state.borrow_mut();
        state.held.entry(session.clone()).or_insert((0, tree)).0 += 1;
        let state = Rc::clone(&self.state);
        Mark(Some(Box::new(move || {
            let mut state = state.borrow_mut();
            if let Some(held) = state.held.get_mut(&session) {
                held.0 -= 1;
                if held.0 == 0 {
                    state.held.remove(&session);
                }
            }
        })))
    }

    /// A program takes its first step: notes which sessions are published, their writers being through.
    pub(super) fn steps_in(&self, program: usize) {
        let names = self.observer.names();
        let mut state = self.state.borrow_mut();
        let is_released = |name: &String| {
            name.parse::<SessionName>().is_ok_and(|session| {
                session.is_published() && !state.live.contains_key(&session.key)
            })
        };
        let released = names.into_iter().filter(is_released).collect();
        state.released.insert(program, released);
    }

    /// COLD-WEAK: a program found nothing, although one and the same released session was there all the
    /// time.
    pub(super) fn found_nothing(&self, program: usize, why: &str) {
        let names = self.observer.names();
        let released = self.state.borrow().released.get(&program).cloned().unwrap_or_default();
        if let Some(session) = released.iter().find(|session| names.contains(session)) {
            self.wrong("COLD-WEAK", format!("{session} was there all the time: {why}"));
        }
    }

    /// What was learnt from looking at the disk past the calls of the programs: no function of what those
    /// have returned.
    pub(super) fn memory(&self) -> u64 {
        let state = self.state.borrow();
        let mut hasher = DefaultHasher::new();
        (&state.released, state.wrong.len()).hash(&mut hasher);
        hasher.finish()
    }

    pub(super) fn live(&self) -> Vec<(Key, u64)> {
        self.state.borrow().live.iter().map(|(key, id)| (*key, *id)).collect()
    }

    pub(super) fn held(&self) -> Vec<(String, Tree)> {
        let state = self.state.borrow();
        state.held.iter().map(|(session, (_, tree))| (session.clone(), tree.clone())).collect()
    }

    /// What was published under a name: noted when it is seen first.
    pub(super) fn manifest(&self, session: &str) -> Manifest {
        let mut state = self.state.borrow_mut();
        let manifest = || Manifest {
            tree: self.observer.tree(&name(session)).unwrap_or_default(),
            lock: self.observer.id(&lock_of(session)),
        };
        state.published.entry(session.to_string()).or_insert_with(manifest).clone()
    }

    pub(super) fn wrong(&self, oracle: &'static str, what: impl Into<String>) {
        self.state.borrow_mut().wrong.push(Broken::new(oracle, what));
    }

    pub(super) fn wrongs(&self) -> Vec<Broken> {
        self.state.borrow().wrong.clone()
    }
}

/// The lock file of a session that is published under this name.
pub(super) fn lock_of(session: &str) -> Name {
    let session: SessionName = session.parse().expect("BUG: a session's name");
    name(EntryName::Lock(session.key))
}

impl Observer {
    /// All names in the unit, or none if there is no unit.
    pub(super) fn names(&self) -> Vec<String> {
        let Ok(unit) = self.vfs.open_dir(&self.vfs.root(), &self.unit) else { return Vec::new() };
        let entries = self.vfs.list(&unit).unwrap_or_default();
        entries.into_iter().flatten().map(|entry| entry.name.to_string()).collect()
    }

    /// Identity of an entry of the unit.
    pub(super) fn id(&self, entry: &Name) -> Option<u64> {
        let unit = self.vfs.open_dir(&self.vfs.root(), &self.unit).ok()?;
        Some(self.vfs.stat(&unit, entry).ok()?.id.inode)
    }

    /// The tree below an entry of the unit.
    pub(super) fn tree(&self, entry: &Name) -> Option<Tree> {
        let unit = self.vfs.open_dir(&self.vfs.root(), &self.unit).ok()?;
        let dir = self.vfs.open_dir(&unit, entry).ok()?;
        let mut tree = Tree::new();
        for found in self.vfs.list(&dir).ok()? {
            let found = found.ok()?.name;
            let content = crate::worlds::content(&self.vfs, &dir, &found).ok()?;
            tree.insert(found.to_string(), Node::File(content));
        }
        Some(tree)
    }

    /// Whether a shared lock could be had now; `None`: there is no such file.
    pub(super) fn can_be_held(&self, lock: &Name) -> Option<bool> {
        let unit = self.vfs.open_dir(&self.vfs.root(), &self.unit).ok()?;
        let file = self.vfs.open_file(&unit, lock, Access::Read).ok()?;
        Some(self.vfs.try_lock(&file, LockKind::Shared).ok()? == TryLock::Locked)
    }
}
