//! B7: the working session that the caller has in hand, and how to write in it.

use std::path::{Path, PathBuf};

use incrdir_lockfs::Lock;
use incrdir_naming::{EntryName, Key, SessionName, UnitName};
use incrdir_record::encode_watched;
use incrdir_vfs::{DirStat, Vfs, failed};

use crate::fill::basis::{Basis, Terms};
use crate::fill::recall::Unread;
use crate::record::recorded;
use crate::{Drawback, Error, Rejected, Rejection, SeedMode, Seeded, Unit, vfs_name};

const NOT_ENDED: &str = "BUG: a session that has ended is not handed out";

/// A session that is being written: private to whoever holds this value.
///
/// [`publish`](crate::publish) or [`abandon`](crate::abandon) it. **Dropping it abandons it** as far as that can be done without
/// an error: nothing of it is published, and its directory is deleted, which takes as long as there are files. What is left
/// when the process dies, or when deleting fails, is removed by the next collection. [`leave`](Self::leave) keeps the directory
/// for somebody to look at.
#[must_use = "publish it: dropping it deletes what was written"]
pub struct Working<V: Vfs>(Option<Writing<V>>);

/// All that a session is while it is being written.
pub(crate) struct Writing<V: Vfs> {
    pub(crate) unit: Unit<V>,
    pub(crate) key: Key,
    /// `None` only while it is renamed where no directory is renamed that is open.
    pub(crate) dir: Option<V::Dir>,
    pub(crate) path: PathBuf,
    /// The directory as it was first seen, to recognise it under its published name: what identifies it stays the same.
    pub(crate) seen: DirStat,
    pub(crate) lock: Lock<V>,
    pub(crate) report: Begun,
    /// What it was seeded from, for its own list.
    pub(crate) basis: Basis,
    /// Where the rest of that is, if it has not been read.
    pub(crate) unread: Option<Unread<V>>,
    pub(crate) terms: Terms,
}

impl<V: Vfs> Writing<V> {
    pub(crate) fn name(&self) -> SessionName {
        self.key.working()
    }

    pub(crate) fn dir(&self) -> &V::Dir {
        self.dir.as_ref().expect("BUG: nobody else has it while it is renamed")
    }

    /// Reads what is known of the files in it, if that was put off.
    pub(crate) fn recall(&mut self) {
        if let Some(unread) = self.unread.take() {
            unread.recall(self.report.mode, &mut self.basis);
        }
    }

    /// Nothing is known any more of what is in it.
    pub(crate) fn forget(&mut self) {
        self.unread = None;
        self.basis.forget();
    }

    fn note(&mut self, frame: &[u8]) -> Result<(), Error> {
        let Self { unit, key, lock, .. } = self;
        let name = vfs_name(EntryName::Lock(*key));
        let noted = lock.append(frame);
        Ok(noted.map_err(failed(&unit.vfs, "write lock file", &unit.dir, &name))?)
    }
}

/// How a session was begun.
#[derive(Debug)]
#[non_exhaustive]
pub struct Begun {
    /// The published session it was seeded from; `None` for a cold start.
    pub source: Option<SessionName>,
    /// The unit that the source is in, if it is not the session's own ([`BeginOptions::fallbacks`](crate::BeginOptions::fallbacks)).
    pub source_unit: Option<UnitName>,
    /// How it was to be seeded. [`SeedMode::Auto`] instead of [`SeedMode::Link`] if the source is in another unit: files of other units
    /// are not linked.
    pub mode: SeedMode,
    /// How many entries of the source were not selected, what is in directories among them included.
    pub unselected: u64,
    /// What seeding did.
    pub seeded: Seeded,
    /// The published session that was made into this one; `None`: the directory is new.
    pub recycled: Option<SessionName>,
    /// The session that was filled ahead of time ([`warm`](crate::warm)) and became this one. What that took was told then:
    /// [`seeded`](Self::seeded) is empty.
    pub waited: Option<SessionName>,
    /// Why a spare that was available was not used after all.
    pub recycling_failed: Option<Rejection>,
    /// Published sessions that were seen and not used, with the reason. Empty on a cold start: there were
    /// none, or none was asked for.
    pub rejected: Vec<Rejected>,
    /// Whether the source was copied or restored after it had been published, and was used because lengths, times and
    /// digests agree.
    pub is_moved: bool,
    /// Files in the source that were not published with it, below its directory: the first few, as far as anybody looked.
    /// They are not in the session.
    pub extra: Vec<PathBuf>,
    /// How many names were tried before one was available: 1 unless others interfered.
    pub attempts: usize,
    /// What the file system makes worse. It is told once for a unit: what is known of the file system by the sessions that
    /// begin while nothing is published in the unit, and what is seen when files are taken over by the first ones that
    /// take some over. Finding it out takes no call. Empty if nobody is to be told
    /// ([`BeginOptions::tells_drawbacks`](crate::BeginOptions::tells_drawbacks)).
    pub drawbacks: Vec<Drawback>,
}

impl Begun {
    pub(crate) fn new(
        mode: SeedMode,
        seeded: Option<(SessionName, Seeded)>,
        rejected: Vec<Rejected>,
    ) -> Self {
        let (source, seeded) =
            seeded.map(|(name, seeded)| (Some(name), seeded)).unwrap_or_default();
        Self {
            source,
            source_unit: None,
            mode,
            unselected: 0,
            seeded,
            recycled: None,
            waited: None,
            recycling_failed: None,
            rejected,
            is_moved: false,
            extra: Vec::new(),
            attempts: 1,
            drawbacks: Vec::new(),
        }
    }
}

impl<V: Vfs> Working<V> {
    pub(crate) fn new(writing: Writing<V>) -> Self {
        Self(Some(writing))
    }

    pub(crate) fn writing(&self) -> &Writing<V> {
        self.0.as_ref().expect(NOT_ENDED)
    }

    pub(crate) fn writing_mut(&mut self) -> &mut Writing<V> {
        self.0.as_mut().expect(NOT_ENDED)
    }

    /// Takes the session out of this value, so that dropping it does nothing.
    pub(crate) fn end(mut self) -> Writing<V> {
        self.0.take().expect(NOT_ENDED)
    }

    /// What is left of the session when this value is dropped.
    pub(crate) fn left(&mut self) -> Option<Writing<V>> {
        self.0.take()
    }

    /// Its name while it is being written.
    pub fn name(&self) -> SessionName {
        self.writing().name()
    }

    /// Its open directory.
    pub fn dir(&self) -> &V::Dir {
        self.writing().dir()
    }

    /// The path of its directory, for programs that write in it.
    ///
    /// **In a session that was seeded by links ([`SeedMode::Link`]) files there are those of a published one:** whoever opens one
    /// and writes changes what was published, and abandoning does not undo that. Only programs that replace files may be given
    /// this path.
    pub fn path(&self) -> &Path {
        &self.writing().path
    }

    /// The unit it belongs to.
    pub fn unit(&self) -> &Unit<V> {
        &self.writing().unit
    }

    /// How it was begun.
    pub fn report(&self) -> &Begun {
        &self.writing().report
    }

    /// Notes that processes which were started for this session are still running, and may write into its files after it
    /// was published. It is never made into another session then: a later one would get what they write.
    ///
    /// # Errors
    ///
    /// As [`Lock::append`](incrdir_lockfs::Lock::append).
    pub fn note_survivors(&mut self) -> Result<(), Error> {
        self.writing_mut().note(&encode_watched())
    }

    /// Notes a process that was started to write into this session, a child of the caller for example. Whether it is handed
    /// the lock file ([`lock_file`](Self::lock_file)) or not, and whatever it does with it: as long as it is alive, no
    /// collection takes the session for a leftover, even if this process dies. What it starts itself is not noted.
    ///
    /// # Errors
    ///
    /// As [`Lock::append`](incrdir_lockfs::Lock::append).
    pub fn note_child(&mut self, pid: u32) -> Result<(), Error> {
        let child = self.unit().vfs().process_of(pid);
        self.writing_mut().note(&recorded(&child).encode_child())
    }

    /// Gives the session up and leaves its directory as it is, for somebody to look at. Like the session of a process that
    /// died, it is removed by the next collection.
    pub fn leave(self) -> PathBuf {
        let path = self.path().into();
        // Closing the lock file releases it.
        drop(self.end());
        path
    }

    /// The open lock file. A child process that inherits it keeps the session alive even if this process
    /// dies, until it closes it; publishing and abandoning end that.
    pub fn lock_file(&self) -> &V::File {
        self.writing().lock.file()
    }
}

impl<V: Vfs> std::fmt::Debug for Working<V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Working")
            .field("path", &self.path())
            .field("report", self.report())
            .finish()
    }
}
