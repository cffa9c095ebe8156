//! What users of a file system want besides its calls.

use std::io::{self, ErrorKind};
use std::path::PathBuf;

use crate::{Access, Entry, Error, FileKind, Name, RelPath, Vfs, failed};

/// How much of a file is read at once, in bytes.
const CHUNK: usize = 1 << 20;

/// Files and directories by their paths below an open directory, each in a few calls of [`Vfs`].
///
/// Every [`Vfs`] has these methods. They open one directory of a path after the other, so a symbolic link on the way is
/// refused with `NotADirectory`. Errors name the operation and the path.
///
/// ```
/// use incrdir_vfs::{RelPath, VfsExt};
/// # #[cfg(feature = "cap")] {
/// use incrdir_vfs::CapVfs;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let tmp = tempfile::tempdir()?;
/// let (vfs, root) = CapVfs::open_ambient_dir(tmp.path())?;
/// let state = RelPath::new("jobs/today/state")?;
///
/// vfs.write_file(&root, &state, b"queued")?; // makes `jobs` and `jobs/today`
/// assert_eq!(vfs.read_file(&root, &state, 1 << 20)?, b"queued");
///
/// let jobs = vfs.open_dir_below(&root, &RelPath::new("jobs")?)?;
/// let listed = vfs.list_sorted(&jobs)?;
/// assert_eq!(listed[0].name.to_str(), Some("today"));
/// # Ok(())
/// # }
/// # main().unwrap();
/// # }
/// ```
pub trait VfsExt: Vfs {
    /// Opens a directory.
    ///
    /// # Errors
    ///
    /// As [`Vfs::open_dir`], of the first directory on the way that cannot be opened.
    fn open_dir_below(&self, dir: &Self::Dir, path: &RelPath) -> Result<Self::Dir, Error> {
        let (name, parents) = path.split_last();
        let below = descend(self, dir, parents, Missing::Fails)?;
        step_into(self, below.as_ref().unwrap_or(dir), name, Missing::Fails)
    }

    /// Opens a directory, making it and those that lead to it where they are missing.
    ///
    /// # Errors
    ///
    /// As [`Vfs::open_dir`] and [`Vfs::create_dir`]. That another process makes the directory at the same time is no error.
    fn create_dir_below(&self, dir: &Self::Dir, path: &RelPath) -> Result<Self::Dir, Error> {
        let (name, parents) = path.split_last();
        let below = descend(self, dir, parents, Missing::IsMade)?;
        step_into(self, below.as_ref().unwrap_or(dir), name, Missing::IsMade)
    }

    /// Opens a file that exists.
    ///
    /// # Errors
    ///
    /// As [`Vfs::open_dir`] and [`Vfs::open_file`].
    fn open_file_below(
        &self,
        dir: &Self::Dir,
        path: &RelPath,
        access: Access,
    ) -> Result<Self::File, Error> {
        let (name, parents) = path.split_last();
        let below = descend(self, dir, parents, Missing::Fails)?;
        let dir = below.as_ref().unwrap_or(dir);
        self.open_file(dir, name, access).map_err(failed(self, "open file", dir, name))
    }

    /// Makes a file, and the directories that lead to it where they are missing.
    ///
    /// # Errors
    ///
    /// `AlreadyExists` if the name exists, whatever it is; otherwise as [`create_dir_below`](Self::create_dir_below) and
    /// [`Vfs::create_file`].
    fn create_file_below(&self, dir: &Self::Dir, path: &RelPath) -> Result<Self::File, Error> {
        let (name, parents) = path.split_last();
        let below = descend(self, dir, parents, Missing::IsMade)?;
        let dir = below.as_ref().unwrap_or(dir);
        self.create_file(dir, name).map_err(failed(self, "create file", dir, name))
    }

    /// Reads a whole file of at most `limit` bytes.
    ///
    /// # Errors
    ///
    /// `FileTooLarge` if there are more; `InvalidInput` or `IsADirectory` for anything but a file; `Interrupted` if
    /// [`Vfs::is_stopped`]; otherwise as [`open_file_below`](Self::open_file_below) and [`Vfs::read`].
    fn read_file(&self, dir: &Self::Dir, path: &RelPath, limit: u64) -> Result<Vec<u8>, Error> {
        let file = self.open_file_below(dir, path, Access::Read)?;
        read_whole(self, &file, limit)
            .map_err(|error| Error::new("read", at(self, dir, path), error))
    }

    /// Makes an empty file, in place of a file or link of that name, and the directories that lead to it where they are
    /// missing.
    ///
    /// The old file or link is removed and a new file made exclusively, so a file with several names is let go, never written
    /// into. The replacement is not atomic: meanwhile, other processes may find no file. Where they must not, make the file
    /// under another name and [rename](Vfs::rename) it.
    ///
    /// # Errors
    ///
    /// `IsADirectory` for a directory of that name; otherwise as [`create_file_below`](Self::create_file_below).
    fn replace_file(&self, dir: &Self::Dir, path: &RelPath) -> Result<Self::File, Error> {
        let (name, parents) = path.split_last();
        let below = descend(self, dir, parents, Missing::IsMade)?;
        let dir = below.as_ref().unwrap_or(dir);
        match self.remove_file(dir, name) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(failed(self, "replace", dir, name)(error))
            }
            _ => self.create_file(dir, name).map_err(failed(self, "create file", dir, name)),
        }
    }

    /// Writes a whole file, in place of a file or link of that name, as [`replace_file`](Self::replace_file) makes it.
    ///
    /// # Errors
    ///
    /// As [`replace_file`](Self::replace_file) and [`Vfs::write_at`]. If writing fails, what was written so far stays.
    fn write_file(&self, dir: &Self::Dir, path: &RelPath, bytes: &[u8]) -> Result<(), Error> {
        let file = self.replace_file(dir, path)?;
        self.write_at(&file, 0, bytes)
            .map_err(|error| Error::new("write", at(self, dir, path), error))
    }

    /// Lists a directory, sorted by name.
    ///
    /// # Errors
    ///
    /// As [`Vfs::list`]; the first entry that cannot be read fails the whole.
    fn list_sorted(&self, dir: &Self::Dir) -> Result<Vec<Entry>, Error> {
        let listed = self.list(dir).and_then(|entries| entries.into_iter().collect());
        let mut entries: Vec<Entry> =
            listed.map_err(|error| Error::new("list directory", self.path(dir), error))?;
        entries.sort_unstable_by(|one, other| one.name.cmp(&other.name));
        Ok(entries)
    }
}

impl<V: Vfs> VfsExt for V {}

/// What to do about a directory that is not there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Missing {
    Fails,
    IsMade,
}

/// Opens one directory after the other. `None`: there are no names.
fn descend<V: Vfs>(
    vfs: &V,
    top: &V::Dir,
    names: &[Name],
    missing: Missing,
) -> Result<Option<V::Dir>, Error> {
    let mut below = None;
    for name in names {
        below = Some(step_into(vfs, below.as_ref().unwrap_or(top), name, missing)?);
    }
    Ok(below)
}

fn step_into<V: Vfs>(
    vfs: &V,
    dir: &V::Dir,
    name: &Name,
    missing: Missing,
) -> Result<V::Dir, Error> {
    // Opened first: that is one call where the directory is there, as it usually is.
    let opened = match vfs.open_dir(dir, name) {
        Err(error) if missing == Missing::IsMade && error.kind() == ErrorKind::NotFound => {
            match vfs.create_dir(dir, name) {
                Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                    return Err(failed(vfs, "create directory", dir, name)(error));
                }
                _ => vfs.open_dir(dir, name),
            }
        }
        opened => opened,
    };
    opened.map_err(failed(vfs, "open directory", dir, name))
}

fn read_whole<V: Vfs>(vfs: &V, file: &V::File, limit: u64) -> io::Result<Vec<u8>> {
    let stat = vfs.stat_file(file)?;
    if stat.kind != FileKind::File {
        return Err(io::Error::new(ErrorKind::InvalidInput, "not a regular file"));
    }
    let too_large = || {
        let why = format!("longer than the {limit} bytes that may be read");
        io::Error::new(ErrorKind::FileTooLarge, why)
    };
    if stat.len > limit {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    // One byte more than there is, so that one call sees the end of a short file.
    let mut wanted = usize::try_from(stat.len).unwrap_or(CHUNK).min(CHUNK) + 1;
    loop {
        if vfs.is_stopped() {
            return Err(io::Error::new(ErrorKind::Interrupted, "told to stop"));
        }
        let start = bytes.len();
        bytes.resize(start + wanted, 0);
        let read = vfs.read(file, start as u64, &mut bytes[start..])?;
        bytes.truncate(start + read);
        // It may have grown since it was looked at.
        if bytes.len() as u64 > limit {
            return Err(too_large());
        }
        if read < wanted {
            return Ok(bytes);
        }
        wanted = CHUNK;
    }
}

fn at<V: Vfs>(vfs: &V, dir: &V::Dir, path: &RelPath) -> PathBuf {
    path.names().iter().fold(vfs.path(dir).into(), |at: PathBuf, name| at.join(name))
}
