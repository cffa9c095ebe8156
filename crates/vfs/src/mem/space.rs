//! How much room there is.

use std::io::ErrorKind;
use std::sync::Arc;

use super::MemDisk;
use super::errno::Errno;
use super::world::World;
use crate::Space;

impl MemDisk {
    /// Changes how many bytes of content fit on it, as when others fill it or make room. What is there stays.
    pub fn set_capacity(&self, bytes: u64) {
        Arc::make_mut(&mut self.world().profile).capacity = bytes;
    }

    /// Changes how many files, directories and links it may have. What is there stays.
    pub fn set_max_inodes(&self, inodes: u64) {
        Arc::make_mut(&mut self.world().profile).max_inodes = inodes;
    }
}

impl World {
    pub(super) fn space(&self) -> Space {
        let (capacity, max_inodes) = (self.profile.capacity, self.profile.max_inodes);
        let inodes = (max_inodes != u64::MAX).then_some(max_inodes);
        Space {
            bytes: capacity,
            available_bytes: capacity.saturating_sub(self.bytes),
            inodes,
            available_inodes: inodes.map(|inodes| inodes.saturating_sub(self.inode_count())),
        }
    }

    /// Fails if there is no room for another file or directory.
    pub(super) fn spare_inode(&self) -> Result<(), Errno> {
        // Counting takes long where many are there, and nearly every disk has room for all.
        if self.profile.max_inodes != u64::MAX && self.inode_count() >= self.profile.max_inodes {
            return Err(ErrorKind::StorageFull.into());
        }
        Ok(())
    }

    /// Those that exist, the root and unnamed open ones included.
    pub(super) fn inode_count(&self) -> u64 {
        self.inodes.iter().flatten().count() as u64
    }
}
