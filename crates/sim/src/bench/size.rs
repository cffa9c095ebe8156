//! What is measured, and how it fails.

use std::error::Error;

/// What goes wrong in a benchmark.
pub type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// How much there is and how much changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Files in a session.
    pub files: usize,
    /// Files that a session replaces.
    pub changed: usize,
    /// Bytes in each file.
    pub bytes: usize,
    /// Directories that the files are spread over; 0: all are at the top.
    pub directories: usize,
}

/// Directories in each directory.
const BRANCHES: usize = 10;

impl Size {
    /// Reads `FILES/CHANGED[/BYTES[/DIRECTORIES]]`.
    ///
    /// # Errors
    ///
    /// If it is something else.
    pub fn parse(text: &str) -> Result<Self> {
        let numbers: Vec<usize> =
            text.split('/').map(str::parse).collect::<std::result::Result<_, _>>()?;
        let (files, changed, bytes, directories) = match numbers[..] {
            [files, changed] => (files, changed, 16, 0),
            [files, changed, bytes] => (files, changed, bytes, 0),
            [files, changed, bytes, directories] => (files, changed, bytes, directories),
            _ => return Err("a size is FILES/CHANGED[/BYTES[/DIRECTORIES]]".into()),
        };
        Ok(Self { files, changed, bytes, directories })
    }

    /// The path of a file, by its number.
    pub(super) fn path(self, number: usize) -> String {
        // As long as the names that compilers give their files.
        let name = format!("{number:07}-module.cgu.0.rcgu.o");
        match self.directories {
            0 => name,
            directories => format!("{}/{name}", directory(number % directories)),
        }
    }

    /// The paths of all directories, each after the one that it is in.
    pub(super) fn all_directories(self) -> impl Iterator<Item = String> {
        (0..self.directories).map(directory)
    }

    /// The files that a round replaces: others in every round, spread over all.
    pub(super) fn changed(self, round: usize) -> impl Iterator<Item = String> {
        let step = (self.files / self.changed.max(1)).max(1);
        (0..self.changed).map(move |number| self.path((number * step + round) % self.files))
    }
}

/// The path of a directory, by its number: a tree in which each has as many in it as the others.
fn directory(number: usize) -> String {
    let name = directory_name(number);
    match number.checked_sub(1) {
        None => name,
        Some(before) => format!("{}/{name}", directory(before / BRANCHES)),
    }
}

pub(super) fn directory_name(number: usize) -> String {
    format!("part-{number:05}")
}

/// The directories in a directory, by their numbers.
pub(super) fn below(number: usize, directories: usize) -> impl Iterator<Item = usize> {
    let first = number * BRANCHES + 1;
    first..(first + BRANCHES).min(directories.max(first))
}
