//! The record inside a cache session's lock file: its bytes, read and written without any I/O.
//!
//! incrdir keeps what it knows of a session in the session's lock file (`s-{time}-{random}.lock`): who writes it and since
//! when, what it was seeded from, and, once it is published, which files it has. rustc leaves its own lock files empty. This
//! crate is for whoever reads such files: the incrdir crates themselves, and tools that inspect or repair a cache.
//!
//! ```
//! use incrdir_naming::{Key, Timestamp};
//! use incrdir_record::{Durability, Head, Origin, Process, Record, SeedMode};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // What a writer puts into its lock file …
//! let key = Key::new(Timestamp::from_micros(1_700_000_000_000_000)?, 7);
//! let process = Process::new(42, "buildhost", None, None);
//! let mut content = Head::new(key, Durability::Detect, "mytool 1.0", process, None).encode();
//! content.extend(Origin::new(None, SeedMode::Auto, None).encode());
//!
//! // … and what everybody else reads there, even if the end of it was lost.
//! let record = Record::decode(&content[..content.len() - 1]);
//! assert_eq!(record.head.expect("whole").program, "mytool 1.0");
//! assert_eq!(record.origin, None);
//! # Ok(())
//! # }
//! ```
//!
//! # When not to use it
//!
//! Not as a format for your own data, and not to write into a cache: a record may only be changed while the session's lock is
//! held, which is what `incrdir-lockfs` and `incrdir-session` are for.
//!
//! # The format
//!
//! A header and frames, each with a checksum; append-only. A reader skips frames that it does not know and stops at the first
//! one that is cut short or damaged. A record of a newer version is recognised and left alone
//! ([`Record::newer_version`]). Decoding never fails and never panics: what is not understood is not there. Every byte is
//! described in `docs/record.md` of the repository, and tests read records that older versions wrote.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `frame` | header, frames, checksums |
//! | `head`, `process` | who began the session, and how it is recognised |
//! | `origin` | what it was seeded from, and how |
//! | `list`, `entry`, `writer` | the files of a published session |
//! | `place` | where it was published |
//! | `waiting` | that it was filled ahead of time, for whoever begins next |
//! | `pin` | what a pin says, in a file of its own |
//! | `record` | all of them together |

#![cfg_attr(docsrs, feature(doc_cfg))]

mod bytes;
mod frame;
mod kinds;
mod limits;

mod durability;
mod process;

mod head;
mod origin;
mod pin;
mod place;
mod waiting;

mod entry;
mod list;
mod writer;

mod record;

pub use bytes::put_time;
pub use durability::Durability;
pub use entry::{Content, Digest, Item, Kind, Listed};
pub use frame::{end, header};
pub use head::Head;
pub use limits::{MAX_DEPTH, MAX_LEN, READ_LIMIT};
pub use list::List;
pub use origin::{Origin, SeedMode};
pub use pin::Pin;
pub use place::{Place, encode_seal};
pub use process::Process;
pub use record::{Record, Whole, encode_reason, encode_watched};
pub use waiting::{SeenSource, Waiting};
pub use writer::{DirPlace, ListWriter};
