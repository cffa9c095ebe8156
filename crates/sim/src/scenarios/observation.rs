//! What oracles see of sessions, without making a call.

use std::hash::{Hash, Hasher};
use std::time::SystemTime;

use incrdir_naming::{EntryName, Key, SessionName};
use incrdir_record::Record;
use incrdir_vfs::internals::Digest;
use incrdir_vfs::{Look, Name, Seen};

use crate::fixture::name;

use crate::trees::{Node, Tree};

/// The unit as it is.
#[derive(Clone, Copy)]
pub(super) struct Observation<'a> {
    look: Look<'a>,
    unit: Option<Seen<'a>>,
}

impl<'a> Observation<'a> {
    pub(super) fn new(look: Look<'a>, unit: &Name) -> Self {
        Self { look, unit: look.root().get(unit) }
    }

    /// What stands in the root under a name.
    pub(super) fn in_root(self, entry: &Name) -> Option<Seen<'a>> {
        self.look.root().get(entry)
    }

    /// What stands in the unit under a name.
    pub(super) fn get(self, entry: &Name) -> Option<Seen<'a>> {
        self.unit?.get(entry)
    }

    pub(super) fn clock(self) -> SystemTime {
        self.look.clock()
    }

    /// All names in the unit, or none if there is no unit.
    pub(super) fn names(self) -> impl Iterator<Item = &'a Name> {
        self.unit.into_iter().flat_map(|unit| unit.entries().map(|(name, _)| name))
    }

    /// Identity of an entry of the unit.
    pub(super) fn id(self, entry: &Name) -> Option<u64> {
        Some(self.get(entry)?.stat().id.inode)
    }
}

/// The lock file of a session.
pub(super) fn lock_of(key: Key) -> Name {
    name(EntryName::Lock(key))
}

/// Whether a lock file says that its session was filled ahead of time and waits.
pub(super) fn waits(lock: Option<Seen<'_>>) -> bool {
    let content = lock.and_then(|lock| lock.content());
    content.is_some_and(|content| Record::decode(content).waiting.is_some())
}

/// The published session of this name.
pub(super) fn published(entry: &Name) -> Option<SessionName> {
    let session: SessionName = entry.to_str()?.parse().ok()?;
    session.is_published().then_some(session)
}

/// What it is made of, down to which files those are and how often they were written.
pub(super) fn print(seen: Seen<'_>) -> u64 {
    let mut hasher = Digest::new();
    add_print(seen, &mut hasher);
    hasher.finish()
}

fn add_print(seen: Seen<'_>, hasher: &mut Digest) {
    let stat = seen.stat();
    (stat.kind, stat.id.inode, seen.writes(), seen.content(), seen.target()).hash(hasher);
    for (name, below) in seen.entries() {
        name.hash(hasher);
        add_print(below, hasher);
    }
}

/// What is in it for a reader: names, kinds and contents.
pub(super) fn content(seen: Seen<'_>) -> u64 {
    let mut hasher = Digest::new();
    add_content(seen, &mut hasher);
    hasher.finish()
}

fn add_content(seen: Seen<'_>, hasher: &mut Digest) {
    (seen.stat().kind, seen.content(), seen.target()).hash(hasher);
    for (name, below) in seen.entries().filter(|(name, _)| !is_silly(name)) {
        name.hash(hasher);
        add_content(below, hasher);
    }
}

/// What a network file system calls a file that was removed while it was open.
fn is_silly(name: &Name) -> bool {
    name.to_str().is_some_and(|name| name.starts_with(".nfs"))
}

/// The same for people.
pub(super) fn tree(seen: Option<Seen<'_>>) -> Tree {
    let mut tree = Tree::new();
    if let Some(seen) = seen {
        add_tree(seen, "", &mut tree);
    }
    tree
}

fn add_tree(seen: Seen<'_>, prefix: &str, tree: &mut Tree) {
    for (name, below) in seen.entries() {
        let path = format!("{prefix}{name}");
        let node = match (below.content(), below.target()) {
            (Some(content), _) => Node::File(content.to_vec()),
            (_, Some(target)) => Node::Link(target.to_string_lossy().into_owned()),
            _ => Node::Dir,
        };
        add_tree(below, &format!("{path}/"), tree);
        tree.insert(path, node);
    }
}
