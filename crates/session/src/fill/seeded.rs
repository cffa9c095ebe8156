//! What filling a session took.

use std::path::PathBuf;

/// What seeding did.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Seeded {
    /// Files of the spare that already were the source's own.
    pub recycled: u64,
    /// Files that are the source's own, linked now.
    pub linked: u64,
    /// Files that share the source's blocks.
    pub cloned: u64,
    /// Files that were copied.
    pub copied: u64,
    /// Bytes that were copied.
    pub bytes: u64,
    /// Symbolic links made again, or the same in the spare.
    pub symlinks: u64,
    /// Directories made.
    pub directories: u64,
    /// What is neither file, directory nor link.
    pub left_out: Vec<PathBuf>,
    /// Why files were copied although that was not the first choice: the first reason.
    pub fallback: Option<incrdir_vfs::Error>,
    /// Why copies lack something that the source's files have besides their contents (permissions, owner, times,
    /// extended attributes): the first reason.
    pub attributes_lost: Option<incrdir_vfs::Error>,
}

impl Seeded {
    /// Adds what was done after this.
    pub(crate) fn add(&mut self, more: Self) {
        self.recycled += more.recycled;
        self.linked += more.linked;
        self.cloned += more.cloned;
        self.copied += more.copied;
        self.bytes += more.bytes;
        self.symlinks += more.symlinks;
        self.directories += more.directories;
        self.left_out.extend(more.left_out);
        self.fallback = self.fallback.take().or(more.fallback);
        self.attributes_lost = self.attributes_lost.take().or(more.attributes_lost);
    }
}
