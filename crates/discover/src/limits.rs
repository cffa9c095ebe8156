//! How far a walk goes.

/// The longest path below the directory where a walk begins, in bytes. Linux takes paths of 4,095 bytes, other systems take shorter
/// ones, and rustc and the command of ours open a cache by its whole path: deeper down, there is none.
pub const MAX_PATH: usize = 4095;

/// How much a look at a tag reads: enough to tell whose it is.
pub(crate) const TAG_BYTES: u64 = 4 << 10;

/// How much of a tree is walked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Scope {
    /// How many directories deep, at most. 0: only the directory where the walk begins.
    pub depth: usize,
}

impl Default for Scope {
    /// As deep as a path can name.
    fn default() -> Self {
        Self { depth: usize::MAX }
    }
}

impl Scope {
    /// Sets [`depth`](Self::depth).
    pub fn depth(self, depth: usize) -> Self {
        Self { depth, ..self }
    }
}
