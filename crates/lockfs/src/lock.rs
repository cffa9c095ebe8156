//! A lock that is held.

use std::io;
use std::time::{Duration, SystemTime};

use incrdir_vfs::{Error as CallError, FileId, LockKind, Name, Vfs, failed};

/// A kernel's clock moves 1,000 times a second at most: what is less apart has times of its own.
const FINEST_TICK: Duration = Duration::from_micros(900);

/// A content as long as this gets all its room at once.
const USUAL: usize = 16 << 20;

/// How much is read at once.
const STRETCH: usize = 1 << 20;

/// As many zeros, in bytes, as are taken for a hole.
const HOLE: usize = 1 << 16;

/// A lock on a lock file, checked to be the lock of the file's name.
///
/// Dropping it closes the file and nothing else. That releases the lock, unless a child process inherited
/// the open file: then the lock lives as long as the child keeps it open. [`release`](Self::release) ends
/// it for everybody.
#[must_use = "dropping a lock gives it up"]
pub struct Lock<V: Vfs> {
    vfs: V,
    file: V::File,
    kind: LockKind,
    id: FileId,
    len: u64,
    /// When the content was last changed, as seen when the lock was taken.
    changed: Option<SystemTime>,
    /// Whether a change after a look was seen to move the ctime at once.
    shows_changes: bool,
}

impl<V: Vfs> Lock<V> {
    pub(crate) fn new(vfs: &V, file: V::File, kind: LockKind, id: FileId, len: u64) -> Self {
        Self { vfs: vfs.clone(), file, kind, id, len, changed: None, shows_changes: false }
    }

    /// Shared or exclusive.
    pub fn kind(&self) -> LockKind {
        self.kind
    }

    /// The mtime that the lock file had when the lock was acquired; `None` for one that was just made.
    pub fn changed(&self) -> Option<SystemTime> {
        self.changed
    }

    pub(crate) fn seen_changed(self, mtime: SystemTime) -> Self {
        Self { changed: Some(mtime), ..self }
    }

    pub(crate) fn id(&self) -> FileId {
        self.id
    }

    /// The open lock file, for handing it on to a child process.
    pub fn file(&self) -> &V::File {
        &self.file
    }

    /// Whether this file system was seen to give a change that comes right after a look another ctime: times that are
    /// finer than the kernel's clock. Only [`create_locked`](crate::create_locked) looks; else, and where the look came
    /// at a bad moment, it is not known.
    pub fn shows_every_change(&self) -> bool {
        self.shows_changes
    }

    /// Notes two ctimes of the lock file with one change in between, the first of which was looked at before the change.
    pub(crate) fn compare_ctimes(&mut self, before: Option<SystemTime>, after: Option<SystemTime>) {
        let between =
            before.zip(after).and_then(|(before, after)| after.duration_since(before).ok());
        self.shows_changes =
            between.is_some_and(|between| !between.is_zero() && between < FINEST_TICK);
    }

    /// Length of the lock file's content in bytes when the lock was taken, and what was appended since.
    #[expect(clippy::len_without_is_empty, reason = "the length of a file, not of a collection")]
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Reads the lock file's content from the beginning, at most `limit` bytes of it, and not beyond the first hole of 64
    /// KiB, which is more zeros than anybody writes. Otherwise a sparse file, which takes nothing on the medium, would take its
    /// whole length in memory.
    ///
    /// # Errors
    ///
    /// As [`Vfs::read`].
    pub fn read(&self, limit: usize) -> io::Result<Vec<u8>> {
        let len = usize::try_from(self.len).unwrap_or(limit).min(limit);
        let mut content = Vec::new();
        while content.len() < len {
            let start = content.len();
            // What is long need not be there: room is made as it is found.
            let room = start.max(USUAL).min(len - start);
            content.reserve_exact(room.saturating_sub(content.capacity() - start));
            content.resize(len.min(start + STRETCH), 0);
            let read = self.vfs.read(&self.file, start as u64, &mut content[start..])?;
            let pieces = content[start..start + read].chunks_exact(HOLE);
            let before_hole = pieces.take_while(|piece| piece.iter().any(|byte| *byte != 0));
            let whole = before_hole.count() * HOLE;
            let has_hole = whole + HOLE <= read;
            content.truncate(start + if has_hole { whole } else { read });
            if has_hole || read < STRETCH {
                break;
            }
        }
        Ok(content)
    }

    /// Appends to the lock file's content.
    ///
    /// # Errors
    ///
    /// `InvalidInput` under a shared lock, where others may be reading; otherwise as [`Vfs::write_at`].
    pub fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.append_after(self.len, bytes)
    }

    /// Writes behind the first `end` bytes of the lock file's content, over what a process left there that died while
    /// appending.
    ///
    /// # Errors
    ///
    /// As [`append`](Self::append).
    pub fn append_after(&mut self, end: u64, bytes: &[u8]) -> io::Result<()> {
        if self.kind != LockKind::Exclusive {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        self.vfs.write_at(&self.file, end, bytes)?;
        self.len = self.len.max(end + bytes.len() as u64);
        Ok(())
    }

    /// Makes the lock file's content durable.
    ///
    /// # Errors
    ///
    /// As [`Vfs::sync_file`].
    pub fn sync(&self) -> io::Result<()> {
        self.vfs.sync_file(&self.file)
    }

    /// Releases the lock, also for processes that inherited the open file, and closes it.
    ///
    /// # Errors
    ///
    /// As [`Vfs::unlock`]. The file is closed all the same, so an error matters only if a child process inherited it.
    pub fn release(self) -> io::Result<()> {
        self.vfs.unlock(&self.file)
    }

    /// Whether this is the lock of the name now: whether the name shows the file that is locked.
    ///
    /// # Errors
    ///
    /// As [`Vfs::stat`], but never `NotFound`.
    pub fn is_of(&self, dir: &V::Dir, name: &Name) -> Result<bool, CallError> {
        match self.vfs.stat(dir, name) {
            Ok(stat) => Ok(stat.id == self.id),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(failed(&self.vfs, "look at lock file", dir, name)(error)),
        }
    }

    /// Removes the lock file and then releases the lock. A name that is gone, or is another file's by now,
    /// is left alone.
    ///
    /// # Errors
    ///
    /// What failed of the removal; the lock is released all the same.
    pub fn remove(self, dir: &V::Dir, name: &Name) -> Result<(), CallError> {
        let removed = self.remove_name(dir, name);
        // Closing releases it too: an error here changes nothing that we could still mend.
        let _ = self.release();
        removed
    }

    /// Removes the lock file and keeps it open and locked, to read in it. A name that is gone, or is another file's by now, is left
    /// alone.
    ///
    /// # Errors
    ///
    /// What failed of the removal.
    pub fn remove_name(&self, dir: &V::Dir, name: &Name) -> Result<(), CallError> {
        if !self.is_of(dir, name)? {
            return Ok(());
        }
        match self.vfs.remove_file(dir, name) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            result => result.map_err(failed(&self.vfs, "remove lock file", dir, name)),
        }
    }
}

impl<V: Vfs> std::fmt::Debug for Lock<V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lock")
            .field("kind", &self.kind)
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
