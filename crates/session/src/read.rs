//! Read: the newest published session, held for as long as the reader likes.

use std::path::{Path, PathBuf};

use incrdir_lockfs::Lock;
use incrdir_naming::{SessionName, UnitName};
use incrdir_record::List;
use incrdir_vfs::Vfs;

use crate::locked::hold::Held;
use crate::locked::source::{Source, Sources};
use crate::{Error, Rejected, Scrutiny, Unit, Unrecorded, observe, read_with_list};

/// A published session that cannot be collected as long as this value lives.
///
/// It may live for days, and holds up the collection of this one session only. Dropping it closes the lock
/// file, which releases it; [`release`](Self::release) releases it for child processes too.
#[must_use = "the session can be collected as soon as this is dropped"]
pub struct Snapshot<V: Vfs> {
    vfs: V,
    name: SessionName,
    dir: V::Dir,
    lock: Lock<V>,
    rejected: Vec<Rejected>,
    extra: Vec<PathBuf>,
}

// Exhaustive: there is something, or there is nothing.
/// What there was to read.
#[derive(Debug)]
#[must_use]
pub enum Reading<V: Vfs> {
    /// The newest published session that was available.
    Found(Snapshot<V>),
    /// None: nothing is published, or nothing that was available.
    Nothing(Vec<Rejected>),
}

impl<V: Vfs> Snapshot<V> {
    /// Which session it is.
    pub fn name(&self) -> SessionName {
        self.name
    }

    /// The file system it is in, and its open directory: for reading, and nothing else.
    pub(crate) fn ground(&self) -> (&V, &V::Dir) {
        (&self.vfs, &self.dir)
    }

    /// The path of its directory, for programs that read in it.
    pub fn path(&self) -> &Path {
        self.vfs.path(&self.dir)
    }

    /// The file system that it is in.
    pub fn vfs(&self) -> &V {
        &self.vfs
    }

    /// Its open directory: for reading, and nothing else.
    pub fn dir(&self) -> &V::Dir {
        &self.dir
    }

    /// The list of its files as its record has it. `None`: it has none.
    pub fn list_of_record(&self) -> Option<List> {
        read_with_list(&self.lock).ok().and_then(|whole| whole.list)
    }

    /// Newer sessions that was not available, and why.
    pub fn rejected(&self) -> &[Rejected] {
        &self.rejected
    }

    /// Files in it that were not published with it, below its directory: the first few. Somebody put them there since.
    pub fn extra(&self) -> &[PathBuf] {
        &self.extra
    }

    /// Lets the session go, also where child processes inherited its lock file.
    pub fn release(self) {
        // Closing releases it too: an error here changes nothing that we could still mend.
        let _ = self.lock.release();
    }
}

impl<V: Vfs> std::fmt::Debug for Snapshot<V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Snapshot").field("path", &self.path()).finish_non_exhaustive()
    }
}

/// Holds the newest published session of the unit `name` of `root` that is what was published.
///
/// # Errors
///
/// If the unit cannot be opened or listed. A unit that does not exist has nothing to read.
pub fn read<V: Vfs>(
    vfs: &V,
    root: &V::Dir,
    name: &UnitName,
    unrecorded: Unrecorded,
) -> Result<Reading<V>, Error> {
    watched(name, || hold(vfs, root, name, unrecorded, None))
}

/// Holds this published session of the unit `name` of `root`, as [`read`] holds the newest.
///
/// # Errors
///
/// If the unit cannot be opened or listed, or the session is not available for a reason that is not its own fault. One that is gone,
/// or is not what was published, is nothing to read.
pub fn read_session<V: Vfs>(
    vfs: &V,
    root: &V::Dir,
    name: &UnitName,
    session: SessionName,
    unrecorded: Unrecorded,
) -> Result<Reading<V>, Error> {
    watched(name, || hold(vfs, root, name, unrecorded, Some(session)))
}

fn watched<V: Vfs>(
    name: &UnitName,
    hold: impl FnOnce() -> Result<Reading<V>, Error>,
) -> Result<Reading<V>, Error> {
    let span = observe::read(name);
    let reading = hold();
    match &reading {
        Ok(Reading::Found(found)) => observe::found(&span, Some(found.name), found.rejected.len()),
        Ok(Reading::Nothing(rejected)) => observe::found(&span, None, rejected.len()),
        Err(error) => observe::failed(&span, error),
    }
    reading
}

fn hold<V: Vfs>(
    vfs: &V,
    root: &V::Dir,
    name: &UnitName,
    unrecorded: Unrecorded,
    only: Option<SessionName>,
) -> Result<Reading<V>, Error> {
    let Some(unit) = Unit::open(vfs, root, name)? else { return Ok(Reading::Nothing(Vec::new())) };
    let (catalog, or_older) = (unit.list()?, only.is_none());
    let sources = Sources::new(&unit, &catalog, unrecorded, Scrutiny::Names, or_older, vfs.now());
    let mut sources = sources.only(only);
    match sources.next()? {
        Some(Source { held: Held { name, dir, lock }, trusted }) => {
            let rejected = sources.rejected;
            let extra = trusted.map(|trusted| trusted.extra).unwrap_or_default();
            Ok(Reading::Found(Snapshot { vfs: vfs.clone(), name, dir, lock, rejected, extra }))
        }
        None => Ok(Reading::Nothing(sources.rejected)),
    }
}
