//! A session: a private directory that is published or dropped.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use incrdir_gc::{Collected, Mode, collect};
use incrdir_naming::{Hash, SessionName};
use incrdir_session::{
    Begun, Quarantine, Working, abandon, clear, publish, publish_if_changed, reject,
};
use incrdir_vfs::{CapVfs, RelPath};

use crate::command::spawn;
use crate::linkage::{Linkage, Linked, Private};
use crate::{Cache, Error};

/// A session that is being written: a directory that nobody else knows.
///
/// [`publish`](Self::publish) it, and all of it is there for others at once. **Dropping it abandons it**: by `?`, by a panic, or
/// because nothing has changed. Its directory is deleted then, which takes as long as there are files; what fails of that is
/// left to the next collection. A process that is killed leaves its session to the next collection, too.
///
/// A child that was made by `fork` has a copy of this value: it must end by `exec` or `_exit`, without dropping it, or the session
/// of its parent is deleted. [`spawn`](Self::spawn) and [`Command`] do so.
#[derive(Debug)]
#[must_use = "publish it: dropping it deletes what was written"]
pub struct Session<L: Linkage = Private> {
    working: Working<CapVfs>,
    home: Home,
    linkage: std::marker::PhantomData<L>,
}

/// The cache that a session is in, and whether publishing collects there.
#[derive(Debug, Clone)]
pub(crate) struct Home {
    pub(crate) cache: Cache,
    pub(crate) collects: bool,
}

/// A session that has been published.
#[derive(Debug)]
#[non_exhaustive]
pub struct Published {
    /// Its name from now on.
    pub name: SessionName,
    /// The path of its directory. It may be collected as soon as there are newer ones: to read there, hold it by
    /// [`Unit::read`](crate::Unit::read).
    pub path: PathBuf,
    /// A newer session that somebody else had published before this one: that is what others begin from.
    pub superseded_by: Option<SessionName>,
    /// What the collection of the unit did, or why there was none. `None`: none was wanted.
    pub collected: Option<Result<Collected, Error>>,
}

impl Session<Private> {
    /// The path of its directory: read and write there as you like, also in place, also by other programs.
    pub fn path(&self) -> &Path {
        self.working.path()
    }
}

impl Session<Linked> {
    /// The path of its directory, for programs that replace files. **Files there may be those of a published session**: whoever
    /// opens one and writes changes what has been published. See [`Begin::link`](crate::Begin::link).
    pub fn shared_path(&self) -> &Path {
        self.working.path()
    }
}

impl<L: Linkage> Session<L> {
    pub(crate) fn new(working: Working<CapVfs>, home: Home) -> Self {
        Self { working, home, linkage: std::marker::PhantomData }
    }

    /// Reads a whole file, by its path below the session. `None`: there is none. Links are not followed.
    ///
    /// # Errors
    ///
    /// [`Error::Path`] for a path that leads out of the session, and [`Error::Io`] with whatever the system says.
    pub fn read(&self, path: impl AsRef<Path>) -> Result<Option<Vec<u8>>, Error> {
        Ok(self.working.read(&RelPath::new(path)?)?)
    }

    /// Replaces the content of a file, or makes it, with the directories that lead to it.
    ///
    /// # Errors
    ///
    /// As [`file`](Self::file).
    pub fn write(&mut self, path: impl AsRef<Path>, bytes: impl AsRef<[u8]>) -> Result<(), Error> {
        Ok(self.working.write(&RelPath::new(path)?, bytes)?)
    }

    /// Makes an empty file in place of whatever file has the name, with the directories that lead to it, and opens it for
    /// writing. Close it before the session is published.
    ///
    /// # Errors
    ///
    /// [`Error::Path`] for a path that leads out of the session; [`Error::Io`] of kind `IsADirectory` for a directory of that
    /// name, `NotADirectory` for a file or a link on the way, and whatever the system says.
    pub fn file(&mut self, path: impl AsRef<Path>) -> Result<File, Error> {
        Ok(self.working.create(&RelPath::new(path)?)?)
    }

    /// Opens a file for reading and writing in place. One that is linked to a published session is copied first.
    ///
    /// # Errors
    ///
    /// As [`file`](Self::file); `NotFound` if there is no such file.
    pub fn edit(&mut self, path: impl AsRef<Path>) -> Result<File, Error> {
        Ok(self.working.edit(&RelPath::new(path)?)?)
    }

    /// Removes a file or a link. What is not there is as good as removed.
    ///
    /// # Errors
    ///
    /// [`Error::Path`], and [`Error::Io`] of kind `IsADirectory` or whatever the system says.
    pub fn remove(&mut self, path: impl AsRef<Path>) -> Result<(), Error> {
        Ok(self.working.remove(&RelPath::new(path)?)?)
    }

    /// Deletes all that is in it, and goes on as if it had begun cold: for a program that cannot read what an older one left.
    ///
    /// # Errors
    ///
    /// As [`incrdir_session::clear`].
    pub fn clear(&mut self) -> Result<(), Error> {
        clear(&mut self.working)?;
        Ok(())
    }

    /// The published session that it was seeded from. `None`: it began cold.
    pub fn source(&self) -> Option<SessionName> {
        self.report().source
    }

    /// How it was begun: what was taken over, and what was passed over and why.
    pub fn report(&self) -> &Begun {
        self.working.report()
    }

    /// Runs a program that may write into the session. As long as that program lives, or one that it has started and that keeps
    /// its descriptors open, no collection takes the session for a leftover, even if this process dies.
    ///
    /// # Errors
    ///
    /// If the program cannot be started.
    pub fn spawn(&mut self, command: &mut Command) -> Result<std::process::Child, Error> {
        spawn(&mut self.working, command)
    }

    /// Publishes the session: makes it visible, whole and for ever. Then deletes what is obsolete in the unit, unless it was
    /// begun [`without_collecting`](crate::Begin::without_collecting).
    ///
    /// Close its files first. What is written to one afterwards changes what was published, and may go unnoticed unless digests are
    /// recorded.
    ///
    /// # Errors
    ///
    /// If it could not be listed, synced, recorded or renamed. The error holds the session, as it was. That a collection fails
    /// is no error: it is in [`Published::collected`].
    pub fn publish(self) -> Result<Published, PublishError<L>> {
        let Self { working, home, .. } = self;
        let published = publish(working, Hash::new(0));
        match published {
            Ok(published) => Ok(Self::collected(published, &home)),
            Err(error) => Err(Self::not_published(error, home)),
        }
    }

    /// Publishes the session unless it holds what it was seeded from: then it is abandoned, and `None` returned, so that the
    /// sessions that are kept are different states.
    ///
    /// Giving an unchanged session up is not free (see [`incrdir_session::publish_if_changed`]). If the published state can tell
    /// whether there is anything to do, ask it first and begin no session at all:
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let tmp = tempfile::tempdir()?;
    /// # let unit = incrdir::Cache::open(tmp.path())?.unit("demo", "")?;
    /// # let inputs = b"digest of all inputs".to_vec();
    /// let is_current = unit.read()?.is_some_and(|state| state.read("inputs").is_ok_and(|then| then == inputs));
    /// if !is_current {
    ///     let mut session = unit.begin().start()?;
    ///     session.write("inputs", &inputs)?;
    ///     session.publish()?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`publish`](Self::publish).
    pub fn publish_if_changed(self) -> Result<Option<Published>, PublishError<L>> {
        let Self { working, home, .. } = self;
        let published = publish_if_changed(working, Hash::new(0));
        match published {
            Ok(published) => Ok(published.map(|published| Self::collected(published, &home))),
            Err(error) => Err(Self::not_published(error, home)),
        }
    }

    fn not_published(error: incrdir_session::PublishError<CapVfs>, home: Home) -> PublishError<L> {
        let text = error.to_string();
        let (session, source) = error.into_parts();
        let session = session.map(|working| Box::new(Self::new(working, home)));
        PublishError { session, text, source }
    }

    fn collected(published: incrdir_session::Published<CapVfs>, home: &Home) -> Published {
        let incrdir_session::Published { name, path, unit, superseded_by, .. } = published;
        let collected =
            home.collects.then(|| Ok(collect(&unit, &home.cache.options.policy, Mode::Collect)?));
        Published { name, path, superseded_by, collected }
    }

    /// Does the work of a session, and publishes it if that succeeds. If it fails or panics, the session is abandoned.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let tmp = tempfile::tempdir()?;
    /// # let unit = incrdir::Cache::open(tmp.path())?.unit("demo", "")?;
    /// let (count, _published) = unit.begin().start()?.scope(|session| {
    ///     let count = session.read("count")?.unwrap_or_default().len() + 1;
    ///     session.write("count", "x".repeat(count))?;
    ///     Ok::<_, incrdir::Error>(count)
    /// })?;
    /// assert_eq!(count, 1);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// What the work says, and as [`publish`](Self::publish).
    pub fn scope<T, E: From<PublishError<L>>>(
        mut self,
        work: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<(T, Published), E> {
        let result = work(&mut self)?;
        Ok((result, self.publish()?))
    }

    /// Gives the session up and deletes its directory, as dropping it does, and says what went wrong with that.
    ///
    /// # Errors
    ///
    /// As [`incrdir_session::abandon`].
    pub fn abandon(self) -> Result<(), Error> {
        abandon(self.working)?;
        Ok(())
    }

    /// Gives the session up because what it started from proved to be bad, and quarantines that published session with this reason,
    /// so that nobody starts from it again. `None`: it began cold, so that there is nothing to blame.
    ///
    /// The next session of the unit starts from an older one. If others use the source just now, it stays
    /// ([`Quarantine::Busy`]): [`refuse`](crate::Begin::refuse) it then.
    ///
    /// # Errors
    ///
    /// As [`incrdir_session::abandon`], and if the unit of the source cannot be opened.
    pub fn reject(self, reason: &str) -> Result<Option<(SessionName, Quarantine)>, Error> {
        let Some(source) = self.working.source() else {
            self.abandon()?;
            return Ok(None);
        };
        let Cache { vfs, root, .. } = self.home.cache.clone();
        let abandoned = self.abandon();
        let quarantine = reject(&vfs, &root, &source, reason)?;
        abandoned?;
        Ok(Some((source.session, quarantine)))
    }

    /// Gives the session up and leaves its directory as it is, for somebody to look at, until the next collection.
    pub fn leave(self) -> PathBuf {
        self.working.leave()
    }

    /// The session as the layer below knows it.
    pub fn as_working(&mut self) -> &mut Working<CapVfs> {
        &mut self.working
    }

    /// The session as the layer below knows it, for good.
    pub fn into_working(self) -> Working<CapVfs> {
        self.working
    }
}

/// A session could not be published as it was to be.
///
/// If it is not published, it can be taken out ([`into_session`](Self::into_session)) and published again, or looked at.
/// Dropping the error abandons it, as dropping the session does.
#[derive(Debug)]
pub struct PublishError<L: Linkage> {
    pub(crate) session: Option<Box<Session<L>>>,
    pub(crate) text: String,
    pub(crate) source: incrdir_session::Error,
}

impl<L: Linkage> PublishError<L> {
    /// The session, as it was. `None` if it is published all the same (and a power loss may take it, although it was to be
    /// durable), or if nothing tells whether it is.
    pub fn into_session(self) -> Option<Session<L>> {
        self.session.map(|session| *session)
    }

    /// The kind of the cause.
    pub fn kind(&self) -> io::ErrorKind {
        self.source.kind()
    }
}

impl<L: Linkage> std::fmt::Display for PublishError<L> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl<L: Linkage> std::error::Error for PublishError<L> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

impl<L: Linkage> From<PublishError<L>> for Error {
    /// Abandons the session, if it was not published.
    fn from(error: PublishError<L>) -> Self {
        let PublishError { text, source, .. } = error;
        Self::Publish { text, source }
    }
}
