//! What copies cannot do without: a write into a file moves nothing but the file, so each is looked at, and what else there is.
#![expect(clippy::disallowed_methods, reason = "they are measured on the real file system")]

use std::fs;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::thread;

use rustix::fs::{Mode, OFlags};

use super::contenders::{Contender, fill, replace};
use super::floor::look_at;
use super::size::{Result, Size};

/// A tree of which every directory and every file is looked at once in begin and once in publish, by as many threads as there are
/// processors, under names that are known beforehand; and nothing else.
#[derive(Debug)]
pub struct Looks {
    tree: PathBuf,
    top: OwnedFd,
    size: Size,
}

const DIRECTORY: OFlags = OFlags::DIRECTORY.union(OFlags::CLOEXEC).union(OFlags::NOFOLLOW);

impl Looks {
    /// A tree.
    ///
    /// # Errors
    ///
    /// If it cannot be made, or has no directories.
    pub fn new(dir: &Path, size: Size) -> Result<Self> {
        if size.directories == 0 {
            return Err("a tree has directories".into());
        }
        fs::create_dir_all(dir)?;
        fill(dir, size)?;
        let top = rustix::fs::open(dir, DIRECTORY, Mode::empty())?;
        Ok(Self { tree: dir.into(), top, size })
    }

    fn look_at_all(&self) -> Result<()> {
        let threads = thread::available_parallelism()?.get();
        thread::scope(|scope| {
            let part = |first| {
                let work = move || {
                    (first..self.size.directories)
                        .step_by(threads)
                        .try_for_each(|number| self.look_into(number).map_err(|it| it.to_string()))
                };
                scope.spawn(work)
            };
            let parts: Vec<_> = (0..threads).map(part).collect();
            parts.into_iter().try_for_each(|part| part.join().map_err(|_| "a look panicked")?)
        })?;
        Ok(())
    }

    fn look_into(&self, number: usize) -> Result<()> {
        let Size { files, directories, .. } = self.size;
        let paths = (number..files).step_by(directories).map(|file| self.size.path(file));
        let mut opened: Option<OwnedFd> = None;
        for path in paths {
            let (dir, name) = path.rsplit_once('/').unwrap_or((".", &path));
            let dir = match &opened {
                Some(dir) => dir,
                None => {
                    look_at(&self.top, dir)?;
                    opened.insert(rustix::fs::openat(&self.top, dir, DIRECTORY, Mode::empty())?)
                }
            };
            look_at(dir, name)?;
        }
        Ok(())
    }
}

impl Contender for Looks {
    fn name(&self) -> &'static str {
        "looks at copies"
    }

    fn begin(&mut self) -> Result<()> {
        self.look_at_all()
    }

    fn change(&mut self, round: usize) -> Result<()> {
        replace(&self.tree, self.size, round)
    }

    fn end(&mut self) -> Result<()> {
        self.look_at_all()
    }
}
