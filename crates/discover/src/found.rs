//! What a walk tells of.

use std::path::PathBuf;

use incrdir_vfs::{Error, Name, Vfs};

/// Something that a walk came upon.
#[non_exhaustive]
pub enum Found<'a, V: Vfs> {
    /// A directory that holds units, or is there to hold them.
    Root(Root<'a, V>),
    /// Something is mounted there, and it was not entered. To look into it, begin a walk there.
    Mount(PathBuf),
    /// A directory that could not be read. The walk goes on beside it.
    Unreadable(Error),
    /// Directories below this one were not entered, because no path is long enough to name them: see
    /// [`MAX_PATH`](crate::MAX_PATH).
    TooDeep(PathBuf),
}

/// A directory that holds units, or is there to hold them.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Root<'a, V: Vfs> {
    /// The directory, open.
    pub dir: &'a V::Dir,
    /// The way to it from where the walk began; empty if that is it. [`VfsExt::open_dir_below`](incrdir_vfs::VfsExt::open_dir_below)
    /// opens it again.
    pub names: &'a [Name],
    /// How it was recognised.
    pub sign: Sign,
}

/// How a root was recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Sign {
    /// It has a tag of ours.
    Tag,
    /// A unit stands in it.
    Unit,
    /// It is called `incremental` and stands beside a lock file of cargo's, in the directory of a profile.
    Cargo {
        /// How many of the names lead to the target directory, as far as it can be recognised; otherwise, to the directory that
        /// holds that of the profile.
        target: usize,
    },
}

impl<V: Vfs> Root<'_, V> {
    /// The path from where the walk began; empty if that is it.
    pub fn path(&self) -> PathBuf {
        self.names.iter().collect()
    }
}

impl<V: Vfs> std::fmt::Debug for Root<'_, V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Root").field("path", &self.path()).field("sign", &self.sign).finish()
    }
}

impl<V: Vfs> std::fmt::Debug for Found<'_, V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Root(root) => root.fmt(f),
            Self::Mount(path) => f.debug_tuple("Mount").field(path).finish(),
            Self::Unreadable(error) => f.debug_tuple("Unreadable").field(error).finish(),
            Self::TooDeep(path) => f.debug_tuple("TooDeep").field(path).finish(),
        }
    }
}
