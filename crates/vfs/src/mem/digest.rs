//! A hash of 128 bits over small things: what is hashed is written one after the other, and digested at once.

use std::hash::{Hash, Hasher};

use xxhash_rust::xxh3::xxh3_128;

/// Most of what is hashed is no longer than this.
const USUAL: usize = 1024;

/// Collects what is hashed. Digesting at once is several times as fast as a hasher that takes piece by piece.
#[derive(Debug)]
pub struct Digest(Vec<u8>);

impl Default for Digest {
    fn default() -> Self {
        Self::new()
    }
}

impl Digest {
    /// Of nothing yet.
    pub fn new() -> Self {
        Self(Vec::with_capacity(USUAL))
    }

    /// The hash of one thing.
    pub fn of(value: impl Hash) -> u128 {
        let mut digest = Self::new();
        value.hash(&mut digest);
        digest.done()
    }

    /// The hash of all that was written.
    pub fn done(self) -> u128 {
        xxh3_128(&self.0)
    }
}

impl Hasher for Digest {
    fn finish(&self) -> u64 {
        xxh3_128(&self.0) as u64
    }

    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }
}
