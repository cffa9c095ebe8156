//! What is measured, and how it fails.

use std::error::Error;

/// What goes wrong in a benchmark.
pub type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// How much there is and how much changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Files in a session.
    pub files: usize,
    /// Files that a session replaces.
    pub changed: usize,
    /// Bytes in each file.
    pub bytes: usize,
}
