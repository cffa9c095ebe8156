//! An object store, as five calls.

use std::io;
use std::ops::ControlFlow;
use std::time::SystemTime;

/// Where objects are kept: names with bytes behind them, that many machines share.
///
/// What is relied upon, and no more than that:
///
/// - **O1** [`put_new`](Self::put_new) lets one writer win. It may have won without knowing, if the answer was lost.
/// - **O2** What [`put_new`](Self::put_new) and [`put`](Self::put) have confirmed is whole: nobody ever gets half of it.
/// - **O3** A listing that is begun after a call was confirmed shows what the call did. Where listings lag behind, by less
///   than a quarter of the [grace](crate::GRACE), the protocol still holds for whoever keeps within the grace.
/// - **O4** The times in a listing are all of one clock, the store's, and never go back by more than a quarter of the grace.
///
/// Keys are made of `a-z 0-9 . - _ =` and slashes. Everything is small enough to be held in memory: a few megabytes, but
/// for manifests.
///
/// # Errors
///
/// [`StoreError`] says which call and key; its kind is `NotFound` or `PermissionDenied` where the store says so, `TimedOut` where it
/// did not answer, `StorageFull` where it is full. An error leaves open whether the call was carried out.
pub trait Store {
    /// Makes an object that is not there.
    fn put_new(&self, key: &str, bytes: &[u8]) -> Result<PutNew, StoreError>;

    /// Makes an object, or replaces it as a whole.
    fn put(&self, key: &str, bytes: &[u8]) -> Result<(), StoreError>;

    /// Reads a whole object of at most `limit` bytes. `None`: there is none. `FileTooLarge`: it is longer, and nothing of it was
    /// read. `InvalidData`: something is there that is no object.
    fn get(&self, key: &str, limit: usize) -> Result<Option<Vec<u8>>, StoreError>;

    /// Lists the objects whose keys begin with `prefix`, which ends with a slash.
    fn list(&self, prefix: &str) -> Result<Vec<Stored>, StoreError>;

    /// Removes an object. One that is not there is as good as removed.
    fn delete(&self, key: &str) -> Result<(), StoreError>;

    /// A random number, for names.
    fn random(&self) -> u64;

    /// Does `work` for each of the jobs, several at the same time perhaps, and hands what comes of it to `done` as it comes,
    /// in any order. Jobs are taken as they are needed, so that there is never much in memory. When `done` breaks, no other job
    /// is taken, and those that are being done are waited for. By default one is done after the other.
    fn concurrently<J: Send, T: Send>(
        &self,
        jobs: impl Iterator<Item = J>,
        work: impl Fn(&Self, J) -> T + Sync,
        mut done: impl FnMut(T) -> ControlFlow<()>,
    ) where
        Self: Sized,
    {
        for job in jobs {
            if done(work(self, job)).is_break() {
                return;
            }
        }
    }
}

/// What came of making an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
// Exhaustive: it was there, or it was not.
pub enum PutNew {
    /// It was made.
    Made,
    /// An object of that name is there already: another writer's, or one's own, if an earlier answer was lost.
    Exists,
}

/// An object in a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stored {
    /// Its whole key.
    pub key: String,
    /// Its length in bytes.
    pub len: u64,
    /// When it was made or replaced, by the store's clock.
    pub modified: SystemTime,
}

impl Stored {
    /// An object, for those who implement a [`Store`].
    pub fn new(key: String, len: u64, modified: SystemTime) -> Self {
        Self { key, len, modified }
    }
}

/// A call of the store failed.
#[derive(Debug, thiserror::Error)]
#[error("cannot {operation} `{key}` in the store")]
pub struct StoreError {
    operation: &'static str,
    key: String,
    source: io::Error,
}

impl StoreError {
    /// An error, for those who implement a [`Store`].
    pub fn new(operation: &'static str, key: &str, source: io::Error) -> Self {
        Self { operation, key: key.into(), source }
    }

    /// The kind of the cause.
    pub fn kind(&self) -> io::ErrorKind {
        self.source.kind()
    }

    /// Whether what is there is none of ours, so that nobody will ever read it: it is longer than it may be, no file, or makes no sense.
    pub(crate) fn is_of_something_else(&self) -> bool {
        matches!(self.kind(), io::ErrorKind::FileTooLarge | io::ErrorKind::InvalidData)
    }
}
