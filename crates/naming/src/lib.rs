//! The names of an incremental session directory.

#![no_std]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

pub mod base36;
mod entry;
mod error;
mod hash;
mod key;
mod session;
mod timestamp;
mod unit;

pub use entry::EntryName;
pub use error::NameError;
pub use hash::Hash;
pub use key::Key;
pub use session::{SessionName, State};
pub use timestamp::{Timestamp, TimestampError};
pub use unit::UnitName;
