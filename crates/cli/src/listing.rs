//! The files of a session, as the list in its record has them.

use incrdir_record::{Item, Kind, List};

/// A number of files, and their lengths together.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Files {
    pub(crate) files: u64,
    pub(crate) bytes: u64,
}

impl Files {
    pub(crate) fn add(&mut self, bytes: u64) {
        self.files += 1;
        self.bytes = self.bytes.saturating_add(bytes);
    }

    pub(crate) fn add_all(&mut self, other: Self) {
        self.files += other.files;
        self.bytes = self.bytes.saturating_add(other.bytes);
    }
}

/// What a session took over from its source, and what was written in it.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Parts {
    pub(crate) taken_over: Files,
    pub(crate) written: Files,
    /// Of all of these, those whose digest is recorded.
    pub(crate) digested: Files,
}

/// Every entry of a list with its number and its path as the system spells it, each directory before what is in it.
pub(crate) fn for_each(list: &List, see: &mut dyn FnMut(usize, &[u8], &Item)) {
    let mut path: Vec<u8> = Vec::new();
    // The directories on the way: block, next entry of it, and how long the path is that leads there.
    let mut way = vec![(0, 0, 0)];
    while let Some((block, next, len)) = way.last_mut() {
        path.truncate(*len);
        let Some(item) = list.block(*block).get(*next) else {
            way.pop();
            continue;
        };
        let number = list.first_of(*block) + *next;
        *next += 1;
        path.extend(list.name(item));
        see(number, &path, item);
        if let Some(below) = item.block() {
            path.push(b'/');
            way.push((below, 0, path.len()));
        }
    }
}

/// What was taken over and what was written, by the list.
pub(crate) fn parts(list: &List) -> Parts {
    let mut parts = Parts::default();
    for_each(list, &mut |_, _, item| {
        if item.kind() != Kind::File {
            return;
        }
        let listed = list.listed(item);
        match listed.is_inherited {
            true => parts.taken_over.add(listed.len),
            false => parts.written.add(listed.len),
        }
        if listed.digest.is_some() {
            parts.digested.add(listed.len);
        }
    });
    parts
}
