//! Walks through trees of any depth, for crates above this one: the same that measure and delete sessions.

pub use crate::tree::trail::{Pending, Trail, Way};
