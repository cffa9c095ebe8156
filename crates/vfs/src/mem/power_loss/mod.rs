//! What a power loss may leave of what was done.
//!
//! A disk's journal (`journal.rs`) is a list of effects. A power loss after the first n of them leaves
//! the base with a legal subset of those applied: closed under what the file system's *persistence model*
//! says must precede what, and with all that was synced. [`Journaled::losses`] makes every such image, once.
//!
//! The idea and the models follow ALICE (Pillai and others, OSDI 2014), B3 (Mohan and others, OSDI 2018) and
//! Ferrite (Bornholt and others, ASPLOS 2016).

mod canonical;
mod images;
mod journaled;
mod last_commit;
mod models;
mod order;
mod redo;

pub use journaled::Journaled;
pub use models::{Data, Loss, Names, Persistence};
