//! What calls on locks do.

use std::io::ErrorKind;

use super::Locks;
use super::world::{Errno, Ofd, OfdId, World};
use crate::{LockKind, TryLock};

impl World {
    pub(super) fn try_lock(&mut self, file: OfdId, kind: LockKind) -> Result<TryLock, Errno> {
        if self.profile.locks == Locks::Unsupported {
            return Err(ErrorKind::Unsupported.into());
        }
        // A real system may drop the lock that it cannot change: no protocol may ask for that.
        assert!(self.ofd(file).lock.is_none(), "BUG: an open file that is locked is locked again");
        let inode = self.ofd(file).inode;
        let is_in_the_way =
            |held: LockKind| held == LockKind::Exclusive || kind == LockKind::Exclusive;
        let host_of = |ofd: &Ofd| ofd.owners.first().map(|owner| self.procs[*owner].host);
        let host = host_of(self.ofd(file));
        let holders = self.ofds.iter().flatten().filter(|ofd| ofd.inode == inode).filter(|ofd| {
            match self.profile.locks {
                Locks::AlwaysGranted => false,
                Locks::PerHost => host_of(ofd) == host,
                Locks::PerOpenFile | Locks::Unsupported => true,
            }
        });
        if holders.filter_map(|ofd| ofd.lock).any(is_in_the_way) {
            return Ok(TryLock::Busy);
        }
        self.ofd_mut(file).lock = Some(kind);
        Ok(TryLock::Locked)
    }

    pub(super) fn unlock(&mut self, file: OfdId) {
        self.ofd_mut(file).lock = None;
    }
}
