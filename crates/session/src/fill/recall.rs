//! What is known of the files in a session that was filled ahead of time: what its own list says of them.
//!
//! That list takes the place of the source's: it has the same files, in the session's own directories.

use incrdir_lockfs::Lock;
use incrdir_naming::Key;
use incrdir_record::{Kind, List, Whole};
use incrdir_vfs::Vfs;

use crate::SeedMode;
use crate::fill::basis::{Basis, Copied};
use crate::fill::known_spare::Intact;
use crate::record::read_all;
use crate::trust::evidence::{Shown, ShownDir};

/// The lock file of a session that was taken over. It has lost its name.
pub(crate) struct Unread<V: Vfs> {
    pub(crate) key: Key,
    pub(crate) lock: Lock<V>,
}

impl<V: Vfs> Unread<V> {
    /// Reads what is in the session. What cannot be read is not known: then everything is looked at.
    pub(crate) fn recall(self, mode: SeedMode, basis: &mut Basis) {
        match read_list(&self.lock, self.key) {
            Some(list) => know(basis, list, mode),
            None => basis.forget(),
        }
    }
}

/// The list in the lock file of a session that waits or waited.
pub(crate) fn read_list<V: Vfs>(lock: &Lock<V>, key: Key) -> Option<List> {
    Whole::decode(read_all(lock).ok()?).list.filter(|list| list.key() == key)
}

/// What the list of a session that waited says of the files in it. They are what they were when it was written, or looks show
/// what is not.
pub(crate) fn know(basis: &mut Basis, list: List, mode: SeedMode) {
    for number in 0..list.len() {
        let item = list.item(number);
        match (item.block(), item.kind()) {
            (Some(block), _) => {
                let listed = list.listed(item);
                let shown = ShownDir::recorded(basis.clock, &listed, list.written());
                let is_synced = listed.is_synced;
                let intact = shown.map(|shown| Intact { block, shown, is_synced });
                basis.intact.extend(intact.map(|intact| (block, intact)));
            }
            (None, Kind::File) if mode != SeedMode::Link => {
                let listed = list.listed(item);
                let copied = Shown::recorded(&listed).map(|shown| Copied {
                    content: list.content(number),
                    shown,
                    digest: listed.digest,
                    is_synced: listed.is_synced,
                });
                basis.copied.extend(copied.map(|copied| (listed.inode, copied)));
            }
            _ => {}
        }
    }
    basis.handed_over = list.written();
    basis.list = Some(list);
}
