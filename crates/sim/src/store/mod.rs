//! The object store in the simulated world: pushes, pulls and collections under every interleaving, with deaths, lost answers, listings
//! that lag behind, and time that passes.
//!
//! An object is a symbolic link, whose target is its content: links are made, read and removed by one call each, and making one
//! fails if it is there. So every call of the store is one step of the world, and the real code of `incrdir-remote` makes it.

mod declared;
mod disk;
mod oracle;
mod programs;
mod scenario;
mod setup;
mod simulated;

pub use declared::{StoreSearch, store_searches};
pub use scenario::{Actor, StoreScenario};
