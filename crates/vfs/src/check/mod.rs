//! What every implementation of [`Vfs`] must do, as code.
//!
//! [`contract`] runs each [`CASES`](cases) in a fresh directory and panics with the name of the first
//! sentence that does not hold. What a file system may lack (links, permissions, …) is tried, must be
//! refused in the documented way, and is returned, so that a test can state what is lacking where.
//!
//! ```
//! use incrdir_vfs::check::{Lacks, contract};
//! # #[cfg(feature = "mem")] {
//! use incrdir_vfs::{MemDisk, Profile};
//!
//! let disk = MemDisk::new(Profile::posix());
//! let vfs = disk.process();
//! let lacks = contract(&vfs, &vfs.root());
//! assert_eq!(lacks.into_iter().collect::<Vec<_>>(), [Lacks::Clones]);
//! # }
//! ```
//!
//! This module is exempt from semantic versioning: a new sentence may be added at any time.

mod attributes;
mod bench;
mod content;
mod decorator;
mod directories;
mod jobs;
mod links;
mod listing;
mod locks;
mod names;
mod space;

use std::collections::BTreeSet;

pub use bench::{Bench, Case, Lacks};
pub use decorator::{DEFAULTED, Spy, not_passed_on};

use bench::name;

use crate::Vfs;

/// Holds an implementation to the contract, in fresh directories below `root`, and returns what the file
/// system lacks.
///
/// # Panics
///
/// With the sentence that does not hold.
pub fn contract<V: Vfs>(vfs: &V, root: &V::Dir) -> BTreeSet<Lacks> {
    let mut lacks = BTreeSet::new();
    for (number, case) in cases::<V>().iter().enumerate() {
        let name = name(&format!("case-{number}"));
        vfs.create_dir(root, &name).expect("a directory for the case");
        let dir = vfs.open_dir(root, &name).expect("the directory for the case");
        let failed = Announce(case.sentence);
        (case.check)(&mut Bench { vfs, dir: &dir, lacks: &mut lacks });
        std::mem::forget(failed);
    }
    lacks
}

/// All sentences.
pub fn cases<V: Vfs>() -> Vec<Case<V>> {
    let mut cases = directories::cases();
    cases.extend(names::cases());
    cases.extend(links::cases());
    cases.extend(content::cases());
    cases.extend(attributes::cases());
    cases.extend(listing::cases());
    cases.extend(locks::cases());
    cases.extend(jobs::cases());
    cases.extend(space::cases());
    cases
}

/// Says which sentence failed when a check panics.
struct Announce(&'static str);

impl Drop for Announce {
    fn drop(&mut self) {
        eprintln!("the contract of Vfs does not hold: {}", self.0);
    }
}
