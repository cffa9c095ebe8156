//! What calls on locks do.

use std::io::ErrorKind;

use super::Locks;
use super::open_files::Ofd;
use super::world::{Errno, OfdId, World};
use crate::{LockKind, TryLock};

impl World {
    /// `misses`: whether a holder is overlooked, where locks lie sometimes.
    pub(super) fn try_lock(
        &mut self,
        file: OfdId,
        kind: LockKind,
        misses: bool,
    ) -> Result<TryLock, Errno> {
        if self.profile.locks == Locks::Unsupported {
            return Err(ErrorKind::Unsupported.into());
        }
        // A real system may drop the lock that it cannot change: no protocol may ask for that.
        assert!(self.ofd(file).lock.is_none(), "BUG: an open file that is locked is locked again");
        if self.is_held(file, kind) && !misses {
            return Ok(TryLock::Busy);
        }
        self.ofd_mut(file).lock = Some(kind);
        Ok(TryLock::Locked)
    }

    /// Whether somebody holds a lock that excludes this one, as far as this file system can see.
    pub(super) fn is_held(&self, file: OfdId, kind: LockKind) -> bool {
        let this = self.ofd(file);
        let sees = |holder: &Ofd| match self.profile.locks {
            Locks::AlwaysGranted => false,
            Locks::PerHost => holder.host == this.host,
            Locks::PerOpenFile | Locks::Sometimes | Locks::Unsupported => true,
        };
        let others = self.ofds.iter().flatten().filter(|ofd| ofd.inode == this.inode);
        others.filter(|ofd| sees(ofd)).filter_map(|ofd| ofd.lock).any(|held| excludes(held, kind))
    }

    pub(super) fn unlock(&mut self, file: OfdId) {
        self.ofd_mut(file).lock = None;
    }

    /// Where locks are mandatory: nobody but its holder reads what is locked exclusively, and nobody at all
    /// writes what others have locked.
    pub(super) fn admits(&self, file: OfdId, writes: bool) -> Result<(), Errno> {
        if !self.profile.locks_are_mandatory {
            return Ok(());
        }
        let kind = if writes { LockKind::Exclusive } else { LockKind::Shared };
        let this = self.ofd(file);
        let others = self.ofds.iter().enumerate().filter_map(|(id, ofd)| Some((id, (*ofd)?)));
        let is_in_the_way = others
            .filter(|(id, ofd)| *id != file && ofd.inode == this.inode)
            .filter_map(|(_, ofd)| ofd.lock)
            .any(|held| excludes(held, kind));
        if is_in_the_way { Err(ErrorKind::PermissionDenied.into()) } else { Ok(()) }
    }
}

fn excludes(held: LockKind, wanted: LockKind) -> bool {
    held == LockKind::Exclusive || wanted == LockKind::Exclusive
}
