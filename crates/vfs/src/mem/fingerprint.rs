//! What two states of the world have in common when the same can happen from both.
//!
//! Inodes are hashed under the numbers that are shown of them, and open files as a set: neither the order in
//! which things were made nor the numbers of descriptors are part of a state. What a process knows is a
//! function of what its calls returned, which the simulated world hashes itself.

use std::hash::{Hash, Hasher};

use xxhash_rust::xxh3::Xxh3Default;

use super::MemDisk;
use super::world::{InodeId, Node, ROOT, World};

impl MemDisk {
    /// Grows whenever something changes that others could see.
    pub(crate) fn version(&self) -> u64 {
        self.world().version
    }

    /// A fingerprint of the disk, of what is open on it, and of the clock.
    pub(crate) fn fingerprint(&self) -> u128 {
        let world = self.world();
        let mut hasher = Xxh3Default::new();
        world.clock.hash(&mut hasher);
        world.hash_tree(ROOT, &mut hasher);
        let open = world.ofds.iter().flatten().map(|ofd| {
            let mut hasher = Xxh3Default::new();
            let mut owners = ofd.owners.clone();
            owners.sort_unstable();
            (owners, ofd.access, ofd.lock).hash(&mut hasher);
            world.hash_inode(ofd.inode, &mut hasher);
            hasher.digest128()
        });
        open.fold(0_u128, u128::wrapping_add).hash(&mut hasher);
        for stream in &world.streams {
            (stream.proc, world.inode(stream.dir).number, &stream.touched).hash(&mut hasher);
        }
        hasher.digest128()
    }
}

impl World {
    fn hash_tree(&self, dir: InodeId, hasher: &mut impl Hasher) {
        let Node::Dir { entries, .. } = &self.inode(dir).node else { return };
        hasher.write_usize(entries.len());
        for (name, entry) in entries {
            name.hash(hasher);
            self.hash_inode(entry.inode, hasher);
            self.hash_tree(entry.inode, hasher);
        }
    }

    fn hash_inode(&self, id: InodeId, hasher: &mut impl Hasher) {
        let inode = self.inode(id);
        (inode.number, inode.links, inode.mode, inode.mtime).hash(hasher);
        match &inode.node {
            Node::File(content) => (0_u8, content).hash(hasher),
            Node::Dir { .. } => 1_u8.hash(hasher),
            Node::Symlink(target) => (2_u8, target).hash(hasher),
        }
    }
}
