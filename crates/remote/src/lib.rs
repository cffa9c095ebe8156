//! Published cache sessions in an object store, so that other machines start from them: push, pull and collect.
//!
//! A published session never changes, has a name that no other has, and its record says what is in it. So it can be shared. What
//! carries it is a store that is there already: S3, Google's, Azure's, a shared directory. There is no server of ours.
//!
//! ```
//! # #[cfg(feature = "objects")]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use incrdir_naming::{Hash, UnitName};
//! use incrdir_remote::{Address, Objects, PullOptions, PushOptions, Pushed, pull, push};
//! use incrdir_session::{BeginOptions, Reading, Unrecorded, begin, publish, read};
//! use incrdir_vfs::{CapVfs, RelPath};
//!
//! # let tmp = tempfile::tempdir()?;
//! # let (here, there) = (tmp.path().join("here"), tmp.path().join("there"));
//! # std::fs::create_dir(&here)?;
//! # std::fs::create_dir(&there)?;
//! let unit = UnitName::new("demo", 7)?;
//! let store = Objects::memory()?; // or `Objects::open("s3://bucket/prefix")`
//! let address = Address::new(unit.clone(), "main".parse()?);
//!
//! // On one machine …
//! let (vfs, root) = CapVfs::open_ambient_dir(&here)?;
//! let options = BeginOptions::new("mytool 1.0").digests(true);
//! let session = begin(&vfs, &root, &unit, &options)?;
//! session.write(&RelPath::new("state")?, b"42")?;
//! publish(session, Hash::new(0))?;
//! let Reading::Found(held) = read(&vfs, &root, &unit, Unrecorded::Refuse)? else { panic!() };
//! let pushed = push(&held, &store, &address, &PushOptions::new("mytool 1.0"), &mut |_| {})?;
//! assert!(matches!(pushed, Pushed::Now(_)));
//!
//! // … and on another one.
//! let (vfs, root) = CapVfs::open_ambient_dir(&there)?;
//! let pulled = pull(&vfs, &root, &store, &address, &PullOptions::new(options), &mut |_| {})?;
//! assert_eq!(pulled.fetched.expect("newer than nothing").files, 1);
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "objects"))]
//! # fn main() {}
//! ```
//!
//! # What is promised
//!
//! - A session that the store lists can be pulled whole, as long as it is listed and for the [grace](GRACE) after that.
//! - What is pulled is what was pushed: each object and each file that is fetched is compared with its digest, and what is here already is
//!   believed as far as whoever begins here believes it. Anything else is not published.
//! - A collection deletes nothing that a listed session names, nor what one will name that is being pushed.
//! - Any process may die anywhere, any number may push, pull and collect at the same time, and answers may be lost.
//!
//! A push that takes longer than half of the grace, 12 hours, is begun again; if it is suspended just when it lists its session,
//! that may be incomplete for as long as it takes the push to notice. Whoever pulls it then takes the next older one.
//!
//! # What is not
//!
//! Owners, extended attributes and hard links are not sent. Links that lead out of a session are refused. Whoever may write into a
//! scope decides what its readers get: see [`Address::keys`].
//!
//! # Contents
//!
//! | file | what it holds |
//! | --- | --- |
//! | `store` | [`Store`]: five calls, and what is assumed of them |
//! | `objects` | [`Objects`]: the crate `object_store` behind them |
//! | `layout` | the keys of everything |
//! | `manifest` | what a session consists of: written, signed, checked |
//! | `push`, `known` | P1 to P8 |
//! | `pull` | R1 to R6 |
//! | `collect` | D1 to D9, M1 and M2 |
//! | `shelf` | [`list`]: which sessions there are, and what they say of themselves |
//! | `settle` | calls of the store whose answers may be lost |

#![cfg_attr(docsrs, feature(doc_cfg))]

mod limits;
mod observe;
mod squeeze;
mod turns;

mod error;
mod scope;
mod store;

mod manifest;

mod address;
mod layout;
mod settle;
mod shelf;

mod known;

mod collect;
mod pull;
mod push;

#[cfg(feature = "unstable-explore")]
pub mod internals;
#[cfg(feature = "objects")]
mod objects;

pub use address::Address;
pub use collect::{StorePolicy, Swept, collect, units};
pub use error::{Error, Hostile, Unfit};
pub use limits::GRACE;
pub use manifest::{ObjectName, ObjectNameError, SealError, Signer, Verifier, VerifierError};
#[cfg(feature = "objects")]
pub use objects::{Leftovers, Objects, OpenError};
pub use pull::{Fetched, PullOptions, Pulled, pull};
pub use push::{Moved, PushOptions, Pushed, Sent, push};
pub use scope::{Scope, ScopeError};
pub use shelf::{Said, Shelf, Shelved, list};
pub use store::{PutNew, Store, StoreError, Stored};
