//! The real file system: cap-std's directory handles, fs4's locks, rustix where cap-std has no call, incrdir-nt on
//! Windows, where cap-std goes by paths, and incrdir-xnu for what macOS tells of processes.
//!
//! Each operation is one file's business, and so is each difference between platforms:
//!
//! | file | what differs there |
//! | --- | --- |
//! | `open.rs` | flags that keep an open from following or waiting |
//! | `list.rs` | how a directory is read |
//! | `names.rs` | making, renaming, linking and removing |
//! | `stat.rs` | where the identity of a file comes from |
//! | `content.rs` | reading and writing at an offset |
//! | `clone.rs` | which call makes a file that shares the content of another |
//! | `copy.rs` | copies in the kernel, holes |
//! | `attributes.rs` | permissions, owners, and how something is made durable |
//! | `extended.rs` | which attributes with names of their own there are |
//! | `fs_info.rs` | how to ask which file system this is |
//! | `process.rs` | who the calling process is, and who is alive |
//! | `space.rs` | how much room there is |
//! | `machine.rs` | the id of this start of the machine |
//!
//! `pool.rs` is the one place where threads are started.

mod attributes;
mod calls;
mod clone;
mod content;
mod copy;
mod dir;
mod errno;
mod extended;
mod fs_info;
mod list;
mod lock;
mod machine;
mod names;
mod open;
mod pool;
mod process;
mod progress;
mod space;
mod stat;

use std::io;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

pub use dir::CapDir;

use crate::{Error, Step};

/// The real file system, clock and randomness.
///
/// Cloning is cheap. The only door that takes a path is [`open_ambient_dir`](Self::open_ambient_dir);
/// everything else goes through the handles that it leads to.
#[derive(Debug, Clone, Default)]
pub struct CapVfs {
    boot_id: Arc<OnceLock<Option<u128>>>,
    stop: Arc<AtomicBool>,
    listener: progress::Listener,
}

impl CapVfs {
    /// Opens a directory by its path. Here, and only here, symbolic links are followed: the path is the
    /// user's own word.
    ///
    /// # Errors
    ///
    /// `NotFound`, `NotADirectory`, `PermissionDenied` and whatever else the system says, with the path in
    /// the text.
    pub fn open_ambient_dir(path: impl AsRef<Path>) -> io::Result<(Self, CapDir)> {
        let path = path.as_ref();
        match CapDir::ambient(path) {
            Ok(dir) => Ok((Self::default(), dir)),
            Err(error) => Err(Error::new("open directory", path, error).into()),
        }
    }

    /// From now on, what takes long stops when this is set: see [`Vfs::is_stopped`](crate::Vfs::is_stopped). A signal
    /// handler may set it.
    #[must_use]
    pub fn stopped_by(self, stop: Arc<AtomicBool>) -> Self {
        Self { stop, ..self }
    }

    /// From now on, calls this for each step of what takes long: see [`Vfs::step`](crate::Vfs::step). It is called by the
    /// threads that work, between two steps, so it should be quick and must not panic. Setting the flag of
    /// [`stopped_by`](Self::stopped_by) in it ends the work.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicBool, Ordering};
    ///
    /// use incrdir_vfs::{CapVfs, Step, Vfs, Work};
    ///
    /// # fn main() -> std::io::Result<()> {
    /// # let tmp = tempfile::tempdir()?;
    /// let (vfs, _root) = CapVfs::open_ambient_dir(tmp.path())?;
    /// let stop = Arc::new(AtomicBool::new(false));
    /// let enough = Arc::clone(&stop);
    /// let vfs = vfs.stopped_by(stop).on_step(move |step| {
    ///     eprintln!("{:?}: {}", step.work, step.done);
    ///     enough.store(step.done >= 1_000, Ordering::Relaxed);
    /// });
    ///
    /// vfs.step(Step::new(Work::Seed, 999)); // what the layers above do
    /// assert!(!vfs.is_stopped());
    /// vfs.step(Step::new(Work::Seed, 1_000));
    /// assert!(vfs.is_stopped());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn on_step(self, listener: impl Fn(Step) + Send + Sync + 'static) -> Self {
        Self { listener: progress::Listener::new(listener), ..self }
    }
}
