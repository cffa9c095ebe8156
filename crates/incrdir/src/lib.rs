//! An on-disk cache for programs that keep state between runs: start from the last good state, change it privately, publish
//! the new state all at once, while other processes do the same and any of them may die at any moment.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let tmp = tempfile::tempdir()?;
//! # let dir = tmp.path().join("cache");
//! let cache = incrdir::Cache::open(dir)?;
//! let unit = cache.unit("project", ["mytool 1.0", "x86_64"])?; // name and key
//!
//! let mut session = unit.begin().start()?; // has the last one's files
//! let runs = match session.read("runs")? {
//!     Some(text) => String::from_utf8(text)?.parse::<u32>()? + 1,
//!     None => 1, // a cold start
//! };
//! session.write("runs", runs.to_string())?;
//! session.publish()?; // one rename: all of it or nothing
//!
//! let snapshot = unit.read()?.expect("just published"); // held: nobody deletes it
//! assert_eq!(snapshot.read("runs")?, b"1");
//! # Ok(())
//! # }
//! ```
//!
//! # The words
//!
//! A [`Cache`] is a directory that holds *units*. A [`Unit`] is one namespace of sessions: states of one unit follow each
//! other, states of two units never meet. A [`Session`] is a private directory that begins with the files of the newest
//! published session of its unit, and is published or dropped. A [`Snapshot`] is a published session that is held for reading.
//!
//! # What happens when
//!
//! | what happens | what is left |
//! | --- | --- |
//! | [`Session::publish`] returns | the session, complete, never changed again |
//! | a session is dropped, also by `?` or a panic | nothing of it: it is abandoned |
//! | the process is killed | a directory that nobody owns, removed by the next collection |
//! | two processes publish | both sessions; the next one begins from the newer one |
//! | somebody collects meanwhile | the newest sessions, those in use, and those being written |
//! | the power fails | the newest session that is whole; see [`Durability`] for what is promised |
//!
//! # Defaults
//!
//! Every option has a default that is safe for every program: files are cloned or copied, so that they can be written to in
//! place; a loss of data is noticed, not prevented; two sessions are kept, and the older one is made into the next, so that a
//! session costs what has changed. What is faster and asks something of the program is chosen by name: see [`Begin`].
//!
//! # When not to use it
//!
//! If one process owns the cache, a temporary directory and a rename are enough. If entries are independent of each other, a
//! content-addressed store shares more. If single records are to be changed in transactions, use a database.
//!
//! # Blocking, and threads
//!
//! All calls block, for as long as the disk takes; none waits for another process. In an asynchronous program, wrap them in
//! `spawn_blocking` or its like. Everything here is `Send` and `Sync`: share one [`Cache`] between threads, and give each a
//! session of its own.
//!
//! # What it tells
//!
//! Nothing is printed. What goes on is told to a subscriber of [`tracing`]: a span for each operation, whose fields say what came of
//! it (how a session was seeded, how many files were linked, cloned and copied, what a collection freed), and events for what does not
//! go as usual: a race that was lost, files that had to be copied, damage. Without a subscriber it costs nothing. To see it:
//!
//! ```
//! use tracing_subscriber::fmt::format::FmtSpan;
//!
//! // One line for each operation at the level `info`, with the time that it took.
//! tracing_subscriber::fmt().with_span_events(FmtSpan::CLOSE).init();
//! ```
//!
//! # Where next
//!
//! The layers below are crates of their own: `incrdir-session` (the protocol), `incrdir-gc` (collection), `incrdir-vfs` (a file
//! system as a table of system calls, real and in memory), `incrdir-lockfs`, `incrdir-record`, `incrdir-naming`. What they offer
//! and this crate does not is reached by [`Cache::as_parts`], [`Session::as_working`] and their like. Your own protocols can be
//! tested with `incrdir-explore`.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod begin;
mod cache;
mod command;
mod error;
mod key;
mod linkage;
mod observe;
mod ownership;
mod session;
mod snapshot;
mod unit;

pub use begin::Begin;
pub use cache::{Cache, CacheOptions, collect_all};
pub use error::Error;
pub use incrdir_gc::{Collected, FreeSpace, Limits, Operated, Policy};
pub use incrdir_session::{
    Audit, Drawback, Durability, Pin, Pinned, Pinning, Quarantine, Retention, Selection,
    Unrecorded, Unwarmed, Warmed,
};
pub use incrdir_vfs::{Step, Work};
pub use key::Key;
pub use linkage::{Linkage, Linked, Private};
pub use ownership::Trust;
pub use session::{PublishError, Published, Session};
pub use snapshot::{Files, Snapshot};
pub use unit::Unit;
