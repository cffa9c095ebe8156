//! Finds caches below a directory.
//!
//! What can be collected is scattered over a machine: roots of programs that use incrdir, and the `incremental` directories in
//! every target directory of cargo. [`discover`] walks a tree and tells of each:
//!
//! ```
//! use std::ops::ControlFlow;
//!
//! use incrdir_discover::{Found, Scope, discover};
//! use incrdir_vfs::CapVfs;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let tmp = tempfile::tempdir()?;
//! # std::fs::create_dir_all(tmp.path().join("project/target/debug/incremental"))?;
//! # std::fs::write(tmp.path().join("project/target/debug/.cargo-lock"), "")?;
//! # let home = tmp.path();
//! let (vfs, dir) = CapVfs::open_ambient_dir(home)?;
//! let mut roots = Vec::new();
//! discover(&vfs, &dir, &Scope::default(), &mut |found| {
//!     if let Found::Root(root) = found {
//!         roots.push(root.path());
//!     }
//!     ControlFlow::Continue(())
//! })?;
//! assert_eq!(roots, [std::path::Path::new("project/target/debug/incremental")]);
//! # Ok(())
//! # }
//! ```
//!
//! # What is a root
//!
//! - A directory with a `CACHEDIR.TAG` that we wrote.
//! - A directory in which a unit stands: a directory with the name of a unit that holds entries of ours or of rustc's.
//! - `incremental` beside a lock file of cargo's, that is, in the directory of a profile. It does not matter what the target
//!   directory is called and how many levels (`<triple>/<profile>`) are between: `CARGO_TARGET_DIR` and `build.build-dir` look the
//!   same on disk.
//!
//! # Where it does not go
//!
//! Through symbolic links; into what is mounted, of whatever file system, which also ends loops of bind mounts; into units and their
//! sessions; into what cargo keeps beside `incremental` (`deps`, `build`, `.fingerprint`, `examples`) and the pages of rustdoc in a
//! target; into the directories in which version control keeps its objects; and no deeper than a path can name.
//! Everything else is entered, `node_modules` too: some tools keep their caches there.
//!
//! # Targets
//!
//! [`target::survey`] compares the units of an `incremental` directory with what cargo has on record beside it, and says which of them
//! nothing on record was compiled into: packages, features and flags that are not built any more. See there what that proves.
//!
//! # When not to use it
//!
//! It finds what follows our protocol, and nothing else: not ccache, not Bazel, not what a build leaves outside of `incremental`.
//!
//! # Where next
//!
//! `incrdir_gc` collects what was found.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod found;
mod limits;
mod look;
mod observe;
pub mod target;
mod walk;

pub use found::{Found, Root, Sign};
pub use limits::{MAX_PATH, Scope};
pub use walk::{Walked, discover};
