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
mod content;
mod decorator;
mod directories;
mod links;
mod listing;
mod locks;
mod names;

use std::collections::BTreeSet;
use std::io::{self, ErrorKind};
use std::time::Duration;

pub use decorator::{DEFAULTED, Spy, not_passed_on};

use crate::{Access, Name, Vfs};

/// What a file system may lack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Lacks {
    /// Hard links.
    HardLinks,
    /// Symbolic links.
    Symlinks,
    /// Sharing blocks between files.
    Clones,
    /// Permission bits.
    Modes,
    /// Renaming without replacing.
    RenameNew,
    /// Making a directory durable.
    DirSync,
    /// Locks.
    Locks,
    /// Owners.
    Owners,
    /// Extended attributes.
    Extended,
}

/// The coarsest step in which times are kept: FAT's.
const COARSEST: Duration = Duration::from_secs(2);

/// One sentence of the contract.
#[derive(Debug)]
#[non_exhaustive]
pub struct Case<V: Vfs> {
    /// What must hold.
    pub sentence: &'static str,
    /// Panics if it does not, in an empty directory.
    pub check: fn(&mut Bench<'_, V>),
}

/// Where a case works: an empty directory, and what was found to be lacking.
#[derive(Debug)]
pub struct Bench<'a, V: Vfs> {
    /// The file system.
    pub vfs: &'a V,
    /// The empty directory.
    pub dir: &'a V::Dir,
    lacks: &'a mut BTreeSet<Lacks>,
}

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
    cases
}

/// Says which sentence failed when a check panics.
struct Announce(&'static str);

impl Drop for Announce {
    fn drop(&mut self) {
        eprintln!("the contract of Vfs does not hold: {}", self.0);
    }
}

impl<V: Vfs> Bench<'_, V> {
    /// Makes a file with this content.
    fn file(&self, file: &str, content: &[u8]) -> V::File {
        let file = self.vfs.create_file(self.dir, &name(file)).expect("create file");
        self.vfs.write_at(&file, 0, content).expect("write");
        file
    }

    /// Makes and opens a directory.
    fn sub_dir(&self, dir: &str) -> V::Dir {
        self.vfs.create_dir(self.dir, &name(dir)).expect("create directory");
        self.vfs.open_dir(self.dir, &name(dir)).expect("open directory")
    }

    /// The content of a file, or why it is not available.
    fn content(&self, file: &str) -> io::Result<Vec<u8>> {
        let file = self.vfs.open_file(self.dir, &name(file), Access::Read)?;
        content_of(self.vfs, &file)
    }

    /// Whether a call that may be lacking worked. If it did not, it must have said so properly.
    fn has(&mut self, what: Lacks, result: io::Result<()>) -> bool {
        match result {
            Ok(()) => {
                assert!(!self.lacks.contains(&what), "{what:?} worked this time");
                true
            }
            Err(error) => {
                let kind = error.kind();
                let allowed = match what {
                    Lacks::HardLinks
                    | Lacks::Symlinks
                    | Lacks::Modes
                    | Lacks::Owners
                    | Lacks::Extended => {
                        matches!(kind, ErrorKind::Unsupported | ErrorKind::PermissionDenied)
                    }
                    Lacks::Clones => {
                        matches!(kind, ErrorKind::Unsupported | ErrorKind::CrossesDevices)
                    }
                    Lacks::RenameNew | Lacks::DirSync | Lacks::Locks => {
                        kind == ErrorKind::Unsupported
                    }
                };
                assert!(allowed, "{what:?} refused with {error:?}");
                self.lacks.insert(what);
                false
            }
        }
    }
}

/// The whole content of an open file.
fn content_of<V: Vfs>(vfs: &V, file: &V::File) -> io::Result<Vec<u8>> {
    let len = usize::try_from(vfs.stat_file(file)?.len).expect("a small file");
    let mut content = vec![0; len + 1];
    let read = vfs.read(file, 0, &mut content)?;
    content.truncate(read);
    Ok(content)
}

fn name(text: &str) -> Name {
    Name::new(text).expect("a single component")
}

/// Asserts that a call failed, and with which kind.
#[track_caller]
fn fails<T>(result: io::Result<T>, kind: ErrorKind) {
    match result {
        Ok(_) => panic!("worked, although it must fail with {kind:?}"),
        Err(error) => assert_eq!(error.kind(), kind, "{error:?}"),
    }
}
