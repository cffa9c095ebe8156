//! Fingerprints of inodes, kept so that only what was changed is hashed again.

use super::inode::InodeId;

/// Fingerprints of inodes.
#[derive(Debug, Clone, Default)]
pub(super) struct Prints {
    /// Of each inode; 0 of one that is not there.
    pub(super) of: Vec<u128>,
    pub(super) sum: u128,
    pub(super) dirty: Vec<InodeId>,
}

impl Prints {
    pub(super) fn changed(&mut self, id: InodeId) {
        if self.dirty.last() != Some(&id) {
            self.dirty.push(id);
        }
    }
}
