//! The names of an incremental session directory, parsed strictly and printed exactly.
//!
//! A cache that many processes share, and that any of them may leave half-written, keeps its state in the
//! *names* of its directories and lock files: which session is being written, which is complete, which is newest.
//! Programs then delete files by name, so a parser that guesses deletes the files of others. This crate reads only
//! names of exactly this format, and prints back the exact bytes that it read. It does no I/O, never panics, and
//! needs only `alloc` ([feature `std`](#features)).
//!
//! The layout is that of rustc's `incremental` directory: each reads what the other writes.
//!
//! | in | name | stands for | here |
//! | --- | --- | --- | --- |
//! | root | `{name}-{id}/` | unit, one namespace of sessions | [`UnitName`] |
//! | unit | `s-{time}-{random}-working/` | session that is being written | [`EntryName::Session`], [`State::Working`] |
//! | unit | `s-{time}-{random}-{hash}/` | session that is complete | [`EntryName::Session`], [`State::Published`] |
//! | unit | `s-{time}-{random}.lock` | lock file of a session | [`EntryName::Lock`] |
//! | unit | `l-{time}-{random}` | lock file before it gets its final name | [`EntryName::Birth`] |
//! | unit | `d-{time}-{random}/`, `d-{time}-{random}-{n}/` | directory condemned to deletion | [`EntryName::Tombstone`] |
//! | unit | `q-{time}-{random}/` | session that failed its check | [`EntryName::Quarantined`] |
//! | unit | `q-{time}-{random}.lock` | its lock file | [`EntryName::QuarantineLock`] |
//! | unit | `p-{time}-{random}`, `p-unit` | pin of a session, or of the unit | [`EntryName::Pin`], [`EntryName::UnitPin`] |
//!
//! All numbers are in [base 36](base36), lower case. What is written has fixed widths; older compilers
//! padded neither the random number nor the hash nor the id, and those spellings are read too:
//!
//! | field | written | read |
//! | --- | --- | --- |
//! | time, microseconds since 1970 | 10 digits | 10 digits |
//! | random number, `u32` | 7 digits | 1 to 7 digits |
//! | hash, `u128` | 25 digits | 1 to 13, or 25 digits |
//! | unit id, `u64` | 13 digits | 1 to 13 digits |
//! | number of a tombstone, `u32` from 1 | no leading zeros | no leading zeros |
//!
//! # A tour
//!
//! A [`Timestamp`] and a random number make a [`Key`], which a session keeps for life. The key gives the
//! session its names, and [`EntryName::classify`] recognises them in a listing:
//!
//! ```
//! use incrdir_naming::{EntryName, Hash, Key, Timestamp, UnitName};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let unit = UnitName::new("demo", 0x1234)?;
//! assert_eq!(unit.to_string(), "demo-00000000003lg");
//!
//! let key = Key::new(Timestamp::from_micros(1_768_952_772_071_081)?, 42);
//! assert_eq!(EntryName::Lock(key).to_string(), "s-hf1honhfah-0000016.lock");
//! assert_eq!(key.working().to_string(), "s-hf1honhfah-0000016-working");
//!
//! let published = key.published(Hash::new(7));
//! assert_eq!(published.to_string(), "s-hf1honhfah-0000016-0000000000000000000000007");
//!
//! // Everything in a unit is ours as a whole, or it is foreign.
//! let listed = published.to_string();
//! assert_eq!(EntryName::classify(listed.as_bytes()), Some(published.into()));
//! assert_eq!(EntryName::classify(b"s-notes"), None);
//! assert_eq!(EntryName::classify(b"s-hf1honhfah-0000016-WORKING"), None);
//!
//! // Keys order by time, and canonical names order as their keys do.
//! let next = Key::new(key.timestamp().next()?, 0);
//! assert!(key < next);
//! assert!(key.working().to_string() < next.working().to_string());
//! # Ok(())
//! # }
//! ```
//!
//! A name keeps its spelling, because the lock file of a session is found by it. To an old compiler
//! `s-hf1honhfah-16-…` and `s-hf1honhfah-0000016-…` are two sessions with two lock files, so they are two
//! here:
//!
//! ```
//! use incrdir_naming::{EntryName, SessionName};
//!
//! # fn main() -> Result<(), incrdir_naming::NameError> {
//! let old: SessionName = "s-hf1honhfah-16-3lg".parse()?;
//! let new: SessionName = "s-hf1honhfah-0000016-3lg".parse()?;
//! assert_eq!(old.key.rand(), new.key.rand());
//! assert_ne!(old.key, new.key);
//! assert_eq!(EntryName::Lock(old.key).to_string(), "s-hf1honhfah-16.lock");
//! # Ok(())
//! # }
//! ```
//!
//! # When not to use it
//!
//! The format is one format: it cannot be configured, and a name that is nearly right is foreign. To work on sessions
//! rather than on their names, use incrdir; to read and write them with protocol and locks but on your own terms,
//! incrdir-session.
//!
//! # Errors
//!
//! [`EntryName::classify`] returns an `Option`, because names of others are to be expected in a listing. Where a
//! name is meant to be one of these, `parse` and the constructors return [`NameError`] or [`TimestampError`], whose
//! text says what is wrong and, where there is one, the remedy.
//!
//! # Where next
//!
//! - [`EntryName`]: recognises names in a unit, and prints them.
//! - [`UnitName`]: names in a root.
//! - incrdir-record: what is in the lock files.
//! - incrdir-gc: decides what to delete.
//!
//! # Features
//!
//! - `std` (default): [`Timestamp::from_system_time`] and [`Timestamp::to_system_time`].

#![cfg_attr(docsrs, feature(doc_cfg))]
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
mod tag;
mod timestamp;
mod unit;

pub use entry::EntryName;
pub use error::NameError;
pub use hash::Hash;
pub use key::Key;
pub use session::{SessionName, State};
pub use tag::{CACHEDIR_TAG, TAG_TEXT, is_tag_of_ours};
pub use timestamp::{Timestamp, TimestampError};
pub use unit::{UnitName, is_device};

/// Compiles the example of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
