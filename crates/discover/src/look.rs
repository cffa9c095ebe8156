//! What the names in a directory say of it.

use std::io;

use incrdir_naming::{CACHEDIR_TAG, UnitName};
use incrdir_session::Catalog;
use incrdir_vfs::{Entry, FileKind, Name};

/// What is in the directory of a profile beside `incremental`. It holds no cache of ours, but many files.
const BESIDE_INCREMENTAL: [&str; 4] = ["deps", "build", ".fingerprint", "examples"];

/// Where version control keeps its objects.
const VERSION_CONTROL: [&str; 4] = [".git", ".hg", ".jj", ".svn"];

/// What one directory holds, as far as it concerns a walk.
#[derive(Debug, Default)]
pub(crate) struct Look {
    /// Directories, in the order of their names, and what the listing says nothing of, which may be some.
    pub(crate) dirs: Vec<Name>,
    /// Whether there are entries of sessions, as in a unit.
    pub(crate) holds_entries: bool,
    /// Whether there is a tag, whosever it is.
    pub(crate) has_tag: bool,
    /// Whether cargo keeps here what it knows of the compiler, as at the top of a target.
    pub(crate) has_rustc_info: bool,
    /// Whether there is a lock file of cargo's, as in the directory of a profile.
    has_cargo_lock: bool,
    /// The first entry that could not be read.
    pub(crate) error: Option<io::Error>,
}

impl Look {
    pub(crate) fn new(entries: Vec<io::Result<Entry>>) -> Self {
        let mut look = Self::default();
        for entry in entries {
            match entry {
                Ok(entry) => look.add(entry),
                Err(error) => {
                    look.error.get_or_insert(error);
                }
            }
        }
        look.dirs.sort_unstable();
        look
    }

    fn add(&mut self, entry: Entry) {
        let may_be = |kind| entry.kind.is_none_or(|is| is == kind);
        self.holds_entries |= Catalog::recognise(&entry).is_some();
        if may_be(FileKind::File) {
            match entry.name.to_str() {
                Some(CACHEDIR_TAG) => self.has_tag = true,
                Some(".rustc_info.json") => self.has_rustc_info = true,
                Some(".cargo-lock" | ".cargo-build-lock") => self.has_cargo_lock = true,
                _ => {}
            }
        }
        if may_be(FileKind::Dir) {
            self.dirs.push(entry.name);
        }
    }

    /// The directory of sessions in that of a profile of cargo's. A target that holds only what was built, because a build
    /// directory of its own holds the rest, has none.
    pub(crate) fn incremental(&self) -> Option<&Name> {
        let mut dirs = self.dirs.iter().filter(|_| self.has_cargo_lock);
        dirs.find(|name| name.to_str() == Some("incremental"))
    }

    /// Leaves only the directories in which there may be a cache.
    pub(crate) fn leave_out(&mut self, place: Place) {
        self.dirs.retain(|name| {
            let text = name.to_str().unwrap_or_default();
            let is_known = match place {
                Place::Profile => text == "incremental" || BESIDE_INCREMENTAL.contains(&text),
                // Pages of rustdoc.
                Place::Target => text == "doc",
                // They need not be looked at to know what they are.
                Place::Root => is_canonical_unit(name),
                Place::Any => false,
            };
            !is_known && !VERSION_CONTROL.contains(&text)
        });
    }
}

/// What a directory was recognised as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// That of a profile of cargo's.
    Profile,
    /// A target directory.
    Target,
    /// A root.
    Root,
    /// Anything else.
    Any,
}

/// Whether it is called like a unit.
pub(crate) fn is_unit_name(name: &Name) -> bool {
    UnitName::parse(name.as_os_str().as_encoded_bytes()).is_some()
}

pub(crate) fn is_canonical_unit(name: &Name) -> bool {
    let unit = UnitName::parse(name.as_os_str().as_encoded_bytes());
    unit.is_some_and(|unit| unit.is_canonical())
}

/// Whether this is the text of a tag that cargo wrote.
pub(crate) fn is_tag_of_cargo(text: &[u8]) -> bool {
    const BY_CARGO: &[u8] = b"tag created by cargo";
    text.windows(BY_CARGO.len()).any(|part| part == BY_CARGO)
}
