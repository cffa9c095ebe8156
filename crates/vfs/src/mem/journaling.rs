//! Noting what is done to the disk, as it is done.

use std::sync::Arc;

use super::inode::{DirEntry, Inode, InodeId};
use super::journal::{Attributes, Effect, Journal, NameChange};
use super::world::World;
use crate::Name;

impl World {
    /// From now on, what is done is noted; what is there is durable.
    pub fn begin_journal(&mut self) {
        self.journal = None;
        #[cfg(feature = "unstable-explore")]
        self.fingerprint();
        let base = Arc::new(self.clone());
        self.journal = Some(Journal {
            base,
            effects: Vec::new(),
            #[cfg(feature = "unstable-explore")]
            is_committed: false,
            #[cfg(feature = "unstable-explore")]
            model: None,
            #[cfg(feature = "unstable-explore")]
            print: None,
        });
    }

    pub(super) fn note(&mut self, effect: impl FnOnce() -> Effect) {
        if let Some(journal) = &mut self.journal {
            journal.effects.push(effect());
            #[cfg(feature = "unstable-explore")]
            {
                journal.print = None;
            }
        }
    }

    /// Whether this sync is the one that fails.
    pub(super) fn fails_to_sync(&mut self) -> bool {
        match &mut self.failing_sync {
            Some(0) => {
                self.failing_sync = None;
                true
            }
            Some(left) => {
                *left -= 1;
                false
            }
            None => false,
        }
    }

    /// Notes the attributes that an inode has now.
    pub(super) fn note_attributes(&mut self, id: InodeId) {
        if self.journal.is_none() {
            return;
        }
        let Inode { mode, owner, extended, mtime, ctime, .. } = self.inode(id);
        let (mode, owner, mtime, ctime) = (*mode, *owner, *mtime, *ctime);
        let now = Attributes { mode, owner, extended: extended.clone(), mtime, ctime };
        self.note(|| Effect::Attributes { inode: id, now: Arc::new(now) });
    }

    /// Notes that a name stands for an inode, or did, when the times of both have moved.
    pub(super) fn note_name(
        &mut self,
        dir: InodeId,
        name: &Name,
        of: InodeId,
        to: Option<DirEntry>,
    ) {
        if self.journal.is_none() {
            return;
        }
        let (dir_time, ctime) = (self.inode(dir).ctime, self.inode(of).ctime);
        let name = name.clone();
        self.note(|| Effect::Names(vec![NameChange { dir, name, to, dir_time, of, ctime }]));
    }

    /// Makes the last two changes of names one: that of a rename.
    pub(super) fn join_names(&mut self) {
        let Some(journal) = &mut self.journal else { return };
        if let (Some(Effect::Names(second)), Some(Effect::Names(first))) =
            (journal.effects.pop(), journal.effects.last_mut())
        {
            first.extend(second);
        }
    }
}
