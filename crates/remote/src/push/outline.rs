//! What is in a session that is sent.

use incrdir_vfs::{Name, RelPath};

use crate::manifest::{Entry, Is};

/// What is in a session, each directory before what is in it. Nothing is said yet of where contents are.
pub(crate) struct Outline {
    pub(crate) entries: Vec<Entry>,
}

impl Outline {
    /// The path of an entry, for messages.
    pub(super) fn path_of(&self, entry: usize) -> RelPath {
        let mut way: Vec<(u32, &[u8])> = Vec::new();
        for before in &self.entries[..=entry] {
            while way.last().is_some_and(|(left, _)| *left == 0) {
                way.pop();
            }
            if let Some((left, _)) = way.last_mut() {
                *left -= 1;
            }
            let entries = if let Is::Dir { entries, .. } = before.is { entries } else { 0 };
            way.push((entries, &before.name));
        }
        let names = way.iter().filter_map(|(_, name)| Name::from_encoded_bytes(name));
        let path = names.collect::<std::path::PathBuf>();
        RelPath::new(path).unwrap_or_else(|_| Name::new("file").expect("BUG: a good name").into())
    }
}
